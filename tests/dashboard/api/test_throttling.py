"""A token may ask so often a minute, and is told what is left."""

import re

import pytest
from redis.exceptions import RedisError

from dashboard.api import throttling
from tests.factories import bearer, make_token

pytestmark = pytest.mark.django_db
PATH = "/api/v1/services/"


@pytest.fixture
def clock(monkeypatch):
    """Ten seconds into a minute."""
    now = [60_000_010.0]
    monkeypatch.setattr(throttling.time, "time", lambda: now[0])
    return now


@pytest.fixture
def text(settings):
    settings.API_RATE = 3
    return make_token()[1]


def test_each_answer_says_what_is_left(client, clock, text):
    answer = client.get(PATH, headers=bearer(text))
    assert answer.status_code == 200
    assert [answer[f"RateLimit-{name}"] for name in ("Limit", "Remaining", "Reset")] == ["3", "2", "50"]
    assert answer["RateLimit-Policy"] == '"token";q=3;w=60'
    assert answer["RateLimit"] == '"token";r=2;t=50'


def test_what_is_too_much_is_answered_with_when_to_come_back(client, clock, text):
    for _ in range(3):
        assert client.get(PATH, headers=bearer(text)).status_code == 200
    answer = client.get(PATH, headers=bearer(text))
    assert (answer.status_code, answer["Content-Type"]) == (429, "application/problem+json")
    assert (answer["Retry-After"], answer["RateLimit-Remaining"]) == ("50", "0")
    assert re.search("Ask again in 50 seconds", answer.json()["detail"])
    clock[0] += 50
    assert client.get(PATH, headers=bearer(text)).status_code == 200


def test_tokens_are_counted_one_by_one(client, clock, text):
    for _ in range(4):
        client.get(PATH, headers=bearer(text))
    assert client.get(PATH, headers=bearer(make_token()[1])).status_code == 200


def test_an_error_counts_too_and_says_so(client, clock, text):
    answer = client.get(f"{PATH}?colour=red", headers=bearer(text))
    assert (answer.status_code, answer["RateLimit-Remaining"]) == (400, "2")


def test_without_a_limit_nothing_is_counted(client, clock, settings):
    settings.API_RATE = 0
    assert "RateLimit-Limit" not in client.get(PATH, headers=bearer(make_token()[1]))


def test_whoever_has_no_token_is_told_nothing(client, clock, text):
    assert "RateLimit-Limit" not in client.get(PATH)


def test_a_cache_that_is_away_keeps_nobody_out(client, clock, text, monkeypatch):
    def away(*args, **kwargs):
        raise RedisError("no answer")

    monkeypatch.setattr(throttling.cache, "add", away)
    for _ in range(5):
        assert client.get(PATH, headers=bearer(text)).status_code == 200
