"""Names of people: kept, hashed, or erased; figures never change by it."""

import io
import json

import orjson
import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from ingest.bodies import body_of
from ingest.inbox.process import process_pending, replay
from ingest.models import Change, Delivery, Deployment
from ingest.parsers.people import renamed, without
from ingest.people import digest_of, erase, hashed
from scorecards.models import DayRollup
from tests.factories import make_delivery, make_source
from tests.native_events import event, ingest, worked_example

AT = "2026-03-02T10:00:00Z"
COMMIT = event("c1", "commit.pushed", AT, service="pay", sha="abcdef1", author="Ada Lovelace")
BOT = event("c2", "commit.pushed", AT, service="pay", sha="abcdef2", author="renovate[bot]", bot=True)
PUSHED = {
    "ref": "refs/heads/main", "before": "0" * 40, "after": "a" * 40, "created": False, "forced": False,
    "repository": {"id": 7, "full_name": "ada/pay", "name": "pay", "default_branch": "main",
                   "owner": {"login": "ada", "name": "ada"}},
    "commits": [{"id": "a" * 40, "message": "Fix", "timestamp": AT, "distinct": True,
                 "author": {"name": "Ada Lovelace", "email": "ada@example.com", "username": "ada"},
                 "committer": {"name": "Ada Lovelace", "email": "ada@example.com", "username": "ada"},
                 "added": [], "removed": [], "modified": ["a.py"]}],
    "head_commit": None, "pusher": {"name": "ada", "email": "ada@example.com"},
    "sender": {"login": "ada", "type": "User"},
}  # fmt: skip


def pushed() -> Delivery:
    body = orjson.dumps(PUSHED)
    made = make_delivery(source=make_source("github"), body=body, headers={"x-github-event": "push"})
    process_pending()
    made.refresh_from_db()
    return made


def authors():
    return set(Change.objects.values_list("author", flat=True))


def command(*args: str, **options: object) -> str:
    out = io.StringIO()
    call_command("erase_person", *args, stdout=out, **options)
    return out.getvalue()


@pytest.mark.django_db
def test_names_are_kept_as_they_are_by_default():
    ingest([COMMIT, BOT])
    assert authors() == {"Ada Lovelace", "renovate[bot]"}


@pytest.mark.django_db
def test_a_setting_hashes_authors_and_no_bots(settings):
    settings.AUTHORS = "hashed"
    ingest([COMMIT, BOT])
    assert authors() == {hashed("Ada Lovelace"), "renovate[bot]"}
    assert hashed("Ada Lovelace") == hashed(" ada lovelace ") != hashed("Ada L")


@pytest.mark.django_db
def test_hashed_a_recorded_delivery_holds_no_name_and_gives_the_same_when_replayed(settings):
    settings.AUTHORS = "hashed"
    delivery = pushed()
    assert delivery.status == "processed"
    body = body_of(delivery)
    for name in (b"Ada", b"ada@", b'"ada"'):
        assert name not in body
    assert b"ada/pay" in body  # a repository's name is no person's
    before = list(Change.objects.values_list("sha", "author", "title"))
    Delivery.objects.update(status="quarantined")
    replay(Delivery.objects.all())
    process_pending()
    assert list(Change.objects.values_list("sha", "author", "title")) == before


@pytest.mark.django_db
def test_erasing_takes_a_person_out_of_facts_and_deliveries():
    delivery = pushed()
    ingest([event("d", "deployment.finished", AT, service="pay", deployment="d", environment="production",
                  status="success", by="ada", sha="a" * 40)])  # fmt: skip
    assert "erased from" in command("ada", "Ada Lovelace", "ADA@example.com")
    assert authors() == {"erased"}
    assert Deployment.objects.get().by == "erased"
    for one in Delivery.objects.all():
        text = body_of(one).lower()
        assert b"lovelace" not in text
        assert b"ada@" not in text
    assert b"ada/pay" in body_of(Delivery.objects.get(pk=delivery.pk))


