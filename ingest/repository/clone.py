"""A hardened fetch: one commit of an untrusted repository into a bare folder of its own, which is gone afterwards.

Nothing of the repository reaches the file system by its own name, a shell, git's configuration or a second host: bare,
no work tree, no archive, no named remote, no redirect, no submodule; blobs are read by id over pipes.
"""

import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from ingest.repository.addresses import resolved
from ingest.repository.guarded import Answer, Git, too_large
from ingest.repository.refused import CommitGone, RepositoryRefused, RepositoryUnavailable

BLOB_BYTES = 1 << 20
WALL_SECONDS = 60.0
HEAD_SECONDS = 30.0
PREFIX = "plumbline-fetch-"
STALE_SECONDS = 3_600.0
REF = "refs/scan/head"
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\Z")
_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")
_FSCK = re.compile(r"fsck error|^error: object [0-9a-f]+: ", re.M)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A bare folder with one commit. ``malformed`` tells what git's own check complained of, if it did."""

    path: Path
    commit: str
    malformed: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to fetch from where. ``hosts``: the only ones that may be asked, as ``host`` or ``host:port``. ``header``:
    credentials as one HTTP header, sent to this URL alone. ``authority``: a file with the certificates to trust, where
    not the system's. ``seconds``: how long all of it may take."""

    url: str
    hosts: Sequence[str]
    header: str = ""
    authority: str = ""
    seconds: float = WALL_SECONDS


@contextmanager
def fetched(wanted: Wanted, commit: str = "") -> Iterator[Fetched]:
    """A commit of the repository, else the newest of its default branch; blobs over 1 MiB are left at the host.

    Raises:
        RepositoryRefused: the URL, the host or what came is not acceptable: a person must act.
        RepositoryUnavailable: no answer, or none in time; ``CommitGone``: not this commit.
    """
    with _folder(wanted) as folder:
        yield _fetch(_git(wanted, folder), wanted.url, commit)


def head_of(wanted: Wanted) -> str:
    """The id of the newest commit of the default branch; nothing is fetched. Raises as ``fetched`` does."""
    wanted = replace(wanted, seconds=min(wanted.seconds, HEAD_SECONDS))
    with _folder(wanted) as folder:
        answer = _git(wanted, folder).run("ls-remote", "-q", "--", wanted.url, "HEAD")
    if answer.failed:
        raise _refusal(answer.out)
    for line in answer.out.splitlines():
        found, _, name = line.partition("\t")
        if name == "HEAD" and _ID.match(found):
            return found
    raise no_default_branch()


