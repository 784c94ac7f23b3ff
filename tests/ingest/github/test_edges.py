"""What is easily missed: branches that come late, settings that change meanwhile, answers that only look like none."""

from datetime import date, timedelta

import pytest

from ingest.github.client import Client
from ingest.github.status import connect
from ingest.github.sync import synchronise
from ingest.models import Change, Deployment, GitHubSync, Repository, SyncedRepository
from tests.github_server.journal import NOW

pytestmark = pytest.mark.django_db


def test_an_old_branch_that_is_merged_late_loses_no_commit(server, sync, read, time):
    """Its commits are older than the former head, and lie behind it in the history."""
    organisation = server.organisation
    repository, alice = organisation.visible[0], organisation.person("alice")
    base = repository.branches[repository.default_branch]
    at = NOW + timedelta(minutes=1)
    organisation.push(repository, "Newer on main", alice, at=at + timedelta(minutes=20))
    head = repository.branches[repository.default_branch]
    side = organisation.make_commit(repository, "Older on a branch", alice, at, parents=[base])
    read(sync)
    merged_at = at + timedelta(minutes=40)
    merge = organisation.make_commit(repository, "Merge branch side", alice, merged_at, parents=[head, side.sha])
    organisation.move(repository, repository.default_branch, merge.sha, alice, merged_at)
    time.now += timedelta(hours=1)
    read(sync)
    assert Change.objects.filter(sha__in=[merge.sha, side.sha]).count() == 2


def test_settings_that_change_during_a_pass_stay(server, sync, time):
    told = []

    def report(running):
        if not told:
            told.append(connect(running.source, "acme", None, api_url=server.url, since=date(2026, 1, 1)))

    synchronise(GitHubSync.objects.get(pk=sync.pk), time.clock, report)
    sync.refresh_from_db()
    assert (sync.since, sync.state) == (date(2026, 1, 1), "idle")


def test_another_owner_begins_anew(server, sync, read):
    read(sync)
    connect(sync.source, "other", None, api_url=server.url, since=None)
    sync.refresh_from_db()
    assert sync.pages == {}
    assert not SyncedRepository.objects.exists()


def test_a_deployment_that_succeeded_may_be_told_to_have_failed(server, sync, read, time):
    organisation = server.organisation
    deployment = next(
        one for repository in organisation.visible for one in reversed(repository.deployments)
        if one.statuses and one.statuses[-1].state == "success"
    )  # fmt: skip
    read(sync)
    organisation.add_status(deployment, "failure", at=NOW + timedelta(minutes=30))
    time.now += timedelta(hours=1)
    read(sync)
    external_id = f"github/{deployment.repository.number}/{deployment.number}"
    assert Deployment.objects.get(external_id=external_id).status == "failed"


def test_what_is_hidden_from_us_is_not_called_deleted(server, sync, read, time, monkeypatch):
    read(sync)
    asked = Client.graphql

    def hidden(client, query, variables):
        data, errors = asked(client, query, variables)
        if "r0" in data:
            said = {"type": "FORBIDDEN", "path": ["r0"], "message": "Resource protected by SAML enforcement."}
            return {**data, "r0": None}, [said]
        return data, errors

    monkeypatch.setattr(Client, "graphql", hidden)
    for _ in range(3):
        time.now += timedelta(hours=13)
        read(sync)
    assert not Repository.objects.exclude(deleted_at=None).exists()
    assert SyncedRepository.objects.filter(refused__contains="SAML").exists()
