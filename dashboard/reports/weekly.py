"""(pure) What a weekly report says: the week's figures, what changed and why, what comes next, what to mind."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

WEEK = timedelta(days=7)
TOGETHER = 2
LINES = 5  # of one kind; the rest is told as a number
LONGEST_NAME = 100
LONGEST_TEXT = 300
NO_BREAK = "\u00a0"
EARLIEST_YEAR = 2000
NO_DATA = "no data"
CALM = "A calm week: nothing moved by a fifth or more, nothing came to fail, nothing waits for you."
EMPTY = "No data of this week yet, so there is nothing to compare."

Mark = Literal["good", "warn", "bad", "none"]


class BadWeek(ValueError):
    """It names no week; the text says how to write one."""


def parse_week(text: str) -> date:
    """The Monday of a week written like ``2026-W47``.

    Raises:
        BadWeek: it names none.
    """
    year, _, number = text.partition("-W")
    plain = year.isascii() and year.isdigit() and number.isascii() and number.isdigit()
    if not plain or len(year) != 4 or len(number) != 2 or int(year) < EARLIEST_YEAR:
        raise BadWeek(f"{text[:20]!r} is no week. Write it like 2026-W47.")
    try:
        return date.fromisocalendar(int(year), int(number), 1)
    except ValueError as error:
        raise BadWeek(f"{text[:20]!r} is no week. Write it like 2026-W47.") from error


def week_text(monday: date) -> str:
    """``2026-W47``."""
    year, number, _ = monday.isocalendar()
    return f"{year}-W{number:02}"


def last_whole_week(today: date) -> date:
    """The Monday of the last week that is over."""
    return today - timedelta(days=today.weekday()) - WEEK


def span_text(monday: date) -> str:
    """``16 to 22 Nov 2026``, with both months or years where they differ."""
    last = monday + timedelta(days=6)
    if monday.year != last.year:
        return f"{monday.day} {monday:%b %Y} to {last.day} {last:%b %Y}"
    if monday.month != last.month:
        return f"{monday.day} {monday:%b} to {last.day} {last:%b %Y}"
    return f"{monday.day} to {last.day} {last:%b %Y}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One of the six. ``now`` is empty where ``reason`` stands; ``course``: by week, the newest last."""

    metric: str
    label: str
    now: str = ""
    reason: str = ""
    before: str = ""
    change: str = ""
    target: str = ""
    mark: Mark = "none"
    verdict: str = ""
    caveat: str = ""
    href: str = ""
    course: Sequence[float | None] = ()
    value: float | None = None

    @property
    def number(self) -> str:
        return self.now.partition(NO_BREAK)[0]

    @property
    def unit(self) -> str:
        return self.now.partition(NO_BREAK)[2]

    @property
    def was(self) -> bool:
        """There was a figure the week before."""
        return self.before not in ("", NO_DATA)

    @property
    def alt(self) -> str:
        """What its picture shows, in words."""
        known = sum(value is not None for value in self.course)
        then = f", {self.before} the week before" if self.before else ""
        return f"{self.label}, {known} weeks: {self.now} now{then}"


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence, and where it leads."""

    name: str
    text: str
    href: str
    mark: Mark = "none"


@dataclass(frozen=True, slots=True)
class Section:
    """Sentences of one kind. ``more``: how many are left out. ``counted``: how many there are, in words. ``public``:
    who has no account may read them."""

    title: str
    lines: Sequence[Line]
    more: int = 0
    counted: str = ""
    public: bool = False


@dataclass(frozen=True, slots=True)
class Restated:
    """A figure of an earlier week that is another since it was mailed. ``mailed``: what was said of it last; ``None``
    where there was no data, or is none ``now``. ``line``: it in words."""

    metric: str
    monday: date
    mailed: float | None
    now: float | None
    line: Line = Line("", "", "")


@dataclass(frozen=True, slots=True)
class Report:
    """A team's week, or the organisation's. ``scope``: ``org`` or ``team:<slug>``. ``caveats``: of figures.
    ``sources``: those that are silent."""

    scope: str
    name: str
    monday: date
    href: str
    figures: Sequence[Figure]
    changes: Sequence[Section] = ()
    waiting: Sequence[Section] = ()
    next: Line | None = None
    caveats: Sequence[str] = ()
    sources: Sequence[str] = ()
    restated: Sequence[Restated] = ()

    @property
    def is_empty(self) -> bool:
        """Nothing is known of any of the figures."""
        return all(not figure.now for figure in self.figures)

    @property
    def is_calm(self) -> bool:
        return not self.is_empty and not self.changes and not self.waiting and not self.restated

    @property
    def week(self) -> str:
        return week_text(self.monday)

    @property
    def span(self) -> str:
        return span_text(self.monday)

    @property
    def subject(self) -> str:
        """The same each week, so that mail programs keep a thread; one line, whatever the name."""
        return f"Weekly report: {one_line(self.name)}"

    @property
    def summary(self) -> str:
        """The week in a sentence, as an inbox shows it beside the subject."""
        if self.is_empty:
            return EMPTY
        if self.is_calm:
            return CALM
        missed = sum(figure.verdict == "missed" for figure in self.figures)
        parts = [f"{missed} of {len(self.figures)} targets missed"] if missed else []
        parts += [one.counted for one in (*self.waiting, *self.changes)]
        if self.restated:
            parts.append(f"{len(self.restated)} earlier {'figure' if len(self.restated) == 1 else 'figures'} restated")
        return f"{', '.join(parts)}."


def one_line(text: str, longest: int = LONGEST_NAME) -> str:
    """One line of what somebody wrote: a line break would begin another header. Spaces that do not break stay."""
    kept = "".join(letter if letter.isprintable() or letter == NO_BREAK else " " for letter in text)
    line = " ".join(part for part in kept.split(" ") if part)
    return line if len(line) <= longest else f"{line[: longest - 1]}\u2026"


def tidy(report: Report) -> Report:
    """The same with names and sentences of a length that a mail has room for, each on a line."""

    def line(one: Line) -> Line:
        return replace(one, name=one_line(one.name), text=one_line(one.text, LONGEST_TEXT))

    def sections(found: Iterable[Section]) -> tuple[Section, ...]:
        return tuple(replace(one, lines=[line(each) for each in one.lines]) for one in found)

    return replace(
        report,
        name=one_line(report.name),
        changes=sections(report.changes),
        waiting=sections(report.waiting),
        next=replace(line(report.next), name=one_line(report.next.name, LONGEST_TEXT)) if report.next else None,
        caveats=tuple(one_line(one, LONGEST_TEXT) for one in report.caveats),
        sources=tuple(one_line(one, LONGEST_TEXT) for one in report.sources),
    )


def section(
    title: str, lines: Iterable[Line], one: str, many: str, count: int | None = None, *, public: bool = False
) -> list[Section]:
    """The lines under a title, the first of them; nothing where there is none. ``count``: of what they tell, where a
    line tells of several."""
    found = list(lines)
    if not found:
        return []
    number = len(found) if count is None else count
    counted = f"{number} {one if number == 1 else many}"
    return [Section(title, found[:LINES], max(0, len(found) - LINES), counted, public)]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a REQUIRED control in a service within the week. ``before`` and ``after``: at its ends."""

    service: str
    control: str
    title: str
    before: str
    after: str
    cause: str
    href: str


