"""(pure) What a piece of a template writes as text, where every condition and value in it is known."""

from dataclasses import dataclass

from ingest.repository.documents.helm import Action
from ingest.repository.documents.helm.actions import actions_of
from ingest.repository.node import Node
from scorecards.reading.kubernetes.grafting import scalar
from scorecards.reading.kubernetes.templates.release import Body
from scorecards.reading.kubernetes.templates.template import condition_of
from scorecards.reading.kubernetes.templates.told import UNKNOWN, Told, as_text, is_truthy

MAX_ACTIONS = 300
MAX_WRITTEN = 20_000  # characters


def text_of_define(body: Body) -> Told:
    """What a named template writes, without the space around it."""
    define = body.define
    if define is None:
        return UNKNOWN
    return text_of(body, body.template.text[define.start : define.end], define.first - 1)


def text_of(body: Body, text: str, line: int) -> Told:
    """What a piece of a template writes; ``line`` is the one that it begins on. A single action keeps its value."""
    actions, faults = actions_of(text)
    if faults or len(actions) > MAX_ACTIONS:
        return UNKNOWN
    if len(actions) == 1 and actions[0].writes and actions[0].start == 0 and actions[0].end == len(text):
        return _written(body, actions[0], line)
    writer = _Writer(body, text, line)
    for action in actions:
        if not writer.take(action):
            return UNKNOWN
    return writer.result()


def _written(body: Body, action: Action, line: int) -> Told:
    return body.evaluate(action.body, line + action.line - 1)


@dataclass(slots=True)
class _Block:
    """``live``: what stands in it is written. ``done``: one of its branches was."""

    around: bool
    live: bool
    done: bool


class _Writer:
    """Takes the actions in order, and writes what lies between."""

    def __init__(self, body: Body, text: str, line: int) -> None:
        self.body, self.text, self.line = body, text, line
        self.out: list[str] = []
        self.done = 0
        self.trims = False
        self.blocks: list[_Block] = []
        self.single: Told = UNKNOWN
        self.count = self.size = 0

    @property
    def live(self) -> bool:
        return not self.blocks or self.blocks[-1].live

    def take(self, action: Action) -> bool:
        """``False`` where the text can't be told."""
        raw = self.text[action.start : action.end]
        self._keep(action.start, trims_end=raw.startswith("{{-"))
        self.done, self.trims = action.end, raw.endswith("-}}")
        if action.word in ("if", "with", "else", "end"):
            return self._branch(action)
        if action.word in ("range", "define", "block", "break", "continue"):
            return not self.live and action.word not in ("define", "block", "range")
        return self._write(action) if action.writes and self.live else True

    def _keep(self, end: int, *, trims_end: bool) -> None:
        part = self.text[self.done : end]
        part = part.lstrip() if self.trims else part
        if trims_end:
            part = part.rstrip()
            if not part and self.out:
                self.out[-1] = self.out[-1].rstrip()
        if self.live:
            self.out.append(part)

    def _write(self, action: Action) -> bool:
        value = _written(self.body, action, self.line)
        text = as_text(value)
        if text is None:
            return False
        self.single, self.count = value, self.count + 1
        self.out.append(text)
        self.size += len(text)
        return self.size <= MAX_WRITTEN

    def _branch(self, action: Action) -> bool:
        if action.word == "end":
            return bool(self.blocks) and self.blocks.pop() is not None
        if action.word == "else":
            return bool(self.blocks) and self._else(self.blocks[-1], action)
        if not self.live:
            self.blocks.append(_Block(around=False, live=False, done=True))
            return True
        truth = self._truth(action)
        self.blocks.append(_Block(around=True, live=bool(truth), done=bool(truth)))
        return truth is not None

    def _else(self, block: _Block, action: Action) -> bool:
        truth = self._truth(action) if block.around and not block.done else False
        block.live = bool(truth)
        block.done = block.done or block.live
        return truth is not None

    def _truth(self, action: Action) -> bool | None:
        condition = condition_of(action)
        if not condition and action.word == "else":
            return True
        return is_truthy(self.body.condition(condition, self.line + action.line - 1))

    def result(self) -> Told:
        """The text; the value itself where nothing else is written."""
        self._keep(len(self.text), trims_end=False)
        text = "".join(self.out).strip()
        if self.count == 1 and isinstance(self.single, Node) and text == as_text(self.single):
            return self.single
        return scalar(text, Node("scalar", self.body.template.path, max(self.line, 1)))
