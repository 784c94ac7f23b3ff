"""(pure) What of a report goes to an address outside, whose reader has no account and is held to nothing."""

from dataclasses import replace

from dashboard.reports.weekly import Line, Report, Section

INSIDE = "who may sign in sees which"


def outside(report: Report) -> Report:
    """Figures, what moved them, and budgets in full. Of incidents, controls, waivers and campaigns how many there are,
    for their titles may say how to do harm; no next action and no source's name. New kinds are counted alone too."""
    return replace(
        report,
        changes=[_outside(one, report.href) for one in report.changes],
        waiting=[_outside(one, report.href) for one in report.waiting],
        next=None,
        sources=(),
    )


def _outside(found: Section, href: str) -> Section:
    if found.public:
        return found
    mark = found.lines[0].mark if found.lines else "none"
    return replace(found, lines=[Line(found.counted, INSIDE, href, mark)], more=0)
