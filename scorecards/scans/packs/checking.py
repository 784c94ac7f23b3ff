"""What is wrong in a pack of the organisation's own, told by line."""

from collections.abc import Iterator
from dataclasses import dataclass

from scorecards.checks.registry import all_checks
from scorecards.errors import InvalidPack, PackProblem
from scorecards.models import OwnPack
from scorecards.rules import check_rule
from scorecards.scans.packs.lines import line_in, lines_by_rule
from scorecards.standards import pack
from scorecards.standards.pack import MAX_CHARACTERS
from scorecards.standards.standard import Standard

MAX_CONTROLS = 200
NAME = "pack"


@dataclass(frozen=True, slots=True)
class Checked:
    """``standard`` is ``None`` where the pack can't be read at all; it may only be published without problems."""

    standard: Standard | None
    problems: tuple[PackProblem, ...]

    @property
    def is_sound(self) -> bool:
        return self.standard is not None and not self.problems


def validate(text: str) -> Checked:
    """The pack, and everything that is to mend in it, in the order of its lines."""
    try:
        standard = pack.load(text, NAME, known_checks=frozenset(all_checks()))
    except InvalidPack as error:
        return Checked(None, error.problems)
    problems = [*_of_rules(standard, text), *_of_names(standard, text), *_of_version(standard, text)]
    return Checked(standard, tuple(sorted(problems, key=lambda problem: problem.line)))


def _of_rules(standard: Standard, text: str) -> Iterator[PackProblem]:
    known = lines_by_rule(text)
    for control in standard.controls:
        if control.rule is not None:
            line = control.rule_line or 1
            for problem in check_rule(control.rule, line, line_in(known.get(line, {}), line)):
                yield PackProblem(NAME, problem.line, problem.message)


def _of_names(standard: Standard, text: str) -> Iterator[PackProblem]:
    if standard.code.lower() == pack.builtin().code.lower():
        yield PackProblem(
            NAME, _line(text, "code:"), f"The code {standard.code} is the standard's own. Choose another."
        )
    if len(standard.controls) > MAX_CONTROLS:
        yield PackProblem(NAME, 1, f"A pack has at most {MAX_CONTROLS} controls.")
    taken = _taken(standard.code)
    for control in standard.controls:
        if control.id in taken:
            message = f"The control {control.id} is in {taken[control.id]} already. Choose another id."
            yield PackProblem(NAME, _line(text, f"id: {control.id}"), message)
        if control.signal is not None:
            message = f"The control {control.id} names a signal; own packs decide by rules and checks alone."
            yield PackProblem(NAME, _line(text, f"signal: {control.signal}"), message)


def _taken(code: str) -> dict[str, str]:
    """Ids of controls in force elsewhere, with the code of their standard."""
    taken = {control.id: pack.builtin().code for control in pack.builtin().controls}
    for row in OwnPack.objects.filter(state=OwnPack.State.PUBLISHED).exclude(code=code):
        taken |= dict.fromkeys(pack.load(row.text, row.code).control_by_id, row.code)
    return taken


def _of_version(standard: Standard, text: str) -> Iterator[PackProblem]:
    known = OwnPack.objects.filter(code=standard.code, version=standard.version).exclude(state=OwnPack.State.DRAFT)
    for row in known:
        if pack.load(row.text, row.code).fingerprint != standard.fingerprint:
            message = f"Version {standard.version} was published with other rules. Raise the version."
            yield PackProblem(NAME, _line(text, "version:"), message)
            return


def _line(text: str, start: str) -> int:
    """The first line that says so, without its dash; 1 where none does."""
    lines = text[:MAX_CHARACTERS].split("\n")
    return next((at for at, line in enumerate(lines, 1) if line.strip().removeprefix("- ").startswith(start)), 1)
