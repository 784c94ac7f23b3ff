"""``/gate/``, ``/gate/freeze/``, ``/gate/mode/``, ``/gate/pipelines/``."""

from datetime import timedelta

import pytest
from django.utils import timezone

from dashboard.pages import cursor
from scorecards.models import FreezeWindow, GateAnswer, GateSetting
from tests.factories import join_team, make_service, make_team

pytestmark = pytest.mark.django_db
WHY = "The year is closed, and the books with it."
HOUR = timedelta(hours=1)


def answered(service, would_be="allow", *codes, denies=(), mode="dry-run", ago=HOUR, **fields) -> GateAnswer:
    reasons = [{"code": code, "text": f"Because of {code}.", "denies": False} for code in codes]
    reasons += [{"code": code, "text": f"Because of {code}.", "denies": True} for code in denies]
    decision = "warn" if would_be == "deny" and mode == "dry-run" else would_be
    said = {"environment": "production", "asked_by": "pipeline", "at": timezone.now() - ago} | fields
    return GateAnswer.objects.create(
        service=service, decision=decision, would_be=would_be, mode=mode, reasons=reasons, **said
    )


def moment(hours: int) -> str:
    return f"{timezone.localtime() + timedelta(hours=hours):%Y-%m-%dT%H:%M}"


def freeze_form(**said) -> dict:
    return {
        "name": "Year-end closing", "team": "", "service": "", "environment_class": "production",
        "starts_at": moment(-1), "ends_at": moment(24), "reason": WHY,
    } | said  # fmt: skip


def window(by, **fields) -> FreezeWindow:
    now = timezone.now()
    said = {"name": "Inventory", "made_at": now, "starts_at": now - HOUR, "ends_at": now + HOUR} | fields
    return FreezeWindow.objects.create(by=by, **said)


# ---------------------------------------------------------------- answers and report


def test_it_shows_an_empty_page(words):
    page = words("/gate/")
    for text in ("Nobody asked in dry-run.", "No freeze window is in force", "Nobody asked yet.", "Dry-run: it tells"):
        assert text in page


def test_it_shows_the_newest_answers_with_their_reasons(words, pay_service):
    answered(pay_service, "deny", "unknown_no_scan", denies=["budget_freeze"], sha="4f2a9c1e" * 5)
    page = words("/gate/")
    assert "Pay API would deny dry-run Because of unknown_no_scan. Because of budget_freeze." in page
    assert "production 4f2a9c1e4f pipeline" in page


def test_it_tells_how_many_would_have_been_denied_and_why(words, pay_service):
    other = make_service("other")
    answered(pay_service)
    answered(pay_service, "deny", "unknown_no_scan", denies=["budget_freeze"])
    answered(other, "deny", denies=["budget_freeze", "open_sev1"])
    answered(other, "deny", denies=["freeze_window"], mode="enforce")
    answered(other, "deny", denies=["freeze_window"], ago=timedelta(days=28, minutes=1))
    report = words("/gate/").partition("In dry-run")[2].partition("How it answers")[0]
    assert "2 of 3 answers would have been denied:" in report
    assert "Error budget low: features are frozen 2 2" in report
    assert "A sev1 incident is open 1 1" in report
    assert "freeze window" not in report and "scan" not in report


def test_it_says_where_none_would_have_been_denied(words, pay_service):
    answered(pay_service)
    assert "None of 1 answer would have been denied." in words("/gate/")


def test_it_can_show_denied_answers_and_those_of_a_service_alone(words, pay_service):
    other = make_service("other", name="Other thing")
    answered(pay_service, asked_by="first")
    answered(pay_service, "deny", denies=["open_sev1"], asked_by="second")
    answered(other, "deny", denies=["open_sev1"], mode="enforce", asked_by="third")
    page = words("/gate/?answers=denied").partition("Answers newest first")[2]
    assert "first" not in page and "second" in page and "third" in page
    page = words("/gate/?service=pay-api").partition("Answers newest first")[2]
    assert "first" in page and "third" not in page
    words("/gate/?service=nope", 404)
    words("/gate/?service=%00", 200)
    words("/gate/?answers=%00&before=nonsense")


def test_it_goes_on_to_older_answers(see, pay_service, monkeypatch):
    for number in range(cursor.PAGE + 1):
        answered(pay_service, asked_by=f"asker-{number:02}", ago=timedelta(minutes=number))
    page = see("/gate/?service=pay-api")
    assert "asker-00" in page and f"asker-{cursor.PAGE:02}" not in page
    older = page.partition('href="/gate/?service=pay-api&amp;before=')[2].partition("#")[0]
    page = see(f"/gate/?service=pay-api&before={older}")
    assert "asker-00" not in page and f"asker-{cursor.PAGE:02}" in page


