"""Starts Prometheus on this machine with samples of our own; it ends with the test.

with prometheus([series("deployments_total", [(at, 3), (at + 60, 4)], service="pay", status="success")]) as server:
    server.url
    server.stop(); server.start()   # the same address and data
"""

import math
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ingest.prometheus.series import Sample, Series

READY_SECONDS = 30.0
NO_TARGETS = "scrape_configs: []\n"


def require_program(*names: str) -> None:
    """Skip without the programs, or fail under REQUIRE_SERVICES=1."""
    for name in names or ("prometheus", "promtool"):
        if shutil.which(name) is None:
            message = f"there is no program {name}"
            if os.environ.get("REQUIRE_SERVICES") == "1":
                pytest.fail(message)
            pytest.skip(message)


def series(name: str, samples: Iterable[tuple[float, float]], **labels: str) -> Series:
    """A series of the metric ``name``: pairs of seconds since 1970 and value."""
    return Series({"__name__": name, **labels}, tuple(Sample(float(at), float(value)) for at, value in samples))


def open_metrics(samples: Iterable[Series]) -> str:
    """The text that promtool reads: names that end with ``_total`` are counters, all others gauges."""
    families: dict[str, list[Series]] = {}
    for one in samples:
        families.setdefault(one.labels["__name__"], []).append(one)
    lines = []
    for name, members in families.items():
        counter = name.endswith("_total")
        lines.append(f"# TYPE {name.removesuffix('_total')} {'counter' if counter else 'gauge'}")
        for one in members:
            labels = ",".join(f'{key}="{_escaped(value)}"' for key, value in one.labels.items() if key != "__name__")
            lines += [f"{name}{{{labels}}} {_number(value)} {at:.3f}" for at, value in one.samples]
    return "\n".join([*lines, "# EOF", ""])


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return "NaN" if math.isnan(value) else repr(float(value)).replace("inf", "Inf")


@dataclass
class Server:
    """A Prometheus in a folder. ``samples`` are added by ``fill`` while it is stopped, or before its first start."""

    folder: Path
    config: str = NO_TARGETS
    args: Sequence[str] = ()
    port: int = 0
    _process: "subprocess.Popen[bytes] | None" = None
    _log: Path = field(init=False)

    def __post_init__(self) -> None:
        self._log = self.folder / "log"
        (self.folder / "data").mkdir()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def fill(self, samples: Iterable[Series]) -> None:
        """Write samples as blocks. Those of a second call must lie apart in time from the first's."""
        text = self.folder / "samples.txt"
        text.write_text(open_metrics(samples))
        made = subprocess.run(
            ["promtool", "tsdb", "create-blocks-from", "openmetrics", text, self.folder / "data",
             "--max-block-duration=1000h"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        text.unlink()
        assert made.returncode == 0, made.stdout + made.stderr

    def start(self) -> None:
        """Start it, on the port that it had before where it had one, and wait until it answers."""
        for _ in range(3):
            port = self.port or _free_port()
            if self._start(port):
                self.port = port
                return
        raise AssertionError(f"Prometheus did not start:\n{self._log.read_text()[-3_000:]}")

    def _start(self, port: int) -> bool:
        config = self.folder / "prometheus.yml"
        config.write_text(self.config)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={self.folder / 'data'}",
                 "--storage.tsdb.retention.time=3650d", f"--web.listen-address=127.0.0.1:{port}",
                 "--log.level=warn", *self.args],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder,
            )  # fmt: skip
        ends = time.monotonic() + READY_SECONDS
        while time.monotonic() < ends and self._process.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=2):
                    return True
            except OSError:
                time.sleep(0.05)
        self.stop()
        return False

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@contextmanager
def prometheus(
    samples: Iterable[Series] = (), config: str = NO_TARGETS, args: Sequence[str] = (), *, started: bool = True
) -> Iterator[Server]:
    """A Prometheus that holds the samples, stopped and removed at the end. Skips without the programs."""
    require_program("prometheus", "promtool")
    with tempfile.TemporaryDirectory(prefix="prometheus-") as folder:
        server = Server(Path(folder), config, args)
        held = list(samples)
        if held:
            server.fill(held)
        try:
            if started:
                server.start()
            yield server
        finally:
            server.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
