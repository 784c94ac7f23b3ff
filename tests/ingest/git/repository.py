"""A small repository with a history of all kinds, made by git with fixed dates."""

import os
import subprocess
from pathlib import Path

ALICE = "Alice <alice@example.org>"


class Repository:
    """Commits and tags by a clock that goes on ten minutes with each."""

    def __init__(self, path: Path) -> None:
        self.path, self.now = path, 1_772_445_600  # 2026-03-02T10:00:00Z
        path.mkdir(parents=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str | bytes, stdin: bytes | None = None, author: bytes = ALICE.encode()) -> str:
        name, _, address = author.partition(b" <")
        date = f"{self.now} +0100"
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.path), "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C",
            "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date,
            "GIT_COMMITTER_NAME": "GitHub", "GIT_COMMITTER_EMAIL": "noreply@github.com",
        }  # fmt: skip
        who = {b"GIT_AUTHOR_NAME": name, b"GIT_AUTHOR_EMAIL": address.rstrip(b">")}
        raw = {key.encode(): value.encode() for key, value in environment.items()} | who
        done = subprocess.run(["git", *arguments], cwd=self.path, env=raw, input=stdin, capture_output=True, check=True)
        return done.stdout.decode("utf-8", "replace").strip()

    def later(self, seconds: int = 600) -> None:
        self.now += seconds

    def commit(self, message: str | bytes, file: str | bytes = "file", author: bytes = ALICE.encode()) -> str:
        """Change ``file`` and commit; the sha."""
        self.later()
        place = os.path.join(os.fsencode(self.path), os.fsencode(file))
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "a") as opened:
            opened.write(f"{self.now}\n")
        self.git("add", "-A")
        text = message.encode() if isinstance(message, str) else message
        self.git("commit", "-q", "-F", "-", stdin=text, author=author)
        return self.head

    def merge(self, branch: str, message: str) -> str:
        self.later()
        self.git("merge", "-q", "--no-ff", "-m", message, branch)
        return self.head

    def tag(self, name: str | bytes, annotated: bool = False, target: str = "HEAD") -> None:
        self.later()
        self.git("tag", *(["-a", "-m", "Release"] if annotated else []), name, target)

    @property
    def head(self) -> str:
        return self.git("rev-parse", "HEAD")
