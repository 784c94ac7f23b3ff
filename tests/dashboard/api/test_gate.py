"""``GET /api/v1/services/<slug>/gate/``."""

from datetime import timedelta

import pytest
from django.utils import timezone

from ingest.models import CatalogueName
from scorecards.models import FreezeWindow, GateAnswer, GateSetting
from tests.factories import bearer, make_service, make_team, make_token

pytestmark = pytest.mark.django_db
SHA = "4f2a9c1e" * 5


@pytest.fixture
def service(pay):
    return make_service("pay-api", pay)


@pytest.fixture
def ask(client, db):
    """A GET with a reading token of the organisation, or with the one that is given."""

    def get(slug: str = "pay-api", token: str = "", **query: str):
        return client.get(f"/api/v1/services/{slug}/gate/", query, headers=bearer(token or make_token()[1]))

    return get


def test_it_answers_with_reasons_and_what_would_change_them(ask, service):
    answer = ask()
    assert answer.status_code == 200
    assert answer.json() == {
        "decision": "warn",
        "mode": "dry-run",
        "would_be": "warn",
        "reasons": [
            {
                "code": "unknown_no_objective",
                "text": "The service has no service level objective, so that nothing is known of its error budget.",
            },
            {
                "code": "unknown_no_scan",
                "text": "No repository of the service was held against the standard.",
            },
        ],
        "would_change": [
            "Give the service an objective that Prometheus can measure.",
            "Have its repository scanned.",
        ],
    }


def test_it_is_kept_out_of_every_cache(ask, service):
    assert ask()["Cache-Control"] == "no-store"


def test_it_denies_once_it_is_enforced(ask, service, olga):
    now = timezone.now()
    FreezeWindow.objects.create(name="Inventory", by=olga, made_at=now, starts_at=now, ends_at=now + timedelta(hours=1))
    answer = ask().json()
    assert (answer["decision"], answer["would_be"]) == ("warn", "deny")
    GateSetting.objects.create(mode="enforce", reason="A test.", by=olga, at=now)
    answer = ask().json()
    assert (answer["decision"], answer["mode"], answer["reasons"][0]["code"]) == ("deny", "enforce", "freeze_window")


def test_it_keeps_who_asked_for_what(ask, service):
    ask(environment="prod-eu", sha=SHA.upper())
    kept = GateAnswer.objects.get()
    assert (kept.asked_by, kept.environment, kept.sha) == ("a test", "prod-eu", SHA)


def test_an_empty_environment_is_production(ask, service):
    ask(environment="", sha="")
    assert GateAnswer.objects.get().environment == "production"


@pytest.mark.parametrize("sha", ["abc", "g" * 40, "a" * 65, "4f2a9c1 --", "%00", "٣" * 7])
def test_it_refuses_what_is_no_commit(ask, service, sha):
    answer = ask(sha=sha)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"] == "sha must be a commit: 7 to 64 hexadecimal digits."
    assert not GateAnswer.objects.exists()


@pytest.mark.parametrize("environment", ["x" * 201, "a\0b", "a\nb"])
def test_it_refuses_what_is_no_environment(ask, service, environment):
    assert ask(environment=environment).status_code == 400


@pytest.mark.parametrize("slug", ["nope", "%00", "pay-api%00"])
def test_it_knows_no_other_service(ask, service, slug):
    answer = ask(slug)
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


def test_it_goes_on_with_the_name_that_a_service_had(ask, service):
    CatalogueName.objects.create(kind="service", name="old-name", object_id=service.pk)
    assert ask("old-name").status_code == 200


def test_a_teams_token_sees_its_own_service_and_no_other(ask, service, pay):
    assert ask(token=make_token(team=pay)[1]).status_code == 200
    CatalogueName.objects.create(kind="service", name="old-name", object_id=service.pk)
    other = make_token(team=make_team("search"))[1]
    assert ask(token=other).status_code == 404
    assert ask("old-name", token=other).status_code == 404
    assert GateAnswer.objects.count() == 1


def test_it_wants_a_token_that_reads(ask, client, service, alice):
    assert ask(token=make_token("ingest")[1]).status_code == 403
    assert ask(token="plb_00000000_" + "x" * 43).status_code == 401
    assert client.get("/api/v1/services/pay-api/gate/").status_code == 401
    client.force_login(alice)
    assert client.get("/api/v1/services/pay-api/gate/").status_code == 401
    assert not GateAnswer.objects.exists()


def test_it_is_asked_and_not_told(client, service):
    token = bearer(make_token()[1])
    for method in (client.post, client.put, client.delete):
        assert method("/api/v1/services/pay-api/gate/", headers=token).status_code == 405


def test_it_asks_the_database_four_times(ask, service, django_assert_max_num_queries):
    token = make_token()[1]
    ask(token=token)  # the first use of a token in a minute is noted
    with django_assert_max_num_queries(4):
        ask(token=token)
