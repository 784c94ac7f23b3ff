"""(pure) A package URL, such as ``pkg:oci/pay@sha256%3A0b31…?vcs_url=git+https://git.example/acme/pay@3f2a9b1``."""

from typing import NamedTuple
from urllib.parse import parse_qsl, unquote

from ingest.parsers.fields import as_sha, clean
from ingest.parsers.observation import RepositoryRef
from ingest.parsers.repositories import repository_named, repository_of_url

MAX_PURL = 2_000
GIT_HOSTS = ("github", "gitlab", "bitbucket")


class Artifact(NamedTuple):
    """``version``: as it stands after ``@``. ``sha`` and ``repository``: where the URL tells what it was made of."""

    version: str | None
    sha: str | None
    repository: RepositoryRef | None


def read_purl(text: str) -> Artifact:
    """Nothing in it can fail; what is no package URL tells nothing."""
    if not text.startswith("pkg:") or len(text) > MAX_PURL:
        return Artifact(None, None, None)
    path, _, query = text[4:].partition("#")[0].partition("?")
    kind, _, name = path.strip("/").partition("/")
    name, _, told = name.rpartition("@") if "@" in name else (name, "", "")
    version = clean(unquote(told).strip())[:300] or None
    sha, repository = _made_of(query)
    if kind.lower() in GIT_HOSTS:
        sha, repository = sha or _whole_sha(version), repository or repository_named(unquote(name))
    return Artifact(version, sha, repository)


def _made_of(query: str) -> tuple[str | None, RepositoryRef | None]:
    try:
        address = dict(parse_qsl(query.replace("+", "%2B"), max_num_fields=20)).get("vcs_url", "")
    except ValueError:
        return None, None
    url, at, told = address.rpartition("@")
    if not at or "/" in told:
        url, told = address, ""
    return as_sha(told), repository_of_url(url)


def _whole_sha(version: str | None) -> str | None:
    return as_sha(version) if version and len(version) in (40, 64) else None