@pytest.mark.django_db
def test_who_was_erased_stays_erased_when_told_again():
    erase(["Ada Lovelace"])
    ingest([COMMIT])
    assert authors() == {"erased"}


@pytest.mark.django_db
def test_a_hashed_person_is_erased_by_the_plain_name(settings):
    settings.AUTHORS = "hashed"
    ingest([COMMIT])
    erase(["ada lovelace"])
    assert authors() == {"erased"}


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["José Núñez", 'Ada "the first" L', "ÅSA"])
def test_a_name_is_erased_however_the_sender_wrote_its_letters(name):
    body = json.dumps(PUSHED | {"pusher": {"name": name}}).encode()  # all beyond ASCII by number
    assert orjson.dumps(name) not in body or name.isascii()
    made = make_delivery(source=make_source("github"), body=body)
    assert erase([name]).deliveries == 1
    made.refresh_from_db()
    assert orjson.loads(body_of(made))["pusher"] == {"name": "erased"}


@pytest.mark.django_db
def test_the_hash_of_an_erased_person_goes_from_deliveries_too(settings):
    settings.AUTHORS = "hashed"
    ingest([COMMIT])
    delivery = Delivery.objects.get()
    assert hashed("Ada Lovelace").encode() in body_of(delivery)
    erase(["Ada Lovelace"])
    delivery.refresh_from_db()
    assert hashed("Ada Lovelace").encode() not in body_of(delivery)


@pytest.mark.parametrize("name", ["project_7_bot_4ffca2", "service_account_deploy", "renovate[bot]", "release-bot"])
def test_a_bot_of_any_host_keeps_its_name(name):
    assert renamed({"username": name}, hashed) == {"username": name}


def buckets() -> list[bytes]:
    rows = DayRollup.objects.order_by("scope", "day", "tier")
    return [bytes(bucket) for bucket in rows.values_list("bucket", flat=True)]


@pytest.mark.django_db
def test_no_figure_changes(settings):
    ingest(worked_example())
    before = [
        bytes(bucket) for bucket in DayRollup.objects.order_by("scope", "day", "tier").values_list("bucket", flat=True)
    ]
    erase(["Ada Lovelace"])
    settings.AUTHORS = "hashed"
    command(hash_stored=True)
    ingest(worked_example())
    after = [
        bytes(bucket) for bucket in DayRollup.objects.order_by("scope", "day", "tier").values_list("bucket", flat=True)
    ]
    assert after == before


@pytest.mark.django_db
def test_stored_names_are_hashed_afterwards(settings):
    ingest([COMMIT, BOT])
    with pytest.raises(CommandError, match="AUTHORS=hashed"):
        command(hash_stored=True)
    settings.AUTHORS = "hashed"
    assert command(hash_stored=True) == "1 facts hold a hash now\n"
    assert authors() == {hashed("Ada Lovelace"), "renovate[bot]"}
    assert all(b"Lovelace" not in body_of(one) for one in Delivery.objects.all())
    assert command(hash_stored=True) == "0 facts hold a hash now\n"


def test_it_asks_whom():
    with pytest.raises(CommandError, match="Say whom"):
        command()


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10) | st.sampled_from(["ada", "x <ada@example.com>"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["login", "name", "email", "full_name", "author", "a"]), inner, max_size=5)
    ),
    max_leaves=20,
)


@given(values)
def test_nothing_of_an_erased_name_is_left_anywhere(payload):
    found = str(without(payload, frozenset({"ada", "ada@example.com"}), "erased"))
    assert "ada@example.com" not in found
    assert "'ada'" not in found


@given(values)
def test_renaming_twice_changes_nothing_more(payload):
    once = renamed(payload, hashed)
    assert renamed(once, hashed) == once


def test_a_digest_is_no_plain_hash():
    assert digest_of("ada") != digest_of("bob")
    assert "ada" not in digest_of("ada")
