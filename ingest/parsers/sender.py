"""(pure) What one kind of sender is to us: how its deliveries are named, and who reads them."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from ingest.parsers.observation import Outcome, Partly

Parse = Callable[[Mapping[str, str], Any, Any, datetime, str], Outcome | Partly]


class Sender(NamedTuple):
    """A kind of source that sends webhooks.

    ``parse(headers, payload, options, received_at, key)``: ``headers`` have lower-case names and hold only the kept
    ones; ``payload`` is the decoded JSON of any type; ``options`` is what ``options(source.options)`` gave;
    ``received_at`` decides what is in the future, so that a replay decides alike; ``key`` is the delivery's. It raises
    ``MalformedPayload`` and nothing else.
    ``options(told)`` reads a source's options, JSON's types. It raises ``InvalidOptions``.
    ``key_headers``: the first that is there names the delivery; with none, a digest of the body does.
    ``event_headers``: the first that is there says what the delivery is about.
    ``kept_headers``: stored with the delivery, besides the two above; a trailing ``*`` stands for any ending.
    ``tells``: of ``deployments``, ``changes``, ``pull_requests``, ``incidents`` those that it can tell of.
    """

    kind: str
    parse: Parse
    options: Callable[[object], Any]
    tells: tuple[str, ...]
    key_headers: tuple[str, ...] = ()
    event_headers: tuple[str, ...] = ()
    kept_headers: tuple[str, ...] = ()

    def keeps(self, header: str) -> bool:
        """Whether the header ``header`` is stored with the delivery."""
        if header in ("content-type", "user-agent", *self.key_headers, *self.event_headers):
            return True
        return any(header.startswith(kept[:-1]) if kept.endswith("*") else header == kept for kept in self.kept_headers)
