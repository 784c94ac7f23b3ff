"""(pure) Systems with one list of scripts: Travis CI, Google Cloud Build, AppVeyor."""

from collections.abc import Iterator

from ingest.repository.node import Node
from ingest.repository.tree import RepositoryTree
from scorecards.reading.pipelines.fields import joined, scalars, words
from scorecards.reading.pipelines.model import EnvValue, Job, Pipeline, Step, System, Triggers

_ALWAYS = Triggers(pull_request=True, push=True)
_PHASES: dict[System, tuple[str, ...]] = {
    "travis": ("before_install", "install", "before_script", "script", "after_success", "after_script", "deploy"),
    "appveyor": ("install", "before_build", "build_script", "test_script", "deploy_script", "deploy"),
}


def pipelines(tree: RepositoryTree) -> list[Pipeline]:
    found = [*_phased(tree, "travis", ".travis.yml"), *_phased(tree, "appveyor", "appveyor.yml", ".appveyor.yml")]
    for path in tree.files("cloudbuild.yaml", "cloudbuild.yml"):
        for document in tree.yaml(path)[:1]:
            root = document.root
            found.append(Pipeline(path, "cloudbuild", "", 1, root, Triggers(manual=True), tuple(_containers(root))))
    return found


def _phased(tree: RepositoryTree, system: System, *paths: str) -> Iterator[Pipeline]:
    for path in tree.files(*paths):
        for document in tree.yaml(path)[:1]:
            root = document.root
            jobs = (Job(path, "main", 1, steps=tuple(_phases(system, root)), root=root), *_included(system, root))
            yield Pipeline(path, system, "", 1, root, _ALWAYS, jobs)


def _included(system: System, root: Node) -> Iterator[Job]:
    """The jobs that Travis lists; the stages follow each other."""
    before: tuple[str, ...] = ("main",)
    since: list[str] = []
    stage = ""
    for index, node in enumerate(root.items_at("jobs", "include") or root.items_at("matrix", "include")):
        own = node.text_at("stage") or stage
        if own != stage:
            before, since, stage = tuple(since) or before, [], own
        name = node.text_at("name") or f"{own or 'job'} {index + 1}"
        since.append(name)
        yield Job(node.path, name, node.line, own, needs=before, condition=node.text_at("if"),
                  steps=tuple(_phases(system, node)), root=node)  # fmt: skip


def _phases(system: System, node: Node) -> Iterator[Step]:
    for phase in _PHASES[system]:
        member = node.get(phase)
        if member is None:
            continue
        if phase == "deploy":
            for target in member.items() or [member]:
                uses = target.text_at("provider") or "deploy"
                yield Step(node.path, target.line, "deploy", uses=uses, uses_line=target.line, root=target)
            continue
        written = joined(scalars(member))
        yield Step(node.path, member.line, phase, run=written.text, run_line=written.line, exact=written.exact,
                   continue_on_error=phase.startswith("after"), root=node)  # fmt: skip


def _containers(root: Node) -> Iterator[Job]:
    before: tuple[str, ...] = ()
    for index, node in enumerate(root.items_at("steps")):
        name = node.text_at("id") or f"step{index + 1}"
        parts = [part for word in ("entrypoint", "args") if (found := node.get(word)) for part in scalars(found)]
        written = joined(parts)
        image = node.text_at("name")
        program = image.rpartition("/")[2].partition(":")[0]
        text = written.text if node.has("entrypoint") else f"{program} {written.text}"
        step = Step(node.path, node.line, name, run=node.text_at("script") or text.replace("\n", " "),
                    run_line=written.line or node.line, exact=False, root=node)  # fmt: skip
        container = EnvValue(image, node.line_of("name")) if image else None
        needs = tuple(need for need in words(node, "waitFor") if need != "-")
        yield Job(node.path, name, node.line, needs=needs if node.has("waitFor") else before, steps=(step,),
                  container=container, root=node)  # fmt: skip
        before = (name,)
