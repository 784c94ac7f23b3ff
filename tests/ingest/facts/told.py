"""What several sources tell of the same deployments and incidents, told by Hypothesis: as observations."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from ingest.models import Source
from ingest.parsers.observation import DeploymentSeen, IncidentSeen, RepositoryRef
from ingest.record import record
from tests.factories import NOON

KINDS = ("native", "github", "pagerduty", "prometheus")
SERVICES = ("pay", "shop", "web")
IDS = ("1", "2", "3")
NAMES = ("g", "h", "alert/x", "1", "2")
HOUR = timedelta(hours=1)

Seen = DeploymentSeen | IncidentSeen
Told = tuple[str, Seen]  # the kind of its source, and the observation

times = st.integers(0, 30).map(lambda hours: NOON + hours * HOUR)
names = st.lists(st.sampled_from(NAMES), max_size=2, unique=True)


def optional(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


@st.composite
def deployments(draw: st.DrawFn, key: str) -> DeploymentSeen:
    at: datetime = draw(times)
    said: dict[str, Any] = draw(
        optional(
            terminal=st.sampled_from(("succeeded", "succeeded", "failed", "cancelled")), same_as=names,
            started_at=st.just(at), version=st.sampled_from(("1.0.0", "1.0.1", "2.0.0")),
            kind=st.sampled_from(("release", "rollback", "hotfix")), rollback_of=st.sampled_from(IDS),
            fixes=st.lists(st.sampled_from(IDS), max_size=2, unique=True),
        )
    )  # fmt: skip
    environment = draw(st.sampled_from(("production", "production", "production", "staging", None)))
    service = draw(st.sampled_from(SERVICES))
    repository = draw(st.sampled_from((None, RepositoryRef(f"acme/{service}"))))
    return DeploymentSeen(at, key, draw(st.sampled_from(IDS)), service, repository, environment or "live", None, said)


@st.composite
def incidents(draw: st.DrawFn, key: str) -> IncidentSeen:
    at: datetime = draw(times)
    said = draw(
        optional(
            opened_at=st.just(at), resolved_at=st.sampled_from((at, at, None)), acknowledged_at=st.just(at),
            caused_by=st.sampled_from((*IDS, "unknown", None)), same_as=names,
            severity=st.sampled_from(("sev1", "sev3")),
        )
    )  # fmt: skip
    service = draw(st.sampled_from(SERVICES))
    environment = draw(st.sampled_from(("production", None)))
    return IncidentSeen(at, key, draw(st.sampled_from(IDS)), service, None, environment, None, said)


@st.composite
def tellings(draw: st.DrawFn, max_size: int = 14) -> list[Told]:
    """Observations, each with a key of its own, and which source tells it."""
    count = draw(st.integers(1, max_size))
    return [
        (draw(st.sampled_from(KINDS)), draw(draw(st.sampled_from((deployments, incidents)))(f"k{number}")))
        for number in range(count)
    ]


def source(kind: str) -> Source:
    return Source.objects.get_or_create(kind=kind, defaults={"name": kind})[0]


def tell(told: list[Told]) -> None:
    """Record them, those of one source that follow one another in one batch."""
    batch: list[Seen] = []
    held = ""
    for kind, seen in [*told, ("", None)]:
        if kind != held and batch:
            record(source(held), batch)
            batch = []
        held = kind
        if seen is not None:
            batch.append(seen)
