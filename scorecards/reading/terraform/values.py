"""(pure) What an expression is worth without running anything: literals, defaults of variables, locals."""

import re
from collections.abc import Mapping
from typing import Final

from ingest.repository.documents.hcl import Body, Expr
from ingest.repository.documents.hcl.model import Value
from ingest.repository.tree import RepositoryTree
from scorecards.reading.terraform.directory import Directory, folder_of

MAX_DEPTH, MAX_WORK, MAX_LENGTH = 20, 500, 2000
_INTERPOLATION = re.compile(r"[$%]\{([^{}]{0,300})\}")


class Unresolved:
    """The value is decided elsewhere."""


UNRESOLVED: Final = Unresolved()
Names = Mapping[str, Expr]


def resolved(names: Names, expr: Expr | None) -> Value | Unresolved:
    """The value of an expression; ``None`` where there is none.

    ``names`` tells what names and calls stand for, as written: ``var.x``, ``local.x``, ``get_repo_root()``.
    """
    return _Reader(names).value(expr, 0)


class _Reader:
    """Follows names up to a limit of depth and of work: a few short lines can name each other without end."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.left = MAX_WORK

    def value(self, expr: Expr | None, depth: int) -> Value | Unresolved:
        if expr is None:
            return None
        self.left -= 1
        if depth > MAX_DEPTH or self.left < 0:
            return UNRESOLVED
        if expr.is_literal:
            return expr.value
        if expr.kind in ("reference", "call") and expr.raw in self.names:
            return self.value(self.names[expr.raw], depth + 1)
        return self._joined(expr, depth) if expr.kind == "template" else UNRESOLVED

    def _joined(self, expr: Expr, depth: int) -> Value | Unresolved:
        """A quoted template of which each interpolation is a name that is known."""
        if not expr.raw.startswith('"') or len(expr.raw) > MAX_LENGTH:
            return UNRESOLVED
        out, at = [], 1
        for found in _INTERPOLATION.finditer(expr.raw):
            known = self.names.get(found.group(1).strip())
            value = self.value(known, depth + 1) if known else UNRESOLVED
            if not isinstance(value, str | int | float) or len(str(value)) > MAX_LENGTH:
                return UNRESOLVED
            out += [expr.raw[at : found.start()], text_of(value)]
            at = found.end()
        rest = expr.raw[at:-1]
        return UNRESOLVED if "${" in rest or "%{" in rest else "".join([*out, rest])


def literal(value: str) -> Expr:
    """A text as an expression."""
    return Expr("literal", value, 0, value)


def text_of(value: Value | Unresolved) -> str:
    """A value as Terraform would write it into a text; empty for what is not known."""
    if isinstance(value, Unresolved) or value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def text(names: Names, expr: Expr | None) -> str:
    """The text of an expression; empty for what is missing or not known."""
    return text_of(resolved(names, expr))


def names_of(tree: RepositoryTree, directory: Directory) -> Names:
    """What the variables and locals of a directory stand for: ``terraform.tfvars``, else the default."""
    return tree.derive(_names_of, directory)


def _names_of(tree: RepositoryTree, directory: Directory) -> Names:
    names: dict[str, Expr] = {}
    for _, block in directory.blocks("variable"):
        if (default := block.body.get("default")) is not None and not default.is_null:
            names[f"var.{block.label}"] = default
    for path in _loaded(tree, directory):
        file = tree.hcl(path)
        names |= {f"var.{name}": given.expr for name, given in (file.body.attributes if file else {}).items()}
    for _, block in directory.blocks("locals"):
        names |= locals_of(block.body)
    return names


def locals_of(body: Body) -> dict[str, Expr]:
    """What ``local.x`` stands for in a ``locals`` block."""
    return {f"local.{name}": given.expr for name, given in body.attributes.items()}


def _loaded(tree: RepositoryTree, directory: Directory) -> list[str]:
    """The files of values that are loaded without being named."""
    prefix = f"{directory.path}/" if directory.path else ""
    found = [path for path in tree.all_files("**/*.auto.tfvars") if folder_of(path) == directory.path]
    return [path for path in (f"{prefix}terraform.tfvars", *found) if tree.exists(path)]
