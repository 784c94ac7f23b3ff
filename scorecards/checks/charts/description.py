"""(pure) What Chart.yaml says of a chart. Definition: DOP-3.2-01."""

import posixpath
from collections.abc import Iterator
from typing import NamedTuple

from ingest.repository.node import Node, Place
from scorecards.checks.finding import Finding, failed, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.charts import Chart, charts
from scorecards.reading.secret_names import is_expression
from scorecards.reading.semver import is_strict


class Lack(NamedTuple):
    """What is wrong with a key. ``grave``: the chart is not valid with it."""

    what: str
    place: Place
    grave: bool


@check("chart-described-completely")
def chart_described_completely(subject: Subject) -> Iterator[Finding]:
    """Chart.yaml has version 2, a semantic version, the folder's name, and says what the chart is and whose."""
    for chart in charts(subject.tree):
        yield _judged(chart)


def _judged(chart: Chart) -> Finding:
    root, notes = chart.root, _notes(chart.root)
    value = f"{root.text_at('name')[:60]} {root.text_at('version')[:40]}"
    if is_expression(root.text_at("version")) or is_expression(root.text_at("name")):
        message = "Its name or version is filled in when the chart is packaged."
        return unknown(chart.unit, message, root.place_of("version"), value=value, notes=notes)
    lacks = [*_mandatory(chart), *_descriptive(root)]
    grave = [lack for lack in lacks if lack.grave]
    if grave:
        return failed(chart.unit, _told(grave), *(lack.place for lack in grave), value=value, notes=notes)
    if lacks:
        return partial(chart.unit, _told(lacks), *(lack.place for lack in lacks), value=value, notes=notes)
    return passed(chart.unit, "The chart is described completely.", Place(chart.path, 1), value=value, notes=notes)


def _told(lacks: list[Lack]) -> str:
    said = "; ".join(lack.what for lack in lacks)
    return f"{said[0].upper()}{said[1:]}."


def _mandatory(chart: Chart) -> Iterator[Lack]:
    root = chart.root
    if root.text_at("apiVersion") != "v2":
        yield Lack("its apiVersion is not v2", _place(root, "apiVersion"), True)
    if not is_strict(root.text_at("version")):
        yield Lack("its version is no semantic version (1.2.3)", _place(root, "version"), True)
    folder = posixpath.basename(chart.folder)
    if folder and root.text_at("name") != folder:
        yield Lack(f"its name differs from its folder {folder[:60]}", _place(root, "name"), True)


def _descriptive(root: Node) -> Iterator[Lack]:
    if not root.text_at("description").strip():
        yield Lack("it has no description", _place(root, "description"), False)
    maintainers = root.items_at("maintainers")
    if not any(one.text_at("name") and one.text_at("email") for one in maintainers):
        yield Lack("no maintainer with name and email is named", _place(root, "maintainers"), False)
    if not root.text_at("home") and not any(root.texts_at("sources")):
        yield Lack("neither sources nor home leads to its origin", _place(root, "sources"), False)
    app = root.get("appVersion")
    if app is not None and app.number is not None:
        yield Lack("its appVersion is a bare number: quote it", _place(root, "appVersion"), False)


def _place(root: Node, name: str) -> Place:
    """The line of a key; the first line where it is missing."""
    return root.place_of(name) if root.has(name) else Place(root.path, 1)


def _notes(root: Node) -> tuple[str, ...]:
    notes = []
    if root.text_at("kubeVersion"):
        notes.append("It says for which Kubernetes versions it is.")
    deprecated = root.get("deprecated")
    if deprecated is not None and deprecated.is_true:
        notes.append("It is marked as deprecated.")
    return tuple(notes)
