"""What left a dataset: rows that were deleted, that no longer belong to it, or that a team no longer sees."""

from django.db import models

from ingest.models.catalogue import Team


class RemovedRow(models.Model):
    """The row of that key is no longer in the dataset, since ``at``; it may have come back since. Written by triggers
    of the database, in the transaction that took the row away.

    ``row``: its primary key. ``team``: who owned it then, null where nobody did or could: a token of another team is
    not told.
    """

    dataset = models.CharField(max_length=40)
    key = models.CharField(max_length=100)
    row = models.BigIntegerField()
    team = models.ForeignKey(Team, models.DO_NOTHING, null=True, related_name="+", db_index=False, db_constraint=False)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["dataset", "at", "id"], name="removed_by_dataset")]

    def __str__(self) -> str:
        return f"{self.dataset} {self.key}"
