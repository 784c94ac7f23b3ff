"""The git program, asked about a local clone: nothing of the clone's own runs, nothing is fetched or checked out."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

from ingest.errors import AccessDenied

CHUNK = 1 << 20
TIMEOUT = 600.0  # seconds
# A clone's own configuration can name programs: hooks, a file system monitor, a signature checker, a transport.
SAFE = (
    "-c", "core.hooksPath=/dev/null",
    "-c", "core.fsmonitor=false",
    "-c", "log.showSignature=false",
    "-c", "protocol.allow=never",
    "-c", "safe.directory=*",
)  # fmt: skip
ENVIRONMENT = {
    "LC_ALL": "C",
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_ALLOW_PROTOCOL": "none",
}


class Unreadable(AccessDenied):
    """The clone can't be read: a person must act; the message says how."""


class Clone:
    """A local clone, bare or not. ``timeout``: seconds that one question may take.

    Raises:
        Unreadable: there is no git program, or ``path`` is no clone.
    """

    def __init__(self, path: Path, timeout: float = TIMEOUT) -> None:
        self.path = path.resolve()
        self._timeout = timeout
        program = shutil.which("git")
        if program is None:
            raise Unreadable("There is no git program. Install git and try again.")
        if not self.path.is_dir():
            raise Unreadable(f"{path} is no folder.")
        self._command = [program, *SAFE, "--no-pager", "-C", str(self.path)]
        # Not a parent folder's repository: what is read is what was named.
        self._environment = ENVIRONMENT | {
            "PATH": os.environ.get("PATH", os.defpath),
            "GIT_CEILING_DIRECTORIES": str(self.path.parent),
        }
        if self.ask("rev-parse", "--git-dir") is None:
            raise Unreadable(f"{path} is not a git repository. Name the folder of a clone.")

    def ask(self, *arguments: str) -> str | None:
        """The one-line answer; ``None`` where git refuses."""
        with self._started(arguments, b"") as process:
            answer = process.stdout.read(CHUNK) if process.stdout else b""
        return answer.decode("utf-8", "replace").strip() if process.returncode == 0 else None

    def resolve(self, revision: str) -> str | None:
        """The sha of the commit that a revision means; ``None`` if there is none."""
        return self.ask("rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}") or None

    def fields(self, *arguments: str, given: bytes = b"") -> Iterator[bytes]:
        """The NUL-terminated fields of an answer, as they come.

        Raises:
            Unreadable: git failed or took too long.
        """
        with self._started(arguments, given) as process:
            rest = b""
            while process.stdout and (chunk := process.stdout.read(CHUNK)):
                *fields, rest = (rest + chunk).split(b"\0")
                yield from fields
        if process.returncode != 0:
            raise Unreadable(f"git {arguments[0]} failed or took over {self._timeout:.0f} s in {self.path}.")

    def lines(self, *arguments: str, given: bytes = b"") -> Iterator[bytes]:
        """The lines of an answer, as they come. Raises ``Unreadable`` as ``fields`` does."""
        with self._started(arguments, given) as process:
            if process.stdout:
                yield from process.stdout
        if process.returncode != 0:
            raise Unreadable(f"git {arguments[0]} failed or took over {self._timeout:.0f} s in {self.path}.")

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        """A git process that is asked again and again through its pipes; the caller ends it."""
        return subprocess.Popen(  # noqa: S603 - a list, no shell
            [*self._command, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=self._environment,
        )

    @contextmanager
    def _started(self, arguments: tuple[str, ...], given: bytes) -> Iterator["subprocess.Popen[bytes]"]:
        with tempfile.TemporaryFile() as stdin:  # a file, so that a long question can't block on a pipe
            stdin.write(given)
            stdin.seek(0)
            process = subprocess.Popen(  # noqa: S603 - a list, no shell, data only behind "--end-of-options" or stdin
                [*self._command, *arguments],
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=self._environment,
            )
            timer = Timer(self._timeout, process.kill)
            timer.daemon = True
            timer.start()
            finished = False
            try:
                yield process
                finished = True
            finally:
                if not finished:
                    process.kill()
                if process.stdout:
                    process.stdout.close()
                process.wait()
                timer.cancel()

    def shallow_commits(self) -> frozenset[str]:
        """The commits at which a shallow clone was cut: what git shows of them is no root but an unknown past."""
        if self.ask("rev-parse", "--is-shallow-repository") != "true":
            return frozenset()
        place = self.ask("rev-parse", "--path-format=absolute", "--git-path", "shallow")
        return frozenset(Path(place).read_text().split()) if place else frozenset()
