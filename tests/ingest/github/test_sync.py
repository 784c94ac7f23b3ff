"""What a pass reads, and what the next one sees of what changed."""

from datetime import timedelta

import pytest

from ingest.github.status import status_of
from ingest.models import (
    Change,
    Delivery,
    Deployment,
    GitHubSync,
    Incident,
    Ownership,
    PullRequest,
    Repository,
    SyncedRepository,
)
from tests.github_server.organisation import make
from tests.github_server.server import Server
from tests.ingest.github.conftest import connected

pytestmark = pytest.mark.django_db


def head_of(repository):
    return repository.branches[repository.default_branch]


def test_it_reads_what_the_organisation_holds(server, sync, read):
    read(sync)
    sync.refresh_from_db()
    assert (sync.state, sync.error) == ("idle", "")
    shown = server.organisation.visible
    assert set(Repository.objects.values_list("external_id", "name")) == {
        (str(one.number), f"acme/{one.name}") for one in shown
    }
    assert PullRequest.objects.count() == sum(len(one.pulls) for one in shown)
    assert Deployment.objects.count() == sum(len(one.deployments) for one in shown)
    labelled = [i for one in shown for i in one.issues if any(label.name == "incident" for label in i.labels)]
    assert Incident.objects.count() == len(labelled)
    assert not Delivery.objects.exclude(status="processed").exists()
    assert not Change.objects.filter(parents=None).exists()
    assert Change.objects.exclude(authored_at=None).count() == Change.objects.count()


def test_a_merged_pull_request_has_its_commits_and_how_it_was_merged(server, sync, read):
    read(sync)
    merged = PullRequest.objects.exclude(merged_at=None)
    assert merged.exists()
    assert set(merged.values_list("how", flat=True)) <= {"merge", "squash", "rebase"}
    assert all(one.commits for one in merged)


def test_a_pass_with_nothing_new_asks_little_and_keeps_nothing(server, sync, read):
    read(sync)
    kept = Delivery.objects.count()
    read(sync)  # what changed in the very seconds of the first look is looked at once more
    asked = len(server.requests)
    read(sync)
    assert [one.operation or one.target.split("?")[0] for one in server.requests[asked:]] == [
        "/orgs/acme/repos", "Teams", "Probe", "/orgs/acme/hooks",
    ]  # fmt: skip
    assert Delivery.objects.count() == kept


def test_fifty_repositories_with_nothing_new_cost_at_most_a_request_each(db, read):
    with Server(make(50, commits=3, pulls=1, deployments=2)) as server:
        sync = connected(server)
        read(sync)
        kept, asked = Delivery.objects.count(), len(server.requests)
        read(sync)
        assert Delivery.objects.count() == kept
        print(f"first pass: {asked} requests; with nothing new: {len(server.requests) - asked}")
        assert len(server.requests) - asked <= 50
        assert GitHubSync.objects.get().state == "idle"


def test_the_next_pass_sees_a_status_a_push_and_a_review(server, sync, read):
    organisation = server.organisation
    repository = organisation.visible[0]
    who = organisation.person("alice")
    deployment = organisation.deploy(repository, who)
    pull = organisation.open_pull(repository, "Mend it", organisation.person("bob"))
    read(sync)
    found = Deployment.objects.get(external_id=f"github/{repository.number}/{deployment.number}")
    assert found.finished_at is None
    organisation.add_status(deployment, "success")
    organisation.review(pull, who, "APPROVED")
    organisation.merge(pull, who, "squash")
    asked = len(server.requests)
    read(sync)
    assert len(server.requests) - asked <= 8, "far more is asked than changed"
    found.refresh_from_db()
    assert found.status == "succeeded"
    row = PullRequest.objects.get(repository__external_id=str(repository.number), number=pull.number)
    assert row.merged_at is not None
    assert row.first_review_at is not None
    assert row.how == "squash"
    assert Change.objects.filter(sha=head_of(repository)).exists()
    assert SyncedRepository.objects.get(number=repository.number).head == head_of(repository)


def test_a_label_taken_away_ends_the_incident(server, sync, read):
    organisation = server.organisation
    repository, who = organisation.visible[0], organisation.person("alice")
    issue = organisation.open_issue(repository, "It is down", who, labels=("incident",))
    read(sync)
    incident = Incident.objects.get(external_id=f"github/{repository.number}/issue/{issue.number}")
    assert incident.resolved_at is None
    organisation.remove_label(issue, "incident", who)
    read(sync)
    incident.refresh_from_db()
    assert incident.resolved_at is not None


def test_a_renamed_repository_keeps_its_facts(server, sync, read):
    read(sync)
    repository = server.organisation.visible[0]
    old, count = repository.name, Deployment.objects.count()
    server.organisation.rename(repository, "renamed")
    read(sync)
    row = Repository.objects.get(external_id=str(repository.number))
    assert row.name == "acme/renamed" != f"acme/{old}"
    assert Deployment.objects.count() == count


