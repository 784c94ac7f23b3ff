"""(pure) What a measure of an analysis looks at, and whether its bound can say anything."""

import re
from dataclasses import dataclass
from typing import Literal

from ingest.repository.node import Place

Kind = Literal["errors", "latency", "crashes", "other"]

_LATENCY_QUERY = re.compile(r"histogram_quantile|quantile|latency|_duration_(?:seconds|milliseconds|ms)_sum")
_ERROR_QUERY = re.compile(
    r"(?i)(?:status|code|class)\w*[\"']?\s*(?:=~|!~|!=|=|:)|\b[45]xx\b|\b5\.\.|error|fail|success|unavailable"
)
_CRASH_QUERY = re.compile(
    r"restarts?_total|waiting_reason|terminated_reason|pod_status_ready|pod_container_status_ready|deployment_status"
    r"|CrashLoop|OOMKilled|\bup\s*[{(]"
)
_LATENCY_NAME = re.compile(r"(?i)latenc|duration|response.?time|quantile|percentile|\bp(?:50|9\d{1,2})\b|slow")
_ERROR_NAME = re.compile(r"(?i)success|error|5xx|4xx|fail|availab|status|\bnot.?found|404")
_CRASH_NAME = re.compile(r"(?i)restart|crash|oom|readiness|not.?ready|unready")
_PERCENT = re.compile(r"\*\s*100(?:\.0*)?\b|\b100(?:\.0*)?\s*[*-]")
_MILLI = re.compile(r"(?i)milliseconds|_ms(?:_|\b)|\*\s*1000\b|\b1000\s*\*")
_SECONDS = re.compile(r"(?i)_seconds(?:_|\b)")

SLOWEST = 60.0  # seconds: a bound on latency beyond a minute lets everything through


@dataclass(frozen=True, slots=True)
class Measure:
    """A bounded measure. ``low`` and ``high`` are what a value must not leave; ``None``: open on that side.

    ``query`` is empty where it stands elsewhere. ``builtin`` measures have units that Flagger fixes: per cent and
    milliseconds. ``condition`` is an expression that decides instead of bounds. ``opaque``: a bound that only rendering
    tells.
    """

    name: str
    kind: Kind
    place: Place
    low: float | None = None
    high: float | None = None
    query: str = ""
    builtin: bool = False
    condition: str = ""
    opaque: bool = False


def kind_of(name: str, query: str) -> Kind:
    """What is measured, by the query where there is one that tells, else by the name."""
    return _by_query(query[:20_000]) or _by_name(name[:200])


def _by_query(query: str) -> Kind | None:
    if _CRASH_QUERY.search(query):
        return "crashes"
    if _LATENCY_QUERY.search(query):
        return "latency"
    return "errors" if _ERROR_QUERY.search(query) else None


def _by_name(name: str) -> Kind:
    if _CRASH_NAME.search(name):
        return "crashes"
    if _LATENCY_NAME.search(name):
        return "latency"
    return "errors" if _ERROR_NAME.search(name) else "other"


def flaw(measure: Measure) -> str:
    """Why a bound can never fail; empty where it can, or where nobody can tell."""
    if measure.opaque or measure.condition:
        return ""
    if measure.low is None and measure.high is None:
        return "has no bound at all"
    if measure.kind == "errors":
        return _flaw_of_share(measure)
    return _flaw_of_latency(measure) if measure.kind == "latency" else ""


def in_percent(measure: Measure) -> bool | None:
    """Whether a share is told in per cent; ``None`` where the query stands elsewhere or counts something else."""
    if measure.builtin:
        return True
    if not measure.query or "/" not in measure.query:
        return None
    return bool(_PERCENT.search(measure.query))


def _flaw_of_share(measure: Measure) -> str:
    percent = in_percent(measure)
    if measure.low is not None and measure.high is None:
        if measure.low <= 0:
            return f"lets every share from {measure.low:g} on through"
        return f"is in per cent, and {measure.low:g} % is next to nothing" if percent and measure.low <= 1 else ""
    most = {True: 100.0, False: 1.0, None: 100.0}[percent]
    if measure.low is None and measure.high is not None and measure.high >= most:
        return f"can never exceed {measure.high:g}"
    return ""


def _flaw_of_latency(measure: Measure) -> str:
    if measure.high is None:
        return "has no upper bound"
    unit = latency_unit(measure)
    if unit is not None and measure.high * unit >= SLOWEST:
        return f"lets answers of {measure.high * unit:g} seconds through"
    return ""


def latency_unit(measure: Measure) -> float | None:
    """The seconds that one unit of a latency stands for; ``None`` where the query does not tell."""
    if measure.builtin or _MILLI.search(measure.query):
        return 0.001
    return 1.0 if _SECONDS.search(measure.query) else None


def misfit(measure: Measure) -> str:
    """Why a bound does not fit the unit of its measure, so that it always fails; empty where it does or may."""
    if measure.opaque:
        return ""
    if measure.kind == "errors" and in_percent(measure) is False and measure.low is not None and measure.low > 1:
        return f"is a share from 0 to 1 and never reaches {measure.low:g}"
    unit = latency_unit(measure) if measure.kind == "latency" else None
    if unit == 0.001 and measure.high is not None and 0 <= measure.high < 1:
        return f"is in milliseconds, and no answer takes under {measure.high:g} ms"
    return ""
