"""(pure) Workflows and composite actions of GitHub Actions."""

import re

from ingest.repository.node import Node
from ingest.repository.tree import RepositoryTree
from scorecards.reading.pipelines.fields import is_true, script, values, words
from scorecards.reading.pipelines.github_schema import faults
from scorecards.reading.pipelines.model import EnvValue, Fault, Job, Pipeline, Service, Step, Triggers

FOLDER = ".github/workflows"
MAX_MATRIX = 50
_PULL = ("pull_request", "pull_request_target", "merge_group")
_CALLED = ("workflow_call",)


def workflows(tree: RepositoryTree) -> list[Pipeline]:
    """Every file of the workflows' folder, also those that GitHub refuses."""
    return [_workflow(tree, path) for path in tree.files(f"{FOLDER}/*.yml", f"{FOLDER}/*.yaml")]


def _workflow(tree: RepositoryTree, path: str) -> Pipeline:
    documents = tree.yaml(path)
    if not documents:
        return Pipeline(path, "github", valid=False, errors=tuple(_unread(tree, path)))
    root = documents[0].root
    errors = faults(root)
    broken = [fault for fault in _unread(tree, path) if fault.line] if _is_broken(tree, path) else []
    jobs = tuple(_job(path, name, key, node) for name, key, node in _members(root, "jobs"))
    return Pipeline(
        path, "github", root.text_at("name"), root.line, root, triggers(root), jobs, values(root.get("env")),
        root.get("permissions"), root.has("concurrency"), not (errors or broken), (*broken, *errors),
    )  # fmt: skip


def _is_broken(tree: RepositoryTree, path: str) -> bool:
    return any(problem.path == path and problem.code in ("broken", "duplicate_key") for problem in tree.problems)


def _unread(tree: RepositoryTree, path: str) -> list[Fault]:
    told = [Fault(problem.line, problem.message) for problem in tree.problems if problem.path == path]
    return told or [Fault(1, "The file is empty.")]


def _members(root: Node, *way: str) -> list[tuple[str, Node, Node]]:
    node = root.get(*way)
    return list(node.members()) if node is not None else []


# ---------------------------------------------------------------- triggers


def triggers(root: Node) -> Triggers:
    """What ``on`` names: a text, a list or a mapping."""
    on = root.get("on")
    names = words(on)
    push = on.get("push") if on is not None else None
    tags_only = push is not None and (push.has("tags") or push.has("tags-ignore")) and not _has_branches(push)
    called = tuple(name for name in names if name in _CALLED)
    raw = (*names, *(("tags",) if push is not None and push.has("tags") else ()),
           *(("branches",) if push is not None and _has_branches(push) else ()))  # fmt: skip
    return Triggers(
        pull_request=any(name in names for name in _PULL),
        push="push" in names,
        branches=words(push, "branches"),
        branches_ignored=words(push, "branches-ignore"),
        tags=tags_only or bool(push and push.has("tags")) or "release" in names,
        schedule="schedule" in names,
        manual="workflow_dispatch" in names or "repository_dispatch" in names,
        reusable_only=bool(called) and len(called) == len(names),
        workflow_run=words(on, "workflow_run", "workflows"),
        raw=raw,
        line=root.line_of("on"),
    )


def _has_branches(push: Node) -> bool:
    return push.has("branches") or push.has("branches-ignore")


# ---------------------------------------------------------------- jobs


def _job(path: str, name: str, key: Node, node: Node) -> Job:
    environment = node.get("environment")
    return Job(
        path, name, key.line,
        name=node.text_at("name"),
        needs=words(node, "needs"),
        needs_line=node.line_of("needs") if node.has("needs") else 0,
        condition=_condition(node),
        condition_line=node.line_of("if") if node.has("if") else 0,
        environment=_environment(environment),
        environment_line=node.line_of("environment") if environment is not None else 0,
        steps=steps(path, node.get("steps"), _shell(node)),
        env=values(node.get("env")),
        services=tuple(_service(name, key, service) for name, key, service in _members(node, "services")),
        container=_container(node.get("container")),
        permissions=node.get("permissions"),
        runs_on=_runners(node.get("runs-on")),
        uses=node.text_at("uses"),
        uses_line=node.line_of("uses") if node.has("uses") else 0,
        with_=values(node.get("with")),
        matrix=_matrix(node),
        continue_on_error=is_true(node, "continue-on-error"),
        timeout=node.has("timeout-minutes"),
        concurrency=node.has("concurrency"),
        root=node,
    )  # fmt: skip


