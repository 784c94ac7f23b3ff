"""Background work of the site itself. Each task is safe to run twice."""

from celery import shared_task
from django.utils import timezone

from dashboard.chat import send as chat
from dashboard.demo.reliability import follow
from dashboard.mails import steps
from dashboard.reports import send


@shared_task
def mail_steps() -> int:
    """Mail the teams whose error budget came to another step; how many mails that were."""
    return steps.send(timezone.now())


@shared_task(time_limit=300)  # of a turn of 45 seconds: only what hangs in spite of all timeouts is killed
def send_weekly_reports() -> int:
    """Mail the weekly reports that are due; how many mails went."""
    return send.send(timezone.now())


@shared_task
def follow_demo() -> int:
    """Count the objectives of the demo on, where there is one; how many that were."""
    return follow.follow(timezone.now())


@shared_task(time_limit=300)  # of a turn of 45 seconds: only what hangs in spite of all timeouts is killed
def tell_chats() -> int:
    """Send digests and alerts to chats that are due; how many messages went."""
    return chat.send(timezone.now())
