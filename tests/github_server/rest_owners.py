"""REST below the root: limits, accounts, lists of repositories, teams, hooks of the organisation, and Apps."""

from datetime import UTC, datetime
from typing import Any

from tests.github_server import shapes
from tests.github_server.access import APP_ID, INSTALLATION_ID
from tests.github_server.asking import NOT_FOUND, Answer, Ask, failed, whole
from tests.github_server.hooks import create_hook, deliveries, delivery, list_hooks, redeliver
from tests.github_server.records import Repository, Team


def _visible(ask: Ask) -> list[Repository]:
    """Without signing in, those that are public."""
    return [one for one in ask.organisation.visible if not one.private or ask.caller.kind != "nobody"]


def _sorted(ask: Ask, rows: list[Repository], default: str) -> list[Repository]:
    by = ask.word("sort", default, "created", "updated", "pushed", "full_name")
    keys = {"created": "created_at", "updated": "updated_at", "pushed": "pushed_at", "full_name": "full_name"}
    direction = ask.word("direction", "asc" if by == "full_name" else "desc", "asc", "desc")
    return sorted(rows, key=lambda one: (getattr(one, keys[by]), one.number), reverse=direction == "desc")


def _repositories(ask: Ask, rows: list[Repository], default: str) -> Answer:
    kind = ask.query.get("type", ask.query.get("visibility", "all"))
    if kind in ("private", "public"):
        rows = [one for one in rows if one.private == (kind == "private")]
    return ask.page(_sorted(ask, rows, default), lambda one: shapes.repository(ask.api, one))


@whole("GET", "/user")
def me(ask: Ask) -> Answer:
    """/rest/users/users, "Get the authenticated user"."""
    if ask.caller.kind != "user":
        return failed(401, "Requires authentication") if ask.caller.kind == "nobody" else NO_INTEGRATION
    alice = ask.organisation.people[0]
    more = {"name": alice.name, "email": alice.email, "company": None, "public_repos": 0, "created_at": OLD}
    return Answer(200, shapes.user(ask.api, alice) | more | {"updated_at": OLD})


OLD = "2020-01-01T00:00:00Z"
NO_INTEGRATION = failed(403, "Resource not accessible by integration")


@whole("GET", "/user/repos")
def my_repositories(ask: Ask) -> Answer:
    """/rest/repos/repos, "List repositories for the authenticated user"."""
    if ask.caller.kind == "nobody":
        return failed(401, "Requires authentication")
    return _repositories(ask, _visible(ask), "full_name")


@whole("GET", "/users/{login}")
def a_user(ask: Ask, login: str) -> Answer:
    """/rest/users/users, "Get a user"."""
    try:
        found = ask.organisation.person(login)
    except LookupError:
        return NOT_FOUND
    return Answer(200, shapes.user(ask.api, found) | {"name": found.name, "email": found.email})


@whole("GET", "/users/{login}/repos")
def repositories_of_user(ask: Ask, login: str) -> Answer:
    """/rest/repos/repos, "List repositories for a user": the public ones."""
    rows = [one for one in ask.organisation.repositories if one.owner.login.lower() == login.lower()]
    return _repositories(ask, [one for one in rows if not one.private and not one.deleted], "full_name")


@whole("GET", "/installation/repositories")
def of_installation(ask: Ask) -> Answer:
    """/rest/apps/installations, "List repositories accessible to the app installation"."""
    if ask.caller.kind != "installation":
        return failed(403, "You must authenticate with an installation access token in order to list repositories")
    answer = ask.page(ask.organisation.visible, lambda one: shapes.repository(ask.api, one), key="repositories")
    answer.body["repository_selection"] = "all"
    return answer


@whole("GET", "/rate_limit")
def rate_limit(ask: Ask) -> Answer:
    """/rest/rate-limit; the server puts the figures in, for it keeps them."""
    return Answer(200, {"resources": {}, "rate": {}})


# ------------------------------------------------------------ the organisation


def _is_ours(ask: Ask, org: str) -> bool:
    return org.lower() == ask.organisation.account.login.lower()


