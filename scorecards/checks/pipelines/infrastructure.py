"""(pure) Infrastructure code is formatted, validated, analysed and tested on change."""

from collections.abc import Iterator, Sequence

from ingest.repository.node import Place
from scorecards.checks.finding import Finding, failed, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading import kinds
from scorecards.reading.pipelines import Job, pipelines, trail
from scorecards.reading.pipelines.infrastructure import ABILITIES, Shown, abilities

UNIT = "repository"
ENOUGH = 2


@check("infrastructure-checked-in-ci")
def infrastructure_checked_in_ci(subject: Subject) -> Iterator[Finding]:
    """Pipelines that run on change check format and validity of infrastructure code, analyse and test it."""
    tree = subject.tree
    if not kinds.has(tree, "tf"):
        return
    jobs = [
        job for pipeline in pipelines(tree) if pipeline.triggers.on_change and pipeline.valid for job in pipeline.jobs
    ]
    yield _judged(subject, jobs, [shown for job in jobs for shown in abilities(tree, job)])


def _judged(subject: Subject, jobs: Sequence[Job], found: Sequence[Shown]) -> Finding:
    known = [ability for ability in ABILITIES if any(shown.ability == ability for shown in found)]
    missing = [ability for ability in ABILITIES if ability not in known]
    places = list(dict.fromkeys(shown.place for shown in found))
    value = " ".join(known) or "none"
    if not missing:
        return passed(
            UNIT, "Infrastructure code is formatted, validated, analysed and tested on change.", *places, value=value
        )
    remote = [found for job in jobs for found in trail(subject.tree, job).opaque if found.kind == "workflow"]
    if remote:
        where = [Place(found.path, found.line) for found in remote]
        return unknown(UNIT, f"What {remote[0].name} checks can't be seen from here.", *where, *places, value=value)
    text = f"No pipeline runs {_list(missing)} of infrastructure code on change: add them."
    outcome = partial if len(known) >= ENOUGH else failed
    return outcome(UNIT, text, *places, value=value)


def _list(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + f" and {names[-1]}" if len(names) > 1 else "".join(names)
