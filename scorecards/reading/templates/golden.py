"""(pure) Golden paths: templates and commands that make a new service, what they make, and what they ask."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from scorecards.reading.templates.parameters import Parameter, of_schema
from scorecards.reading.templates.skeletons import MAX_STEPS, Skeleton, files_below, local_folder, skeletons, source_of

ARTEFACTS = ("source with tests", "pipeline", "deployment", "catalogue entity")
_SOURCE = re.compile(
    r"\.(?:go|py|ts|tsx|js|jsx|mjs|java|kt|kts|cs|rb|rs|php|scala|swift|ex|c|cpp|vue|dart)(?:\.\w{1,6})?\Z"
)
_TEST = re.compile(r"(?i)(?:(?:^|[/._-])(?:tests?|spec|specs|__tests__|e2e)(?:[/._-]|\Z)|[a-z0-9_]Tests?\.\w+\Z)")
_PIPELINE = re.compile(
    r"(?:(?:^|/)\.github/workflows/[^/]+\.ya?ml|(?:^|/)\.gitlab-ci\.yml|(?:^|/)Jenkinsfile|(?:^|/)azure-pipelines[^/]*\.ya?ml"
    r"|(?:^|/)\.circleci/config\.yml|(?:^|/)bitbucket-pipelines\.yml|(?:^|/)\.tekton/|(?:^|/)\.buildkite/|(?:^|/)\.drone\.yml"
    r"|(?:^|/)cloudbuild\.ya?ml)(?:\.\w{1,6})?\Z"
)
_DEPLOYMENT = re.compile(
    r"(?:(?:^|/)Chart\.yaml|(?:^|/)kustomization\.ya?ml|(?:^|/)serverless\.ya?ml|\.tf|(?:^|/)(?:k8s|kubernetes|manifests|deploy"
    r"|deployment|helm|charts?|argocd)/.{0,300}\.ya?ml|(?:^|/)(?:deployment|rollout)\.ya?ml|(?:^|/)score\.ya?ml"
    r"|(?:^|/)(?:template|samconfig|cdk|fly|app)\.(?:toml|ya?ml|json))(?:\.\w{1,6})?\Z"
)
_ENTITY = re.compile(r"(?:^|/)(?:catalog-info|opslevel|cortex|compass)\.ya?ml(?:\.\w{1,6})?\Z")
_ACTIONS = {
    "catalog:write": "catalogue entity", "argocd:create-resources": "deployment", "kubernetes:apply": "deployment",
}  # fmt: skip
_CHECKED_FIELDS = (
    "pattern",
    "enum",
    "format",
    "ui:field",
    "const",
    "minLength",
    "maxLength",
    "oneOf",
    "anyOf",
    "minimum",
)


@dataclass(frozen=True, slots=True, eq=False)
class GoldenPath:
    """``artefacts`` maps each of ``ARTEFACTS`` that it makes to where; ``gaps`` is what is wrong with its inputs.

    ``remote``: it copies what lies elsewhere. ``command``: it is known by a command's name alone.
    """

    unit: str
    place: Place
    artefacts: dict[str, Place]
    gaps: tuple[tuple[str, Place], ...] = ()
    remote: bool = False
    command: bool = False


def golden_paths(tree: RepositoryTree) -> list[GoldenPath]:
    """All templates and commands that make something, the one that makes the most first."""
    found = [*_backstage(tree), *_others(tree), *_commands(tree)]
    return sorted(found, key=lambda one: (-len(one.artefacts), one.command, len(one.gaps)))


# ---------------------------------------------------------------- templates


def _backstage(tree: RepositoryTree) -> Iterator[GoldenPath]:
    for found in kinds.found(tree, "scaffolder"):
        root = found.root
        if root is None or root.text_at("kind") != "Template":
            continue
        steps = root.items_at("spec", "steps")[:MAX_STEPS]
        made = artefacts_of(tree, [folder for step in steps if (folder := local_folder(found.path, source_of(step)))])
        for step in steps:
            if step.text_at("action") in _ACTIONS:
                made.setdefault(_ACTIONS[step.text_at("action")], step.place)
        name = root.text_at("metadata", "name") or found.path
        remote = any("://" in source_of(step) for step in steps)
        gaps = (*_input_gaps(root), *_registration_gaps(root, steps))
        yield GoldenPath(f"template {name[:100]}", root.place, made, gaps, remote)


def _input_gaps(root: Node) -> Iterator[tuple[str, Place]]:
    pages = pages_of(root)
    asked = [one for page in pages for one in of_schema(page)]
    if not any(one.required for one in asked):
        yield "it insists on no input", root.place_of("spec", "parameters")
    loose = next((one for page in pages for one in _loose(page)), None)
    if loose is not None:
        yield f"the required input {loose.name[:60]} is not validated (pattern or enum)", loose.place


def _loose(page: Node) -> Iterator[Parameter]:
    for one in of_schema(page):
        node = page.get("properties", one.name)
        checked = node is not None and any(node.has(name) for name in _CHECKED_FIELDS)
        if one.required and one.type == "string" and not checked:
            yield one


def pages_of(root: Node) -> list[Node]:
    """The pages of a Template's form; a single one may stand without a list."""
    node = root.get("spec", "parameters")
    if node is None:
        return []
    return node.items() if node.is_sequence else [node]


