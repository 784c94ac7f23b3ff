"""(pure) Templates that render, with helpers, a schema, and a test. Definition: DOP-3.2-03."""

import posixpath
from collections.abc import Iterator

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.checks.finding import Finding, failed, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.charts import Chart, charts
from scorecards.reading.charts.templates import Faults, Unmet, faults
from scorecards.reading.charts.values_schema import misfits
from scorecards.reading.pipelines import commands, pipelines, run_of

MAX_TOLD = 3
_TEST_ACTION = "helm/chart-testing-action"


@check("chart-templates-render")
def chart_templates_render(subject: Subject) -> Iterator[Finding]:
    """Actions balance, names and values exist; there are helpers, a schema that fits, and a test or a render in CI."""
    for chart in charts(subject.tree):
        if chart.templates or (chart.is_library and chart.helpers):
            yield _judged(subject.tree, chart)


def _judged(tree: RepositoryTree, chart: Chart) -> Finding:
    found = faults(tree, chart)
    notes = _notes(tree, chart)
    told = _told(found, with_includes=not _has_more(chart))
    if told:
        what, unmet = told
        places = tuple(dict.fromkeys(one.place for one in unmet))
        return failed(chart.unit, what, *places, value=unmet[0].name[:100], notes=notes)
    if found.includes:
        message = f"It includes {found.includes[0].name[:60]}, which a dependency that is not here may define."
        return unknown(chart.unit, message, found.includes[0].place, notes=notes)
    lacks = [] if chart.is_library else list(_lacks(tree, chart))
    if not chart.helpers:
        lacks.insert(0, ("it has no _helpers.tpl", Place(chart.path)))
    if lacks:
        said = "; ".join(what for what, _ in lacks)
        return partial(chart.unit, f"{said[0].upper()}{said[1:]}.", *(place for _, place in lacks), notes=notes)
    message = "Its templates balance, and all that they name is there."
    return passed(chart.unit, message, Place(chart.path), notes=notes)


def _told(found: Faults, *, with_includes: bool) -> tuple[str, tuple[Unmet, ...]] | None:
    """The gravest kind of fault in words, and its places."""
    if found.broken:
        return f"A template does not balance: {found.broken[0].name[:80]}.", found.broken
    if found.includes and with_includes:
        return f"No template is called {_named(found.includes)}: define it or mend the name.", found.includes
    if found.values:
        return f"values.yaml lacks {_named(found.values)}: give it a default.", found.values
    return None


def _named(unmet: tuple[Unmet, ...]) -> str:
    names = list(dict.fromkeys(one.name[:60] for one in unmet))
    more = f" and {len(names) - MAX_TOLD} more" if len(names) > MAX_TOLD else ""
    return ", ".join(names[:MAX_TOLD]) + more


def _has_more(chart: Chart) -> bool:
    """Whether a chart depends on others that do not lie in its charts/."""
    if chart.parent is not None:
        return True
    return len(chart.root.items_at("dependencies")) > len(chart.subcharts)


def _lacks(tree: RepositoryTree, chart: Chart) -> Iterator[tuple[str, Place]]:
    if chart.schema is None:
        yield "it has no values.schema.json", Place(chart.default.path if chart.default else chart.path)
    else:
        values = chart.default.root if chart.default is not None else None
        for misfit in misfits(tree, chart.schema, values)[:1]:
            yield (misfit.what if misfit.of_schema else f"the schema refuses values.yaml: {misfit.what}"), misfit.place
    if not _tests(tree, chart) and not tree.derive(_renders_in_ci):
        yield "it has no test and CI does not render it", Place(chart.path)


def _tests(tree: RepositoryTree, chart: Chart) -> bool:
    """Whether the chart brings test hooks, or tests of its templates."""
    folders = (posixpath.join(chart.folder, "templates", "tests"), posixpath.join(chart.folder, "tests"))
    return any(tree.is_folder(folder) for folder in folders) or any(_is_test(tree, path) for path in chart.templates)


def _is_test(tree: RepositoryTree, path: str) -> bool:
    text = tree.text(path) or ""
    at = text.find("helm.sh/hook")
    return at >= 0 and "test" in text[at : at + 60]


def _renders_in_ci(tree: RepositoryTree) -> bool:
    """Whether a pipeline lints, renders or installs charts."""
    for pipeline in pipelines(tree):
        for job in pipeline.jobs:
            if any(step.action == _TEST_ACTION for step in job.steps):
                return True
            for command in commands(tree, job):
                run = run_of(command.words)
                if run.program == "helm" and run.plain[:1] in (("lint",), ("template",), ("unittest",)):
                    return True
                if run.program == "ct" and run.plain[:1] in (("lint",), ("install",), ("lint-and-install",)):
                    return True
    return False


def _notes(tree: RepositoryTree, chart: Chart) -> tuple[str, ...]:
    notes = posixpath.join(chart.folder, "templates", "NOTES.txt")
    return () if tree.exists(notes) or chart.is_library else ("It has no NOTES.txt.",)
