"""``GET /api/v1/findings/``: what the latest scans say of each unit, with its evidence."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_view
from rest_framework import serializers
from rest_framework.generics import ListAPIView

from dashboard.api import schema
from dashboard.api.judged import one_of, services_of
from dashboard.api.paging import ByChange, changed_since
from scorecards.models import Finding, FindingOutcome


class FindingRow(serializers.ModelSerializer[Finding]):
    """A finding; ``outcome`` is the check's, ``waived`` says whether a waiver covers it."""

    service = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    repository = serializers.SlugRelatedField[Any](slug_field="name", read_only=True)
    waived = serializers.SerializerMethodField()
    commit = serializers.SerializerMethodField()

    class Meta:
        model = Finding
        fields = (
            "id", "standard", "control", "service", "repository", "commit", "unit", "identity", "outcome", "waived",
            "waiver", "count", "message", "evidence", "notes", "tool", "code", "first_seen_at", "updated_at",
        )  # fmt: skip

    def get_waived(self, finding: Finding) -> bool:
        return finding.waiver_id is not None

    def get_commit(self, finding: Finding) -> str | None:
        return finding.scan.commit if finding.scan else None


@extend_schema_view(
    get=schema.reads(
        "findings",
        "What the latest scans say of each unit",
        FindingRow,
        schema.STANDARD,
        schema.parameter("control", "Only those of this control, by its id."),
        schema.one_of("outcome", "Only those of this outcome.", FindingOutcome.values),
        schema.parameter("tool", "Only those of this other scanner."),
        *schema.OF_LISTS,
    )
)
class Findings(ListAPIView[Finding]):
    """Filters: ``standard``, ``control``, ``outcome``, ``team``, ``service``, ``tool``, ``updated_since``."""

    serializer_class = FindingRow
    pagination_class = ByChange

    def get_queryset(self) -> QuerySet[Finding]:
        rows = Finding.objects.filter(service__in=services_of(self.request))
        for name in ("standard", "control", "tool"):
            if value := self.request.query_params.get(name):
                rows = rows.filter(**{name: value.replace("\0", "")})
        if outcome := one_of(self.request, "outcome", tuple(FindingOutcome.values)):
            rows = rows.filter(outcome=outcome)
        return changed_since(rows.select_related("service", "repository", "scan").defer(*_UNREAD), self.request)


_UNREAD = ("scan__receipt", "scan__facts", "scan__inventory", "scan__problems", "scan__judged")
