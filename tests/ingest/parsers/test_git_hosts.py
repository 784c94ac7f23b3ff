"""What the parsers of all Git hosts share: nothing breaks them, and any order of a life's events tells the same."""

import json
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.errors import MalformedPayload
from ingest.models import Change, Deployment, Incident, PullRequest
from ingest.parsers.observation import DeploymentSeen, Ignored, IncidentSeen, RepositoryRef
from ingest.parsers.senders import SENDERS
from ingest.record import record
from tests.factories import make_source
from tests.ingest.facts.snapshot import facts
from tests.ingest.parsers.mutations import ANYTHING, broken, paths_of, replaced, without
from tests.ingest.parsers.recorded import Sent, all_sent, sent
from tests.ingest.parsers.test_delivery_tools import fits_the_tables
from tests.shared import SHARED

HOSTS = ("bitbucket", "bitbucket-server", "gitea", "gitlab")
ALL = all_sent(*HOSTS)
by_name = pytest.mark.parametrize("one", ALL, ids=[f"{one.kind}/{one.name}" for one in ALL])
RECORDED = SHARED / "data" / "payloads"
EVENTS = {
    "create-event": "create",
    "issues-event": "issues",
    "pull-request-event": "pull_request",
    "push-event": "push",
    "release-event": "release",
    "issue-created": "issue:created",
    "pull-request-created": "pullrequest:created",
    "pull-request-declined": "pullrequest:rejected",
    "pull-request-merged": "pullrequest:fulfilled",
    "pull-request-updated": "pullrequest:updated",
    "repo-commit-status-created": "repo:commit_status_created",
    "repo-commit-status-updated": "repo:commit_status_updated",
    "repo-push": "repo:push",
    "pr-declined": "pr:declined",
    "pr-merged": "pr:merged",
    "pr-opened": "pr:opened",
    "repo-refs-changed": "repo:refs_changed",
}
TOLD = {
    "bitbucket": {
        "issue-created": "The issue is of no component that stands for incidents (incident).",
        "pull-request-created": {"PullRequestSeen": 1},
        "pull-request-declined": {"PullRequestSeen": 1},
        "pull-request-merged": {"PullRequestSeen": 1},
        "pull-request-updated": {"PullRequestSeen": 1},
        "repo-commit-status-created": "Commit statuses are no deployments here (deploys_by is tags).",
        "repo-commit-status-updated": "Commit statuses are no deployments here (deploys_by is tags).",
        "repo-push": {"ChangeSeen": 1},
    },
    "bitbucket-server": {
        "pr-declined": {"PullRequestSeen": 1},
        "pr-merged": {"PullRequestSeen": 1},
        "pr-opened": {"PullRequestSeen": 1},
        "repo-refs-changed": "refs/heads/feature/wip was deleted.",
    },
    "gitea": {
        "create-event": "A new branch: its commits come with its pushes.",
        "issues-event": "The issue bears no label of an incident (incident).",
        "pull-request-event": {"PullRequestSeen": 1},
        "push-event": {"RepositorySeen": 1, "ChangeSeen": 1},
        "release-event": "The tag example matches none of v[0-9]*, [0-9]*.",
    },
    "gitlab": {
        "build-event.go-playground": "Jobs are no deployments here (deploys_by is deployments).",
        "build.xanzy": "Jobs are no deployments here (deploys_by is deployments).",
        "deployment-event.go-playground": {"DeploymentSeen": 1},
        "deployment.xanzy": {"DeploymentSeen": 1},
        "feature_flag.xanzy": "Nothing is kept of the event feature_flag.",
        "issue-event.go-playground": "The issue is no incident: neither by type nor by a label (incident).",
        "issue.xanzy": "The issue is no incident: neither by type nor by a label (incident).",
        "job-event.go-playground": "Jobs are no deployments here (deploys_by is deployments).",
        "job.xanzy": "Jobs are no deployments here (deploys_by is deployments).",
        "merge-request-event.go-playground": {"PullRequestSeen": 1},
        "merge_request.xanzy": {"PullRequestSeen": 1},
        "pipeline-event.go-playground": "Pipelines are no deployments here (deploys_by is deployments).",
        "pipeline.xanzy": "Pipelines are no deployments here (deploys_by is deployments).",
        "push-event.go-playground": {"RepositorySeen": 1, "ChangeSeen": 2},
        "push.xanzy": {"RepositorySeen": 1, "ChangeSeen": 2},
        "release-event.go-playground": "Releases are no deployments here (deploys_by is deployments).",
        "release.xanzy": "Releases are no deployments here (deploys_by is deployments).",
        "tag-event.go-playground": "Tags are no deployments here (deploys_by is deployments).",
        "tag_push.xanzy": "Tags are no deployments here (deploys_by is deployments).",
    },
}


def headers_of(kind: str, event: str) -> dict[str, str]:
    if kind == "gitlab":
        return {}
    return {"x-gitea-event" if kind == "gitea" else "x-event-key": event}


@pytest.mark.parametrize("kind", HOSTS)
def test_it_reads_every_recorded_payload(kind):
    folder = RECORDED / kind
    if not folder.exists():
        pytest.skip("the recorded payloads are not beside the checkout")
    told: dict[str, Any] = {}
    for path in sorted(folder.glob("*.json")):
        name = path.stem if kind == "gitlab" else path.name.partition(".")[0]
        one = Sent(kind, name, headers_of(kind, EVENTS.get(name, "")), json.loads(path.read_text()), {})
        found = one.told()
        told[name] = found.reason if isinstance(found, Ignored) else {}
        for seen in found if isinstance(found, list) else []:
            counted = told[name]
            counted[type(seen).__name__] = counted.get(type(seen).__name__, 0) + 1
    assert told == TOLD[kind]


