"""Each tool in a virtual environment of its own: they pin versions that contradict each other."""

import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".venv-referees"
REQUIREMENTS = Path(__file__).parent


def program(name: str, command: str) -> Path:
    """Where a tool's program is; it may not be there."""
    return FOLDER / name / "bin" / command


def is_made(name: str) -> bool:
    return (FOLDER / name / "done").exists()


def make(name: str) -> None:
    """Install a tool, unless it is there with the same requirements.

    Raises:
        CalledProcessError: it can't be installed.
    """
    wanted = REQUIREMENTS / f"requirements-{name}.txt"
    folder = FOLDER / name
    done = folder / "done"
    if done.exists() and done.stat().st_mtime >= wanted.stat().st_mtime:
        return
    sys.stderr.write(f"Installing {name}\n")
    venv.create(folder, with_pip=True, clear=True)
    subprocess.run(
        [folder / "bin" / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes",
         "-r", wanted],
        check=True,
    )  # fmt: skip
    done.touch()


def run(name: str, command: str, *told: str, folder: Path, seconds: int = 1_800, given: str | None = None) -> str:
    """What a tool prints about a checkout. Its exit code tells nothing: each has another one for findings.

    It gets no settings but these, a home that holds nothing, and no way to fetch anything that it could do without.
    """
    path = program(name, command)
    home = folder.parent / "home"
    home.mkdir(exist_ok=True)
    environment = {"PATH": f"{path.parent}:/usr/bin:/bin", "HOME": str(home), "LANG": "C.UTF-8", "NO_COLOR": "1"}
    done = subprocess.run(
        [path, *told],
        cwd=folder,
        env=environment,
        input=given,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=seconds,
        check=False,
        preexec_fn=lambda: os.nice(10),
    )
    if not done.stdout.strip() and done.returncode not in (0, 1, 2):
        sys.stderr.write(f"{name}: exit {done.returncode}: {done.stderr[-500:]}\n")
    return done.stdout
