"""Weeks that mails have to hold: a full one, a quiet one, one without data, and a terrible one."""

from dataclasses import replace
from datetime import date, timedelta

from dashboard.reports.outside import outside
from dashboard.reports.restated import told
from dashboard.reports.weekly import Figure, Line, Report, Restated, section

MONDAY = date(2026, 11, 16)
SITE = "http://localhost:8000"
DAYS = "from=2026-11-16&to=2026-11-23"
HOSTILE = "<script>alert(1)</script>\r\nBcc: x@example.com \"'&\u202e\u0000 דוח שבועי 🚀🔥 "
LONG = HOSTILE + "payments-" * 30


def figure(metric: str, label: str, now: str, before: str, change: str, target: str, **fields) -> Figure:
    href = f"{SITE}/explain/{metric}/?scope=team%3Apay&{DAYS}"
    course = [3.0, 2.5, 4.0, None, 3.5, 3.0, 2.0, 2.5, 4.5, 5.0, 4.0, 6.0]
    said = {"mark": "good", "verdict": "met", "value": 6.0, "course": course} | fields
    return Figure(metric, label, now, "", before, change, target, href=href, **said)


MISSED = {"mark": "bad", "verdict": "missed"}
FIGURES = (
    figure(
        "deployment_frequency",
        "Deployment frequency",
        "1.8\u00a0/ day / service",
        "1.6\u00a0/ day / service",
        "+0.2",
        "1 / working day",
    ),
    figure(
        "lead_time",
        "Lead time for changes",
        "9.8\u00a0h",
        "3.1\u00a0h",
        "+6.7\u00a0h",
        "under 1 h",
        **MISSED,
        caveat="71 % of deployments have known changes",
    ),
    figure("change_failure_rate", "Change failure rate", "3.1\u00a0%", "2.7\u00a0%", "+0.4\u00a0pt", "under 5 %"),
    figure("mttr", "Mean time to recovery", "41\u00a0min", "53\u00a0min", "−12\u00a0min", "under 30 min", **MISSED),
    figure(
        "standards",
        "Standards",
        "62–70\u00a0%",
        "56–70\u00a0%",
        "+6.0\u00a0pt",
        "all meet all REQUIRED",
        mark="none",
        verdict="not known",
    ),
    figure(
        "adoption", "Adoption", "84\u00a0%", "84\u00a0%", "unchanged", "at least half of its services on the platform"
    ),
)


def line(name: str, text: str, path: str, mark: str = "none") -> Line:
    return Line(name, text, f"{SITE}{path}", mark)


def full() -> Report:
    restated = [Restated("mttr", MONDAY - timedelta(days=7), 1500.0, 4800.0), Restated("mttr", MONDAY, None, 60.0)]
    report = Report(
        scope="team:pay",
        name="Payments",
        monday=MONDAY,
        href=f"{SITE}/teams/pay/?{DAYS}",
        figures=FIGURES,
        waiting=(
            *section(
                "Open grave incidents",
                [line("Ledger", "sev1, Refunds fail, opened 22\u00a0h ago", "/incidents/7/", "bad")],
                "grave incident open",
                "grave incidents open",
            ),
            *section(
                "Waivers that end",
                [
                    line(
                        "Pay API",
                        "the waiver of DOP-4.2-03 ends in 6 days, on 29 Nov; then it counts again",
                        "/waivers/3/",
                        "warn",
                    )
                ],
                "waiver ends",
                "waivers end",
            ),
            *section(
                "Campaigns due",
                [line("Pin images by digest", "3 services to do, 1 service not known, 9 days left", "/campaigns/pin/")],
                "campaign due",
                "campaigns due",
            ),
        ),
        changes=(
            *section(
                "Moved",
                [
                    line(
                        "Payments",
                        "lead time changed from 3.1\u00a0h to 9.8\u00a0h, review from 1.0\u00a0h to 6.9\u00a0h",
                        f"/teams/pay/?{DAYS}",
                    ),
                    line(
                        "Ledger",
                        "change failure rate changed from 0\u00a0% to 12.5\u00a0%",
                        f"/services/ledger/?{DAYS}",
                    ),
                ],
                "figure moved",
                "figures moved",
                public=True,
            ),
            *section(
                "REQUIRED controls newly failing",
                [
                    line(
                        "Pay API",
                        "Images are pinned by digest (DOP-4.2-03) came to fail: a new commit",
                        "/services/pay-api/standards/#DOP-4.2-03",
                        "bad",
                    )
                ],
                "REQUIRED control newly failing",
                "REQUIRED controls newly failing",
            ),
            *section(
                "REQUIRED controls fixed",
                [line("4 controls", "pass again in 2 services: a new commit", "/teams/pay/standards/", "good")],
                "REQUIRED control fixed",
                "REQUIRED controls fixed",
                4,
            ),
            *section(
                "Steps of error budgets",
                [
                    line(
                        "Ledger",
                        "error budget of availability came down to 25 %",
                        "/services/ledger/reliability/",
                        "bad",
                    )
                ],
                "step of an error budget",
                "steps of error budgets",
                public=True,
            ),
        ),
        next=line(
            "Pin the images by digest", "Pay API, Ledger, deploy/prod.yaml: +4.0 points", "/teams/pay/standards/"
        ),
        caveats=["Lead time for changes: 71 % of deployments have known changes."],
        sources=["GitHub: nothing came for 3 d; usually something comes each 2 h"],
    )
    return told(report, restated, lambda one: f"{SITE}/explain/{one.metric}/?{DAYS}")


def quiet() -> Report:
    return replace(
        full(),
        figures=[replace(one, mark="good", verdict="met", caveat="") for one in FIGURES],
        waiting=(),
        changes=(),
        next=None,
        caveats=(),
        sources=(),
        restated=(),
    )


def no_data() -> Report:
    nothing = [
        replace(
            one, now="", reason="No source connected yet", value=None, course=(), mark="none", verdict="", caveat=""
        )
        for one in FIGURES
    ]
    return replace(quiet(), figures=nothing)


def terrible() -> Report:
    """All that there is room for, of whatever somebody could write into a name."""
    bad = line(LONG, LONG * 2, f"/services/{'z' * 200}/", "bad")
    kinds = [one.title for one in (*full().waiting, *full().changes)]
    sections = [one for kind in kinds for one in section(kind, [bad] * 500, "one", "many")]
    restated = [
        Restated(one.metric, MONDAY - timedelta(days=7 * week), None, 1e9) for one in FIGURES for week in range(1, 5)
    ]
    report = replace(
        full(),
        name=LONG,
        figures=[replace(one, caveat=LONG, **MISSED) for one in FIGURES],
        waiting=sections[:3],
        changes=sections[3:],
        next=bad,
        caveats=[LONG] * len(FIGURES),
        sources=[LONG] * 4,
    )
    return told(report, restated, lambda one: f"{SITE}/explain/{one.metric}/?scope=team%3A{'z' * 120}&{DAYS}")


WEEKS = {"full": full, "quiet": quiet, "no-data": no_data, "terrible": terrible, "outside": lambda: outside(full())}
