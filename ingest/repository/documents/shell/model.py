"""(pure) What a shell script says; nothing is run or expanded."""

from dataclasses import dataclass, field
from typing import NamedTuple


class Expansion(NamedTuple):
    """A variable that is read.

    ``operator`` is what stands behind the name in braces (``:-``, ``:?``, ``%%``), ``len`` for ``${#x}``, ``!`` for
    ``${!x}``, ``((`` for a bare name in arithmetic. ``argument`` is the text behind the operator, as written.
    ``splits`` tells that the shell cuts its value into words here: not quoted, no assignment, test or arithmetic.
    """

    name: str
    line: int
    quoted: bool = False
    operator: str = ""
    argument: str = ""
    splits: bool = False

    @property
    def has_default(self) -> bool:
        """Whether an unset variable does no harm here."""
        return self.operator in (":-", "-", ":=", "=", ":+", "+")

    @property
    def is_required(self) -> bool:
        """Whether the script says itself that it stops when the variable is not set."""
        return self.operator in (":?", "?")


class Word(NamedTuple):
    """A word without its quotes; expansions and substitutions stand in it as written.

    ``quoted`` tells that some of it is in quotes.
    """

    text: str
    line: int
    quoted: bool = False
    expansions: tuple[Expansion, ...] = ()


@dataclass(slots=True)
class Redirect:
    """``target`` is a file, a descriptor, or a heredoc's closing word.

    ``body`` is a heredoc's text, ``body_line`` the line on which that begins.
    """

    operator: str
    target: str
    line: int
    descriptor: str = ""
    body: str = ""
    body_line: int = 0


@dataclass(slots=True)
class Command:
    """A simple command.

    ``negated``: behind ``!``. ``in_pipe``: one of several in a pipeline; commands of one share ``pipeline``.
    ``in_condition``: between ``if``, ``elif``, ``while`` or ``until`` and its ``then`` or ``do``. ``and_or``: the
    operator behind its pipeline and what follows (``|| true``), empty when there is none. ``environment``: names
    assigned for this command alone. ``depth``: how many substitutions and subshells it stands in.
    """

    words: list[Word]
    line: int
    end_line: int
    negated: bool = False
    in_pipe: bool = False
    in_condition: bool = False
    and_or: str = ""
    redirects: list[Redirect] = field(default_factory=list)
    environment: tuple[str, ...] = ()
    pipeline: int = 0
    depth: int = 0

    @property
    def name(self) -> str:
        return self.words[0].text

    @property
    def arguments(self) -> list[str]:
        return [word.text for word in self.words[1:]]

    @property
    def text(self) -> str:
        """Its words with one blank between them."""
        return " ".join(word.text for word in self.words)


class Assignment(NamedTuple):
    """``value`` is ``None`` where a name is declared without one, or filled by a command or a loop.

    ``by`` is ``=``, or what declares or fills it: ``export``, ``local``, ``for``, ``read``, ``((`` and so on;
    ``command`` for one that holds for a single command only.
    """

    name: str
    value: str | None
    line: int
    exported: bool = False
    by: str = "="


class Function(NamedTuple):
    name: str
    line: int
    end_line: int


class Option(NamedTuple):
    """An option of the shell switched on or off, by its long name: ``errexit``, ``nounset``, ``pipefail``."""

    name: str
    on: bool
    line: int


class Comment(NamedTuple):
    line: int
    text: str


@dataclass(slots=True)
class Script:
    """Everything in the file's order; commands within substitutions and functions too."""

    shebang: str = ""
    commands: list[Command] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)
    expansions: list[Expansion] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)
    options: list[Option] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)

    def named(self, *names: str) -> list[Command]:
        """The commands of these names."""
        return [command for command in self.commands if command.name in names]

    def option(self, name: str) -> Option | None:
        """Where an option is first switched on; ``None`` when it never is."""
        return next((option for option in self.options if option.name == name and option.on), None)

    def is_assigned(self, name: str) -> bool:
        """Whether any line gives the name a value for the script itself."""
        return any(
            found.name == name and found.by != "command" and (found.value is not None or found.by not in _DECLARERS)
            for found in self.assignments
        )


_DECLARERS = ("export", "readonly", "local", "declare", "typeset")
