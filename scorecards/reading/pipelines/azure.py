"""(pure) Azure Pipelines: stages, jobs, deployments, local templates."""

from collections.abc import Iterator

from ingest.repository.node import Node
from ingest.repository.tree import RepositoryTree
from scorecards.reading.pipelines.fields import is_true, script, values, words
from scorecards.reading.pipelines.model import EnvValue, Job, Pipeline, Service, Step, Triggers

MAX_DEPTH = 10
MAX_ITEMS = 1_000
_SCRIPTS = ("script", "bash", "pwsh", "powershell")
_HOOKS = ("preDeploy", "deploy", "routeTraffic", "postRouteTraffic")


def pipelines(tree: RepositoryTree) -> list[Pipeline]:
    found = []
    for path in tree.files(
        "azure-pipelines*.yml", "azure-pipelines*.yaml", ".azure-pipelines/*.yml", ".azure-pipelines/*.yaml"
    ):
        for document in tree.yaml(path)[:1]:
            root = document.root
            if any(root.has(word) for word in ("stages", "jobs", "steps", "extends")):
                found.append(Pipeline(path, "azure", root.text_at("name"), root.line, root, _triggers(root),
                                      _Reader(tree, root).jobs(), _variables(root.get("variables"))))  # fmt: skip
    return found


def _triggers(root: Node) -> Triggers:
    trigger, pull = root.get("trigger"), root.get("pr")
    push = trigger is None or trigger.text != "none"
    branches = words(trigger, "branches", "include") or (words(trigger) if trigger and not trigger.is_mapping else ())
    return Triggers(
        pull_request=pull is None or pull.text != "none",
        push=push,
        branches=branches if push else (),
        tags=bool(trigger and trigger.has("tags")),
        schedule=root.has("schedules"),
        manual=True,
        raw=tuple(word for word in ("trigger", "pr", "schedules") if root.has(word)),
        line=root.line_of("trigger"),
    )


def _variables(node: Node | None) -> dict[str, EnvValue]:
    return dict(values(node))


