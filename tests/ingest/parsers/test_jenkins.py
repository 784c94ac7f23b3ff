"""Jenkins: the Notification plugin's JSON, and a pipeline's own."""

from datetime import datetime

import pytest

from ingest.errors import MalformedPayload
from ingest.parsers.observation import DeploymentSeen, Ignored, RepositoryRef
from tests.ingest.parsers.recorded import only, sent

SHA = "731f7eaddfb6af01cb2173e18f0f75b0ba780ef1"
URL = "https://ci.example/job/shop/job/deploy-pay/18/"


def at(text):
    return datetime.fromisoformat(text)


def build(name="completed", **fields):
    """A recorded notification, with other fields of its build."""
    one = sent("jenkins", name)
    return one._replace(payload=one.payload | {"build": one.payload["build"] | fields})


def step(**fields):
    one = sent("jenkins", "step")
    return one._replace(payload=one.payload | fields)


def test_it_reads_a_build_that_ended():
    assert only(build().told()) == DeploymentSeen(
        at("2026-03-09T10:01:00Z"), "key", "jenkins/ci.example/shop/deploy-pay/18", None, RepositoryRef("acme/pay"),
        "production", None,
        {"terminal": "succeeded", "started_at": at("2026-03-09T10:00:00Z"), "sha": SHA, "url": URL,
         "version": "1.4.2"},
    )  # fmt: skip


def test_it_reads_a_build_that_began():
    seen = only(build("started").told())
    assert (seen.said["progress"], seen.said["started_at"]) == ("running", seen.at)


@pytest.mark.parametrize(
    ("status", "terminal"),
    [("SUCCESS", "succeeded"), ("UNSTABLE", "succeeded"), ("FAILURE", "failed"), ("ABORTED", "cancelled")],
)
def test_it_reads_every_result(status, terminal):
    assert only(build(status=status).told()).said["terminal"] == terminal
    assert only(step(status=status).told()).said["terminal"] == terminal


def test_an_unstable_build_has_failed_where_the_option_says_so():
    assert only(build(status="UNSTABLE").told(unstable="failed")).said["terminal"] == "failed"


@pytest.mark.parametrize(
    ("one", "options", "reason"),
    [
        (build("queued"), {}, "The build waits: its start tells more."),
        (build(phase="NONE"), {}, "The phase NONE says nothing of how the build went."),
        (build(status="NOT_BUILT"), {}, "The result NOT_BUILT says nothing of how the build went."),
        (build(), {"jobs": "ship-*"}, "The job shop/deploy-pay fits none of ship-* (option jobs)."),
        (build(), {"branches": "release/*"}, "The branch origin/main fits none of release/* (option branches)."),
        (step(status="NOT_BUILT"), {}, "The result NOT_BUILT says nothing of how the build went."),
    ],
)
def test_it_says_why_it_ignores_a_build(one, options, reason):
    assert one.told(**options) == Ignored(reason)


def test_a_build_of_nothing_that_is_known_says_what_to_do():
    found = build(scm={}).told()
    assert isinstance(found, Ignored)
    assert found.reason.startswith("The build of shop/deploy-pay names neither service nor repository")
    assert only(build(scm={}).told(services={"*deploy-pay": "pay"})).service == "pay"


def test_names_come_from_parameters_in_any_case_or_from_options():
    seen = only(build(parameters={"SERVICE": "till", "ENV": "staging", "Kind": "Hotfix"}).told())
    assert (seen.service, seen.environment, seen.said["kind"]) == ("till", "staging", "hotfix")
    seen = only(build(parameters=None).told(environments={"shop/*": "live"}))
    assert seen.environment == "live"


def test_a_build_whose_server_does_not_know_its_address_is_named_by_its_job():
    seen = only(build(full_url=None).told())
    assert (seen.external_id, seen.said["url"]) == ("jenkins/shop/deploy-pay/18", "")


def test_both_forms_name_a_build_alike():
    plain = only(step(url=URL, number=18).told())
    assert plain.external_id == only(build().told()).external_id


def test_it_reads_a_pipelines_own_step():
    seen = only(sent("jenkins", "step").told())
    assert (seen.service, seen.repository, seen.environment) == ("pay", RepositoryRef("acme/pay"), "staging")
    assert seen.said == {
        "terminal": "succeeded", "started_at": at("2026-03-09T10:58:20Z"), "sha": SHA, "by": "ann", "version": "1.4.3",
        "url": "https://ci.example/job/shop/job/deploy-pay/19/",
    }  # fmt: skip
    assert only(step(status="STARTED", started_at=None).told()).said["progress"] == "running"


def test_a_job_may_be_named_as_a_job():
    assert only(step(url="https://h/job/job/job/x/3/").told()).external_id == "jenkins/h/job/x/19"


@pytest.mark.parametrize("fields", [{"at": None}, {"at": "soon"}, {"number": None}, {"sha": "x"}])
def test_it_refuses_a_step_that_lacks_what_it_must_tell(fields):
    with pytest.raises(MalformedPayload):
        step(**fields).told()
