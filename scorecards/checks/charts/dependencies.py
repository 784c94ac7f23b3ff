"""(pure) Dependencies of charts: pinned, locked, from a repository that is alive. Definition: DOP-3.2-02."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from ingest.repository.node import Node, Place
from scorecards.checks.finding import Finding, Outcome
from scorecards.checks.registry import check
from scorecards.checks.subject import Options, Subject
from scorecards.reading import lifecycle
from scorecards.reading.charts import Chart, Values, charts
from scorecards.reading.charts.dependencies import Dependency, dependencies
from scorecards.reading.environments import is_production
from scorecards.reading.secret_names import is_expression

_RANK = {Outcome.FAIL: 0, Outcome.PARTIAL: 1, Outcome.UNKNOWN: 2, Outcome.PASS: 3}
MAX_TOLD = 3


class Said(NamedTuple):
    """What one dependency comes to."""

    outcome: Outcome
    what: str
    place: Place


@check("chart-dependencies-locked")
def chart_dependencies_locked(subject: Subject) -> Iterator[Finding]:
    """Each dependency is pinned, the lock agrees, its repository is alive, and a database can be switched off."""
    for chart in charts(subject.tree):
        found = dependencies(subject.tree, chart)
        if found:
            yield _judged(chart, [said for one in found for said in _said(chart, one, subject)])


def _judged(chart: Chart, said: list[Said]) -> Finding:
    worst = min((one.outcome for one in said), key=lambda outcome: _RANK[outcome], default=Outcome.PASS)
    if worst is Outcome.PASS:
        places = tuple(one.place for one in said) or (chart.root.place_of("dependencies"),)
        return Finding(worst, chart.unit, "Every dependency is pinned, locked and from a live repository.", places)
    ordered = sorted((one for one in said if one.outcome is not Outcome.PASS), key=lambda one: _RANK[one.outcome])
    told = "; ".join(one.what for one in ordered[:MAX_TOLD])
    more = f"; {len(ordered) - MAX_TOLD} more" if len(ordered) > MAX_TOLD else ""
    places = tuple(dict.fromkeys(one.place for one in ordered))[:20]
    return Finding(worst, chart.unit, f"{told}{more}.", places, value=worst.value)


def _said(chart: Chart, one: Dependency, subject: Subject) -> Iterator[Said]:
    if one.is_local:
        yield Said(Outcome.PASS, f"{one.name} lies in this repository", one.place)
    else:
        yield _pinned(chart, one)
        yield from _from_where(one, subject.as_of)
    if one.is_store:
        yield from _switchable(chart, one, subject.options)


def _pinned(chart: Chart, one: Dependency) -> Said:
    place = one.node.place_of("version")
    if is_expression(one.wanted):
        return Said(Outcome.UNKNOWN, f"the version of {one.name} is filled in elsewhere", place)
    if one.pin == "open":
        return Said(Outcome.FAIL, f"{one.name} takes any version: name a range such as ~1.2.0", place)
    if one.pin == "unclear":
        return Said(Outcome.FAIL, f"the version of {one.name} is no version or range", place)
    if one.is_held:
        return Said(Outcome.PASS, f"{one.name} is locked", one.lock_place or place)
    outcome = Outcome.PARTIAL if one.pin == "exact" else Outcome.FAIL
    if chart.lock is not None:
        wrong = f"at {one.locked}" if one.locked else "without it"
        message = f"the lock has {one.name} {wrong}: run helm dependency update"
        return Said(outcome, message, one.lock_place or chart.lock.place)
    kind = "an exact version" if one.pin == "exact" else "a range"
    return Said(outcome, f"{one.name} has {kind} but no Chart.lock is committed", place)


def _from_where(one: Dependency, as_of: date) -> Iterator[Said]:
    place = one.node.place_of("repository")
    address = one.repository.rstrip("/")
    if is_expression(address) or address.startswith(("@", "alias:")) or not address:
        yield Said(Outcome.UNKNOWN, f"the repository of {one.name} is only known where it is built", place)
    elif not address.startswith(("https://", "oci://")):
        yield Said(Outcome.FAIL, f"{one.name} comes over an unprotected address: use https or oci", place)
    elif (end := lifecycle.ended("chart-repository", address, "", as_of)) is not None:
        yield Said(Outcome.PARTIAL, f"the repository of {one.name} has moved: use {end.successor}", place)


def _switchable(chart: Chart, one: Dependency, options: Options) -> Iterator[Said]:
    if not one.condition and not one.node.items_at("tags"):
        message = f"{one.name} brings a database but has no condition to switch it off"
        yield Said(Outcome.PARTIAL, message, one.place)
        return
    for values in chart.others:
        enabled = _at(values, one.condition.partition(",")[0])
        if enabled is not None and enabled.is_true and is_production(values.path, options.production_names):
            message = f"{one.name} is switched on for production: run databases outside the chart"
            yield Said(Outcome.PARTIAL, message, enabled.place)


def _at(values: Values, way: str) -> Node | None:
    return values.root.get(*way.strip().split(".")[:10]) if way else None
