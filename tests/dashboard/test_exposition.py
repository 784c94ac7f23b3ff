"""``GET /metrics``: who may, both formats, each series, and values that were made to break it."""

import subprocess
from datetime import timedelta

import pytest
from django.utils import timezone
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as plain_text

from dashboard import VERSION
from dashboard.models import ExposedCounter
from ingest.models import Service, Slo
from scorecards.models import SloStanding
from tests.factories import NOON, bearer, make_delivery, make_service, make_team, make_token
from tests.prometheus import require_program

pytestmark = pytest.mark.django_db

PATH = "/metrics"
# What Prometheus 2.42 and 3.x send.
ACCEPT = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
ACCEPT_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,*/*;q=0.2"
)


@pytest.fixture(autouse=True)
def now(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOON)
    return NOON


@pytest.fixture
def scrape(client):
    """The answer's text, for a token with scope read."""

    def get(text: str = "", accept: str = "text/plain;version=0.0.4"):
        answer = client.get(PATH, headers=bearer(text or make_token()[1]) | {"Accept": accept})
        assert answer.status_code == 200, answer.content
        return answer

    return get


def samples(text: str) -> dict[tuple[str, ...], float]:
    """Values by name and the labels' values, in the order of the labels' names; each series there once."""
    found: dict[tuple[str, ...], float] = {}
    for family in plain_text(text):
        for sample in family.samples:
            key = (sample.name, *(value for _, value in sorted(sample.labels.items())))
            assert key not in found
            found[key] = sample.value
    return found


def of(answer) -> dict[tuple[str, ...], float]:
    return samples(answer.content.decode())


def check(text: bytes) -> None:
    """With promtool, which reads and lints it as Prometheus would."""
    require_program("promtool")
    checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, check=False)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")


def make_standing(service: Service, name: str = "availability", **said: object) -> SloStanding:
    slo = Slo.objects.create(
        key=f"{service.slug}/{name}/{Slo.objects.count()}", service=service, service_name=service.slug, name=name,
        objective=0.99, indicator="events", origin="scan",
    )  # fmt: skip
    told = {
        "state": "measured", "attainment": 0.995, "budget_left": 0.5, "data_until": NOON - timedelta(minutes=3),
        "burn_rates": {"5m": 9.0, "1h": 1.5, "6h": None, "3d": 0.5, "30d": 0.25}, "computed_at": NOON,
    } | said  # fmt: skip
    return SloStanding.objects.create(slo=slo, service=service, **told)


# ---------------------------------------------------------------- who may


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "192.0.2.7"])
def test_it_wants_a_token_on_loopback_too(client, address):
    answer = client.get(PATH, REMOTE_ADDR=address)
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert "Bearer" in answer["WWW-Authenticate"]


def test_it_refuses_a_token_that_only_sends(client):
    answer = client.get(PATH, headers=bearer(make_token("ingest")[1]) | {"Accept": ACCEPT})
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
    assert answer.json()["detail"] == "This token may not read. Make one with scope read."


def test_it_refuses_a_token_that_is_over(client):
    _, text = make_token(expires_at=NOON)
    assert client.get(PATH, headers=bearer(text)).status_code == 401


def test_a_session_is_no_token(client, olga):
    client.force_login(olga)
    assert client.get(PATH).status_code == 401


def test_it_takes_the_token_as_the_password_of_basic(client, scrape):
    from base64 import b64encode

    _, text = make_token()
    basic = b64encode(f"prometheus:{text}".encode()).decode()
    assert client.get(PATH, headers={"Authorization": f"Basic {basic}"}).status_code == 200


def test_it_only_answers_reads(client):
    assert client.post(PATH, headers=bearer(make_token("admin")[1])).status_code == 405


def test_it_is_kept_out_of_caches(scrape):
    assert "no-store" in scrape()["Cache-Control"]


def test_a_team_s_token_sees_its_services_and_nothing_of_the_site(scrape):
    own, other = make_service("pay", make_team("pay")), make_service("search", make_team("search"))
    make_standing(own)
    make_standing(other)
    make_delivery()
    found = of(scrape(make_token(team=make_team("pay"))[1]))
    assert ("deployments_total", "pay", "success") in found
    assert ("plumbline_error_budget_left_ratio", "pay", "availability") in found
    assert "search" not in {part for key in found for part in key}
    assert {key[0] for key in found} & {"plumbline_deliveries", "plumbline_last_processed_timestamp_seconds"} == set()


# ---------------------------------------------------------------- formats


def test_it_answers_in_the_text_format_by_default(client):
    answer = client.get(PATH, headers=bearer(make_token()[1]))
    assert answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"


@pytest.mark.parametrize("accept", [ACCEPT, ACCEPT_3])
def test_it_answers_in_openmetrics_where_that_is_asked_for(scrape, accept):
    make_standing(make_service("pay"))
    make_delivery()
    answer = scrape(accept=accept)
    assert answer["Content-Type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    assert answer.content.endswith(b"# EOF\n")
    names = {family.name for family in open_metrics(answer.content.decode())}
    assert {"deployments", "plumbline_slo_burn_rate", "plumbline_deliveries"} <= names


@pytest.mark.parametrize("accept", ["application/json", "text/html", "application/openmetrics-text;version=\x7f", "😀"])
def test_it_answers_whatever_else_is_asked_for(scrape, accept):
    assert scrape(accept=accept).content


def test_its_names_pass_promtool(scrape):
    make_standing(make_service("pay"))
    ExposedCounter.objects.create(
        service=Service.objects.get(), counts_from=NOON, made_at=NOON, rollback_seconds=4.0, seen_version=0,
    )  # fmt: skip
    make_delivery(status="processed", processed_at=NOON)
    text = scrape().content
    check(text)
    families = {line.split()[2] for line in text.decode().splitlines() if line.startswith("# TYPE")}
    assert families == {key[0] for key in samples(text.decode())}


@pytest.mark.parametrize(
    "name",
    [
        'a"} 1\nevil_total{x="y',
        "back\\slash\\n",
        "two\nlines",
        "carriage\rreturn",
        "tab\tand # HELP",
        "emoji 🚀, umlaut ü, rtl \u202e",
        "\u2028separator",
        "{}",
        " ",
        "x" * 100,
    ],
)
def test_a_hostile_name_stays_within_its_label(scrape, name):
    Service.objects.create(slug=name, name="Odd")
    make_standing(Service.objects.get(), name=name)
    for accept, parse in (("text/plain", plain_text), (ACCEPT, open_metrics)):
        text = scrape(accept=accept).content.decode()
        found = [one for family in parse(text) for one in family.samples if "service" in one.labels]
        assert {one.labels["service"] for one in found} == {name}
        assert {one.labels["slo"] for one in found if "slo" in one.labels} == {name}
        assert not any(one.name.startswith("evil") for one in found)
    check(scrape().content)


# ---------------------------------------------------------------- series


def test_each_service_has_both_statuses_from_zero_on(scrape):
    make_service("pay")
    make_service("gone", retired_on=NOON.date())
    found = of(scrape())
    assert {key: value for key, value in found.items() if key[0] == "deployments_total"} == {
        ("deployments_total", "pay", "success"): 0.0,
        ("deployments_total", "pay", "failed"): 0.0,
    }
    assert not any(key[0] == "deployment_rollback_duration_seconds" for key in found)


def test_it_shows_what_the_counters_came_to(scrape):
    service = make_service("pay")
    ExposedCounter.objects.create(
        service=service, counts_from=NOON, made_at=NOON - timedelta(hours=1), succeeded=12, failed=3,
        rollback_seconds=90.5, rollback_until=NOON + timedelta(days=1), seen_version=0,
    )  # fmt: skip
    found = of(scrape())
    assert found["deployments_total", "pay", "success"] == 12
    assert found["deployments_total", "pay", "failed"] == 3
    assert found["deployment_rollback_duration_seconds", "pay"] == 90.5


def test_it_shows_an_objective_and_leaves_out_what_is_not_known_of_it(scrape):
    make_standing(make_service("pay"), attainment=None)
    found = {key: value for key, value in of(scrape()).items() if key[0].startswith(("plumbline_slo", "plumbline_err"))}
    assert found == {
        ("plumbline_error_budget_left_ratio", "pay", "availability"): 0.5,
        ("plumbline_slo_burn_rate", "pay", "availability", "1h"): 1.5,
        ("plumbline_slo_burn_rate", "pay", "availability", "3d"): 0.5,
        ("plumbline_slo_burn_rate", "pay", "availability", "30d"): 0.25,
    }


@pytest.mark.parametrize(
    "said",
    [
        {"state": "stale"},
        {"state": "no_data"},
        {"state": "invalid"},
        {"data_until": NOON - timedelta(hours=1)},
        {"data_until": None},
    ],
)
def test_an_objective_that_is_not_measured_now_is_absent(scrape, said):
    make_standing(make_service("pay"), **said)
    assert not any(key[0].startswith(("plumbline_slo", "plumbline_error")) for key in of(scrape()))


def test_an_objective_that_was_ended_is_absent(scrape):
    standing = make_standing(make_service("pay"))
    Slo.objects.filter(pk=standing.pk).update(ended_at=NOON)
    assert not any(key[0].startswith("plumbline_error") for key in of(scrape()))


def test_of_two_objectives_of_one_name_the_one_with_less_budget_left_is_told(scrape):
    service = make_service("pay")
    for left in (0.5, -0.25, 0.75, None):
        make_standing(service, budget_left=left, attainment=left)
    found = of(scrape())
    assert found["plumbline_error_budget_left_ratio", "pay", "availability"] == -0.25
    assert found["plumbline_slo_attainment_ratio", "pay", "availability"] == -0.25


def test_it_counts_the_inbox_by_status(scrape):
    make_delivery(event_count=5)
    make_delivery(status="processed", event_count=7, processed_at=NOON - timedelta(minutes=2))
    make_delivery(status="quarantined")
    found = of(scrape())
    assert {key[1]: value for key, value in found.items() if key[0] == "plumbline_deliveries"} == {
        "pending": 5, "processed": 7, "ignored": 0, "quarantined": 1,
    }  # fmt: skip
    assert found["plumbline_last_processed_timestamp_seconds",] == NOON.timestamp() - 120


def test_when_nothing_was_processed_yet_no_time_is_told(scrape):
    assert not any(key[0] == "plumbline_last_processed_timestamp_seconds" for key in of(scrape()))


def test_it_tells_its_version(scrape):
    import tomllib
    from pathlib import Path

    told = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    assert told["project"]["version"] == VERSION
    assert of(scrape())["plumbline_build_info", VERSION] == 1
