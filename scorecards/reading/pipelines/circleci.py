"""(pure) CircleCI: one pipeline for each workflow; commands of the file put in, orbs told as actions."""

from collections.abc import Iterator

from ingest.repository.node import Node
from ingest.repository.tree import RepositoryTree
from scorecards.reading.pipelines.fields import script, values, words
from scorecards.reading.pipelines.model import EnvValue, Job, Pipeline, Service, Step, Triggers

PATHS = (".circleci/config.yml", ".circleci/config.yaml")
MAX_STEPS = 1_000
MAX_DEPTH = 10


def pipelines(tree: RepositoryTree) -> list[Pipeline]:
    return [pipeline for path in PATHS if tree.exists(path) for document in tree.yaml(path)[:1]
            for pipeline in _Reader(document.root).pipelines()]  # fmt: skip


class _Reader:
    def __init__(self, root: Node) -> None:
        self.root = root
        self.left = MAX_STEPS
        self.orbs = {name: value.text for name, _, value in _members(root, "orbs")}

    def pipelines(self) -> Iterator[Pipeline]:
        flows = [(name, key, node) for name, key, node in _members(self.root, "workflows") if node.is_mapping]
        for name, key, flow in flows:
            jobs = tuple(self._job(*named) for named in _scheduled(flow))
            yield Pipeline(self.root.path, "circleci", name, key.line, self.root, _triggers(flow, key), jobs)
        if not flows:
            alone = tuple(self._job(name, name, node) for name, _, node in _members(self.root, "jobs"))
            yield Pipeline(self.root.path, "circleci", "", 1, self.root, Triggers(pull_request=True, push=True), alone)

    def _job(self, job_id: str, name: str, use: Node) -> Job:
        node = self.root.get("jobs", name) or use
        images = self._images(node)
        key = self.root.get("jobs")
        line = key.line_of(name) if key is not None and key.has(name) else use.line
        branches = words(use, "filters", "branches", "only")
        return Job(
            node.path, job_id, line,
            name=name,
            needs=words(use, "requires"),
            needs_line=use.line_of("requires") if use.has("requires") else 0,
            condition=" ".join((*branches, *words(use, "filters", "tags", "only"))),
            environment=" ".join(words(use, "context")),
            steps=tuple(self._steps(node.get("steps"))),
            env=values(node.get("environment")),
            services=tuple(Service(image.text.partition(":")[0], image.line, image, ("host",)) for image in images[1:]),
            container=images[0] if images else None,
            runs_on=words(node, "machine", "image"),
            uses="" if self.root.has("jobs", name) else self._orb(name),
            uses_line=use.line,
            manual=use.text_at("type") == "approval",
            root=node,
        )  # fmt: skip

    def _images(self, node: Node) -> list[EnvValue]:
        executor = node.text_at("executor") or node.text_at("executor", "name")
        listed = node.items_at("docker") or self.root.items_at("executors", executor, "docker")
        images = [item.get("image") for item in listed]
        return [EnvValue(image.text, image.line) for image in images if image is not None and image.text]

    def _orb(self, name: str) -> str:
        orb, _, rest = name.partition("/")
        address, _, version = self.orbs.get(orb, "").partition("@")
        return f"{address or orb}/{rest}@{version}" if rest else name

    def _steps(self, node: Node | None, depth: int = 0) -> Iterator[Step]:
        for item in node.items() if node is not None else []:
            self.left -= 1
            if self.left < 0:
                return
            yield from self._step(item, depth)

    def _step(self, item: Node, depth: int) -> Iterator[Step]:
        name = item.text or next(iter(item.keys()), "")
        inside = item.get(name) if item.is_mapping else None
        if name == "run":
            yield _run(item, inside)
        elif name in ("when", "unless") and inside is not None and depth < MAX_DEPTH:
            yield from self._steps(inside.get("steps"), depth + 1)
        elif self.root.has("commands", name) and depth < MAX_DEPTH:
            yield from self._steps(self.root.get("commands", name, "steps"), depth + 1)
        elif name:
            yield Step(item.path, item.line, uses=self._orb(name), uses_line=item.line, with_=values(inside), root=item)


def _run(item: Node, inside: Node | None) -> Step:
    whole = inside is not None and inside.is_scalar
    written = script(item, "run") if whole else script(inside, "command")
    named = inside if inside is not None and inside.is_mapping else item
    return Step(
        item.path, item.line,
        name=named.text_at("name"),
        run=written.text,
        run_line=written.line,
        exact=written.exact,
        env=values(named.get("environment")),
        condition=named.text_at("when"),
        folder=named.text_at("working_directory"),
        root=item,
    )  # fmt: skip


def _scheduled(flow: Node) -> Iterator[tuple[str, str, Node]]:
    """(id, name, how it is used) of each job of a workflow."""
    for item in flow.items_at("jobs"):
        name = item.text or next(iter(item.keys()), "")
        use = item.get(name) if item.is_mapping else None
        if name:
            yield (use.text_at("name") if use is not None else "") or name, name, use if use is not None else item


def _triggers(flow: Node, key: Node) -> Triggers:
    scheduled = any(item.has("schedule") for item in flow.items_at("triggers"))
    return Triggers(pull_request=not scheduled, push=not scheduled, schedule=scheduled, line=key.line,
                    tags=any(use.has("filters", "tags") for _, _, use in _scheduled(flow)))  # fmt: skip


def _members(node: Node, *way: str) -> list[tuple[str, Node, Node]]:
    found = node.get(*way)
    return list(found.members()) if found is not None else []
