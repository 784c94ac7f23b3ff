"""(pure) Buildkite: command steps, waits and blocks, groups, plugins told as actions."""

from collections.abc import Iterator

from ingest.repository.node import Node
from ingest.repository.tree import RepositoryTree
from scorecards.reading.pipelines.fields import joined, scalars, values, words
from scorecards.reading.pipelines.model import Job, Pipeline, Step, Triggers

MAX_STEPS = 500


def pipelines(tree: RepositoryTree) -> list[Pipeline]:
    return [
        Pipeline(path, "buildkite", "", 1, document.root, Triggers(pull_request=True, push=True),
                 tuple(_jobs(document.root)), values(document.root.get("env")))
        for path in tree.files(".buildkite/pipeline*.yml", ".buildkite/pipeline*.yaml")
        for document in tree.yaml(path)[:1]
        if document.root.has("steps") or document.root.is_sequence
    ]  # fmt: skip


def _jobs(root: Node) -> Iterator[Job]:
    before: tuple[str, ...] = ()
    since: list[str] = []
    for count, node in enumerate(_steps(root)):
        if node.text in ("wait", "waiter") or node.has("wait") or node.has("block") or node.has("input"):
            before, since = tuple(since) or before, []
            continue
        name = node.text_at("key") or node.text_at("label") or f"step{count + 1}"
        since.append(name)
        yield _job(name, node, words(node, "depends_on") if node.has("depends_on") else before)


def _steps(root: Node) -> Iterator[Node]:
    for node in (root.items_at("steps") or root.items())[:MAX_STEPS]:
        if node.has("group"):
            yield from node.items_at("steps")[:MAX_STEPS]
        else:
            yield node


def _job(name: str, node: Node, needs: tuple[str, ...]) -> Job:
    return Job(
        node.path, name, node.line,
        name=node.text_at("label"),
        needs=needs,
        needs_line=node.line_of("depends_on") if node.has("depends_on") else 0,
        condition=" ".join((node.text_at("if"), node.text_at("branches"))).strip(),
        steps=tuple(_inside(node)),
        env=values(node.get("env")),
        continue_on_error=node.has("soft_fail") and not node.get("soft_fail").is_false,  # type: ignore[union-attr]
        timeout=node.has("timeout_in_minutes"),
        concurrency=node.has("concurrency_group"),
        root=node,
    )  # fmt: skip


def _inside(node: Node) -> Iterator[Step]:
    word = next((word for word in ("command", "commands") if node.has(word)), "")
    listed = node.get(word) if word else None
    if listed is not None:
        written = joined(scalars(listed))
        yield Step(node.path, node.line, node.text_at("label"), run=written.text, run_line=written.line,
                   exact=written.exact, root=node)  # fmt: skip
    plugins = node.get("plugins")
    for item in plugins.items() if plugins is not None else []:
        name = item.text or next(iter(item.keys()), "")
        yield Step(node.path, item.line, uses=name.replace("#", "@"), uses_line=item.line,
                   with_=values(item.get(name) if item.is_mapping else None), root=item)  # fmt: skip
