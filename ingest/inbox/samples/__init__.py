"""(pure) Deliveries as each kind of sender makes them, small, to try a source with. One file a kind."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import orjson

FOLDER = Path(__file__).parent


class Sample(NamedTuple):
    """``headers`` have lower-case names and hold no signature."""

    title: str
    headers: Mapping[str, str]
    body: bytes


class Samples(NamedTuple):
    """``tells``: deliveries that tell something; ``silent``: one that is kept and makes no fact."""

    tells: tuple[Sample, ...]
    silent: Sample


@cache
def samples_of(kind: str) -> Samples:
    """The samples of a kind of sender. Raises ``FileNotFoundError`` for another kind of source."""
    told = orjson.loads((FOLDER / f"{kind}.json").read_bytes())
    return Samples(tuple(map(_sample, told["tells"])), _sample(told["silent"]))


def _sample(told: dict[str, object]) -> Sample:
    headers = {"content-type": "application/json"} | dict(told.get("headers") or {})  # type: ignore[call-overload]
    return Sample(str(told["title"]), headers, orjson.dumps(told["payload"]))
