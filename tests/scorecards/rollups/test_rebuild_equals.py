"""Whatever is told, corrected, merged or defined in whatever order: the rollups equal those built from scratch."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.catalogue.manage import CatalogueRefused, assign_service, merge_services, merge_teams
from ingest.correct import BY_HAND, CorrectionRefused, correct, undo
from ingest.models import (
    ChangedService,
    Correction,
    Deployment,
    Incident,
    PrometheusServer,
    Service,
    Signal,
    SignalKind,
    SignalSample,
)
from scorecards.definitions.change import state_definitions, withdraw_definitions
from scorecards.errors import DefinitionRefused
from scorecards.models import DayRollup, DefinitionChange
from scorecards.rollups.build import build_rollups, drop_rollups, mark_all
from tests.factories import NOON, make_deployment, make_service, make_team, make_user
from tests.ingest.facts.snapshot import judged, rollups
from tests.ingest.facts.test_any_order import differences, scratch
from tests.ingest.facts.told import KINDS, SERVICES, source, tell, tellings

pytestmark = pytest.mark.django_db

EXAMPLES = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
TEAMS = ("red", "blue")
REFUSALS = (CorrectionRefused, CatalogueRefused, DefinitionRefused)
_minutes = count(1)


def _value(draw: Callable[..., Any], what: str, model: type[Deployment] | type[Incident]) -> Any:
    ids: list[Any] = list(model.objects.order_by("source", "external_id").values_list("pk", flat=True))
    deployments = list(Deployment.objects.order_by("source", "external_id").values_list("pk", flat=True))
    choices: dict[str, list[Any]] = {
        "excluded": [True],
        "kind": ["release", "rollback", "hotfix"],
        "failed": [True, False],
        "environment": ["production", "staging", "live"],
        "severity": ["sev1", "sev4"],
        "cause": [None, *deployments],
        "duplicate_of": [None, *ids],
    }
    return draw(st.sampled_from(choices[what]))


def _correct(draw: Callable[..., Any]) -> None:
    model = draw(st.sampled_from((Deployment, Incident)))
    facts = list(model.objects.order_by("source", "external_id"))
    if facts:
        what = draw(st.sampled_from(sorted(BY_HAND[model])))
        at = NOON + timedelta(minutes=next(_minutes))
        correct(draw(st.sampled_from(facts)), what, _value(draw, what, model), reason="So.", by="alice", at=at)


def _undo(draw: Callable[..., Any]) -> None:
    made = list(Correction.objects.filter(undone_at=None).order_by("pk"))
    if made:
        undo(draw(st.sampled_from(made)), reason="No.", by="bob", at=NOON)


def _merge_services(draw: Callable[..., Any]) -> None:
    merge_services(draw(st.sampled_from(SERVICES)), draw(st.sampled_from(SERVICES)))


def _merge_teams(_: Callable[..., Any]) -> None:
    merge_teams(*TEAMS)


def _assign(draw: Callable[..., Any]) -> None:
    services = list(Service.objects.order_by("slug"))
    if services:
        at = NOON + timedelta(days=draw(st.integers(0, 2)), minutes=next(_minutes))
        assign_service(draw(st.sampled_from(services)), make_team(draw(st.sampled_from(TEAMS))), at=at, by="alice")


def _define(draw: Callable[..., Any]) -> None:
    team = draw(st.sampled_from((None, *TEAMS)))
    values = draw(
        st.sampled_from(
            ({"count_redeploys": True}, {"exclude_status_failed": True}, {"link_incidents": False},
             {"count_rollbacks": False})
        )
    )  # fmt: skip
    since = date(2026, 3, 1) + timedelta(days=draw(st.integers(0, 4)))
    at = NOON + timedelta(minutes=next(_minutes))
    by = make_user(f"user-{next(_minutes)}")
    state_definitions(make_team(team) if team else None, values, since=since, reason="So.", by=by, at=at)


def _withdraw(draw: Callable[..., Any]) -> None:
    said = list(DefinitionChange.objects.filter(withdrawn_at=None).order_by("pk"))
    if said:
        withdraw_definitions(draw(st.sampled_from(said)), by=make_user(f"user-{next(_minutes)}"), at=NOON)


def _roll_back(draw: Callable[..., Any]) -> None:
    services = list(Service.objects.order_by("slug"))
    if services:
        owner = source("prometheus")
        server, _ = PrometheusServer.objects.get_or_create(source=owner, defaults={"url": "http://127.0.0.1:9"})
        kind = SignalKind.ROLLBACK_DURATION
        signal, _ = Signal.objects.get_or_create(server=server, name=kind, defaults={"kind": kind, "query": "x"})
        service, at = draw(st.sampled_from(services)), NOON + timedelta(minutes=next(_minutes) % 4_000)
        where, value = draw(st.sampled_from(("live", "staging"))), float(draw(st.integers(-60, 6_000)))
        SignalSample.objects.get_or_create(
            signal=signal, series="x", at=at, defaults={"service": service, "environment": where, "value": value}
        )
        ChangedService.objects.create(service=service)


ACTIONS = (_roll_back, _correct, _correct, _correct, _undo, _merge_services, _merge_teams, _assign, _define, _withdraw)


@EXAMPLES
@given(st.data())
def test_it_equals_a_rebuild_from_scratch(data):
    for kind in KINDS:
        source(kind)
    with scratch():
        tell(data.draw(tellings()))
        build_rollups()
        for _ in range(data.draw(st.integers(1, 6))):
            if data.draw(st.booleans()):
                tell(data.draw(tellings(max_size=3)))
            else:
                try:
                    data.draw(st.sampled_from(ACTIONS))(data.draw)
                except REFUSALS:
                    continue
            build_rollups()
        found = {**judged(), **rollups()}
        drop_rollups(None)
        mark_all()
        build_rollups()
        assert differences(found, {**judged(), **rollups()}) == {}


def test_merged_teams_are_judged_by_what_either_said():
    at = NOON + timedelta(days=1)
    with_deployments = [make_service(slug, make_team(team)) for slug, team in (("pay", "red"), ("shop", "blue"))]
    for service in with_deployments:
        make_deployment(service, version="1")
        make_deployment(service, NOON + timedelta(hours=1), version="1")
    values = {"count_redeploys": True}
    state_definitions(make_team("red"), values, since=date(2026, 3, 1), reason="So.", by=make_user("olga"), at=at)
    mark_all()
    build_rollups()
    merge_teams("red", "blue")
    build_rollups()
    found = {**judged(), **rollups()}
    drop_rollups(None)
    mark_all()
    build_rollups()
    assert differences(found, {**judged(), **rollups()}) == {}
    assert set(DayRollup.objects.filter(scope__startswith="service:").values_list("deployments", flat=True)) == {2}
