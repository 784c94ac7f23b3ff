"""GitHub is asked too much, is slow, is broken, or refuses: nothing is lost, and no more is asked than it lets us."""

from datetime import timedelta

import pytest

from ingest.github import walk
from ingest.github.client import Client
from ingest.models import Change, Deployment, GitHubSync, Incident, PullRequest, SyncedRepository
from tests.ingest.github.conftest import facts

pytestmark = pytest.mark.django_db


@pytest.fixture
def goes_on(read, sync, time):
    """Read on, each time when GitHub lets us, until nothing is waited for; how many passes that took."""

    def all_of_it() -> int:
        for passes in range(1, 20):
            read(sync)
            sync.refresh_from_db()
            if sync.state != "waiting":
                return passes
            time.now = sync.waiting_until
        raise AssertionError("it waits for ever")

    return all_of_it


def ended_well(sync) -> bool:
    sync.refresh_from_db()
    return (sync.state, sync.error) == ("idle", "")


@pytest.mark.parametrize("after", [0, 1, 3, 7, 12])
def test_nothing_is_asked_before_the_primary_limit_ends(server, sync, read, time, goes_on, undisturbed, after):
    server.faults.add("primary_limit", operation=".", after=after, reset_in=1_800)
    read(sync)
    sync.refresh_from_db()
    assert sync.state == "waiting"
    assert sync.waiting_until == time.now + timedelta(seconds=1_801)  # a second more, so that not all come at once
    asked = [one.operation for one in server.requests if one.operation]
    time.now += timedelta(seconds=1_795)
    read(sync)
    assert [one.operation for one in server.requests if one.operation] == asked
    goes_on()
    assert ended_well(sync)
    assert facts() == undisturbed


def test_what_the_headers_say_is_used_up_is_not_asked_for(server, sync, read, time, goes_on, undisturbed):
    server.limits.graphql = 60
    server.limits.windows.clear()
    read(sync)
    sync.refresh_from_db()
    assert sync.state == "waiting"
    assert sync.waiting_until >= time.now + timedelta(minutes=59), "it does not wait for the reset"
    asked = len([one for one in server.requests if one.operation])
    read(sync)
    assert len([one for one in server.requests if one.operation]) == asked
    goes_on()
    assert ended_well(sync)
    assert facts() == undisturbed


def test_the_limit_of_graphql_is_told_with_200(server, sync, goes_on, undisturbed):
    server.faults.add("graphql_limited", operation="Deployments", reset_in=600)
    assert goes_on() == 2
    assert ended_well(sync)
    assert facts() == undisturbed


def test_the_secondary_limit_holds_everything_as_long_as_it_says(server, sync, read, time, goes_on, undisturbed):
    server.faults.add("secondary_limit", operation="PullRequests", retry_after=90)
    read(sync)
    sync.refresh_from_db()
    assert sync.waiting_until == time.now + timedelta(seconds=91)
    asked = len(server.requests)
    time.now += timedelta(seconds=89)
    read(sync)
    assert len(server.requests) == asked
    goes_on()
    assert ended_well(sync)
    assert facts() == undisturbed


@pytest.mark.parametrize("status", [403, 429])
def test_a_secondary_limit_without_a_time_is_waited_for_a_minute(
    server, sync, read, time, goes_on, undisturbed, status
):
    server.faults.add("secondary_limit", operation="PullRequests", status=status)
    read(sync)
    sync.refresh_from_db()
    assert sync.waiting_until == time.now + timedelta(seconds=61)
    goes_on()
    assert ended_well(sync)
    assert facts() == undisturbed


@pytest.mark.parametrize("kind", ["html", "truncated", "reset", "server_error", "graphql_errors"])
@pytest.mark.parametrize("operation", ["Probe", "Commits", "PullRequests", "Deployments", "Issues", "Teams"])
def test_what_passes_by_itself_changes_nothing(server, sync, goes_on, undisturbed, kind, operation):
    server.faults.add(kind, operation=operation, times=2)
    goes_on()
    assert ended_well(sync)
    assert facts() == undisturbed


@pytest.mark.parametrize("kind", ["html", "truncated", "reset", "server_error"])
def test_the_list_of_repositories_is_asked_for_again(server, sync, goes_on, undisturbed, kind):
    server.faults.add(kind, path="/orgs/acme/repos", times=2)
    goes_on()
    assert ended_well(sync)
    assert facts() == undisturbed


def test_a_github_that_is_down_is_come_back_to(server, sync, read, goes_on, undisturbed):
    server.faults.add("server_error", times=30)
    read(sync)
    sync.refresh_from_db()
    assert sync.state == "waiting"
    assert "500" in sync.error
    goes_on()
    assert ended_well(sync)
    assert facts() == undisturbed


