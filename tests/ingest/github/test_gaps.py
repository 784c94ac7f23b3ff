"""Deliveries that never came in are found in GitHub's own log, and sent again or read by the API."""

from datetime import timedelta

import pytest

from ingest.github.gaps import Missing, grouped
from ingest.inbox.secrets import seal
from ingest.models import Delivery, GitHubSync, SourceGap
from tests.factories import make_delivery
from tests.github_server.journal import NOW
from tests.github_server.webhooks import deliver

pytestmark = pytest.mark.django_db
BASE = "https://plumbline.example"


@pytest.fixture
def hook(server, sync, settings):
    settings.BASE_URL = BASE
    return server.organisation.add_hook(f"{BASE}/ingest/github/{sync.source.public_id}/", "a-secret")


def lose(server, hook, count: int) -> list[str]:
    """The newest happenings, sent and lost on the way; their guids."""
    happened = server.organisation.happenings[-count:]
    sent = [deliver(server.organisation, hook, one, lost=True) for one in happened]
    return [one.guid for one in sent if one is not None]


def test_what_was_lost_is_asked_for_again(server, sync, hook, read):
    guids = lose(server, hook, 4)
    read(sync)
    asked = [one.target for one in server.requests if one.target.endswith("/attempts")]
    assert len(asked) == len(guids) > 0
    gaps = list(SourceGap.objects.filter(source=sync.source))
    assert sum(gap.count for gap in gaps) == len(guids)
    assert {gap.closed_by for gap in gaps} == {"redelivery"}


def test_what_is_in_the_inbox_is_no_gap(server, sync, hook, read):
    for guid in lose(server, hook, 4):
        make_delivery(source=sync.source, key=guid, status="processed")
    read(sync)
    assert not SourceGap.objects.exists()


def test_what_github_does_not_send_again_was_read_by_the_api(server, sync, hook, read):
    lose(server, hook, 4)
    server.faults.add("invalid", path="/attempts", times=10)
    read(sync)
    assert {gap.closed_by for gap in SourceGap.objects.all()} == {"sync"}


def test_it_is_looked_for_once(server, sync, hook, read, time):
    lose(server, hook, 4)
    read(sync)
    count = len([one for one in server.requests if one.target.endswith("/attempts")])
    time.now += timedelta(hours=1)
    read(sync)
    assert len([one for one in server.requests if one.target.endswith("/attempts")]) == count


def test_a_hook_that_sends_elsewhere_is_none_of_ours(server, sync, settings, read):
    settings.BASE_URL = BASE
    lose(server, server.organisation.add_hook("https://elsewhere.example/", "x"), 4)
    read(sync)
    assert not SourceGap.objects.exists()


def test_without_the_right_to_read_hooks_the_pass_ends_well(server, sync, read):
    server.faults.add("not_found", path="/hooks", times=1)
    read(sync)
    assert GitHubSync.objects.get().state == "idle"
    assert Delivery.objects.exists()


def test_losses_far_apart_are_two_gaps():
    def at(minutes: int) -> Missing:
        return Missing(str(minutes), minutes, NOW + timedelta(minutes=minutes), "")

    assert [[one.number for one in group] for group in grouped([at(0), at(20), at(45), at(90)])] == [[0, 20, 45], [90]]


@pytest.mark.filterwarnings("ignore:No directory at:UserWarning")  # static files, which it asks for none of
@pytest.mark.django_db(transaction=True)
def test_what_is_sent_again_comes_in(live_server, server, sync, settings, read):
    """GitHub posts it to the address of the hook, signed, and the inbox takes it. Held back while our own reading runs:
    in a test, both have one connection to SQLite."""
    settings.BASE_URL = live_server.url
    sync.source.secrets = seal(["a-secret"])
    sync.source.save()
    address = f"{live_server.url}/ingest/github/{sync.source.public_id}/"
    hook = server.organisation.add_hook(address, "a-secret")
    guids = lose(server, hook, 4)
    server.hold()
    read(sync)
    server.release()
    assert sum(one.redelivery for one in hook.deliveries) == len(guids)
    assert {one.status_code for one in hook.deliveries if one.redelivery} <= {200, 202}
    assert Delivery.objects.filter(source=sync.source, key__in=guids).count() == len(guids)
    read(sync)
    assert not Delivery.objects.filter(status="pending").exists()
    assert sum(gap.count for gap in SourceGap.objects.all()) == len(guids)
