"""Tries to sign in: how many, and what one reads after too many."""

from datetime import UTC, datetime

import pytest
from django.core.cache import cache, caches
from redis.exceptions import ConnectionError as CacheAway

from dashboard import attempts
from tests.factories import make_user

PASSWORD = "correct horse battery"  # noqa: S105 - of a user of a test
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp()
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def dora(monkeypatch):
    """Can sign in. It is noon, when a slot begins; ``dora["now"]`` moves the clock."""
    clock = {"now": NOON}
    monkeypatch.setattr("dashboard.pages.account.time.time", lambda: clock["now"])
    cache.clear()
    make_user("dora", PASSWORD)
    yield clock
    cache.clear()


def sign_in(client, name="dora", password="wrong", **headers):  # noqa: S107
    return client.post("/sign-in/", {"username": name, "password": password}, **headers)


def exhaust(client, name="dora"):
    for _ in range(attempts.PER_NAME):
        assert sign_in(client, name).status_code == 200


def test_it_refuses_even_the_right_password_after_too_many_tries(client):
    exhaust(client)
    answer = sign_in(client, password=PASSWORD)
    assert answer.status_code == 429
    assert answer["Retry-After"] == "900"
    assert "Try again in 15 minutes" in answer.content.decode()
    assert "sessionid" not in client.cookies


def test_it_says_the_same_of_a_name_that_nobody_has(client):
    for name in ("dora", "nobody"):
        exhaust(client, name)
    told, untold = (sign_in(client, name).content.decode() for name in ("dora", "nobody"))
    without_token = [text.split("csrfmiddlewaretoken")[0] for text in (told, untold)]
    assert without_token[0] == without_token[1]


@pytest.mark.parametrize("name", ["DORA", " dora ", "\uff44ora"])
def test_it_counts_spellings_of_one_name_together(client, name):
    exhaust(client)
    assert sign_in(client, name).status_code == 429


def test_it_lets_one_in_again_when_the_quarter_of_an_hour_is_over(client, dora):
    exhaust(client)
    dora["now"] += attempts.SLOT_SECONDS - 1
    assert sign_in(client, password=PASSWORD)["Retry-After"] == "1"
    dora["now"] += 1
    assert sign_in(client, password=PASSWORD).status_code == 302


def test_it_forgets_the_tries_of_who_signs_in(client):
    for _ in range(attempts.PER_NAME - 1):
        sign_in(client)
    assert sign_in(client, password=PASSWORD).status_code == 302
    client.logout()
    exhaust(client)


def test_it_refuses_an_address_that_tries_many_names(client):
    for number in range(attempts.PER_ADDRESS):
        assert sign_in(client, f"name-{number}").status_code == 200
    assert sign_in(client, password=PASSWORD).status_code == 429
    assert sign_in(client, password=PASSWORD, REMOTE_ADDR="192.0.2.7").status_code == 302


def test_it_uses_up_no_names_tries_from_an_address_that_is_refused(client):
    for number in range(attempts.PER_ADDRESS):
        sign_in(client, f"name-{number}")
    for _ in range(attempts.PER_NAME):
        sign_in(client)
    assert sign_in(client, password=PASSWORD, REMOTE_ADDR="192.0.2.7").status_code == 302


def test_it_clears_no_other_tries_of_an_address_by_one_known_password(client):
    for number in range(attempts.PER_ADDRESS - 1):
        sign_in(client, f"name-{number}")
    assert sign_in(client, password=PASSWORD).status_code == 302
    client.logout()
    assert sign_in(client, "other").status_code == 200
    assert sign_in(client, "another").status_code == 429


@pytest.mark.parametrize(
    ("behind", "told", "address"),
    [
        (False, "198.51.100.9", "192.0.2.1"),
        (True, "198.51.100.9, 203.0.113.5", "203.0.113.5"),
        (True, "", "192.0.2.1"),
    ],
)
def test_it_believes_the_last_address_that_the_proxy_added(rf, settings, behind, told, address):
    settings.BEHIND_PROXY = behind
    assert attempts.address_of(rf.post("/sign-in/", HTTP_X_FORWARDED_FOR=told, REMOTE_ADDR="192.0.2.1")) == address


def test_it_signs_in_without_a_cache(client, monkeypatch):
    def away(*args):
        raise CacheAway

    for name in ("add", "incr", "decr", "delete"):
        monkeypatch.setattr(type(caches["default"]), name, away)
    assert sign_in(client, password=PASSWORD).status_code == 302


def test_it_changes_the_own_password_and_refuses_a_wrong_or_weak_one(client, alice):
    alice.set_password("until now secret")
    alice.save()
    client.force_login(alice)
    for old, new in (("wrong", "a much longer one"), ("until now secret", "short")):
        answer = client.post("/password/", {"old_password": old, "new_password1": new, "new_password2": new})
        assert b'role="alert"' in answer.content
    new = "a much longer one"
    told = {"old_password": "until now secret", "new_password1": new, "new_password2": new}
    assert client.post("/password/", told).headers["Location"] == "/"
    alice.refresh_from_db()
    assert alice.check_password(new)
