"""(pure) Releases are signed or attested, and come with a list of what is in them."""

from collections.abc import Iterator

from scorecards.checks.finding import Finding, failed, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.pipelines import Job, Mark, Pipeline, marks, pipelines, trail
from scorecards.reading.pipelines.signatures import Proof, proofs
from scorecards.reading.pipelines.units import unit_of

_PUBLISHING = ("release", "publish")


@check("releases-signed-with-provenance")
def releases_signed_with_provenance(subject: Subject) -> Iterator[Finding]:
    """Every workflow that publishes signs or attests what it publishes, and attaches a list of contents."""
    for pipeline in pipelines(subject.tree):
        if pipeline.system == "jenkins" or not pipeline.valid or pipeline.triggers.reusable_only:
            continue
        found = [(job, mark) for job in pipeline.jobs for mark in marks(subject.tree, job) if mark.stage in _PUBLISHING]
        if found:
            yield _judged(subject, pipeline, found)


def _judged(subject: Subject, pipeline: Pipeline, found: list[tuple[Job, Mark]]) -> Finding:
    unit = unit_of(pipeline)
    known = [proof for job in pipeline.jobs for proof in proofs(subject.tree, job)]
    by_kind: dict[str, Proof] = {}
    for proof in known:
        by_kind.setdefault(proof.kind, proof)
    places = [proof.place for proof in by_kind.values()] + [mark.place for _, mark in found[:3]]
    value = " ".join(sorted(by_kind)) or "none"
    if "signature" in by_kind and "sbom" in by_kind:
        return passed(
            unit, f"It comes with {by_kind['signature'].how} and {by_kind['sbom'].how}.", *places, value=value
        )
    remote = [
        missing for job in pipeline.jobs for missing in trail(subject.tree, job).opaque if missing.kind == "workflow"
    ]
    if remote and not known:
        return unknown(unit, f"Whether {remote[0].name} signs can't be seen from here.", *places, value=value)
    if "signature" in by_kind:
        return partial(
            unit, f"It comes with {by_kind['signature'].how}, but without an SBOM: add one.", *places, value=value
        )
    if "sbom" in by_kind:
        return partial(unit, "It comes with an SBOM, but nothing signs or attests it: add that.", *places, value=value)
    if "checksum" in by_kind:
        text = "It comes with checksums alone: sign or attest it, and add an SBOM."
        return partial(unit, text, *places, value=value)
    return failed(unit, "It publishes without signature, attestation or SBOM: add them.", *places, value=value)
