"""(pure) A chart with one set of values: what expressions are worth in it, and its named templates."""

from collections.abc import Callable
from dataclasses import dataclass, field

from ingest.repository.node import Node
from scorecards.reading.kubernetes.grafting import scalar
from scorecards.reading.kubernetes.templates.expressions import Call, Fields, Literal, Operand, Pipeline, parse
from scorecards.reading.kubernetes.templates.functions import COPYING, KUBERNETES, as_template, call, member
from scorecards.reading.kubernetes.templates.template import Chain, Define, Template, condition_of
from scorecards.reading.kubernetes.templates.told import ROOT, UNKNOWN, Told

MAX_LEVELS = 100  # of nodes and named templates within each other
MAX_COPIED = 500_000  # members of mappings and lists that one release copies
MAX_WRITTEN = 4 << 20  # characters of texts that one release makes
INCLUDE_LEVELS = 4  # what one named template counts
EXPRESSION_LEVELS = 8  # what an expression counts: variables and blocks lead from one to the next
_CHART_FIELDS = {"Name": "name", "Version": "version", "AppVersion": "appVersion", "Type": "type"}


@dataclass(slots=True, eq=False)
class Release:
    """``text_of`` and ``yaml_of`` give what a named template writes; they are filled in by the modules that can."""

    chart: Node
    values: Node
    defines: dict[str, tuple[Template, Define]]
    text_of: "Callable[[Body], Told]"
    yaml_of: "Callable[[Body], Told]"
    known: dict[tuple[str, int, bool], Told] = field(default_factory=dict)
    kept: list[Told] = field(default_factory=list)
    parsed: dict[str, Pipeline | None] = field(default_factory=dict)
    level: int = 0
    written: int = 0
    copied: int = 0
    templated: dict[int, Told] = field(default_factory=dict)

    def spend(self, value: Told) -> Told:
        """A value that is kept; not told any more once a release has written too much."""
        if isinstance(value, Node) and value.kind == "scalar":
            self.written += len(value.raw)
            return UNKNOWN if self.written > MAX_WRITTEN else value
        return value

    def may_copy(self, *values: Told) -> bool:
        """Whether containers may still be copied; each time counts."""
        self.copied += sum(len(value) for value in values if isinstance(value, Node))
        return self.copied <= MAX_COPIED

    def as_template(self, value: Told) -> Told:
        """A value after ``tpl``; each node is looked through once."""
        if id(value) not in self.templated:
            self.kept.append(value)
            self.templated[id(value)] = as_template(value)
        return self.templated[id(value)]

    def include(self, name: str, dot: Told, *, as_yaml: bool) -> Told:
        """What a named template writes: a text, or what its YAML holds."""
        found = self.defines.get(name)
        key = (name, id(dot), as_yaml)
        if key in self.known:
            return self.known[key]
        if found is None or self.level >= MAX_LEVELS or dot is UNKNOWN:
            return UNKNOWN
        self.known[key] = UNKNOWN  # one that includes itself
        self.kept.append(dot)
        self.level += INCLUDE_LEVELS
        body = Body(self, found[0], found[1], dot)
        self.known[key] = self.spend(self.yaml_of(body) if as_yaml else self.text_of(body))
        self.level -= INCLUDE_LEVELS
        return self.known[key]

    def at_root(self, names: tuple[str, ...]) -> Told:
        """``.Values.a``, ``.Chart.Name``, ``.Release.Service``: what the release itself knows."""
        if not names:
            return ROOT
        first, *rest = names
        if first == "Values":
            found: Told = self.values
            for name in rest:
                found = member(found, name)
            return found
        if first == "Chart" and rest and rest[0] in _CHART_FIELDS:
            node = self.chart.get(_CHART_FIELDS[rest[0]])
            return scalar(node.raw, node) if node is not None and node.is_scalar else None
        if names[:2] == ("Capabilities", "KubeVersion"):
            return self._cluster(names[2] if len(names) > 2 else "Version")
        return scalar("Helm", self.chart) if names == ("Release", "Service") else UNKNOWN

    def _cluster(self, name: str) -> Told:
        _, minor, _ = KUBERNETES.split(".")
        text = {"Major": "1", "Minor": minor, "Version": KUBERNETES, "GitVersion": KUBERNETES}.get(name)
        return scalar(text, self.chart) if text is not None else UNKNOWN


