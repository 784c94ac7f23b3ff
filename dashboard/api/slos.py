"""``GET /api/v1/slos/``: service level objectives, with how each stands."""

from collections.abc import Mapping
from typing import Any

from django.db.models import DateTimeField, F, Q, QuerySet
from django.db.models.functions import Coalesce, Greatest
from drf_spectacular.utils import extend_schema_view
from rest_framework import serializers
from rest_framework.generics import ListAPIView

from dashboard.api import schema
from dashboard.api.judged import one_of, services_of
from dashboard.api.paging import ByChange, changed_since
from ingest.models import Slo
from scorecards.models import SloStanding
from scorecards.reliability.burn import SHOWN

State = SloStanding.State
ENDED = "ended"
NOT_COMPUTED = "It was not worked out yet."
STATES: Mapping[str, Q] = {
    State.MEASURED: Q(standing__state=State.MEASURED),
    State.STALE: Q(standing__state=State.STALE),
    State.NO_DATA: Q(standing__state=State.NO_DATA) | Q(standing=None),
    State.INVALID: Q(standing__state=State.INVALID),
}


class SloRow(serializers.ModelSerializer[Slo]):
    """An objective. Figures are null where there is no data; ``reason`` says why. Where it is stale they are as of
    ``data_until``. ``updated_at``: when the objective or a figure changed."""

    service = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    repository = serializers.SlugRelatedField[Any](slug_field="name", read_only=True, allow_null=True)
    state = serializers.SerializerMethodField()
    reason = serializers.SerializerMethodField()
    attainment = serializers.FloatField(source="standing.attainment", default=None, allow_null=True)
    budget_left = serializers.FloatField(source="standing.budget_left", default=None, allow_null=True)
    burn_rates = serializers.SerializerMethodField()
    alerts = serializers.SerializerMethodField()
    step = serializers.SerializerMethodField()
    coverage = serializers.FloatField(source="standing.coverage", default=None, allow_null=True)
    data_until = serializers.DateTimeField(source="standing.data_until", default=None, allow_null=True)
    updated_at = serializers.DateTimeField(source="changed_at")

    class Meta:
        model = Slo
        fields = (
            "id", "service", "name", "objective", "window_seconds", "state", "reason", "attainment", "budget_left",
            "burn_rates", "alerts", "step", "coverage", "data_until", "origin", "repository", "path", "line",
            "ended_at", "updated_at",
        )  # fmt: skip

    def get_state(self, slo: Slo) -> str:
        if slo.ended_at is not None:
            return ENDED
        standing = _standing(slo)
        return standing.state if standing else State.NO_DATA.value

    def get_reason(self, slo: Slo) -> str:
        standing = _standing(slo)
        if standing is not None:
            return standing.reason
        return "" if slo.ended_at is not None else NOT_COMPUTED

    def get_burn_rates(self, slo: Slo) -> dict[str, float | None]:
        standing = _standing(slo)
        return {window: standing.burn_rates.get(window) if standing else None for window in SHOWN}

    def get_alerts(self, slo: Slo) -> list[dict[str, Any]]:
        standing = _standing(slo)
        return list(standing.alerts) if standing else []

    def get_step(self, slo: Slo) -> str:
        standing = _standing(slo)
        return standing.step if standing else ""


def _standing(slo: Slo) -> SloStanding | None:
    return getattr(slo, "standing", None)


class ByAnyChange(ByChange):
    """By the later change: of the objective itself, or of how it stands."""

    ordering = ("changed_at", "pk")


@extend_schema_view(
    get=schema.reads(
        "slos",
        "Service level objectives, with how each stands",
        SloRow,
        schema.one_of("state", "Only those in this state; those that ended are told for `ended`.", (*STATES, ENDED)),
        *schema.OF_LISTS,
        tag="Metrics",
    )
)
class Slos(ListAPIView[Slo]):
    """Filters: ``team``, ``service``, ``state``, ``updated_since``. One that ended is told only where ``updated_since``
    or ``state=ended`` asks for it, so that a copy can follow."""

    serializer_class = SloRow
    pagination_class = ByAnyChange

    def get_queryset(self) -> QuerySet[Slo]:
        rows = Slo.objects.filter(service__in=services_of(self.request)).annotate(changed_at=_CHANGED_AT)
        state = one_of(self.request, "state", (*STATES, ENDED))
        if state:
            rows = rows.filter(STATES[state], ended_at=None) if state in STATES else rows.exclude(ended_at=None)
        elif not self.request.query_params.get("updated_since"):
            rows = rows.filter(ended_at=None)
        rows = rows.select_related("service", "repository", "standing").defer(*_UNREAD)
        return changed_since(rows, self.request, "changed_at")


_CHANGED_AT = Greatest(
    F("updated_at"), Coalesce(F("standing__updated_at"), F("updated_at")), output_field=DateTimeField()
)
_UNREAD = ("bad_query", "good_query", "total_query", "description")
