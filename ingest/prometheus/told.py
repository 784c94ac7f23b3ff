"""(pure) What people say of servers and signals, on the site or in a file, checked alike."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from ingest.errors import IngestError

COUNTERS = ("deployments",)
KINDS = (
    "deployments",
    "rollback_duration",
    "gameday_score",
    "gameday_mttr",
    "error_rate",
    "p99_latency",
    "restarts",
    "memory_growth",
)
MAX_NAME = 100
MAX_URL = 300
MAX_QUERY = 10_000
MAX_WORDS = 50  # words for succeeded or failed
MAX_SERVICES = 2_000  # label values that stand for another service
MAX_SECRET = 10_000
MAX_PEM = 50_000
MIN_TIMEOUT, MAX_TIMEOUT = 1, 120
FIRST_DAY = date(2000, 1, 1)
LIKE = "https://prometheus.example.com or http://prometheus:9090"
WAYS = (("token",), ("username", "password"), ("certificate", "key"))
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]{0,99}")
_PAGES = re.compile(r"/(?:graph|query|targets|alerts|api(?:/v1.*)?)$")


class Refused(IngestError):
    """What was said makes no sense; the message says what to say instead. ``field``: of what; empty for all of it."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class SignalSaid:
    """A signal as told; members as ``ingest.models.Signal``'s. ``server``: its name, empty for the only one."""

    name: str
    kind: str
    query: str
    server: str = ""
    service_label: str = "service"
    status_label: str = "status"
    scenario_label: str = "scenario"
    environment_label: str = ""
    environment: str = "production"
    succeeded: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    services: Mapping[str, str] = field(default_factory=dict)
    since: date | None = None


def checked_url(url: str) -> str:
    """The address of a server as it may be asked, without a slash at its end. Raises ``Refused``."""
    url = url.strip()
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise Refused(f"The address can't be read. Write it like {LIKE}.", "url") from error
    if "@" in parts.netloc or (parts.scheme not in ("http", "https") and "@" in url):
        raise Refused(
            "The address holds a user or a password. Leave them out of it: they have settings of their own.", "url"
        )
    if parts.scheme not in ("http", "https") or not host or port == 0 or not url.isprintable() or " " in url:
        raise Refused(f"{url[:100]!r} is no address of a server. Write it like {LIKE}.", "url")
    if "?" in url or "#" in url:
        raise Refused("The address has a query (? or #). Leave it out: queries belong to signals.", "url")
    if len(url) > MAX_URL:
        raise Refused(f"An address has at most {MAX_URL} characters.", "url")
    path = parts.path.rstrip("/")
    if _PAGES.search(path):
        raise Refused(
            f"The address ends in {_PAGES.search(path)[0]}, a page of the server. Leave that out.",  # type: ignore[index]
            "url",
        )
    return SplitResult(parts.scheme, parts.netloc.lower(), path, "", "").geturl()


def is_same_place(one: str, other: str) -> bool:
    """Whether two addresses lead to one host and port, so that what signs in at one may go to the other."""
    first, second = urlsplit(one), urlsplit(other)
    return (first.hostname, first.port) == (second.hostname, second.port)


def check_secrecy(url: str, has_credentials: bool, plain_http: bool) -> None:
    """Credentials go over http to this machine alone, or where somebody said so. Raises ``Refused``."""
    parts = urlsplit(url)
    if has_credentials and parts.scheme == "http" and not plain_http and not is_loopback(parts.hostname or ""):
        raise Refused(
            f"Whoever listens between here and {parts.hostname} could read the credentials, since the address is plain "
            "http. Use https, or allow it (plain_http).",
            "plain_http",
        )


def is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def checked_credentials(told: Mapping[str, str]) -> dict[str, str]:
    """What a server is signed in at with: a token; user and password; or certificate and key (PEM); or nothing.

    Raises:
        Refused: half of it, two ways at once, or what no header can hold.
    """
    given = {name: value.strip() for name, value in told.items() if value.strip()}
    ways = [way for way in WAYS if given.keys() & set(way)]
    if len(ways) > 1:
        raise Refused("Sign in by one way: a token, a user with a password, or a certificate with its key.", ways[1][0])
    for name in ways[0] if ways else ():
        if name not in given:
            raise Refused(f"{', '.join(ways[0]).capitalize()} belong together; {name} is missing.", name)
    if not all("!" <= letter <= "~" for letter in given.get("token", "")):
        raise Refused("A token has no blanks and no letters with accents. Copy it again.", "token")
    if ":" in given.get("username", "") or not given.get("username", "").isprintable():
        raise Refused("A user name has no colon and stands on one line.", "username")
    if not given.get("password", "").isprintable():
        raise Refused("A password stands on one line.", "password")
    for name, value in given.items():
        limit = MAX_PEM if name in ("certificate", "key") else MAX_SECRET
        if len(value) > limit:
            raise Refused(f"The {name} has more than {limit:,} characters.", name)
    if given.get("key") and "PRIVATE KEY-----" not in given["key"]:
        raise Refused("The key is no private key in PEM. It begins with -----BEGIN … PRIVATE KEY-----.", "key")
    if given.get("certificate"):
        check_pem(given["certificate"], "certificate")
    return given


