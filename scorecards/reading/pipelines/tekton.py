"""(pure) Tekton pipelines kept beside the code: tasks in order, their steps in containers."""

from collections.abc import Iterator

from ingest.repository.node import Node
from ingest.repository.tree import RepositoryTree
from scorecards.reading.pipelines.fields import joined, scalars, script, values, words
from scorecards.reading.pipelines.model import EnvValue, Job, Pipeline, Step, Triggers

_EVENT = "pipelinesascode.tekton.dev/on-event"
_FILTER = "pipelinesascode.tekton.dev/on-cel-expression"
_BRANCH = "pipelinesascode.tekton.dev/on-target-branch"


def pipelines(tree: RepositoryTree) -> list[Pipeline]:
    paths = tree.files(".tekton/**/*.yaml", ".tekton/**/*.yml")
    documents = [document.root for path in paths for document in tree.yaml(path)]
    roots = [root for root in documents if root.text_at("apiVersion").startswith("tekton.dev/")]
    tasks = {root.text_at("metadata", "name"): root for root in roots if root.text_at("kind") == "Task"}
    return [_pipeline(root, tasks) for root in roots if root.text_at("kind") in ("Pipeline", "PipelineRun")]


def _pipeline(root: Node, tasks: dict[str, Node]) -> Pipeline:
    spec = root.get("spec", "pipelineSpec") or root.get("spec")
    return Pipeline(root.path, "tekton", root.text_at("metadata", "name"), root.line, root, _triggers(root),
                    tuple(_jobs(spec, tasks)) if spec is not None else ())  # fmt: skip


def _triggers(root: Node) -> Triggers:
    told = root.text_at("metadata", "annotations", _EVENT) + root.text_at("metadata", "annotations", _FILTER)
    return Triggers(
        pull_request="pull_request" in told,
        push="push" in told,
        tags="refs/tags" in root.text_at("metadata", "annotations", _BRANCH),
        reusable_only=root.text_at("kind") == "Pipeline",
        raw=(told,) if told else (),
        line=root.line_of("metadata", "annotations"),
    )


def _jobs(spec: Node, tasks: dict[str, Node]) -> Iterator[Job]:
    listed = spec.items_at("tasks")
    for node in listed:
        yield _job(node, words(node, "runAfter"), tasks)
    everyone = tuple(node.text_at("name") for node in listed)
    for node in spec.items_at("finally"):
        yield _job(node, everyone, tasks, "always()")


def _job(node: Node, needs: tuple[str, ...], tasks: dict[str, Node], condition: str = "") -> Job:
    named = node.text_at("taskRef", "name")
    spec = node.get("taskSpec") or (tasks[named].get("spec") if named in tasks else None)
    return Job(
        node.path, node.text_at("name"), node.line,
        needs=needs,
        needs_line=node.line_of("runAfter") if node.has("runAfter") else 0,
        condition=condition or " ".join(words(node, "when")),
        steps=tuple(_steps(spec)),
        uses="" if spec is not None else named,
        uses_line=node.line_of("taskRef", "name"),
        with_=values(node.get("params")),
        timeout=node.has("timeout"),
        root=node,
    )  # fmt: skip


def _steps(spec: Node | None) -> Iterator[Step]:
    for node in spec.items_at("steps") if spec is not None else []:
        written = script(node, "script")
        if not written.text:
            parts = [part for word in ("command", "args") if (found := node.get(word)) for part in scalars(found)]
            whole = joined(parts)
            written = whole._replace(text=whole.text.replace("\n", " "), exact=False)
        image = node.get("image")
        yield Step(node.path, node.line, node.text_at("name"), run=written.text, run_line=written.line,
                   exact=written.exact, env=values(node.get("env")), root=node,
                   with_={"image": EnvValue(image.text, image.line)} if image is not None else {})  # fmt: skip
