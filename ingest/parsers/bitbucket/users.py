"""(pure) People and web pages as Bitbucket Cloud tells them."""

from ingest.parsers.fields import Fields
from ingest.parsers.hosts.opened import is_bot_name


def name_of(user: Fields | None) -> str:
    """A name to show; empty where the account is gone."""
    return (user.prose("nickname") or user.prose("display_name") or user.prose("username")) if user else ""


def is_bot_user(user: Fields | None) -> bool:
    return user is not None and (user.raw("type") == "app_user" or is_bot_name(name_of(user)))


def same(one: Fields | None, other: Fields | None) -> bool:
    """Whether both are the same account, by what no account shares with another."""
    if one is None or other is None:
        return False
    return any(one.raw(name) is not None and one.raw(name) == other.raw(name) for name in ("uuid", "account_id"))


def page_of(fields: Fields) -> str:
    """The web page of a thing; empty where none is told."""
    links = fields.maybe_child("links")
    html = links.maybe_child("html") if links else None
    return html.url("href") if html else ""