class _Reader:
    """Reads stages, jobs and steps with local templates put in."""

    def __init__(self, tree: RepositoryTree, root: Node) -> None:
        self.tree, self.root = tree, root
        self.left = MAX_ITEMS

    def _spread(self, node: Node | None, word: str, depth: int = 0) -> Iterator[Node]:
        """The members of a list, those of local templates and of conditional insertions in their place."""
        for item in node.items() if node is not None else []:
            self.left -= 1
            if self.left < 0:
                return
            inserted = next((value for name, _, value in item.members() if name.startswith("${{")), None)
            if inserted is not None and depth < MAX_DEPTH:
                yield from self._spread(inserted, word, depth + 1)
            elif item.has("template") and depth < MAX_DEPTH:
                yield from self._template(item, word, depth)
            else:
                yield item

    def _template(self, item: Node, word: str, depth: int) -> Iterator[Node]:
        path = _near(item.path, item.text_at("template"))
        documents = self.tree.yaml(path) if path and self.tree.exists(path) else []
        if not documents:
            yield item
        for document in documents[:1]:
            yield from self._spread(document.root.get(word), word, depth + 1)

    def jobs(self) -> tuple[Job, ...]:
        root = self.root
        if root.has("stages"):
            return tuple(self._of_stages(list(self._spread(root.get("stages"), "stages"))))
        if root.has("jobs"):
            return tuple(self._of_jobs(root.get("jobs"), "", (), root))
        if root.has("extends"):
            return tuple(self._extended(root.get("extends")))
        return (self._job(root, "job", "", ()),)

    def _extended(self, node: Node | None) -> Iterator[Job]:
        path = _near(self.root.path, node.text_at("template")) if node is not None else ""
        for document in self.tree.yaml(path)[:1] if path and self.tree.exists(path) else []:
            if document.root is not self.root and not document.root.has("extends"):
                yield from _Reader(self.tree, document.root).jobs()

    def _of_stages(self, stages: list[Node]) -> Iterator[Job]:
        made: dict[str, tuple[str, ...]] = {}
        before: tuple[str, ...] = ()
        for index, stage in enumerate(stages):
            name = stage.text_at("stage") or stage.text_at("template") or f"stage{index + 1}"
            named = words(stage, "dependsOn")
            needs = tuple(job for needed in named for job in made.get(needed, ())) if stage.has("dependsOn") else before
            jobs = list(self._of_jobs(stage.get("jobs"), name, needs, stage))
            before = made[name] = tuple(job.id for job in jobs) or before
            yield from jobs

    def _of_jobs(self, node: Node | None, stage: str, needs: tuple[str, ...], owner: Node) -> Iterator[Job]:
        for index, item in enumerate(self._spread(node, "jobs")):
            name = item.text_at("job") or item.text_at("deployment") or item.text_at("template") or f"job{index + 1}"
            own = tuple(f"{stage}.{needed}" if stage else needed for needed in words(item, "dependsOn"))
            yield self._job(item, f"{stage}.{name}" if stage else name, stage, own or needs, owner)

    def _job(self, node: Node, name: str, stage: str, needs: tuple[str, ...], owner: Node | None = None) -> Job:
        environment = node.get("environment")
        condition = node.text_at("condition") or (owner.text_at("condition") if owner else "")
        return Job(
            node.path, name, node.line,
            name=node.text_at("displayName") or (owner.text_at("displayName") if owner else ""),
            stage=stage,
            needs=needs,
            needs_line=node.line_of("dependsOn") if node.has("dependsOn") else 0,
            condition=condition,
            environment=(environment.text or environment.text_at("name")) if environment is not None else "",
            environment_line=node.line_of("environment") if environment is not None else 0,
            steps=tuple(self._steps(node)),
            env=_variables(node.get("variables")),
            services=tuple(Service(name, key.line, EnvValue(value.text, value.line), ("network",))
                           for name, key, value in _members(node, "services")),
            container=_container(node.get("container")),
            runs_on=words(node, "pool", "vmImage") or words(self.root, "pool", "vmImage"),
            uses=node.text_at("template"),
            continue_on_error=is_true(node, "continueOnError"),
            timeout=node.has("timeoutInMinutes"),
            root=node,
        )  # fmt: skip

    def _steps(self, node: Node) -> Iterator[Step]:
        lists = [node.get("steps")]
        for _, _, strategy in _members(node, "strategy"):
            lists += [strategy.get(hook, "steps") for hook in _HOOKS]
        for listed in lists:
            for item in self._spread(listed, "steps"):
                if item.is_mapping:
                    yield _step(item)


def _step(node: Node) -> Step:
    word = next((word for word in _SCRIPTS if node.has(word)), "")
    inputs = node.get("inputs")
    written = script(node, word) if word else script(inputs, "script")
    kind = next((name for name in ("task", "checkout", "publish", "download", "template") if node.has(name)), "")
    return Step(
        node.path, node.line,
        name=node.text_at("displayName"),
        id=node.text_at("name"),
        uses="" if word else (node.text_at("task") or kind),
        uses_line=0 if word else node.line_of(kind),
        run=written.text or (inputs.text_at("inlineScript") if inputs else ""),
        run_line=written.line or (inputs.line_of("inlineScript") if inputs else 0),
        exact=written.exact,
        with_=values(inputs),
        env=values(node.get("env")),
        condition=node.text_at("condition"),
        continue_on_error=is_true(node, "continueOnError"),
        shell=word if word in ("pwsh", "powershell") else "",
        folder=node.text_at("workingDirectory"),
        root=node,
    )  # fmt: skip


def _members(node: Node, *way: str) -> list[tuple[str, Node, Node]]:
    found = node.get(*way)
    return list(found.members()) if found is not None else []


def _container(node: Node | None) -> EnvValue | None:
    image = node.get("image") if node is not None and node.is_mapping else node
    return EnvValue(image.text, image.line) if image is not None and image.text else None


def _near(path: str, named: str) -> str:
    """The path that a template's name means in a file; empty for one of another repository."""
    if not named or "@" in named or "${{" in named:
        return ""
    if named.startswith("/"):
        return named.lstrip("/")
    parts = path.split("/")[:-1]
    for part in named.split("/"):
        if part == ".." and parts:
            parts.pop()
        elif part not in (".", "..", ""):
            parts.append(part)
    return "/".join(parts)
