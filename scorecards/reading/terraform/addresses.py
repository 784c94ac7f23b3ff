"""(pure) Addresses of modules: where they come from, and what fixes their content."""

import re
from typing import Literal, NamedTuple
from urllib.parse import parse_qs

Kind = Literal["local", "registry", "git", "archive", "other"]
Fixed = Literal["hash", "short", "tag", "moving", ""]

_GETTER = re.compile(r"([a-z0-9]{1,10})::", re.A)
_REGISTRY = re.compile(r"(?:([\w.-]+\.[\w.-]+(?::\d+)?)/)?([\w-]+)/([\w-]+)/([\w-]+)(?://.*)?", re.A)
_HOST = re.compile(r"(?:[a-z0-9+]+://)?(?:[^@/\s]{0,200}@)?([\w.-]+)(?::\d+/|[:/])([\w.~-]+)?", re.A | re.I)
_HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_SHORT = re.compile(r"(?=[0-9a-f]{0,39}\d)[0-9a-f]{7,39}")
_TAG = re.compile(
    r"(?:refs/tags/)?(?:v?\d{1,8}|(?:[\w./-]{0,100}[-/_])?v?\d{1,8}(?:\.\d{1,8}){1,3}(?:[-+.][\w.+-]{1,60})?)", re.A
)
_VERSION = re.compile(r"(?:^|[-_/v])\d{1,8}\.\d{1,8}(?:\.\d{1,8})?(?![\d])", re.A)
_GIT_HOSTS = ("github.com/", "bitbucket.org/", "gitlab.com/")
_BRANCHES = ("release/", "releases/", "hotfix/", "feature/", "release-", "refs/heads/")
_ARCHIVES = (".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tbz2", ".txz")
PUBLIC_HOSTS = frozenset(
    {"github.com", "gitlab.com", "bitbucket.org", "codeberg.org", "dev.azure.com", "ssh.dev.azure.com", "git.sr.ht"}
)


class Address(NamedTuple):
    """``host`` and ``owner`` are lower case, empty where the address has none. ``fixed`` tells what its ref is."""

    kind: Kind
    host: str = ""
    owner: str = ""
    ref: str = ""
    fixed: Fixed = ""
    version: str = ""


def address(text: str) -> Address:
    """What a ``source`` says. A text that is no known form is ``other``."""
    text = text.strip()[:2000]
    getter = _GETTER.match(text)
    rest = text[getter.end() :] if getter else text
    bare, _, query = rest.partition("?")
    asked = {name: values[-1] for name, values in parse_qs(query[:1000], max_num_fields=50).items()} if query else {}
    if rest.startswith(("./", "../", ".\\", "..\\")) or rest in (".", ".."):
        return Address("local")
    if rest.startswith("tfr://"):
        return Address("registry", version=asked.get("version", ""))
    if getter is None and not rest.startswith(_GIT_HOSTS) and (found := _REGISTRY.fullmatch(bare)):
        return Address("registry", (found.group(1) or "").lower(), found.group(2).lower())
    host, owner = _host(bare)
    if (getter and getter.group(1) in ("git", "hg")) or _is_git(bare):
        ref = asked.get("ref", asked.get("rev", ""))
        return Address("git", host, owner, ref, fixed(ref))
    if rest.startswith(("http://", "https://")) or getter:
        return Address("archive", host, owner, bare, "hash" if "checksum" in asked else _fixed_path(bare))
    return Address("other")


def _host(bare: str) -> tuple[str, str]:
    found = _HOST.match(bare)
    return (found.group(1).lower(), (found.group(2) or "").lower()) if found else ("", "")


def _is_git(bare: str) -> bool:
    path = bare.partition("://")[2] or bare
    ends = path.rpartition("//")[0] or path
    return bare.startswith(("git@", *_GIT_HOSTS, "ssh://")) or ends.endswith(".git")


def fixed(ref: str) -> Fixed:
    """Whether a ref is a full commit hash, a shortened one, a version tag, or something that moves."""
    if not ref:
        return ""
    if _HASH.fullmatch(ref):
        return "hash"
    if _SHORT.fullmatch(ref) and not ref.isdigit():
        return "short"
    return "tag" if _TAG.fullmatch(ref) and not ref.startswith(_BRANCHES) else "moving"


def _fixed_path(bare: str) -> Fixed:
    """What the name of an archive tells."""
    name = next((bare.removesuffix(end) for end in _ARCHIVES if bare.endswith(end)), bare)
    if _HASH.search(name):
        return "hash"
    return "tag" if _VERSION.search(name) else "moving"


def is_own(found: Address, owner: str) -> bool:
    """Whether a module lies with the repository's own organisation: a private host, or the same owner."""
    return found.host not in PUBLIC_HOSTS or (bool(owner) and found.owner == owner)
