"""Makes a source of webhooks; prints its address on the first line, then how to set it up at the sender."""

import json
from argparse import ArgumentTypeError
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from dashboard.how_to import filled, how_to, only_here, plain
from ingest.inbox.manage import NO_WEBHOOK, SHORT, SourceRefused, create_source
from ingest.models import Source
from ingest.models.inbox import SourceKind
from ingest.parsers.senders import SENDERS


class Command(BaseCommand):
    help = "Make a source of webhooks and print its address, then how to set it up at the sender."

    def add_arguments(self, parser: CommandParser) -> None:
        kinds = sorted(SENDERS)
        parser.add_argument("kind", metavar="KIND", type=_kind, choices=kinds, help=", ".join(kinds))
        parser.add_argument("--secret", metavar="S", help="the shared secret (default: a random one, shown once)")
        parser.add_argument("--name", metavar="N", help="what people call it (default: the kind)")
        parser.add_argument("--options", default="{}", metavar="JSON", help="what its parser is told: docs/sources.md")

    def handle(self, *args: Any, kind: str, secret: str | None, name: str | None, options: str, **others: Any) -> str:
        if secret is not None and not secret.strip():
            raise CommandError("An empty secret fits nothing. Leave --secret out, and a random one is made.")
        if secret is not None and len(secret) < SHORT:
            self.stderr.write(f"The secret is short: one of {SHORT} characters or more is hard to guess.")
        source, shown = _create(kind, name or kind, options, secret or "")
        url = f"{settings.BASE_URL}/ingest/{kind}/{source.public_id}/"
        told = plain(filled(how_to(kind), url, "the-secret-that-you-gave" if secret else shown))
        return "\n\n".join([url, told, *_notes(url, made=not secret)])


def _kind(text: str) -> str:
    if text == SourceKind.PROMETHEUS:
        raise ArgumentTypeError(NO_WEBHOOK)
    return text


def _create(kind: str, name: str, options: str, secret: str) -> tuple[Source, str]:
    try:
        return create_source(kind, name, json.loads(options), by="add_source", secret=secret)
    except json.JSONDecodeError as error:
        raise CommandError(f"--options is not valid JSON: {error}.") from error
    except SourceRefused as error:
        raise CommandError(f"--{error.field}: {error}" if error.field == "name" else f"--options: {error}") from error


def _notes(url: str, *, made: bool) -> list[str]:
    notes = ["The secret is shown this once: it is stored encrypted."] if made else []
    if only_here(url):
        notes.append("Only this machine reaches that address: set BASE_URL to one that the sender can reach.")
    return notes
