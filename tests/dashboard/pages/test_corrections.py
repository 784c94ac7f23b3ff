"""``/deployments/<id>/correct/``, ``/incidents/<id>/correct/``, ``/corrections/`` and undoing one."""

from datetime import timedelta

import pytest

from dashboard.pages.corrections import said
from ingest.correct import correct
from ingest.models import Correction
from scorecards.models import JudgedDeployment
from scorecards.rollups.build import build_rollups
from tests.dashboard.pages.conftest import judge
from tests.factories import NOON, bearer, make_deployment, make_incident, make_source, make_token, own

pytestmark = pytest.mark.django_db
SAID = {"action": "failed", "value": "no", "reason": "A drill."}


@pytest.fixture(autouse=True)
def owned(pay, example):
    """Team pay, which alice leads, owns the service."""
    own(pay, example["service"], NOON + timedelta(days=1))


def noted(fact, what="excluded", value=True):
    return correct(fact, what, value, reason="A drill.", by="alice", at=NOON)


def test_a_lead_corrects_a_deployment_and_sees_it_on_its_page(client, alice, example):
    client.force_login(alice)
    answer = client.post(f"/deployments/{example['d2'].pk}/correct/", SAID)
    assert (answer.status_code, answer["Location"]) == (302, f"/deployments/{example['d2'].pk}/#corrections")
    build_rollups()
    assert not JudgedDeployment.objects.get(deployment=example["d2"]).failed
    page = client.get(f"/deployments/{example['d2'].pk}/").content.decode()
    for text in ("no failure", "A drill.", "alice", "Undo", "alice said that it was no failure"):
        assert text in page


@pytest.mark.parametrize(("name", "value", "said"), [("d1", True, "it failed"), ("d2", False, "it was no failure")])
def test_a_correction_is_told_as_it_was_said_before_it_is_judged(see, example, name, value, said):
    noted(example[name], "failed", value)
    page = see(f"/deployments/{example[name].pk}/")
    assert f"alice said that {said}: A drill. (not judged by that yet)" in page
    build_rollups()
    page = see(f"/deployments/{example[name].pk}/")
    assert "not judged by that yet" not in page
    assert ("Why it counts as failed" in page) == value


def test_nothing_is_chosen_beforehand_that_would_join_two_things(client, olga, example):
    make_deployment(example["service"], example["d2"].finished_at + timedelta(minutes=3), source=make_source("other"))
    client.force_login(olga)
    path = f"/deployments/{example['d2'].pk}/correct/"
    assert '<option value="" selected>Choose one</option>' in client.get(path).content.decode()
    answer = client.post(path, {"action": "same", "value": "", "reason": "A drill."})
    assert answer.status_code == 422
    assert not Correction.objects.exists()


def test_every_form_of_a_deployment_is_shown(client, olga, example):
    client.force_login(olga)
    page = client.get(f"/deployments/{example['d2'].pk}/correct/").content.decode()
    for action in ("failed", "kind", "environment", "same", "exclude"):
        assert f'id="{action}"' in page


def test_an_incident_is_linked_to_a_deployment_from_the_list(client, olga, example):
    incident = make_incident(example["service"], example["d1"].finished_at + timedelta(minutes=5))
    client.force_login(olga)
    said = {"action": "cause", "value": str(example["d1"].pk), "reason": "The log says so."}
    assert client.post(f"/incidents/{incident.pk}/correct/", said).status_code == 302
    build_rollups()
    incident.refresh_from_db()
    assert incident.judged.deployment == example["d1"]
    page = client.get(f"/incidents/{incident.pk}/").content.decode()
    assert "caused by" in page


def test_what_is_not_in_the_list_is_refused_beside_the_form(client, olga, example):
    client.force_login(olga)
    incident = make_incident(example["service"])
    answer = client.post(f"/incidents/{incident.pk}/correct/", {"action": "cause", "value": "999", "reason": "x"})
    assert answer.status_code == 422
    assert not Correction.objects.exists()


@pytest.mark.parametrize(
    "said", [{"action": "failed", "value": "no", "reason": ""}, {"action": "kind", "value": "x\0"}]
)
def test_what_lacks_a_reason_or_makes_no_sense_is_refused(client, olga, example, said):
    client.force_login(olga)
    assert client.post(f"/deployments/{example['d2'].pk}/correct/", said).status_code == 422


@pytest.mark.parametrize("who", ["bob", "charlie"])
def test_who_does_not_lead_the_team_may_not(request, client, who, example):
    made = noted(example["d2"])
    client.force_login(request.getfixturevalue(who))
    assert client.get(f"/deployments/{example['d2'].pk}/correct/").status_code == 403
    assert client.post(f"/deployments/{example['d2'].pk}/correct/", SAID).status_code == 403
    assert client.post(f"/corrections/{made.pk}/undo/").status_code == 403
    assert Correction.objects.get().undone_at is None
    assert "Undo" not in client.get(f"/deployments/{example['d2'].pk}/").content.decode()


