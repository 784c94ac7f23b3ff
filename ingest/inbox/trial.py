"""A delivery of a source's own kind, tried through the door's own code: nothing is kept, no fact is made."""

from datetime import datetime
from typing import NamedTuple

import orjson

from ingest.errors import AccessDenied, MalformedPayload
from ingest.inbox.authenticate import AUTHENTICATE
from ingest.inbox.process import Outcome, parse_webhook
from ingest.inbox.samples import Sample
from ingest.inbox.secrets import unseal
from ingest.inbox.sign import SCHEMES, signed
from ingest.inbox.views import kept_headers
from ingest.models import Source
from ingest.parsers.senders import SENDERS


class Trial(NamedTuple):
    """What became of a sample. ``signature``: the header that showed the secret; empty where it does not fit.

    ``outcome``: what it would give; ``None`` where it was refused, with the reason in ``error``.
    """

    sample: Sample
    signature: str
    outcome: Outcome | None
    error: str = ""


def attempt(source: Source, sample: Sample, now: datetime) -> Trial:
    """Sign ``sample`` as the sender would with the newest secret, and take it in as far as what it says."""
    try:
        secrets = unseal(source.secrets)
    except AccessDenied as error:
        return Trial(sample, "", None, str(error))
    if not secrets:
        return Trial(sample, "", None, "The source has no secret, so every delivery is refused. Make a new one.")
    proof = signed(source.kind, sample.body, secrets[0])
    headers = dict(sample.headers) | {name.lower(): value for name, value in proof.items()}
    if AUTHENTICATE[source.kind](sample.body, headers, secrets, now) is None:
        return Trial(sample, "", None, "The signature does not fit.")
    kept = orjson.loads(kept_headers(headers, SENDERS[source.kind]))
    try:
        outcome = parse_webhook(source, kept, sample.body, now, "trial")
    except MalformedPayload as error:
        return Trial(sample, SCHEMES[source.kind].header, None, str(error))
    return Trial(sample, SCHEMES[source.kind].header, outcome)
