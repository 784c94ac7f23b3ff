"""(pure) Facts on who owns what: services of the repository, entities of its catalogue, rules of CODEOWNERS."""

from collections.abc import Iterator

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.catalogue import Entity, entities, links_of, references
from scorecards.reading.kubernetes.manifest import texts
from scorecards.reading.services import is_critical, services_in, tier_of
from scorecards.rules.facts.code_owners import owner_rules, owners_of, owners_of_folder
from scorecards.rules.facts.collections.files import languages
from scorecards.rules.facts.model import Collection, Field, Kind, Told


def _services(tree: RepositoryTree, repository: str) -> Iterator[Told]:
    for unit in services_in(tree, repository.rpartition("/")[2]):
        owners = owners_of_folder(tree, unit.path)
        facts = {
            "name": unit.name,
            "path": unit.path,
            "lifecycle": unit.lifecycle,
            "tier": unit.tier,
            "is_critical": is_critical(unit.tier),
            "owner": unit.owner,
            "production": unit.production,
            "declared": unit.component is not None,
            "languages": languages(tree.under(unit.path)),
            "code_owners": owners,
            "code_owner_count": None if owners is None else len(owners),
        }
        yield unit.name, unit.place, facts


def _entities(tree: RepositoryTree, repository: str) -> Iterator[Told]:
    for one in entities(tree):
        owners = owners_of(tree, one.root.path)
        metadata = one.root.get("metadata")
        facts = {
            "path": one.root.path,
            "kind": one.kind,
            "name": one.name,
            "namespace": one.namespace,
            "type": one.text("type"),
            "owner": one.owner,
            "lifecycle": one.text("lifecycle").lower(),
            "system": one.text("system"),
            "tier": _tier(one),
            "tags": metadata.texts_at("tags") if metadata is not None else (),
            "labels": _pairs(one.root.get("metadata", "labels")),
            "annotations": list(texts(one.root.get("metadata", "annotations"))),
            "links": list(links_of(one).kinds),
            "references": [found.ref or found.written for found in references(one)],
            "code_owners": owners,
            "code_owner_count": None if owners is None else len(owners),
        }
        yield one.unit, one.place, facts


def _tier(one: Entity) -> str:
    held = (one.root.get("metadata", "labels"), one.root.get("metadata", "annotations"), one.root.get("spec"))
    return tier_of(*map(texts, held))


def _pairs(node: Node | None) -> list[str]:
    return [f"{name}={value}" for name, value in texts(node).items()]


def _codeowners(tree: RepositoryTree, repository: str) -> Iterator[Told]:
    for rule in owner_rules(tree):
        facts = {
            "path": rule.place.path,
            "pattern": rule.pattern,
            "owners": rule.owners,
            "owner_count": len(rule.owners),
        }
        yield f"rule {rule.pattern}", Place(*rule.place), facts


_OWNERS = (
    Field("code_owners", Kind.LIST, "owners by CODEOWNERS"),
    Field("code_owner_count", Kind.NUMBER, "how many owners CODEOWNERS names"),
)

COLLECTIONS = (
    Collection(
        "services",
        "service",
        "Services of the repository, as its catalogue or its build files tell them; there is always one.",
        (
            Field("name", Kind.TEXT, "as its catalogue entity or folder calls it"),
            Field("path", Kind.TEXT, "its folder; empty for the whole repository"),
            Field("lifecycle", Kind.TEXT, "in lower case; empty where none is told"),
            Field("tier", Kind.TEXT, "in lower case, of the label tier or criticality; empty where none is told"),
            Field("is_critical", Kind.TRUTH, "whether the tier is the highest one: critical, tier-1, 1 and the like"),
            Field("owner", Kind.TEXT, "as its catalogue entity names it"),
            Field("production", Kind.TRUTH, "whether people use it in production"),
            Field("declared", Kind.TRUTH, "whether a catalogue entity declares it"),
            Field("languages", Kind.LIST, "programming languages in its folder, the most frequent first"),
            *_OWNERS,
        ),
        _services,
    ),
    Collection(
        "entities",
        "entity",
        "Entities of the Backstage catalogue.",
        (
            Field("path", Kind.TEXT, "the file"),
            Field("kind", Kind.TEXT, "in lower case, such as component"),
            Field("name", Kind.TEXT, "its name"),
            Field("namespace", Kind.TEXT, "default where none is written"),
            Field("type", Kind.TEXT, "such as service or library; empty without one"),
            Field("owner", Kind.TEXT, "as written; empty without one"),
            Field("lifecycle", Kind.TEXT, "in lower case; empty without one"),
            Field("system", Kind.TEXT, "as written; empty without one"),
            Field("tier", Kind.TEXT, "in lower case, of the label, annotation or member tier or criticality"),
            Field("tags", Kind.LIST, "its tags"),
            Field("labels", Kind.LIST, "its labels, each as key=value"),
            Field("annotations", Kind.LIST, "names of its annotations"),
            Field("links", Kind.LIST, "what it links to, of source, documentation, dashboard and on-call"),
            Field("references", Kind.LIST, "what it depends on, provides and consumes, as kind:namespace/name"),
            *_OWNERS,
        ),
        _entities,
    ),
    Collection(
        "codeowners",
        "rule of CODEOWNERS",
        "Rules of CODEOWNERS.",
        (
            Field("path", Kind.TEXT, "the file"),
            Field("pattern", Kind.TEXT, "the paths that it is about, as written"),
            Field("owners", Kind.LIST, "people, teams and addresses"),
            Field("owner_count", Kind.NUMBER, "how many there are"),
        ),
        _codeowners,
    ),
)
