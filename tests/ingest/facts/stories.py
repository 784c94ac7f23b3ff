"""Small believable streams of native events, told by Hypothesis: every kind of event, with gaps and contradictions."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.native_events import event

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
SERVICES = ("pay", "shop")
SHAS = tuple(letter * 7 for letter in "abcdef")
DEPLOYMENTS = ("d1", "d2", "d3", "d4")

# Few instants, so that events often fall on the same one; over some days, so that buckets differ.
times = st.integers(0, 40).map(lambda steps: (START + timedelta(hours=3 * steps)).strftime("%Y-%m-%dT%H:%M:%SZ"))
services = st.sampled_from(SERVICES)
maybe_team = st.sampled_from(({}, {}, {"team": "payments"}, {"team": "search"}))


def optional(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


@st.composite
def place(draw: st.DrawFn) -> dict[str, Any]:
    """Where a commit or a pull request belongs: its service, its repository, or both."""
    service = draw(services)
    return draw(
        st.sampled_from(
            (
                {"service": service},
                {"repository": f"acme/{service}"},
                {"service": service, "repository": f"Acme/{service}"},
            )
        )
    )


@st.composite
def declared(draw: st.DrawFn) -> dict[str, Any]:
    service = draw(services)
    said = draw(optional(team=st.sampled_from(("payments", "search")), tier=st.sampled_from((1, 2)),
                         repository=st.just(f"acme/{service}")))  # fmt: skip
    return {"type": "service.declared", "service": service, **said}


teams = st.fixed_dictionaries(
    {"type": st.just("team.declared"), "team": st.sampled_from(("payments", "search"))},
    optional={"name": st.sampled_from(("Payments", "Money"))},
)


@st.composite
def commits(draw: st.DrawFn) -> dict[str, Any]:
    number = draw(st.integers(0, len(SHAS) - 1))
    parents = st.lists(st.sampled_from(SHAS[:number]), max_size=2, unique=True) if number else st.just([])
    said = draw(optional(parents=parents, authored_at=times, merge=st.booleans(), bot=st.booleans(),
                         pull_request=st.integers(1, 2), hotfix=st.booleans()))  # fmt: skip
    return {"type": "commit.pushed", "sha": SHAS[number], **draw(place()), **draw(maybe_team), **said}


@st.composite
def pull_requests(draw: st.DrawFn) -> dict[str, Any]:
    said: dict[str, Any] = {"number": draw(st.integers(1, 2)), **draw(place()), **draw(maybe_team)}
    kind = draw(st.sampled_from(("opened", "reviewed", "merged", "closed")))
    if kind == "merged":
        said |= draw(optional(merge_sha=st.sampled_from(SHAS), how=st.sampled_from(("merge", "squash", "rebase")),
                              commits=st.lists(st.sampled_from(SHAS), max_size=3, unique=True),
                              opened_at=times))  # fmt: skip
    if kind == "reviewed":
        said |= draw(optional(state=st.sampled_from(("approved", "commented"))))
    return {"type": f"pull_request.{kind}", **said}


@st.composite
def deployments(draw: st.DrawFn) -> dict[str, Any]:
    service = draw(services)
    said: dict[str, Any] = {
        "deployment": draw(st.sampled_from(DEPLOYMENTS)),
        "service": service,
        "environment": draw(st.sampled_from(("production", "production", "production", "staging"))),
        **draw(maybe_team),
        **draw(optional(
            sha=st.sampled_from((*SHAS, None)), version=st.sampled_from(("1.0.0", "1.0.1", "2.0.0")),
            kind=st.sampled_from(("release", "rollback", "hotfix")), rollback_of=st.sampled_from(DEPLOYMENTS),
            fixes=st.sampled_from(DEPLOYMENTS), changes=st.lists(st.integers(1, 2), max_size=2, unique=True),
            shas=st.lists(st.sampled_from(SHAS), max_size=3, unique=True), repository=st.just(f"acme/{service}"),
        )),
    }  # fmt: skip
    if draw(st.booleans()):
        return {"type": "deployment.started", **said}
    status = draw(st.sampled_from(("success", "success", "success", "failure", "cancelled")))
    return {"type": "deployment.finished", "status": status, **said}


@st.composite
def incidents(draw: st.DrawFn) -> dict[str, Any]:
    said = draw(optional(caused_by=st.sampled_from((*DEPLOYMENTS, "unknown", None)), environment=st.just("production"),
                         severity=st.sampled_from(("sev1", "sev3")), title=st.just("Down")))  # fmt: skip
    kind = draw(st.sampled_from(("opened", "acknowledged", "resolved")))
    return {"type": f"incident.{kind}", "incident": draw(st.sampled_from(("i1", "i2"))), "service": draw(services),
            **said, **draw(maybe_team)}  # fmt: skip


@st.composite
def stories(draw: st.DrawFn, max_size: int = 24) -> list[bytes]:
    """Lines, each with a key of its own, in the order in which they were drawn."""
    kinds = st.one_of(deployments(), commits(), pull_requests(), incidents(), declared(), teams)
    told = draw(st.lists(st.tuples(times, kinds), min_size=1, max_size=max_size))
    return [event(f"e{number}", at=at, **said) for number, (at, said) in enumerate(told)]


@st.composite
def retold(draw: st.DrawFn, lines: list[bytes]) -> list[list[bytes]]:
    """The same lines in another order, some of them twice, in chunks."""
    order = draw(st.permutations(lines))
    again = draw(st.lists(st.sampled_from(lines), max_size=4))
    whole = list(order) + again
    cuts = sorted(draw(st.sets(st.integers(1, len(whole)), max_size=5)))
    return [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True) if start < end]
