"""(pure) Which tools, versions and places have ended or end soon: a dated table with sources, lifecycle.yaml."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from hashlib import sha256
from importlib import resources
from typing import Any, Literal

import yaml

SOON = timedelta(days=180)
Category = Literal[
    "action", "api", "chart-repository", "controller", "distribution", "engine", "image", "registry", "runner", "tool"
]


@dataclass(frozen=True, slots=True)
class End:
    """When something ends. ``before`` is the first version that is alive; empty: every version ends.

    ``versions``: those that end, exactly; either it or ``before`` is set, or all versions end.
    """

    category: str
    name: str
    on: date
    versions: tuple[str, ...] = ()
    before: str = ""
    successor: str = ""
    source: str = ""

    def covers(self, version: str) -> bool:
        if self.versions:
            return any(version == ended or version.startswith(ended + ".") for ended in self.versions)
        return not self.before or (bool(version) and version_key(version) < version_key(self.before))


def version_key(version: str) -> tuple[int, ...]:
    """The numbers of a version, for comparing; empty where there are none."""
    numbers: list[int] = []
    for part in version.lstrip("vV").replace("-", ".").split("."):
        if not part.isdigit():
            break
        numbers.append(int(part[:9]))
    return tuple(numbers)


def ended(category: Category, name: str, version: str, as_of: date) -> End | None:
    """What says that this has ended by ``as_of``; ``None`` where it has not, or nothing is known of it."""
    found = [end for end in _about(category, name) if end.covers(version) and end.on <= as_of]
    return min(found, key=lambda end: end.on) if found else None


def ends_soon(category: Category, name: str, version: str, as_of: date) -> End | None:
    """What says that this ends within 180 days after ``as_of``."""
    found = [end for end in _about(category, name) if end.covers(version) and as_of < end.on <= as_of + SOON]
    return min(found, key=lambda end: end.on) if found else None


def state(as_of: date) -> str:
    """What stands for the table on a day: it differs from another day's only where a row passed its day between."""
    rows = [end for ends in table().values() for end in ends]
    past = [(end.on <= as_of, end.on <= as_of + SOON) for end in rows]
    return sha256(repr((rows, past)).encode()).hexdigest()[:16]


def _about(category: str, name: str) -> Iterable[End]:
    return table().get((category, name.lower()), ())


@cache
def table() -> Mapping[tuple[str, str], tuple[End, ...]]:
    """The packaged table by (category, name in lower case)."""
    text = resources.files("scorecards.reading").joinpath("lifecycle.yaml").read_text(encoding="utf-8")
    found: dict[tuple[str, str], tuple[End, ...]] = {}
    for row in yaml.load(text, Loader=yaml.BaseLoader)["ends"]:  # noqa: S506 - texts alone: ``on`` is no boolean
        for end in _ends(row):
            key = (end.category, end.name.lower())
            found[key] = (*found.get(key, ()), end)
    return found


def _ends(row: Mapping[str, Any]) -> Iterator[End]:
    """The ends of a row: one, or one for each version that has a day of its own."""
    about = (row.get("before", ""), row.get("successor", ""), row.get("source", ""))
    if "on" in row:
        yield End(row["category"], row["name"], date.fromisoformat(row["on"]), tuple(row.get("versions", ())), *about)
    for version, day in row.get("ends", {}).items():
        yield End(row["category"], row["name"], date.fromisoformat(day), (version,), *about)
