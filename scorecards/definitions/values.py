"""(pure) What a definition may say: each value checked with a sentence, and values as the metrics take them.

Values are JSON, by key; ``None`` takes back what the same organisation or team said before. They are partial: what is
not said is as it stands beneath.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any, get_args

from scorecards.errors import DefinitionRefused
from scorecards.metrics.failures import RULES
from scorecards.metrics.records import Definitions, LeadTimeFrom, Limits

Values = Mapping[str, Any]
NO_LIMIT = "none"
ALL_SOURCES = "all"
CLASSES = ("production", "staging", "testing", "development")
STARTS: tuple[LeadTimeFrom, ...] = get_args(LeadTimeFrom)
MAX_HOURS, MAX_DAYS, MAX_MINUTES = 720, 365, 10_080
MAX_GLOBS, MAX_GLOB, MAX_HOLIDAYS, MAX_SOURCES = 50, 200, 1_000, 1_000
_GLOB = re.compile(r"[\w.:/ *?-]+")
RULE_KEYS = tuple(f"rule_{rule}" for rule in RULES)
SWITCHES = (
    *RULE_KEYS, "link_incidents", "exclude_status_failed", "count_redeploys", "count_rollbacks", "count_hotfixes",
    "count_bot_deployments", "lead_time_bots",
)  # fmt: skip
SPANS = {
    "linked_within_hours": MAX_HOURS,
    "hotfixed_within_hours": MAX_HOURS,
    "patched_within_hours": MAX_HOURS,
    "reverted_within_days": MAX_DAYS,
}
LIMITS = tuple(f"limit_{severity}" for severity in Limits._fields)


def checked(values: Any) -> dict[str, Any]:
    """The values in their one spelling.

    Raises:
        DefinitionRefused: with a sentence for each key that makes no sense.
    """
    if not isinstance(values, dict):
        raise DefinitionRefused({"": "A definition is an object of values by name."})
    found, problems = {}, {}
    for key, value in values.items():
        try:
            found[key] = None if value is None and key in READERS else _reader(key)(value)
        except ValueError as error:
            problems[str(key)[:60]] = str(error)
    if problems:
        raise DefinitionRefused(problems)
    return found


def standard() -> dict[str, Any]:
    """The standard's own, as values; holidays and the class of a name are settings."""
    own = Definitions()
    return {
        **{f"rule_{rule}": rule in own.rules for rule in RULES},
        **{name: getattr(own, name) for name in SWITCHES if not name.startswith("rule_")},
        **{name: _in_unit(name, getattr(own, name.rpartition("_")[0])) for name in SPANS},
        **{f"limit_{name}": _minutes(limit) for name, limit in own.limits._asdict().items()},
        "lead_time_from": own.lead_time_from,
        "sources": ALL_SOURCES,
        "environments": [],
    }


def laid_over(beneath: Values, over: Values) -> dict[str, Any]:
    """``beneath`` with what ``over`` says; a ``None`` of it takes back what stands beneath."""
    return {key: value for key, value in {**beneath, **over}.items() if value is not None}


def definitions_of(values: Values) -> Definitions:
    """Checked values as the metrics take them; what they do not say is the standard's own."""
    whole = standard() | dict(values)
    holidays = whole.get("holidays")
    return Definitions(
        rules=frozenset(rule for rule in RULES if whole[f"rule_{rule}"]),
        **{name: whole[name] for name in SWITCHES if not name.startswith("rule_")},
        linked_within=timedelta(hours=whole["linked_within_hours"]),
        hotfixed_within=timedelta(hours=whole["hotfixed_within_hours"]),
        patched_within=timedelta(hours=whole["patched_within_hours"]),
        reverted_within=timedelta(days=whole["reverted_within_days"]),
        sources=None if whole["sources"] == ALL_SOURCES else frozenset(whole["sources"]),
        environments=tuple((glob, found) for glob, found in whole["environments"]),
        lead_time_from=whole["lead_time_from"],
        limits=Limits(*(_limit(whole[name]) for name in LIMITS)),
        holidays=None if holidays is None else frozenset(date.fromisoformat(day) for day in holidays),
    )


