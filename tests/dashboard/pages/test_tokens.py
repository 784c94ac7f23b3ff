"""``/tokens/``: who sees and makes which API tokens; shown once, never in an address, revoked by POST."""

import re
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from dashboard import access
from dashboard.api.auth import find_token
from dashboard.models import ApiToken
from tests.factories import bearer, join_team, make_team, make_token, make_user

pytestmark = pytest.mark.django_db
TOKEN = re.compile(r"plb_[0-9a-f]{8}_[A-Za-z0-9_-]{43}")


def form(**said):
    return {"name": "Power BI", "scope": "read", "team": "pay", "expires": "90", "on": "", "key": "0123abcd"} | said


@pytest.fixture
def make(client, pay):
    """Send the form as this person; the answer."""

    def send(person, **said):
        client.force_login(person)
        return client.post("/tokens/", form(**said))

    return send


def shown_in(answer) -> str:
    return TOKEN.search(answer.content.decode())[0]


# ---------------------------------------------------------------- making


def test_a_lead_makes_a_token_of_the_team_that_reads(make, alice, pay):
    answer = make(alice)
    assert answer.status_code == 200
    token = find_token(shown_in(answer), timezone.now())
    assert (token.name, token.scope, token.team, token.created_by) == ("Power BI", "read", pay, alice)
    assert timedelta(days=89) < token.expires_at - timezone.now() <= timedelta(days=90)


def test_staff_make_any(make, olga):
    answer = make(olga, scope="admin", team="", expires="never")
    token = find_token(shown_in(answer), timezone.now())
    assert (token.scope, token.team, token.expires_at) == ("admin", None, None)


def test_it_is_shown_once_and_kept_by_no_cache(make, client, alice):
    answer = make(alice)
    assert "no-store" in answer["Cache-Control"]
    text = shown_in(answer)
    assert text not in client.get("/tokens/").content.decode()
    assert not ApiToken.objects.filter(digest__contains=text.split("_")[2]).exists()


def test_the_form_sent_twice_makes_one(make, client, alice):
    make(alice)
    again = make(alice)
    assert (again.status_code, again["Location"]) == (302, "/tokens/")
    assert ApiToken.objects.count() == 1
    assert "can&#x27;t be shown again" in client.get("/tokens/").content.decode()


def test_it_ends_with_the_chosen_day(make, alice, settings):
    on = timezone.localdate(timezone=settings.ORGANISATION_ZONE) + timedelta(days=5)
    make(alice, expires="day", on=on.isoformat())
    ends = ApiToken.objects.get().expires_at.astimezone(settings.ORGANISATION_ZONE)
    assert (ends.date(), ends.hour, ends.minute) == (on + timedelta(days=1), 0, 0)


@pytest.mark.parametrize(
    "said",
    [
        {"expires": "day"},
        {"expires": "day", "on": "2020-01-01"},
        {"expires": "day", "on": "2999-01-01"},
        {"expires": "day", "on": "soon"},
        {"expires": "1000000"},
        {"expires": "never"},
        {"name": ""},
        {"name": " "},
        {"name": "x" * 201},
        {"name": "a\0b"},
        {"name": "a\u202eb"},
        {"name": "a\nb"},
        {"key": "ABC"},
        {"key": ""},
        {"scope": "everything"},
    ],
)
def test_it_refuses_what_makes_no_sense(make, alice, said):
    assert make(alice, **said).status_code == 422
    assert not ApiToken.objects.exists()


# ---------------------------------------------------------------- who may not


@pytest.mark.parametrize("said", [{"scope": "ingest"}, {"scope": "admin"}, {"team": ""}, {"team": "search"}])
def test_a_lead_makes_none_that_does_more_or_of_another_team(make, alice, said):
    make_team("search")
    assert make(alice, **said).status_code == 422
    assert not ApiToken.objects.exists()


def test_a_lead_of_another_team_makes_none_of_this(make, charlie):
    assert make(charlie).status_code == 422
    assert not ApiToken.objects.exists()


def test_a_member_sees_and_makes_none(make, client, bob, pay):
    token, _ = make_token(team=pay)
    assert make(bob).status_code == 403
    assert client.get("/tokens/").status_code == 403
    assert client.post(f"/tokens/{token.pk}/revoke/").status_code == 403
    assert ApiToken.objects.get().revoked_at is None


def test_nobody_and_tokens_are_sent_to_the_sign_in_page(client, pay):
    token, text = make_token("admin")
    for headers in ({}, bearer(text)):
        for answer in (
            client.get("/tokens/", headers=headers),
            client.post("/tokens/", form(), headers=headers),
            client.post(f"/tokens/{token.pk}/revoke/", headers=headers),
        ):
            assert answer.status_code == 302 and answer["Location"].startswith("/sign-in/")
    assert ApiToken.objects.get().revoked_at is None


def test_a_lead_sees_and_revokes_the_tokens_of_the_team_alone(client, alice, pay):
    own, _ = make_token("ingest", team=pay)
    for other in (make_token(team=make_team("search"))[0], make_token("admin")[0]):
        client.force_login(alice)
        assert client.post(f"/tokens/{other.pk}/revoke/").status_code == 404
        assert other.key_id not in client.get("/tokens/").content.decode()
    assert own.key_id in client.get("/tokens/").content.decode()
    assert client.post(f"/tokens/{own.pk}/revoke/").status_code == 302
    assert ApiToken.objects.exclude(revoked_at=None).get() == own


