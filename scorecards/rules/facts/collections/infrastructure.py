"""(pure) Facts on charts, Terraform and Ansible."""

from collections import Counter
from collections.abc import Iterator

from ingest.repository.tree import RepositoryTree
from scorecards.reading.ansible.playbooks import every_task
from scorecards.reading.charts.chart import charts
from scorecards.reading.terraform import directories
from scorecards.reading.terraform.addresses import address
from scorecards.reading.terraform.calls import calls
from scorecards.rules.facts.model import Collection, Field, Kind, Told


def _charts(tree: RepositoryTree, repository: str) -> Iterator[Told]:
    for one in charts(tree):
        facts = {
            "path": one.path,
            "folder": one.folder,
            "name": one.name,
            "version": one.root.text_at("version"),
            "app_version": one.root.text_at("appVersion"),
            "api_version": one.root.text_at("apiVersion"),
            "is_library": one.is_library,
            "has_schema": one.schema is not None,
            "has_lock": one.lock is not None,
            "dependencies": [each.text_at("name") for each in one.root.items_at("dependencies")],
            "dependency_repositories": [each.text_at("repository") for each in one.root.items_at("dependencies")],
            "maintainer_count": len(one.root.items_at("maintainers")),
        }
        yield one.unit, one.root.place, facts


def _resources(tree: RepositoryTree, repository: str) -> Iterator[Told]:
    for directory in directories(tree):
        for kind in ("resource", "data"):
            for at in directory.blocks(kind):
                labels = (*at.block.labels, "", "")
                facts = {
                    "path": at.path,
                    "folder": directory.path,
                    "block": kind,
                    "type": labels[0],
                    "name": labels[1],
                    "provider": labels[0].partition("_")[0],
                    "arguments": list(at.block.body.attributes),
                    "blocks": sorted({inner.type for inner in at.block.body.blocks}),
                }
                yield f"{directory.unit} {kind} {labels[0]}.{labels[1]}", at.place, facts


def _modules(tree: RepositoryTree, repository: str) -> Iterator[Told]:
    for directory in directories(tree):
        for one in calls(tree, directory):
            where = address(one.source)
            facts = {
                "path": one.at.path,
                "folder": directory.path,
                "name": one.name,
                "source": one.source or None,
                "kind": where.kind if one.source else None,
                "host": where.host if one.source else None,
                "owner": where.owner if one.source else None,
                "ref": where.ref if one.source else None,
                "version": one.at.block.body.text("version"),
            }
            yield f"{directory.unit} module {one.name}", one.at.place, facts


def _tasks(tree: RepositoryTree, repository: str) -> Iterator[Told]:
    turns: Counter[str] = Counter()
    for task, unit in every_task(tree):
        turns[unit] += 1
        facts = {
            "path": task.path,
            "name": task.name,
            "module": task.module,
            "is_handler": task.is_handler,
            "command": task.free,
            "arguments": list(task.arguments),
            "tags": task.node.texts_at("tags"),
            "becomes": _becomes(task.inherited("become")),
        }
        yield f"{unit} {turns[unit]}" if turns[unit] > 1 else unit, task.place, facts


def _becomes(node: object) -> bool | None:
    if node is None:
        return False
    is_true, is_false = getattr(node, "is_true", False), getattr(node, "is_false", False)
    return True if is_true else False if is_false else None


_PATH = Field("path", Kind.TEXT, "the file")
_FOLDER = Field("folder", Kind.TEXT, "its folder; empty at the top")

COLLECTIONS = (
    Collection(
        "charts",
        "chart",
        "Helm charts.",
        (
            _PATH,
            _FOLDER,
            Field("name", Kind.TEXT, "its name"),
            Field("version", Kind.TEXT, "its own version"),
            Field("app_version", Kind.TEXT, "the version of what it installs; empty without one"),
            Field("api_version", Kind.TEXT, "v1 or v2"),
            Field("is_library", Kind.TRUTH, "whether other charts only borrow from it"),
            Field("has_schema", Kind.TRUTH, "whether a schema checks its values"),
            Field("has_lock", Kind.TRUTH, "whether a lock holds its dependencies"),
            Field("dependencies", Kind.LIST, "names of charts that it depends on"),
            Field("dependency_repositories", Kind.LIST, "addresses that they come from"),
            Field("maintainer_count", Kind.NUMBER, "how many maintainers it names"),
        ),
        _charts,
    ),
    Collection(
        "terraform_resources",
        "resource",
        "Resources and data sources of Terraform and OpenTofu.",
        (
            _PATH,
            _FOLDER,
            Field("block", Kind.TEXT, "resource or data"),
            Field("type", Kind.TEXT, "such as aws_s3_bucket"),
            Field("name", Kind.TEXT, "its name"),
            Field("provider", Kind.TEXT, "the first word of the type"),
            Field("arguments", Kind.LIST, "names of the arguments that are set"),
            Field("blocks", Kind.LIST, "types of the blocks within"),
        ),
        _resources,
    ),
    Collection(
        "terraform_modules",
        "module",
        "Modules that Terraform and OpenTofu call.",
        (
            _PATH,
            _FOLDER,
            Field("name", Kind.TEXT, "its name"),
            Field("source", Kind.TEXT, "as written, credentials masked; unknown where it is computed", free=True),
            Field("kind", Kind.TEXT, "local, registry, git, archive or other"),
            Field("host", Kind.TEXT, "the source's host; empty where it names none"),
            Field("owner", Kind.TEXT, "the source's owner; empty where it names none"),
            Field("ref", Kind.TEXT, "the git ref; empty without one"),
            Field("version", Kind.TEXT, "the version constraint; empty without one"),
        ),
        _modules,
    ),
    Collection(
        "ansible_tasks",
        "task",
        "Tasks and handlers of Ansible, blocks left out.",
        (
            _PATH,
            Field("name", Kind.TEXT, "as written; empty without one"),
            Field("module", Kind.TEXT, "as written, with its collection where it has one"),
            Field("is_handler", Kind.TRUTH, "whether only a notification runs it"),
            Field("command", Kind.TEXT, "the text of a module that takes one, secrets masked", free=True),
            Field("arguments", Kind.LIST, "names of the module's arguments"),
            Field("tags", Kind.LIST, "its own tags"),
            Field("becomes", Kind.TRUTH, "whether it runs as another user, by itself, its block or its play"),
        ),
        _tasks,
    ),
)
