"""Checks of incident documents and of who is called."""

import pytest

from scorecards.checks.finding import Outcome
from scorecards.checks.subject import Fleet
from tests.scorecards.checks.judging import judge, verdict

FAIL, PARTIAL, UNKNOWN, PASS, NOT_APPLICABLE = Outcome

COMPONENT = """apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: shop
  annotations: {%s}
spec: {type: service, lifecycle: %s, owner: team-a}
"""
SERVICE = COMPONENT % ("", "production")
DOCUMENT = """incident_response:
  roles:
    incident_commander: {responsibilities: [lead], backup: lead}
    technical_lead: {responsibilities: [fix], backup: senior}
    communications_lead: {responsibilities: [tell], backup: manager}
  severities:
    sev1: {definition: outage, response_time: 5_minutes, escalation: [oncall_engineer, cto], communication: [now]}
    sev2: {definition: part, response_time: 15 minutes, escalation: [oncall_engineer], communication: [{page: 1h}]}
    sev3: {definition: minor, response_time: 1h, escalation: [oncall_engineer], communication: [{page: 1d}]}
  procedures:
    initial_response: [a]
    investigation: [b]
    mitigation: [c]
    resolution: [d]
"""


def documented(text: str | None, path: str = "sre/incident-response.yaml", **about: object) -> Outcome:
    files = {"catalog-info.yaml": SERVICE, **({path: text} if text is not None else {})}
    return verdict(judge("incident-roles-documented", files, **about))


def test_a_complete_document_passes() -> None:
    assert documented(DOCUMENT) is PASS


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (", backup: manager", ""),
        ("    communications_lead: {responsibilities: [tell], backup: manager}\n", ""),
        ("5_minutes", "soon"),
        ("response_time: 1h", "response_time: 10m"),
        (", communication: [{page: 1d}]", ""),
        ("escalation: [oncall_engineer, cto]", "escalation: cto"),
        ("    mitigation: [c]\n", ""),
    ],
)
def test_one_incomplete_group_is_partial(old: str, new: str) -> None:
    assert old in DOCUMENT
    assert documented(DOCUMENT.replace(old, new)) is PARTIAL


def test_a_document_without_roles_or_severities_fails() -> None:
    assert documented(DOCUMENT.partition("  severities")[0]) is FAIL
    assert documented("incident_response: {severities: {sev1: {}}}\n") is FAIL
    assert documented("incident_response: 3\n") is FAIL


def test_no_document_fails_only_once_all_repositories_are_known() -> None:
    assert documented(None) is UNKNOWN
    assert documented(None, fleet=Fleet()) is FAIL
    assert documented(None, fleet=Fleet(incident_process=True)) is PASS


def test_nothing_is_asked_without_a_service_in_production() -> None:
    assert judge("incident-roles-documented", {"catalog-info.yaml": COMPONENT % ("", "experimental")}) == []


PROSE = """# Incident response

## Roles

### Incident commander
Leads. Backup: the platform lead.

### Technical lead
Fixes.

### Communications lead
Tells customers.

## Severities

| Severity | Meaning | Response | Communication |
|---|---|---|---|
| SEV1 | everything is down | 5 minutes | status page at once |
| SEV2 | part is down | 15 minutes | status page in 15 minutes |
| SEV3 | little is down | 1 hour | status page daily |

Escalation goes from the on-call engineer to the director.

## Initial response
## Investigation
## Mitigation
## Resolution
"""


def test_prose_is_read_by_its_headings() -> None:
    assert documented(PROSE, "docs/incident-response.md") is PASS
    assert documented(PROSE.replace("## Mitigation\n", ""), "docs/incident-response.md") is PARTIAL


def test_a_page_about_something_else_is_no_incident_document() -> None:
    assert documented("# Severity of linter warnings\n\nIncident.\n", "docs/lint.md") is UNKNOWN


