"""(pure) Serious vulnerabilities and forbidden licences end a pull request's pipeline."""

from collections.abc import Iterator, Sequence

from ingest.repository.node import Place
from scorecards.checks.finding import Finding, failed, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.pipelines import Job, Pipeline, on_pull_requests, pipelines, trail
from scorecards.reading.pipelines.licences import LicenceGate, licence_gates
from scorecards.reading.pipelines.scanners import Scanner, scanners

UNIT = "repository"


@check("pipeline-blocks-vulnerabilities-and-licences")
def pipeline_blocks_vulnerabilities_and_licences(subject: Subject) -> Iterator[Finding]:
    """On pull requests a scanner runs that can fail, and a licence or dependency gate that can refuse."""
    tree = subject.tree
    found = [pipeline for pipeline in pipelines(tree) if not pipeline.triggers.reusable_only]
    if not found:
        return
    jobs = [(pipeline, job) for pipeline in found if pipeline.valid for job in pipeline.jobs]
    asked = [job for pipeline, job in jobs if on_pull_requests(pipeline, job)]
    running = [scanner for job in asked for scanner in scanners(tree, job)]
    if not running:
        yield _without(subject, asked, jobs)
        return
    yield _judged(running, [gate for job in asked for gate in licence_gates(tree, job)])


def _without(subject: Subject, asked: Sequence[Job], jobs: Sequence[tuple[Pipeline, Job]]) -> Finding:
    remote = [missing for job in asked for missing in trail(subject.tree, job).opaque if missing.kind == "workflow"]
    if remote:
        places = [Place(missing.path, missing.line) for missing in remote]
        return unknown(UNIT, f"Whether {remote[0].name} scans can't be seen from here.", *places)
    elsewhere = [scanner for _, job in jobs for scanner in scanners(subject.tree, job)]
    if elsewhere:
        name = elsewhere[0].name
        places = [scanner.place for scanner in elsewhere]
        return partial(
            UNIT, f"{name} scans, but not on pull requests: run it there and let it fail.", *places, value="late"
        )
    text = "No scanner looks for vulnerabilities on pull requests: add one that fails on serious findings."
    return failed(UNIT, text, *[job.place for job in asked[:3]], value="none")


def _judged(running: Sequence[Scanner], gates: Sequence[LicenceGate]) -> Finding:
    blocking = [scanner for scanner in running if not scanner.harmless]
    working = [gate for gate in gates if not gate.idle]
    value = f"blocking={len(blocking)} licences={len(working)}"
    if not blocking:
        first = running[0]
        places = [place for scanner in running for place in scanner.places] + [gate.place for gate in gates]
        notes = tuple(f"{gate.name}: {gate.idle}." for gate in gates if gate.idle)
        text = f"{first.name} can't fail the pipeline: {first.harmless}."
        return partial(UNIT, text, *places, value=value, notes=notes)
    places = [scanner.place for scanner in blocking]
    if working:
        text = f"{blocking[0].name} can fail the pipeline, and {working[0].name} guards licences."
        return passed(UNIT, text, *places, *[gate.place for gate in working], value=value)
    if gates:
        text = f"{blocking[0].name} can fail the pipeline, but {gates[0].name} refuses nothing: {gates[0].idle}."
        return partial(UNIT, text, *places, *[gate.place for gate in gates], value=value)
    text = f"{blocking[0].name} can fail the pipeline; add a licence or dependency-review gate."
    return partial(UNIT, text, *places, value=value)
