"""(pure) Accounts and labels as Gitea and Forgejo tell them."""

from ingest.parsers.fields import Fields
from ingest.parsers.hosts.opened import is_bot_name

ACTIONS_BOT = ("gitea-actions", "forgejo-actions")


def login_of(user: Fields | None) -> str:
    """An account's login; empty where it is gone. A lone account has the name Ghost."""
    return (user.prose("login") or user.prose("username")) if user else ""


def is_bot_user(user: Fields | None) -> bool:
    name = login_of(user)
    return name in ACTIONS_BOT or is_bot_name(name)
