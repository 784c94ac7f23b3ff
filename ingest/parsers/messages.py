"""(pure) What a commit's message gives away: merges, reverts, hotfixes, and the pull request that it came by."""

import re
from typing import NamedTuple

MAX_TITLE = 500
MAX_REVERTS = 100
NUMBER_LIMIT = 2**31

_REVERTS = re.compile(r"\bThis reverts commit ([0-9a-fA-F]{7,64})\b")
_HOTFIX = re.compile(r"\W{0,3}hot[-_ ]?fix(?![a-z])", re.IGNORECASE)
_MERGED_PULL_REQUEST = re.compile(r"Merge pull request #(\d{1,10}) from (\S{1,300})")
_NUMBER_AT_END = re.compile(r"\(#(\d{1,10})\)$")
_MERGES = ("Merge pull request #", "Merge branch ", "Merge remote-tracking branch ", "Merge tag ", "Merge commit ")


class Message(NamedTuple):
    """A message, read.

    ``pull_request``: by "Merge pull request #N" or by "(#N)" at the title's end; ``branch``: the merged branch, without
    its owner. ``merge``: the words of a merge, which says nothing of the number of parents.
    """

    title: str
    merge: bool
    revert: bool
    reapply: bool
    reverts: list[str]
    hotfix: bool
    pull_request: int | None
    branch: str
    pull_request_title: str


def read_message(text: str) -> Message:
    """Read the message of a commit. Nothing in it can fail."""
    title, _, body = text.strip().partition("\n")
    title = title.strip()[:MAX_TITLE]
    number, branch = _pull_request(title)
    told = title if not branch else _first_line(body) or title
    reverts = [sha.lower() for sha in _REVERTS.findall(text)[:MAX_REVERTS]]
    reapply = told.startswith(('Reapply "', 'Revert "Revert ', 'Revert "Reapply '))
    return Message(
        title=title,
        merge=title.startswith(_MERGES),
        revert=bool(reverts) or told.startswith(('Revert "', 'Reapply "')),
        reapply=reapply,
        reverts=reverts,
        hotfix=is_hotfix(told) or is_hotfix(branch),
        pull_request=number,
        branch=branch,
        pull_request_title=told,
    )


def is_hotfix(text: str) -> bool:
    """Whether a title, branch or label begins with the word: "Hotfix: …", "[hotfix] …", "hotfix/login"."""
    return _HOTFIX.match(text) is not None


def is_bot(*names: str) -> bool:
    """Whether a login, name or address is a bot's: by the platforms' own mark, or by its last word."""
    return any(name.lower().endswith(("[bot]", " bot", "-bot")) or "[bot]@" in name for name in names)


def _pull_request(title: str) -> tuple[int | None, str]:
    merged = _MERGED_PULL_REQUEST.match(title)
    found = merged or _NUMBER_AT_END.search(title)
    number = int(found[1]) if found else 0
    branch = merged[2].partition("/")[2] or merged[2] if merged else ""
    return (number if 0 < number < NUMBER_LIMIT else None), branch


def _first_line(body: str) -> str:
    return next((line.strip()[:MAX_TITLE] for line in body.splitlines() if line.strip()), "")
