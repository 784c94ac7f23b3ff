"""(pure) What the child process is asked to scan, as values that JSON can carry."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from scorecards.reading.subject import Fleet, Options

BUILTIN = "dop-1.0.0"


@dataclass(frozen=True, slots=True)
class Request:
    """A scan to be made.

    ``source``: ``folder`` is a local folder, ``bare`` a bare clone at ``commit``, ``pack`` a folder with the blobs of
    one commit and their index. ``packs``: the texts of the organisation's own packs, by name. ``skip`` and
    ``skip_checks``: why a path is not to be parsed and a check not to be run.
    """

    source: Literal["folder", "bare", "pack"]
    path: str
    as_of: date
    now: datetime
    commit: str | None = None
    name: str = ""
    packs: Mapping[str, str] = field(default_factory=dict)
    options: Options = field(default_factory=Options)
    fleet: Fleet | None = None
    ships_events: bool = False
    skip: Mapping[str, str] = field(default_factory=dict)
    skip_checks: Mapping[str, str] = field(default_factory=dict)
    receipt: dict[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        told = asdict(self)
        told["as_of"], told["now"] = self.as_of.isoformat(), self.now.isoformat()
        if told["fleet"] is not None:
            told["fleet"] = {
                key: sorted(value) if isinstance(value, frozenset) else value for key, value in told["fleet"].items()
            }
        return told

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> "Request":
        told = dict(told)
        told["as_of"], told["now"] = date.fromisoformat(told["as_of"]), datetime.fromisoformat(told["now"])
        told["options"] = Options(**{key: _tuple(value) for key, value in told["options"].items()})
        if told["fleet"] is not None:
            told["fleet"] = Fleet(**{key: _frozen(value) for key, value in told["fleet"].items()})
        return cls(**told)


def _listed(value: Any) -> Any:
    return sorted(value) if isinstance(value, frozenset) else value


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: tuple(item) for key, item in value.items()}
    return frozenset(value) if isinstance(value, list) else value