def test_nobody_signed_in_and_no_token_may(client, example):
    made = noted(example["d2"])
    _, secret = make_token("admin")
    for headers in ({}, bearer(secret)):
        for address in (f"/deployments/{example['d2'].pk}/correct/", f"/corrections/{made.pk}/undo/", "/corrections/"):
            assert client.post(address, SAID, **headers).status_code in (302, 403, 405)
    assert Correction.objects.get().undone_at is None


def test_undoing_twice_says_who_was_first(client, alice, olga, example):
    made = noted(example["d2"])
    for user in (alice, olga):
        client.force_login(user)
        answer = client.post(f"/corrections/{made.pk}/undo/", follow=True)
    assert "alice has already undone it." in answer.content.decode()


def test_the_list_tells_all_of_them_with_what_holds(client, olga, example):
    first = noted(example["d2"], "kind", "hotfix")
    noted(example["d2"], "kind", "release")
    client.force_login(olga)
    page = client.get("/corrections/").content.decode()
    assert "<s>it is a hotfix</s>" in page
    assert "something later holds" in page
    assert first.reason in page


def test_an_empty_list_says_so(client, olga):
    client.force_login(olga)
    assert "Nobody corrected anything" in client.get("/corrections/").content.decode()


def test_the_explanation_tells_how_many_were_corrected(client, olga, example):
    noted(example["d2"])
    noted(example["d1"], "kind", "hotfix")
    build_rollups()
    client.force_login(olga)
    page = client.get("/explain/change_failure_rate/?from=2026-03-02&to=2026-03-09").content.decode()
    assert "1 deployment excluded by hand" in page
    assert "1 deployment counted as people corrected them" in page


def test_a_report_of_another_source_stands_on_the_page_of_what_counts(client, olga, example):
    service = example["service"]
    first = make_incident(service, NOON, source=make_source("pagerduty", name="Pager"), title="Down")
    second = make_incident(
        service, NOON + timedelta(minutes=1), source=make_source("opsgenie", name="Genie"), title="Up?"
    )
    client.force_login(olga)
    page = client.get(f"/incidents/{first.pk}/").content.decode()
    assert "Perhaps the same" in page
    said = {"action": "same", "value": str(first.pk), "reason": "One outage."}
    assert client.post(f"/incidents/{second.pk}/correct/", said).status_code == 302
    judge(service)
    page = client.get(f"/incidents/{first.pk}/").content.decode()
    assert "Also reported as" in page
    assert "Genie" in page
    assert "Perhaps the same" not in page
    page = client.get(f"/incidents/{second.pk}/").content.decode()
    assert "one source’s report" in page
    assert 'id="apart"' in client.get(f"/incidents/{second.pk}/correct/").content.decode()


def test_deployments_alike_of_two_sources_are_told(client, olga, example):
    twin = make_deployment(example["service"], example["d1"].finished_at, source=make_source("argocd", name="Argo"),
                           version=example["d1"].version, external_id="argocd/1")  # fmt: skip
    example["d1"].started_at = twin.started_at
    example["d1"].save()
    client.force_login(olga)
    assert "Perhaps the same" in client.get(f"/deployments/{twin.pk}/").content.decode()


def test_what_was_said_of_a_report_is_shown_where_another_one_stands_for_it(client, alice, example):
    service, jenkins = example["service"], make_source("jenkins")
    report = make_deployment(service, example["d1"].finished_at + timedelta(minutes=1), source=jenkins)
    noted(report, "kind", "hotfix")
    correct(report, "duplicate_of", example["d1"].pk, reason="One thing.", by="alice", at=NOON)
    client.force_login(alice)
    page = client.get(f"/deployments/{example['d1'].pk}/").content.decode()
    assert "it is a hotfix" in page
    assert "the same as" in page
    told = {one.text: one.holds for one in said.of(example["d1"])}
    assert told == {"it is a hotfix": True, "the same as": True}
    noted(example["d1"], "kind", "release")
    assert [one.holds for one in said.of(example["d1"]) if one.text == "it is a hotfix"] == [False]


@pytest.mark.parametrize("reason", ["x\0y", "<script>alert(1)</script>", "é" * 3_000, "\u202e \x1b[31m", " "])
def test_no_reason_breaks_a_page_or_an_undoing(client, olga, example, reason):
    client.force_login(olga)
    made = noted(example["d2"])
    assert client.post(f"/corrections/{made.pk}/undo/", {"reason": reason}).status_code == 302
    status = client.post(f"/deployments/{example['d2'].pk}/correct/", SAID | {"reason": reason}).status_code
    assert status in (302, 400, 422)
    page = client.get(f"/deployments/{example['d2'].pk}/").content.decode()
    assert "<script>alert" not in page
    assert client.get("/corrections/").status_code == 200


@pytest.mark.parametrize("value", ["", "none", "0", "-1", "9" * 40, "1\0", "é", "[]"])
def test_no_value_breaks_a_form(client, olga, example, value):
    incident = make_incident(example["service"])
    client.force_login(olga)
    of_incident, of_deployment = (f"/incidents/{incident.pk}/correct/", f"/deployments/{example['d1'].pk}/correct/")
    for place, action in ((of_incident, "cause"), (of_incident, "same"), (of_deployment, "environment")):
        answer = client.post(place, {"action": action, "value": value, "reason": "So."})
        assert answer.status_code in (302, 400, 422)
