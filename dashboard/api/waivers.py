"""``GET /api/v1/waivers/``: who accepts which fail until when. Only people ask and decide, in the site."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_view
from rest_framework import serializers
from rest_framework.generics import ListAPIView

from dashboard.api import schema
from dashboard.api.judged import one_of, services_of
from dashboard.api.paging import ByChange, changed_since
from scorecards.models import Waiver


class WaiverRow(serializers.ModelSerializer[Waiver]):
    """A waiver; persons by their user names."""

    service = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    requested_by = serializers.SlugRelatedField[Any](slug_field="username", read_only=True)
    decided_by = serializers.SlugRelatedField[Any](slug_field="username", read_only=True, allow_null=True)

    class Meta:
        model = Waiver
        fields = (
            "id", "service", "control", "path", "reason", "text", "state", "requested_by", "requested_at", "decided_by",
            "decided_at", "decision", "expires_on", "renews", "renewals", "updated_at",
        )  # fmt: skip


@extend_schema_view(
    get=schema.reads(
        "waivers",
        "Who accepts which fail until when",
        WaiverRow,
        schema.parameter("control", "Only those of this control, by its id."),
        schema.one_of("state", "Only those in this state.", Waiver.State.values),
        *schema.OF_LISTS,
    )
)
class Waivers(ListAPIView[Waiver]):
    """Filters: ``control``, ``state``, ``team``, ``service``, ``updated_since``."""

    serializer_class = WaiverRow
    pagination_class = ByChange

    def get_queryset(self) -> QuerySet[Waiver]:
        rows = Waiver.objects.filter(service__in=services_of(self.request))
        if control := self.request.query_params.get("control"):
            rows = rows.filter(control=control.replace("\0", ""))
        if state := one_of(self.request, "state", tuple(Waiver.State.values)):
            rows = rows.filter(state=state)
        return changed_since(rows.select_related("service", "requested_by", "decided_by"), self.request)
