"""The compliance of many services at once, from the verdicts that are kept."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from django.db.models import QuerySet

from ingest.models import Service
from scorecards.compliance import Compliance, judge
from scorecards.models import ControlVerdict
from scorecards.standards.standard import Standard
from scorecards.standards.verdict import ControlResult, Verdict


def compliances_of(services: QuerySet[Service] | Iterable[int], standard: Standard) -> dict[int, Compliance]:
    """The compliance of each service that was judged, by its id. One query, however many findings there are.

    A verdict without units is that of a control that applies to nothing, or of one that no scan decided: the first is
    a result, the second is found to be missing again.
    """
    rows = ControlVerdict.objects.filter(service__in=services, standard=standard.code)
    found: dict[int, list[ControlResult]] = defaultdict(list)
    for service_id, control, verdict, counts in rows.values_list("service", "control", "verdict", "counts"):
        results = found[service_id]
        if counts or verdict == Verdict.NOT_APPLICABLE:
            results.append(ControlResult(control, Counter({Verdict(one): count for one, count in counts.items()})))
    known = standard.control_by_id
    return {pk: judge(standard, [one for one in told if one.control_id in known]) for pk, told in found.items()}