def check_url(url: str, hosts: Sequence[str]) -> tuple[str, int]:
    """Host and port. Raises ``RepositoryRefused`` before any connection or process is made."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise RepositoryRefused("bad_url", "This is no URL. Use https://host/owner/name.git.") from error
    host = (parts.hostname or "").lower()
    if parts.scheme != "https" or not url.isascii() or not url.isprintable() or " " in url:
        raise RepositoryRefused("bad_url", "Only https is fetched. Use https://host/owner/name.git.")
    if "@" in parts.netloc or "?" in url or "#" in url or not parts.path.strip("/") or "\\" in url:
        raise RepositoryRefused("bad_url", "The URL holds more than host and path. Use https://host/owner/name.git.")
    named = {f"{host}:{port or 443}"} | ({host} if port in (None, 443) else set())
    if not _HOST.match(host) or named.isdisjoint(known.lower() for known in hosts):
        raise RepositoryRefused("host_not_allowed", f"The host {host[:80]!r} is not in SCAN_HOSTS.")
    return host, port or 443


def sweep(now: float | None = None) -> int:
    """Remove folders that a killed process left behind; how many."""
    removed = 0
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            if (now or time.time()) - folder.lstat().st_mtime > STALE_SECONDS and not folder.is_symlink():
                shutil.rmtree(folder, ignore_errors=True)
                removed += 1
    return removed


# ---------------------------------------------------------------- the steps


@contextmanager
def _folder(wanted: Wanted) -> Iterator[Path]:
    check_url(wanted.url, wanted.hosts)
    sweep()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _git(wanted: Wanted, folder: Path) -> Git:
    deadline = time.monotonic() + wanted.seconds
    host, port = check_url(wanted.url, wanted.hosts)
    addresses = ",".join(f"[{one}]" if ":" in one else one for one in resolved(host, port))
    environment = {"GIT_SSL_CAINFO": wanted.authority} if wanted.authority else {}
    if wanted.header:
        environment |= {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"http.{wanted.url}.extraHeader",
            "GIT_CONFIG_VALUE_0": wanted.header,
        }
    return Git(folder, deadline, (f"http.curloptResolve={host}:{port}:{addresses}",), environment)


def _fetch(git: Git, url: str, commit: str) -> Fetched:
    if commit and not _ID.match(commit):
        raise RepositoryRefused("bad_commit", f"{commit[:80]!r} is no commit's id.")
    forms = [form for form, digits in (("sha1", 40), ("sha256", 64)) if not commit or len(commit) == digits]
    answer = Answer(True, "")
    for form in forms:
        answer, malformed = _pull(git, url, commit, form)
        if not answer.failed:
            return Fetched(git.folder / "git", _kept(git, form, commit), malformed)
        if "algorithm" not in answer.out and "object format" not in answer.out:
            break
    raise _refusal(answer.out)


def _pull(git: Git, url: str, commit: str, form: str) -> tuple[Answer, str]:
    """Fetch by id, or what HEAD is where the host gives none by id; a second time unchecked, where git's check
    complains: old and honest repositories fail it, and nothing is written under their names anyway."""
    answer = _attempt(git, url, commit or "HEAD", form, strict=True)
    if answer.failed and commit and _unadvertised(answer.out):
        commit = "HEAD"
        answer = _attempt(git, url, commit, form, strict=True)
    if not (answer.failed and _FSCK.search(_own(answer.out))):
        return answer, ""
    return _attempt(git, url, commit or "HEAD", form, strict=False), _line(answer.out, "error:")


def _attempt(git: Git, url: str, what: str, form: str, *, strict: bool) -> Answer:
    place = git.folder / "git"
    shutil.rmtree(place, ignore_errors=True)
    made = git.run("init", "-q", "--bare", "--template=", f"--object-format={form}", "--", str(place))
    if made.failed:
        raise _refusal(made.out)
    check = str(strict).lower()
    return git.run(
        "-c", f"fetch.fsckObjects={check}", "-c", f"transfer.fsckObjects={check}", f"--git-dir={place}",
        "fetch", "-q", "--depth=1", "--no-tags", "--no-recurse-submodules", "--no-auto-gc", "--no-auto-maintenance",
        "--no-write-commit-graph", "--refmap=", f"--filter=blob:limit={BLOB_BYTES}", "--", url, f"+{what}:{REF}",
    )  # fmt: skip


def _kept(git: Git, form: str, commit: str) -> str:
    """The id of what came, the wanted one; the folder then knows no host to ask for what is missing."""
    place = git.folder / "git"
    _cut_promisor(place, form)
    answer = git.run(f"--git-dir={place}", "rev-parse", "--verify", f"{REF}^{{commit}}")
    found = answer.out.strip()
    if answer.failed or not _ID.match(found):
        raise RepositoryRefused("no_default_branch", "The default branch leads to no commit.")
    if commit and found != commit:
        raise CommitGone(f"The host does not give the commit {commit[:12]}: the branch moved.")
    return found


def _cut_promisor(place: Path, form: str) -> None:
    """A filtered fetch leaves a note by which git would download what is missing: take it out again."""
    extension = "[extensions]\n\tobjectformat = sha256\n" if form == "sha256" else ""
    version = 1 if form == "sha256" else 0
    (place / "config").write_text(f"[core]\n\trepositoryformatversion = {version}\n\tbare = true\n{extension}")


# ---------------------------------------------------------------- refusals

_ABSENT = re.compile(r"couldn't find remote ref|remote HEAD refers to nonexistent|no such ref", re.I)
_REDIRECT = re.compile(r"redirect|returned error: 30[12378]", re.I)
_ACCESS = re.compile(r"authentication failed|could not read username|returned error: 40[134]|not found", re.I)
_GONE = re.compile(r"not our ref|unadvertised object|no such remote ref", re.I)
_DAMAGED = re.compile(r"corrupt|bad object|missing|unable to read|index-pack failed|bad pack|did not send all", re.I)


def _unadvertised(said: str) -> bool:
    return "unadvertised" in said


def _refusal(said: str) -> Exception:
    """git's words as one of ours."""
    own, text = _own(said), _line(said)
    if _ABSENT.search(own):
        return no_default_branch()
    if _REDIRECT.search(own):
        return RepositoryRefused(
            "redirect", f"The host leads elsewhere, which is not followed. Name the new URL. ({text})"
        )
    if _ACCESS.search(own):
        return RepositoryRefused(
            "access", f"The host does not show the repository to us. Check name and token. ({text})"
        )
    if _GONE.search(said):
        return CommitGone(f"The host does not give this commit any more. ({text})")
    if "out of memory" in own.lower():
        return too_large()
    if "no space left" in own.lower():
        return RepositoryUnavailable("There is no room left to fetch into.")
    if _DAMAGED.search(own):
        return RepositoryRefused("malformed", f"The repository is damaged at its host. ({text})")
    return RepositoryUnavailable(f"The host did not give the repository. ({text})")


def no_default_branch() -> RepositoryRefused:
    return RepositoryRefused("no_default_branch", "The repository has no commit on a default branch. Push one.")


def _own(said: str) -> str:
    """git's own lines, without those that the host had it say."""
    return "\n".join(line for line in said.splitlines() if not line.startswith("remote:"))


def _line(said: str, first: str = "fatal:") -> str:
    """The telling line of what git said, without what a terminal would obey."""
    lines = [line.strip() for line in _own(said).splitlines() if line.strip()]
    telling = [line for line in lines if line.startswith(first)] or [
        line for line in lines if line.startswith(("fatal:", "error:"))
    ]
    last = (telling or lines[-1:] or ["no reason was given"])[0]
    return "".join(character if character.isprintable() else " " for character in last)[:200]
