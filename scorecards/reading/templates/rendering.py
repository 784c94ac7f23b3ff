"""(pure) A skeleton as a new service: its files with defaults filled in, line by line as they were."""

import re
from collections.abc import Iterator, Mapping
from itertools import product
from typing import NamedTuple

from ingest.repository.node import Node
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from scorecards.reading.templates.golden import pages_of
from scorecards.reading.templates.parameters import of_schema
from scorecards.reading.templates.skeletons import Skeleton, files_below

MAX_FILES, MAX_BYTES, MAX_FILE, MAX_RENDERINGS = 300, 500_000, 200_000, 4
_STATEMENT = re.compile(r"\{%[-+]?\s{0,20}(\w{1,20})([^%\n]{0,500}?)[-+]?%\}")
_COMMENT = re.compile(r"\{#[^#]{0,2000}#\}")
_EJS = re.compile(r"<%[-=]([^%\n]{1,300}?)-?%>")
_NUNJUCKS = re.compile(r"\$\{\{([^{}\n]{1,300})\}\}")
_JINJA = re.compile(r"(?<!\$)\{\{[-+]?([^{}\n]{1,300}?)[-+]?\}\}")
_PATH_PARTS = re.compile(r"\$?\{\{([^{}]{1,200})\}\}")
_NAME = re.compile(r"(?:values|cookiecutter|parameters|props|copier__|this)?\.?([A-Za-z_]\w{0,100}(?:\.\w{1,100})*)\s*")
_CONDITION = re.compile(r"""(not\s|!)?\s*([\w.]{1,200})\s*(?:(===?|!==?)\s*["']?([\w.-]{0,100})["']?)?\s*\Z""")
_FALSE = ("", "false", "no", "none", "0", "n")


class Rendering(NamedTuple):
    """A new service. ``origins`` maps its paths to the skeleton's; lines are the same in both.

    ``choices`` are the booleans that differ from their defaults; ``complete``: all of the skeleton's text files are in.
    """

    files: Mapping[str, str]
    origins: Mapping[str, str]
    choices: tuple[str, ...] = ()
    complete: bool = True


def renderings(tree: RepositoryTree, skeleton: Skeleton) -> list[Rendering]:
    """The services that a skeleton makes: for the defaults, and for each boolean choice up to a small limit."""
    defaults = _defaults(tree, skeleton)
    switches = [name for name in _switches(tree, skeleton) if name in defaults][:2]
    found = [
        _rendered(tree, skeleton, {**defaults, **dict(zip(switches, chosen, strict=True))}, defaults)
        for chosen in product(("true", "false"), repeat=len(switches))
    ]
    return found[:MAX_RENDERINGS]


# ---------------------------------------------------------------- values


def _defaults(tree: RepositoryTree, skeleton: Skeleton) -> dict[str, str]:
    parameters = _parameters(tree, skeleton)
    return {name: _default(name, node, parameters) for name, node in list(skeleton.values.items())[:500]}


def _parameters(tree: RepositoryTree, skeleton: Skeleton) -> dict[str, str]:
    """The defaults of a Template's form; what has none gets a sample."""
    found: dict[str, str] = {}
    for one in kinds.found(tree, "scaffolder"):
        if one.path == skeleton.template and one.root is not None:
            for parameter in (each for page in pages_of(one.root) for each in of_schema(page)):
                choice = parameter.choices[0] if parameter.choices and parameter.type != "boolean" else ""
                sample = "false" if parameter.type == "boolean" else _sample(parameter.name)
                found[parameter.name] = parameter.default if parameter.default is not None else choice or sample
    return found


def _sample(name: str) -> str:
    return "team-sample" if re.search(r"(?i)owner|team", name) else "sample-service"


def _default(name: str, node: Node, parameters: Mapping[str, str]) -> str:
    if node.is_sequence:
        return node.items()[0].text if node.items() else ""
    if node.is_mapping:
        return node.text_at("default") or _sample(name)
    match = _NUNJUCKS.search(node.text[:2_000]) or _JINJA.search(node.text[:2_000])
    if match is None:
        return node.text or _sample(name)
    inner = _NAME.match(match[1].strip())
    return parameters.get(inner[1], _sample(name)) if inner else _sample(name)


def _switches(tree: RepositoryTree, skeleton: Skeleton) -> list[str]:
    """The names that conditions of the skeleton ask for."""
    names: dict[str, None] = {}
    for path in _paths(tree, skeleton):
        text = tree.text(path) or ""
        for match in _STATEMENT.finditer(text) if "{%" in text else ():
            if match[1] in ("if", "elif"):
                names.update(dict.fromkeys(found[1] for found in _NAME.finditer(match[2][:200])))
    defaults = skeleton.values
    return [name for name in names if name in defaults and _is_boolean(tree, skeleton, name)]


