"""Servers as people set them up: connect one, change it, remove it. What signs in at one never goes to another."""

import ssl
from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Any

from django.db import transaction

from ingest.errors import AccessDenied
from ingest.inbox.manage import log_change, pause, resume
from ingest.inbox.secrets import seal, unseal
from ingest.models import PrometheusServer, Source
from ingest.models.inbox import SourceKind
from ingest.models.signals import Origin
from ingest.prometheus.told import (
    Refused,
    check_pem,
    check_secrecy,
    checked_credentials,
    checked_name,
    checked_tenant,
    checked_timeout,
    checked_url,
    is_same_place,
)
from ingest.prometheus.transport import trust

SECONDS = 20
FIELDS = ("url", "tenant", "ca", "timeout_seconds")


def draft(
    name: str,
    url: str,
    *,
    credentials: Mapping[str, str] | None = None,
    tenant: str = "",
    ca: str = "",
    timeout: float = SECONDS,
    plain_http: bool = False,
    origin: str = Origin.SITE,
) -> PrometheusServer:
    """A server as it would be, checked and not stored, so that it can be tried.

    ``credentials``: one of ``told.WAYS``, or nothing. ``plain_http``: they may go over http to another machine.

    Raises:
        Refused: with the field that is to mend.
    """
    told = checked_credentials(credentials or {})
    address = checked_url(url)
    check_secrecy(address, bool(told), plain_http)
    _check_certificates(ca, told)
    source = Source(kind=SourceKind.PROMETHEUS, name=checked_name(name, "server"), credentials=sealed(told))
    return PrometheusServer(
        source=source,
        url=address,
        tenant=checked_tenant(tenant),
        ca=ca.strip(),
        timeout_seconds=checked_timeout(timeout),
        origin=origin,
    )


@transaction.atomic
def connect(made: PrometheusServer, *, by: str) -> PrometheusServer:
    """Store a server that ``draft`` made. Raises ``Refused`` where its name is taken."""
    _check_name_is_free(made.source.name)
    source = made.source
    source.public_id = _place_of(source.name)
    source.save()
    made.source = source
    made.save()
    log_change(made.source, by, f"connected to {made.url}")
    return made


def changed(
    server: PrometheusServer,
    *,
    name: str | None = None,
    url: str | None = None,
    credentials: Mapping[str, str] | None = None,
    tenant: str | None = None,
    ca: str | None = None,
    timeout: float | None = None,
    plain_http: bool = False,
) -> PrometheusServer:
    """A server as it would be after a change, checked and not stored. ``None`` leaves as it is; empty credentials
    forget them. Those that are kept stay with their host and port: at another address they are forgotten.

    Raises:
        Refused: with the field that is to mend.
        AccessDenied: the credentials that are kept can't be read.
    """
    told = {
        "name": server.source.name if name is None else name,
        "url": server.url if url is None else url,
        "tenant": server.tenant if tenant is None else tenant,
        "ca": server.ca if ca is None else ca,
        "timeout": server.timeout_seconds if timeout is None else timeout,
    }
    kept = is_same_place(server.url, checked_url(str(told["url"])))
    held: Mapping[str, str] = credentials if credentials is not None else credentials_of(server) if kept else {}
    made = draft(**told, credentials=held, plain_http=plain_http, origin=server.origin)  # type: ignore[arg-type]
    source = made.source
    source.pk = server.source_id
    made.pk, made.source = server.pk, source  # set anew, so that its id is taken
    return made


@transaction.atomic
def change(server: PrometheusServer, made: PrometheusServer, *, by: str) -> bool:
    """Store what ``changed`` made of a server, which is asked again at once. Whether anything differed.

    Raises:
        Refused: the name is taken.
    """
    differs = [
        name for name in ("url", "tenant", "ca", "timeout_seconds") if getattr(server, name) != getattr(made, name)
    ]
    news = credentials_of(made)
    try:
        same_credentials = credentials_of(server) == news
    except AccessDenied:  # SECRET_KEY is another one: what is new replaces what nobody can read
        same_credentials = False
    if not differs and same_credentials and server.source.name == made.source.name:
        return False
    if server.source.name != made.source.name:
        _check_name_is_free(made.source.name, but=server)
    Source.objects.filter(pk=server.source_id).update(
        name=made.source.name,
        public_id=_place_of(made.source.name),
        credentials=server.source.credentials if same_credentials else sealed(news),
    )
    values: dict[str, Any] = {name: getattr(made, name) for name in differs}
    if differs or not same_credentials:
        values |= {"error": "", "failing_since": None, "not_before": None, "asked_at": None}
        PrometheusServer.objects.filter(pk=server.pk).update(**values)
    log_change(made.source, by, f"changed ({', '.join(differs) or 'name or credentials'})")
    return True


def set_paused(server: PrometheusServer, paused: bool, now: datetime, *, by: str) -> None:
    """Ask nothing of a server, or go on where it was."""
    if paused:
        pause(server.source, now, by=by)
    else:
        resume(server.source, by=by)


@transaction.atomic
def remove(server: PrometheusServer, *, by: str) -> None:
    """Forget a server that told nothing yet. Raises ``Refused`` where it did: what it told stays, so it is paused."""
    if server.slos.exists():
        raise Refused("Objectives are measured by this server. Remove them first, or pause the server.")
    if server.source.deliveries.exists() or _has_samples(server):
        raise Refused("Figures rest on what this server told, and they stay. Pause it instead.")
    source = server.source
    log_change(source, by, "removed")
    server.delete()
    source.delete()


def _has_samples(server: PrometheusServer) -> bool:
    return server.signals.filter(samples__isnull=False).exists()


def sealed(credentials: Mapping[str, str]) -> dict[str, str]:
    """Credentials as ``Source.credentials`` holds them."""
    return dict(zip(credentials, seal(list(credentials.values())), strict=True))


def credentials_of(server: PrometheusServer) -> dict[str, str]:
    """In plain. Raises ``AccessDenied`` where they can't be read."""
    held = server.source.credentials
    return dict(zip(held, unseal(list(held.values())), strict=True))


def _check_certificates(ca: str, told: Mapping[str, str]) -> None:
    """Raises ``Refused`` where a certificate or key is none."""
    if ca.strip():
        check_pem(ca.strip(), "ca")
    for name, given in (("ca", (ca.strip(), "", "")), ("key", ("", told.get("certificate", ""), told.get("key", "")))):
        try:
            if any(given):
                trust(*given)
        except (ssl.SSLError, ValueError) as error:
            what = "The authority's certificate" if name == "ca" else "The certificate and its key"
            raise Refused(
                f"{what} can't be read, or do not fit. Give them as PEM, without a password.", name
            ) from error


def _place_of(name: str) -> str:
    """The source's ``public_id``, which is unique: two servers can't come to one name at the same moment."""
    return f"prometheus-{blake2b(name.casefold().encode(), digest_size=9).hexdigest()}"


def _check_name_is_free(name: str, but: PrometheusServer | None = None) -> None:
    taken = Source.objects.filter(public_id=_place_of(name))
    if (taken.exclude(pk=but.source_id) if but else taken).exists():
        raise Refused(f"There is a server called {name} already. Choose another name.", "name")