def _registration_gaps(root: Node, steps: list[Node]) -> Iterator[tuple[str, Place]]:
    if not any(step.text_at("action").startswith("catalog:register") for step in steps):
        yield "no step registers the entity in the catalogue", root.place_of("spec", "steps")


def _others(tree: RepositoryTree) -> Iterator[GoldenPath]:
    """Templates of cookiecutter, copier, yeoman and plop."""
    declared = {found.path for found in kinds.found(tree, "scaffolder")}
    for one in skeletons(tree):
        if one.template in declared:
            continue
        made = artefacts_of(tree, [one.folder])
        gaps = (("its inputs are not validated", one.place),) if not _validates(tree, one) else ()
        yield GoldenPath(f"template {one.template}", one.place, made, gaps)


def _validates(tree: RepositoryTree, one: Skeleton) -> bool:
    folder = one.template.rpartition("/")[0]
    hooks = files_below(tree, f"{folder}/hooks" if folder else "hooks")
    asked = any(value.has("validator") or value.has("choices") for value in one.values.values())
    return any("/hooks/pre_" in f"/{path}" for path in hooks) or asked or "validate" in (tree.text(one.template) or "")


def artefacts_of(tree: RepositoryTree, folders: list[str]) -> dict[str, Place]:
    """What of ``ARTEFACTS`` lies in folders, each with its first file."""
    found: dict[str, Place] = {}
    paths = [path for folder in folders for path in files_below(tree, folder)]
    inside = {path: next(path[len(folder) :] for folder in folders if path.startswith(folder + "/")) for path in paths}
    source = next((path for path in paths if _SOURCE.search(path)), None)
    test = next((path for path in paths if _SOURCE.search(path) and _TEST.search(inside[path])), None)
    if source is not None and test is not None:
        found[ARTEFACTS[0]] = Place(test, 1)
    for name, pattern in zip(ARTEFACTS[1:], (_PIPELINE, _DEPLOYMENT, _ENTITY), strict=True):
        first = next((path for path in paths if pattern.search(inside[path])), None)
        if first is not None:
            found[name] = Place(first, 1)
    return found


# ---------------------------------------------------------------- commands

_COMMAND_FILES = (
    "**/{cli,cmd,commands,command,bin}/**/*.{ts,js,go,py,java,kt,cs}",
    "cli.{py,ts,js}", "**/*create*service*.{ts,js,go,py}", "**/*new*service*.{ts,js,go,py}",
)  # fmt: skip
_THING = r"(?:micro-?)?(?:service|app|application|project|component|module|workload)"
_CREATES = re.compile(
    rf"""(?i)(?:Command\(\s{{0,20}}|command\(\s{{0,20}}|Use:\s{{0,20}}|add_parser\(\s{{0,20}}|name\s{{0,3}}=\s{{0,3}})["'`]"""
    rf"""(?:create|new|scaffold|generate|init)[-_: ]?{_THING}\b"""
)
_OPTIONAL_NAME = re.compile(r"""\.option\(\s{0,20}["'`](?:-\w,\s?)?--name\b""")
_FAILURES = re.compile(r"\bcatch\b|\bexcept\b|err != nil|\.fail\(|process\.exit|RunE\b|raise |throw ")
_REGISTERS = re.compile(r"(?i)catalog-?info|register_?(?:component|entity|service)|catalog")


def _commands(tree: RepositoryTree) -> Iterator[GoldenPath]:
    for path in tree.files(*_COMMAND_FILES):
        text = tree.text(path) or ""
        found = _CREATES.search(text) if "create" in text or "new" in text or "scaffold" in text else None
        if found is not None:
            place = Place(path, text.count("\n", 0, found.start()) + 1)
            yield GoldenPath(f"command {path}", place, {}, tuple(_command_gaps(path, text, place)), command=True)


def _command_gaps(path: str, text: str, place: Place) -> Iterator[tuple[str, Place]]:
    optional = _OPTIONAL_NAME.search(text)
    if optional is not None:
        yield "it does not insist on a name", Place(path, text.count("\n", 0, optional.start()) + 1)
    if not _FAILURES.search(text):
        yield "it handles no failure", place
    if not _REGISTERS.search(text):
        yield "it registers nothing in the catalogue", place
