"""What connected data says of controls, kept so that a judgement need not ask for it again."""

from django.db import models

from ingest.models import Service
from scorecards.models.scans import FindingOutcome


class LiveAnswer(models.Model):
    """The answer to a signal, as packs call it, for a service. No row: no source that could show it is connected.

    ``outcome`` empty: it was connected and is no longer. ``judged``: whether the service's verdicts were judged by it.
    """

    service = models.ForeignKey(Service, models.CASCADE, related_name="live_answers")
    signal = models.CharField(max_length=60)
    outcome = models.CharField(max_length=16, choices=FindingOutcome, blank=True)
    text = models.CharField(max_length=200)
    judged = models.BooleanField(default=False)
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["service", "signal"], name="live_answer")]
        indexes = [models.Index(fields=["service"], name="live_to_judge", condition=models.Q(judged=False))]

    def __str__(self) -> str:
        return f"{self.service_id} {self.signal}: {self.outcome}"


class LiveDay(models.Model):
    """A day on which all services were asked about."""

    day = models.DateField(primary_key=True)

    def __str__(self) -> str:
        return str(self.day)
