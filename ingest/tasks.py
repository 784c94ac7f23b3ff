"""Background work on the inbox. Each task is safe to run twice; the inbox row is the queue, the broker a doorbell."""

from celery import shared_task
from django.utils import timezone

from ingest.github.sync import follow
from ingest.inbox import counts, process
from ingest.prometheus import sync as prometheus
from ingest.signals import recorded


@shared_task
def process_delivery(delivery_id: int) -> None:
    """Work off one delivery."""
    if process.process_one(delivery_id):
        recorded.send_robust(sender=process_delivery)


@shared_task
def sweep_inbox() -> int:
    """Work off all that is pending: what a lost message or a dead worker left behind."""
    total = 0
    while count := process.process_pending():
        total += count
        recorded.send_robust(sender=sweep_inbox)
    counts.fold(timezone.now())
    return total


@shared_task
def sync_due_sources() -> int:
    """Read what is new at GitHub of the owners that are due; how many that were."""
    return follow()


@shared_task
def sync_prometheus() -> int:
    """Read what is new of the signals and objectives of every server that is due; how many servers that were."""
    return prometheus.follow(timezone.now())
