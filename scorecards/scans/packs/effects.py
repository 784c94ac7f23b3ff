"""Before a pack is published: which verdicts and phases of services and teams would be others."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from ingest.catalogue.owners import periods_by_service
from ingest.catalogue.ownership import owner_on
from ingest.models import Service, Team
from scorecards.compliance import Compliance, Meets, judge
from scorecards.maturity import maturity
from scorecards.models import Finding, OwnPack, Waiver
from scorecards.rules.judging import outcomes
from scorecards.scanning.engine import MAX_FINDINGS
from scorecards.scans.claims import Claim, claimed_by
from scorecards.scans.daily import lowest
from scorecards.scans.kept import compliances_of
from scorecards.scans.packs.judging import Counted, Looked, checks_of, findings_of_checks, kept_scans
from scorecards.standards import pack
from scorecards.standards.standard import Standard
from scorecards.standards.verdict import ControlResult, Verdict
from scorecards.waivers import covering


@dataclass(frozen=True, slots=True)
class Change:
    """A control's verdict for a service; empty where it has none, before the first and after the last one."""

    control: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ServiceEffect:
    """``before`` and ``after`` are phases, empty for none. ``changes``: the verdicts that would be others; a
    first one that does not apply changes nothing.

    ``unknown_facts``: its scan kept no facts, so that rules are unknown until the next one.
    """

    service: Service
    team: Team | None
    before: str
    after: str
    met_before: str
    met_after: str
    changes: tuple[Change, ...]
    unknown_facts: bool = False

    @property
    def changes_phase(self) -> bool:
        return self.before != self.after

    @property
    def changes_standing(self) -> bool:
        """Whether it would meet all that is REQUIRED, or no longer."""
        return self.met_before != self.met_after

    @property
    def is_changed(self) -> bool:
        return bool(self.changes) or self.changes_phase or self.changes_standing

    @property
    def failing(self) -> int:
        return sum(change.after == Verdict.FAIL for change in self.changes)


