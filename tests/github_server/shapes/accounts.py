"""People, the organisation and its teams."""

from datetime import datetime
from typing import Any

from tests.github_server.records import Account, Team

SITE = "https://github.com"
Json = dict[str, Any]
USER_LINKS = ("followers", "subscriptions", "orgs:organizations", "repos", "received_events")


def time(at: datetime | None) -> str | None:
    """To the second, in UTC, with a Z."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def user(api: str, account: Account) -> Json:
    """A simple user: /rest/users/users."""
    url = f"{api}/users/{account.login}"
    site = f"{SITE}/apps/{account.login.removesuffix('[bot]')}" if account.kind == "Bot" else f"{SITE}/{account.login}"
    links = {f"{name}_url": f"{url}/{path}" for path, _, name in (one.partition(":") for one in USER_LINKS) if name}
    links |= {f"{name}_url": f"{url}/{name}" for name in USER_LINKS if ":" not in name}
    return {
        "login": account.login,
        "id": account.number,
        "node_id": account.node_id,
        "avatar_url": f"https://avatars.githubusercontent.com/u/{account.number}?v=4",
        "gravatar_id": "",
        "url": url,
        "html_url": site,
        **links,
        "following_url": f"{url}/following{{/other_user}}",
        "gists_url": f"{url}/gists{{/gist_id}}",
        "starred_url": f"{url}/starred{{/owner}}{{/repo}}",
        "events_url": f"{url}/events{{/privacy}}",
        "type": account.kind,
        "user_view_type": "public",
        "site_admin": False,
    }


def organisation(api: str, account: Account, repositories: int) -> Json:
    """/rest/orgs/orgs, "Get an organization"."""
    url = f"{api}/orgs/{account.login}"
    return {
        "login": account.login,
        "id": account.number,
        "node_id": account.node_id,
        "url": url,
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events",
        "hooks_url": f"{url}/hooks",
        "issues_url": f"{url}/issues",
        "members_url": f"{url}/members{{/member}}",
        "public_members_url": f"{url}/public_members{{/member}}",
        "avatar_url": f"https://avatars.githubusercontent.com/u/{account.number}?v=4",
        "description": None,
        "name": account.name,
        "email": account.email,
        "html_url": f"{SITE}/{account.login}",
        "public_repos": repositories,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "has_organization_projects": True,
        "has_repository_projects": True,
        "created_at": "2020-01-01T00:00:00Z",
        "updated_at": "2025-01-01T00:00:00Z",
        "archived_at": None,
        "type": "Organization",
    }


def team(api: str, one: Team, owner: Account) -> Json:
    """/rest/teams/teams."""
    url = f"{api}/organizations/{owner.number}/team/{one.number}"
    return {
        "id": one.number,
        "node_id": one.node_id,
        "url": url,
        "html_url": f"{SITE}/orgs/{owner.login}/teams/{one.slug}",
        "name": one.name,
        "slug": one.slug,
        "description": one.description,
        "privacy": one.privacy,
        "notification_setting": "notifications_enabled",
        "permission": "pull",
        "members_url": f"{url}/members{{/member}}",
        "repositories_url": f"{url}/repos",
        "type": "organization",
        "organization_id": owner.number,
        "parent": team(api, one.parent, owner) if one.parent else None,
    }


def permissions(word: str) -> dict[str, bool]:
    """What a team may, of the five steps up to ``word``: /rest/teams/teams, "List team repositories"."""
    steps = ("pull", "triage", "push", "maintain", "admin")
    return {step: place <= steps.index(word) for place, step in reversed(list(enumerate(steps)))}


ROLES = {"pull": "read", "triage": "triage", "push": "write", "maintain": "maintain", "admin": "admin"}
