"""The small payloads in tests/data/<kind>: headers, options and what was sent."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from ingest.parsers.observation import Ignored, Observation, Partly
from ingest.parsers.senders import SENDERS

DATA = Path(__file__).parents[2] / "data"
TOOLS = ("argo-rollouts", "argocd", "azuredevops", "cdevents", "flagger", "flux", "jenkins", "tekton")
RECEIVED = datetime(2026, 3, 20, 12, tzinfo=UTC)


class Sent(NamedTuple):
    """A delivery as it came, and the options of its source."""

    kind: str
    name: str
    headers: dict[str, str]
    payload: Any
    options: dict[str, Any]

    def told(self, payload: Any = None, key: str = "key", **options: Any) -> list[Observation] | Ignored | Partly:
        """What its parser makes of it, or of another payload in its place."""
        sender = SENDERS[self.kind]
        given = self.payload if payload is None else payload
        return sender.parse(self.headers, given, sender.options(self.options | options), RECEIVED, key)


def sent(kind: str, name: str) -> Sent:
    found = json.loads((DATA / kind / f"{name}.json").read_text())
    return Sent(kind, name, found["headers"], found["payload"], found["options"])


def all_sent(*kinds: str) -> list[Sent]:
    return [sent(kind, path.stem) for kind in kinds for path in sorted((DATA / kind).glob("*.json"))]


def only(found: Any) -> Any:
    """The one observation that was told."""
    assert isinstance(found, list), found
    (seen,) = found
    return seen
