"""How fast a repository is scanned, and what a scan after a small change costs, as a share of the whole."""

import gc
import resource
import time
from collections.abc import Callable
from datetime import date
from typing import Any

from ingest.repository.memory import tree_of
from scorecards.reading import kinds
from scorecards.reading.subject import Subject
from scorecards.scanning.engine import scan
from scorecards.scanning.result import Scanned
from scorecards.standards.pack import builtin
from tests.benchmarks.table import Table
from tests.corpus import corpus
from tests.referees import environments
from tests.referees.checkout import checkout

DAY = date(2026, 11, 23)
ROUNDS = 3
CHECKOV = {"k8s": "kubernetes", "gha": "github_actions", "tf": "terraform", "docker": "dockerfile"}
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
        if environments.is_made("checkov"):
            _compare(table, files)
    finally:
        gc.enable()
    return table


def _compare(table: Table, files: dict[str, str]) -> None:
    """Both on the files of the kinds that checkov reads, too; checkov once."""
    tree = tree_of(files)
    alike = {path: text for path, text in files.items() if kinds.kinds_of(tree, path) & CHECKOV.keys()}
    _, ours = _best(lambda: _scan(alike))
    theirs = _checkov(alike)
    for what, seconds in (("the kinds that checkov reads", ours), ("checkov on the same", theirs)):
        table.add(what, f"{seconds:.2f}", f"{len(alike) / seconds:,.0f}", "", f"{seconds / ours:.0f} ×")


def _checkov(files: dict[str, str]) -> float:
    """Its CPU seconds, with all the rules of these frameworks."""
    chosen = [word for name in CHECKOV.values() for word in ("--framework", name)]
    with checkout(tree_of(files)) as folder:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        environments.run("checkov", "checkov", "-d", ".", *chosen, "--skip-download", "-o", "json", folder=folder)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


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
