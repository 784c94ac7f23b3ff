"""(pure) A repository's address -> its name as people write it, such as ``acme/pay``."""

from urllib.parse import unquote, urlsplit

from ingest.parsers.fields import MAX_NAME, clean
from ingest.parsers.observation import RepositoryRef

MAX_URL = 1_000
SCHEMES = ("https", "http", "ssh", "git", "git+https", "git+http", "git+ssh")
AZURE_SSH = ("ssh.dev.azure.com", "vs-ssh.visualstudio.com")


def repository_of_url(url: str) -> RepositoryRef | None:
    """The repository that a clone's or a page's address names; ``None`` where it names none.

    ``https://user@git.example/acme/pay.git`` and ``git@git.example:acme/pay`` are both ``acme/pay``. What an address
    holds of credentials is not kept.
    """
    url = url.strip()
    if not url or len(url) > MAX_URL or any(letter.isspace() or not letter.isprintable() for letter in url):
        return None
    split = _split(url)
    if split is None:
        return None
    host, path = split
    parts = [unquote(part) for part in path.split("/") if part]
    if any(part in (".", "..") or "/" in part or not part.isprintable() for part in parts):
        return None
    name = "/".join(_as_people_write(host, parts)).removesuffix(".git")
    return RepositoryRef(clean(name)) if name and len(name) <= MAX_NAME else None


def repository_named(text: str) -> RepositoryRef | None:
    """The same where a sender writes a name or an address: ``acme/pay``, ``git.example/acme/pay``, a URL."""
    if "://" in text or text.startswith("git@"):
        return repository_of_url(text)
    if text.startswith(("/", ".")):
        return None  # a folder
    host, _, rest = text.strip("/").partition("/")
    with_host = "." in host and "/" in rest
    return repository_of_url(f"https://{host}/{rest}" if with_host else f"https://none.invalid/{host}/{rest}")


def _split(url: str) -> tuple[str, str] | None:
    """Host, in lower case, and path; ``None`` for what is no address of a repository."""
    if "://" not in url:
        user, at, address = url.rpartition("@")
        host, _, path = address.partition(":")
        named = "/" in path and "/" not in host and (at or "." in host)
        return (host.lower(), path) if named and "/" not in user else None
    try:
        split = urlsplit(url)
        host = split.hostname or ""
    except ValueError:
        return None
    return (host, split.path) if split.scheme.lower() in SCHEMES and host else None


def _as_people_write(host: str, parts: list[str]) -> list[str]:
    """The path without what only the platform's addresses have in it."""
    if host == "api.github.com" and parts[:1] == ["repos"]:
        parts = parts[1:]
    if host in ("github.com", "api.github.com", "bitbucket.org"):
        return parts[:2] if len(parts) > 1 else []
    if host == "dev.azure.com" or host in AZURE_SSH or host.endswith(".visualstudio.com"):
        return _azure(host, parts)
    if "-" in parts:
        parts = parts[: parts.index("-")]  # GitLab: what follows is a page of the project
    if parts[:1] == ["scm"]:
        return parts[1:3]  # Bitbucket Data Center, a clone's address
    if len(parts) > 3 and parts[0] in ("projects", "users") and parts[2] == "repos":
        return [parts[1] if parts[0] == "projects" else f"~{parts[1]}", parts[3]]
    return parts


def _azure(host: str, parts: list[str]) -> list[str]:
    """``organisation/project/repository``, whichever of Azure's addresses tells it."""
    if host in AZURE_SSH:
        parts = parts[1:] if parts[:1] == ["v3"] else parts
    elif host != "dev.azure.com":
        parts = [host.partition(".")[0], *parts]
    parts = [part for place, part in enumerate(parts) if not (part == "DefaultCollection" and place == 1)]
    if "_git" not in parts:
        return parts[:3] if host in AZURE_SSH else []
    place = parts.index("_git")
    name = parts[place + 1 : place + 2]
    if not name:
        return []
    return [*parts[:place], *name] if place > 1 else [*parts[:place], *name, *name]
