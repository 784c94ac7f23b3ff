"""(pure) Whether objectives alert on how fast their budget burns."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from ingest.repository.node import Node, Place
from scorecards.checks.finding import Finding, failed, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.burn_rates import BurnRates
from scorecards.reading.kubernetes import manifests
from scorecards.reading.kubernetes.manifest import OPAQUE, OPEN, texts
from scorecards.reading.services import folded
from scorecards.reading.slos import OWNER_LABELS, Slo, slos

_ROUTING = OWNER_LABELS | {
    "route",
    "routing-key",
    "channel",
    "slack-channel",
    "receiver",
    "escalation",
    "group",
    "squad",
}
_GUIDES = ("runbook", "playbook", "dashboard")


class Alerts(NamedTuple):
    """What an objective alerts with. ``unknown`` says why that can't be told."""

    pages: bool
    tickets: bool
    routed: bool
    guided: bool
    disabled: bool = False
    unknown: str = ""
    place: Place | None = None


@check("slo-alerts-on-burn-rate")
def slo_alerts_on_burn_rate(subject: Subject) -> Iterator[Finding]:
    """Each objective alerts a person and opens a ticket, with a route and a guide (DOP-5.1-04)."""
    for slo in slos(subject.tree):
        yield _judge(slo, _alerts_of(subject, slo))


def _judge(slo: Slo, alerts: Alerts) -> Finding:
    place = alerts.place or slo.place
    if alerts.unknown:
        return unknown(slo.unit, alerts.unknown, place)
    if alerts.disabled:
        return failed(slo.unit, "Alerting is switched off; remove the switch.", place, value="disabled")
    if not alerts.pages and not alerts.tickets:
        return failed(slo.unit, "It has no burn-rate alert; add a page and a ticket alert.", place, value="none")
    lacking = _lacking(alerts)
    if lacking:
        return partial(
            slo.unit, f"Its alerts lack {_listed(lacking)}; add what is missing.", place, value=", ".join(lacking)
        )
    return passed(slo.unit, "Page and ticket alerts, routed and with a guide.", place)


def _lacking(alerts: Alerts) -> list[str]:
    asked = {
        "a page alert": alerts.pages,
        "a ticket alert": alerts.tickets,
        "a team or routing label": alerts.routed,
        "a runbook or dashboard": alerts.guided,
    }
    return [what for what, there in asked.items() if not there]


def _listed(what: list[str]) -> str:
    return what[0] if len(what) == 1 else f"{', '.join(what[:-1])} and {what[-1]}"


def _alerts_of(subject: Subject, slo: Slo) -> Alerts:
    if slo.burning is not None:
        return _of_rules(slo.burning)
    if slo.document.tool == "openslo":
        return _of_openslo(subject, slo)
    return _of_pyrra(slo) if slo.document.tool == "pyrra" else _of_sloth(slo)


def _of_sloth(slo: Slo) -> Alerts:
    alerting = slo.node.get("alerting")
    if alerting is None:
        why = "Alerting is only known when the template is rendered." if slo.node.tag == OPEN else ""
        return Alerts(False, False, False, False, unknown=why)
    place = slo.node.place_of("alerting")
    if alerting.tag in (OPEN, OPAQUE):
        return Alerts(False, False, False, False, unknown="Alerting is only known when the template is rendered.")
    page = alerting.get("pageAlert") or alerting.get("page_alert")
    ticket = alerting.get("ticketAlert") or alerting.get("ticket_alert")
    given = [each for each in (page, ticket) if each is not None]
    return Alerts(
        page is not None,
        ticket is not None,
        all(_routes([texts(alerting.get("labels")), texts(each.get("labels"))]) for each in given),
        any(_guides(texts(each.get("annotations"))) for each in (alerting, *given)),
        any(_is_on(each.get("disable")) for each in given),
        place=place,
    )


def _is_on(node: Node | None) -> bool:
    return node is not None and (node.is_true or node.text.lower() == "true")


def _of_pyrra(slo: Slo) -> Alerts:
    """Pyrra makes both severities by itself, and copies labels and annotations with its prefix."""
    alerting = slo.document.body.get("alerting")
    burnrates = alerting.get("burnrates") if alerting is not None else None
    off = alerting is not None and (_is_on(alerting.get("disabled")) or (burnrates is not None and burnrates.is_false))
    place = slo.document.body.place_of("alerting")
    return Alerts(True, True, _routes([slo.labels]), _guides(slo.labels), off, place=place)


def _of_rules(found: BurnRates) -> Alerts:
    if any(rule.templated or rule.query is None for rule in found.alerts):
        why = "Its alerts are only known when the template is rendered."
        return Alerts(False, False, False, False, unknown=why, place=found.first.place)
    told = found.two_windowed
    return Alerts(
        bool(found.pages),
        bool(found.tickets),
        all(_routes([rule.labels]) for rule in told),
        any(_guides(rule.annotations) for rule in told),
        place=found.first.place,
    )


def _of_openslo(subject: Subject, slo: Slo) -> Alerts:
    body = slo.document.body
    place = body.place_of("alertPolicies")
    policies = body.items_at("alertPolicies")
    if not policies:
        return Alerts(False, False, False, False, place=place)
    found = [spec for each in policies if (spec := _policy(subject, each)) is not None]
    severities = {word for spec in found for word in _severities(subject, spec)}
    if len(found) < len(policies) or "?" in severities:
        return Alerts(False, False, False, False, unknown="An alert policy stands in another repository.", place=place)
    routed = all(spec.items_at("notificationTargets") for spec in found)
    return Alerts(
        bool(severities & {"page", "critical"}), bool(severities & {"ticket", "warning"}), routed, _guides(slo.labels),
        place=place,
    )  # fmt: skip


def _policy(subject: Subject, node: Node) -> Node | None:
    """The spec of an alert policy, given in place or by name."""
    name = node.text or node.text_at("alertPolicyRef")
    return node.get("spec") if node.is_mapping and not name else _named(subject, "AlertPolicy", name)


def _severities(subject: Subject, policy: Node) -> Iterator[str]:
    for node in policy.items_at("conditions"):
        name = node.text_at("conditionRef")
        spec = _named(subject, "AlertCondition", name) if name else node.get("spec")
        yield spec.text_at("severity").lower() if spec is not None else "?"


def _named(subject: Subject, kind: str, name: str) -> Node | None:
    told = (each for each in manifests(subject.tree, kind) if each.name == name)
    return next((each.get("spec") for each in told), None)


def _routes(labels: Iterable[Mapping[str, str]]) -> bool:
    return any(folded(name.rpartition("/")[2]) in _ROUTING and value for each in labels for name, value in each.items())


def _guides(annotations: Mapping[str, str]) -> bool:
    return any(word in name.lower() and value.strip() for name, value in annotations.items() for word in _GUIDES)
