"""(pure) References to container images: registry, repository, tag and digest, and what a tag promises."""

import re
from dataclasses import dataclass

from scorecards.reading.secret_names import is_expression

DEFAULT_REGISTRY = "docker.io"
MAX_REFERENCE = 1000

_DIGEST = re.compile(r"(?:sha256:[0-9a-fA-F]{64}|sha512:[0-9a-fA-F]{128})$")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$")
_PART = re.compile(r"[a-z0-9][a-z0-9._-]{0,254}$")
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,252}(?::[0-9]{1,5})?$")
_FULL_VERSION = re.compile(r"v?[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9}(?:[-.+_].{0,100})?$", re.S)
_COMMIT = re.compile(r"(?:[a-z]{1,12}[-_.])?g?(?=[0-9a-f]{0,40}[0-9])[0-9a-f]{7,40}$")


@dataclass(frozen=True, slots=True)
class Image:
    """A reference: ``registry`` is ``docker.io`` where none is named; a missing ``tag`` or ``digest`` is empty."""

    registry: str
    repository: str
    tag: str = ""
    digest: str = ""

    @property
    def name(self) -> str:
        """The last part of the repository."""
        return self.repository.rpartition("/")[2]

    @property
    def text(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        return f"{self.registry}/{self.repository}{tag}" + (f"@{self.digest}" if self.digest else "")

    def comes_from(self, allowed: tuple[str, ...]) -> bool:
        """Whether it lies in one of these registries, or folders of registries (``ghcr.io/acme``)."""
        whole = f"{self.registry}/{self.repository}/"
        return any(whole.startswith(entry.strip().rstrip("/") + "/") for entry in allowed if entry.strip())


def image(reference: str) -> Image | None:
    """What a reference names; ``None`` where it is no valid one, so that something must still fill it in."""
    text = reference.strip()
    if not text or len(text) > MAX_REFERENCE or is_expression(text):
        return None
    named, at, digest = text.partition("@")
    if at and not _DIGEST.match(digest):
        return None
    registry, rest = _registry(named)
    repository, colon, tag = rest.partition(":")
    if (colon and not _TAG.match(tag)) or not all(_PART.match(part) for part in repository.split("/")):
        return None
    if registry == DEFAULT_REGISTRY and "/" not in repository:
        repository = f"library/{repository}"
    return Image(registry, repository, tag, digest)


def _registry(text: str) -> tuple[str, str]:
    host, slash, rest = text.partition("/")
    if slash and (host == "localhost" or "." in host or ":" in host) and _HOST.match(host):
        return (DEFAULT_REGISTRY if host in ("index.docker.io", "registry-1.docker.io") else host.lower()), rest
    return DEFAULT_REGISTRY, text


def is_full_version(tag: str) -> bool:
    """Whether a tag names one release (``1.4.2``, ``v2.0.0-rc1``) or one commit, not a line of releases."""
    return bool(_FULL_VERSION.match(tag) or _COMMIT.match(tag))


def is_moving(tag: str) -> bool:
    """Whether a tag names a channel or a branch (``latest``, ``main``, ``stable-alpine``): it holds no version."""
    words = re.split(r"[-_.]", tag.lower())
    return "latest" in words or not (any(part.isdigit() for part in tag) or _COMMIT.match(tag))
