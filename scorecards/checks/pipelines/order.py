"""(pure) Nothing is deployed or published before tests and quality checks have passed."""

from collections.abc import Iterator, Sequence

from ingest.repository.node import Place
from scorecards.checks.finding import Finding, failed, not_applicable, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading import kinds
from scorecards.reading.pipelines import Pipeline, Shipment, pipelines, shipments, trail
from scorecards.reading.pipelines.units import unit_of


@check("pipeline-stages-depend-in-order")
def pipeline_stages_depend_in_order(subject: Subject) -> Iterator[Finding]:
    """Every job that deploys, publishes or releases waits for a test job and a quality job."""
    if not kinds.has(subject.tree, "gha") and not kinds.has(subject.tree, "ci-other"):
        return
    for pipeline in pipelines(subject.tree):
        if pipeline.valid and not pipeline.triggers.reusable_only:
            yield _ordered(subject, pipeline)


def _ordered(subject: Subject, pipeline: Pipeline) -> Finding:
    unit = unit_of(pipeline)
    shipped = shipments(subject.tree, pipeline)
    if not shipped:
        return not_applicable(unit, "It deploys and publishes nothing.")
    early = [shipment for shipment in shipped if not shipment.after("test")]
    unchecked = [shipment for shipment in shipped if not shipment.after("quality")]
    if early:
        return _early(subject, unit, pipeline, early)
    places = _places(unchecked or shipped)
    if unchecked:
        what = unchecked[0].mark.stage
        return partial(
            unit, f"“{_job(unchecked[0])}” does {what} after tests, but waits for no quality check.", *places
        )
    return passed(unit, "What it ships waits for tests and quality checks.", *places)


def _early(subject: Subject, unit: str, pipeline: Pipeline, early: Sequence[Shipment]) -> Finding:
    first = early[0]
    before = (*pipeline.before(first.job), first.job)
    remote = [missing for job in before for missing in trail(subject.tree, job).opaque if missing.kind == "workflow"]
    value = " ".join(sorted({shipment.mark.stage for shipment in early}))
    if remote and first.gated:
        return unknown(unit, f"Whether {remote[0].name} tests can't be seen from here.", first.mark.place, value=value)
    if not first.gated:
        text = f"The condition of “{_job(first)}” lets it {first.mark.stage} after a failure: ask for success."
        return failed(unit, text, Place(first.job.path, first.job.condition_line), *_places(early), value=value)
    text = f"“{_job(first)}” can {first.mark.stage} without tests: let it need a job that tests."
    return failed(unit, text, *_places(early), value=value)


def _job(shipment: Shipment) -> str:
    return (shipment.job.name or shipment.job.id)[:60]


def _places(shipped: Sequence[Shipment]) -> list[Place]:
    found = []
    for shipment in shipped:
        found += [Place(shipment.job.path, shipment.job.needs_line or shipment.job.line), shipment.mark.place]
    return list(dict.fromkeys(found))