def _is_boolean(tree: RepositoryTree, skeleton: Skeleton, name: str) -> bool:
    return _defaults(tree, skeleton).get(name, "").lower() in ("true", "false")


# ---------------------------------------------------------------- files


def _paths(tree: RepositoryTree, skeleton: Skeleton) -> list[str]:
    return files_below(tree, skeleton.folder)[:MAX_FILES]


def _rendered(
    tree: RepositoryTree, skeleton: Skeleton, values: Mapping[str, str], defaults: Mapping[str, str]
) -> Rendering:
    files: dict[str, str] = {}
    origins: dict[str, str] = {}
    left = MAX_BYTES
    for path in _paths(tree, skeleton):
        text = tree.text(path)
        if text is None or len(text) > MAX_FILE or len(text) > left:
            continue
        left -= len(text)
        inside = _path(path[len(skeleton.folder) + 1 :], skeleton, values)
        if inside:
            files[inside] = _text(text, skeleton, values)
            origins[inside] = path
    chosen = tuple(f"{name}={value}" for name, value in values.items() if value != defaults.get(name))
    return Rendering(files, origins, chosen, len(files_below(tree, skeleton.folder)) <= MAX_FILES)


def _path(inside: str, skeleton: Skeleton, values: Mapping[str, str]) -> str:
    """Where a file lands; empty where its name is rendered away."""
    filled = _PATH_PARTS.sub(lambda match: _value(match[1], values), _STATEMENT.sub("", inside))
    for ending in (".njk", ".jinja", ".j2", ".hbs", ".tmpl"):
        filled = filled.removesuffix(ending)
    parts = [part for part in f"{skeleton.target}/{filled}".split("/") if part not in ("", ".", "..")]
    return "/".join(parts)


def _text(text: str, skeleton: Skeleton, values: Mapping[str, str]) -> str:
    if skeleton.engine == "none":
        return text
    if skeleton.engine == "ejs":
        return _EJS.sub(lambda match: _value(match[1], values), text)
    if "{%" in text or "{#" in text:
        text = "\n".join(_kept(_COMMENT.sub(_blank, text).split("\n"), values))
    # Backstage's own marks are those with a dollar; the doubled braces of other tools stay as they are.
    mark = _NUNJUCKS if skeleton.engine == "nunjucks" else _JINJA
    return mark.sub(lambda match: _value(match[1], values, match[0]), text)


def _blank(match: re.Match[str]) -> str:
    return "\n" * match[0].count("\n")


def _kept(lines: list[str], values: Mapping[str, str]) -> Iterator[str]:
    """The lines that conditions leave, the others empty; loops are gone through once."""
    stack: list[bool] = []
    for line in lines:
        out, at = [], 0
        for match in _STATEMENT.finditer(line):
            if all(stack):
                out.append(line[at : match.start()])
            at = match.end()
            _step(match[1], match[2], stack, values)
        if all(stack):
            out.append(line[at:])
        yield "".join(out)


def _step(word: str, rest: str, stack: list[bool], values: Mapping[str, str]) -> None:
    if word == "if":
        stack.append(_holds(rest, values))
    elif word in ("else", "elif") and stack:
        stack[-1] = not stack[-1] and (word == "else" or _holds(rest, values))
    elif word == "endif" and stack:
        stack.pop()


def _holds(condition: str, values: Mapping[str, str]) -> bool:
    """Whether a condition holds; one that can't be read does."""
    match = _CONDITION.match(condition.strip())
    if match is None:
        return True
    value = _lookup(match[2], values) or ""
    if match[3]:
        return (value == match[4]) is not match[3].startswith("!")
    return (value.lower() not in _FALSE) is not bool(match[1])


def _lookup(written: str, values: Mapping[str, str]) -> str | None:
    match = _NAME.match(written)
    return values.get(match[1], values.get(match[1].partition(".")[0])) if match else None


def _value(expression: str, values: Mapping[str, str], otherwise: str = "sample-service") -> str:
    """What an expression is filled with; filters change letters only, so they are left out."""
    found = _lookup(expression.partition("|")[0].strip(), values)
    if found is not None:
        return found
    own = expression.strip().startswith(("values.", "cookiecutter.", "parameters.", "copier"))
    return "sample-service" if own else otherwise