def test_a_repository_that_takes_an_old_name_is_another(server, sync, read):
    read(sync)
    organisation, alice = server.organisation, server.organisation.person("alice")
    renamed = organisation.visible[0]
    old, count = renamed.name, len(renamed.deployments)
    organisation.rename(renamed, "renamed")
    taker = organisation.add_repository(old)
    organisation.push(taker, "Begin", alice)
    deployment = organisation.deploy(taker, alice)
    organisation.add_status(deployment, "success")
    read(sync)
    rows = dict(Repository.objects.values_list("external_id", "name"))
    assert rows[str(renamed.number)] == "acme/renamed"
    assert rows[str(taker.number)] == f"acme/{old}"
    assert Deployment.objects.filter(repository__external_id=str(renamed.number)).count() == count
    assert Deployment.objects.get(repository__external_id=str(taker.number)).sha == deployment.sha


def test_a_transferred_repository_keeps_its_facts(server, sync, read):
    read(sync)
    organisation = server.organisation
    moved = organisation.visible[0]
    count = Deployment.objects.count()
    organisation.transfer(moved, organisation.person("bob"))
    read(sync)
    row = Repository.objects.get(external_id=str(moved.number))
    assert row.deleted_at is None
    assert Deployment.objects.count() == count
    assert Deployment.objects.filter(repository=row).count() == len(moved.deployments)


def test_an_archived_repository_is_known_as_such(server, sync, read):
    repository = server.organisation.visible[0]
    read(sync)
    server.organisation.archive(repository)
    read(sync)
    assert Repository.objects.get(external_id=str(repository.number)).archived


def test_a_deleted_one_is_believed_after_three_looks_over_a_day(server, sync, read, time):
    read(sync)
    repository = server.organisation.visible[0]
    server.organisation.delete(repository)
    for _ in range(2):
        read(sync)
        assert Repository.objects.get(external_id=str(repository.number)).deleted_at is None
        time.now += timedelta(hours=13)
    read(sync)
    row = Repository.objects.get(external_id=str(repository.number))
    assert row.deleted_at is not None
    assert Deployment.objects.filter(repository=row).exists()


def test_a_forced_push_is_read_anew(server, sync, read):
    read(sync)
    organisation = server.organisation
    repository = organisation.visible[0]
    organisation.force_push(repository, organisation.person("alice"))
    read(sync)
    assert SyncedRepository.objects.get(number=repository.number).head == head_of(repository)
    assert Change.objects.filter(sha=head_of(repository)).exists()


def test_a_day_further_back_is_read_later(server, db, read):
    newest = max(d.created_at for one in server.organisation.visible for d in one.deployments)
    sync = connected(server, since=(newest - timedelta(days=10)).date())
    read(sync)
    few, commits = Deployment.objects.count(), Change.objects.count()
    GitHubSync.objects.update(since=None)
    read(sync)
    assert few < Deployment.objects.count()
    assert commits < Change.objects.count()
    assert Deployment.objects.count() == sum(len(one.deployments) for one in server.organisation.visible)


def test_teams_own_what_they_maintain(server, sync, read):
    read(sync)
    assert Ownership.objects.filter(basis="source").exists()


def test_its_status_tells_what_was_kept(server, sync, read):
    read(sync)
    status = status_of(sync.source)
    assert status is not None
    assert (status.done, status.total) == (3, 3)
    assert status.counts["deployments"] == Deployment.objects.count()
    assert status.remaining is not None


def test_a_token_that_was_revoked_stops_it_with_what_to_do(server, sync, read):
    server.access.revoke()
    read(sync)
    sync.refresh_from_db()
    assert sync.state == "failed"
    assert "401" in sync.error


def test_the_primary_limit_stops_every_request_until_it_ends(server, sync, read, time):
    server.faults.add("primary_limit", operation="Probe", times=1)
    read(sync)
    sync.refresh_from_db()
    assert sync.state == "waiting"
    asked = len(server.requests)
    read(sync)
    assert len([one for one in server.requests[asked:] if one.operation]) == 0
    time.now += timedelta(hours=1, minutes=5)
    read(sync)
    sync.refresh_from_db()
    assert sync.state == "idle"
    assert Deployment.objects.count() == sum(len(one.deployments) for one in server.organisation.visible)


@pytest.mark.parametrize("kind", ["html", "truncated", "reset"])
def test_what_passes_by_itself_is_tried_again(server, sync, read, kind):
    server.faults.add(kind, operation="Probe", times=2)
    read(sync)
    sync.refresh_from_db()
    assert sync.state == "idle"
    assert Deployment.objects.count() == sum(len(one.deployments) for one in server.organisation.visible)


def test_what_takes_github_too_long_is_asked_for_in_halves(server, sync, read):
    server.faults.add("graphql_timeout", operation="PullRequests", times=2)
    read(sync)
    sync.refresh_from_db()
    assert sync.state == "idle"
    assert PullRequest.objects.count() == sum(len(one.pulls) for one in server.organisation.visible)
