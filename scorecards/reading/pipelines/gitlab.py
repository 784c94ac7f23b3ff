"""(pure) GitLab CI: stages, needs, defaults, extends, local includes, rules."""

import re
from typing import NamedTuple

from ingest.repository.node import Key, Node
from ingest.repository.tree import RepositoryTree
from scorecards.reading.pipelines.fields import Script, is_true, joined, values, words
from scorecards.reading.pipelines.model import NO_VALUES, EnvValue, Fault, Job, Pipeline, Service, Step, Triggers

ROOT = ".gitlab-ci.yml"
MAX_FILES = 100
MAX_EXTENDS = 11  # GitLab's own limit
MAX_PARTS = 2_000
GLOBAL = frozenset(
    {"stages", "default", "include", "variables", "workflow", "image", "services", "cache", "before_script",
     "after_script", "pages", "spec"}
)  # fmt: skip
_EVERY_BRANCH = re.compile(r"\$CI_COMMIT_BRANCH(?!\s*[=!])")
_WHEN = ("if", "refs", "when", "variables")
_JOB_WORDS = ("script", "trigger", "extends", "run", "stage", "needs", "rules")


class Files(NamedTuple):
    """The root file with what it includes: members by name, the first file first; includes that lie elsewhere."""

    members: dict[str, tuple[Node, Node]]
    paths: tuple[str, ...]
    remote: tuple[EnvValue, ...]


def pipelines(tree: RepositoryTree) -> list[Pipeline]:
    """The repository's pipeline, and the files that only others include."""
    found: list[Pipeline] = []
    seen: set[str] = set()
    others = tree.files("**/*.gitlab-ci.yml", "**/.gitlab-ci.yml", ".gitlab/ci/**/*.yml", ".gitlab/ci/*.yml")
    for path in [ROOT, *others]:
        if path not in seen and tree.exists(path):
            files = _gathered(tree, path)
            seen.update(files.paths)
            found.append(_pipeline(tree, path, files))
    return found


def _gathered(tree: RepositoryTree, first: str) -> Files:
    members: dict[str, tuple[Node, Node]] = {}
    paths: dict[str, None] = {}
    remote: list[EnvValue] = []
    waiting = [first]
    while waiting and len(paths) < MAX_FILES:
        path = waiting.pop(0)
        if path in paths:
            continue
        paths[path] = None
        for document in tree.yaml(path):
            for name, key, value in document.root.members():
                members.setdefault(name, (key, value))
            for text, line, is_local in _included(document.root.get("include")):
                if is_local:
                    waiting.extend(tree.files(text.lstrip("/")))
                else:
                    remote.append(EnvValue(text, line))
    return Files(members, tuple(paths), tuple(remote))


def _included(node: Node | None) -> list[tuple[str, int, bool]]:
    """(what, line, whether it is a file of this repository) of each include."""
    if node is None:
        return []
    found = []
    for item in node.items() or [node]:
        text = item.text or item.text_at("local")
        if text and not text.startswith(("http://", "https://")):
            found.append((text, item.line, True))
        else:
            told = text or next((item.text_at(key) for key in ("remote", "template", "project", "component")
                                 if item.has(key)), "")  # fmt: skip
            found.append((told, item.line, False))
    return found


def _pipeline(tree: RepositoryTree, path: str, files: Files) -> Pipeline:
    documents = tree.yaml(path)
    errors = tuple(Fault(problem.line, problem.message) for problem in tree.problems
                   if problem.path == path and problem.code == "broken")  # fmt: skip
    root = documents[-1].root if documents else None
    reader = _Reader(files)
    jobs = reader.jobs()
    if path == ROOT and not jobs and not files.remote and not errors:
        errors = (Fault(1, "It has no job."),)
    return Pipeline(
        path, "gitlab", name=root.text_at("workflow", "name") if root else "", root=root,
        triggers=reader.triggers() if path == ROOT else Triggers(reusable_only=True), jobs=jobs,
        env=reader.variables(), valid=not errors, errors=errors,
    )  # fmt: skip