@whole("GET", "/orgs/{org}")
def organisation(ask: Ask, org: str) -> Answer:
    """/rest/orgs/orgs, "Get an organization"."""
    if not _is_ours(ask, org):
        return NOT_FOUND
    public = sum(not one.private for one in ask.organisation.visible)
    return Answer(200, shapes.organisation(ask.api, ask.organisation.account, public))


@whole("GET", "/orgs/{org}/repos")
def repositories_of_organisation(ask: Ask, org: str) -> Answer:
    """/rest/repos/repos, "List organization repositories"."""
    return _repositories(ask, _visible(ask), "created") if _is_ours(ask, org) else NOT_FOUND


@whole("GET", "/orgs/{org}/members")
def members_of_organisation(ask: Ask, org: str) -> Answer:
    """/rest/orgs/members."""
    people = [one for one in ask.organisation.people if one.kind == "User"]
    return ask.page(people, lambda one: shapes.user(ask.api, one)) if _is_ours(ask, org) else NOT_FOUND


@whole("GET", "/orgs/{org}/teams")
def teams(ask: Ask, org: str) -> Answer:
    """/rest/teams/teams, "List teams"."""
    if not _is_ours(ask, org) or ask.caller.kind == "nobody":
        return NOT_FOUND
    account = ask.organisation.account
    return ask.page(ask.organisation.teams, lambda one: shapes.team(ask.api, one, account))


def _team(ask: Ask, name: str) -> Team | None:
    fits = (one for one in ask.organisation.teams if name in (one.slug, str(one.number)))
    return next(fits, None) if ask.caller.kind != "nobody" else None


@whole("GET", "/orgs/{org}/teams/{slug}")
@whole("GET", "/organizations/{org}/team/{slug}")
def a_team(ask: Ask, org: str, slug: str) -> Answer:
    """/rest/teams/teams, "Get a team by name"."""
    team = _team(ask, slug)
    if team is None:
        return NOT_FOUND
    account = ask.organisation.account
    counts = {"members_count": len(team.members), "repos_count": len(team.permissions)}
    times = {"created_at": OLD, "updated_at": OLD}
    return Answer(200, shapes.team(ask.api, team, account) | counts | times)


@whole("GET", "/orgs/{org}/teams/{slug}/members")
@whole("GET", "/organizations/{org}/team/{slug}/members")
def members_of_team(ask: Ask, org: str, slug: str) -> Answer:
    """/rest/teams/members; ``role``: all, member or maintainer."""
    team = _team(ask, slug)
    if team is None:
        return NOT_FOUND
    role = ask.query.get("role", "all")
    wanted = [one for one in team.members if role == "all" or (one in team.maintainers) == (role == "maintainer")]
    return ask.page(wanted, lambda one: shapes.user(ask.api, one))


@whole("GET", "/orgs/{org}/teams/{slug}/repos")
@whole("GET", "/organizations/{org}/team/{slug}/repos")
def repositories_of_team(ask: Ask, org: str, slug: str) -> Answer:
    """/rest/teams/teams, "List team repositories": each with what the team may do with it."""
    team = _team(ask, slug)
    if team is None:
        return NOT_FOUND
    held = [one for one in ask.organisation.visible if one.number in team.permissions]

    def shape(one: Repository) -> dict[str, Any]:
        word = team.permissions[one.number]
        may = {"permissions": shapes.permissions(word), "role_name": shapes.ROLES[word]}
        return shapes.repository(ask.api, one) | may

    return ask.page(held, shape)


# ------------------------------------------------------------ hooks of the organisation


@whole("GET", "/orgs/{org}/hooks")
def hooks(ask: Ask, org: str) -> Answer:
    return list_hooks(ask, f"orgs/{org}")


@whole("POST", "/orgs/{org}/hooks")
def new_hook(ask: Ask, org: str) -> Answer:
    return create_hook(ask, f"orgs/{org}")


@whole("GET", "/orgs/{org}/hooks/{number}")
def one_hook(ask: Ask, org: str, number: str) -> Answer:
    return list_hooks(ask, f"orgs/{org}", number)