def failing(found: Iterable[Verdict], causes: Mapping[str, str]) -> list[Section]:
    """REQUIRED controls that came to fail; three and more of a service and cause as one line."""
    came = [one for one in found if one.after == "fail" and one.before != "fail"]
    groups: dict[tuple[str, str], list[Verdict]] = defaultdict(list)
    for one in sorted(came, key=lambda one: (one.service, one.control)):
        groups[one.service, one.cause].append(one)
    lines = []
    for (service, cause), own in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])):
        why = causes.get(cause, cause)
        if len(own) > TOGETHER:
            text = f"{len(own)} REQUIRED controls came to fail, among them \u201c{own[0].title}\u201d: {why}"
            lines.append(Line(service, text, own[0].href, "bad"))
        else:
            lines += [Line(service, f"{one.title} ({one.control}) came to fail: {why}", one.href, "bad") for one in own]
    noun = "REQUIRED control newly failing", "REQUIRED controls newly failing"
    return section("REQUIRED controls newly failing", lines, *noun, len(came))


def fixed(found: Iterable[Verdict], causes: Mapping[str, str], href: str) -> list[Section]:
    """REQUIRED controls that no longer fail and pass, by cause: where several were, as a number."""
    mended = [one for one in found if one.before == "fail" and one.after == "pass"]
    by_cause = Counter(one.cause for one in mended)
    lines = []
    for cause, count in by_cause.most_common():
        own = [one for one in mended if one.cause == cause]
        why = causes.get(cause, cause)
        if count == 1:
            lines.append(
                Line(own[0].service, f"{own[0].title} ({own[0].control}) passes again: {why}", own[0].href, "good")
            )
        else:
            services = len({one.service for one in own})
            where = "1 service" if services == 1 else f"{services} services"
            lines.append(Line(f"{count} controls", f"pass again in {where}: {why}", href, "good"))
    noun = "REQUIRED control fixed", "REQUIRED controls fixed"
    return section("REQUIRED controls fixed", lines, *noun, len(mended))


def budget_step(service: str, objective: str, before: str, after: str, href: str) -> Line:
    """A step of a budget's policy. ``before`` and ``after``: percentages, empty for none."""
    of = f" of {objective}" if objective else ""
    if after and (not before or float(after) < float(before)):
        text = f"error budget{of} is spent" if after == "0" else f"error budget{of} came down to {after} %"
        return Line(service, text, href, "bad")
    return Line(service, f"error budget{of} recovered above {before} %", href, "good")


def waiver(service: str, control: str, ends: date, today: date, href: str) -> Line:
    """A waiver that ends; then what it covers counts again."""
    days = (ends - today).days
    when = "today" if days <= 0 else "tomorrow" if days == 1 else f"in {days} days"
    return Line(
        service, f"the waiver of {control} ends {when}, on {ends.day} {ends:%b}; then it counts again", href, "warn"
    )


def campaign(name: str, left: int, unknown: int, days: int, href: str) -> Line:
    """What a campaign still asks of the team's services."""
    when = "it ends today" if days <= 0 else "1 day left" if days == 1 else f"{days} days left"
    parts = [_services(left, "to do")] if left else []
    parts += [_services(unknown, "not known")] if unknown else []
    return Line(name, f"{', '.join(parts)}, {when}", href, "warn" if days <= WEEK.days else "none")


def _services(count: int, state: str) -> str:
    return f"{count} {'service' if count == 1 else 'services'} {state}"
