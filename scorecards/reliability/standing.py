"""How objectives stand, the error budget of each service, and its steps of the policy: worked out anew each minute.

Figures are as of the newest slot with data. One that has none for a quarter of an hour is stale: it keeps its figures
and moves no step.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from ingest.models import PrometheusServer, Service, Slo, SloDay
from ingest.prometheus.objectives import first_server
from ingest.prometheus.slots import SECONDS, Slots, Sums, slot_end, unpack
from scorecards.models import BudgetStep, ServiceBudget, SloStanding
from scorecards.reliability import policies
from scorecards.reliability.alerts import states
from scorecards.reliability.burn import SHOWN, Days, attainment, budget_left, burn_rates, parts_of
from scorecards.reliability.policy import Step

State = SloStanding.State
STALE_AFTER = timedelta(minutes=15)
RECENT = timedelta(days=2)  # in which most objectives have data
BATCH = 500  # objectives of which the days are held at once
MAX_REASON = 300
NO_BUDGET = "An objective of 100 % leaves no error budget."
_FIGURES = (
    "service_id", "state", "reason", "attainment", "budget_left", "bad", "total", "coverage", "burn_rates", "alerts",
    "step", "data_until",
)  # fmt: skip


def compute(now: datetime) -> int:
    """Work out every standing, the budgets of services and their steps; how many standings changed."""
    servers = {row.pk: row for row in PrometheusServer.objects.select_related("source").order_by("pk")}
    first = first_server()
    services = _services()
    held = SloStanding.objects.in_bulk()
    changed = 0
    every: list[SloStanding] = []
    for batch in _batches(_objectives()):
        known = _Known(batch, held, now)
        found = [_standing(slo, known, servers.get(slo.server_id or 0, first), services, now) for slo in batch]
        changed += _write(found, held, now)
        every += found
    SloStanding.objects.filter(slo__ended_at__isnull=False).delete()
    _budgets(every, services, now)
    return changed


def _services() -> dict[int, Service]:
    """Those with objectives; retired ones have no budget any more."""
    named = Slo.objects.filter(ended_at=None, service__isnull=False).order_by().values("service")
    return Service.objects.filter(pk__in=named, retired_on=None).only("slug", "name").in_bulk()


def _objectives() -> "QuerySet[Slo]":
    return Slo.objects.filter(ended_at=None).defer("state", "description").order_by("pk")


def _batches(rows: "QuerySet[Slo]") -> Iterator[list[Slo]]:
    every = list(rows)
    for start in range(0, len(every), BATCH):
        yield every[start : start + BATCH]


def is_stale(until: datetime, now: datetime) -> bool:
    return until < now - STALE_AFTER


# ---------------------------------------------------------------- what was counted


class _Known:
    """What was counted for a batch: up to when, and of those where that is news, sums of days and slots of those days
    of which parts are needed."""

    def __init__(self, batch: Sequence[Slo], held: Mapping[int, SloStanding], now: datetime) -> None:
        self._held, self._now = held, now
        self.sums: dict[int, dict[date, Sums]] = defaultdict(dict)
        self.slots: dict[int, dict[date, Slots]] = defaultdict(dict)
        newest = self._newest([slo.pk for slo in batch if not slo.problem_code])
        self._load_slots(set(newest.items()))
        self.until = {pk: self._end(pk, day) for pk, day in newest.items()}
        news = [slo for slo in batch if slo.pk in self.until and self.as_before(slo) is None]
        recent = [slo for slo in news if self.until[slo.pk] >= now - RECENT]
        self._load_sums(recent)
        self._load_sums([slo for slo in news if self.until[slo.pk] < now - RECENT])
        self._load_slots(
            {(slo.pk, day) for slo in news for day in parts_of(self.until[slo.pk], window=slo.window_seconds)}
        )

    def _newest(self, pks: Sequence[int]) -> dict[int, date]:
        """The newest day with data of each; most have one lately, so that few are looked for further back."""
        rows = SloDay.objects.filter(measured__gt=0).order_by().values_list("slo").annotate(newest=Max("day"))
        found = dict(rows.filter(slo__in=pks, day__gte=(self._now - RECENT).date()))
        return found | dict(rows.filter(slo__in=[pk for pk in pks if pk not in found]))

    def _load_sums(self, slos: Sequence[Slo]) -> None:
        if not slos:
            return
        oldest = min(self.until[slo.pk] - timedelta(seconds=slo.window_seconds) for slo in slos).date()
        rows = SloDay.objects.filter(slo__in=[slo.pk for slo in slos], day__gte=oldest).order_by()
        for pk, day, bad, total, measured in rows.values_list("slo_id", "day", "bad", "total", "measured"):
            self.sums[pk][day] = Sums(bad, total, measured)

    def _load_slots(self, wanted: set[tuple[int, date]]) -> None:
        wanted = {(pk, day) for pk, day in wanted if day not in self.slots[pk]}
        rows = SloDay.objects.filter(slo__in={pk for pk, _ in wanted}, day__in={day for _, day in wanted}).order_by()
        for pk, day, packed in rows.values_list("slo_id", "day", "slots") if wanted else ():
            if (pk, day) in wanted:
                self.slots[pk][day] = unpack(packed)

    def _end(self, pk: int, day: date) -> datetime:
        last = self.slots[pk][day].last_measured()
        return slot_end(day, 0 if last is None else last)

    def as_before(self, slo: Slo) -> SloStanding | None:
        """The standing, where nothing was counted since it was worked out and the objective is the same."""
        held, until = self._held.get(slo.pk), self.until[slo.pk]
        if held is None or held.data_until != until or held.computed_at < slo.updated_at:
            return None
        stays = held.state == State.MEASURED or (held.state == State.STALE and is_stale(until, self._now))
        return held if stays else None

    def days(self, slo: Slo) -> Days:
        return Days(self.sums[slo.pk], self.slots[slo.pk])


# ---------------------------------------------------------------- one objective


def _standing(
    slo: Slo, known: _Known, server: PrometheusServer | None, services: Mapping[int, Service], now: datetime
) -> SloStanding:
    row = SloStanding(slo_id=slo.pk, service_id=slo.service_id, state=State.NO_DATA, computed_at=now)
    row.burn_rates = dict.fromkeys(SHOWN)
    if slo.problem_code:
        row.state, row.reason = State.INVALID, slo.problem[:MAX_REASON]
        return row
    until = known.until.get(slo.pk)
    if until is None:
        row.reason = _why_nothing(slo, server)[:MAX_REASON]
        return row
    row.data_until = until
    _fill(row, slo, known, until)
    if row.total == 0:
        row.reason = "No event was counted within its window."
        return row
    row.state = State.MEASURED
    row.reason = NO_BUDGET if slo.objective >= 1 else ""
    service = services.get(slo.service_id or 0)
    row.step = _label(policies.of(service).step(row.budget_left)) if service is not None else ""
    if is_stale(until, now):
        row.state, row.reason = State.STALE, _why_stale(slo, server, until)[:MAX_REASON]
        row.alerts = [one | {"state": "no_data"} for one in row.alerts]
    return row


def _fill(row: SloStanding, slo: Slo, known: _Known, until: datetime) -> None:
    """The figures; where nothing was counted since, those that are held."""
    held = known.as_before(slo)
    if held is not None:
        for name in ("attainment", "budget_left", "bad", "total", "coverage", "burn_rates", "alerts"):
            setattr(row, name, getattr(held, name))
        return
    days = known.days(slo)
    whole = days.last(slo.window_seconds, until)
    rates = burn_rates(days, until, slo.objective)
    row.attainment = attainment(whole.bad, whole.total)
    row.budget_left = budget_left(whole.bad, whole.total, slo.objective)
    row.bad, row.total = whole.bad, whole.total
    row.coverage = min(1.0, whole.measured / (slo.window_seconds // SECONDS))
    row.burn_rates = {name: rates[name] for name in SHOWN}
    row.alerts = [one.plain() for one in states(rates, slo.window_seconds)]


def _why_nothing(slo: Slo, server: PrometheusServer | None) -> str:
    if server is None:
        return "No Prometheus is connected that could be asked."
    if trouble := _trouble(slo, server):
        return trouble
    if slo.read_to is None:
        return "It was not read yet."
    return f"Prometheus has no data for it, up to {_moment(slo.read_to)}."


def _why_stale(slo: Slo, server: PrometheusServer | None, until: datetime) -> str:
    trouble = _trouble(slo, server) if server is not None else "No Prometheus is connected that could be asked."
    return f"No data since {_moment(until)}.{' ' + trouble if trouble else ''}"


def _trouble(slo: Slo, server: PrometheusServer) -> str:
    """What keeps it from being read, and since when."""
    if server.source.paused_at is not None:
        return f"{server.source.name} is paused since {_moment(server.source.paused_at)}."
    if server.failing_since is not None:
        return f"{server.source.name} gives no answer since {_moment(server.failing_since)}: {server.error}"
    if slo.error:
        return f"Its query fails since {_moment(slo.failing_since)}: {slo.error}"
    return ""


def _moment(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if at is not None else "its start"


def _write(found: Sequence[SloStanding], held: Mapping[int, SloStanding], now: datetime) -> int:
    """Write those that differ; of the others only when they were worked out."""
    differing = [row for row in found if _differs(row, held.get(row.slo_id))]
    same = {row.slo_id for row in found} - {row.slo_id for row in differing}
    written_at = timezone.now()
    for row in differing:
        row.updated_at = written_at
    SloStanding.objects.bulk_create(
        differing, batch_size=200, update_conflicts=True, unique_fields=["slo"],
        update_fields=[*(name.removesuffix("_id") for name in _FIGURES), "computed_at", "updated_at"],
    )  # fmt: skip
    SloStanding.objects.filter(slo__in=same).update(computed_at=now)
    return len(differing)


def _differs(row: SloStanding, held: SloStanding | None) -> bool:
    return held is None or any(getattr(row, name) != getattr(held, name) for name in _FIGURES)


# ---------------------------------------------------------------- services


@dataclass(slots=True)
class _Budget:
    """Of a service: the standing with the least left; whether any is measured now; how many are not."""

    worst: SloStanding | None = None
    is_live: bool = False
    unknown: int = 0

    def add(self, row: SloStanding) -> None:
        if row.state != State.MEASURED:
            self.unknown += 1
        left = row.budget_left
        if left is None or row.state not in (State.MEASURED, State.STALE):
            return
        self.is_live = self.is_live or row.state == State.MEASURED
        if self.worst is None or self.worst.budget_left is None or left < self.worst.budget_left:
            self.worst = row

    def told(self) -> dict[str, Any]:
        worst = self.worst
        return {
            "slo_id": worst.slo_id if worst is not None else None,
            "left": worst.budget_left if worst is not None else None,
            "unknown": self.unknown,
        }


def _budgets(found: Iterable[SloStanding], services: Mapping[int, Service], now: datetime) -> None:
    """Write the budget of each service, and a row for each that came to another step."""
    by_service: dict[int, _Budget] = defaultdict(_Budget)
    for one in found:
        if one.service_id is not None and one.service_id in services:
            by_service[one.service_id].add(one)
    held = ServiceBudget.objects.in_bulk()
    ServiceBudget.objects.filter(service__in=held.keys() - by_service.keys()).delete()
    fresh = _begun(by_service.keys() - held.keys(), now)
    ServiceBudget.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=500)
    held |= {row.service_id: row for row in fresh}
    same, differing, moving = [], [], []
    for pk, budget in by_service.items():
        row, told = held[pk], budget.told()
        if budget.is_live and _label(_step(budget, services[pk])) != row.step:
            moving.append(pk)
        elif any(getattr(row, name) != value for name, value in told.items()):
            differing.append(_with(row, told, now))
        else:
            same.append(pk)
    ServiceBudget.objects.bulk_update(
        differing, ["slo", "left", "unknown", "computed_at", "updated_at"], batch_size=200
    )
    ServiceBudget.objects.filter(service__in=same).update(computed_at=now)
    if moving:
        _move({pk: by_service[pk] for pk in moving}, services, now)


def _begun(services: Collection[int], now: datetime) -> list[ServiceBudget]:
    """Budgets of services that have none: at the step that they came to last, where they had one before."""
    last: dict[int, BudgetStep] = {}
    for step in BudgetStep.objects.filter(service__in=services).order_by("at", "pk") if services else ():
        last[step.service_id] = step
    return [
        ServiceBudget(
            service_id=pk,
            step=last[pk].after if pk in last else "",
            since=last[pk].at if pk in last else None,
            computed_at=now,
            updated_at=now,
        )
        for pk in services
    ]


def _step(budget: _Budget, service: Service) -> Step | None:
    return policies.of(service).step(budget.worst.budget_left if budget.worst is not None else None)


def _label(step: Step | None) -> str:
    return step.label if step is not None else ""


def _with(row: ServiceBudget, told: Mapping[str, Any], now: datetime) -> ServiceBudget:
    for name, value in told.items():
        setattr(row, name, value)
    row.computed_at = row.updated_at = now
    return row


@transaction.atomic
def _move(moving: Mapping[int, _Budget], services: Mapping[int, Service], now: datetime) -> None:
    """Note who came to another step; two workers at once note it once."""
    names = dict(Slo.objects.filter(standing__service__in=moving).values_list("pk", "name"))
    steps, moved = [], []
    for row in ServiceBudget.objects.select_for_update().filter(service__in=moving).order_by("pk"):
        budget = moving[row.service_id]
        step, before = _step(budget, services[row.service_id]), row.step
        if _label(step) == before or budget.worst is None or budget.worst.budget_left is None:
            continue
        row.step, row.since = _label(step), now
        moved.append(_with(row, budget.told(), now))
        steps.append(
            BudgetStep(
                service_id=row.service_id, slo_id=budget.worst.slo_id, slo_name=names.get(budget.worst.slo_id, ""),
                before=before, after=row.step, left=budget.worst.budget_left, actions=_actions(step), at=now,
            )
        )  # fmt: skip
    ServiceBudget.objects.bulk_update(
        moved, ["slo", "left", "unknown", "step", "since", "computed_at", "updated_at"], batch_size=200
    )
    BudgetStep.objects.bulk_create(steps, batch_size=200)


def _actions(step: Step | None) -> list[dict[str, str]]:
    return [{"type": action.type, "text": action.text} for action in (step.actions if step is not None else ())]
