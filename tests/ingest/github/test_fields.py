"""What a pass keeps of each thing, field by field, against what the organisation holds."""

import pytest

from ingest.models import Change, Deployment, Incident, Ownership, PullRequest, Repository
from tests.ingest.github.conftest import connected

pytestmark = pytest.mark.django_db
STATUS = {"success": "succeeded", "failure": "failed", "error": "failed", "in_progress": "running"}


def by_number(model, *names):
    rows = model.objects.values_list("repository__external_id", *names)
    return {tuple(row[:2]): tuple(row[2:]) for row in rows}


def test_commits_have_their_times_and_parents(server, sync, read):
    read(sync)
    told = by_number(Change, "sha", "authored_at", "parents")
    for repository in server.organisation.visible:
        for commit in repository.history(repository.branches[repository.default_branch]):
            assert told[str(repository.number), commit.sha] == (commit.authored_at, commit.parents)


def test_pull_requests_have_their_times_and_commits(server, sync, read):
    read(sync)
    told = by_number(
        PullRequest, "number", "title", "opened_at", "merged_at", "closed_at", "first_review_at", "approved_at",
        "base_branch", "commits",
    )  # fmt: skip
    pulls = [one for repository in server.organisation.visible for one in repository.pulls]
    assert len(told) == len(pulls) > 10
    for one in pulls:
        reviews = [review for review in one.reviews if review.author is not one.author]
        first = min((review.submitted_at for review in reviews), default=None)
        approved = min((review.submitted_at for review in reviews if review.state == "APPROVED"), default=None)
        title, *rest, commits = told[str(one.repository.number), one.number]
        assert title == one.title
        assert rest == [one.created_at, one.merged_at, one.closed_at, first, approved, one.base]
        assert sorted(commits) == sorted(one.commits)


def test_deployments_have_their_ends(server, sync, read):
    read(sync)
    names = ("external_id", "status", "started_at", "finished_at", "sha", "environment__name", "service__slug")
    told = {row[0]: row[1:] for row in Deployment.objects.values_list(*names)}
    deployments = [one for repository in server.organisation.visible for one in repository.deployments]
    assert len(told) == len(deployments) > 10
    for one in deployments:
        found = [status for status in one.statuses if status.state != "inactive"]
        status = STATUS[found[-1].state] if found else "pending"
        ended = found[-1].created_at if found and status in ("succeeded", "failed") else None
        started = min((s.created_at for s in found if s.state == "in_progress"), default=one.created_at)
        assert told[f"github/{one.repository.number}/{one.number}"] == (
            status, started, ended, one.sha, one.environment, one.repository.name,
        )  # fmt: skip


def test_incidents_have_their_severity_and_end(server, sync, read):
    read(sync)
    names = ("external_id", "severity", "opened_at", "resolved_at", "title", "service__slug")
    told = {row[0]: row[1:] for row in Incident.objects.values_list(*names)}
    issues = [one for repository in server.organisation.visible for one in repository.issues]
    assert len(told) == len(issues) > 5
    for one in issues:
        severity = next(label.name for label in one.labels if label.name.startswith("sev"))
        assert told[f"github/{one.repository.number}/issue/{one.number}"] == (
            severity, one.created_at, one.closed_at, one.title, one.repository.name,
        )  # fmt: skip


def test_services_belong_to_the_team_that_maintains_their_repository(server, sync, read):
    read(sync)
    organisation = server.organisation
    wanted = {
        (repository.name, team.slug)
        for repository in organisation.visible
        for team in organisation.teams
        if team.permissions.get(repository.number) == "maintain"
    }
    assert len(wanted) == 3
    assert set(Ownership.objects.values_list("service__slug", "team__slug")) == wanted
    branches = {(str(one.number), one.default_branch) for one in organisation.visible}
    assert set(Repository.objects.values_list("external_id", "default_branch")) == branches


# ---------------------------------------------------------------- what deploys