def test_it_escapes_what_others_wrote(see, pay_service):
    answered(pay_service, "warn", "x", asked_by="<script>alert(1)</script>", environment="<b>x</b>")
    page = see("/gate/")
    assert "<script>alert" not in page and "<b>x" not in page


def test_its_queries_do_not_grow_with_what_is_shown(see, alice, olga, django_assert_max_num_queries):
    for number in range(20):
        service = make_service(f"service-{number}")
        answered(service, "deny", denies=["open_sev1"])
        window(olga, service=service)
    with django_assert_max_num_queries(40):
        see("/gate/")


# ---------------------------------------------------------------- freeze windows


def test_staff_can_stop_everything(client, olga, pay_service):
    client.force_login(olga)
    answer = client.post("/gate/freeze/", freeze_form())
    assert answer["Location"] == "/gate/#freezes"
    [held] = FreezeWindow.objects.all()
    assert (held.name, held.team, held.service, held.by, held.reason) == ("Year-end closing", None, None, olga, WHY)
    page = client.get("/gate/").content.decode()
    assert "Year-end closing" in page and "all services" in page and "in force" in page


def test_a_lead_can_stop_their_team_and_its_services(client, alice, pay, pay_service):
    client.force_login(alice)
    client.post("/gate/freeze/", freeze_form(team="pay"))
    client.post("/gate/freeze/", freeze_form(team="pay", service="pay-api", name="One"))
    first, second = FreezeWindow.objects.order_by("pk")
    assert (first.team, first.service) == (pay, None)
    assert (second.team, second.service) == (None, pay_service)


@pytest.mark.parametrize("said", [{}, {"team": "search"}, {"service": "search-api"}], ids=str)
def test_a_lead_can_stop_nothing_else(client, alice, pay_service, said):
    make_service("search-api", make_team("search"))
    client.force_login(alice)
    assert client.post("/gate/freeze/", freeze_form(**said)).status_code == 422
    assert not FreezeWindow.objects.exists()


def test_a_member_and_another_can_stop_nothing(client, bob, pay_service):
    client.force_login(bob)
    assert client.get("/gate/freeze/").status_code == 403
    assert client.post("/gate/freeze/", freeze_form(service="pay-api")).status_code == 403
    assert "Set one" not in client.get("/gate/").content.decode()
    assert not FreezeWindow.objects.exists()


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "x" * 201}, "at most 200 characters"),
        ({"ends_at": moment(-2)}, "It has to end after it starts."),
        ({"starts_at": moment(-9), "ends_at": moment(-2)}, "It is over already."),
        ({"ends_at": moment(24 * 400)}, "It may last a year at most."),
        ({"ends_at": "soon"}, "Write the moment like 2026-03-02T14:00."),
        ({"environment_class": "mars"}, "is not one of the available choices"),
        ({"team": "\0"}, "is not one of the available choices"),
    ],
    ids=lambda said: str(said)[:40],
)
def test_it_says_what_to_mend(client, olga, said, text):
    client.force_login(olga)
    answer = client.post("/gate/freeze/", freeze_form(**said))
    assert answer.status_code == 422
    assert text in answer.content.decode()
    assert not FreezeWindow.objects.exists()


def test_who_may_set_one_may_cancel_it(client, alice, olga, pay, pay_service):
    held = window(olga, team=pay)
    client.force_login(alice)
    assert client.post(f"/gate/freeze/{held.pk}/cancel/")["Location"] == "/gate/#freezes"
    held.refresh_from_db()
    assert held.cancelled_by == alice and held.cancelled_at is not None
    assert "It is cancelled already." in client.post(f"/gate/freeze/{held.pk}/cancel/", follow=True).content.decode()


def test_nobody_else_may_cancel_it(client, alice, bob, charlie, olga, pay):
    ours, all_of_it = window(olga, team=pay), window(olga)
    for user, held in ((bob, ours), (charlie, ours), (alice, all_of_it)):
        client.force_login(user)
        assert client.post(f"/gate/freeze/{held.pk}/cancel/").status_code == 403
        assert client.get(f"/gate/freeze/{held.pk}/cancel/").status_code == 405
    assert not FreezeWindow.objects.exclude(cancelled_at=None).exists()


