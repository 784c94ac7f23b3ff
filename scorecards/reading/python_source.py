"""(pure) Python source as its syntax tree: names, methods, imports; never compiled further, never run."""

import ast
import builtins
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ingest.repository.tree import RepositoryTree

MAX_BYTES = 200_000
MAX_LINE = 20_000
MAX_DEPTH = 80  # of brackets
MAX_BASES = 100
MAX_BRACES = 20_000  # an f-string takes long for each

_GIVEN = frozenset(dir(builtins)) | {
    "__file__", "__name__", "__doc__", "__package__", "__spec__", "__loader__", "__path__", "__builtins__",
    "__annotations__", "__class__", "__module__", "__qualname__", "WindowsError",
}  # fmt: skip
_BINDING = frozenset({"globals", "exec", "vars"})
# Classes of the standard library that add no method of their own to a script's class.
_PLAIN_BASES = frozenset(
    {"object", "ABC", "Protocol", "Generic", "Exception", "Enum", "StrEnum", "IntEnum", "NamedTuple"}
)


class Named(NamedTuple):
    name: str
    line: int


@dataclass(frozen=True, slots=True)
class PythonSource:
    """``tree`` is ``None`` where it can't be read: ``error`` is a fault of the file, ``limit`` one of ours."""

    tree: ast.Module | None
    error: Named | None = None
    limit: str = ""


def python_source(tree: RepositoryTree, path: str) -> PythonSource:
    """A file's syntax tree; ``limit`` says so where it is too large or too deep to be parsed safely."""
    return tree.derive(_python_source, path)


def _python_source(tree: RepositoryTree, path: str) -> PythonSource:
    text = tree.text(path)
    return PythonSource(None, limit="it has no text") if text is None else parse_python(text)


def parse_python(text: str) -> PythonSource:
    """The syntax tree of a text, or what keeps it from being one."""
    if limit := _beyond(text):
        return PythonSource(None, limit=limit)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return PythonSource(ast.parse(text))
    except SyntaxError as error:
        return PythonSource(None, Named(error.msg or "invalid syntax", error.lineno or 1))
    except (RecursionError, MemoryError):
        return PythonSource(None, limit="it is nested too deeply")
    except ValueError:
        return PythonSource(None, limit="it holds characters that no source has")


def _beyond(text: str) -> str:
    if len(text) > MAX_BYTES or text.count("{") > MAX_BRACES:
        return "it is too large"
    if any(len(line) > MAX_LINE for line in text.split("\n")):
        return "it has a line that is too long"
    depth = deepest = 0
    for letter in text:
        if letter in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif letter in ")]}":
            depth = max(0, depth - 1)
    return "its brackets are nested too deeply" if deepest > MAX_DEPTH else ""


# ---------------------------------------------------------------- names


def undefined_names(module: ast.Module) -> list[Named]:
    """Names that are read and bound nowhere in the file, each once.

    None where a star import, ``globals()`` or ``exec()`` may bind anything.
    """
    bound = set(_GIVEN)
    read: dict[str, int] = {}
    for node in ast.walk(module):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            read[node.id] = min(node.lineno, read.get(node.id, node.lineno))
        bound.update(_bound_by(node))
    return (
        []
        if "*" in bound or not _BINDING.isdisjoint(read)
        else [Named(name, line) for name, line in read.items() if name not in bound]
    )


def _bound_by(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name) | ast.arg(arg=name):
            yield name
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in names)
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name
        case ast.MatchMapping(rest=str(name)):
            yield name
        case ast.Global(names=declared) | ast.Nonlocal(names=declared):
            yield from declared


def undefined_methods(module: ast.Module) -> list[Named]:
    """Methods that a class calls on itself and neither it nor a base has; classes with foreign bases are left out."""
    classes = {node.name: node for node in ast.walk(module) if isinstance(node, ast.ClassDef)}
    own = {name: frozenset(_own_members(node)) for name, node in classes.items()}
    found: dict[str, int] = {}
    for name, node in classes.items():
        family = _family(name, classes)
        members = frozenset(dir(object)).union(*(own[each] for each in family or ()))
        if family is None or "__getattr__" in members:
            continue
        for called, line in _called_on_self(node):
            if called not in members:
                found[called] = min(line, found.get(called, line))
    return [Named(name, line) for name, line in found.items()]


def _family(name: str, classes: dict[str, ast.ClassDef]) -> set[str] | None:
    """A class and all its bases; ``None`` where one is defined elsewhere or a metaclass may add members."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        each = waiting.pop()
        if each in found or each in _PLAIN_BASES:
            continue
        if each not in classes or classes[each].keywords or len(found) > MAX_BASES:
            return None
        found.add(each)
        bases = [base.id if isinstance(base, ast.Name) else "" for base in classes[each].bases]
        if each in bases:
            return None  # an earlier class of the same name
        waiting += bases
    return found


def _own_members(node: ast.ClassDef) -> Iterator[str]:
    for below in ast.walk(node):
        match below:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name, ctx=ast.Store()):
                yield name
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.Call(func=ast.Name(id="setattr")):
                yield "__getattr__"


def _called_on_self(node: ast.ClassDef) -> Iterator[Named]:
    for below in ast.walk(node):
        match below:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=name)):
                yield Named(name, below.lineno)


# ---------------------------------------------------------------- imports and stubs


def imports(module: ast.Module) -> list[Named]:
    """The top names of what is imported absolutely, with the first line of each."""
    found: dict[str, int] = {}
    for node in ast.walk(module):
        match node:
            case ast.Import(names=names):
                for alias in names:
                    found.setdefault(alias.name.partition(".")[0], node.lineno)
            case ast.ImportFrom(module=str(name), level=0):
                found.setdefault(name.partition(".")[0], node.lineno)
    return [Named(name, line) for name, line in found.items()]


def is_standard(name: str) -> bool:
    """Whether a top name belongs to the standard library."""
    return name in sys.stdlib_module_names


def unused_imports(module: ast.Module) -> list[Named]:
    """Imported names that nothing reads; the ones of ``__future__`` and star imports are left out."""
    bound: dict[str, int] = {}
    read: set[str] = set()
    for node in ast.walk(module):
        match node:
            case ast.ImportFrom(module="__future__"):
                pass
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                for alias in names:
                    bound.setdefault(alias.asname or alias.name.partition(".")[0], node.lineno)
            case ast.Name(id=name):
                read.add(name)
            case ast.Constant(value=str(text)) if len(text) < 200:
                read.update(text.replace(".", " ").replace("[", " ").split())
    return [Named(name, line) for name, line in bound.items() if name not in read and name != "*"]


def stubs(module: ast.Module) -> list[Named]:
    """Methods and functions whose body only passes; abstract ones and those of protocols are left out."""
    found: list[Named] = []
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not _is_abstract(node) and _only_passes(node):
            found.append(Named(node.name, node.lineno))
    return found


def _only_passes(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return all(
        isinstance(each, ast.Pass) or (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
        for each in node.body
    )


def _is_abstract(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return node.name.startswith("__") or any(
        "abstract" in (each.id if isinstance(each, ast.Name) else each.attr)
        for each in node.decorator_list[:5]
        if isinstance(each, ast.Name | ast.Attribute)
    )
