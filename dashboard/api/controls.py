"""``GET /api/v1/controls/``: the controls of the standards in force; what is no standard or section of them is told."""

from collections.abc import Mapping

from rest_framework.request import Request

from dashboard.api.errors import BadQuery, UnknownScope
from dashboard.api.lists import DatasetList
from dashboard.datasets.dataset import Rows
from scorecards.models import ControlInForce


class Controls(DatasetList):
    """As the list of any dataset."""

    def rows(self, request: Request, query: Mapping[str, str]) -> Rows:
        rows = super().rows(request, query)
        known = ControlInForce.objects.order_by()
        code, section = query.get("standard"), query.get("section")
        if code is not None:
            known = known.filter(standard=code)
            if not known.exists():
                raise UnknownScope(f"No standard {code[:40]!r} is in force.")
        if section is not None and not known.filter(section=section).exists():
            raise BadQuery(f"section={section[:20]!r} is none of a standard in force.")
        return rows