def test_it_can_not_cancel_what_is_over(client, olga):
    held = window(olga, starts_at=timezone.now() - 2 * HOUR, ends_at=timezone.now() - HOUR)
    client.force_login(olga)
    assert "It is over already." in client.post(f"/gate/freeze/{held.pk}/cancel/", follow=True).content.decode()
    assert client.post("/gate/freeze/999999/cancel/").status_code == 404


def test_a_window_over_for_four_weeks_is_no_longer_shown(words, olga):
    window(olga, name="Long ago", starts_at=timezone.now() - timedelta(40), ends_at=timezone.now() - 29 * 24 * HOUR)
    window(olga, name="Lately", starts_at=timezone.now() - timedelta(days=40), ends_at=timezone.now() - HOUR)
    window(olga, name="Next", starts_at=timezone.now() + HOUR, ends_at=timezone.now() + 2 * HOUR)
    page = words("/gate/")
    assert "Long ago" not in page and "over" in page.partition("Lately")[2] and "to come" in page.partition("Next")[2]


# ---------------------------------------------------------------- the mode


def test_staff_set_the_mode_with_a_reason_and_all_is_kept(client, olga, pay_service):
    client.force_login(olga)
    client.post("/gate/mode/", {"mode": "strict", "reason": WHY})
    client.post("/gate/mode/?service=pay-api", {"mode": "dry-run", "reason": WHY})
    of_all, own = GateSetting.objects.order_by("pk")
    assert (of_all.service, of_all.mode, of_all.deny_unknown, of_all.by) == (None, "enforce", True, olga)
    assert (own.service, own.mode, own.inherits) == (pay_service, "dry-run", False)
    page = client.get("/gate/").content.decode()
    assert 'value="strict" selected' in client.get("/gate/mode/").content.decode()
    assert 'value="dry-run" selected' in client.get("/gate/mode/?service=pay-api").content.decode()
    assert "Enforced: it denies where there is a reason to; what is not known denies too." in page
    assert "Pay API" in page.partition("Services of their own mode")[2]
    assert WHY in client.get("/gate/mode/").content.decode()


def test_a_service_can_follow_what_holds_for_all_again(client, olga, pay_service):
    client.force_login(olga)
    client.post("/gate/mode/?service=pay-api", {"mode": "enforce", "reason": WHY})
    client.post("/gate/mode/?service=pay-api", {"mode": "inherits", "reason": WHY})
    newest = GateSetting.objects.first()
    assert (newest.mode, newest.inherits, newest.deny_unknown) == ("dry-run", True, False)
    assert "Services of their own mode" not in client.get("/gate/").content.decode()
    assert "As all services." in client.get("/gate/mode/?service=pay-api").content.decode()


@pytest.mark.parametrize("said", [{"mode": "inherits"}, {"mode": "off"}, {"mode": ""}, {"reason": "short"}], ids=str)
def test_it_refuses_a_mode_that_makes_no_sense(client, olga, said):
    client.force_login(olga)
    assert client.post("/gate/mode/", {"mode": "enforce", "reason": WHY} | said).status_code == 422
    assert not GateSetting.objects.exists()


def test_nobody_but_staff_sets_the_mode(client, alice, pay_service):
    client.force_login(alice)
    for address in ("/gate/mode/", "/gate/mode/?service=pay-api"):
        assert client.get(address).status_code == 403
        assert client.post(address, {"mode": "enforce", "reason": WHY}).status_code == 403
    assert "/gate/mode/" not in client.get("/gate/").content.decode()
    assert not GateSetting.objects.exists()


# ---------------------------------------------------------------- pipelines


def test_it_shows_a_step_for_each_kind_of_pipeline_with_the_readers_own_address(see, pay_service, settings):
    settings.BASE_URL = "https://plumbline.example"
    page = see("/gate/pipelines/?service=pay-api")
    for name in ("GitHub Actions", "GitLab CI", "Jenkins", "Argo CD"):
        assert name in page
    assert page.count("https://plumbline.example/api/v1/services/pay-api/gate/") == 4
    assert "No other machine reaches" not in page


def test_it_has_a_word_for_the_service_and_says_what_no_machine_reaches(see, db):
    page = see("/gate/pipelines/")
    assert page.count("http://localhost:8000/api/v1/services/SERVICE/gate/") > 4
    assert "No other machine reaches" in page
    see("/gate/pipelines/?service=nope", 404)


def test_it_shows_all_of_it_to_a_lead_of_two_teams(client, alice, pay_service):
    join_team(alice, make_team("search"), "lead")
    make_service("search-api", make_team("search"), name="Search API")
    client.force_login(alice)
    page = client.get("/gate/freeze/").content.decode()
    assert "Search API" in page and "Pay API" in page
