"""(pure) Plays: the environment is checked first, deployments are verified and recorded. DOP-1.2-02 and -04."""

from collections.abc import Iterator

from ingest.repository.tree import RepositoryTree
from scorecards.checks.finding import Finding, failed, not_applicable, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.ansible import Play, is_of_molecule, playbooks
from scorecards.reading.ansible.following import steps
from scorecards.reading.ansible.guards import fixed_environment, guard
from scorecards.reading.ansible.jinja import is_templated
from scorecards.reading.ansible.marks import MARKS, deploys, foreign_roles, marks
from scorecards.reading.ansible.modes import creates, is_managing


@check("ansible-environment-checked-first")
def ansible_environment_checked_first(subject: Subject) -> Iterator[Finding]:
    """A play that changes hosts looks at the environment before it does so."""
    for book in playbooks(subject.tree):
        for play in book.plays:
            if is_of_molecule(play.path):
                yield not_applicable(play.unit, "It runs against test instances.", play.place)
            elif not play.changes_hosts:
                yield not_applicable(play.unit, "It changes no host but the one that runs Ansible.", play.place)
            elif all(step.is_harmless for step in steps(subject.tree, play)):
                yield not_applicable(play.unit, "It only looks, and changes nothing.", play.place)
            else:
                yield _guarded(subject.tree, play)


def _guarded(tree: RepositoryTree, play: Play) -> Finding:
    found = guard(tree, play)
    fixed = fixed_environment(tree, play)
    if found is None:
        if fixed:
            return passed(play.unit, f"Its hosts are those of {fixed} alone.", play.hosts_place, value=fixed)
        text = "Nothing checks the environment before it changes hosts: assert it against a closed list in pre_tasks."
        return failed(play.unit, text, play.hosts_place, value="no guard")
    places = [found.place, *([found.late] if found.late is not None else []), play.hosts_place]
    wrong = []
    if found.late is not None:
        wrong.append(f"the check of {found.variable} comes too late, {found.late_why}")
    if found.is_reserved:
        wrong.append("environment is a name that Ansible reserves: use target_env")
    if wrong:
        text = "; ".join(wrong)
        return partial(play.unit, f"{text[:1].upper()}{text[1:]}.", *places, value=text)
    return passed(play.unit, f"{found.variable} is checked against a closed list first.", *places)


# ---------------------------------------------------------------- deployments


@check("ansible-deployment-verified-and-recorded")
def ansible_deployment_verified_and_recorded(subject: Subject) -> Iterator[Finding]:
    """A play that deploys is tagged, verifies what it did, tells people, and leaves a record."""
    for book in playbooks(subject.tree):
        for play in book.plays:
            if (play.roles or play.tasks) and not is_of_molecule(play.path) and deploys(play):
                yield _recorded(subject.tree, play)


def _recorded(tree: RepositoryTree, play: Play) -> Finding:
    found = marks(tree, play)
    kinds = [mark.kind for mark in found]
    missing = [kind for kind in MARKS if kind not in kinds]
    places = [mark.place for mark in found]
    notes = tuple(_notes(play))
    if not missing:
        return passed(play.unit, "It is tagged, verified, announced and recorded.", *places, notes=notes)
    value = "without " + ", ".join(missing)
    text = f"It lacks {_listed(missing)}: add {'it' if len(missing) == 1 else 'them'} to the play."
    if len(found) >= 2:
        return partial(play.unit, text, *places, play.place, value=value, notes=notes)
    foreign = foreign_roles(tree, play)
    if foreign:
        text = f"It shows no {_listed(missing, 'or')}; its role {foreign[0][:60]} is not in this repository."
        return unknown(play.unit, text, play.place, *places, value=value, notes=notes)
    return failed(play.unit, text, play.place, *places, value=value, notes=notes)


def _listed(names: list[str], last: str = "and") -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"


def _notes(play: Play) -> Iterator[str]:
    for task in play.tasks:
        if is_managing(task) and creates(task) and "mode" not in task.arguments:
            yield f"“{task.label}” writes a file without a mode."
        for condition in task.node.texts_at("when"):
            if condition.isidentifier() and not is_templated(condition):
                yield f"“{task.label}” runs when {condition[:60]} is any text, also “false”: add the bool filter."
