"""``/outcomes/``."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from ingest.models import ChangedService, Service
from scorecards.models import AdoptionDay, ControlVerdict, VerdictChange
from scorecards.rollups.build import build_rollups
from tests.factories import bearer, make_deployment, make_incident, make_service, make_team, make_token

pytestmark = pytest.mark.django_db
LOCKED = "DOP-1.1-03"
NO_PROOF = "A difference here is a correlation, no proof of a cause."


def ago(days: int) -> datetime:
    return timezone.now() - timedelta(days=days)


def deployed(slug: str, *days: int, **fields) -> Service:
    """A service that deployed on these days, so many ago."""
    service = make_service(slug, make_team("pay"), **fields)
    for one in days:
        make_deployment(service, ago(one))
    ChangedService.objects.create(service=service)
    return service


def uses(service: Service, days: int = 0, **states: str) -> None:
    figures = {"state": "not", "states": states}
    AdoptionDay.objects.create(service=service, day=ago(days).date(), figures=figures)


def judged(service: Service, verdict: str) -> None:
    ControlVerdict.objects.create(
        service=service, standard="DOP", control=LOCKED, section="1.1", level="REQUIRED", phase="Foundation",
        verdict=verdict, since=ago(1),
    )  # fmt: skip


def two_groups(count: int = 8) -> None:
    """As many that use security and deployed twice as don't and deployed once; all of them use CI/CD."""
    for number in range(2 * count):
        service = deployed(f"s{number}", *range(1, 2 + number % 2))
        uses(service, security="used" if number % 2 else "not", ci_cd="used")
    build_rollups()


def row(page: str, label: str) -> str:
    return page.partition("95 % interval")[2].partition(label)[2][:160]


def test_it_begins_with_the_capability_that_tells_most(words):
    two_groups()
    page = words("/outcomes/")
    assert "Security scanning , side by side" in page
    assert "8 services use it, 8 don’t use it" in page


def test_it_tells_both_medians_the_difference_and_that_it_proves_nothing(words):
    two_groups()
    page = words("/outcomes/?of=capability:security")
    assert row(page, "Deployments a day").startswith(" 0.02 8 services 0.01 8 services +0.01 higher")
    assert NO_PROOF in page
    assert "Not shown: on one side 0 services have it, at least 8 are needed." in row(page, "Lead time, median")
    assert "No source of incidents is connected" in page


def test_it_draws_the_interval(see):
    two_groups()
    page = see("/outcomes/?of=capability:security")
    assert page.count('<svg class="between"') == 2  # deployments and failures; nobody knows the others
    assert "<title>+0.01, and as well +0.01 to +0.01</title>" in page


def test_it_says_nothing_but_counts_of_under_eight_services(words):
    two_groups(7)
    page = words("/outcomes/?of=capability:security")
    assert row(page, "Deployments a day").startswith(" 7 services 7 services Not shown: on one side 7 services have it")
    assert "higher" not in page


def test_it_compares_services_that_meet_a_control_with_those_that_do_not(words):
    for number in range(16):
        judged(deployed(f"s{number}", *range(1, 2 + number % 2)), "pass" if number % 2 else "fail")
    judged(deployed("unsure", 1), "unknown")
    judged(deployed("excused", 1), "waived")
    deployed("unseen", 1)
    build_rollups()
    page = words(f"/outcomes/?of=control:{LOCKED}")
    assert "8 services meet it, 8 don’t meet it" in page
    assert "Left out: 1 service not judged by it yet; 1 not known; 1 waived." in page
    assert row(page, "Deployments a day").startswith(" 0.02 8 services 0.01 8 services")


def test_it_tells_before_and_after_of_services_that_changed(words):
    for number in range(8):
        service = deployed(f"s{number}", *range(101, 190, 20), *range(11, 99, 10))
        VerdictChange.objects.create(
            service=service,
            standard="DOP",
            control=LOCKED,
            before="fail",
            after="pass",
            cause="repository",
            at=ago(100),
        )
        make_deployment(service, ago(400))
    late = deployed("late", 1)
    VerdictChange.objects.create(
        service=late, standard="DOP", control=LOCKED, before="fail", after="pass", cause="repository", at=ago(3)
    )
    build_rollups()
    page = words(f"/outcomes/?of=control:{LOCKED}").partition("Before and after")[2]
    assert "8 services came to meet it" in page
    assert row(page, "Deployments a day").startswith(" 0.06 8 services 0.10 8 services +0.04 higher")
    assert "Left out: 1 service that changed within the last 90 days." in page


def test_it_says_what_to_do_where_nothing_is_known(words):
    page = words("/outcomes/")
    assert "No service is known to use it or not to." in page
    assert "No service began to use it in a way that can be told" in page
    assert "Scan repositories" in words(f"/outcomes/?of=control:{LOCKED}")
    assert NO_PROOF in page


def test_it_keeps_quiet_of_incidents_where_a_source_tells_them(words):
    two_groups()
    make_incident(Service.objects.first())
    assert "No source of incidents" not in words("/outcomes/")


@pytest.mark.parametrize(
    "value",
    ["capability:nope", "control:nope", "nope", "control:", "capability:%00", "team:pay", "<script>", "control"],
)
def test_it_finds_nothing_that_is_not_there(see, value):
    see(f"/outcomes/?of={value}", 404)


def test_it_lets_one_choose_every_capability_and_control(see):
    page = see(f"/outcomes/?of=control:{LOCKED}")
    assert f'<option value="control:{LOCKED}" selected>' in page
    assert '<option value="capability:platform_api">' in page


def test_it_is_led_to_from_a_control_and_from_a_capability(see):
    assert f'href="/outcomes/?of=control:{LOCKED}"' in see(f"/standards/{LOCKED}/")
    assert 'href="/outcomes/?of=capability:ci_cd"' in see("/adoption/ci_cd/")


def test_it_asks_a_token_and_a_stranger_for_a_sign_in(client):
    _, token = make_token(team=make_team("pay"))
    assert client.get("/outcomes/", headers=bearer(token)).status_code == 302
    assert client.get("/outcomes/").status_code == 302


def test_it_asks_for_as_many_queries_whatever_there_is(client, alice, django_assert_max_num_queries):
    two_groups(12)
    client.force_login(alice)
    client.get("/outcomes/")
    with django_assert_max_num_queries(24):
        client.get("/outcomes/")
