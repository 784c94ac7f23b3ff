"""(pure) Names of people in payloads: which texts are a person's, and the payload with others in their place."""

import re
from collections.abc import Callable
from typing import Any

from ingest.parsers.hosts.opened import is_bot_name

# Members that hold a person's name, login or address wherever they stand.
ALWAYS = frozenset({
    "login", "username", "user_name", "user_username", "user_email", "author_name", "author_email", "committer_name",
    "committer_email", "display_name", "displayname", "nickname", "emailaddress", "email", "uniquename", "avatar_url",
    "user_avatar",
})  # fmt: skip
# Members that do so only beside one of the above: a repository and a label have a name too.
BESIDE = frozenset({"name", "slug", "raw", "summary"})
NATIVE = frozenset({"author", "by"})  # texts of native events
_ADDRESS = re.compile(r"[^\s<>@]{1,64}@[^\s<>@]{1,255}")
MAX_DEPTH = 200

Rename = Callable[[str], str]


def renamed(payload: Any, rename: Rename) -> Any:
    """The payload, JSON's types, with ``rename`` of each text that is a person's. Bots are no people."""
    return _renamed(payload, rename, 0)


def _renamed(value: Any, rename: Rename, depth: int) -> Any:
    if depth > MAX_DEPTH:
        return value
    if isinstance(value, list):
        return [_renamed(item, rename, depth + 1) for item in value]
    if not isinstance(value, dict):
        return value
    person = any(key.lower() in ALWAYS for key in value)
    found = {}
    for key, item in value.items():
        name = key.lower()
        told = isinstance(item, str) and bool(item)
        if told and (name in ALWAYS or name in NATIVE or (person and name in BESIDE and "full_name" not in value)):
            found[key] = item if is_bot_name(item) else rename(item)
        else:
            found[key] = _renamed(item, rename, depth + 1)
    return found


def replaced(text: str, names: frozenset[str], by: str) -> str:
    """``text`` with ``by`` in the place of any of ``names`` (in lower case): the whole text, or an address in it."""
    if text.strip().lower() in names:
        return by
    if "@" not in text:
        return text
    return _ADDRESS.sub(lambda match: by if match[0].lower() in names else match[0], text)


def without(payload: Any, names: frozenset[str], by: str, depth: int = 0) -> Any:
    """The payload with ``by`` in the place of each text that is one of ``names``, wherever it stands."""
    if isinstance(payload, str):
        return replaced(payload, names, by)
    if depth > MAX_DEPTH:
        return payload
    if isinstance(payload, list):
        return [without(item, names, by, depth + 1) for item in payload]
    if isinstance(payload, dict):
        return {key: without(item, names, by, depth + 1) for key, item in payload.items()}
    return payload
