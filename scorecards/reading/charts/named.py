"""(pure) Which values installers give to the charts of a tree: Argo CD, Flux, and helm on command lines."""

import posixpath
import re
from collections.abc import Iterator

from ingest.repository.node import Node
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from scorecards.reading.embedded import roots_in

Given = str | Node  # a file of the tree, or values written inline
MAX_GIVEN = 5_000
MAX_COMMANDS = 2_000

_HELM = re.compile(r"\bhelm(?:\s+-{1,2}[\w-]+(?:[= ]\S+)?){0,5}\s+(?:upgrade|install|template|lint)\b")
_VALUES = re.compile(r"(?:^|\s)(?:-f|--values)[ =]+[\"']?([^\s\"',]{1,300})")
_SCRIPTS = ("**/Makefile", "**/*.mk", "**/Taskfile.y*ml", "**/*.sh", ".github/workflows/*.y*ml", "**/Jenkinsfile*",
            "**/*.gitlab-ci.yml", ".gitlab-ci.yml", "azure-pipelines*.y*ml", "**/skaffold.yaml")  # fmt: skip


def values_named(tree: RepositoryTree) -> dict[str, list[Given]]:
    """By chart folder."""
    return tree.derive(_named)


def _named(tree: RepositoryTree) -> dict[str, list[Given]]:
    found: dict[str, list[Given]] = {}
    commands: list[tuple[str, Given]] = [(folder, path) for folder, path in tree.settle(given_by_commands)]
    sources = [*_by_applications(tree), *_by_releases(tree), *commands]
    for folder, given in sources[:MAX_GIVEN]:
        if isinstance(given, Node) or tree.exists(given):
            found.setdefault(folder, []).append(given)
    return found


def given_by_commands(tree: RepositoryTree) -> list[list[str]]:
    """[chart folder, values file] of the helm commands in scripts and pipelines."""
    return [[folder, given] for folder, given in _by_commands(tree) if isinstance(given, str)]


def local_folder(path: str) -> str | None:
    """A folder as it is written in an installer, from the top of the repository; ``None`` for what is none."""
    if not path or "{{" in path or "$" in path or "://" in path:
        return None
    folder = posixpath.normpath(path.strip().lstrip("/"))
    return None if folder.startswith("..") else "" if folder == "." else folder


def sources_of(application: Node) -> list[Node]:
    """The sources of an Argo CD Application, one or many."""
    spec = application.get("spec")
    if spec is not None and application.text_at("kind") == "ApplicationSet":
        spec = spec.get("template", "spec")
    if spec is None:
        return []
    own = spec.get("source")
    return ([own] if own is not None and own.is_mapping else []) + spec.items_at("sources")


def _by_applications(tree: RepositoryTree) -> Iterator[tuple[str, Given]]:
    for document in kinds.found(tree, "argocd"):
        for source in sources_of(document.root) if document.root is not None else []:
            folder = local_folder(source.text_at("path"))
            if folder is None:
                continue
            for name in source.texts_at("helm", "valueFiles"):
                path = re.sub(r"^\$[\w-]{1,60}/", "/", name)
                yield folder, posixpath.normpath(path[1:] if path.startswith("/") else posixpath.join(folder, path))
            yield from ((folder, root) for root in inline_values(source.get("helm")))


def inline_values(helm: Node | None) -> list[Node]:
    """Values that stand in an Application itself, as a mapping or as text."""
    if helm is None:
        return []
    told = helm.get("valuesObject")
    if told is not None and told.is_mapping:
        return [told]
    text = helm.get("values")
    return [root for root in roots_in(text) if root.is_mapping] if text is not None else []


def _by_releases(tree: RepositoryTree) -> Iterator[tuple[str, Given]]:
    for document in kinds.found(tree, "flux"):
        root = document.root
        if root is None or root.text_at("kind") != "HelmRelease":
            continue
        folder = local_folder(root.text_at("spec", "chart", "spec", "chart"))
        if folder is None or "/" not in root.text_at("spec", "chart", "spec", "chart"):
            continue  # the name of a chart in a repository of charts
        for name in root.texts_at("spec", "chart", "spec", "valuesFiles"):
            yield folder, posixpath.normpath(name.lstrip("/"))
        values = root.get("spec", "values")
        if values is not None and values.is_mapping:
            yield folder, values


def _by_commands(tree: RepositoryTree) -> Iterator[tuple[str, Given]]:
    folders = {posixpath.dirname(document.path) for document in kinds.found(tree, "helm-chart")} - {""}
    if not folders:
        return
    commands = (command for path in tree.files(*_SCRIPTS) for command in _helm_commands(tree, path))
    for count, command in enumerate(commands):
        if count >= MAX_COMMANDS:
            return
        words = {posixpath.normpath(word.strip("\"'")) for word in command.split()[:200]}
        for folder in sorted(folders & words):
            yield from ((folder, posixpath.normpath(name)) for name in _VALUES.findall(command))


def _helm_commands(tree: RepositoryTree, path: str) -> Iterator[str]:
    """Command lines that call helm, continued lines joined."""
    text = tree.text(path)
    if text is None or "helm" not in text:
        return
    for line in text.replace("\\\n", " ").split("\n"):
        if "helm" in line and _HELM.search(line[:4000]):
            yield line[:4000]