def check_pem(text: str, name: str) -> None:
    """Raises ``Refused`` where it does not look like a certificate in PEM."""
    if "-----BEGIN CERTIFICATE-----" not in text or len(text) > MAX_PEM:
        raise Refused("That is no certificate in PEM. It begins with -----BEGIN CERTIFICATE-----.", name)


def checked_tenant(tenant: str) -> str:
    """What may stand in X-Scope-OrgID. Raises ``Refused``."""
    tenant = tenant.strip()
    if len(tenant) > 200 or not all("!" <= letter <= "~" for letter in tenant):
        raise Refused("A tenant has at most 200 characters, without blanks and accents.", "tenant")
    return tenant


def checked_timeout(seconds: float) -> int:
    """Raises ``Refused``."""
    if not math.isfinite(seconds) or seconds != int(seconds) or not MIN_TIMEOUT <= seconds <= MAX_TIMEOUT:
        raise Refused(f"The timeout is {MIN_TIMEOUT} to {MAX_TIMEOUT} whole seconds.", "timeout")
    return int(seconds)


def checked_name(name: str, what: str) -> str:
    """A name of 1 to 100 characters on one line. Raises ``Refused``."""
    name = name.strip()
    if not 0 < len(name) <= MAX_NAME or not name.isprintable():
        raise Refused(f"The name of a {what} has 1 to {MAX_NAME} characters on one line.", "name")
    return name


def check_signal(said: SignalSaid) -> None:
    """Raises ``Refused`` where a signal can't be read as it is told."""
    checked_name(said.name, "signal")
    if said.kind not in KINDS:
        raise Refused(f"The kind is one of {', '.join(KINDS)}.", "kind")
    check_query(said.query)
    for name in ("service_label", "status_label", "scenario_label"):
        if not _LABEL.fullmatch(getattr(said, name)):
            raise Refused(f"{getattr(said, name)[:100]!r} is no name of a label: letters, digits and _.", name)
    if said.environment_label and not _LABEL.fullmatch(said.environment_label):
        raise Refused("That is no name of a label: letters, digits and _.", "environment_label")
    if not 0 < len(said.environment) <= 200 or not said.environment.isprintable():
        raise Refused("An environment has 1 to 200 characters on one line.", "environment")
    _check_words(said)
    _check_services(said.services)
    if said.since is not None and said.since < FIRST_DAY:
        raise Refused("Choose a day from 2000 on.", "since")


def check_query(query: str, name: str = "query") -> None:
    """A query is only looked at by its size here: the server reads it. Raises ``Refused``."""
    if not query.strip():
        raise Refused("A query is wanted, such as deployments_total.", name)
    if len(query) > MAX_QUERY or "\0" in query:
        raise Refused(f"A query has at most {MAX_QUERY:,} characters.", name)


def _check_words(said: SignalSaid) -> None:
    for name in ("succeeded", "failed"):
        words = getattr(said, name)
        if len(words) > MAX_WORDS or any(not 0 < len(word) <= 100 or not word.isprintable() for word in words):
            raise Refused(f"At most {MAX_WORDS} values of at most 100 characters.", name)
    both = set(said.succeeded) & set(said.failed)
    if both:
        raise Refused(f"{min(both)!r} stands for succeeded and for failed.", "failed")


def _check_services(services: Mapping[str, str]) -> None:
    if len(services) > MAX_SERVICES:
        raise Refused(f"At most {MAX_SERVICES:,} label values may stand for a service of another name.", "services")
    for value, slug in services.items():
        if not 0 < len(value) <= 300 or not value.isprintable() or not 0 < len(slug) <= 100 or not slug.isprintable():
            raise Refused(f"{value[:60]!r} can't stand for {slug[:60]!r}: write the service's slug.", "services")
