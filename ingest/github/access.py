"""Signing in at GitHub, and what is seen there: the client of a source, and the check before one is set up."""

from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from ingest.github.budget import SharedBudget
from ingest.github.client import (
    Client,
    Clock,
    Connection,
    CredentialsRefused,
    NotFound,
    app_auth,
    installation_auth,
    token_auth,
)
from ingest.github.credentials import App, Credentials, checked_owner, checked_url, fingerprint


class Visible(NamedTuple):
    """What the credentials see. ``kind``: organisation, user. ``limit`` and ``remaining``: requests an hour."""

    owner: str
    kind: str
    repositories: int
    limit: int | None
    remaining: int | None
    text: str


def client_of(credentials: Credentials, api_url: str, owner: str, clock: Clock) -> Client:
    """A client that is signed in. Raises as ``Connection.ask`` does, where an App is to find its installation."""
    if not isinstance(credentials, App):
        auth = token_auth(credentials.token)
    else:
        number = credentials.installation_id or _installation(credentials, api_url, owner)
        auth = installation_auth(credentials.app_id, credentials.private_key, number)
    return Client(Connection(api_url, auth, tries=0), SharedBudget(fingerprint(credentials), clock), clock)


def _installation(app: App, api_url: str, owner: str) -> int:
    connection = Connection(api_url, app_auth(app.app_id, app.private_key))
    for place in ("orgs", "users"):
        reply = connection.ask("GET", f"/{place}/{owner}/installation")
        told = reply.json() if reply.status == 200 else None
        if isinstance(told, dict) and type(told.get("id")) is int:
            return int(told["id"])
        if reply.status == 401:
            raise CredentialsRefused("GitHub does not take the App (401). Check its id and its private key.")
    raise CredentialsRefused(f"The App is not installed for {owner}. Install it there, for all that is to be read.")


def check(credentials: Credentials, api_url: str, owner: str, clock: Clock | None = None) -> Visible:
    """What the credentials see of the owner: a few requests, nothing is stored of them.

    Raises:
        ConnectionRefused: address or owner make no sense.
        AccessDenied, SourceUnavailable: with a sentence on what to do.
    """
    owner = checked_owner(owner)
    client = client_of(credentials, checked_url(api_url), owner, clock or Clock())
    kind, path = owner_lists(client, owner, isinstance(credentials, App))
    reply = client.get(f"{path}per_page=1")
    told = reply.json()
    if isinstance(told, dict) and type(told.get("total_count")) is int:
        count = int(told["total_count"])
    else:
        count = last_page(reply.headers.get("link", "")) or (len(told) if isinstance(told, list) else 0)
    limit, remaining = reply.headers.get("x-ratelimit-limit"), reply.headers.get("x-ratelimit-remaining")
    return Visible(owner, kind, count, _whole(limit), _whole(remaining), _text(owner, kind, count, remaining))


def owner_lists(client: Client, owner: str, is_app: bool) -> tuple[str, str]:
    """Whether the owner is an organisation or a user, and the path of the list of repositories up to its paging.

    Raises:
        NotFound: there is no such owner, as far as we may know.
    """
    try:
        client.get(f"/orgs/{owner}")
        kind = "organisation"
    except NotFound:
        kind = "user"
        try:
            client.get(f"/users/{owner}")
        except NotFound as error:
            raise NotFound(f"GitHub shows us no {owner}. Check the name, and what the token may see.") from error
    if is_app:
        return kind, "/installation/repositories?"
    if kind == "organisation":
        return kind, f"/orgs/{owner}/repos?type=all&sort=created&direction=asc&"
    me: Any = client.get("/user").json()
    if isinstance(me, dict) and str(me.get("login", "")).lower() == owner.lower():
        return kind, "/user/repos?affiliation=owner&sort=created&direction=asc&"
    return kind, f"/users/{owner}/repos?type=owner&sort=created&direction=asc&"


def last_page(link: str) -> int | None:
    """The number of the last page by a Link header; ``None`` where there is but one."""
    for part in link[:4_000].split(","):
        address, _, rest = part.partition(";")
        if 'rel="last"' in rest:
            pages = parse_qs(urlsplit(address.strip(" <>")).query).get("page", [""])
            return _whole(pages[0])
    return None


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None


def _text(owner: str, kind: str, count: int, remaining: str | None) -> str:
    repositories = "1 repository" if count == 1 else f"{count:,} repositories"
    left = f" {remaining[:10]} requests are left this hour." if remaining else ""
    if not count:
        return f"The {kind} {owner} is there, but shows us no repository. Check what the token may read."
    return f"The {kind} {owner}: {repositories} can be read.{left}"
