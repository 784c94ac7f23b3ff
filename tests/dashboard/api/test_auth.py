"""Tokens: given out, told from a request, refused."""

import base64
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.test import RequestFactory
from django.utils import timezone
from rest_framework.exceptions import NotFound
from rest_framework.response import Response
from rest_framework.views import APIView

from dashboard import access
from dashboard.api.auth import find_token, issue_token, revoke_token, token_of
from dashboard.models import ApiToken
from tests.factories import bearer, make_team, make_token

pytestmark = pytest.mark.django_db


class Probe(APIView):
    """An endpoint that tells which token it was asked with."""

    def get(self, request):
        return Response({"token": request.auth.name})


def ask(headers=None, **cookies):
    request = RequestFactory().get("/api/v1/probe/", headers=headers)
    request.COOKIES.update(cookies)
    request.user = AnonymousUser()
    return Probe.as_view()(request).render()


def basic(text, user=""):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{text}".encode()).decode()}


def test_it_takes_a_token_as_bearer_and_as_the_password_of_basic():
    _, text = make_token()
    for headers in (bearer(text), {"Authorization": f"bearer {text}"}, basic(text), basic(text, "excel")):
        assert ask(headers).status_code == 200


def test_it_asks_for_a_token_where_there_is_none():
    answer = ask()
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer realm="Plumbline"'
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.data["title"] == "Unauthorized"
    assert "create_token" in answer.data["detail"]


@pytest.mark.parametrize(
    "change", [lambda t: t[:-1], lambda t: t + "x", lambda t: t[:-1] + "é", lambda t: "", str.upper]
)
def test_it_refuses_a_token_that_was_changed(change):
    _, text = make_token()
    assert ask(bearer(change(text))).status_code == 401
    assert find_token(change(text), timezone.now()) is None


@pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Basic //79", "Bearer", "Digest x", "Basic AGFiYw=="])
def test_it_refuses_headers_that_make_no_sense(header):
    assert ask({"Authorization": header}).status_code == 401


def test_it_refuses_a_nul_byte_before_the_database_sees_it():
    assert find_token(f"plb_\0bcdef12_{'x' * 43}", timezone.now()) is None


def test_it_refuses_a_token_that_expired_or_was_revoked():
    now = timezone.now()
    _, expired = make_token(expires_at=now - timedelta(seconds=1))
    token, revoked = make_token()
    revoke_token(token, now)
    assert [ask(bearer(text)).status_code for text in (expired, revoked)] == [401, 401]


def test_it_forbids_reading_to_an_ingest_token_and_says_what_to_do():
    _, text = make_token("ingest")
    answer = ask(bearer(text))
    assert answer.status_code == 403
    assert "scope read" in answer.data["detail"]


def test_it_lets_an_admin_token_read_and_ingest():
    _, text = make_token("admin")
    assert ask(bearer(text)).status_code == 200
    assert access.may_ingest(token_of(RequestFactory().post("/", headers=bearer(text))))


def test_it_lets_an_ingest_token_and_no_read_token_ingest():
    for scope, allowed in (("ingest", True), ("read", False)):
        _, text = make_token(scope)
        assert access.may_ingest(token_of(RequestFactory().post("/", headers=bearer(text)))) is allowed
    assert not access.may_ingest(token_of(RequestFactory().post("/")))


def test_it_never_takes_a_token_from_the_url_or_a_cookie():
    _, text = make_token()
    request = RequestFactory().get("/", {"token": text, "access_token": text})
    request.COOKIES["Authorization"] = f"Bearer {text}"
    assert token_of(request) is None


def test_it_ignores_the_session_of_a_person(client, alice):
    client.force_login(alice)
    assert ask(sessionid=client.cookies["sessionid"].value).status_code == 401


def test_it_stores_a_digest_and_not_the_secret():
    token, text = issue_token("BI", ApiToken.Scope.READ)
    secret = text.split("_", 2)[2]
    stored = ApiToken.objects.values().get(pk=token.pk)
    assert not [value for value in stored.values() if secret in str(value)]
    assert len(stored["digest"]) == 64


def test_it_opens_nothing_once_the_secret_key_has_changed(settings):
    _, text = make_token()
    settings.SECRET_KEY = "another"
    assert find_token(text, timezone.now()) is None


def test_it_notes_the_use_once_a_minute(django_assert_num_queries):
    token, text = make_token()
    now = timezone.now()
    for after, noted in ((0, 0), (59, 0), (60, 60)):
        find_token(text, now + timedelta(seconds=after))
        token.refresh_from_db()
        assert token.last_used_at == now + timedelta(seconds=noted)
    with django_assert_num_queries(1):
        find_token(text, now + timedelta(seconds=61))


def test_it_prints_the_token_alone():
    make_team("pay")
    out = StringIO()
    call_command("create_token", "Power BI", scope="read", team="pay", stdout=out)
    token = find_token(out.getvalue().removesuffix("\n"), timezone.now())
    assert (token.name, token.scope, token.team.slug) == ("Power BI", "read", "pay")


def test_it_makes_no_token_for_a_team_that_is_not_there():
    with pytest.raises(CommandError, match="no team 'nobody'"):
        call_command("create_token", "x", scope="read", team="nobody")
    with pytest.raises(CommandError, match="name"):
        call_command("create_token", " ", scope="read")
    assert not ApiToken.objects.exists()


def test_it_answers_every_error_of_the_framework_as_problem_details(monkeypatch):
    def missing(self, request):
        raise NotFound("No such thing.")

    monkeypatch.setattr(Probe, "get", missing)
    _, text = make_token()
    answer = ask(bearer(text))
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.data == {"type": "about:blank", "title": "Not Found", "status": 404, "detail": "No such thing."}


def test_it_asks_to_come_again_while_the_database_is_away(monkeypatch):
    def away(self, request):
        raise OperationalError("connection to db.internal failed")

    monkeypatch.setattr(Probe, "get", away)
    _, text = make_token()
    answer = ask(bearer(text))
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert "db.internal" not in answer.data["detail"]
