"""(pure) A Helm template as YAML of the same lines and columns."""

import re
from collections.abc import Iterator

from ingest.repository.documents.helm.actions import Action, actions_of, blocks_of
from ingest.repository.documents.helm.masked import OPAQUE, Masked, Splice
from ingest.repository.documents.helm.references import References
from ingest.repository.node import Problem

_WRITES_YAML = re.compile(r"\b(?:n?indent|toYaml(?:Pretty)?)\b")
_INDENT = re.compile(r"\bn?indent\s+\(?(?:int\s+)?([0-9]{1,3})\b")
_ENTRY = re.compile(r"[ ]*+(?:-[ ]++)*+")
_HOLDS_YAML = re.compile(r"-(?:\s|$)|[^#\s][^\n]*?:(?:\s|$)")
_LOOK_BELOW = 20
_DIGITS, _FIRST_DIGIT, _FILL = 6_000, 0xE001, "\uf8ff"


def mask(path: str, text: str) -> tuple[Masked, list[Problem]]:
    """The template as YAML, and what is wrong with its actions: unclosed ones, blocks without a partner."""
    if OPAQUE in text:
        text = text.replace(OPAQUE, "\ufffd")
    actions, faults = actions_of(text)
    blocks, more = blocks_of(actions)
    references = References()
    sources = [references.take(action) for action in actions]
    masker = _Masker(text, actions, sources, {block.first: block.last for block in blocks})
    masked = Masked(
        masker.run(),
        masker.splices,
        references.values,
        references.includes,
        references.defines,
        sorted(blocks, key=lambda block: block.line),
        masker.tokens,
    )
    return masked, [Problem(path, fault.line, "broken", fault.message) for fault in faults + more]


class _Masker:
    """Replaces the actions of one line at a time; lines that an action joins are taken together."""

    def __init__(self, text: str, actions: list[Action], sources: list[str], partner: dict[int, int]) -> None:
        self.text, self.actions, self.sources, self.partner = text, actions, sources, partner
        self.tokens: dict[str, str] = {}
        self.splices: list[Splice] = []

    def run(self) -> str:
        text, actions, out = self.text, self.actions, []
        done = first = 0
        while first < len(actions):
            last = first
            while last + 1 < len(actions) and actions[last + 1].line == actions[last].end_line:
                last += 1
            start = text.rfind("\n", done, actions[first].start) + 1 or done
            end = text.find("\n", actions[last].end)
            end = len(text) if end < 0 else end
            out += [text[done:start], self._masked(start, end, first, last)]
            done, first = end, last + 1
        return "".join([*out, text[done:]])

    def _masked(self, start: int, end: int, first: int, last: int) -> str:
        """The lines from ``start`` to ``end``, which hold these actions; one that is left blank becomes empty."""
        if self._is_alone(start, end, first, last):
            self._splice_all(start, first, last)
            return "\n" * self.text.count("\n", start, end)
        if self.text[start : self.actions[first].start].lstrip().startswith("#"):
            masked = self._blanked(start, end, first, last)
        else:
            masked = "".join(_Line(self, start, end, first, last).parts())
        return "\n".join(line if line.strip() else "" for line in masked.split("\n"))

    def _gaps(self, start: int, end: int, first: int, last: int) -> Iterator[tuple[int, int]]:
        """What stands between the actions."""
        for number in range(first, last + 1):
            yield start, self.actions[number].start
            start = self.actions[number].end
        yield start, end

    def _is_alone(self, start: int, end: int, first: int, last: int) -> bool:
        return not any(self.text[a:b].strip() for a, b in self._gaps(start, end, first, last))

    def _blanked(self, start: int, end: int, first: int, last: int) -> str:
        parts, done = [], start
        for action in self.actions[first : last + 1]:
            parts += [self.text[done : action.start], blank(self.text[action.start : action.end])]
            done = action.end
        return "".join([*parts, self.text[done:end]])

    def _splice_all(self, start: int, first: int, last: int) -> None:
        for number in range(first, last + 1):
            action = self.actions[number]
            if action.writes:
                self.splice(number, action.start - start, after_key=False)
            if action.end_line > action.line:
                start = self.text.rfind("\n", action.start, action.end) + 1

    def splice(self, number: int, column: int, *, after_key: bool) -> None:
        action = self.actions[number]
        asked = _INDENT.search(action.body)
        raw = self.text[action.start : action.end]
        indent = int(asked[1]) if asked else column
        self.splices.append(Splice(action.line, indent, self.sources[number], raw, after_key))

    def token(self, start: int, end: int) -> str:
        """What stands for ``text[start:end]``: as long, and like no other of the template if there is room."""
        raw = self.text[start:end]
        first, newline, rest = raw.partition("\n")
        number, digits = len(self.tokens), ""
        while number or not digits:
            number, digit = divmod(number, _DIGITS)
            digits += chr(_FIRST_DIGIT + digit)
        token = (OPAQUE + digits)[: len(first)].ljust(len(first), _FILL)
        self.tokens.setdefault(token, raw)
        return token + newline + blank(rest)


