"""Flagger's event webhooks."""

from datetime import UTC, datetime

import pytest
from hypothesis import given

from ingest.errors import MalformedPayload
from ingest.parsers.flagger import SENDER, FlaggerOptions, parse
from ingest.parsers.observation import DeploymentSeen, Ignored
from ingest.parsers.options import InvalidOptions
from tests.ingest.parsers.mutations import ANYTHING, broken

RECEIVED = datetime(2026, 3, 9, 12, tzinfo=UTC)
AT = datetime(2026, 3, 9, 11, 0, 0, 250_000, tzinfo=UTC)
EVENT = {
    "name": "pay",
    "namespace": "shop",
    "phase": "Succeeded",
    "checksum": "85d557f47b",
    "metadata": {
        "eventMessage": "Promotion completed! Scaling down pay.shop",
        "eventType": "Normal",
        "timestamp": str(int(AT.timestamp() * 1000)),
    },
}


def event(phase="Succeeded", message="", **metadata):
    return EVENT | {"phase": phase, "metadata": EVENT["metadata"] | {"eventMessage": message} | metadata}


def told(payload, **options):
    return parse({}, payload, FlaggerOptions.from_dict(options), RECEIVED, "key")


def only(payload, **options) -> DeploymentSeen:
    (seen,) = told(payload, **options)
    return seen


def test_it_reads_a_promotion():
    assert only(EVENT) == DeploymentSeen(
        AT, "key", "flagger/shop/pay/85d557f47b", "pay", None, "production", None,
        {"terminal": "succeeded", "version": "85d557f47b"},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("phase", "message", "said"),
    [
        ("Failed", "Canary failed! Scaling down pay.shop", {"terminal": "failed"}),
        ("Initialized", "Initialization done! pay.shop", {"terminal": "succeeded"}),
        ("Progressing", "Starting canary analysis for pay.shop", {"progress": "running", "started_at": AT}),
        ("Progressing", "Advance pay.shop canary weight 10", {"progress": "running"}),
        ("WaitingPromotion", "Halt pay.shop advancement", {"progress": "running"}),
    ],
)
def test_it_reads_every_phase_of_an_analysis(phase, message, said):
    assert only(event(phase, message)).said == said | {"version": "85d557f47b"}


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (event("Progressing", "New revision detected! Scaling up pay.shop"), "A new revision was found"),
        (event("Terminated", "Terminated canary pay.shop"), "The phase Terminated says nothing"),
        (event("Initialized", "all the metrics providers are available!"), "The phase Initialized says nothing"),
        (EVENT | {"metadata": {"test": "gate"}}, "A gate or check"),
        ({"name": "pay", "namespace": "shop", "phase": "Progressing", "checksum": "1"}, "A gate or check"),
    ],
)
def test_it_says_why_it_ignores_the_rest(payload, reason):
    found = told(payload)
    assert isinstance(found, Ignored)
    assert found.reason.startswith(reason)


def test_it_takes_names_from_the_webhooks_metadata():
    seen = only(event(service="checkout", environment="staging", version="1.2.0", buildId="77"), cluster="eu")
    assert (seen.service, seen.environment, seen.said["version"]) == ("checkout", "staging", "1.2.0")
    assert seen.external_id == "flagger/eu/shop/pay/85d557f47b/77"


def test_it_takes_names_from_the_options():
    seen = only(EVENT, services={"shop/*": "checkout"}, environments={"shop/*": "staging"})
    assert (seen.service, seen.environment) == ("checkout", "staging")


def test_it_dates_an_event_without_a_time_by_its_receipt():
    assert only(event(timestamp=None)).at == RECEIVED


def test_it_refuses_an_unknown_option():
    with pytest.raises(InvalidOptions):
        SENDER.options({"clusters": "x"})


@given(broken(EVENT))
def test_it_survives_every_broken_event(payload):
    survives(payload)


@given(ANYTHING)
def test_it_survives_anything(payload):
    survives(payload)


def survives(payload):
    try:
        assert isinstance(told(payload), list | Ignored)
    except MalformedPayload as error:
        assert str(error)