@dataclass(slots=True, eq=False)
class Body:
    """A template file, or a named template of one (``define``), with what ``.`` is at its top."""

    release: Release
    template: Template
    define: Define | None
    dot: Told
    variables: dict[str, Told] = field(default_factory=dict)
    dots: dict[int, Told] = field(default_factory=dict)

    def dot_at(self, line: int, *, opening: bool = False) -> Told:
        """What ``.`` is on a line: the value of the ``with`` around it; members of a ``range`` are not told.

        ``opening``: for the condition of a block that begins on the line.
        """
        for chain in self.template.around(line):
            if self.define is not None and chain.line < self.define.first - 1:
                break
            if chain.word == "if" or (opening and line in (chain.line, chain.end_line)):
                continue
            if len(chain.branches) < 2 or line <= chain.branches[0].last + 1:  # not behind its else
                return self._dot_in(chain)
        return self.dot

    def _dot_in(self, chain: Chain) -> Told:
        if id(chain) not in self.dots:
            self.dots[id(chain)] = UNKNOWN
            if chain.word == "with" and chain.branches:
                self.dots[id(chain)] = self.condition(chain.branches[0].condition, chain.line, as_yaml=True)
        return self.dots[id(chain)]

    def condition(self, text: str, line: int, *, as_yaml: bool = False) -> Told:
        """What the condition of a block that begins on a line is worth; it may assign a variable."""
        name, sign, value = text.partition("=")
        expression = value if sign and name.lstrip().startswith("$") else text
        return self.evaluate(expression, line, as_yaml=as_yaml, opening=True)

    def evaluate(self, text: str, line: int, *, as_yaml: bool = False, opening: bool = False) -> Told:
        """What an expression on a line is worth. ``as_yaml``: named templates give what their YAML holds."""
        parsed = self.release.parsed
        if text not in parsed:
            parsed[text] = parse(text)
        pipeline = parsed[text]
        if pipeline is None or self.release.level > MAX_LEVELS:
            return UNKNOWN
        self.release.level += EXPRESSION_LEVELS
        value = _Evaluation(self, line, as_yaml=as_yaml, opening=opening).of(pipeline)
        self.release.level -= EXPRESSION_LEVELS
        return value

    def variable(self, name: str) -> Told:
        """What a variable is worth; not told where it is assigned more than once."""
        if name in self.variables:
            return self.variables[name]
        self.variables[name] = UNKNOWN
        found = [action for action in self.template.assigned.get(name, ()) if self._holds(action.start)]
        if len(found) == 1 and found[0].word != "range":
            action = found[0]
            text = condition_of(action) or action.body
            self.variables[name] = self.condition(text, action.line)
        return self.variables[name]

    def _holds(self, position: int) -> bool:
        if self.define is not None:
            return self.define.start <= position <= self.define.end
        return True


class _Evaluation:
    """One expression on one line."""

    def __init__(self, body: Body, line: int, *, as_yaml: bool, opening: bool) -> None:
        self.body, self.line, self.as_yaml, self.opening = body, line, as_yaml, opening
        self.at = Node("scalar", body.template.path, max(line, 1))

    def of(self, operand: Operand) -> Told:
        if isinstance(operand, Literal):
            return None if operand.value is None else scalar(operand.value, self.at)
        if isinstance(operand, Fields):
            return self._fields(operand)
        if isinstance(operand, Call):
            return self._call(operand, [])
        value: Told = None
        for number, command in enumerate(operand.commands):
            if number and not isinstance(command, Call):
                return UNKNOWN
            value = self._call(command, [value]) if number and isinstance(command, Call) else self.of(command)
        return value

    def _fields(self, fields: Fields) -> Told:
        if isinstance(fields.base, Pipeline):
            base = self.of(fields.base)
        elif fields.base == ".":
            base = self.body.dot_at(self.line, opening=self.opening)
        else:
            base = self.body.dot if fields.base == "$" else self.body.variable(fields.base)
        if fields.names[:1] == ("Values",) and not isinstance(fields.base, Pipeline):
            base = ROOT  # a block on the same line may hide it
        for number, name in enumerate(fields.names):
            if base is ROOT:
                return self.body.release.at_root(fields.names[number:])
            base = member(base, name)
        return base

    def _call(self, call_: Call, piped: list[Told]) -> Told:
        arguments = [self.of(argument) for argument in call_.arguments] + piped
        if call_.name in ("include", "template"):
            return self._include(arguments)
        if call_.name == "tpl":
            return self.body.release.as_template(arguments[0]) if arguments else UNKNOWN
        if call_.name in COPYING and not self.body.release.may_copy(*arguments):
            return UNKNOWN
        return call(call_.name, arguments, self.at)

    def _include(self, arguments: list[Told]) -> Told:
        name = arguments[0] if arguments else None
        if not isinstance(name, Node):
            return UNKNOWN
        dot = arguments[1] if len(arguments) > 1 else None
        if name.raw not in self.body.release.defines and ("tplvalues" in name.raw or name.raw.endswith(".render")):
            return self.body.release.as_template(member(dot, "value")) if isinstance(dot, Node) else UNKNOWN
        return self.body.release.include(name.raw, dot, as_yaml=self.as_yaml)
