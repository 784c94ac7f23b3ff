"""(pure) How fast a revision is that a reconciler follows."""

import re
from typing import Literal

Firmness = Literal["immutable", "release-branch", "range", "moving", "head"]

DEFAULT_BRANCHES = frozenset({"", "main", "master", "trunk", "develop"})

_SHA = re.compile(r"[0-9a-f]{7,64}\Z")
_VERSION = re.compile(r"(?:refs/tags/)?[A-Za-z][A-Za-z0-9_./-]{0,60}?[-_/@]?v?\d+\.\d+(?:\.\d+)?[A-Za-z0-9.+-]{0,60}\Z")
_EXACT = re.compile(r"v?\d+\.\d+(?:\.\d+)?(?:[-+.][A-Za-z0-9.+-]{1,60})?\Z")
_RANGE = re.compile(r"[*<>=~^|]|\s-\s|(?:^|\.)[xX](?:$|\.)")
_RELEASE = re.compile(
    r"(?i)(?:refs/heads/)?(?:release|releases|rel|stable|production|prod|prd|live|env)(?:[-_/.].{1,100})?\Z"
)


def firmness(revision: str) -> Firmness:
    """What a revision of git is, by its name."""
    text = revision.strip()[:200]
    if not text or text.upper() == "HEAD":
        return "head"
    if text.startswith("refs/tags/") or _EXACT.match(text):
        return "immutable"
    if _SHA.match(text) and any(letter.isdigit() for letter in text):
        return "immutable"
    if _RANGE.search(text):
        return "range"
    if _RELEASE.match(text):
        return "release-branch"
    return "immutable" if _VERSION.match(text) else "moving"


def is_this_one(revision: str) -> bool:
    """Whether a revision may be the commit that is looked at: a branch of another name is a history of its own."""
    text = revision.removeprefix("refs/heads/")
    return text in DEFAULT_BRANCHES or firmness(revision) in ("head", "immutable")


def chart_firmness(version: str) -> Firmness:
    """What a chart's version is: one, or a range."""
    text = version.strip()[:200]
    if not text:
        return "head"
    return "immutable" if _EXACT.match(text) or text.startswith("sha256:") else "range"
