"""Mails on steps of error budgets: to the team that owns the service, once for each step."""

import logging
import time
from datetime import datetime, timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse

from dashboard import access, formats
from dashboard.mails.budget_step import DRY_RUN, ENFORCED, plain, told
from dashboard.models import Membership
from ingest.models import Service, Team
from scorecards.models import BudgetStep
from scorecards.reliability import gating, policies
from scorecards.reliability.gate import ENFORCE

logger = logging.getLogger(__name__)

TOO_OLD = timedelta(days=2)
LEASE = timedelta(minutes=5)
SOONEST, LATEST = timedelta(minutes=1), timedelta(hours=1)
BATCH = 100
MAX_ERROR = 500
NOBODY = "Nobody to mail: the team has no address, and no lead of it has one."


def send(now: datetime) -> int:
    """Mail the steps of the last two days that were not mailed; how many that were.

    A step is claimed first, so that of two workers one mails it. A worker that dies between the mail and the note of it
    leaves the step to be mailed again once its claim has run out.
    """
    waiting = BudgetStep.objects.filter(_free(now), mailed_at=None, at__gt=now - TOO_OLD)
    sent, begun = 0, time.monotonic()
    for pk in waiting.order_by("at", "pk").values_list("pk", flat=True)[:BATCH]:
        at = now + timedelta(seconds=time.monotonic() - begun)  # a slow mail server must not eat up the next claim
        if BudgetStep.objects.filter(_free(at), pk=pk, mailed_at=None).update(mail_lease_until=at + LEASE):
            sent += _send(BudgetStep.objects.select_related("service").get(pk=pk), now)
    return sent


def _free(now: datetime) -> Q:
    return Q(mail_lease_until=None) | Q(mail_lease_until__lte=now)


def _send(step: BudgetStep, now: datetime) -> bool:
    try:
        to = recipients(step.service)
        if not to:
            return _put_off(step, NOBODY, now)
        message(step, to).send()
    except (OSError, SMTPException, ValueError) as error:  # ValueError: an address or a name that no header takes
        logger.warning("The mail on step %s can't be sent: %s", step.pk, error)
        return _put_off(step, f"{type(error).__name__}: {error}", now)
    step.mailed_at, step.mail_error, step.mail_lease_until = now, "", None
    step.save(update_fields=["mailed_at", "mail_error", "mail_lease_until"])
    return True


def _put_off(step: BudgetStep, error: str, now: datetime) -> bool:
    """Try again after as long as it was tried in vain, within bounds: the gaps double."""
    step.mail_error = error[:MAX_ERROR].replace("\0", "")
    step.mail_lease_until = now + min(max(now - step.at, SOONEST), LATEST)
    step.save(update_fields=["mail_error", "mail_lease_until"])
    return False


def recipients(service: Service) -> list[str]:
    """The address of the team that owns the service today, else those of its leads."""
    owned = Service.objects.filter(pk=service.pk).annotate(owner_team=access.owner())
    team_id: int | None = owned.values_list("owner_team", flat=True).first()
    if team_id is None:
        return []
    address = Team.objects.filter(pk=team_id).values_list("email", flat=True).first()
    if address:
        return [address]
    leads = Membership.objects.filter(team=team_id, role=Membership.Role.LEAD, user__is_active=True)
    return list(leads.exclude(user__email="").order_by("user__email").values_list("user__email", flat=True).distinct())


def message(step: BudgetStep, to: list[str]) -> EmailMultiAlternatives:
    """The mail on a step: plain text, and the same as simple HTML."""
    service, policy = step.service, policies.of(step.service)
    said = told(service.name, step.slo_name, step.before, step.after, step.left, step.actions, policy)
    enforced = gating.mode_of(service).mode == ENFORCE
    since = formats.absolute(step.at, settings.ORGANISATION_ZONE)
    href = f"{settings.BASE_URL}{reverse('service-reliability', args=[service.slug])}"
    mail = EmailMultiAlternatives(
        said.subject,
        plain(said, enforced=enforced, since=since, href=href),
        settings.EMAIL_FROM,
        to,
        headers={"Auto-Submitted": "auto-generated"},
    )
    context = {"said": said, "gate": ENFORCED if enforced else DRY_RUN, "since": since, "href": href}
    mail.attach_alternative(render_to_string("emails/budget_step.html", context), "text/html")
    return mail
