"""(pure) Whether names speak of production, of another environment, or of none; and whose repository a URL names."""

import re
from collections.abc import Iterable
from typing import Literal

Environment = Literal["production", "other", ""]

_OTHERS = frozenset(
    {"dev", "develop", "development", "devel", "stage", "staging", "stg", "test", "testing", "tst", "qa", "uat",
     "preprod", "preproduction", "nonprod", "nonproduction", "preview", "sandbox", "sbx", "integration", "int",
     "e2e", "local", "kind", "minikube", "k3d", "ephemeral", "review", "lab", "poc", "nightly"}
)  # fmt: skip
_WORD = re.compile(r"[a-z0-9]+")
_JOINED = re.compile(r"\b(pre|non)[-_.]?(prod(?:uction)?)\b")
_SCHEME = re.compile(r"^(?:[a-z][a-z0-9+.-]{0,20}://)?(?:[^@/\s]{1,200}@)?")


def environment_of(texts: Iterable[str], production: Iterable[str]) -> Environment:
    """What the first text that says anything says; its last telling word counts."""
    names = frozenset(production)
    for text in texts:
        told = _told(text, names)
        if told:
            return told
    return ""


def _told(text: str, production: frozenset[str]) -> Environment:
    for word in reversed(_WORD.findall(_JOINED.sub(r"\1\2", text[:1000].lower()))):
        if word in _OTHERS:
            return "other"
        if word in production:
            return "production"
    return ""


def repository_of(url: str) -> str:
    """The path of a repository's URL, lower case, without ``.git``: ``owner/name`` on the hosts that say so."""
    text = _SCHEME.sub("", url.strip()[:500].lower(), count=1).rstrip("/").removesuffix(".git")
    host, sign, path = text.replace(":", "/", 1).partition("/")
    if sign and path.split("/")[0].isdigit():
        path = path.partition("/")[2]
    return path.strip("/") if host else ""


def is_own(url: str, name: str) -> bool:
    """Whether a URL is this repository's; with no known name, every URL names another one."""
    return bool(name) and repository_of(url) == name.lower()
