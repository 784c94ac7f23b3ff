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
TOTAL_SECONDS = 900.0
MAX_RESTARTS = 5
MAX_TOLD = 256 << 20


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
    for _ in range(MAX_RESTARTS + 1):
        heard, why = _once(replace(request, skip=skip, skip_checks=skip_checks), progress)
        if heard.result is not None:
            result = Scanned.from_json(heard.result)
            left_out = [FileProblem(path, 0, code, _TOLD[code]) for path, code in skip.items()]
            result.problems = [*left_out, *(problem for problem in result.problems if problem.path not in skip)]
            return result
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


def _once(request: Request, progress: Callable[[str], None]) -> tuple[_Heard, str]:
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT)}
    child = subprocess.Popen(
        [sys.executable, "-m", "scorecards.scanning.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        start_new_session=True,
    )
    try:
        _ask(child, request)
        return _listen(child, progress)
    finally:
        _kill(child)


def _ask(child: "subprocess.Popen[bytes]", request: Request) -> None:
    assert child.stdin is not None  # noqa: S101 - asked for above
    with contextlib.suppress(BrokenPipeError):  # it died at once: the answer tells
        child.stdin.write(orjson.dumps(request.to_json(), option=orjson.OPT_NON_STR_KEYS))
        child.stdin.close()


def _listen(child: "subprocess.Popen[bytes]", progress: Callable[[str], None]) -> tuple[_Heard, str]:
    assert child.stdout is not None  # noqa: S101 - asked for above
    heard, rest = _Heard(), b""
    deadline = time.monotonic() + TOTAL_SECONDS
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        while True:
            patience = min(heard.patience, deadline - time.monotonic())
            if patience <= 0 or not selector.select(patience):
                return heard, "too_slow"
            chunk = os.read(child.stdout.fileno(), 1 << 20)
            if not chunk or len(rest) > MAX_TOLD:
                return heard, "crashed"
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                _hear(heard, orjson.loads(line), progress)
            if heard.result is not None:
                return heard, ""


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
    if child.stdout:
        child.stdout.close()