def test_who_leads_no_more_or_was_deactivated_manages_none(alice, olga):
    alice.memberships.all().delete()
    olga.is_active = False
    for person in (alice, olga, None):
        assert not access.may_manage_tokens(person)
        assert not access.visible_tokens(person).exists()
        assert not access.may_make_token(person, "read", None)


def test_a_token_makes_no_token(pay):
    token, _ = make_token("admin")
    assert not access.may_manage_tokens(token)
    assert not access.may_make_token(token, "read", pay)


# ---------------------------------------------------------------- the list


def test_revoking_takes_a_post_and_works_at_once(client, olga):
    token, text = make_token()
    client.force_login(olga)
    assert client.get(f"/tokens/{token.pk}/revoke/").status_code == 405
    assert client.get("/api/v1/controls/", headers=bearer(text)).status_code == 200
    client.post(f"/tokens/{token.pk}/revoke/")
    assert client.get("/api/v1/controls/", headers=bearer(text)).status_code == 401
    assert client.post("/tokens/99999/revoke/").status_code == 404


def test_it_folds_away_what_ended_and_warns_of_what_ends_soon(client, olga):
    now = timezone.now()
    ends = {"soon": now + timedelta(days=3, minutes=1), "past": now - timedelta(days=1), "later": None}
    for name, at in ends.items():
        ApiToken.objects.filter(pk=make_token(expires_at=at)[0].pk).update(name=f"the {name} one")
    client.force_login(olga)
    in_use, ended = client.get("/tokens/").content.decode().split('<details class="small ended">')
    assert "the soon one" in in_use and "ends in 3\u00a0d" in in_use
    assert "the later one" in in_use and "not used yet" in in_use
    assert "the past one" not in in_use and "the past one" in ended and "expired" in ended


def test_it_says_where_who_made_it_has_left(client, olga):
    gone = make_user("gone", is_active=False)
    make_token(created_by=gone)
    client.force_login(olga)
    assert "by gone, who has left" in client.get("/tokens/").content.decode()


def test_a_hostile_name_stays_text(client, olga, make):
    name = """<script>alert(1)</script>"'><img src=x onerror=alert(1)>"""
    made = make(olga, name=name).content.decode()
    listed = client.get("/tokens/").content.decode()
    for page in (made, listed):
        assert "<script>alert" not in page and "<img src=x" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_it_asks_as_often_for_many_as_for_one(client, olga, pay, django_assert_max_num_queries):
    for _ in range(30):
        make_token(team=pay, created_by=olga)
    client.force_login(olga)
    with django_assert_max_num_queries(9):
        assert client.get("/tokens/").status_code == 200


def test_it_is_empty_with_a_next_step(client, olga):
    client.force_login(olga)
    assert "No token yet. Make the first below." in client.get("/tokens/").content.decode()


# ---------------------------------------------------------------- the password once more


@pytest.fixture
def later(monkeypatch):
    """Let so much time go by since the sign-in."""

    def go(**by):
        now = time.time()
        monkeypatch.setattr(time, "time", lambda: now + timedelta(**by).total_seconds())

    return go


@pytest.fixture
def lead(client, pay):
    """A lead of team pay who signed in with a password."""
    person = make_user("lena", "correct horse battery")
    join_team(person, pay, "lead")
    client.post("/sign-in/", {"username": "lena", "password": "correct horse battery"})
    return person


def test_who_signed_in_lately_is_not_asked_again(client, lead, later):
    later(minutes=14)
    assert "Your password" not in client.get("/tokens/").content.decode()
    assert client.post("/tokens/", form()).status_code == 200
    assert ApiToken.objects.get().created_by == lead


def test_who_signed_in_long_ago_gives_the_password_once_more(client, lead, later):
    later(minutes=16)
    assert 'type="password" name="password"' in client.get("/tokens/").content.decode()
    for said in ({}, {"password": ""}, {"password": "wrong"}):
        answer = client.post("/tokens/", form(**said))
        assert answer.status_code == 422
        assert "wrong" not in answer.content.decode().replace("went wrong", "")
    assert not ApiToken.objects.exists()
    assert client.post("/tokens/", form(password="correct horse battery")).status_code == 200
    assert client.post("/tokens/", form(key="0123abce")).status_code == 200, "for a while it is not asked for again"
    assert ApiToken.objects.count() == 2


def test_a_session_of_which_no_sign_in_is_known_is_asked(client, lead):
    session = client.session
    del session["password_given_at"]
    session.save()
    assert client.post("/tokens/", form()).status_code == 422
    assert not ApiToken.objects.exists()


def test_tries_are_limited_like_those_to_sign_in(client, lead, later):
    later(hours=1)
    for number in range(10):
        client.post("/tokens/", form(password=f"guess {number}"))
    answer = client.post("/tokens/", form(password="correct horse battery"))
    assert answer.status_code == 422 and "Too many tries" in answer.content.decode()
    assert not ApiToken.objects.exists()


def test_a_token_is_revoked_without_a_password(client, lead, later, pay):
    token, _ = make_token(team=pay)
    later(hours=1)
    assert client.post(f"/tokens/{token.pk}/revoke/").status_code == 302
    token.refresh_from_db()
    assert token.revoked_at is not None
