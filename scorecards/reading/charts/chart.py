"""(pure) The charts of a tree."""

import posixpath
from dataclasses import dataclass

from ingest.repository.node import Node
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from scorecards.reading.charts.named import values_named

MAX_VALUES = 20  # files of one chart that are judged as environments


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """A values file, or values written inside the object that installs the chart (``inline``)."""

    path: str
    root: Node
    inline: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Chart:
    """A chart. ``folder`` is ``""`` at the top.

    ``default`` is values.yaml; ``others`` are the values of environments, each laid over the default. ``subcharts`` are
    the folders of charts that lie in its charts/. ``parent`` is the folder of the chart that it lies in.
    """

    folder: str
    path: str
    root: Node
    default: Values | None
    others: tuple[Values, ...]
    templates: tuple[str, ...]
    helpers: tuple[str, ...]
    lock: Node | None
    schema: str | None
    subcharts: tuple[str, ...]
    parent: str | None

    @property
    def name(self) -> str:
        return self.root.text_at("name")

    @property
    def unit(self) -> str:
        return f"chart {self.folder or '.'}"

    @property
    def is_library(self) -> bool:
        return self.root.text_at("type") == "library"

    @property
    def is_v1(self) -> bool:
        return self.root.text_at("apiVersion") != "v2"

    @property
    def values(self) -> tuple[Values, ...]:
        """Every values file, the default first."""
        return ((self.default,) if self.default else ()) + self.others


def charts(tree: RepositoryTree) -> list[Chart]:
    """The charts of a tree, subcharts too, by folder."""
    return list(tree.derive(_charts))


def chart_at(tree: RepositoryTree, folder: str) -> Chart | None:
    return tree.derive(_by_folder).get(folder)


def _by_folder(tree: RepositoryTree) -> dict[str, Chart]:
    return {chart.folder: chart for chart in tree.derive(_charts)}


def _charts(tree: RepositoryTree) -> list[Chart]:
    found = {posixpath.dirname(document.path): document for document in kinds.found(tree, "helm-chart")}
    folders = frozenset(found)
    inner: dict[str, list[str]] = {}
    for folder in found:
        inner.setdefault(posixpath.dirname(folder), []).append(folder)
    return [
        _chart(tree, folder, document.path, document.root, folders, inner)
        for folder, document in sorted(found.items())
        if document.root is not None
    ]


def _chart(
    tree: RepositoryTree, folder: str, path: str, root: Node, folders: frozenset[str], inner: dict[str, list[str]]
) -> Chart:
    templates = tree.under(posixpath.join(folder, "templates"))
    return Chart(
        folder=folder,
        path=path,
        root=root,
        default=_values(tree, posixpath.join(folder, "values.yaml")),
        others=tuple(_others(tree, folder)),
        templates=tuple(file for file in templates if file.endswith((".yaml", ".yml"))),
        helpers=tuple(file for file in templates if file.endswith(".tpl")),
        lock=_lock(tree, folder),
        schema=_if_there(tree, posixpath.join(folder, "values.schema.json")),
        subcharts=tuple(sorted(inner.get(posixpath.join(folder, "charts"), []))),
        parent=_parent(folder, folders),
    )


def _parent(folder: str, folders: frozenset[str]) -> str | None:
    above, _, name = folder.rpartition("/")
    if not name or posixpath.basename(above) != "charts":
        return None
    owner = posixpath.dirname(above)
    return owner if owner in folders else None


def _if_there(tree: RepositoryTree, path: str) -> str | None:
    return path if tree.exists(path) else None


def _lock(tree: RepositoryTree, folder: str) -> Node | None:
    for name in ("Chart.lock", "requirements.lock"):
        path = posixpath.join(folder, name)
        documents = tree.yaml(path) if tree.exists(path) else []
        if documents:
            return documents[0].root
    return None


def _values(tree: RepositoryTree, path: str) -> Values | None:
    documents = tree.yaml(path) if tree.exists(path) else []
    return Values(path, documents[0].root) if documents and documents[0].root.is_mapping else None


def _others(tree: RepositoryTree, folder: str) -> list[Values]:
    """The values of environments: files beside values.yaml, and what installers name or hold."""
    beside = tree.derive(_values_by_folder).get(folder, [])
    named = values_named(tree).get(folder, [])
    paths = dict.fromkeys([*beside, *(path for path in named if isinstance(path, str))])
    paths.pop(posixpath.join(folder, "values.yaml"), None)
    files = [values for path in paths if (values := _values(tree, path)) is not None]
    inline = [Values(root.path, root, inline=True) for root in named if isinstance(root, Node) and root.is_mapping]
    return (files + inline)[:MAX_VALUES]


def _values_by_folder(tree: RepositoryTree) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in tree.files("**/*values*.yaml", "**/*values*.yml"):
        found.setdefault(posixpath.dirname(path), []).append(path)
    return found