def _condition(node: Node) -> str:
    found = node.get("if")
    return "" if found is None else found.raw if found.is_scalar else ""


def _environment(node: Node | None) -> str:
    if node is None:
        return ""
    return node.text if node.is_scalar else node.text_at("name")


def _container(node: Node | None) -> EnvValue | None:
    if node is None:
        return None
    image = node if node.is_scalar else node.get("image")
    return EnvValue(image.text, image.line) if image is not None and image.text else None


def _service(name: str, key: Node, node: Node) -> Service:
    image = node if node.is_scalar else node.get("image")
    told = EnvValue(image.text, image.line) if image is not None else EnvValue("", key.line)
    return Service(name, key.line, told, words(node, "ports"), node.text_at("options"), values(node.get("env")))


def _runners(node: Node | None) -> tuple[str, ...]:
    if node is not None and node.is_mapping:
        return words(node, "labels") or words(node, "group")
    return words(node)


def _matrix(node: Node) -> dict[str, tuple[str, ...]]:
    """The values of each axis that stand in the file, those of ``include`` too."""
    matrix = node.get("strategy", "matrix")
    if matrix is None:
        return {}
    axes: dict[str, list[str]] = {}
    for name, _, axis in matrix.members():
        if name not in ("include", "exclude"):
            axes.setdefault(name, []).extend(item.text for item in axis.items()[:MAX_MATRIX] if item.is_scalar)
            _nested(axes, name, axis)
    for item in matrix.items_at("include")[:MAX_MATRIX]:
        for name, _, value in item.members():
            axes.setdefault(name, []).append(value.text)
    return {name: tuple(dict.fromkeys(found)) for name, found in axes.items()}


def _nested(axes: dict[str, list[str]], name: str, axis: Node) -> None:
    for item in axis.items()[:MAX_MATRIX]:
        for inner, _, value in item.members():
            axes.setdefault(f"{name}.{inner}", []).append(value.text)


# ---------------------------------------------------------------- steps


def _shell(node: Node) -> str:
    return node.text_at("defaults", "run", "shell")


def steps(path: str, node: Node | None, shell: str = "") -> tuple[Step, ...]:
    """The steps of a job or of a composite action."""
    return tuple(_step(path, item, shell) for item in (node.items() if node is not None else []) if item.is_mapping)


def _step(path: str, node: Node, shell: str) -> Step:
    written = script(node, "run")
    return Step(
        path, node.line,
        name=node.text_at("name"),
        id=node.text_at("id"),
        uses=node.text_at("uses").strip(),
        uses_line=node.line_of("uses") if node.has("uses") else 0,
        run=written.text,
        run_line=written.line,
        exact=written.exact,
        with_=values(node.get("with")),
        env=values(node.get("env")),
        condition=_condition(node),
        condition_line=node.line_of("if") if node.has("if") else 0,
        continue_on_error=is_true(node, "continue-on-error"),
        shell=node.text_at("shell") or shell,
        folder=node.text_at("working-directory"),
        root=node,
    )  # fmt: skip


_LOCAL = re.compile(r"\./?(?P<path>[^@]*)")


def local(uses: str) -> str | None:
    """The path of an action or workflow of this repository; ``None`` for any other."""
    found = _LOCAL.fullmatch(uses) if uses.startswith("./") or uses == "." else None
    return found["path"].strip("/") if found else None


def action_steps(tree: RepositoryTree, folder: str) -> tuple[Step, ...] | None:
    """The steps of a local composite action; ``None`` where there is no such action."""
    for name in ("action.yml", "action.yaml"):
        path = f"{folder}/{name}" if folder else name
        if tree.exists(path):
            documents = tree.yaml(path)
            return steps(path, documents[0].root.get("runs", "steps")) if documents else ()
    return None


def actions(tree: RepositoryTree) -> list[Pipeline]:
    """The local composite actions, each as a pipeline of one job that only others call."""
    found = []
    for path in tree.files("**/action.yml", "**/action.yaml"):
        for document in tree.yaml(path)[:1]:
            root = document.root
            inside = steps(path, root.get("runs", "steps"))
            job = Job(path, "runs", root.line_of("runs"), steps=inside, root=root.get("runs"))
            if root.has("runs"):
                found.append(Pipeline(path, "github", root.text_at("name"), root.line, root,
                                      Triggers(reusable_only=True), (job,)))  # fmt: skip
    return found
