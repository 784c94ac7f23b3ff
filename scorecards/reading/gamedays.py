"""(pure) Gameday scenarios: Chaos Toolkit experiments, as documents and as literals in Python code."""

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree, glob_pattern
from scorecards.reading.chaos import experiments
from scorecards.reading.kubernetes.manifest import OPAQUE
from scorecards.reading.python_source import Named, python_source, undefined_methods, undefined_names

_CODE = glob_pattern(
    ("**/*chaos*/**.py", "**/*game*day*/**.py", "**/*experiment*/**.py", "**/*resilien*/**.py", "**/*chaos*.py",
     "**/*game*day*.py")
)  # fmt: skip
_MAX_DEPTH = 60
# Names that no package gives: the runner is chaoslib, the command line chaostoolkit.
_WRONG_MODULES = frozenset({"chaos_toolkit", "chaos_lib", "chaostoolkit_lib", "chaos"})
_RUNNER = "run_experiment"
_IDS = re.compile(
    r"\b(?:i|vol|eni|subnet|sg|vpc|asg|ami|snap|lt|rtb|igw|nat)-(?:[0-9a-f]{17}|[0-9a-f]{8})\b|\barn:aws[\w-]*:[^:\s]*:[^:\s]*:\d{12}:"
    r"|\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b|^\d{12}$",
    re.I,
)
_HEALS = re.compile(
    r"pod|container|process|task|kill|restart|reboot|replica|request|latency|delay|stress|cpu|memory|network|packet",
    re.I,
)
_LASTS = re.compile(
    r"terminate_instances|stop_instances|delete_(?!pods?)|scale|drain|cordon|deny|detach|failover|remove", re.I
)


class Scenario(NamedTuple):
    """``wrong_imports`` and ``undefined`` are of the code that builds it; none of a document."""

    unit: str
    root: Node
    wrong_imports: tuple[Named, ...] = ()
    undefined: tuple[Named, ...] = ()
    by_code: bool = False


def scenarios(tree: RepositoryTree) -> list[Scenario]:
    """Every experiment of the Chaos Toolkit."""
    return tree.derive(_scenarios)


def _scenarios(tree: RepositoryTree) -> list[Scenario]:
    documents = [each for each in experiments(tree) if each.tool == "toolkit" and each.body is not None]
    found = [Scenario(each.unit, each.body) for each in documents if each.body is not None]
    for path in tree.paths:
        if path.endswith(".py") and _CODE.match(path) and "steady-state-hypothesis" in (tree.text(path) or ""):
            found += _in_code(tree, path)
    return found


def _in_code(tree: RepositoryTree, path: str) -> Iterator[Scenario]:
    module = python_source(tree, path).tree
    if module is None:
        return
    wrong = tuple(_wrong_imports(module))
    undefined = (*undefined_names(module), *undefined_methods(module))
    count = 0
    for node in ast.walk(module):
        if isinstance(node, ast.Dict) and {"method", "steady-state-hypothesis"} <= _keys(node):
            count += 1
            number = f" {count}" if count > 1 else ""
            yield Scenario(f"experiment{number} in {path}", _node_of(node, path, 0), wrong, undefined, by_code=True)


def _keys(node: ast.Dict) -> set[str]:
    return {key.value for key in node.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}


def _wrong_imports(module: ast.Module) -> Iterator[Named]:
    """Imports of an experiment's runner from modules that do not have it."""
    for node in ast.walk(module):
        match node:
            case ast.Import(names=names):
                for alias in names:
                    if alias.name.partition(".")[0] in _WRONG_MODULES:
                        yield Named(alias.name, node.lineno)
            case ast.ImportFrom(module=str(name), names=names, level=0):
                runs = any(alias.name == _RUNNER for alias in names)
                if name.partition(".")[0] in _WRONG_MODULES or (runs and not name.startswith("chaoslib")):
                    yield Named(name, node.lineno)


def _node_of(value: ast.expr, path: str, depth: int) -> Node:
    """A literal as a node; what is computed becomes a scalar whose value is not known."""
    match value:
        case ast.Dict(keys=keys, values=values) if depth < _MAX_DEPTH:
            node = Node("mapping", path, value.lineno)
            for key, below in zip(keys, values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    name = Node("scalar", path, key.lineno, raw=key.value, value=key.value, style="double")
                    node.entries[key.value] = (name, _node_of(below, path, depth + 1))
            return node
        case ast.List(elts=items) | ast.Tuple(elts=items) if depth < _MAX_DEPTH:
            node = Node("sequence", path, value.lineno)
            node.entries.extend(_node_of(item, path, depth + 1) for item in items)
            return node
        case ast.Constant(value=str(text)):
            return Node("scalar", path, value.lineno, raw=text, value=text, style="double")
        case ast.Constant(value=bool() | float() | None as plain):
            return Node("scalar", path, value.lineno, raw=str(plain), value=plain)
        case ast.Constant(value=int(number)) if number.bit_length() < 1_000:
            return Node("scalar", path, value.lineno, raw=str(number), value=number)
    return Node("scalar", path, value.lineno, raw="…", value="…", tag=OPAQUE)


# ---------------------------------------------------------------- what it asks


def hypothesis_probes(scenario: Scenario) -> list[Node]:
    return [each for each in scenario.root.items_at("steady-state-hypothesis", "probes") if each.is_mapping]


def literal_targets(scenario: Scenario) -> list[Place]:
    """Where ids of accounts, machines and the like stand in the actions' arguments."""
    found: list[Place] = []
    for key in ("method", "rollbacks", "configuration"):
        part = scenario.root.get(key)
        for _, node in part.walk() if part is not None else ():
            if node.is_scalar and isinstance(node.value, str) and _IDS.search(node.text[:500]):
                found.append(node.place)
    return found


def heals_itself(scenario: Scenario) -> bool:
    """Whether every action of the method is over by itself: what it ends is made anew, or it lasts a while only."""
    actions = [each for each in scenario.root.items_at("method") if each.text_at("type") == "action"]
    told = [f"{each.text_at('name')} {each.text_at('provider', 'func')}"[:500] for each in actions]
    return all(_HEALS.search(text) and not _LASTS.search(text) for text in told)
