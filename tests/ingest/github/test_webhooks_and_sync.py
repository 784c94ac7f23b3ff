"""What came by webhook and by the API is one fact."""

from itertools import permutations

import pytest
from django.db import transaction

from ingest.github.sync import synchronise
from ingest.inbox.process import process_pending
from ingest.models import Change, Delivery, Deployment, GitHubSync, Incident, PullRequest
from tests.factories import make_source
from tests.github_server.organisation import make
from tests.github_server.server import Server
from tests.github_server.webhooks import webhooks
from tests.ingest.github.conftest import connected

pytestmark = pytest.mark.django_db


@pytest.fixture
def server():
    with Server(make(2, commits=10, pulls=5, deployments=6)) as server:
        yield server


def drain():
    while process_pending():
        pass


def hook(server, source):
    """All that GitHub's webhooks would have told, one delivery each."""
    messages = webhooks(server.organisation)
    rows = [
        Delivery(
            source=source, key=headers.get("X-GitHub-Delivery", str(place)), body=body, digest=f"{place:064x}",
            headers={name.lower(): value for name, value in headers.items()}, received_at=server.organisation.now,
        )
        for place, (headers, body) in enumerate(messages)
    ]  # fmt: skip
    Delivery.objects.bulk_create(rows)
    drain()


def sync_all(server, source, time):
    sync = GitHubSync.objects.get(source=source)
    assert synchronise(sync, time.clock)
    drain()


def plain(model, *names):
    return sorted(model.objects.filter(**({"duplicate_of": None} if hasattr(model, "duplicate_of") else {}))
                  .values_list(*names), key=str)  # fmt: skip


def said():
    """What both ways tell. Parents, authors' times, all commits of a pull request and how it was merged are told by the
    API alone or better; when it became ready by webhooks alone."""
    return {
        "deployments": plain(Deployment, "external_id", "service__slug", "environment__name", "status", "kind",
                             "version", "sha", "started_at", "finished_at", "by"),
        "pull requests": plain(PullRequest, "repository__name", "number", "title", "author", "opened_at", "merged_at",
                               "closed_at", "first_review_at", "approved_at", "base_branch", "merge_sha", "hotfix"),
        "incidents": plain(Incident, "external_id", "service__slug", "severity", "opened_at", "resolved_at"),
    }  # fmt: skip


def test_both_tell_the_same_facts(server, time):
    source = connected(server).source
    point = transaction.savepoint()
    sync_all(server, source, time)
    by_sync, shas = said(), set(Change.objects.values_list("sha", flat=True))
    transaction.savepoint_rollback(point)
    hook(server, source)
    assert said() == by_sync
    assert set(Change.objects.values_list("sha", flat=True)) <= shas


@pytest.mark.parametrize("order", list(permutations(["sync", "hook"])))
def test_any_order_of_both_gives_one_fact_each(server, time, order):
    source = connected(server).source
    point = transaction.savepoint()
    sync_all(server, source, time)
    alone = said()
    transaction.savepoint_rollback(point)
    for way in order:
        hook(server, source) if way == "hook" else sync_all(server, source, time)
    assert said() == alone
    assert all(one.how for one in PullRequest.objects.exclude(merged_at=None))


def test_a_hook_of_another_source_gives_no_second_fact(server, time):
    source = connected(server).source
    sync_all(server, source, time)
    alone = said()
    hook(server, make_source("github"))
    told = said()
    assert [row[0] for row in told["deployments"]] == [row[0] for row in alone["deployments"]]
    assert [row[0] for row in told["incidents"]] == [row[0] for row in alone["incidents"]]
