"""Which repositories there are, by GitHub's number, and which teams maintain them."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from ingest.errors import AccessDenied
from ingest.github import queries
from ingest.github.access import owner_lists
from ingest.github.client import Client, CredentialsRefused, NotFound, Reply
from ingest.github.credentials import App, Credentials
from ingest.models import GitHubSync, SyncedRepository

MAX_PAGES = 1_000
MAINTAINING = ("ADMIN", "MAINTAIN")


def list_repositories(client: Client, sync: GitHubSync, credentials: Credentials) -> None:
    """Bring the rows of the sync's repositories up to date. A list that did not change costs one free request a page.

    Raises as ``Client.get`` does.
    """
    if sync.repositories:
        for name in sync.repositories:
            _one(client, sync, name)
        return
    path = sync.pages.get("list")
    if path is None:
        _, path = owner_lists(client, sync.owner, isinstance(credentials, App))
        sync.pages["list"] = path
    numbers = set(_pages(client, sync, path))
    sync.synced.exclude(number__in=numbers).update(listed=False)
    sync.synced.filter(number__in=numbers).update(listed=True, gone_at=None)


def _pages(client: Client, sync: GitHubSync, path: str) -> Iterator[int]:
    """The numbers of all repositories that the list tells; rows are made and renamed on the way."""
    etags: dict[str, Any] = sync.pages.setdefault("etags", {})
    for number in range(1, MAX_PAGES + 1):
        held = etags.get(str(number), {})
        reply = client.get(f"{path}per_page=100&page={number}", held.get("etag", ""))
        if reply.status == 304:
            yield from held["numbers"]
            if not held["more"]:
                return
            continue
        numbers = [_noted(sync, told).number for told in _listed(reply) if _is_wanted(sync, told)]
        more = 'rel="next"' in reply.headers.get("link", "")
        etags[str(number)] = {"etag": reply.headers.get("etag", ""), "numbers": numbers, "more": more}
        yield from numbers
        if not more:
            return


def _listed(reply: Reply) -> list[dict[str, Any]]:
    told = reply.json()
    rows = told.get("repositories") if isinstance(told, dict) else told
    return [row for row in rows or () if isinstance(row, dict) and type(row.get("id")) is int]


def _is_wanted(sync: GitHubSync, told: dict[str, Any]) -> bool:
    owner = str(told.get("full_name", "")).partition("/")[0]
    return owner.lower() == sync.owner.lower()


def _one(client: Client, sync: GitHubSync, name: str) -> None:
    """One repository by its name; it is followed by its number from then on."""
    etags: dict[str, Any] = sync.pages.setdefault("etags", {})
    held = etags.get(name, {})
    known = sync.synced.filter(number=held.get("number", 0)).first()
    path = f"/repositories/{known.number}" if known is not None else f"/repos/{name}"
    try:
        reply = client.get(path, held.get("etag", "") if known else "")
    except CredentialsRefused:
        raise
    except AccessDenied as error:
        if known is not None:
            SyncedRepository.objects.filter(pk=known.pk).update(refused=str(error))
            return
        if not isinstance(error, NotFound):
            raise
        raise NotFound(f"GitHub does not show us {name}. Check the name, and what the token may see.") from error
    if reply.status == 304:
        return
    told = reply.json()
    if isinstance(told, dict) and type(told.get("id")) is int:
        row = _noted(sync, told)
        etags[name] = {"etag": reply.headers.get("etag", ""), "number": row.number}


def _noted(sync: GitHubSync, told: dict[str, Any]) -> SyncedRepository:
    row, made = SyncedRepository.objects.get_or_create(
        sync=sync,
        number=told["id"],
        defaults={"node_id": str(told.get("node_id", ""))[:200], "name": str(told.get("full_name", ""))[:300]},
    )
    if not made and row.node_id != told.get("node_id"):
        row.node_id = str(told.get("node_id", ""))[:200]
        row.save(update_fields=["node_id"])
    return row


# ---------------------------------------------------------------- teams


def read_teams(client: Client, sync: GitHubSync) -> None:
    """Note which teams maintain each repository: those that may administer or maintain it, else the one that may push.

    Of an owner without teams, or whose teams we may not see, nothing is noted.
    """
    found: dict[int, dict[str, list[tuple[str, str]]]] = defaultdict(lambda: defaultdict(list))
    after = None
    while True:
        data, _ = client.graphql(queries.TEAMS, {"login": sync.owner, "after": after})
        teams = (data.get("organization") or {}).get("teams") or {}
        for team in teams.get("nodes") or ():
            for number, permission in _repositories_of(client, team):
                found[number][permission].append((str(team.get("slug")), str(team.get("name"))))
        info = teams.get("pageInfo") or {}
        after = info.get("endCursor")
        if not info.get("hasNextPage") or not after:
            break
    for row in sync.synced.filter(gone_at=None):
        wanted = [list(team) for team in maintainers(found.get(row.number, {}))]
        if row.teams != wanted:
            row.teams = wanted
            row.save(update_fields=["teams"])


def maintainers(by_permission: dict[str, list[tuple[str, str]]]) -> list[tuple[str, str]]:
    """The teams that maintain a repository, by slug and name."""
    found = sorted({team for permission in MAINTAINING for team in by_permission.get(permission, ())})
    pushing = sorted(set(by_permission.get("WRITE", ())))
    return found or (pushing if len(pushing) == 1 else [])


def _repositories_of(client: Client, team: dict[str, Any]) -> Iterator[tuple[int, str]]:
    connection = team.get("repositories") or {}
    while True:
        for edge in connection.get("edges") or ():
            number = (edge.get("node") or {}).get("databaseId")
            if type(number) is int:
                yield number, str(edge.get("permission"))
        info = connection.get("pageInfo") or {}
        if not info.get("hasNextPage") or not info.get("endCursor"):
            return
        data, _ = client.graphql(queries.MORE_TEAM_REPOSITORIES, {"id": team.get("id"), "after": info["endCursor"]})
        connection = (data.get("node") or {}).get("page") or {}


def code_owner(text: str, owner: str) -> str:
    """The team, by slug, that the last rule for everything names alone; empty where there is none."""
    found = ""
    for line in text.splitlines()[:5_000]:
        words = line.partition("#")[0].split()
        if len(words) > 1 and words[0] in ("*", "/", "**", "/**"):
            teams = [word for word in words[1:] if word.lower().startswith(f"@{owner.lower()}/")]
            found = teams[0].partition("/")[2] if len(teams) == 1 else ""
    return found
