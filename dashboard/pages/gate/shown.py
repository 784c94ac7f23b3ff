"""What the gate says of a service now, for its page: ``components/gate.html``. Nothing is recorded."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone

from dashboard import access
from dashboard.access import Actor
from dashboard.pages.figures import Status
from dashboard.pages.gate.words import status_of
from ingest.models import Service
from scorecards.reliability import gating
from scorecards.reliability.gate import DRY_RUN, Decision
from scorecards.reliability.gating import Asked

SENTENCES = {
    Decision.ALLOW: "It may be deployed to production.",
    Decision.WARN: "It may be deployed to production, with care.",
    Decision.DENY: "It may not be deployed to production.",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A reason: how strict it is, and what it says."""

    status: Status
    text: str


@dataclass(frozen=True, slots=True)
class Now:
    """The answer to a pipeline that asked for production now. ``dry_run``: it would not be held to it.

    ``answers``: where the earlier answers for the service are; ``exemption``: where one asks for an exemption, empty
    where there is nothing to be exempted from, or for who may not ask.
    """

    status: Status
    sentence: str
    dry_run: bool
    reasons: Sequence[Line]
    would_change: Sequence[str]
    answers: str
    exemption: str


def now(service: Service, actor: Actor) -> Now | None:
    """``None`` for who may not see the service."""
    if not access.visible_services(actor).filter(pk=service.pk).exists():
        return None
    answer = gating.answer_now(service, Asked(), timezone.now())
    by_budget = any(one.code.startswith("budget_") and one.decision is Decision.DENY for one in answer.reasons)
    asks = by_budget and access.may_request_exemption(actor, service)
    return Now(
        status=status_of(answer.decision, answer.would_be),
        sentence=SENTENCES[answer.would_be],
        dry_run=answer.mode == DRY_RUN,
        reasons=[Line(status_of(one.decision, one.decision), one.text) for one in answer.reasons],
        would_change=answer.would_change,
        answers=f"{reverse('gate')}?service={service.slug}",
        exemption=reverse("exemption", args=[service.slug]) if asks else "",
    )
