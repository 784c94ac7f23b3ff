"""``up``: the whole site in one process tree. A web server, and one worker that runs the task functions in a loop.

The worker is a child of its own, so that heavy recomputation never holds up a page; it looks for work twice a second,
and a delivery that nobody announced is found like any other. If a child dies, the other is stopped and the exit code
tells.
"""

import logging
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType

from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from ingest.inbox.process import process_pending
from ingest.models import ChangedService
from scorecards.models import ChangedDay
from scorecards.rollups.build import build_rollups, mark_overdue
from scorecards.rollups.warm import warm_summaries

logger = logging.getLogger(__name__)

IDLE_SECONDS = 0.5
RECHECK_SECONDS = 60.0
READY_SECONDS = 60.0
STOP_SECONDS = 20.0
WEB_THREADS = 8


@dataclass(slots=True)
class Stop:
    """Set by a signal."""

    asked: bool = False

    def listen(self) -> None:
        signal.signal(signal.SIGTERM, self._ask)
        signal.signal(signal.SIGINT, self._ask)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.asked = True


def work(stop: Stop, *, once: bool = False) -> None:
    """Drain the inbox and keep the rollups current until asked to stop. What fails is logged and tried again."""
    rechecked = 0.0
    while not stop.asked:
        busy = False
        try:
            busy = bool(process_pending())
            if time.monotonic() - rechecked > RECHECK_SECONDS:
                mark_overdue(timezone.now())
                rechecked = time.monotonic()
            if (ChangedService.objects.exists() or ChangedDay.objects.exists()) and build_rollups():
                warm_summaries()
        except DatabaseError:
            logger.exception("The worker could not reach the database; it tries again")
            close_old_connections()
            time.sleep(IDLE_SECONDS)
        if once and not busy:
            return
        if not busy:
            time.sleep(IDLE_SECONDS)


def serve(port: int, ready: Callable[[], None]) -> int:
    """Run web server and worker until a signal or a death; the exit code."""
    stop = Stop()
    stop.listen()
    children = [_start_web(port), _start_worker()]
    try:
        if _wait_until_ready(port, stop, children):
            ready()
        while not stop.asked and all(child.poll() is None for child in children):
            time.sleep(0.2)
    finally:
        for child in children:
            if child.poll() is None:
                child.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for child in children:
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
    return 0 if stop.asked else 1


def _start_web(port: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own interpreter and fixed arguments
        [
            sys.executable, "-m", "gunicorn", "dashboard.wsgi:application", "--bind", f"{settings.HOST}:{port}",
            "--worker-class", "gthread", "--workers", "1", "--threads", str(WEB_THREADS), "--preload",
            "--log-level", "warning", "--chdir", str(settings.BASE_DIR),         ]
    )  # fmt: skip


def _start_worker() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, str(settings.BASE_DIR / "manage.py"), "work"])  # noqa: S603


def _wait_until_ready(port: int, stop: Stop, children: list[subprocess.Popen[bytes]]) -> bool:
    deadline = time.monotonic() + READY_SECONDS
    while not stop.asked and time.monotonic() < deadline and all(child.poll() is None for child in children):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=2):
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    return False
