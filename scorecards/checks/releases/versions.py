"""(pure) The version follows from the commits, by a tool whose rules hold."""

from collections.abc import Iterator

from ingest.repository.node import Place
from scorecards.checks.finding import Finding, failed, partial, passed
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.pipelines import pipelines
from scorecards.reading.pipelines.content import releases
from scorecards.reading.pipelines.versioning import configured, tools

UNIT = "repository"


@check("version-derived-from-commits")
def version_derived_from_commits(subject: Subject) -> Iterator[Finding]:
    """A release tool runs in a pipeline, sees the whole history, and its rules mean what they say."""
    tree = subject.tree
    if not releases(tree):
        return
    found = [tool for pipeline in pipelines(tree) if pipeline.valid for tool in tools(tree, pipeline)]
    if not found:
        files = configured(tree)
        if files:
            text = f"{files[0]} configures a release tool, but no pipeline runs it."
            yield partial(UNIT, text, *(Place(path) for path in files), value="configured only")
            return
        yield failed(
            UNIT, "No pipeline derives the version from the commits: let a release tool do it.", value="manual"
        )
        return
    sound = next((tool for tool in found if not tool.weak), None)
    if sound is not None:
        yield passed(UNIT, f"{sound.name} derives the version from the commits.", sound.place, value=sound.name)
        return
    first = found[0]
    notes = tuple(f"{text[:1].upper()}{text[1:]}." for text, _ in first.weak[1:])
    text = f"{first.name}: {first.weak[0][0]}."
    yield partial(UNIT, text, first.place, *(place for _, place in first.weak), value=first.name, notes=notes)
