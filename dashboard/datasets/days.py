"""Figures by day, of services, teams and the organisation: delivery metrics, adoption, standards."""

from collections.abc import Callable

from django.db.models import F, Model, Q
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce

from dashboard import access
from dashboard.access import Actor
from dashboard.datasets.columns import (
    ID,
    UPDATED_AT,
    Column,
    day,
    integer,
    json,
    number,
    seconds,
    text,
)
from dashboard.datasets.dataset import Dataset, Rows, Source
from dashboard.datasets.delivery import CLASSES
from dashboard.datasets.expressions import number_in, ratio, scope_at, told
from scorecards.models import AdoptionDay, ComplianceDay, DayRollup
from scorecards.standards.standard import Phase

DAY = day("day", "The day.", nullable=False)
SCOPE: tuple[Column, ...] = (
    ID,
    text("scope", "Whose figures: org, team:<slug> or service:<slug>."),
    text("service", "Slug of the service; null where the figures are not of one.", nullable=True),
    text("team", "Slug of the team; null where the figures are not of one.", nullable=True),
    DAY,
)
OF_SCOPE: dict[str, Source] = {
    "scope": scope_at("service", "team"),
    "service": "service__slug",
    "team": "team__slug",
}
FILTERS = ("scope", "service", "team", "day")


def visible(rows: Callable[[], Rows]) -> Callable[[Actor], Rows]:
    """The figures that an actor may see: all, or those of its team and of its team's services."""

    def seen(actor: Actor) -> Rows:
        if access.may_see_organisation(actor):
            return rows()
        teams = list(access.visible_teams(actor).values_list("pk", flat=True))
        services = list(access.listed_services(actor).values_list("pk", flat=True))
        return rows().filter(Q(team__in=teams) | Q(service__in=services))

    return seen


def all_of(model: type[Model]) -> Callable[[], Rows]:
    """All rows; not those of a service or team that went and of which the days are still to be merged anew."""
    return lambda: model._default_manager.filter(
        Q(service=None) | Q(service__slug__isnull=False), Q(team=None) | Q(team__slug__isnull=False)
    ).order_by()


def _days() -> Rows:
    return all_of(DayRollup)().filter(tier="")


METRICS_DAILY = Dataset(
    name="metrics-daily",
    title="Delivery metrics by day",
    model=DayRollup,
    text=(
        "The delivery metrics of each day on which something happened. Counts and sums add up over days; rates and"
        " medians of longer times don't: ask metrics for those, or divide the sums."
    ),
    columns=(
        *SCOPE,
        text("environment_class", "Class of the environments.", values=CLASSES),
        integer("deployments", "Succeeded deployments that count, by the day of their finish."),
        integer("finished_deployments", "Finished deployments that count."),
        integer("failed_deployments", "Those of them that failed."),
        number("change_failure_rate", "Failed of finished deployments, 0 to 1."),
        integer("rework_deployments", "Succeeded rollbacks and hotfixes."),
        number("rework_rate", "Rollbacks and hotfixes of succeeded deployments, 0 to 1."),
        integer("lead_time_count", "Changes delivered, with a lead time."),
        seconds("lead_time_median_seconds", "Median lead time of these."),
        seconds("lead_time_mean_seconds", "Mean lead time of these."),
        seconds("lead_time_p75_seconds", "The lead time that 75 % of these are under."),
        seconds("lead_time_p90_seconds", "The lead time that 90 % of these are under."),
        integer("mappable_deployments", "Deployments that should have brought changes."),
        integer("mapped_deployments", "Those of them of which the changes are known."),
        integer("restored_count", "Restorations on this day: of incidents, and of failures without one."),
        seconds("restoration_seconds", "How long these took, added up.", nullable=False),
        seconds("mttr_seconds", "Mean time to restore."),
        integer("recovered_count", "Failed deployments restored on this day."),
        seconds("failed_deployment_recovery_time_seconds", "Median time that these took."),
        integer("incident_count", "Incidents opened on this day."),
        integer("acknowledged_count", "Those of them that were acknowledged."),
        seconds("acknowledge_seconds", "How long that took, added up.", nullable=False),
        seconds("mean_time_to_acknowledge_seconds", "Mean time to acknowledge."),
        integer("limited_count", "Incidents whose severity sets a limit that is over."),
        integer("within_limit_count", "Those of them that were acknowledged within it."),
        number("within_limit_share", "The share within the limit, 0 to 1."),
        UPDATED_AT,
    ),
    sources={
        **OF_SCOPE,
        "change_failure_rate": ratio("failed_deployments", "finished_deployments"),
        "rework_rate": ratio("rework_deployments", "deployments"),
        "lead_time_median_seconds": "lead_time_median",
        "lead_time_mean_seconds": "lead_time_mean",
        "lead_time_p75_seconds": "lead_time_p75",
        "lead_time_p90_seconds": "lead_time_p90",
        "mttr_seconds": ratio("restoration_seconds", "restored_count"),
        "failed_deployment_recovery_time_seconds": "recovery_median",
        "mean_time_to_acknowledge_seconds": ratio("acknowledge_seconds", "acknowledged_count"),
        "within_limit_share": ratio("within_limit_count", "limited_count"),
    },
    filters=(*FILTERS, "environment_class"),
    visible=visible(_days),
    all_of=_days,
)


