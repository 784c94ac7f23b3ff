"""A hardened fetch: one commit of an untrusted repository into a bare folder of its own, which is gone afterwards.

Nothing of the repository reaches the file system by its own name, a shell, git's configuration or a second host: bare,
no work tree, no archive, no named remote, no redirect, no submodule; blobs are read by id over pipes.
"""

import os
import re
import resource
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from ingest.errors import AccessDenied, SourceUnavailable

BLOB_BYTES = 1 << 20
FOLDER_BYTES = 400 << 20
FILE_BYTES = 200 << 20
MEMORY_BYTES = 2 << 30
CPU_SECONDS = 45
WALL_SECONDS = 60.0
POLL_SECONDS = 0.2
PREFIX = "plumbline-fetch-"
STALE_SECONDS = 3_600.0
REF = "refs/scan/head"

# Each closes a way by which a repository, or the server that gives it, could make git do more than store one commit.
OPTIONS = (
    "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.symlinks=false", "core.protectNTFS=true",
    "core.protectHFS=true", "core.attributesFile=/dev/null", "core.askPass=/bin/false", "core.sshCommand=/bin/false",
    "credential.helper=", "protocol.allow=never", "protocol.version=2", "http.followRedirects=false",
    "http.lowSpeedLimit=1", "http.lowSpeedTime=30", "transfer.bundleURI=false", "fetch.recurseSubmodules=false",
    "submodule.recurse=false", "fetch.writeCommitGraph=false", "fetch.unpackLimit=1", "gc.auto=0",
    "maintenance.auto=false", "core.bigFileThreshold=1m", "core.packedGitLimit=256m", "core.deltaBaseCacheLimit=64m",
    "pack.threads=1", "index.threads=1", "safe.bareRepository=explicit",
)  # fmt: skip
_NOT_FOUND = re.compile(r"couldn't find remote ref|remote HEAD refers to nonexistent|no such ref", re.I)
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$")


class RepositoryRefused(AccessDenied):
    """The repository is not taken; the message says what to do. ``code`` is what a page shows as its state."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class RepositoryUnavailable(SourceUnavailable):
    """The host did not give it this time: worth a retry."""

    code = "unavailable"


@dataclass(frozen=True, slots=True)
class Fetched:
    """A bare folder with one commit. ``malformed`` tells what git's own check complained of, if it did."""

    path: Path
    commit: str
    malformed: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to fetch from where. ``hosts``: the only ones that may be asked. ``header``: credentials as one HTTP header,
    sent to this URL alone. ``authority``: a file with the certificates to trust, where not the system's."""

    url: str
    hosts: Sequence[str]
    header: str = ""
    authority: str = ""
    protocols: Sequence[str] = ("https",)
    seconds: float = WALL_SECONDS
    extra: Mapping[str, str] = field(default_factory=dict)


