"""(pure) Whether runbooks that are scripts run, and have guard rails (DOP-5.2-05 and DOP-5.2-06)."""

import ast
import re
from collections.abc import Iterator

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.checks.finding import Finding, failed, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading import python_source as python
from scorecards.reading.exercising import exercised
from scorecards.reading.guard_rails import MARKS, SWITCH, guard_rails
from scorecards.reading.requirements import declared_packages, is_declared
from scorecards.reading.runbook_scripts import RunbookScript, runbook_scripts

WANTED, LEAST = 5, 3  # marks
# UTF-8 read as Windows-1252 and written again: lead bytes of emoji, dashes, quotes and accents.
_MOJIBAKE = re.compile("â(?:€|œ|š|ž|Œ|[\x80-\xbf])|ðŸ|Ã[\x80-\xbf©¨¤¶¼±]|ï¸|Â[ ·«»°]")


@check("runbook-scripts-runnable")
def runbook_scripts_runnable(subject: Subject) -> Iterator[Finding]:
    """Scripts of runbooks parse, their names resolve, and something exercises them (DOP-5.2-05)."""
    for script in runbook_scripts(subject.tree):
        yield _JUDGES[script.language](subject.tree, script)


def _of_python(tree: RepositoryTree, script: RunbookScript) -> Finding:
    source = python.python_source(tree, script.path)
    if source.error is not None:
        place = Place(script.path, source.error.line)
        return failed(script.path, f"It does not parse: {source.error.name[:80]}.", place, value="syntax error")
    if source.tree is None:
        return unknown(script.path, f"It can't be read: {source.limit}.", Place(script.path))
    notes = _notes(tree, script, source.tree)
    names, methods = python.undefined_names(source.tree), python.undefined_methods(source.tree)
    if names or methods:
        places = (Place(script.path, each.line) for each in (*names, *methods))
        value = ", ".join(each.name for each in (*names, *methods))[:300]
        return failed(script.path, _undefined(names, methods), *places, value=value, notes=notes)
    missing = _undeclared(tree, script.path, source.tree)
    if missing:
        message = f"{missing[0].name} is imported and not among the project's requirements; declare it."
        return partial(script.path, message, Place(script.path, missing[0].line), value=missing[0].name, notes=notes)
    return _if_exercised(tree, script, notes)


def _undefined(names: list[python.Named], methods: list[python.Named]) -> str:
    told = [*(f"the name {each.name}" for each in names), *(f"the method {each.name}" for each in methods)]
    more = f" and {len(told) - 2} more" if len(told) > 2 else ""
    return (
        f"{' and '.join(told[:2])}{more} {'are' if len(told) > 1 else 'is'} used and never defined; define or import."
    )


def _undeclared(tree: RepositoryTree, path: str, module: ast.Module) -> list[python.Named]:
    """Imports of others' packages that no file declares; nothing where the project declares no packages at all."""
    declared = declared_packages(tree)
    if declared is None:
        return []
    foreign = [each for each in python.imports(module) if not python.is_standard(each.name)]
    return [each for each in foreign if not _is_local(tree, path, each.name) and not is_declared(each.name, declared)]


def _is_local(tree: RepositoryTree, path: str, name: str) -> bool:
    return bool(tree.files(f"**/{name}.py", f"**/{name}/**.py"))


def _notes(tree: RepositoryTree, script: RunbookScript, module: ast.Module) -> tuple[str, ...]:
    told = [*_text_notes(tree, script.path)]
    told += [f"{each.name} (line {each.line}) only passes." for each in python.stubs(module)[:3]]
    told += [f"{each.name} is imported and never used." for each in python.unused_imports(module)[:3]]
    return tuple(told)


def _text_notes(tree: RepositoryTree, path: str) -> Iterator[str]:
    lines = tree.lines(path)
    late = next((number for number, line in enumerate(lines[:20], 1) if line.startswith("#!") and number > 1), 0)
    if late:
        yield f"The shebang stands on line {late}, where no system looks for it."
    garbled = next((number for number, line in enumerate(lines[:5_000], 1) if _MOJIBAKE.search(line[:2_000])), 0)
    if garbled:
        yield f"The text of line {garbled} is encoded twice."


def _of_shell(tree: RepositoryTree, script: RunbookScript) -> Finding:
    tree.shell(script.path)
    broken = [each for each in tree.problems if each.path == script.path and each.code == "broken"]
    if broken:
        place = Place(script.path, broken[0].line)
        return failed(script.path, f"It does not parse: {broken[0].message[:100]}", place, value="syntax error")
    return _if_exercised(tree, script, tuple(_text_notes(tree, script.path)))


def _of_go(tree: RepositoryTree, script: RunbookScript) -> Finding:
    return unknown(script.path, "Whether Go code compiles can't be told here.", Place(script.path))


def _if_exercised(tree: RepositoryTree, script: RunbookScript, notes: tuple[str, ...]) -> Finding:
    place = Place(script.path, 1)
    if exercised(tree, script.path):
        return passed(
            script.path, "It parses, its names resolve, and a test or pipeline exercises it.", place, notes=notes
        )
    message = "It parses, but no test or pipeline runs or imports it; add a dry run to CI."
    return partial(script.path, message, place, notes=notes)


_JUDGES = {"python": _of_python, "shell": _of_shell, "go": _of_go}


# ---------------------------------------------------------------- guard rails


@check("runbook-scripts-guarded")
def runbook_scripts_guarded(subject: Subject) -> Iterator[Finding]:
    """Scripts of runbooks that change things have a switch, checks, bounds and an escalation (DOP-5.2-06)."""
    for script in runbook_scripts(subject.tree):
        rails = guard_rails(subject.tree, script)
        if rails is None:
            yield unknown(script.path, "It can't be read, so that its guard rails can't be seen.", Place(script.path))
        elif rails.deeds:
            places = [Place(script.path, line) for line in (*rails.deeds[:5], *rails.marks.values())]
            yield _judge_rails(script, rails.marks, rails.swallowed, places)


def _judge_rails(script: RunbookScript, marks: dict[str, int], swallowed: list[int], places: list[Place]) -> Finding:
    missing = [mark for mark in MARKS if mark not in marks]
    value = ", ".join(mark for mark in MARKS if mark in marks)
    if swallowed:
        message = "The failure of a destructive call is swallowed; raise, escalate or exit there."
        return failed(script.path, message, Place(script.path, swallowed[0]), *places, value=value)
    if len(marks) >= WANTED and SWITCH in marks:
        return passed(script.path, "Its destructive steps are guarded.", *places, value=value)
    told = f"It lacks {missing[0]}" + (f" and {len(missing) - 1} more of six marks" if len(missing) > 1 else "")
    if len(marks) >= LEAST:
        return partial(script.path, f"{told}; add what is missing.", *places, value=value)
    return failed(script.path, f"{told}; guard its destructive steps.", *places, value=value)