def ids(kind: str, *keys: object) -> set[str]:
    return {f"github/{number}/{kind}/{key}" for number, key in keys}


def known() -> set[str]:
    return set(Deployment.objects.values_list("external_id", flat=True))


def test_tags_are_deployments_where_the_options_say_so(server, db, read):
    organisation, sync = server.organisation, connected(server, deploys_by="tags")
    read(sync)
    assert known() == ids("tag", *((one.number, tag) for one in organisation.visible for tag in one.tags))
    repository, alice = organisation.visible[0], organisation.person("alice")
    organisation.push(repository, "Newer", alice)
    organisation.tag(repository, "v9.0.0", repository.branches[repository.default_branch], alice)
    read(sync)
    assert f"github/{repository.number}/tag/v9.0.0" in known()


@pytest.mark.parametrize("place", [0, 1, 5])
def test_a_tag_of_an_old_commit_is_seen_though_it_is_no_newer(server, db, read, place):
    """GitHub lists tags by the date of their commits."""
    organisation, sync = server.organisation, connected(server, deploys_by="tags")
    repository, alice = organisation.visible[0], organisation.person("alice")
    organisation.tag(repository, "v9.0.0", repository.branches[repository.default_branch], alice)
    read(sync)
    old = repository.history(repository.branches[repository.default_branch])[place]
    organisation.tag(repository, "v9.0.1", old.sha, alice)
    read(sync)
    assert f"github/{repository.number}/tag/v9.0.1" in known()
    asked = len(server.requests)
    read(sync)
    assert "Tags" not in [one.operation for one in server.requests[asked:]]


def test_releases_are_deployments_where_the_options_say_so(server, db, read):
    organisation, sync = server.organisation, connected(server, deploys_by="releases")
    read(sync)
    assert known() == ids(
        "release", *((one.number, row.number) for one in organisation.visible for row in one.releases)
    )
    repository = organisation.visible[0]
    made = organisation.release(repository, "v9.0.0", organisation.person("alice"))
    read(sync)
    assert f"github/{repository.number}/release/{made.number}" in known()


def test_runs_of_named_workflows_are_deployments(server, db, read, time):
    organisation, sync = server.organisation, connected(server, deploys_by="workflow_runs", workflows=["CI"])
    read(sync)
    runs = [(one.number, run.number) for one in organisation.visible for run in one.runs if run.name == "CI"]
    assert len(runs) > 5
    assert known() == ids("run", *runs)
    repository = organisation.visible[0]
    made = organisation.run(repository, organisation.person("alice"), conclusion=None)
    time.now = organisation.now
    read(sync)
    found = Deployment.objects.get(external_id=f"github/{repository.number}/run/{made.number}")
    assert found.finished_at is None
    made.status, made.conclusion, made.updated_at = "completed", "failure", organisation.at(None)
    read(sync)
    found.refresh_from_db()
    assert (found.status, found.finished_at) == ("failed", made.updated_at)


def test_another_attempt_of_an_old_run_is_seen(server, db, read):
    organisation, sync = server.organisation, connected(server, deploys_by="workflow_runs", workflows=["CI"])
    repository, alice = organisation.visible[0], organisation.person("alice")
    old = organisation.run(repository, alice, conclusion="failure")
    organisation.run(repository, alice)
    read(sync)
    old.attempt, old.conclusion = 2, "success"
    old.started_at = old.updated_at = organisation.at(None)
    read(sync)
    assert Deployment.objects.get(external_id=f"github/{repository.number}/run/{old.number}/2").status == "succeeded"


def test_jobs_of_a_name_are_deployments(server, db, read):
    organisation, sync = server.organisation, connected(server, deploys_by="workflow_runs", jobs=["deploy"])
    read(sync)
    jobs = [(one.number, job.number) for one in organisation.visible for run in one.runs for job in run.jobs
            if job.name == "deploy"]  # fmt: skip
    assert len(jobs) > 5
    assert known() == ids("job", *jobs)