@pytest.mark.parametrize("operation", ["PullRequests", "Commits", "Deployments"])
def test_what_takes_too_long_is_asked_for_in_halves(server, sync, read, undisturbed, operation):
    server.faults.add("graphql_timeout", operation=operation, times=4)
    read(sync)
    assert ended_well(sync)
    assert facts() == undisturbed


@pytest.mark.parametrize("operation", ["Commits", "PullRequests", "Deployments"])
def test_data_without_what_was_asked_for_is_no_end(server, sync, goes_on, undisturbed, operation):
    """GitHub answers 200, with errors beside data that holds nothing: of three repositories, so of all."""
    server.faults.add("graphql_errors", operation=operation, times=6 if operation == "Commits" else 3, data={})
    assert goes_on() == 2
    assert ended_well(sync)
    assert facts() == undisturbed


def test_a_node_that_github_could_not_give_is_asked_for_again(server, sync, read, undisturbed, monkeypatch):
    """One of a page is null, beside an error that passes."""
    asked, failing = Client.graphql, [1]

    def broken(client, query, variables):
        data, errors = asked(client, query, variables)
        nodes = ((data.get("node") or {}).get("page") or {}).get("nodes") or []
        if failing and "PullRequests" in query and len(nodes) > 2:
            failing.pop()
            nodes[2] = None
            errors = [{"message": "Something went wrong", "path": ["node", "page", "nodes", 2]}]
        return data, errors

    monkeypatch.setattr(Client, "graphql", broken)
    read(sync)
    read(sync)
    assert not failing
    assert facts() == undisturbed


@pytest.mark.parametrize(("kind", "says"), [("bad_credentials", "401"), ("sso", "single sign-on")])
def test_a_refusal_of_the_token_stops_it_with_what_to_do(server, sync, read, kind, says):
    server.faults.add(kind, times=1_000)
    read(sync)
    sync.refresh_from_db()
    assert sync.state == "failed"
    assert says in sync.error
    assert "a-token" not in sync.error
    assert len(server.requests) <= 3, "what a person must mend is not tried again and again"


@pytest.mark.parametrize("kind", ["not_found", "unavailable_for_legal_reasons", "forbidden"])
def test_one_repository_that_is_refused_stops_no_other(server, sync, read, kind):
    refused, *others = sorted(server.organisation.visible, key=lambda one: one.number)
    server.faults.add(kind, operation="Commits", times=1)
    read(sync)
    assert SyncedRepository.objects.get(number=refused.number).refused
    told = set(PullRequest.objects.values_list("repository__external_id", flat=True))
    assert told == {str(one.number) for one in others}
    read(sync)
    assert not SyncedRepository.objects.exclude(refused="").exists()
    assert PullRequest.objects.filter(repository__external_id=str(refused.number)).exists()


@pytest.mark.parametrize("kind", ["not_found", "unavailable_for_legal_reasons", "forbidden"])
def test_a_named_repository_that_is_refused_later_stops_no_other(server, sync, read, kind):
    GitHubSync.objects.update(repositories=[f"acme/{one.name}" for one in server.organisation.visible])
    read(sync)
    refused = SyncedRepository.objects.earliest("number")
    server.faults.add(kind, path=f"/repositories/{refused.number}", times=1)
    organisation, other = server.organisation, server.organisation.visible[-1]
    organisation.open_pull(other, "Another", organisation.person("bob"))
    read(sync)
    assert GitHubSync.objects.get().state == "idle"
    assert PullRequest.objects.filter(title="Another").exists()


def test_what_comes_in_while_pages_are_turned_shifts_nothing(server, sync, read, monkeypatch, time):
    """New ones at the head of each list, and old ones that come to the head, between any two pages."""
    monkeypatch.setattr(walk, "SIZES", dict.fromkeys(walk.SIZES, 2))
    organisation = server.organisation
    repository, bob = organisation.visible[0], organisation.person("bob")

    def busy() -> None:
        organisation.open_pull(repository, "In between", bob)
        organisation.deploy(repository, bob)
        organisation.open_issue(repository, "In between", bob)
        organisation.push(repository, "In between", bob)
        organisation.review(repository.pulls[0], organisation.person("alice"), "APPROVED")

    for operation in ("PullRequests", "Deployments", "Issues", "Commits"):
        server.faults.add("call", operation=operation, times=2, after=1, do=busy)
    read(sync)
    time.now = organisation.now + timedelta(hours=1)
    read(sync)
    shown = organisation.visible
    assert {rule.done for rule in server.faults.rules} == {2}
    assert PullRequest.objects.count() == sum(len(one.pulls) for one in shown)
    assert Deployment.objects.count() == sum(len(one.deployments) for one in shown)
    assert Incident.objects.count() == sum(len(one.issues) for one in shown)
    reachable = {commit.sha for one in shown for commit in one.history(one.branches[one.default_branch])}
    assert reachable <= set(Change.objects.values_list("sha", flat=True))
