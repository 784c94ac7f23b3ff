"""(pure) Tasks: named, qualified, with modes, fetching safely. Definition: DOP-1.2-01, -06 and -07."""

from collections.abc import Iterator, Sequence

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.checks.finding import Finding, failed, not_applicable, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading import kinds
from scorecards.reading.ansible import Located, Play, Task, every_task, is_of_molecule, playbooks, task_files
from scorecards.reading.ansible.downloads import said
from scorecards.reading.ansible.modes import creates, is_managing, lacks_owner, mode
from scorecards.reading.ansible.playbooks import INCLUDED_ROLES, INCLUDES, VAULT
from scorecards.reading.ansible.tasks import BUILTIN

# What may stand without a name of its own: it only leads to other tasks.
_NAMELESS = frozenset({*INCLUDES, *INCLUDED_ROLES, "meta"})
_TASK_GLOBS = ("**/tasks/**/*.yml", "**/tasks/**/*.yaml", "**/handlers/**/*.yml", "**/handlers/**/*.yaml")


@check("ansible-tasks-named-and-qualified")
def ansible_tasks_named_and_qualified(subject: Subject) -> Iterator[Finding]:
    """Plays and tasks have names, and modules are called by their full collection name."""
    tree = subject.tree
    if not kinds.has(tree, "ans-play"):
        return
    for book in playbooks(tree):
        tasks = [task for play in book.plays for task in play.tasks]
        if book.plays:
            yield _named(book.path, list(book.plays), tasks)
    for file in task_files(tree):
        yield _named(file.path, [], list(file.tasks))
    for path in tree.files(*_TASK_GLOBS):
        if (tree.text(path) or "").startswith(VAULT):
            yield unknown(path, "It is encrypted, so its tasks can't be told.", Place(path, 1))


def _named(path: str, plays: Sequence[Play], tasks: Sequence[Task]) -> Finding:
    nameless = [one.place for one in plays if _lacks_name(one.name)]
    nameless += [task.place for task in tasks if _must_be_named(task) and _lacks_name(task.name)]
    legacy = [task for task in tasks if task.legacy]
    if nameless:
        of = len(plays) + sum(not task.is_block for task in tasks)
        text = (
            f"{len(nameless)} of {of} plays and tasks have no name, or begin it with a variable: name what each does."
        )
        return failed(path, text, *nameless, value="unnamed")
    if legacy:
        text = f"“{legacy[0].label}” calls its module by action: use the module's own key."
        return failed(path, text, *[task.place for task in legacy], value="legacy action")
    short = [task for task in tasks if task.module and not task.is_qualified]
    if short:
        names = ", ".join(sorted({task.module for task in short})[:4])
        example = next(
            (f"ansible.builtin.{task.module}" for task in short if task.module in BUILTIN), "the collection too"
        )
        many = f"{len(short)} modules are" if len(short) > 1 else "A module is"
        text = f"{many} called by a short name ({names[:60]}): write {example}{' and so on' if len(short) > 1 else ''}."
        value = "short " + " ".join(sorted({task.module for task in short}))
        return partial(path, text, *[task.place for task in short], value=value[:300])
    return passed(path, "All are named, and all modules have their collection.", Place(path, 0))


def _must_be_named(task: Task) -> bool:
    return not task.is_block and task.bare not in _NAMELESS


def _lacks_name(name: str) -> bool:
    return not name or name.startswith(("{{", "{%"))


# ---------------------------------------------------------------- modes


@check("ansible-file-modes-explicit")
def ansible_file_modes_explicit(subject: Subject) -> Iterator[Finding]:
    """Tasks that make files give them a quoted mode, and an owner and group where they run as root."""
    for located in every_task(subject.tree):
        if is_managing(located.task) and not is_of_molecule(located.task.path):
            yield _mode(subject.tree, located)


def _mode(tree: RepositoryTree, located: Located) -> Finding:
    task, unit = located
    told, making = mode(tree, task), creates(task)
    if told is not None and told.problem:
        hint = "quote it" if "number" in told.problem else "give it a quoted mode such as '0644'"
        outcome = failed if told.known else partial
        return outcome(unit, f"“{task.label}”: {told.problem}: {hint}.", told.place, task.place, value=told.problem)
    if told is None:
        return _without(unit, task, making)
    if not told.known:
        return unknown(unit, f"The mode of “{task.label}” is only known when it runs.", told.place)
    if making is not False and lacks_owner(task):
        text = f"“{task.label}” sets a mode, but no owner and group although it runs as root."
        return partial(unit, text, task.place, value="no owner")
    return passed(unit, "Its mode is explicit.", told.place)


def _without(unit: str, task: Task, making: bool | None) -> Finding:
    if making is None:
        return unknown(unit, f"Whether “{task.label}” makes a file is only known when it runs.", task.place)
    if not making:
        return not_applicable(unit, "It changes what is there and makes no file.", task.place)
    text = f"“{task.label}” makes a file without a mode: add a quoted mode, owner and group."
    return failed(unit, text, task.place, value="no mode")


# ---------------------------------------------------------------- downloads and restarts

_RANK = {"fail": 0, "partial": 1, "pass": 2}


@check("ansible-downloads-verified")
def ansible_downloads_verified(subject: Subject) -> Iterator[Finding]:
    """Downloads are verified, and services restart by handlers."""
    for located in every_task(subject.tree):
        told = said(subject.tree, located.task) if not is_of_molecule(located.task.path) else []
        if not told:
            continue
        task, unit = located
        worst = min(told, key=lambda one: _RANK[one.outcome]).outcome
        of_worst = [one for one in told if one.outcome == worst]
        text = "; ".join(dict.fromkeys(one.text for one in of_worst))
        places = dict.fromkeys([*(one.place for one in of_worst), task.place])
        outcome = {"fail": failed, "partial": partial, "pass": passed}[worst]
        yield outcome(unit, f"“{task.label}”: {text}.", *places, value=text)
