"""(pure) Bitbucket Pipelines: one pipeline for each start condition; steps in order, or parallel."""

from collections.abc import Iterator

from ingest.repository.node import Node
from ingest.repository.tree import RepositoryTree
from scorecards.reading.pipelines.fields import joined, scalars, values, words
from scorecards.reading.pipelines.model import EnvValue, Job, Pipeline, Service, Step, Triggers

PATH = "bitbucket-pipelines.yml"
MAX_STEPS = 500


def pipelines(tree: RepositoryTree) -> list[Pipeline]:
    documents = tree.yaml(PATH) if tree.exists(PATH) else []
    return [pipeline for document in documents[:1] for pipeline in _variants(document.root)]


def _variants(root: Node) -> Iterator[Pipeline]:
    variants = root.get("pipelines")
    for name, key, node in variants.members() if variants is not None else ():
        if name == "default":
            yield _pipeline(root, name, key, node, Triggers(pull_request=True, push=True, raw=(name,), line=key.line))
            continue
        for pattern, line, listed in node.members():
            yield _pipeline(root, f"{name} {pattern}", line, listed, _triggers(name, pattern, line.line))


def _triggers(kind: str, pattern: str, line: int) -> Triggers:
    return Triggers(
        pull_request=kind == "pull-requests",
        push=kind in ("branches", "tags"),
        branches=(pattern,) if kind == "branches" else (),
        tags=kind == "tags",
        manual=kind == "custom",
        raw=(kind,),
        line=line,
    )


def _pipeline(root: Node, name: str, key: Node, node: Node, triggers: Triggers) -> Pipeline:
    return Pipeline(root.path, "bitbucket", name, key.line, root, triggers, tuple(_jobs(root, node)))


def _jobs(root: Node, node: Node) -> Iterator[Job]:
    before: tuple[str, ...] = ()
    count = 0
    for group in node.items()[:MAX_STEPS]:
        made = []
        for step in _together(group):
            count += 1
            job = _job(root, step, f"{step.text_at('name') or 'step'} {count}", before)
            made.append(job.id)
            yield job
        before = tuple(made) or before


def _together(group: Node) -> list[Node]:
    """The steps of a member: one, several in parallel, or those of a stage (told as one after another elsewhere)."""
    parallel = group.get("parallel")
    listed = group.items_at("parallel", "steps") or group.items_at("stage", "steps")
    listed = listed or (parallel.items() if parallel is not None else [group])
    return [step for item in listed[:MAX_STEPS] if (step := item.get("step")) is not None and step.is_mapping]


def _job(root: Node, node: Node, name: str, needs: tuple[str, ...]) -> Job:
    image = node.get("image") or root.get("image")
    named = image.get("name") if image is not None and image.is_mapping else image
    return Job(
        node.path, name, node.line,
        name=node.text_at("name"),
        needs=needs,
        environment=node.text_at("deployment"),
        environment_line=node.line_of("deployment") if node.has("deployment") else 0,
        steps=tuple(_steps(node)),
        services=tuple(Service(service, node.line_of("services"), _service_image(root, service), ("host",))
                       for service in words(node, "services")),
        container=EnvValue(named.text, named.line) if named is not None and named.text else None,
        manual=node.text_at("trigger") == "manual",
        timeout=node.has("max-time") or root.has("options", "max-time"),
        root=node,
    )  # fmt: skip


def _service_image(root: Node, name: str) -> EnvValue:
    image = root.get("definitions", "services", name, "image")
    return EnvValue(image.text or image.text_at("name"), image.line) if image is not None else EnvValue("", 0)


def _steps(node: Node) -> Iterator[Step]:
    for word in ("script", "after-script"):
        listed = node.get(word)
        if listed is None:
            continue
        written = joined(scalars(listed))
        yield Step(node.path, listed.line, word, run=written.text, run_line=written.line, exact=written.exact,
                   continue_on_error=word == "after-script", root=node)  # fmt: skip
        for item in listed.items():
            if item.has("pipe"):
                pipe = item.text_at("pipe")
                yield Step(node.path, item.line, item.text_at("name"), uses=pipe.replace(":", "@"),
                           uses_line=item.line_of("pipe"), with_=values(item.get("variables")), root=item)  # fmt: skip