ADOPTION = Dataset(
    name="adoption",
    title="Adoption by day",
    model=AdoptionDay,
    text=(
        "How far the platform is used. The organisation and teams have a row for each day; a service has one only where"
        " it differs from the day before, which holds until its next. Null where a figure is none of the scope's."
    ),
    columns=(
        *SCOPE,
        text("state", "Of a team or service: uses, partly, possibly, not or inactive.", nullable=True),
        integer("teams_using", "Teams that use the platform.", nullable=True),
        integer("teams_possible", "Teams that do or might.", nullable=True),
        integer("teams_partly", "Teams of which some services do.", nullable=True),
        integer("teams_active", "Teams with an active service.", nullable=True),
        number("share", "Teams that use it of those with an active service, 0 to 1."),
        number("possible_share", "The same with those that might."),
        integer("services_using", "Active services on the platform.", nullable=True),
        integer("services_possible", "Active services that are or might be.", nullable=True),
        integer("services_active", "Active services.", nullable=True),
        number("services_share", "Services on the platform of active ones, 0 to 1."),
        integer("deployments_using", "Deployments of the last 28 days of services on the platform.", nullable=True),
        integer("deployments_possible", "The same with those that might be.", nullable=True),
        integer("deployments", "Deployments of the last 28 days.", nullable=True),
        number("deployments_share", "Deployments of services on the platform of all, 0 to 1."),
        json("capabilities", "By capability: of a service its state, else how many services use it.", nullable=True),
        UPDATED_AT,
    ),
    sources={
        **OF_SCOPE,
        "state": KeyTextTransform("state", F("figures")),
        "teams_using": number_in("figures__teams_using"),
        "teams_possible": number_in("figures__teams_possible"),
        "teams_partly": number_in("figures__teams_partly"),
        "teams_active": number_in("figures__teams"),
        "share": ratio(number_in("figures__teams_using"), number_in("figures__teams")),
        "possible_share": ratio(number_in("figures__teams_possible"), number_in("figures__teams")),
        "services_using": number_in("figures__services_using"),
        "services_possible": number_in("figures__services_possible"),
        "services_active": number_in("figures__services"),
        "services_share": ratio(number_in("figures__services_using"), number_in("figures__services")),
        "deployments_using": number_in("figures__deployments_using"),
        "deployments_possible": number_in("figures__deployments_possible"),
        "deployments": number_in("figures__deployments"),
        "deployments_share": ratio(number_in("figures__deployments_using"), number_in("figures__deployments")),
        "capabilities": Coalesce("figures__capabilities", "figures__states"),
    },
    filters=FILTERS,
    visible=visible(all_of(AdoptionDay)),
    all_of=all_of(AdoptionDay),
)


def _sum(name: str) -> Combinable:
    return number_in(f"tally__all__{name}", whole=False)


SCORECARDS = Dataset(
    name="scorecards",
    title="Standards by day",
    model=ComplianceDay,
    text=(
        "How far a standard is held. Teams and the organisation have a row for each day; a service has one only where"
        " it differs from the day before, which holds until its next."
    ),
    columns=(
        *SCOPE,
        text("standard", "Code of the standard."),
        text("version", "Version of the standard."),
        number("proven", "Score from 0 to 1, with what is not known counted as failed; null where nothing is scored."),
        number("possible", "Score from 0 to 1, with what is not known counted as passed."),
        number("coverage", "The share of what applies that could be looked at, 0 to 1."),
        text("phase", "The phase of maturity that is reached.", values=tuple(map(str, Phase)), nullable=True),
        text("possible_phase", "The phase that might be.", values=tuple(map(str, Phase)), nullable=True),
        integer("scanned_services", "Services with a scan."),
        integer("unscanned_services", "Active services without one."),
        integer("required_met", "Services that meet all REQUIRED controls that apply to them."),
        integer("required_open", "Services that might."),
        integer("required_services", "Services to which a REQUIRED control applies."),
        json("sums", "Numerators and denominators, over all and by level, section and phase, which add up."),
        UPDATED_AT,
    ),
    sources={
        **OF_SCOPE,
        "proven": ratio(_sum("proven_numerator"), _sum("denominator")),
        "possible": ratio(_sum("possible_numerator"), _sum("denominator")),
        "coverage": ratio(_sum("known_count"), _sum("unit_count")),
        "phase": told("phase"),
        "possible_phase": told("possible_phase"),
        "scanned_services": "services",
        "unscanned_services": "unscanned",
        "required_met": "met",
        "required_open": "open",
        "required_services": "judged",
        "sums": "tally",
    },
    filters=(*FILTERS, "standard"),
    visible=visible(all_of(ComplianceDay)),
    all_of=all_of(ComplianceDay),
)
