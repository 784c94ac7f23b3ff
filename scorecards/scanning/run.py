"""Runs a scan in a child process, watches it, and kills it: a file that ends the child is told and left out.

However a repository is made, the answer is a scan, a scan with parts left out, or a refusal with its reason.
"""

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from scorecards.scanning.request import Request
from scorecards.scanning.result import FileProblem, Scanned

ROOT = Path(__file__).resolve().parents[2]
FILE_SECONDS = 10.0  # without a word from the child, while it parses one file
CHECK_SECONDS = 60.0  # ... while one check runs
START_SECONDS = 120.0  # ... while it lists names and asks git
TOTAL_SECONDS = 900.0  # ... for all of it, however often it is begun anew
MAX_RESTARTS = 10
MAX_TOLD = 256 << 20
FAULT = "PLUMBLINE_TEST_FAULT"  # for tests: a fault that the child makes of itself (scorecards.scanning.faults)


@dataclass(slots=True)
class _Heard:
    """The last words of a child."""

    at: str = ""
    check: str = ""
    result: dict[str, Any] | None = None

    @property
    def patience(self) -> float:
        return FILE_SECONDS if self.at else (CHECK_SECONDS if self.check else START_SECONDS)


def run(request: Request, progress: Callable[[str], None] = lambda text: None) -> Scanned:
    """The scan, whatever it takes. ``progress`` is told what the child is at."""
    skip, skip_checks = dict(request.skip), dict(request.skip_checks)
    why = ""
    deadline = time.monotonic() + TOTAL_SECONDS
    for _ in range(MAX_RESTARTS + 1):
        heard, why = _once(replace(request, skip=skip, skip_checks=skip_checks), progress, deadline)
        if heard.result is not None:
            result = Scanned.from_json(heard.result)
            left_out = [FileProblem(path, 0, code, _TOLD[code]) for path, code in skip.items()]
            result.problems = [*left_out, *(problem for problem in result.problems if problem.path not in skip)]
            return result
        if time.monotonic() >= deadline:
            break
        if heard.at:
            skip[heard.at] = why
        elif heard.check:
            skip_checks[heard.check] = why
        else:
            break
    return Scanned(refused=f"The scan was given up. {_TOLD[why]}", name=request.name)


_TOLD = {
    "too_slow": "Reading took too long.",
    "crashed": "The reader ended, by lack of memory or by a defect of a parser.",
}


def _once(request: Request, progress: Callable[[str], None], deadline: float) -> tuple[_Heard, str]:
    child = subprocess.Popen(
        [sys.executable, "-m", "scorecards.scanning.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=_environment(),
        start_new_session=True,
    )
    try:
        _ask(child, request)
        return _listen(child, progress, deadline)
    finally:
        _kill(child)


def _environment() -> dict[str, str]:
    """Built, not inherited: the site's secrets are none of the child's business."""
    own = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT)}
    return own | ({FAULT: os.environ[FAULT]} if FAULT in os.environ else {})


def _ask(child: "subprocess.Popen[bytes]", request: Request) -> None:
    assert child.stdin is not None  # noqa: S101 - asked for above
    with contextlib.suppress(BrokenPipeError):  # it died at once: the answer tells
        child.stdin.write(orjson.dumps(request.to_json(), option=orjson.OPT_NON_STR_KEYS))
        child.stdin.close()


def _listen(child: "subprocess.Popen[bytes]", progress: Callable[[str], None], deadline: float) -> tuple[_Heard, str]:
    assert child.stdout is not None  # noqa: S101 - asked for above
    heard, lines = _Heard(), _Lines()
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        while True:
            patience = min(heard.patience, deadline - time.monotonic())
            if patience <= 0 or not selector.select(patience):
                return heard, "too_slow"
            chunk = os.read(child.stdout.fileno(), 1 << 20)
            if not chunk or lines.waiting > MAX_TOLD:
                return heard, "crashed"
            for line in lines.complete(chunk):
                _hear(heard, orjson.loads(line), progress)
            if heard.result is not None:
                return heard, ""


class _Lines:
    """Cuts what comes into lines; a long one is put together once, at its end."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.waiting = 0

    def complete(self, chunk: bytes) -> list[bytes]:
        first, *more = chunk.split(b"\n")
        self._parts.append(first)
        self.waiting += len(first)
        if not more:
            return []
        lines = [b"".join(self._parts), *more[:-1]]
        self._parts, self.waiting = [more[-1]], len(more[-1])
        return lines


def _hear(heard: _Heard, told: dict[str, Any], progress: Callable[[str], None]) -> None:
    if "at" in told:
        heard.at = told["at"]  # empty when it is done
    elif "check" in told:
        heard.at, heard.check = "", told["check"]
        progress(heard.check)
    else:
        heard.result = told["result"]


def _kill(child: "subprocess.Popen[bytes]") -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    for pipe in (child.stdin, child.stdout):
        if pipe:
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
