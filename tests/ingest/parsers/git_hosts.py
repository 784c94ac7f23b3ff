"""What the tests of every Git host share: fixtures, shared payloads, and the life of things in any order."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingest.errors import MalformedPayload
from ingest.parsers.observation import Ignored
from ingest.parsers.senders import SENDERS
from tests.shared import SHARED

DATA = Path(__file__).parents[2] / "data"
RECEIVED = datetime(2026, 3, 9, 12, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def fixture(kind: str, name: str) -> Any:
    return json.loads((DATA / kind / f"{name}.json").read_text())


def shared(kind: str, name: str) -> Any:
    """A recorded payload of the larger data, which not every checkout has beside it."""
    path = SHARED / "data" / "payloads" / kind / f"{name}.json"
    if not path.exists():
        pytest.skip("the shared payloads are not beside the checkout")
    return json.loads(path.read_text())


def told(kind: str, payload: Any, headers: dict[str, str] | None = None, key: str = "key", **options: Any) -> Any:
    sender = SENDERS[kind]
    return sender.parse(headers or {}, payload, sender.options(options), RECEIVED, key)


def survives(kind: str, payload: Any, headers: dict[str, str] | None = None, **options: Any) -> None:
    """Whatever the payload holds: observations, ``Ignored`` with a reason, or ``MalformedPayload``."""
    try:
        said = told(kind, payload, headers, **options)
    except MalformedPayload as error:
        assert str(error)
        return
    assert said.reason if isinstance(said, Ignored) else said
