"""(pure) What a masked template is."""

import re
from bisect import bisect_left
from dataclasses import dataclass
from typing import NamedTuple

from ingest.repository.documents.helm.actions import Block

OPAQUE = "\ue000"  # the first character of what stands for an action; no text has it otherwise
_TOKEN = re.compile("\ue000[\ue001-\uf8ff]*")


def is_opaque(text: str) -> bool:
    """Whether a text of a masked template holds something that only rendering tells."""
    return OPAQUE in text


class Splice(NamedTuple):
    """A piece of YAML that rendering puts in. ``line`` is where its action starts.

    ``indent`` is the column, from 0, at which its text will stand. ``source`` is where it comes from as far as the
    action says: ``.Values.resources``, the name of an include, or empty. ``after_key`` tells that it is what stands
    behind ``key:`` or a list's dash on its line; otherwise it has lines of its own.
    """

    line: int
    indent: int
    source: str
    action: str
    after_key: bool


class ValueUse(NamedTuple):
    """A reference to ``.Values``, also through ``with``, ``range`` and variables.

    ``path`` is without ``Values``; ``*`` stands for any member of what a range goes over. ``has_default`` tells that
    absence is provided for: by a function such as ``default``, or by a test of the path in this action or around it.
    """

    path: tuple[str, ...]
    line: int
    has_default: bool


class Named(NamedTuple):
    name: str
    line: int


@dataclass(frozen=True, slots=True)
class Masked:
    """A template that reads as YAML. Lines and columns are the file's own (not the columns behind a block that begins
    and ends within one line).

    Control actions are blank; an action that writes a scalar is a token that ``is_opaque``; one that writes YAML is
    blank and among ``splices``. Both branches of an ``if`` stand in the text, so that a key may stand there twice
    (``is_conditional`` tells).
    """

    text: str
    splices: list[Splice]
    values: list[ValueUse]
    includes: list[Named]
    defines: list[Named]
    blocks: list[Block]
    tokens: dict[str, str]

    def unmasked(self, text: str) -> str:
        """A scalar's text with its actions as they are written."""
        return _TOKEN.sub(lambda match: self.tokens.get(match[0], match[0]), text) if OPAQUE in text else text

    def splice_of(self, line: int, indent: int) -> Splice | None:
        """What rendering puts behind a key that stands on ``line`` at column ``indent`` (from 0) with no value."""
        at = bisect_left(self.splices, (line,))
        for splice in self.splices[at:]:
            if splice.line == line and splice.after_key:
                return splice
            if splice.line > line:
                return splice if not splice.after_key and splice.indent > indent and self._blank(line, splice) else None
        return None

    def _blank(self, line: int, splice: Splice) -> bool:
        """Whether nothing stands between."""
        return splice.line == line + 1 or not any(map(str.strip, self.text.split("\n")[line : splice.line - 1]))

    def splices_within(self, first: int, last: int) -> list[Splice]:
        """The splices that stand on these lines, both included."""
        return self.splices[bisect_left(self.splices, (first,)) : bisect_left(self.splices, (last + 1,))]

    def is_conditional(self, line: int) -> bool:
        """Whether a line is rendered only if something holds, or many times."""
        return any(block.line <= line <= block.end_line for block in self.blocks if block.word != "define")