def _in_unit(name: str, span: timedelta) -> int:
    return span // (timedelta(days=1) if name.endswith("_days") else timedelta(hours=1))


def _limit(told: int | str) -> timedelta | None:
    return None if isinstance(told, str) else timedelta(minutes=told)


def _minutes(limit: timedelta | None) -> int | str:
    return NO_LIMIT if limit is None else limit // timedelta(minutes=1)


# ---------------------------------------------------------------- each value


def _reader(key: object) -> Callable[[Any], Any]:
    if not isinstance(key, str) or key not in READERS:
        raise ValueError("No definition has this name.")
    return READERS[key]


def _switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("Say true or false.")
    return value


def _number(value: Any, most: int, unit: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise ValueError(f"Give a whole number of {unit}, 1 to {most:,}.")
    return value


def _minutes_or_none(value: Any) -> int | str:
    return NO_LIMIT if value == NO_LIMIT else _number(value, MAX_MINUTES, "minutes (empty for no limit)")


def _start(value: Any) -> str:
    if value not in STARTS:
        raise ValueError(f"Say where a lead time begins: {', '.join(STARTS[:-1])} or {STARTS[-1]}.")
    return str(value)


def _sources(value: Any) -> list[int] | str:
    if value == ALL_SOURCES:
        return ALL_SOURCES
    listed = _listed(value, MAX_SOURCES, "sources")
    if not listed or not all(isinstance(one, int) and not isinstance(one, bool) and one > 0 for one in listed):
        raise ValueError("Name at least one source, or all of them.")
    return sorted(set(listed))


def _environments(value: Any) -> list[list[str]]:
    return [_environment(one) for one in _listed(value, MAX_GLOBS, "names of environments")]


def _environment(value: Any) -> list[str]:
    if not isinstance(value, list | tuple) or len(value) != 2 or not all(isinstance(part, str) for part in value):
        raise ValueError("Write a name and a class on each line, like eu-live = production.")
    glob, found = (part.strip() for part in value)
    if len(glob) > MAX_GLOB or not _GLOB.fullmatch(glob):
        raise ValueError(f"{glob[:40]!r} is no name of an environment. Use letters, digits, - . : / and * or ?.")
    if found not in CLASSES:
        raise ValueError(f"{found[:40]!r} is no class. Use {', '.join(CLASSES[:-1])} or {CLASSES[-1]}.")
    return [glob, found]


def _holidays(value: Any) -> list[str]:
    return sorted({_day(one) for one in _listed(value, MAX_HOLIDAYS, "days")})


def _day(value: Any) -> str:
    try:
        day = date.fromisoformat(value)
    except (TypeError, ValueError):
        day = None
    if day is None or day.isoformat() != value:
        raise ValueError(f"{str(value)[:40]!r} is no day. Write days like 2026-12-25.")
    return day.isoformat()


def _listed(value: Any, most: int, what: str) -> list[Any]:
    if not isinstance(value, list | tuple | set | frozenset):
        raise ValueError(f"Give a list of {what}.")
    if len(value) > most:
        raise ValueError(f"Give at most {most:,} {what}.")
    return list(value)


READERS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(SWITCHES, _switch),
    **{name: partial(_number, most=most, unit=name.rpartition("_")[2]) for name, most in SPANS.items()},
    **dict.fromkeys(LIMITS, _minutes_or_none),
    "lead_time_from": _start,
    "sources": _sources,
    "environments": _environments,
    "holidays": _holidays,
}


def keys(values: Iterable[str]) -> list[str]:
    """Keys in the order in which pages show them."""
    order = list(READERS)
    return sorted(values, key=order.index)
