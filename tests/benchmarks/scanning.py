"""How fast a repository is scanned, and what a scan after a small change costs, as a share of the whole."""

import gc
import resource
import time
from collections.abc import Callable
from datetime import date
from typing import Any

from ingest.repository.memory import tree_of
from scorecards.reading.subject import Subject
from scorecards.scanning.engine import scan
from scorecards.scanning.result import Scanned
from scorecards.standards.pack import builtin
from tests.benchmarks.table import Table
from tests.corpus import corpus

DAY = date(2026, 11, 23)
ROUNDS = 3
CHANGES = {
    "nothing": None,
    "a source file": "src/app0/basket.py",
    "a page of docs": "docs/runbooks/app-0.md",
    "a workflow": ".github/workflows/ci-0.yml",
    "Terraform": "infrastructure/app-0/main.tf",
    "a manifest": "deploy/app-0/deployment.yaml",
}


def measure(count: int) -> Table:
    """CPU seconds on one core, the best of three rounds; parsing and all 134 checks included."""
    files = corpus(count)
    size = sum(len(text.encode()) for text in files.values())
    gc.disable()
    try:
        before, whole = _best(lambda: _scan(files))
        table = Table(
            f"Scanning {len(files):,} files, {size / 1e6:.1f} MB (peak memory {_memory()} MB)",
            ["what", "CPU s", "files/s", "MB/s", "of the whole"],
        )
        table.add("the whole", f"{whole:.2f}", f"{len(files) / whole:,.0f}", f"{size / 1e6 / whole:.1f}", "100 %")
        for what, path in CHANGES.items():
            changed = files if path is None else files | {path: files[path] + "\n# changed\n"}
            _, seconds = _best(lambda changed=changed: _scan(changed, before.receipt))  # type: ignore[misc]
            table.add(f"again after {what} changed", f"{seconds:.3f}", "", "", f"{seconds / whole:.1%}")
    finally:
        gc.enable()
    return table


def _scan(files: dict[str, str], receipt: dict[str, Any] | None = None) -> Scanned:
    tree = tree_of(files, memory=receipt["memory"] if receipt else None)
    return scan(Subject(tree, DAY, name="acme/shop"), [builtin()], receipt=receipt, strict=True)


def _best(work: Callable[[], Scanned]) -> tuple[Scanned, float]:
    best, result = float("inf"), None
    for _ in range(ROUNDS):
        started = time.process_time()
        result = work()
        best = min(best, time.process_time() - started)
    assert result is not None  # noqa: S101 - there is at least one round
    return result, best


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
