"""(pure) Names as sources write them: slugs, and the class of an environment."""

import re
from collections.abc import Mapping, Sequence
from hashlib import blake2b

from ingest.parsers.observation import RepositoryRef

MAX_SLUG = 100
MAX_NAME = 300
_WORD = re.compile(r"[\W_]+")
_DIGITS = "0123456789"
DEFAULT_CLASS = "development"


def slug_of(name: str) -> str:
    """A name as it stands in URLs: two spellings with one slug are one thing. Never empty, at most 100 characters."""
    slug = _WORD.sub("-", name.lower()).strip("-")
    if slug and len(slug) <= MAX_SLUG:
        return slug
    mark = blake2b(name.encode(), digest_size=6).hexdigest()
    return f"{slug[: MAX_SLUG - 13].strip('-')}-{mark}".strip("-")


def repository_key(ref: RepositoryRef) -> str:
    """Repository names differ by more than case."""
    return ref.name.lower()


def platform_of(external_id: str) -> str:
    """The platform and host that a repository's number belongs to, such as ``gitlab/gitlab.com``; empty for GitHub's,
    which are bare numbers. Of repositories of one name on several platforms, the least platform's bears it plainly."""
    return external_id.rpartition("/")[0]


def name_at_platform(name: str, external_id: str) -> str:
    """The name of a repository where another platform's repository bears it plainly."""
    return f"{name} ({platform_of(external_id).rpartition('/')[2] or 'GitHub'})"[:MAX_NAME]


def environment_class(name: str, patterns: Mapping[str, Sequence[str]]) -> str:
    """The class whose pattern is a word (or words) of ``name``, digits at a word's end aside.

    ``patterns`` are asked in their order, so that ``pre-prod`` can come before ``prod``. No match: development.
    """
    words = "-" + "-".join(word.rstrip(_DIGITS) for word in _WORD.split(name.lower())) + "-"
    for found, spellings in patterns.items():
        if any(f"-{spelling.lower()}-" in words for spelling in spellings):
            return found
    return DEFAULT_CLASS
