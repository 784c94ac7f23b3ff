"""(pure) What a message to a chat says, before it takes a chat's form: the digest of a week, or alerts."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from dashboard.reports.weekly import (
    LONGEST_TEXT,
    Figure,
    Line,
    Report,
    Section,
    one_line,
    span_text,
    tidy,
    week_text,
)

DIGEST_LINES = 3  # of one kind; the rest is told as a number
CAVEATS = 2
ALERT_LINES = 15
NAMED = 3
SIGNS = {"good": "\u25cf", "warn": "\u25d0", "bad": "\u25b2", "none": "\u2022"}  # a shape beside the word
BUDGET, INCIDENT, SOURCE = "budget", "incident", "source"
TITLES = {BUDGET: "Error budgets", INCIDENT: "sev1 incidents", SOURCE: "Sources"}  # the gravest kinds stand first
ORDER = (INCIDENT, BUDGET, SOURCE)


@dataclass(frozen=True, slots=True)
class Message:
    """``brief``: all of it in a line, as a notification shows it. ``link``: what ``href`` is called."""

    title: str
    brief: str
    says: str = ""
    sections: Sequence[Section] = ()
    href: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that could not wait. ``kind``: one of ``TITLES``."""

    kind: str
    line: Line


def digest(report: Report) -> Message:
    """A week, short: the figures, and the first of what waits and changed."""
    report = tidy(report)
    title = f"{report.name}: week {week_text(report.monday)}, {span_text(report.monday)}"
    says = one_line(report.summary, LONGEST_TEXT)
    sections = [] if report.is_empty else [Section("", [_figure(one) for one in report.figures])]
    sections += [_shortened(one) for one in (*report.waiting, *report.changes)]
    if report.restated:
        sections.append(_shortened(Section("Restated since they were told", [one.line for one in report.restated])))
    if report.next is not None:
        sections.append(Section("Next best action", [report.next]))
    if report.caveats:
        lines = [Line("", caveat, "") for caveat in report.caveats[:CAVEATS]]
        sections.append(Section("Mind the data", lines, max(0, len(report.caveats) - CAVEATS)))
    return Message(title, f"{title}. {says}", says, sections, report.href, "See the week")


def alerts(found: Iterable[Alert], href: str) -> Message:
    """What came together, by kind; each alert has its line, up to what a person reads."""
    by_kind: Mapping[str, list[Line]] = defaultdict(list)
    for alert in found:
        by_kind[alert.kind].append(alert.line)
    lines = [line for kind in ORDER for line in by_kind[kind]]
    if len(lines) == 1:
        brief = f"{one_line(lines[0].name)}: {one_line(lines[0].text, LONGEST_TEXT)}"
    else:
        names = list(dict.fromkeys(one_line(line.name) for line in lines))
        brief = f"{', '.join(names[:NAMED])}{f' and {len(names) - NAMED} more' if len(names) > NAMED else ''}"
    kinds = [kind for kind in ORDER if by_kind[kind]]
    title = f"{len(lines)} alerts" if len(lines) > 1 else TITLES[kinds[0]] if kinds else ""
    sections = [_clipped(Section(TITLES[kind], by_kind[kind]), ALERT_LINES) for kind in kinds]
    return Message(title, f"{title}: {brief}", "", sections, href, "Open Plumbline")


def trial(name: str, who: str, href: str) -> Message:
    """What a person sends to see whether it arrives."""
    says = f"{one_line(who)} tried the channel {one_line(name)} of Plumbline. What you read here arrives."
    return Message("A test", says, says, (), href, "See the channel")


def shorter(message: Message) -> Message | None:
    """The same without a line of its longest section; ``None`` where there is none to leave out."""
    longest = max(message.sections, key=lambda one: len(one.lines), default=None)
    if longest is None or not longest.lines:
        return None
    cut = replace(longest, lines=longest.lines[:-1], more=longest.more + 1)
    return replace(message, sections=[cut if one is longest else one for one in message.sections])


def rest(section: Section) -> str:
    """How many lines are left out; empty for none."""
    return f"and {section.more} more" if section.more else ""


def _figure(one: Figure) -> Line:
    """A figure against the week before and its target; the reason where there is none."""
    if not one.now:
        return Line(one.label, one.reason or "no data", one.href)
    before = f" ({one.change}, {one.before} the week before)" if one.change else f" ({one.before} the week before)"
    target = f", target {one.target}" if one.target else ""
    verdict = f": {one.verdict}" if one.verdict else ""
    return Line(one.label, one_line(f"{one.now}{before}{target}{verdict}", LONGEST_TEXT), one.href, one.mark)


def _shortened(section: Section) -> Section:
    return _clipped(section, DIGEST_LINES)


def _clipped(section: Section, most: int) -> Section:
    lines = [
        replace(line, name=one_line(line.name), text=one_line(line.text, LONGEST_TEXT)) for line in section.lines[:most]
    ]
    return replace(section, lines=lines, more=section.more + max(0, len(section.lines) - most))
