"""(pure) What an HCL file says: blocks, attributes and expressions, each with its line; nothing is evaluated."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

Value: TypeAlias = str | bool | int | float | None
Kind = Literal["literal", "template", "list", "object", "reference", "call", "other"]


class Comment(NamedTuple):
    """One line of a comment without its marks; a comment over several lines is one of these for each."""

    line: int
    text: str


@dataclass(slots=True)
class Expr:
    """An expression as written.

    ``value`` is a literal's meaning. ``parts`` are the texts of a template around what it interpolates. ``items`` are
    a list's values or a call's arguments, ``members`` an object's values by key (a computed key by its source).
    ``references`` are the dotted names read anywhere inside (``var.environment``, ``module.a.b``), without indices.
    ``text_line`` is the line on which the text begins: a heredoc's first line, else ``line``.
    """

    kind: Kind
    raw: str
    line: int
    value: Value = None
    parts: tuple[str, ...] = ()
    items: "list[Expr]" = field(default_factory=list)
    members: "dict[str, Expr]" = field(default_factory=dict)
    function: str = ""
    references: tuple[str, ...] = ()
    text_line: int = 0

    @property
    def arguments(self) -> "list[Expr]":
        """A call's arguments; nothing of anything else."""
        return self.items if self.kind == "call" else []

    @property
    def is_literal(self) -> bool:
        return self.kind == "literal"

    @property
    def is_null(self) -> bool:
        return self.kind == "literal" and self.value is None

    @property
    def is_true(self) -> bool:
        """``true``, also as the text that Terraform converts."""
        return self.kind == "literal" and (self.value is True or self.value == "true")

    @property
    def is_false(self) -> bool:
        return self.kind == "literal" and (self.value is False or self.value == "false")

    @property
    def text(self) -> str:
        """A literal text; empty for anything else, numbers too."""
        return self.value if isinstance(self.value, str) else ""

    def texts(self) -> list[str]:
        """The literal texts of a list, or of the expression itself."""
        own = self.items if self.kind == "list" else [self]
        return [item.value for item in own if isinstance(item.value, str)]

    def get(self, *names: str) -> "Expr | None":
        """The expression at a way of an object's keys; ``None`` where the way ends."""
        found: Expr | None = self
        for name in names:
            found = found.members.get(name) if found is not None else None
        return found

    def walk(self) -> "Iterator[Expr]":
        """This expression and all within it, in the file's order."""
        stack = [self]
        while stack:
            expr = stack.pop()
            yield expr
            stack.extend(reversed([*expr.items, *expr.members.values()]))


class Attribute(NamedTuple):
    name: str
    expr: Expr
    line: int


@dataclass(slots=True)
class Body:
    """What stands between two braces, or in a whole file. Of an attribute told twice the last one counts."""

    line: int
    attributes: dict[str, Attribute] = field(default_factory=dict)
    blocks: "list[Block]" = field(default_factory=list)

    def blocks_of(self, kind: str, *labels: str) -> "list[Block]":
        """The blocks of a type whose labels begin with these, in the file's order."""
        return [block for block in self.blocks if block.type == kind and block.labels[: len(labels)] == labels]

    def block(self, kind: str, *labels: str) -> "Block | None":
        """The first such block."""
        return next(iter(self.blocks_of(kind, *labels)), None)

    def get(self, name: str) -> Expr | None:
        """An attribute's expression."""
        found = self.attributes.get(name)
        return found.expr if found else None

    def text(self, name: str) -> str:
        """An attribute's literal text; empty when there is none or it is computed."""
        found = self.attributes.get(name)
        return found.expr.text if found else ""

    def line_of(self, name: str) -> int:
        """The line of an attribute, else of the first block of that type, else of the body itself."""
        found = self.attributes.get(name) or self.block(name)
        return found.line if found else self.line

    def walk(self) -> "Iterator[Block]":
        """Every block below, at any depth, in the file's order."""
        stack = list(reversed(self.blocks))
        while stack:
            block = stack.pop()
            yield block
            stack.extend(reversed(block.body.blocks))

    def expressions(self) -> Iterator[Expr]:
        """The expressions of this body's attributes and of all below it; not those within expressions."""
        for body in [self, *(block.body for block in self.walk())]:
            yield from (attribute.expr for attribute in body.attributes.values())


class Block(NamedTuple):
    type: str
    labels: tuple[str, ...]
    body: Body
    line: int
    end_line: int

    @property
    def label(self) -> str:
        """The first label; empty when there is none."""
        return self.labels[0] if self.labels else ""


class HclFile(NamedTuple):
    """A file's body, and its comments for what is only commented out."""

    body: Body
    comments: list[Comment]
