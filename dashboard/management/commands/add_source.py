"""Makes a source of webhooks; prints its address on the first line, then how to set it up at the sender."""

import json
import secrets
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from ingest.errors import MalformedPayload
from ingest.inbox.secrets import seal
from ingest.models import Source
from ingest.parsers.senders import SENDERS

SECRET_BYTES = 32
SHORT = 16  # characters
LOCAL = ("localhost", "127.0.0.1", "::1")
HOW = """
Set it up at the sender, as docs/sources/{kind}.md tells.
  Address        {url}
  Secret         {secret}{note}"""
HOW_TO = {
    "github": """
Set it up at GitHub: the organisation's or the repository's Settings, Webhooks, Add webhook.
  Payload URL    {url}
  Content type   application/json
  Secret         {secret}
  SSL            enable verification
  Events         "Let me select individual events", then tick:
                 Pushes, Branch or tag creation, Pull requests, Pull request reviews, Deployments,
                 Deployment statuses, Releases, Workflow runs, Workflow jobs, Issues, Repositories
GitHub sends a ping at once; it appears on the data health page, as ignored.{note}"""
}


class Command(BaseCommand):
    help = "Make a source of webhooks and print its address, then how to set it up at the sender."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", metavar="KIND", choices=sorted(SENDERS), help=", ".join(sorted(SENDERS)))
        parser.add_argument("--secret", metavar="S", help="the shared secret (default: a random one, shown once)")
        parser.add_argument("--name", metavar="N", help="what people call it (default: the kind)")
        parser.add_argument("--options", default="{}", metavar="JSON", help="what its parser is told: docs/sources/")

    def handle(self, *args: Any, kind: str, secret: str | None, name: str | None, options: str, **others: Any) -> str:
        if secret is not None and not secret.strip():
            raise CommandError("An empty secret fits nothing. Leave --secret out, and a random one is made.")
        if secret is not None and len(secret) < SHORT:
            self.stderr.write(f"The secret is short: one of {SHORT} characters or more is hard to guess.")
        told = _options(kind, options)
        shown = secret or secrets.token_urlsafe(SECRET_BYTES)
        source = Source.objects.create(kind=kind, name=(name or kind)[:200], secrets=seal([shown]), options=told)
        url = f"{settings.BASE_URL}/ingest/{kind}/{source.public_id}/"
        note = "" if secret else "\nThe secret is shown this once: it is stored encrypted."
        if urlsplit(url).hostname in LOCAL:
            note += "\nOnly this machine reaches that address: set BASE_URL to one that the sender can reach."
        text = HOW_TO.get(kind, HOW)
        return f"{url}\n" + text.format(
            kind=kind, url=url, secret="the one that you gave" if secret else shown, note=note
        )


def _options(kind: str, text: str) -> dict[str, Any]:
    try:
        told = json.loads(text)
        SENDERS[kind].options(told)
    except json.JSONDecodeError as error:
        raise CommandError(f"--options is not valid JSON: {error}.") from error
    except MalformedPayload as error:
        raise CommandError(f"--options: {error}") from error
    return dict(told)