# ---------------------------------------------------------------- DOP-5.2-02

ALERTMANAGER = """route:
  receiver: default
  routes:
  - matchers: ['severity="critical"', 'team="team-a"']
    receiver: pager
receivers:
- name: default
- name: pager
  pagerduty_configs: [{routing_key_file: /etc/key}]
"""
TERRAFORM = """
resource "pagerduty_escalation_policy" "shop" {
  name = "shop"
  rule {
    escalation_delay_in_minutes = 5
    target { id = pagerduty_schedule.shop.id }
  }
  rule {
    escalation_delay_in_minutes = 15
    target { id = pagerduty_user.lead.id }
  }
}
resource "pagerduty_schedule" "shop" { name = "shop" }
"""
NAMED = COMPONENT % ("pagerduty.com/service-id: PABC123", "production")


def called(component: str = SERVICE, **more: str) -> Outcome:
    files = {"catalog-info.yaml": component, **more}
    return verdict(judge("on-call-routed-and-escalated", files))


def test_a_service_that_is_named_routed_and_escalated_passes() -> None:
    assert called(NAMED, **{"alertmanager.yaml": ALERTMANAGER, "pager.tf": TERRAFORM}) is PASS


def test_a_resource_of_the_pager_is_a_route_too() -> None:
    service = 'resource "pagerduty_service" "shop" {\n  name = "shop"\n}\n'
    assert called(NAMED, **{"pager.tf": TERRAFORM + service}) is PASS


@pytest.mark.parametrize(
    "more",
    [{}, {"alertmanager.yaml": ALERTMANAGER}, {"pager.tf": TERRAFORM}],
)
def test_a_part_of_it_is_partial(more: dict[str, str]) -> None:
    assert called(NAMED, **more) is PARTIAL


def test_a_placeholder_is_an_annotation_only() -> None:
    component = COMPONENT % ('pagerduty.com/integration-key: "${KEY}"', "production")
    assert called(component, **{"alertmanager.yaml": ALERTMANAGER, "pager.tf": TERRAFORM}) is PARTIAL


def test_one_level_is_no_escalation() -> None:
    once = TERRAFORM.replace("  rule {\n    escalation_delay_in_minutes = 15\n", "  other {\n")
    assert called(NAMED, **{"alertmanager.yaml": ALERTMANAGER, "pager.tf": once}) is PARTIAL


def test_a_route_for_other_alerts_leads_nowhere() -> None:
    other = ALERTMANAGER.replace("critical", "warning")
    assert called(NAMED, **{"alertmanager.yaml": other, "pager.tf": TERRAFORM}) is PARTIAL


def test_a_role_without_a_schedule_is_partial() -> None:
    files = {"alertmanager.yaml": ALERTMANAGER, "pager.tf": TERRAFORM, "i.yaml": DOCUMENT}
    assert called(NAMED, **files) is PARTIAL
    files["pager.tf"] += 'resource "pagerduty_schedule" "oncall" { name = "oncall-engineer" }\n'
    assert called(NAMED, **files) is PASS


def test_nothing_at_all_fails_once_all_repositories_are_known() -> None:
    assert called() is UNKNOWN
    files = {"catalog-info.yaml": SERVICE}
    assert verdict(judge("on-call-routed-and-escalated", files, fleet=Fleet())) is FAIL
    assert verdict(judge("on-call-routed-and-escalated", files, fleet=Fleet(on_call=frozenset({"shop"})))) is PASS


def test_a_service_that_is_not_in_production_is_not_asked() -> None:
    assert called(COMPONENT % ("", "experimental")) is NOT_APPLICABLE


@pytest.mark.parametrize("odd", ["route: x\nreceivers: y\n", "route: [a]\nreceivers: [1, {name: [a]}]\n"])
def test_odd_configurations_are_no_error(odd: str) -> None:
    assert called(**{"alertmanager.yaml": odd}) is UNKNOWN
