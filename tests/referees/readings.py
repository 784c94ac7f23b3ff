"""Questions to our readers, where no check asks what a tool asks: is the same read out of a file?"""

from collections.abc import Callable, Iterator

from ingest.repository.documents.dockerfile import Dockerfile, Stage
from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.checks.finding import Finding, failed
from scorecards.reading.images import image
from scorecards.reading.pipelines import pipelines
from tests.referees.checkout import paths_of

Reading = Callable[[RepositoryTree], Iterator[Finding]]


def from_without_tag(tree: RepositoryTree) -> Iterator[Finding]:
    for path, stage in _foreign_stages(tree):
        found = image(stage.image)
        if found is not None and not found.tag and not found.digest:
            yield failed(path, f"{stage.image} has no tag", Place(path, stage.line))


def from_latest(tree: RepositoryTree) -> Iterator[Finding]:
    for path, stage in _foreign_stages(tree):
        found = image(stage.image)
        if found is not None and found.tag == "latest" and not found.digest:
            yield failed(path, f"{stage.image} is latest", Place(path, stage.line))


def last_user_root(tree: RepositoryTree) -> Iterator[Finding]:
    """The last USER of the final stage's own instructions is root; a stage without one says nothing."""
    for path, file in _dockerfiles(tree):
        last = file.final.last("USER") if file.final else None
        if last is not None and last.words and last.words[0].partition(":")[0] in ("root", "0"):
            yield failed(path, "the last user is root", Place(path, last.line))


def shell_syntax(tree: RepositoryTree) -> Iterator[Finding]:
    for path in tree.files("**/*.sh", "**/*.bash"):
        tree.shell(path)
    for problem in tree.problems:
        if problem.path.endswith((".sh", ".bash")) and problem.code == "syntax":
            yield failed(problem.path, problem.message, Place(problem.path, problem.line))


def workflow_without_trigger(tree: RepositoryTree) -> Iterator[Finding]:
    for pipeline in pipelines(tree):
        if pipeline.system == "github" and not pipeline.triggers.raw:
            yield failed(pipeline.path, "nothing starts it", Place(pipeline.path, 1))


def _dockerfiles(tree: RepositoryTree) -> Iterator[tuple[str, Dockerfile]]:
    for path in paths_of(tree, "docker"):
        if (file := tree.dockerfile(path)) is not None:
            yield path, file


def _foreign_stages(tree: RepositoryTree) -> Iterator[tuple[str, Stage]]:
    """Stages that begin with an image of elsewhere."""
    for path, file in _dockerfiles(tree):
        for stage in file.stages:
            if stage.image != "scratch" and stage.is_resolved and file.base_of(stage) is None:
                yield path, stage


READINGS: dict[str, Reading] = {
    "from-without-tag": from_without_tag,
    "from-latest": from_latest,
    "last-user-root": last_user_root,
    "shell-syntax": shell_syntax,
    "workflow-without-trigger": workflow_without_trigger,
}
