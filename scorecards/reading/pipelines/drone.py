"""(pure) Drone and Woodpecker: steps in containers, one after another unless they name what they wait for."""

from collections.abc import Iterator

from ingest.repository.node import Node
from ingest.repository.tree import RepositoryTree
from scorecards.reading.pipelines.fields import joined, scalars, values, words
from scorecards.reading.pipelines.model import EnvValue, Job, Pipeline, Service, Step, System, Triggers

_WOODPECKER = (".woodpecker.yml", ".woodpecker.yaml", ".woodpecker/**/*.yml", ".woodpecker/**/*.yaml")


def pipelines(tree: RepositoryTree) -> list[Pipeline]:
    found = [_pipeline(document.root, "drone") for path in tree.files(".drone.yml", ".drone.yaml")
             for document in tree.yaml(path) if _holds_steps(document.root)]  # fmt: skip
    found += [_pipeline(document.root, "woodpecker") for path in tree.files(*_WOODPECKER)
              for document in tree.yaml(path)[:1] if _holds_steps(document.root)]  # fmt: skip
    return found


def _holds_steps(root: Node) -> bool:
    return root.has("steps") or root.has("pipeline")


def _pipeline(root: Node, system: System) -> Pipeline:
    steps = root.get("steps") or root.get("pipeline")
    return Pipeline(root.path, system, root.text_at("name"), root.line, root, _triggers(root),
                    tuple(_jobs(root, list(_named(steps)))))  # fmt: skip


def _named(steps: Node | None) -> Iterator[tuple[str, Node]]:
    if steps is None:
        return
    for name, _, node in steps.members():
        yield name, node
    for index, node in enumerate(steps.items()):
        yield node.text_at("name") or f"step{index + 1}", node


def _triggers(root: Node) -> Triggers:
    when = root.get("trigger") or root.get("when")
    events = set(words(when, "event")) | set(words(when, "event", "include"))
    for item in when.items() if when is not None else []:
        events.update(words(item, "event"))
    return Triggers(
        pull_request=not events or "pull_request" in events,
        push=not events or "push" in events,
        branches=words(when, "branch") or words(when, "branch", "include"),
        tags=not events or "tag" in events,
        schedule="cron" in events,
        manual="custom" in events or "manual" in events,
        raw=tuple(sorted(events)),
        line=root.line_of("trigger") if root.has("trigger") else root.line_of("when"),
    )


def _jobs(root: Node, steps: list[tuple[str, Node]]) -> Iterator[Job]:
    waits = any(node.has("depends_on") for _, node in steps)
    before: tuple[str, ...] = ()
    services = tuple(_services(root))
    for name, node in steps:
        yield _job(name, node, words(node, "depends_on") if waits else before, services)
        before = (name,)


def _job(name: str, node: Node, needs: tuple[str, ...], services: tuple[Service, ...]) -> Job:
    image = node.get("image")
    told = EnvValue(image.text, image.line) if image is not None and image.text else None
    written = joined(scalars(node.get("commands") or Node("sequence", node.path, node.line)))
    given = values(node.get("settings"))
    step = Step(
        node.path, node.line, name,
        uses="" if written.text or told is None else told.text.replace(":", "@"),
        uses_line=told.line if told else 0,
        run=written.text,
        run_line=written.line,
        exact=written.exact,
        with_=given,
        env=values(node.get("environment")),
        continue_on_error=node.text_at("failure") == "ignore",
        root=node,
    )  # fmt: skip
    return Job(
        node.path, name, node.line, name,
        needs=needs,
        needs_line=node.line_of("depends_on") if node.has("depends_on") else 0,
        condition=_condition(node.get("when")),
        steps=(step,),
        services=services,
        container=told,
        root=node,
    )  # fmt: skip


def _condition(when: Node | None) -> str:
    listed = [] if when is None else [when, *when.items()]
    return " ".join(
        text for item in listed for word in ("event", "branch", "status", "ref") for text in words(item, word)
    )


def _services(root: Node) -> Iterator[Service]:
    for name, node in _named(root.get("services")):
        image = node.get("image")
        if image is not None and image.text:
            yield Service(name, node.line, EnvValue(image.text, image.line), ("network",), "",
                          values(node.get("environment")))  # fmt: skip
