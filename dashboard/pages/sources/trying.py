"""A source tried with samples of its kind: step by step, and a command that tries the real door from outside."""

import shlex
from dataclasses import dataclass
from datetime import datetime

from dashboard.pages.sources.given import Line, lines_of
from ingest.inbox.samples import samples_of
from ingest.inbox.sign import SCHEMES, USER, Way
from ingest.inbox.trial import Trial, attempt
from ingest.models import Source
from ingest.parsers.senders import SENDERS

DIGEST = '$(printf %s "$BODY" | openssl dgst -sha256 -hmac "$SECRET" -r | cut -d\' \' -f1)'


@dataclass(frozen=True, slots=True)
class Tried:
    """A sample and what became of it. ``signature``: the header that fitted; empty where none did.

    ``lines``: what it would give; ``ignored``: why nothing; ``error``: why it would be refused.
    """

    title: str
    signature: str
    lines: list[Line]
    ignored: str
    error: str
    body: str


def tried(source: Source, now: datetime) -> list[Tried]:
    """Every sample of the source's kind, read by its own options. Nothing is kept."""
    return [_tried(attempt(source, sample, now)) for sample in samples_of(source.kind).tells]


def _tried(trial: Trial) -> Tried:
    outcome = trial.outcome
    lines = list(lines_of(outcome.observations, {})) if outcome else []
    body = trial.sample.body.decode()
    return Tried(trial.sample.title, trial.signature, lines, outcome.ignored if outcome else "", trial.error, body)


def command(source: Source, url: str) -> str:
    """A command that signs the silent sample and sends it to the real door; the secret is to be put in."""
    sample = samples_of(source.kind).silent
    header, way, before = SCHEMES[source.kind]
    lines = [f"BODY={shlex.quote(sample.body.decode())}", f"curl -sS {shlex.quote(url)} \\"]
    for name, value in sample.headers.items():
        # A key of its own each time: else the second try is a repeat.
        shown = f"{value}-$(date +%s)" if name in SENDERS[source.kind].key_headers else value
        lines.append(f'  -H "{name}: {shown}" \\')
    if way is Way.BASIC:
        lines.append(f'  -u "{USER}:$SECRET" \\')
    else:
        lines.append(f'  -H "{header}: {before}{DIGEST if way is Way.DIGEST else "$SECRET"}" \\')
    return "\n".join(["SECRET='put the secret here'", *lines, '  --data-binary "$BODY"'])
