"""Repositories made in the test."""

import os
import subprocess
from pathlib import Path
from typing import Any


def git(folder: Path, *arguments: str, given: bytes = b"", **environment: str) -> str:
    """What git prints, with a fixed author."""
    told: dict[str, Any] = {
        **os.environ,
        "GIT_AUTHOR_NAME": "Ada",
        "GIT_AUTHOR_EMAIL": "ada@example.com",
        "GIT_COMMITTER_NAME": "Ada",
        "GIT_COMMITTER_EMAIL": "ada@example.com",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        **environment,
    }
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], input=given, capture_output=True, env=told, check=True
    )
    return done.stdout.decode().strip()


def write(folder: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")


def committed(folder: Path, files: dict[str, str], message: str = "x", at: str = "2026-11-20T12:00:00Z") -> str:
    """A commit of these files in a repository that is made where there is none; its sha."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / ".git").exists():
        git(folder, "init", "-q", "-b", "main")
    write(folder, files)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", message, GIT_AUTHOR_DATE=at, GIT_COMMITTER_DATE=at)
    return git(folder, "rev-parse", "HEAD")
