"""Mutated files of every kind through every parser and check: no exception, and no hang.

With HYPOTHESIS_PROFILE=wide many more; with SCAN_REPOSITORIES (a folder with clones: OWNER+NAME/repo) real files too.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.repository.bare import open_bare
from ingest.repository.memory import tree_of
from ingest.repository.tree import RepositoryTree
from scorecards.reading.subject import Fleet, Subject
from scorecards.scanning.engine import scan
from scorecards.standards.pack import builtin
from tests.corpus import corpus

FILES = corpus(60)
REPOSITORIES = os.environ.get("SCAN_REPOSITORIES", "")
DAY = date(2026, 11, 23)
HANG_SECONDS = 60  # far beyond what any example takes, so that a slow machine is no failure
ODD = [
    "", "null", "~", "[]", "{}", "- - -", "x", "0", "-1", "1e999", "'", '"', "{{", "{{ . }}", "${x}", "${{ x }}",
    "!!binary x", "&a [*a]", "*a", "<<: *a", "|", ">-", "\t", "\x00", "\x85", "\u202e", "\ud7ff", "💥", "9" * 400,
    "[" * 200, "{" * 200, "- " * 200, "(" * 200, "a: " * 150, "on: yes", "!vault x", "../../etc/passwd", "true",
    "[1, {a: [b]}]",
]  # fmt: skip
NAMES = [
    "-rf", "a b.yml", "\n.yml", "é.yaml", "%00.yml", "{{x}}.tf", "$(x).sh", "=cmd.json", "x" * 250 + ".yml", ".yml",
    "...", "templates/x.yaml", "charts/app-0/templates/é.yaml", "Dockerfile.", "Jenkinsfile\t",
]  # fmt: skip


@contextmanager
def no_hang() -> Iterator[None]:
    """Raises in the middle of what takes far too long."""

    def stop(number: int, frame: object) -> None:
        raise AssertionError(f"It did not end within {HANG_SECONDS} s.")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(HANG_SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def judge(files: dict[str, bytes | str]) -> None:
    with no_hang():
        scan(Subject(tree_of(files), DAY, name="acme/shop", fleet=Fleet()), [builtin()], strict=True)


@st.composite
def mutated(draw: st.DrawFn, text: str) -> bytes:
    """A file with some lines doubled, dropped, moved or replaced, a value swapped for an odd one, or bytes flipped."""
    lines = text.split("\n")
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(["drop", "double", "swap", "value", "replace", "indent", "cut", "join"])):
            case "drop":
                del lines[at]
            case "double":
                lines.insert(at, lines[at])
            case "swap":
                other = draw(st.integers(0, len(lines) - 1))
                lines[at], lines[other] = lines[other], lines[at]
            case "value":
                key, colon, _ = lines[at].partition(": ")
                lines[at] = f"{key}{colon or ': '}{draw(st.sampled_from(ODD))}"
            case "replace":
                lines[at] = draw(st.sampled_from(ODD))
            case "indent":
                lines[at] = " " * draw(st.integers(0, 12)) + lines[at].lstrip()
            case "cut":
                lines[at] = lines[at][: draw(st.integers(0, len(lines[at])))]
            case "join" if at + 1 < len(lines):
                lines[at : at + 2] = [lines[at] + lines[at + 1]]
        lines = lines or [""]
    data = bytearray("\n".join(lines).encode("utf-8", "surrogatepass"))
    for _ in range(draw(st.integers(0, 2)) if data else 0):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data)


@pytest.mark.slow
@given(st.data())
def test_mutated_files_harm_no_check(data: st.DataObject) -> None:
    files: dict[str, bytes | str] = dict(FILES)
    for path in data.draw(st.lists(st.sampled_from(sorted(FILES)), min_size=1, max_size=6, unique=True)):
        files[path] = data.draw(mutated(FILES[path]))
    judge(files)


@pytest.mark.slow
@given(st.data())
def test_a_file_under_the_name_of_another_kind_harms_no_check(data: st.DataObject) -> None:
    paths = sorted(FILES)
    moved = data.draw(st.dictionaries(st.sampled_from(paths + NAMES), st.sampled_from(paths), min_size=1, max_size=8))
    judge(dict(FILES) | {to: FILES[path] for to, path in moved.items()})


@pytest.mark.slow
@given(
    st.dictionaries(
        st.sampled_from(sorted(FILES)), st.binary(max_size=300) | st.text(max_size=300).map(str.encode), max_size=6
    )
)
def test_any_bytes_harm_no_check(found: dict[str, bytes]) -> None:
    judge(dict(FILES) | found)


@cache
def real_files() -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for folder in sorted(Path(REPOSITORIES).glob("*/repo"))[:40]:
        opened = open_bare(folder)
        tree = RepositoryTree(opened.entries, opened.content)
        for path in tree.paths:
            text = tree.text(path)
            if text and len(text) < 20_000:
                found[f"{folder.parent.name}/{path}"] = text.encode("utf-8", "replace")
    return found


@pytest.mark.slow
@pytest.mark.skipif(not REPOSITORIES, reason="SCAN_REPOSITORIES names no folder with clones")
@given(st.data())
def test_mutated_real_files_harm_no_check(data: st.DataObject) -> None:
    real = real_files()
    chosen = data.draw(st.lists(st.sampled_from(sorted(real)), min_size=5, max_size=25, unique=True))
    files: dict[str, bytes | str] = {}
    for name in chosen:
        text = real[name].decode("utf-8", "replace")
        files[name.partition("/")[2]] = data.draw(mutated(text)) if data.draw(st.booleans()) else text
    judge(files)
