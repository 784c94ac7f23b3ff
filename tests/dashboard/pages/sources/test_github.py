"""The part of a GitHub source's page that reads by GitHub's API."""

import re
from html import unescape

import pytest

from dashboard.pages.sources import github
from ingest.errors import AccessDenied, RateLimited, SourceUnavailable
from ingest.github.access import Visible
from ingest.github.client import AGAIN
from ingest.github.credentials import Token, credentials_of
from ingest.github.status import SyncStatus, Told
from ingest.models import GitHubSync, Source
from tests.factories import NOON

pytestmark = pytest.mark.django_db
TOKEN = "github_pat_only_for_this_test"
SEEN = Visible("acme", "organisation", 50, 5000, 4990, "The organisation acme: 50 repositories can be read.")


def words(answer) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


@pytest.fixture
def asked(monkeypatch):
    """What GitHub was asked with."""
    calls = []

    def check(credentials, api_url, owner):
        calls.append((credentials, api_url, owner))
        return SEEN

    monkeypatch.setattr(github, "check", check)
    return calls


def sent(staff, source, **fields):
    told = {"action": "github", "owner": "acme", "token": TOKEN, "api_url": "https://api.github.com"} | fields
    return staff.post(f"/sources/{source.public_id}/", told, follow=True)


def test_it_checks_what_a_token_sees_and_begins(staff, made, asked):
    answer = sent(staff, made[0], since="2026-01-01")
    assert "The organisation acme: 50 repositories can be read. Reading begins by itself" in words(answer)
    assert asked == [(Token(TOKEN), "https://api.github.com", "acme")]
    sync = GitHubSync.objects.get()
    assert (sync.owner, str(sync.since)) == ("acme", "2026-01-01")
    assert credentials_of(Source.objects.get(), "https://api.github.com") == Token(TOKEN)
    assert TOKEN not in answer.content.decode()


def test_it_checks_again_with_what_it_has(staff, made, asked):
    sent(staff, made[0])
    sent(staff, made[0], token="")
    assert asked[1][0] == Token(TOKEN)


def test_it_sends_what_it_has_to_no_other_address(staff, made, asked):
    sent(staff, made[0])
    answer = sent(staff, made[0], token="", api_url="https://elsewhere.example/api/v3")
    assert answer.status_code == 422
    assert "is for another address. Enter it anew" in words(answer)
    assert len(asked) == 1
    assert GitHubSync.objects.get().api_url == "https://api.github.com"
    assert sent(staff, made[0], token="", api_url="https://api.github.com/").status_code == 200


@pytest.mark.parametrize("token", ["two words", "tok\u20acn", "a\r\nX-Other: b"])
def test_it_asks_for_a_token_again_that_no_header_can_hold(staff, made, asked, token):
    answer = sent(staff, made[0], token=token)
    assert answer.status_code == 422
    assert "Copy it again" in words(answer)
    assert not asked


def test_it_does_not_promise_to_try_again_what_it_did_not_store(staff, made, monkeypatch):
    def check(*_):
        raise SourceUnavailable(f"GitHub did not answer (ConnectionError). {AGAIN}")

    monkeypatch.setattr(github, "check", check)
    text = words(sent(staff, made[0]))
    assert AGAIN not in text
    assert "Nothing is stored yet: look whether the address is right" in text


@pytest.mark.parametrize("error", [AccessDenied("GitHub refused the token (401)."), RateLimited("Wait until 14:05.")])
def test_it_says_what_github_said_and_keeps_nothing(staff, made, monkeypatch, error):
    def check(*_):
        raise error

    monkeypatch.setattr(github, "check", check)
    answer = sent(staff, made[0])
    assert answer.status_code == 422
    assert str(error) in words(answer)
    assert not GitHubSync.objects.exists()
    assert TOKEN not in answer.content.decode()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"owner": "a/b"}, "is no owner at GitHub"),
        ({"api_url": "http://169.254.169.254"}, "is no address of GitHub's API"),
        ({"app_id": "1"}, "a token or an App, not both"),
        ({"app_id": "1", "token": ""}, "both its id and its private key"),
        ({"since": "1999-01-01"}, "from 2000 on"),
        ({"token": ""}, "nothing to sign in with"),
    ],
)
def test_it_says_what_is_to_mend(staff, made, settings, fields, message):
    settings.GITHUB_TOKEN = settings.GITHUB_APP_ID = ""
    answer = sent(staff, made[0], **fields)
    assert answer.status_code == 422
    assert message in words(answer)
    assert not GitHubSync.objects.exists()


def test_it_never_shows_a_private_key_again(staff, made):
    answer = sent(staff, made[0], app_id="1", private_key="PRIVATE-KEY-TEXT")
    assert answer.status_code == 422
    assert "PRIVATE-KEY-TEXT" not in answer.content.decode()


def test_it_says_that_the_last_pass_found_nothing_new(staff, made, monkeypatch):
    status = SyncStatus(
        owner="acme", api_url="https://api.github.com", state="idle", text="acme is up to date.", finished_at=NOON
    )
    monkeypatch.setattr(github, "status_of", lambda _: status)
    assert "Read last nothing new" in words(staff.get(f"/sources/{made[0].public_id}/"))


def test_it_shows_how_far_reading_is_and_what_was_refused(staff, made, monkeypatch):
    status = SyncStatus(
        owner="acme", api_url="https://api.github.com", state="running", text="Reading acme: 12 of 50 repositories.",
        done=12, total=50, counts={"pull_requests": 1234, "owner": 1}, seconds_left=600.0, remaining=4000, limit=5000,
        reset_at=NOON, refused=(Told("acme/vault", "GitHub refused it (403)."),),
    )  # fmt: skip
    monkeypatch.setattr(github, "status_of", lambda _: status)
    page = staff.get(f"/sources/{made[0].public_id}/")
    text = words(page)
    assert '<div id="sync" data-quiet hx-get' in page.content.decode()
    assert "1 owner" not in text
    for told in (
        "12 of 50 repositories, about 10",
        "1,234 pull requests",
        "4,000 of 5,000",
        "acme/vault GitHub refused",
    ):
        assert told in text.replace("\u00a0", " ")
