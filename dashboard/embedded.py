"""``up``: the whole site in one process tree. A web server, and one worker that runs the task functions in a loop.

The worker is a child of its own, so that heavy recomputation never holds up a page; it looks for work twice a second,
and a delivery that nobody announced is found like any other. Scans run in a thread of it beside, so that a long one
holds up no delivery. If a child dies, the other is stopped and the exit code tells.
"""

import logging
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from threading import Thread
from types import FrameType

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connections
from django.utils import timezone

from dashboard.chat import send as chat
from dashboard.demo.reliability import follow as demo
from dashboard.mails import steps
from dashboard.reports import send as weekly
from ingest.catalogue import owners
from ingest.github.sync import follow
from ingest.inbox import counts
from ingest.inbox.process import process_pending
from ingest.models import ChangedService
from ingest.prometheus import sync as prometheus
from scorecards import reliability
from scorecards.adoption import build as adoption
from scorecards.campaigns import keeping as campaigns
from scorecards.models import ChangedDay
from scorecards.outcome import groups as outcomes
from scorecards.rollups.build import build_rollups, mark_overdue
from scorecards.rollups.warm import warm_summaries
from scorecards.scans import schedule
from scorecards.scans.sources import source_in_settings
from scorecards.what_if import jobs

logger = logging.getLogger(__name__)

IDLE_SECONDS = 0.5
RECHECK_SECONDS = 60.0
GATHER_SECONDS = 3600.0
READY_SECONDS = 60.0
ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}  # noqa: S104 - where to knock when the site listens on all
STOP_SECONDS = 20.0
SCANS_END_SECONDS = 10.0
MAIL_END_SECONDS = 5.0
SCAN_LOOK_SECONDS = 1.0
SYNC_LOOK_SECONDS = 5.0
SIGNALS_LOOK_SECONDS = 1.0
WEB_THREADS = 8
# Done one after the other each minute, by the clock that is given.
SIGNALS: tuple[Callable[[datetime], object], ...] = (
    prometheus.follow,
    demo.follow,
    reliability.keep,
    steps.send,
)


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
    scans = Scans(stop, once=once)
    senders = [Sender(stop, "weekly reports", weekly.send), Sender(stop, "messages to chats", chat.send)]
    if not once:
        scans.start()
        Syncs(stop).start()
        Signals(stop).start()
        for sender in senders:
            sender.start()
    try:
        _work(stop, once=once)
        if once:
            scans.run()
    finally:
        if not once:
            for sender in senders:
                sender.join(MAIL_END_SECONDS)
            scans.join(SCANS_END_SECONDS)


def _work(stop: Stop, *, once: bool) -> None:
    rechecked = 0.0
    while not stop.asked:
        busy = False
        try:
            busy = bool(process_pending())
            if time.monotonic() - rechecked > RECHECK_SECONDS:
                mark_overdue(timezone.now())
                owners.settle()
                counts.fold(timezone.now())
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


class Scans(Thread):
    """Keeps scans due and works them off, and trials of definitions, beside the inbox, until asked to stop or, once,
    until none is left."""

    def __init__(self, stop: Stop, *, once: bool = False) -> None:
        super().__init__(name="scans", daemon=True)
        self._stopping, self._once = stop, once
        self._kept = 0.0
        self._gathered = -GATHER_SECONDS

    def run(self) -> None:
        try:
            while not self._stopping.asked:
                busy = self._turn()
                if self._once and not busy:
                    return
                if not busy:
                    time.sleep(SCAN_LOOK_SECONDS)
        except schedule.Stopped:
            return
        finally:
            if not self._once:
                connections.close_all()

    def _turn(self) -> bool:
        """Whether there was something to do. What fails is logged and tried again."""
        try:
            if self._once or time.monotonic() - self._kept > RECHECK_SECONDS:
                schedule.keep(timezone.now())
                self._keep_adoption()
                campaigns.keep(timezone.now())
                jobs.forget(timezone.now())
                self._kept = time.monotonic()
            if jobs.run_next(timezone.now(), lambda: not self._stopping.asked):
                return True
            source = source_in_settings()
            return source is not None and schedule.scan_next(source, timezone.now(), progress=self._go_on)
        except schedule.Stopped:
            raise
        except Exception:
            logger.exception("Scans could not be kept; the worker tries again")
            close_old_connections()
            return False

    def _keep_adoption(self) -> None:
        """Gather evidence hourly; what was marked meanwhile is computed each time."""
        if self._once or time.monotonic() - self._gathered > GATHER_SECONDS:
            adoption.keep(timezone.now())
            outcomes.warm(timezone.now())
            self._gathered = time.monotonic()
        else:
            adoption.build(timezone.now())

    def _go_on(self, check: str) -> None:
        if self._stopping.asked:
            raise schedule.Stopped