@dataclass(frozen=True, slots=True)
class TeamEffect:
    """``team`` is ``None`` for services that nobody owns. Its phase is the lowest of its services."""

    team: Team | None
    before: str
    after: str
    services: int
    changed: int
    failing: int

    @property
    def changes_phase(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Preview:
    """``by_control``: services by the verdict that each control would have."""

    services: tuple[ServiceEffect, ...]
    teams: tuple[TeamEffect, ...]
    by_control: Mapping[str, Counter[str]]
    repositories: int
    without_facts: int

    @property
    def changed(self) -> tuple[ServiceEffect, ...]:
        return tuple(effect for effect in self.services if effect.is_changed)


def preview(standard: Standard, today: date) -> Preview:
    """What would change if the pack were published, judged from what the newest scans kept."""
    now = _published(standard.code)
    known = _Known.of(standard, today)
    before = compliances_of(Service.objects.filter(retired_on__isnull=True), now) if now else {}
    found: list[tuple[ServiceEffect, Mapping[str, Verdict]]] = []
    repositories, blind = 0, 0
    for looked in kept_scans():
        repositories += 1
        blind += looked.facts is None
        for service, compliance in _compliances(standard, looked, known):
            found.append(
                _effect(
                    service, known.team_of.get(service.pk), before.get(service.pk), compliance, looked.facts is None
                )
            )
    found.sort(key=lambda told: told[0].service.slug)
    by_control: dict[str, Counter[str]] = defaultdict(Counter)
    for _, verdicts in found:
        for control, verdict in verdicts.items():
            by_control[control][str(verdict)] += 1
    effects = tuple(effect for effect, _ in found)
    return Preview(effects, _teams(effects), dict(by_control), repositories, blind)


def _published(code: str) -> Standard | None:
    row = OwnPack.objects.filter(code=code, state=OwnPack.State.PUBLISHED).first()
    return pack.load(row.text, row.code) if row is not None else None


@dataclass(frozen=True, slots=True)
class _Known:
    """What is read once for all repositories."""

    services_of: Mapping[int, Sequence[Service]]
    team_of: Mapping[int, Team | None]
    waivers_of: Mapping[int, Sequence[Waiver]]
    checked: Mapping[int, Sequence[Counted]]

    @classmethod
    def of(cls, standard: Standard, today: date) -> "_Known":
        services: dict[int, list[Service]] = defaultdict(list)
        for service in Service.objects.filter(retired_on__isnull=True, repository__isnull=False).order_by("slug"):
            services[service.repository_id or 0].append(service)
        waivers: dict[int, list[Waiver]] = defaultdict(list)
        approved = Waiver.objects.filter(state=Waiver.State.APPROVED, expires_on__gte=today)
        for waiver in approved.filter(control__in=list(standard.control_by_id)):
            waivers[waiver.service_id].append(waiver)
        return cls(services, _teams_by_service(today), waivers, findings_of_checks(standard))


def _teams_by_service(today: date) -> dict[int, Team | None]:
    teams = {team.pk: team for team in Team.objects.all()}
    return {pk: teams.get(owner_on(periods, today) or 0) for pk, periods in periods_by_service().items()}


# ---------------------------------------------------------------- one repository


def _compliances(standard: Standard, looked: Looked, known: _Known) -> Iterable[tuple[Service, Compliance]]:
    services = known.services_of.get(looked.scan.repository_id, ())
    told = [service for service in services if looked.speaks_of(service)]
    units = _units(standard, looked, [Claim(service.pk, tuple(service.path_globs)) for service in told])
    for service in services:
        if service not in told:
            yield service, judge(standard, ())
            continue
        counts = units[service.pk] + _of_checks(standard, looked, known.checked.get(service.pk, ()))
        waivers = known.waivers_of.get(service.pk, ())
        outcomes_of: dict[str, Counter[Verdict]] = {control: Counter() for control in _looked_at(standard, looked)}
        for control, outcome, path, count in counts:
            outcomes_of.setdefault(control, Counter())[_waived(control, outcome, path, waivers)] += count
        yield service, judge(standard, [ControlResult(control, told) for control, told in outcomes_of.items()])


def _units(standard: Standard, looked: Looked, claims: Sequence[Claim]) -> dict[int, list[Counted]]:
    """What the rules say of each service."""
    found: dict[int, Counter[tuple[str, str, str]]] = {claim.service_id: Counter() for claim in claims}
    for control in standard.controls:
        if control.rule is None or looked.facts is None:
            continue
        told = outcomes(control.rule, looked.facts)
        units = Counter((str(one.outcome), one.place.path) for one in islice(told, MAX_FINDINGS))
        if next(told, None) is not None:
            units[str(Verdict.UNKNOWN), ""] += 1  # a scan keeps no more, so that the rest is not known
        for (outcome, path), count in units.items():
            for service_id in claimed_by(path, claims):
                found[service_id][control.id, outcome, path] += count
    return {pk: [Counted(*key, count) for key, count in counts.items()] for pk, counts in found.items()}


def _of_checks(standard: Standard, looked: Looked, found: Sequence[Counted]) -> list[Counted]:
    own = _own_ids(standard)
    return [one._replace(control=own[one.control]) for one in found if one.control in own]


def _own_ids(standard: Standard) -> dict[str, str]:
    """A pack's control by the standard's one that the same check decides."""
    by_check = checks_of(standard)
    return {by_check[control.check]: control.id for control in standard.controls if control.check in by_check}


def _looked_at(standard: Standard, looked: Looked) -> set[str]:
    """The controls that can be judged from what was kept; the others are unknown."""
    own = _own_ids(standard)
    rules = {control.id for control in standard.controls if control.rule is not None and looked.facts is not None}
    return rules | {own[identity] for identity in looked.scan.judged if identity in own}


def _waived(control: str, outcome: str, path: str, waivers: Sequence[Waiver]) -> Verdict:
    if waivers and covering(Finding(control=control, outcome=outcome, path=path), waivers) is not None:
        return Verdict.WAIVED
    return Verdict(outcome)


# ---------------------------------------------------------------- before and after


def _effect(
    service: Service, team: Team | None, before: Compliance | None, after: Compliance, blind: bool
) -> tuple[ServiceEffect, Mapping[str, Verdict]]:
    old = before.verdict_by_id if before is not None else {}
    new = after.verdict_by_id
    changes = tuple(
        Change(control, str(old.get(control, "")), str(new.get(control, "")))
        for control in dict.fromkeys((*new, *old))
        if old.get(control) != new.get(control) and (control in old or new[control] is not Verdict.NOT_APPLICABLE)
    )
    effect = ServiceEffect(
        service=service,
        team=team,
        before=_phase(before),
        after=_phase(after),
        met_before=_met(before),
        met_after=_met(after),
        changes=changes,
        unknown_facts=blind,
    )
    return effect, new


def _phase(compliance: Compliance | None) -> str:
    return str(maturity(compliance).proven or "") if compliance is not None else ""


def _met(compliance: Compliance | None) -> str:
    meets: Meets | None = compliance.meets_required if compliance is not None else None
    return str(meets or "")


def _teams(effects: Iterable[ServiceEffect]) -> tuple[TeamEffect, ...]:
    by_team: dict[int, list[ServiceEffect]] = defaultdict(list)
    for effect in effects:
        by_team[effect.team.pk if effect.team else 0].append(effect)
    found = [
        TeamEffect(
            team=members[0].team,
            before=lowest(effect.before for effect in members),
            after=lowest(effect.after for effect in members),
            services=len(members),
            changed=sum(effect.is_changed for effect in members),
            failing=sum(bool(effect.failing) for effect in members),
        )
        for members in by_team.values()
    ]
    return tuple(sorted(found, key=lambda effect: (effect.team is None, effect.team.name if effect.team else "")))