@whole("GET", "/orgs/{org}/hooks/{number}/deliveries")
def hook_deliveries(ask: Ask, org: str, number: str) -> Answer:
    return deliveries(ask, number)


@whole("GET", "/orgs/{org}/hooks/{number}/deliveries/{delivery_id}")
def hook_delivery(ask: Ask, org: str, number: str, delivery_id: str) -> Answer:
    return delivery(ask, number, delivery_id)


@whole("POST", "/orgs/{org}/hooks/{number}/deliveries/{delivery_id}/attempts")
def hook_attempt(ask: Ask, org: str, number: str, delivery_id: str) -> Answer:
    return redeliver(ask, number, delivery_id)


# ------------------------------------------------------------ Apps


def _installation(ask: Ask) -> dict[str, Any]:
    account = ask.organisation.account
    return {
        "id": INSTALLATION_ID,
        "account": shapes.user(ask.api, account),
        "repository_selection": "all",
        "access_tokens_url": f"{ask.api}/app/installations/{INSTALLATION_ID}/access_tokens",
        "repositories_url": f"{ask.api}/installation/repositories",
        "html_url": f"{shapes.SITE}/organizations/{account.login}/settings/installations/{INSTALLATION_ID}",
        "app_id": APP_ID,
        "app_slug": "plumbline",
        "target_id": account.number,
        "target_type": "Organization",
        "permissions": {"contents": "read", "metadata": "read", "deployments": "read"},
        "events": ["push"],
        "created_at": OLD,
        "updated_at": OLD,
        "single_file_name": None,
        "suspended_at": None,
        "suspended_by": None,
    }


NO_TOKEN = failed(401, "A JSON web token could not be decoded")


@whole("GET", "/app")
def app(ask: Ask) -> Answer:
    """/rest/apps/apps, "Get the authenticated app"."""
    if ask.caller.kind != "app":
        return NO_TOKEN
    owner = shapes.user(ask.api, ask.organisation.account)
    told = {"id": APP_ID, "slug": "plumbline", "node_id": "A_app", "owner": owner, "name": "Plumbline"}
    more = {"description": "", "external_url": "https://plumbline.example", "html_url": f"{shapes.SITE}/apps/plumbline"}
    times = {"created_at": OLD, "updated_at": OLD}
    return Answer(200, told | more | times | {"permissions": {"metadata": "read"}, "events": ["push"]})


@whole("GET", "/app/installations")
def installations(ask: Ask) -> Answer:
    """/rest/apps/apps, "List installations for the authenticated app"."""
    if ask.caller.kind != "app":
        return NO_TOKEN
    return ask.page([_installation(ask)] if ask.access.installed else [], dict)


@whole("GET", "/app/installations/{number}")
def one_installation(ask: Ask, number: str) -> Answer:
    if ask.caller.kind != "app":
        return NO_TOKEN
    known = ask.access.installed and number == str(INSTALLATION_ID)
    return Answer(200, _installation(ask)) if known else NOT_FOUND


@whole("GET", "/orgs/{org}/installation")
def installation_of(ask: Ask, org: str) -> Answer:
    """/rest/apps/apps, "Get an organization installation for the authenticated app"."""
    if ask.caller.kind != "app":
        return NO_TOKEN
    return Answer(200, _installation(ask)) if ask.access.installed and _is_ours(ask, org) else NOT_FOUND


@whole("POST", "/app/installations/{number}/access_tokens")
def access_token(ask: Ask, number: str) -> Answer:
    """/rest/apps/apps, "Create an installation access token for an app"."""
    if ask.caller.kind != "app":
        return NO_TOKEN
    if not ask.access.installed or number != str(INSTALLATION_ID):
        return NOT_FOUND
    token, ends = ask.access.installation_token()
    told = {"token": token, "expires_at": shapes.time(datetime.fromtimestamp(ends, UTC))}
    return Answer(201, told | {"permissions": {"metadata": "read"}, "repository_selection": "all"})
