"""(pure) Feature flags are data with a plan, an owner and an end."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from scorecards.checks.finding import Finding, failed, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading import kinds
from scorecards.reading.durations import seconds_of
from scorecards.reading.flag_calls import Call, usage
from scorecards.reading.flags import Flag, Rule, expiry, flags, is_fully_on, persons, rules
from scorecards.reading.services import ServiceUnit, service_of, services

FIRST_SHARE = 10  # percent
STALE_DAYS = 90
_KEBAB = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


# ---------------------------------------------------------------- DOP-7.2-01


@check("feature-flags-versioned")
def feature_flags_versioned(subject: Subject) -> Iterator[Finding]:
    """Flags are defined, described and used; every key that code evaluates is defined."""
    if not kinds.has(subject.tree, "app-src"):
        return
    used, defined = usage(subject.tree), flags(subject.tree)
    for service in services(subject):
        own = [flag for flag in defined if service_of(subject, flag.place.path) is service]
        calls = [call for call in used.calls if service_of(subject, call.place.path) is service]
        kits = [place for place in used.kits if service_of(subject, place.path) is service]
        if own or calls:
            yield _versioned(service, own, calls, [flag.name for flag in defined], used.calls)
        elif kits:
            text = "It asks a flag service by keys that can't be read here."
            yield unknown(f"service {service.name}", text, *kits, value="keys unknown")


def _versioned(
    service: ServiceUnit, own: Sequence[Flag], calls: Sequence[Call], defined: Sequence[str], used: Sequence[Call]
) -> Finding:
    unit = f"service {service.name}"
    if not defined:
        text = f"Whether {calls[0].key[:60]} is defined is only known to the flag service."
        return unknown(unit, text, *(call.place for call in calls), value="definitions elsewhere")
    strange = [call for call in calls if call.key not in defined]
    if strange:
        text = f"Code evaluates {strange[0].key[:60]}, which is defined nowhere: define it, or mend the key."
        value = " ".join(sorted({call.key for call in strange})[:20])
        return failed(unit, text, *(call.place for call in strange), value=value)
    gaps = list(_gaps(own, {call.key for call in used}))
    if gaps:
        value = " ".join(sorted({f"{flag.name}:{what}" for what, flag in gaps})[:20])
        text = f"The flag {gaps[0][1].name[:60]} {gaps[0][0]}."
        return partial(unit, text, *(flag.place for _, flag in gaps), value=value)
    return passed(unit, "Flags are defined, described and used.", *(flag.place for flag in own))


def _gaps(own: Sequence[Flag], used: set[str]) -> Iterator[tuple[str, Flag]]:
    counted = Counter((flag.place.path, flag.name) for flag in own)
    for flag in own:
        if counted[(flag.place.path, flag.name)] > 1:
            yield "is defined twice", flag
        if flag.form == "generic" and not _KEBAB.match(flag.name):
            yield "has a key that is no kebab case", flag
        if not flag.description and flag.form in ("generic", "flipt"):
            yield "has no description", flag
        if not flag.defaulted:
            yield "has no explicit default", flag
        if flag.name not in used:
            yield "is evaluated nowhere", flag


# ---------------------------------------------------------------- DOP-7.2-02


@check("feature-flags-staged")
def feature_flags_staged(subject: Subject) -> Iterator[Finding]:
    """Shares lie between 0 and 100, rise from stage to stage, and begin small."""
    units: Counter[str] = Counter()
    for flag in flags(subject.tree):
        for rule in rules(flag):
            units[rule.unit] += 1
            number = units[rule.unit]
            yield _staged(flag, rule if number == 1 else rule._replace(unit=f"{rule.unit} {number}"))


def _staged(flag: Flag, rule: Rule) -> Finding:
    places = [step.place for step in rule.steps] or [rule.place]
    value = " ".join(f"{step.percentage:g}" if step.percentage is not None else "?" for step in rule.steps)
    if wrong := _invalid(rule):
        return failed(rule.unit, wrong, *places, value=value)
    if any(step.percentage is None for step in rule.steps):
        return unknown(rule.unit, "A share is no number, so it is only known at run time.", *places, value=value)
    if flag.enabled is False and rule.enabled is True:
        text = "The flag is off while its rule is on: say which of them counts."
        return partial(rule.unit, text, flag.root.place_of("enabled"), *places, value="ambiguous")
    if gap := _unplanned(rule):
        return partial(rule.unit, gap, *places, value=value)
    return passed(rule.unit, "Its shares are bounded and rise in stages.", *places, value=value)


def _invalid(rule: Rule) -> str:
    shares = [step.percentage for step in rule.steps if step.percentage is not None]
    if any(share < 0 or (share > 100 and not rule.relative) for share in shares):
        return "A share lies outside of 0 to 100."
    if not rule.weights and any(after <= before for before, after in pairwise(shares)):
        return "The shares do not rise from stage to stage."
    return ""


def _unplanned(rule: Rule) -> str:
    """What keeps valid shares from being a staged plan; empty where nothing does."""
    shares = [step.percentage or 0 for step in rule.steps]
    if rule.weights:
        off = not rule.relative and shares and abs(sum(shares) - 100) > 0.5
        return f"The weights sum to {sum(shares):g}, not to 100." if off else ""
    if len(shares) == 1:
        return "It jumps from nothing to 100: add stages." if shares[0] == 100 else ""
    if shares and shares[0] > FIRST_SHARE:
        return f"The first stage reaches {shares[0]:g} % at once: begin with at most {FIRST_SHARE} %."
    if any(not _lasts(step.duration) for step in rule.steps[:-1]):
        return "A stage has no duration that can be read."
    return "" if not shares or shares[-1] == 100 else f"The last stage ends at {shares[-1]:g} %, not at 100."


def _lasts(text: str) -> bool:
    return bool(_DATE.match(text)) or (bool(text) and seconds_of(text) is not None)


# ---------------------------------------------------------------- DOP-7.2-03


@check("feature-flags-owned-and-dated")
def feature_flags_owned_and_dated(subject: Subject) -> Iterator[Finding]:
    """A flag has an owner, an end unless it is to stay, names no single user, and is removed once it is fully on."""
    counted: Counter[str] = Counter()
    for flag in flags(subject.tree):
        counted[flag.unit] += 1
        number = counted[flag.unit]
        yield _owned(subject, flag, flag.unit + (f" {number}" if number > 1 else ""))


def _owned(subject: Subject, flag: Flag, unit: str) -> Finding:
    age = _age(subject, flag)
    ends = expiry(flag)
    if ends is not None and ends < subject.as_of:
        text = f"It expired on {ends.isoformat()}: remove it, or give it a new end."
        return failed(unit, text, flag.expires.place if flag.expires else flag.place, flag.place, value="expired")
    if age > 2 * STALE_DAYS and not flag.lasts:
        text = f"It has been on for everyone for {age} days: remove the flag and the old way."
        return failed(unit, text, flag.place, value="stale")
    gaps = list(_missing(flag, age))
    notes = ("Rules name single users; use groups.",) if persons(flag) else ()
    if gaps:
        return partial(unit, f"It {' and '.join(gaps)}.", flag.place, *persons(flag), value=" ".join(gaps), notes=notes)
    if notes:
        text = "Its rules name single users: use groups."
        return partial(unit, text, *persons(flag), flag.place, value="users")
    return passed(unit, "It has an owner, and an end where it needs one.", flag.place)


def _missing(flag: Flag, age: int) -> Iterator[str]:
    if not flag.owner:
        yield "has no owner"
    if not flag.lasts and expiry(flag) is None:
        yield "has no end date"
    if age > STALE_DAYS and not flag.lasts:
        yield f"has been on for everyone for {age} days"


def _age(subject: Subject, flag: Flag) -> int:
    """Days since the file of a flag that is fully on last changed; 0 for others, and where that is not known."""
    if not is_fully_on(flag):
        return 0
    changed = subject.history.last_changed(flag.place.path)
    if changed is None:
        return 0
    return max((subject.as_of - changed.date()).days, 0)