class Syncs(Thread):
    """Reads what is new at GitHub of the owners that are due, beside the inbox, until asked to stop.

    Nobody waits for its end: a pass goes on where it was broken off.
    """

    def __init__(self, stop: Stop) -> None:
        super().__init__(name="syncs", daemon=True)
        self._stopping = stop

    def run(self) -> None:
        while not self._stopping.asked:
            try:
                follow()
            except Exception:
                logger.exception("GitHub could not be read; the worker tries again")
                close_old_connections()
            time.sleep(SYNC_LOOK_SECONDS)


class Signals(Thread):
    """Reads what is new at Prometheus each minute and keeps budgets current, beside the inbox, until asked to stop.

    Nobody waits for its end.
    """

    def __init__(self, stop: Stop) -> None:
        super().__init__(name="signals", daemon=True)
        self._stopping = stop
        self._began = 0.0

    def run(self) -> None:
        while not self._stopping.asked:
            if time.monotonic() - self._began > RECHECK_SECONDS or not self._began:
                self._began = time.monotonic()
                self.turn()
            time.sleep(SIGNALS_LOOK_SECONDS)

    def turn(self) -> None:
        """What fails is logged and tried again, and holds up nothing else."""
        for task in SIGNALS:
            try:
                task(timezone.now())
            except Exception:
                logger.exception("What Prometheus tells could not be kept; the worker tries again")
                close_old_connections()


class Sender(Thread):
    """Sends what is due to people, each minute, until asked to stop; then the mail or message in hand is its last."""

    def __init__(self, stop: Stop, name: str, send: Callable[[datetime, Callable[[], bool]], object]) -> None:
        super().__init__(name=name, daemon=True)
        self._stopping, self._send = stop, send

    def run(self) -> None:
        began = -RECHECK_SECONDS
        while not self._stopping.asked:
            if time.monotonic() - began > RECHECK_SECONDS:
                began = time.monotonic()
                self.turn()
            time.sleep(IDLE_SECONDS)
        connections.close_all()

    def turn(self) -> None:
        """What fails is logged and tried again."""
        try:
            self._send(timezone.now(), lambda: not self._stopping.asked)
        except Exception:
            logger.exception("The %s could not be sent; the worker tries again", self.name)
            close_old_connections()


def why_not(port: int) -> str:
    """Why the web server can't listen on ``port`` of ``HOST``; empty where it can."""
    family = socket.AF_INET6 if ":" in settings.HOST else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.HOST.strip("[]"), port))
        except OSError as error:
            return error.strerror or str(error)
        except OverflowError:
            return "Ports are 1 to 65535"
    return ""


def serve(port: int, ready: Callable[[], None]) -> int:
    """Run web server and worker until a signal or a death; the exit code. ``ready`` is called when pages are served."""
    stop = Stop()
    stop.listen()
    children = [_start_web(port), _start_worker()]
    try:
        if _wait_until_ready(port, stop, children):
            ready()
        while not stop.asked and all(child.poll() is None for child in children):
            time.sleep(0.2)
        if not stop.asked:
            logger.error("The web server or the worker ended by itself, so that all is stopped. Start it again")
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
            "--log-level", "warning", "--no-control-socket", "--chdir", str(settings.BASE_DIR),         ]
    )  # fmt: skip


def _start_worker() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, str(settings.BASE_DIR / "manage.py"), "work"])  # noqa: S603


def _wait_until_ready(port: int, stop: Stop, children: list[subprocess.Popen[bytes]]) -> bool:
    url = f"http://{ANY_ADDRESS.get(settings.HOST, settings.HOST)}:{port}/health/ready"
    deadline = time.monotonic() + READY_SECONDS
    while not stop.asked and time.monotonic() < deadline and all(child.poll() is None for child in children):
        if _answers(url):
            return True
        time.sleep(0.2)
    return False


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - always http
            return True
    except urllib.error.HTTPError as error:
        return error.code < HTTPStatus.INTERNAL_SERVER_ERROR  # 400: ALLOWED_HOSTS leaves out the address we knock at
    except OSError:
        return False
