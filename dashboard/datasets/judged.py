"""What was judged of standards and objectives: controls, verdicts, findings, waivers, objectives."""

from collections.abc import Collection
from datetime import date

from django.conf import settings
from django.db.models import (
    Case,
    Count,
    DateTimeField,
    F,
    JSONField,
    Max,
    OuterRef,
    Q,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Greatest, JSONObject
from django.utils import timezone

from dashboard.datasets.columns import (
    ID,
    SERVICE,
    TEAM,
    UPDATED_AT,
    day,
    flag,
    integer,
    json,
    list_of,
    number,
    text,
    time,
)
from dashboard.datasets.dataset import Dataset, Rows, Source, by
from dashboard.datasets.expressions import Picked, is_there, owner_at
from ingest.models import Slo
from ingest.models.signals import Origin
from scorecards.models import ControlInForce, ControlVerdict, Finding, FindingOutcome, SloStanding, Waiver
from scorecards.reliability.burn import SHOWN
from scorecards.scans import controls
from scorecards.standards.standard import Level, Phase
from scorecards.standards.verdict import Verdict

STANDARD = text("standard", "Code of the standard.")
CONTROL = text("control", "Id of the control.")
SECTION = text("section", "Section of the standard.")
LEVEL = text("level", "How binding it is.", values=tuple(map(str, Level)))
PHASE = text("phase", "The phase of maturity that asks for it.", values=tuple(map(str, Phase)))
OWNED: dict[str, Source] = {"service": "service__slug", "team": owner_at("service__owner")}


def _counted(rows: Rows, services: Collection[int] | None = None) -> Rows:
    """Controls with how many services came to which verdict, of all services or of some; and when that changed last."""
    verdicts = ControlVerdict.objects.filter(standard=OuterRef("standard"), control=OuterRef("control")).order_by()
    if services is not None:
        verdicts = verdicts.filter(service__in=services)
    counts = {str(verdict): Count("pk", filter=Q(verdict=verdict)) for verdict in Verdict}
    counted = verdicts.values("control").annotate(counts=JSONObject(**counts)).values("counts")
    newest = verdicts.values("control").annotate(newest=Max("updated_at")).values("newest")
    nothing = Value({str(verdict): 0 for verdict in Verdict}, output_field=JSONField())
    told: Rows = rows.annotate(
        counts=Coalesce(Subquery(counted, output_field=JSONField()), nothing, output_field=JSONField()),
        changed_at=Greatest(F("updated_at"), Coalesce(Subquery(newest), F("updated_at")), output_field=DateTimeField()),
    )
    return told


def _today() -> date:
    return timezone.localdate(timezone=settings.ORGANISATION_ZONE)


CONTROLS = Dataset(
    name="controls",
    title="Controls",
    model=ControlInForce,
    text="The controls of the standards in force, and how many services stand how to each.",
    columns=(
        text("id", "Id of the control."),
        STANDARD,
        text("version", "Version of the standard."),
        text("title", "What it asks for."),
        SECTION,
        text("subsection", "Part of the section.", nullable=True),
        LEVEL,
        PHASE,
        number("weight", "How much it weighs in a score.", nullable=False),
        text("check", "Name of the check that decides it.", nullable=True),
        text("signal", "What has to be connected for it to be decided.", nullable=True),
        text("why", "Why it is asked for."),
        text("remediation", "How to meet it."),
        text("alternative_to", "Id of the control that it can stand for.", nullable=True),
        json("services", "How many services came to which verdict."),
        UPDATED_AT,
    ),
    sources={"id": "control", "check": "check_name", "services": "counts", "updated_at": "changed_at"},
    filters=("standard", "section", "level", "phase"),
    within=_counted,
    all_of=lambda: _counted(ControlInForce.objects.order_by()),
    keep=lambda: controls.keep(_today()),
    changed="changed_at",
)

VERDICTS = Dataset(
    name="verdicts",
    title="Verdicts",
    model=ControlVerdict,
    text="How each service stands to each control.",
    columns=(
        ID,
        STANDARD,
        CONTROL,
        SERVICE,
        TEAM,
        SECTION,
        LEVEL,
        PHASE,
        text("verdict", "How the service stands to it.", values=tuple(FindingOutcome.values)),
        number("proven", "Score from 0 to 1, with what is not known counted as failed; null where nothing is scored."),
        number("possible", "Score from 0 to 1, with what is not known counted as passed."),
        json("counts", "Units by outcome."),
        text("reason", "Of a live control, what decided it, or why nothing does; else empty."),
        text("stands_for", "Id of the control that this alternative stands for here; else empty."),
        time("since", "Since when the verdict is this one.", nullable=False),
        UPDATED_AT,
    ),
    sources=OWNED,
    filters=("standard", "control", "section", "level", "phase", "verdict"),
    within=by("service"),
)

FINDINGS = Dataset(
    name="findings",
    title="Findings",
    model=Finding,
    text="What the latest scans, and imports of other scanners, say of each unit, with the evidence.",
    columns=(
        ID,
        STANDARD,
        CONTROL,
        SERVICE,
        TEAM,
        text("repository", "Name of the repository."),
        text("commit", "The commit that was scanned.", nullable=True),
        text("unit", "What it is about, such as a file or a part of one."),
        text("identity", "Stays while the unit and the deciding value do."),
        text("outcome", "The answer of the check.", values=tuple(FindingOutcome.values)),
        flag("waived", "A waiver in force covers it."),
        integer("waiver", "The id of that waiver.", nullable=True),
        integer("count", "Units that it speaks for."),
        text("message", "The finding in a sentence."),
        json("evidence", "Where it shows: path, line and snippet of each place."),
        list_of("notes", "What else to know."),
        text("tool", "Name of another scanner that found it; else empty."),
        text("code", "Why it could not be looked at, as a code; else empty."),
        time("first_seen_at", "When it was found first.", nullable=False),
        UPDATED_AT,
    ),
    sources={
        **OWNED,
        "repository": "repository__name",
        "commit": "scan__commit",
        "waived": is_there("waiver"),
        "waiver": "waiver_id",
    },
    filters=("standard", "control", "outcome", "tool", "waived", "repository"),
    within=by("service"),
)

WAIVERS = Dataset(
    name="waivers",
    title="Waivers",
    model=Waiver,
    text="Who accepts which fail until when. Persons by their user names.",
    columns=(
        ID,
        SERVICE,
        TEAM,
        CONTROL,
        text("path", "A glob over the paths of evidence; empty for every unit."),
        text("reason", "Why, as a code.", values=tuple(Waiver.Reason.values)),
        text("text", "Why, in words."),
        text("state", "What became of it; whether it is over, the last day tells.", values=tuple(Waiver.State.values)),
        text("requested_by", "Who asked for it."),
        time("requested_at", "When it was asked for.", nullable=False),
        text("decided_by", "Who decided last.", nullable=True),
        time("decided_at", "When that was."),
        text("decision", "What was said with the decision; empty where nothing was."),
        day("expires_on", "The last day on which it holds.", nullable=False),
        integer("renews", "The id of the waiver that it goes on with.", nullable=True),
        integer("renewals", "How often it was renewed."),
        UPDATED_AT,
    ),
    sources={
        **OWNED,
        "requested_by": "requested_by__username",
        "decided_by": "decided_by__username",
        "renews": "renews_id",
    },
    filters=("control", "state", "expires_on"),
    within=by("service"),
)

ENDED = "ended"
NOT_COMPUTED = "It was not worked out yet."
NO_DATA = SloStanding.State.NO_DATA.value
SLOS = Dataset(
    name="slos",
    title="Service level objectives",
    model=Slo,
    text=(
        "Objectives and how each stands. Figures are null where there is no data, with the reason; where they are stale"
        " they are as of data_until. One that is told no more stays, as ended."
    ),
    columns=(
        ID,
        SERVICE,
        TEAM,
        text("name", "Name of the objective."),
        number("objective", "The share that is to be good, 0 to 1.", nullable=False),
        integer("window_seconds", "The time over which it is counted.", unit="s"),
        text("state", "How far it is measured.", values=(*SloStanding.State.values, ENDED)),
        text("reason", "Why there is no figure, or why it is stale; else empty."),
        number("attainment", "The share that was good, 0 to 1."),
        number("budget_left", "The share of the error budget that is left; below 0 where overspent."),
        json("burn_rates", "How many times as fast as allowed the budget is spent, by window."),
        json("alerts", "The alerts of the SRE workbook, and whether each fires."),
        text("step", "The step of the error budget policy that is reached, in percent left; empty for none."),
        number("coverage", "The share of the window with data, 0 to 1."),
        time("data_until", "Up to when there is data."),
        text("origin", "Who told it.", values=tuple(Origin.values)),
        text("repository", "Name of the repository that tells it.", nullable=True),
        text("path", "The file that tells it; empty where none does."),
        integer("line", "The line in it; 0 where none does."),
        time("ended_at", "Since when it is told no more."),
        UPDATED_AT,
    ),
    sources={
        **OWNED,
        "state": Case(
            When(ended_at__isnull=False, then=Value(ENDED)),
            default=Coalesce(F("standing__state"), Value(NO_DATA)),
            output_field=TextField(),
        ),
        "reason": Coalesce(
            F("standing__reason"),
            Case(When(ended_at__isnull=False, then=Value("")), default=Value(NOT_COMPUTED)),
            output_field=TextField(),
        ),
        "attainment": "standing__attainment",
        "budget_left": "standing__budget_left",
        "burn_rates": Picked(
            Coalesce(F("standing__burn_rates"), Value({}, output_field=JSONField()), output_field=JSONField()), SHOWN
        ),
        "alerts": Coalesce(F("standing__alerts"), Value([], output_field=JSONField()), output_field=JSONField()),
        "step": Coalesce(F("standing__step"), Value("")),
        "coverage": "standing__coverage",
        "data_until": "standing__data_until",
        "repository": "repository__name",
        "updated_at": "changed_at",
    },
    filters=("state", "step", "origin", "name"),
    within=by("service"),
    hidden=Q(ended_at__isnull=False),
    all_of=lambda: (
        Slo.objects.filter(service__isnull=False)
        .order_by()
        .annotate(
            changed_at=Greatest(
                F("updated_at"), Coalesce(F("standing__updated_at"), F("updated_at")), output_field=DateTimeField()
            )
        )
    ),
    changed="changed_at",
)
