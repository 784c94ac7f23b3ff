"""A git process that talks to a host nobody trusts: built environment, limits, a clock, and a watched folder.

It dies with its whole group, however it ends.
"""

import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ingest.repository.refused import RepositoryRefused, RepositoryUnavailable

FOLDER_BYTES = 400 << 20
FILE_BYTES = 200 << 20
MEMORY_BYTES = 2 << 30
STACK_BYTES = 64 << 20
CPU_SECONDS = 45
OPEN_FILES = 256
POLL_SECONDS = 0.2
END_LOOKS = 20  # each a hundredth of a second
MAX_SAID = 4 << 20
KEPT = 20_000  # bytes of what git says

# Each closes a way by which a repository, or the server that gives it, could make git do more than store one commit.
OPTIONS = (
    "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.symlinks=false", "core.protectNTFS=true",
    "core.protectHFS=true", "core.attributesFile=/dev/null", "core.askPass=/bin/false", "core.sshCommand=/bin/false",
    "credential.helper=", "protocol.allow=never", "protocol.https.allow=always", "protocol.version=2",
    "http.followRedirects=false", "http.sslVerify=true", "http.lowSpeedLimit=1", "http.lowSpeedTime=30",
    "transfer.bundleURI=false", "fetch.recurseSubmodules=false", "submodule.recurse=false",
    "fetch.writeCommitGraph=false", "fetch.unpackLimit=1", "gc.auto=0", "maintenance.auto=false",
    "core.bigFileThreshold=1m", "core.packedGitLimit=256m", "core.deltaBaseCacheLimit=64m", "pack.threads=1",
    "index.threads=1", "grep.threads=1", "safe.bareRepository=explicit",
)  # fmt: skip
ENVIRONMENT = {
    "LC_ALL": "C.UTF-8",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_ALLOW_PROTOCOL": "https",
    "GIT_PROTOCOL_FROM_USER": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "/bin/false",
    "SSH_ASKPASS": "/bin/false",
    "GIT_SSH_COMMAND": "/bin/false",
    "GIT_PROXY_COMMAND": "/bin/false",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_LFS_SKIP_SMUDGE": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_CEILING_DIRECTORIES": "/",
    "GIT_PAGER": "cat",
    "GIT_EDITOR": "/bin/false",
}
# Run by a fresh interpreter, since a process with threads must not run Python between fork and exec. The alarm stays
# through the exec: git ends even where nobody is left to watch it.
_LIMITED = """
import os, resource, signal, sys
seconds, program, *arguments = sys.argv[1:]
for pair in os.environ.pop("LIMITS").split():
    what, most = pair.split("=")
    what, most = getattr(resource, "RLIMIT_" + what), int(most)
    hard = resource.getrlimit(what)[1]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (most, most))
signal.alarm(int(seconds))
os.execve(program, [program, *arguments], os.environ)
"""
_LIMITS = f"CPU={CPU_SECONDS} AS={MEMORY_BYTES} FSIZE={FILE_BYTES} NOFILE={OPEN_FILES} CORE=0 STACK={STACK_BYTES}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What git said: ``out`` to the end, standard output and errors together."""

    failed: bool
    out: str


@dataclass(frozen=True, slots=True)
class Git:
    """git, run for one repository in a folder of its own, until ``deadline`` (of the monotonic clock).

    ``options`` and ``environment``: what this repository needs besides; credentials stand in the environment alone.
    """

    folder: Path
    deadline: float
    options: Sequence[str] = ()
    environment: Mapping[str, str] | None = None

    def run(self, *arguments: str) -> Answer:
        """Ask git once.

        Raises:
            RepositoryRefused: there is no git program, or a limit was reached.
            RepositoryUnavailable: the time is over.
        """
        program = shutil.which("git")
        if program is None:
            raise RepositoryRefused("no_git", "There is no git program. Install git.")
        options = [part for option in (*OPTIONS, *self.options) for part in ("-c", option)]
        seconds = max(1, int(self.deadline - time.monotonic()) + 5)
        process = subprocess.Popen(  # noqa: S603 - a list, no shell; the URL was checked and stands behind "--"
            [sys.executable, "-I", "-S", "-c", _LIMITED, str(seconds), program, *options, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=self._environment(),
            cwd=self.folder,
            start_new_session=True,
        )
        try:
            said = self._watch(process)
        finally:
            _end(process)
        return self._answer(process.returncode, said)

    def _environment(self) -> dict[str, str]:
        """Built, not inherited: no proxy, trace or template variable reaches git."""
        place = str(self.folder)
        own = {"PATH": os.environ.get("PATH", os.defpath), "HOME": place, "XDG_CONFIG_HOME": place, "TMPDIR": place}
        return {**ENVIRONMENT, **own, "LIMITS": _LIMITS, **(self.environment or {})}

    def _watch(self, process: "subprocess.Popen[bytes]") -> bytes:
        """Read until the end. What the group's last process holds open counts: the clock ends that too."""
        assert process.stdout is not None  # noqa: S101 - asked for above
        said, told = b"", 0
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            looked_at = time.monotonic()
            while True:
                ready = selector.select(POLL_SECONDS)
                if time.monotonic() > self.deadline:
                    raise RepositoryUnavailable("The host did not give the repository in time. It is tried again.")
                if time.monotonic() - looked_at >= POLL_SECONDS:
                    self._check_size()
                    looked_at = time.monotonic()
                if not ready:
                    continue
                chunk = os.read(process.stdout.fileno(), 1 << 16)
                if not chunk:
                    process.wait(max(0.1, self.deadline - time.monotonic()))
                    return said
                told += len(chunk)
                said = (said + chunk)[-KEPT:]
                if told > MAX_SAID:
                    raise RepositoryRefused("too_large", "The host says more than is listened to.")

    def _check_size(self) -> None:
        if size_of(self.folder) > FOLDER_BYTES:
            raise too_large()

    @staticmethod
    def _answer(code: int, said: bytes) -> Answer:
        text = said.decode("utf-8", "replace")
        if code in (-signal.SIGXFSZ, -signal.SIGXCPU) or "signal 25" in text or "File too large" in text:
            raise too_large()
        if code == -signal.SIGALRM:
            raise RepositoryUnavailable("The host did not give the repository in time. It is tried again.")
        return Answer(code != 0, text)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Kill the whole group, and wait until none of it could write any more."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdout:
        process.stdout.close()
    for _ in range(END_LOOKS):
        try:
            os.killpg(process.pid, 0)
        except (ProcessLookupError, PermissionError):
            return
        time.sleep(0.01)


def too_large() -> RepositoryRefused:
    return RepositoryRefused(
        "too_large",
        f"The repository is larger than what is fetched ({FILE_BYTES >> 20} MiB). Scan it from a local clone.",
    )


def size_of(folder: Path) -> int:
    """Bytes of all files below; what goes away meanwhile is left out."""
    total = 0
    for where, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += os.lstat(os.path.join(where, name)).st_size
    return total
