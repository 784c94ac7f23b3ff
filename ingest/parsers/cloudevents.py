"""(pure) CloudEvents over HTTP, in each of their three forms: binary, structured, and several in a batch."""

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote

import orjson

from ingest.errors import MalformedPayload
from ingest.parsers.fields import clean
from ingest.parsers.observation import Ignored, Observation, Outcome, Partly, Refused

KEY_HEADERS = ("ce-id",)
EVENT_HEADERS = ("ce-type",)
KEPT_HEADERS = ("ce-*",)
MAX_BATCH = 1_000
MAX_ATTRIBUTE = 2_000


class CloudEvent(NamedTuple):
    """``attributes``: those that are texts, by lower-case name (``id``, ``source``, ``type``, ``subject``, ``time``).
    ``data`` is decoded JSON of any type."""

    attributes: Mapping[str, str]
    data: Any

    @property
    def type(self) -> str:
        return self.attributes.get("type", "")


Read = Callable[[CloudEvent, str], list[Observation] | Ignored]


def read_events(headers: Mapping[str, str], payload: Any, key: str, read: Read) -> Outcome | Partly:
    """What ``read(event, key)`` makes of a delivery's events. In a batch each has a key of its own, ``<key>/<place>``,
    and one that can't be read leaves the others as they are.

    Raises:
        MalformedPayload: the only event, or every one of a batch, can't be read.
    """
    if not isinstance(payload, list):
        return read(opened(headers, payload), key)
    if len(payload) > MAX_BATCH:
        raise MalformedPayload(f"The batch holds {len(payload):,} events; at most {MAX_BATCH:,} are taken.", "too_many")
    said: list[Observation] = []
    ignored: list[str] = []
    refused: list[Refused] = []
    for place, element in enumerate(payload):
        try:
            found = read(opened({}, element), f"{key}/{place}")
        except MalformedPayload as error:
            refused.append(Refused(place, _body_of(element), error.code, str(error)))
            continue
        if isinstance(found, Ignored):
            ignored.append(found.reason)
        else:
            said += found
    return _together(len(payload), said, ignored, refused)


def _together(count: int, said: list[Observation], ignored: list[str], refused: list[Refused]) -> Outcome | Partly:
    if refused and len(refused) == count:
        first = refused[0]
        raise MalformedPayload(f"None of the {count} events can be read. Event {first.place}: {first.message}"[:2_000])
    if refused:
        return Partly(said, refused)
    if not said:
        return Ignored("; ".join(dict.fromkeys(ignored))[:1_000] or "The batch holds no event.")
    return said


def _body_of(element: Any) -> bytes:
    try:
        return orjson.dumps(element)
    except TypeError as error:
        raise MalformedPayload("An event of the batch is nested too deep.", "too_deep") from error


def opened(headers: Mapping[str, str], payload: Any) -> CloudEvent:
    """One event: its attributes are in the headers, or around its data; where neither, the payload is its data.

    Raises ``MalformedPayload``.
    """
    if "ce-type" in headers:
        told = {name[3:]: unquote(value) for name, value in headers.items() if name.startswith("ce-")}
        return CloudEvent(_texts(told), payload)
    if not isinstance(payload, dict):
        raise MalformedPayload("The payload is no object.", "bad_json")
    if "specversion" not in payload or "type" not in payload:
        return CloudEvent({}, payload)
    if not isinstance(payload["type"], str):
        raise MalformedPayload("“type” must be a text: the event's type.", "bad_field")
    return CloudEvent(_texts(payload), _data(payload))


def _texts(told: Mapping[str, Any]) -> dict[str, str]:
    return {
        name.lower(): clean(value)
        for name, value in told.items()
        if isinstance(value, str) and len(value) <= MAX_ATTRIBUTE
    }


def _data(payload: Mapping[str, Any]) -> Any:
    if payload.get("data_base64") is None:
        return payload.get("data")
    try:
        return orjson.loads(b64decode(payload["data_base64"], validate=True))
    except (Base64Error, ValueError, TypeError) as error:
        raise MalformedPayload("“data_base64” must be JSON in base64.", "bad_field") from error