class _Reader:
    """Reads jobs with what they inherit."""

    def __init__(self, files: Files) -> None:
        self.members = files.members

    def _global(self, name: str) -> Node | None:
        default = self.members.get("default")
        found = default[1].get(name) if default else None
        if found is None and name in self.members:
            found = self.members[name][1]
        return found

    def variables(self) -> dict[str, EnvValue]:
        return _variables(self._global("variables"))

    def triggers(self) -> Triggers:
        workflow = self.members.get("workflow")
        rules = _told(workflow[1].get("rules")) if workflow else ""
        merge = not rules or "merge_request" in rules.lower() or bool(_EVERY_BRANCH.search(rules))
        return Triggers(
            pull_request=merge, push=True, tags=not rules or "CI_COMMIT_TAG" in rules, schedule=not rules,
            manual=True, raw=("workflow.rules",) if rules else (), line=workflow[0].line if workflow else 1,
        )  # fmt: skip

    # ------------------------------------------------------------ jobs

    def jobs(self) -> tuple[Job, ...]:
        named = [(name, key, node) for name, (key, node) in self.members.items() if _is_job(name, node)]
        order = self._stages()
        stage_of = {name: self.text(node, "stage") or "test" for name, _, node in named}
        by_stage: dict[str, list[str]] = {}
        for name, stage in stage_of.items():
            by_stage.setdefault(stage, []).append(name)
        used = [stage for stage in order if stage in by_stage]
        return tuple(self._job(name, key, node, stage_of[name], used, by_stage) for name, key, node in named)

    def _stages(self) -> list[str]:
        node = self.members.get("stages")
        told = list(words(node[1])) if node else ["build", "test", "deploy"]
        return [".pre", *told, ".post"]

    def look(self, node: Node, *keys: Key) -> Node | None:
        """A job's member, own or inherited through ``extends``, the nearest first."""
        seen: set[str] = set()
        level = [node]
        for _ in range(MAX_EXTENDS):
            for job in reversed(level):
                found = job.get(*keys)
                if found is not None:
                    return found
            names = [name for job in level for name in words(job, "extends") if name not in seen][:50]
            seen.update(names)
            level = [self.members[name][1] for name in names if name in self.members]
        return None

    def text(self, node: Node, *keys: Key) -> str:
        found = self.look(node, *keys)
        return found.text if found is not None else ""

    def _job(
        self, name: str, key: Node, node: Node, stage: str, used: list[str], by_stage: dict[str, list[str]]
    ) -> Job:
        needs = self.look(node, "needs")
        rules = [self.look(node, word) for word in ("rules", "only", "except", "when")]
        environment = self.look(node, "environment")
        image = self.look(node, "image") or self._global("image")
        return Job(
            node.path, name, key.line,
            name=name,
            stage=stage,
            needs=_needed(needs) if needs is not None else _stage_before(stage, used, by_stage),
            needs_line=needs.line if needs is not None else 0,
            condition=" ".join(filter(None, map(_told, rules))),
            condition_line=next((rule.line for rule in rules if rule is not None), 0),
            environment=(environment.text or environment.text_at("name")) if environment is not None else "",
            environment_line=environment.line if environment is not None else 0,
            steps=self._steps(node, key),
            env={**self._inherited(node), **_variables(node.get("variables"))},
            services=tuple(_services(self.look(node, "services") or self._global("services"))),
            container=_image(image),
            uses=self.text(node, "trigger", "include") or _local_trigger(node),
            uses_line=node.line_of("trigger") if node.has("trigger") else 0,
            continue_on_error=is_true(self.look(node, "allow_failure")),
            manual="manual" in _told(self.look(node, "when")) or "manual" in _told(self.look(node, "rules")),
            timeout=self.look(node, "timeout") is not None or self._global("timeout") is not None,
            concurrency=self.look(node, "resource_group") is not None,
            root=node,
        )  # fmt: skip

    def _inherited(self, node: Node) -> dict[str, EnvValue]:
        return _variables(self.look(node, "variables"))

    def _steps(self, node: Node, key: Node) -> tuple[Step, ...]:
        found = []
        for word in ("before_script", "script", "after_script", "release"):
            member = self.look(node, word) or (self._global(word) if word != "script" else None)
            if member is None:
                continue
            if word == "release":
                found.append(Step(member.path, member.line, word, uses="release", uses_line=member.line,
                                  with_=values(member), root=node))  # fmt: skip
                continue
            written = self._script(member)
            found.append(Step(member.path, member.line, word, run=written.text, run_line=written.line,
                              exact=written.exact, continue_on_error=word == "after_script", root=node))  # fmt: skip
        return tuple(found)

    def _script(self, node: Node) -> Script:
        """A script with its ``!reference`` lists filled in."""
        parts: list[Node] = []
        waiting = [node]
        for _ in range(MAX_PARTS * 5):
            if not waiting or len(parts) >= MAX_PARTS or len(waiting) > MAX_PARTS * 2:
                break
            item = waiting.pop()
            if item.tag == "!reference":
                way = [part.text for part in item.items()]
                named = self.members.get(way[0]) if way else None
                target = named[1].get(*way[1:]) if named else None
                waiting.extend([target] if target is not None and target.tag != "!reference" else [])
            elif item.is_scalar:
                parts.append(item)
            else:
                waiting.extend(reversed(item.items()[:MAX_PARTS]))
        return joined(parts)


def _is_job(name: str, node: Node) -> bool:
    if name.startswith(".") or not node.is_mapping:
        return False
    return (name not in GLOBAL or name == "pages") and any(node.has(word) for word in _JOB_WORDS)


def _needed(node: Node) -> tuple[str, ...]:
    return tuple(item.text or item.text_at("job") for item in node.items() if item.text or item.text_at("job"))


def _stage_before(stage: str, used: list[str], by_stage: dict[str, list[str]]) -> tuple[str, ...]:
    if stage not in used or not used.index(stage):
        return ()
    return tuple(by_stage[used[used.index(stage) - 1]])


def _told(node: Node | None) -> str:
    """The conditions of rules, only, except and when as one text."""
    if node is None:
        return ""
    parts: list[str] = []
    waiting = [node]
    for _ in range(500):
        if not waiting:
            break
        item = waiting.pop(0)
        if item.is_scalar:
            parts.append(item.text)
        waiting.extend(item.items()[:50])
        waiting.extend(value for name, _, value in list(item.members())[:50] if name in _WHEN)
    return " ".join(parts)


def _variables(node: Node | None) -> dict[str, EnvValue]:
    found = dict(values(node)) if node is not None else dict(NO_VALUES)
    for name, key, value in node.members() if node is not None else ():
        if value.is_mapping:
            found[name] = EnvValue(value.text_at("value"), key.line)
    return found


def _image(node: Node | None) -> EnvValue | None:
    if node is None:
        return None
    image = node if node.is_scalar else node.get("name")
    return EnvValue(image.text, image.line) if image is not None and image.text else None


def _services(node: Node | None) -> list[Service]:
    found = []
    for item in node.items() if node is not None else []:
        image = _image(item)
        if image is not None:
            alias = item.text_at("alias") or image.text.rpartition("/")[2].partition(":")[0]
            found.append(Service(alias, item.line, image, ("network",), "", _variables(item.get("variables"))))
    return found


def _local_trigger(node: Node) -> str:
    for item in node.items_at("trigger", "include"):
        if item.has("local"):
            return "./" + item.text_at("local").lstrip("/")
    return ""
