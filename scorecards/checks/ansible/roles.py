"""(pure) Roles are whole and tested. Definition: DOP-1.2-05, DOP-1.3-04 and DOP-1.3-05."""

from collections.abc import Iterator
from datetime import date

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.checks.finding import Finding, failed, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.ansible import Role, roles
from scorecards.reading.ansible.molecule import Scenario, covered, default_of, is_open, privileges, scenarios
from scorecards.reading.ansible.roles import NAME, asserts, dangling, dependencies, has_specification, missing
from scorecards.reading.ends.images import ended_distribution
from scorecards.reading.images import image

UNIT = "roles"


@check("ansible-role-skeleton-complete")
def ansible_role_skeleton_complete(subject: Subject) -> Iterator[Finding]:
    """A role has its parts, refers to nothing that is not there, and describes its inputs."""
    for role in roles(subject.tree):
        yield _whole(subject.tree, role)


def _whole(tree: RepositoryTree, role: Role) -> Finding:
    lost = dangling(tree, role)
    absent = missing(tree, role)
    foreign = dependencies(tree, role).foreign
    certain = [one for one in lost if one.kind != "handler" or not foreign]
    notes = () if tree.all_files(role.path("README*")) else ("It has no README.",)
    if certain or absent:
        named = [f"{one.kind} {one.name[:60]}" for one in certain]
        return _broken(role, named, absent, [one.place for one in certain])
    if lost:
        text = f"The handler {lost[0].name[:60]} may be one of {foreign[0][:60]}, which is not in this repository."
        return unknown(role.unit, text, *(one.place for one in lost), value="foreign handler")
    lacks = []
    if not has_specification(tree, role) and not asserts(tree, role):
        lacks.append("nothing validates its inputs: add meta/argument_specs.yml")
    if role.name and not NAME.match(role.name.rpartition(".")[2]):
        lacks.append("its name holds more than lower case letters, digits and underscores")
    if lacks:
        text = "; ".join(lacks)
        return partial(role.unit, f"{text[:1].upper()}{text[1:]}.", role.place, value=text, notes=notes)
    return passed(role.unit, "It is whole, and its inputs are validated.", role.place, notes=notes)


def _broken(role: Role, lost: list[str], absent: list[str], places: list[Place]) -> Finding:
    parts = []
    if absent:
        parts.append(f"it lacks {' and '.join(absent)}: add {'it' if len(absent) == 1 else 'them'}")
    if lost:
        parts.append(f"it refers to what can't be found: {', '.join(lost[:3])}{' and more' if len(lost) > 3 else ''}")
    text = "; ".join(parts)
    value = "; ".join([*lost, *absent])[:300]
    return failed(role.unit, f"{text[:1].upper()}{text[1:]}.", *places, role.place, value=value)


# ---------------------------------------------------------------- scenarios


@check("ansible-roles-have-molecule")
def ansible_roles_have_molecule(subject: Subject) -> Iterator[Finding]:
    """Each role is converged by a Molecule scenario that verifies the result."""
    tree = subject.tree
    known = roles(tree)
    if known:
        yield _covered(tree, known)


def _covered(tree: RepositoryTree, known: list[Role]) -> Finding:
    by_role: dict[str, list[Scenario]] = {}
    for scenario in scenarios(tree):
        for role in covered(tree, scenario) if scenario.platforms else []:
            by_role.setdefault(role.folder, []).append(scenario)
    bare = [role for role in known if role.folder not in by_role]
    used = {scenario.path: scenario for found in by_role.values() for scenario in found}
    unverified = [
        scenario for found in by_role.values() if not any(one.verifies for one in found) for scenario in found
    ]
    count = f"{len(known) - len(bare)} of {len(known)} roles"
    places = [role.place for role in bare] + [Place(scenario.path, 1) for scenario in unverified]
    if bare:
        text = f"{count} are converged by a Molecule scenario: add one with converge and verify playbooks to each."
        outcome = partial if (len(known) - len(bare)) * 2 >= len(known) else failed
        return outcome(UNIT, text, *places, value=count)
    if unverified:
        text = f"The scenario {unverified[0].folder} verifies nothing: add a verify playbook."
        return partial(UNIT, text, *places, value="unverified")
    return passed(UNIT, f"{count} have a scenario that verifies them.", *(Place(path, 1) for path in used))


@check("molecule-images-pinned")
def molecule_images_pinned(subject: Subject) -> Iterator[Finding]:
    """Scenarios run on pinned, supported images, without settings that are gone or needless privileges."""
    for scenario in scenarios(subject.tree):
        yield _images(subject.tree, scenario, subject.as_of)


def _images(tree: RepositoryTree, scenario: Scenario, as_of: date) -> Finding:
    bad, open_places = [], []
    for platform in scenario.platforms:
        written, place = platform.text_at("image"), platform.place_of("image")
        if not platform.has("image"):
            continue
        if is_open(written) or "{{" in written:
            open_places.append(place)
            if written.endswith(":latest"):
                bad.append((f"{written[:80]} has the tag latest, which moves: name a version", place))
            continue
        bad += [(text, place) for text in _of_image(default_of(written), as_of)]
    told = privileges(tree, scenario)
    bad += [("It is privileged and nothing says why", one.place) for one in told if not one.reason]
    soft = [(f"It is privileged ({one.reason})", one.place) for one in told if one.reason]
    if scenario.root.has("lint"):
        soft.append(("The key lint is gone from Molecule: lint in a CI step", scenario.root.place_of("lint")))
    if bad or (soft and not open_places):
        outcome = failed if bad else partial
        text = "; ".join(dict.fromkeys(text for text, _ in bad + soft))
        places = dict.fromkeys(place for _, place in bad + soft)
        return outcome(scenario.unit, f"{text[:300]}.", *places, value=text[:300])
    if open_places:
        return unknown(scenario.unit, "Its image is only known where it is run.", *open_places)
    return passed(scenario.unit, "Its images are pinned and supported.", Place(scenario.path, 1))


def _of_image(text: str, as_of: date) -> Iterator[str]:
    found = image(text)
    if found is None:
        yield f"{text[:60] or 'an empty name'} is no image"
        return
    if not found.digest and found.tag in ("", "latest"):
        yield f"{text[:80]} has {'no tag' if not found.tag else 'the tag latest'}, which moves: name a version"
    end = ended_distribution(text, as_of)
    if end is not None:
        yield f"{end.name} {' '.join(end.versions)} ended on {end.on.isoformat()}: use {end.name} {end.successor}"
