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
    Delivery.objects.bulk_create(rows, ignore_conflicts=True)  # a delivery that came before is the same
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


@pytest.mark.parametrize("order", list(permutations(["sync", "hook"])))
def test_a_hook_of_another_source_gives_no_second_fact(server, time, order):
    """Each source keeps its report, and one of the two stands for both."""
    source, other = connected(server).source, make_source("github")
    point = transaction.savepoint()
    sync_all(server, source, time)
    alone, pulls = said(), PullRequest.objects.count()
    transaction.savepoint_rollback(point)
    for way in order:
        hook(server, other) if way == "hook" else sync_all(server, source, time)
    told = said()
    for name in ("deployments", "incidents"):
        assert [row[0] for row in told[name]] == [row[0] for row in alone[name]]
    assert told["pull requests"] == alone["pull requests"]
    assert PullRequest.objects.count() == pulls
    assert Deployment.objects.exclude(duplicate_of=None).count() == len(alone["deployments"])


def test_what_both_tell_twice_and_mixed_is_one_fact(server, time):
    """Webhooks, the API, something new of which both tell, and all webhooks once more."""
    source = connected(server).source
    hook(server, source)
    sync_all(server, source, time)
    organisation = server.organisation
    repository, who = organisation.visible[0], organisation.person("alice")
    deployment = organisation.deploy(repository, who)
    organisation.add_status(deployment, "failure")
    issue = organisation.open_issue(repository, "It is down", who)
    organisation.close_issue(issue, who)
    time.now = organisation.now
    sync_all(server, source, time)
    by_sync = said()
    hook(server, source)
    assert said() == by_sync
    assert Deployment.objects.filter(external_id=f"github/{repository.number}/{deployment.number}").count() == 1
    assert Incident.objects.filter(external_id=f"github/{repository.number}/issue/{issue.number}").count() == 1