def survives(one: Sent, payload: Any) -> None:
    try:
        found = one.told(payload)
    except MalformedPayload as error:
        assert str(error)
        assert error.code
        return
    if isinstance(found, Ignored):
        assert found.reason.endswith((".", ")"))
        return
    assert found
    for seen in found:
        fits_the_tables(seen)


@by_name
def test_it_tells_something_of_every_kind_of_event(one):
    found = one.told()
    assert isinstance(found, list)
    assert found == one.told()
    for seen in found:
        fits_the_tables(seen)
        if isinstance(seen, DeploymentSeen | IncidentSeen):
            assert seen.external_id.startswith(f"{one.kind}/")


@by_name
def test_it_survives_every_member_taken_away_or_nulled(one):
    for path in paths_of(one.payload):
        survives(one, without(one.payload, path))
        survives(one, replaced(one.payload, path, None))


@by_name
@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_it_survives_junk_in_every_place(one, data):
    survives(one, data.draw(broken(one.payload)))


@by_name
@given(payload=ANYTHING)
@settings(max_examples=20, deadline=None)
def test_it_survives_anything(one, payload):
    survives(one, payload if payload is not None else [])


def recorded(order: list[Sent], kind: str) -> Any:
    """The facts after these deliveries, each in a transaction of its own; forgotten again."""
    with transaction.atomic():
        source = make_source(kind=kind)
        for one in order:
            told = one.told(key=one.name)
            record(source, told if isinstance(told, list) else [])
        found = facts()
        transaction.set_rollback(True)
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("kind", HOSTS)
@given(data=st.data())
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_order_and_repetition_tells_the_same(kind, data):
    sendings = all_sent(kind)
    order = data.draw(st.permutations(sendings)) + data.draw(st.lists(st.sampled_from(sendings), max_size=4))
    assert recorded(order, kind) == recorded(sendings, kind)


@pytest.mark.parametrize("kind", HOSTS)
def test_it_takes_other_options_for_a_single_repository(kind):
    options = SENDERS[kind].options({"environment": "live", "repositories": {"Acme/Pay": {"environment": "test"}}})
    assert options.for_repository("acme/pay").environment == "test"
    assert options.for_repository("acme/shop").environment == "live"


@pytest.mark.parametrize("kind", HOSTS)
@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"x": 1}, "The option x is not known"),
        ({"deploys_by": "luck"}, "deploys_by is 'luck'; it must be one of"),
        ({"repositories": {"a/b": {"tags": 1}}}, "repositories.a/b.tags must be a text or a list of texts."),
        ([], "options must be an object."),
    ],
)
def test_it_refuses_options_that_make_no_sense(kind, told, reason):
    with pytest.raises(MalformedPayload, match=r".") as refused:
        SENDERS[kind].options(told)
    assert str(refused.value).startswith(reason)


@pytest.mark.parametrize("kind", ["gitea", "bitbucket"])
def test_commit_statuses_that_deploy_must_be_named(kind):
    with pytest.raises(MalformedPayload, match="so statuses must name some"):
        SENDERS[kind].options({"deploys_by": "statuses"})


@pytest.mark.parametrize("kind", HOSTS)
def test_a_repository_is_known_by_its_number(kind):
    name = {"gitlab": "push", "gitea": "push", "bitbucket": "push", "bitbucket-server": "refs_changed"}[kind]
    told = {seen.repository for seen in sent(kind, name).told()}
    assert told == {
        {
            "gitlab": RepositoryRef("acme/pay", "gitlab/git.example/30"),
            "gitea": RepositoryRef("acme/pay", "gitea/git.example/30"),
            "bitbucket": RepositoryRef("acme/pay", "bitbucket/bitbucket.org/673a6070-3421-46c9-9d48-90745f7bfe8e"),
            "bitbucket-server": RepositoryRef("ACME/pay", "bitbucket-server/git.example/4"),
        }[kind]
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("gitlab", ("merge_request", "push", "note")),
        ("gitea", ("pull_request", "push", "review")),
        ("bitbucket", ("pullrequest", "push", "approved")),
        ("bitbucket-server", ("pr_merged", "refs_changed", "pr_approved")),
    ],
)
def test_the_events_of_a_pull_request_are_one_pull_request(kind, names):
    source = make_source(kind=kind)
    for name in names:
        record(source, sent(kind, name).told(key=name))
    pull = PullRequest.objects.get()
    assert (pull.number, pull.how, pull.merge_sha) == (7, "merge", f"{0xA3:040x}")
    assert pull.merged_at is not None
    assert pull.first_review_at is not None
    assert sorted(Change.objects.values_list("sha", flat=True)) == [f"{number:040x}" for number in (0xA1, 0xA2, 0xA3)]


@pytest.mark.django_db
def test_a_job_and_its_deployment_by_two_hooks_are_counted_once():
    for name in ("deployment", "job"):
        record(make_source(kind="gitlab", name=name), sent("gitlab", name).told(key=name))
    one, other = Deployment.objects.order_by("external_id")
    assert {one.duplicate_of_id, other.duplicate_of_id} in ({None, one.pk}, {None, other.pk})


@pytest.mark.django_db
def test_an_incident_names_the_deployment_that_caused_it():
    source = make_source(kind="gitlab")
    for name in ("issue", "deployment"):
        record(source, sent("gitlab", name).told(key=name))
    incident, deployment = Incident.objects.get(), Deployment.objects.get()
    assert incident.caused_by == deployment.external_id
    assert (incident.resolved_at - incident.opened_at).total_seconds() == 1800
