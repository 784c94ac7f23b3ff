"""(pure) Services are registered with owners, relations that resolve and the links that people need."""

from collections.abc import Iterator, Sequence

from ingest.repository.node import Place
from scorecards.checks.finding import Finding, failed, not_applicable, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.catalogue import (
    Definition,
    Entity,
    Reference,
    default_owners,
    definition_of,
    entities,
    links_of,
    reached,
    reference,
    references,
    registrations,
)
from scorecards.reading.catalogue.links import WANTED
from scorecards.reading.pipelines.content import builds, ships
from scorecards.reading.secret_names import is_expression

UNIT = "repository"


# ---------------------------------------------------------------- DOP-4.1-03


@check("repository-registered-with-owner")
def repository_registered_with_owner(subject: Subject) -> Iterator[Finding]:
    """A complete Component, that the catalogue reads, names an owner who exists."""
    if not (builds(subject.tree) or ships(subject.tree)):
        return
    components = entities(subject.tree, "component")
    if components:
        judged = [_registered(subject, component) for component in components]
        # The best entry decides: the repository is registered when one is in order.
        yield max(judged, key=lambda finding: _RANK[finding.outcome.value])
    else:
        yield _without_component(subject)


_RANK = {"fail": 0, "partial": 1, "unknown": 2, "pass": 3, "not_applicable": 0}


def _registered(subject: Subject, component: Entity) -> Finding:
    root, place = component.root, component.root.place_of("spec", "owner")
    lacking = [name for name in ("type", "lifecycle", "owner") if not component.text(name)]
    if not component.has_valid_name:
        lacking.insert(0, "valid name")
    if lacking:
        text = f"{component.unit} lacks {' and '.join(lacking)}: add it."
        return partial(UNIT, text, place, value=f"lacks {' '.join(lacking)}")
    if is_expression(component.owner):
        return unknown(UNIT, f"The owner of {component.unit} is only known when the entity is rendered.", place)
    if root.path not in reached(subject.tree):
        text = f"{component.unit} lies where no Location leads: move it to catalog-info.yaml, or add a Location."
        return partial(UNIT, text, place, value="not reached")
    if not _is_known(subject, component.owner, component.namespace):
        text = f"The owner {component.owner[:60]} is no Group that is known: define it, or name one that is."
        return partial(UNIT, text, place, value="unresolved owner", notes=_owner_notes(subject, component.owner))
    notes = _owner_notes(subject, component.owner)
    return passed(UNIT, f"{component.unit} is complete, and its owner is known.", place, notes=notes)


def _is_known(subject: Subject, owner: str, namespace: str = "default") -> bool:
    refs = {reference(owner, "group", namespace), reference(owner, "user", namespace)} - {""}
    known = {entity.ref for entity in entities(subject.tree, "group", "user")}
    return not refs.isdisjoint(known) or (subject.fleet is not None and not refs.isdisjoint(subject.fleet.entities))


def _owner_notes(subject: Subject, owner: str) -> tuple[str, ...]:
    """Whether CODEOWNERS names the same team."""
    found = default_owners(subject.tree)
    if found is None:
        return ("No CODEOWNERS names the team.",)
    team = owner.rpartition("/")[2].rpartition(":")[2].lower()
    same = any(name.rpartition("/")[2].lstrip("@").lower() == team for name in found[0])
    return () if same else ("CODEOWNERS names others than the catalogue.",)


def _without_component(subject: Subject) -> Finding:
    for one in registrations(subject.tree):
        if one.owner and _is_known(subject, one.owner):
            return passed(UNIT, f"{one.catalogue} registers it, and its owner is known.", one.place)
        lack = "its owner is no Group that is known" if one.owner else "names no owner"
        return partial(UNIT, f"{one.catalogue} registers it, but {lack}.", one.place, value=one.catalogue)
    owners = default_owners(subject.tree)
    if owners is not None and owners[0]:
        text = "Only CODEOWNERS says whose it is: add a catalog-info.yaml with a Component."
        return partial(UNIT, text, owners[1], value="CODEOWNERS")
    text = "Nothing registers it: add a catalog-info.yaml with a Component and its owner."
    return failed(UNIT, text, Place(""), value="nothing")


# ---------------------------------------------------------------- DOP-4.1-04