@contextmanager
def fetched(wanted: Wanted) -> Iterator[Fetched]:
    """The newest commit of the default branch, without blobs over 1 MiB.

    Raises:
        RepositoryRefused: the URL, the host or what came is not acceptable: a person must act.
        RepositoryUnavailable: no answer, or none in time.
    """
    check_url(wanted.url, wanted.hosts, wanted.protocols)
    sweep()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    try:
        yield _fetch(wanted, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def check_url(url: str, hosts: Sequence[str], protocols: Sequence[str] = ("https",)) -> None:
    """Raises ``RepositoryRefused`` before any connection or process is made."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise RepositoryRefused("bad_url", "This is no URL. Use https://host/owner/name.git.") from error
    host = (parts.hostname or "").lower()
    if parts.scheme not in protocols or not url.isprintable() or any(character.isspace() for character in url):
        raise RepositoryRefused(
            "bad_url", f"Only {' and '.join(protocols)} is fetched. Use https://host/owner/name.git."
        )
    if parts.username or parts.password or parts.query or parts.fragment or not parts.path.strip("/"):
        raise RepositoryRefused("bad_url", "The URL holds more than host and path. Use https://host/owner/name.git.")
    named = {host, f"{host}:{port}"} if port else {host}
    if not _HOST.match(host) or named.isdisjoint(known.lower() for known in hosts):
        raise RepositoryRefused("host_not_allowed", f"The host {host[:80]!r} is not in SCAN_HOSTS.")


def sweep(now: float | None = None) -> int:
    """Remove folders that a killed process left behind; how many."""
    removed = 0
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            if (now or time.time()) - folder.stat().st_mtime > STALE_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)
                removed += 1
    return removed


# ---------------------------------------------------------------- the steps


def _fetch(wanted: Wanted, folder: Path) -> Fetched:
    deadline = time.monotonic() + wanted.seconds
    said = ""
    for form in ("sha1", "sha256"):
        _reset(folder)
        _run(
            wanted,
            folder,
            ["init", "-q", "--bare", "--template=", f"--object-format={form}", str(folder / "git")],
            deadline,
        )
        answer = _pull(wanted, folder, deadline, strict=True)
        malformed = ""
        if (
            (answer.failed and "fsck" in answer.said)
            or "fsckObjects" in answer.said
            or "malformed" in answer.said.lower()
        ):
            malformed = _line(answer.said)
            answer = _pull(wanted, folder, deadline, strict=False)
        if not answer.failed:
            commit = _run(wanted, folder, [*_dir(folder), "rev-parse", "--verify", f"{REF}^{{commit}}"], deadline)
            _cut_promisor(folder, form)
            return Fetched(folder / "git", commit.out.strip(), malformed)
        said = answer.said
        if "algorithm" not in said and "object format" not in said:
            break
    raise _refusal(said)


@dataclass(frozen=True, slots=True)
class _Answer:
    failed: bool
    out: str
    said: str


def _dir(folder: Path) -> list[str]:
    return [f"--git-dir={folder / 'git'}"]


def _pull(wanted: Wanted, folder: Path, deadline: float, *, strict: bool) -> _Answer:
    check = ["-c", f"fetch.fsckObjects={str(strict).lower()}", "-c", f"transfer.fsckObjects={str(strict).lower()}"]
    return _run(
        wanted,
        folder,
        [
            *check, *_dir(folder), "fetch", "-q", "--depth=1", "--no-tags", "--no-recurse-submodules",
            "--no-auto-gc", "--no-auto-maintenance", "--no-write-commit-graph", "--refmap=",
            f"--filter=blob:limit={BLOB_BYTES}", "--", wanted.url, f"+HEAD:{REF}",
        ],
        deadline,
    )  # fmt: skip


def _reset(folder: Path) -> None:
    shutil.rmtree(folder / "git", ignore_errors=True)


def _cut_promisor(folder: Path, form: str) -> None:
    """A filtered fetch leaves a note by which git would download what is missing: take it out again."""
    extension = "[extensions]\n\tobjectformat = sha256\n" if form == "sha256" else ""
    version = 1 if form == "sha256" else 0
    (folder / "git" / "config").write_text(f"[core]\n\trepositoryformatversion = {version}\n\tbare = true\n{extension}")


def _run(wanted: Wanted, folder: Path, arguments: Sequence[str], deadline: float) -> _Answer:
    """git, watched: by the clock, and by how large its folder grows. It dies with its whole group."""
    program = shutil.which("git")
    if program is None:
        raise RepositoryRefused("no_git", "There is no git program. Install git.")
    protocol = [part for name in wanted.protocols for part in ("-c", f"protocol.{name}.allow=always")]
    command = [program, *(part for option in OPTIONS for part in ("-c", option)), *protocol, *arguments]
    process = subprocess.Popen(  # noqa: S603 - a list, no shell; the URL was checked and stands behind "--"
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=_environment(wanted, folder),
        cwd=folder,
        start_new_session=True,
        preexec_fn=_limit,
    )
    try:
        return _watch(process, folder, deadline)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdout:
            process.stdout.close()


def _watch(process: "subprocess.Popen[bytes]", folder: Path, deadline: float) -> _Answer:
    while True:
        try:
            out, _ = process.communicate(timeout=POLL_SECONDS)
        except subprocess.TimeoutExpired:
            if time.monotonic() > deadline:
                raise RepositoryUnavailable(
                    "The host did not give the repository in time. It is tried again."
                ) from None
            if _size(folder) > FOLDER_BYTES:
                raise RepositoryRefused("too_large", "The repository is larger than what is fetched.") from None
            continue
        text = out[-20_000:].decode("utf-8", "replace")
        if process.returncode in (-signal.SIGXFSZ, -signal.SIGXCPU, -signal.SIGKILL) or "File size limit" in text:
            raise RepositoryRefused("too_large", "The repository is larger than what is fetched.")
        return _Answer(process.returncode != 0, text, text if process.returncode else "")


def _size(folder: Path) -> int:
    total = 0
    for where, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += os.lstat(os.path.join(where, name)).st_size
    return total


def _limit() -> None:
    for what, most in (
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_NOFILE, 256),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def _environment(wanted: Wanted, folder: Path) -> dict[str, str]:
    """Built, not inherited: no proxy, trace or template variable reaches git."""
    own = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
        "TMPDIR": str(folder),
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_SYSTEM": "/dev/null",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_ALLOW_PROTOCOL": ":".join(wanted.protocols),
        "GIT_PROTOCOL_FROM_USER": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "/bin/false",
        "SSH_ASKPASS": "/bin/false",
        "GIT_SSH_COMMAND": "/bin/false",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_LFS_SKIP_SMUDGE": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_CEILING_DIRECTORIES": "/",
        "GIT_PAGER": "cat",
        "GIT_EDITOR": "/bin/false",
    }
    if wanted.authority:
        own["GIT_SSL_CAINFO"] = wanted.authority
    if wanted.header:
        own |= {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"http.{wanted.url}.extraHeader",
            "GIT_CONFIG_VALUE_0": wanted.header,
        }
    return own | dict(wanted.extra)


def _refusal(said: str) -> Exception:
    """git's words as one of ours."""
    text = _line(said)
    low = said.lower()
    if _NOT_FOUND.search(said):
        return RepositoryRefused("no_default_branch", "The repository has no commit on a default branch.")
    if "redirect" in low or " 301" in low or " 302" in low or " 307" in low or " 308" in low:
        return RepositoryRefused(
            "redirect", f"The host leads elsewhere, which is not followed. Name the new URL. ({text})"
        )
    if any(
        word in low
        for word in ("authentication failed", "could not read username", " 401", " 403", "not found", " 404")
    ):
        return RepositoryRefused(
            "access", f"The host does not show the repository to us. Check name and token. ({text})"
        )
    if "no space left" in low:
        return RepositoryUnavailable("There is no room left to fetch into.")
    if any(word in low for word in ("corrupt", "bad object", "missing", "not our ref", "unable to read", "fsck")):
        return RepositoryRefused("malformed", f"The repository is damaged at its host. ({text})")
    return RepositoryUnavailable(f"The host did not give the repository. ({text})")


def _line(text: str) -> str:
    """The last telling line of what git said, without what a terminal would obey."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if line.startswith(("fatal:", "error:"))] or lines[-1:]
    last = telling[-1] if telling else "no reason was given"
    return "".join(character if character.isprintable() else " " for character in last)[:200]
