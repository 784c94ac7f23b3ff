"""(pure) What a Dockerfile says; only variables in FROM are filled in, by the defaults of the file itself."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from ingest.repository.node import Problem


class Heredoc(NamedTuple):
    """``text`` is what stands before the closing name; ``first_line`` is the line on which it begins."""

    name: str
    text: str
    first_line: int


@dataclass(slots=True)
class Instruction:
    """One instruction.

    ``text`` is what stands behind its name and flags, lines joined. ``words`` are its shell words without quotes, or
    the members of the JSON form. ``flags`` hold the last value of each, ``None`` for a bare one; ``all_flags`` all.
    ``script`` is the text of a RUN as its shell can read it, line by line from ``script_line`` on, heredocs included.
    ``inner`` is what ONBUILD triggers.
    """

    name: str
    text: str
    line: int
    end_line: int
    words: list[str] = field(default_factory=list)
    json_form: bool = False
    all_flags: list[tuple[str, str | None]] = field(default_factory=list)
    heredocs: list[Heredoc] = field(default_factory=list)
    script: str = ""
    script_line: int = 0
    inner: "Instruction | None" = None

    @property
    def flags(self) -> dict[str, str | None]:
        return dict(self.all_flags)

    def pairs(self) -> list[tuple[str, str]]:
        """The (key, value) of ENV, LABEL and ARG; an ARG without a default has an empty value."""
        if self.name == "ENV" and self.words and "=" not in self.words[0]:
            return [(self.words[0], self.text.strip().removeprefix(self.words[0]).strip())]
        return [(key, value) for key, _, value in (word.partition("=") for word in self.words)]


@dataclass(slots=True)
class Stage:
    """From one FROM to the next. ``image`` has its variables filled in where the file knows them.

    ``instructions`` begin with the FROM itself. ``name`` is in lower case, empty for a stage without one.
    """

    index: int
    image: str
    image_raw: str
    platform: str
    name: str
    line: int
    instructions: list[Instruction] = field(default_factory=list)

    @property
    def is_resolved(self) -> bool:
        """Whether the image is known: no variable is left in it."""
        return "$" not in self.image

    def named(self, *names: str) -> list[Instruction]:
        """The stage's instructions of these names, without what ONBUILD triggers."""
        return [instruction for instruction in self.instructions if instruction.name in names]

    def last(self, name: str) -> Instruction | None:
        """The instruction of that name that counts where the last one wins; ``None`` when there is none."""
        return next((found for found in reversed(self.instructions) if found.name == name), None)


@dataclass(slots=True)
class Dockerfile:
    """A whole file; ``escape`` is the character that continues a line."""

    instructions: list[Instruction] = field(default_factory=list)
    stages: list[Stage] = field(default_factory=list)
    escape: str = "\\"
    problems: list[Problem] = field(default_factory=list)

    @property
    def final(self) -> Stage | None:
        """The stage that becomes the image when no other is asked for."""
        return self.stages[-1] if self.stages else None

    def base_of(self, stage: Stage) -> Stage | None:
        """The earlier stage that a stage is built upon; ``None`` where it begins from an image."""
        earlier = self.stages[: stage.index]
        return next((found for found in reversed(earlier) if found.name and found.name == stage.image.lower()), None)

    def lineage(self, stage: Stage) -> Iterator[Stage]:
        """A stage, the stage that it is built upon, and so on."""
        found: Stage | None = stage
        while found is not None:
            yield found
            found = self.base_of(found)