@check("catalogue-relations-resolve")
def catalogue_relations_resolve(subject: Subject) -> Iterator[Finding]:
    """What a Component refers to exists, and its APIs have definitions that can be read."""
    apis = {api.ref: api for api in entities(subject.tree, "api")}
    known = {entity.ref for entity in entities(subject.tree)}
    for component in entities(subject.tree, "component"):
        yield _related(subject, component, apis, known)


def _related(subject: Subject, component: Entity, apis: dict[str, Entity], known: set[str]) -> Finding:
    found = references(component)
    provided = [apis[one.ref] for one in found if one.role == "providesApis" and one.ref in apis]
    definitions = [definition_of(subject.tree, api) for api in provided]
    notes = _api_notes(component, found)
    if broken := _broken(subject, found, definitions, known):
        text = broken[0][0]
        return failed(component.unit, text, *(place for _, place in broken), value=text, notes=notes)
    places = [one.place for one in found] or [component.place]
    outside = [one for one in found if one.ref not in known and not _in_fleet(subject, one)]
    if outside and subject.fleet is None:
        text = f"Whether {outside[0].ref[:80]} exists is only known with all repositories."
        return unknown(component.unit, text, *(one.place for one in outside), value="no fleet", notes=notes)
    if outside:
        text = f"{outside[0].ref[:80]} is not known: register it, or mend the reference."
        return partial(component.unit, text, *(one.place for one in outside), value=outside[0].ref, notes=notes)
    remote = next((one for one in definitions if one.state == "remote"), None)
    if remote is not None:
        text = "The definition of an API lies at an address that is not looked at."
        return unknown(component.unit, text, remote.place, value="remote definition", notes=notes)
    return passed(component.unit, "All that it refers to resolves.", *places, notes=notes)


def _broken(
    subject: Subject, found: Sequence[Reference], definitions: Sequence[Definition], known: set[str]
) -> list[tuple[str, Place]]:
    told = [(_definition_fault(one), one.place) for one in definitions if one.state in ("missing", "invalid")]
    for one in found:
        if not one.ref and not is_expression(one.written):
            told.append((f"{one.written[:60] or 'This'} is no reference: write kind:namespace/name.", one.place))
        elif one.role == "providesApis" and subject.fleet is not None and one.ref not in known | subject.fleet.entities:
            told.append((f"It provides {one.ref[:80]}, but no API entity describes that: add one.", one.place))
    return told


def _definition_fault(one: Definition) -> str:
    if one.state == "missing":
        return f"The definition {one.told[:80]} does not exist: commit it, or mend the path."
    return f"The definition ({one.told[:80]}) is not of the API's type, or can't be read."


def _in_fleet(subject: Subject, one: Reference) -> bool:
    return subject.fleet is not None and one.ref in subject.fleet.entities


def _api_notes(component: Entity, found: Sequence[Reference]) -> tuple[str, ...]:
    provides = any(one.role == "providesApis" for one in found)
    return () if provides or component.text("type") != "service" else ("It is a service, but provides no API.",)


# ---------------------------------------------------------------- DOP-4.1-05


@check("catalogue-links-operational")
def catalogue_links_operational(subject: Subject) -> Iterator[Finding]:
    """A component in production leads to its source, documentation, dashboard and on-call, and holds no secret."""
    for component in entities(subject.tree, "component"):
        if component.text("lifecycle").lower() == "production":
            yield _linked(component)
        else:
            yield not_applicable(component.unit, "It is not in production.", component.place)


def _linked(component: Entity) -> Finding:
    links = links_of(component)
    places = list(links.kinds.values()) or [component.root.place_of("metadata")]
    lacking = [name for name in WANTED if name not in links.kinds]
    value = " ".join(lacking)
    if links.spoiled:
        text, _ = links.spoiled[0]
        where = [place for _, place in links.spoiled]
        return failed(component.unit, f"{text[:1].upper()}{text[1:]}.", *where, *places, value="spoiled")
    if len(lacking) == len(WANTED):
        text = "It leads to no source, documentation, dashboard or on-call: add annotations and links."
        return failed(component.unit, text, *places, value=value)
    if lacking:
        text = f"It does not lead to its {', '.join(lacking)}: add annotations or links."
        return partial(component.unit, text, *places, value=value)
    return passed(component.unit, "It leads to its source, documentation, dashboard and on-call.", *places)
