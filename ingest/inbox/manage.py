"""Sources as people set them up: make one, rename it, its options, its secrets, pause it. Each change is logged."""

import json
import logging
import re
import secrets as randomness
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from ingest.errors import IngestError
from ingest.inbox.secrets import fingerprint, seal, unseal
from ingest.models import Source
from ingest.models.inbox import SourceKind
from ingest.parsers.options import InvalidOptions
from ingest.parsers.senders import SENDERS

logger = logging.getLogger(__name__)

SECRET_BYTES = 32
SHORT = 16  # characters of a secret that may be guessed
MAX_NAME = 200
MAX_SECRETS = 3
NO_WEBHOOK = (
    "Prometheus sends no webhooks: we ask it. Enter its address on the site, at Data, Prometheus, or in the file of "
    "PROMETHEUS_CONFIG (docs/prometheus.md)."
)
PUBLIC_ID = re.compile(r"[A-Za-z0-9_-]{12,40}")


class SourceRefused(IngestError):
    """The change makes no sense. ``field``: which of what was told is to mend; empty for none of it."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def new_secret() -> str:
    return randomness.token_urlsafe(SECRET_BYTES)


def create_source(
    kind: str, name: str, options: Mapping[str, Any], *, by: str, secret: str = "", public_id: str = ""
) -> tuple[Source, str]:
    """A source that takes webhooks, and its secret in plain: a new one where none is given.

    ``public_id``: a random one where none is given. Asked for twice with the same one, only the first makes a source.

    Raises:
        SourceRefused: what is told makes no sense, or that ``public_id`` is taken.
    """
    if kind == SourceKind.PROMETHEUS:
        raise SourceRefused(NO_WEBHOOK, "kind")
    if kind not in SENDERS:
        raise SourceRefused(f"Nothing reads deliveries of the kind {kind}.", "kind")
    told = checked_options(kind, options)
    values = {"kind": kind, "name": _name(name), "options": told}
    shown = secret or new_secret()
    if public_id and not PUBLIC_ID.fullmatch(public_id):
        raise SourceRefused("The source's place in its address can't be read.")
    if public_id:
        source, made = Source.objects.get_or_create(public_id=public_id, defaults=values | {"secrets": seal([shown])})
        if not made:
            raise SourceRefused("This source is made already; its secret was shown then.")
    else:
        source = Source.objects.create(**values, secrets=seal([shown]))
    log_change(source, by, "made")
    return source, shown


def checked_options(kind: str, options: object) -> dict[str, Any]:
    """The options, if the kind's parser takes them. Raises ``SourceRefused``, its field the option's name."""
    _check_storable(options)
    try:
        SENDERS[kind].options(options)
    except InvalidOptions as error:
        raise SourceRefused(str(error), _option_in(str(error))) from error
    return dict(options) if isinstance(options, dict) else {}


def _check_storable(options: object) -> None:
    """PostgreSQL's JSON holds no NUL, no half of a character, and no number without end. Raises ``SourceRefused``."""
    try:
        text = json.dumps(options, ensure_ascii=False, allow_nan=False)
        text.encode()
    except ValueError as error:
        raise SourceRefused("The options hold half a character, or what is no number. Write them anew.") from error
    if "\\u0000" in text:
        raise SourceRefused("The options hold a NUL character.")


def _option_in(message: str) -> str:
    """The option that a refusal begins with, such as ``tags`` of "tags must be a text"."""
    found = re.match(r"(?:The option )?([a-z_]+)\b(?:[.\w/-]*) (?:is|must)\b", message)
    return found[1] if found else ""


def rename(source: Source, name: str, *, by: str) -> None:
    """Another name to show. Raises ``SourceRefused``."""
    source.name = _name(name)
    source.save(update_fields=["name"])
    log_change(source, by, "renamed")


def set_options(source: Source, options: Mapping[str, Any], *, by: str) -> None:
    """What its parser is told from now on; what is recorded already stays. Raises ``SourceRefused``."""
    source.options = checked_options(source.kind, options)
    source.save(update_fields=["options"])
    log_change(source, by, "given other options")


@transaction.atomic
def add_secret(source: Source, *, newest: str, by: str, secret: str = "") -> str:
    """A new secret, or the one that the sender made, beside the old ones, which stay valid; in plain, for this once.

    ``newest``: the fingerprint of the newest secret as far as the person knows, so that one form makes one secret.

    Raises:
        SourceRefused: another was made meanwhile, or there are three already.
        AccessDenied: the stored ones can't be read.
    """
    held, plain = _locked(source)
    if fingerprint(plain[0]) != newest if plain else newest != "":
        raise SourceRefused("Another secret was made in the meantime. Look at the list below.")
    if len(plain) >= MAX_SECRETS:
        raise SourceRefused(f"There are {MAX_SECRETS} secrets already. Retire one that is not in use first.")
    made = secret or new_secret()
    if made in plain:
        raise SourceRefused("That secret is kept already.", "secret")
    _keep(held, [made, *plain])
    log_change(source, by, "given a new secret")
    return made


@transaction.atomic
def retire_secret(source: Source, name: str, *, by: str) -> None:
    """Take the secret with the fingerprint ``name`` out of use: what it signs is refused from now on.

    Raises:
        SourceRefused: it is the last one, or there is none of that name.
        AccessDenied: the stored ones can't be read.
    """
    held, plain = _locked(source)
    left = [secret for secret in plain if fingerprint(secret) != name]
    if len(left) == len(plain):
        raise SourceRefused("That secret is retired already.")
    if not left:
        raise SourceRefused("The last secret can't be retired: make a new one first, or pause the source.")
    held.secret_uses = {key: at for key, at in held.secret_uses.items() if key != name}
    _keep(held, left)
    log_change(source, by, "relieved of a secret")


def _locked(source: Source) -> tuple[Source, list[str]]:
    held = Source.objects.select_for_update().get(pk=source.pk)
    return held, unseal(held.secrets)


def _keep(held: Source, plain: list[str]) -> None:
    held.secrets = seal(plain)
    held.save(update_fields=["secrets", "secret_uses"])


def pause(source: Source, now: datetime, *, by: str) -> None:
    """Keep what comes, and let it wait."""
    if Source.objects.filter(pk=source.pk, paused_at=None).update(paused_at=now):
        log_change(source, by, "paused")


def resume(source: Source, *, by: str) -> None:
    """Work off what waits, and go on."""
    if Source.objects.filter(pk=source.pk, paused_at__isnull=False).update(paused_at=None):
        log_change(source, by, "resumed")


def _name(name: str) -> str:
    name = name.replace("\0", "").strip()
    if not name or len(name) > MAX_NAME:
        raise SourceRefused(f"A name has 1 to {MAX_NAME} characters.", "name")
    return name


def log_change(source: Source, by: str, what: str) -> None:
    """Tell the log that ``by`` changed a source: it was ``what``."""
    logger.info("Source %s (%s, %r) was %s by %s", source.pk, source.kind, source.name, what, by)