class _Line:
    """The text between ``start`` and ``end`` while its actions are replaced."""

    def __init__(self, masker: _Masker, start: int, end: int, first: int, last: int) -> None:
        self.masker, self.start, self.end, self.last = masker, start, end, last
        self.text, self.actions = masker.text, masker.actions
        self.out: list[str] = []
        self.done, self.number = start, first
        self.tail = ""  # the last two characters so far, without the space behind them
        self.open: list[int] = []  # the ends of the blocks that the line itself began with
        self.aside = 0
        self.quiet = self._quiet_from(first)

    def parts(self) -> list[str]:
        while self.number <= self.last:
            action = self.actions[self.number]
            self._keep(action.start)
            if action.writes:
                self._write(action)
            else:
                self._control(action)
        self._keep(self.end)
        return [*self.out, " " * self.aside]

    def _quiet_from(self, first: int) -> int:
        """The first action behind which the line writes nothing."""
        rest = self.text[self.actions[self.last].end : self.end].strip()
        if rest and not rest.startswith("#"):
            return self.last + 1
        number = self.last
        while number > first and not self.actions[number].writes and not self._between(number - 1).strip():
            number -= 1
        return number

    def _between(self, number: int) -> str:
        return self.text[self.actions[number].end : self.actions[number + 1].start]

    def _keep(self, end: int) -> None:
        text = self.text[self.done : end]
        self.out.append(text)
        self.tail = (self.tail + text).rstrip()[-2:]
        self.done = end

    def _replace(self, end: int, text: str) -> None:
        self.out.append(text)
        self.tail = (self.tail + text).rstrip()[-2:]
        self.done = end

    def _awaits_value(self) -> bool:
        return self.tail.endswith(":") or self.tail in ("-", " -")

    def _write(self, action: Action) -> None:
        number, self.number = self.number, self.number + 1
        self._scalar_or_splice(number, number, action.start, action.end)

    def _scalar_or_splice(self, first: int, last: int, start: int, end: int) -> None:
        """Replaces what actions ``first`` to ``last`` write together as one value or a part of one."""
        writers = [number for number in range(first, last + 1) if self.actions[number].writes]
        yaml = next((number for number in writers if _WRITES_YAML.search(self.actions[number].body)), None)
        is_splice = last >= self.quiet and self._awaits_value() and (yaml is not None or self._continues_below())
        if is_splice and writers:
            self.masker.splice(writers[0] if yaml is None else yaml, self._entry_column() + 2, after_key=True)
        self._replace(end, blank(self.text[start:end]) if is_splice else self.masker.token(start, end))

    def _control(self, action: Action) -> None:
        """Blank; but what a whole block within a line writes is a scalar, or a part of one."""
        partner = self.masker.partner.get(self.number, self.last + 1)
        if partner > self.last:
            self._blank(action)
        elif self.tail:
            first, self.number = self.number, partner + 1
            self._scalar_or_splice(first, partner, action.start, self.actions[partner].end)
        else:
            self.open.append(partner)
            self._step_aside(action)

    def _blank(self, action: Action) -> None:
        """Of a block that the line begins with, only the first branch stays."""
        end, self.number = action.end, self.number + 1
        if action.word == "else" and self.open:
            self.number = self.open[-1]
            end = self.actions[self.number].start
        elif action.word == "end" and self.open:
            self.open.pop()
        self._replace(end, blank(self.text[action.start : end]))

    def _step_aside(self, action: Action) -> None:
        """A block around whole entries of one line: they must stand where the action does, so it leaves no blank."""
        raw = self.text[action.start : action.end]
        self.number += 1
        if "\n" in raw:
            self._replace(action.end, blank(raw))
        else:
            self.aside += len(raw)
            self.done = action.end

    def _entry_column(self) -> int:
        match = _ENTRY.match(self.text, self.start)
        return match.end() - self.start if match else 0

    def _continues_below(self) -> bool:
        """Whether the next line that holds YAML belongs to this entry, so that the action can't be all of its value."""
        column, at = self._entry_column(), self.end + 1
        for _ in range(_LOOK_BELOW):
            end = self.text.find("\n", at)
            line = self.text[at : end if end >= 0 else len(self.text)]
            bare = line.strip()
            if bare and not bare.startswith(("{{", "#")):
                return len(line) - len(line.lstrip()) > column and bool(_HOLDS_YAML.match(bare))
            if end < 0:
                break
            at = end + 1
        return False


def blank(text: str) -> str:
    """Spaces in place of all but the line ends."""
    return "\n".join(" " * len(line) for line in text.split("\n"))
