"""A scan that takes over from the one before says what a fresh one says, whatever changed between them."""

from collections.abc import Iterator, Mapping
from datetime import date
from random import Random
from typing import Any

import orjson
import pytest

from ingest.repository.memory import Kept, blob_id, tree_of
from ingest.repository.tree import Entry, Limits, Mode, RepositoryTree
from scorecards.checks import registry
from scorecards.checks.finding import Finding, failed, passed
from scorecards.checks.subject import Subject
from scorecards.reading.subject import Options
from scorecards.scanning.engine import scan
from scorecards.scanning.result import Scanned
from scorecards.standards import pack
from tests.corpus import corpus
from tests.scorecards.scanning.test_engine import standard

DAY = date(2026, 11, 23)
KEYS = {"as_of": "2026-11-23"}
FOLDERS = ("services/a/", "docs/", "runbooks/", "platform/", "ops/", "examples/", ".github/workflows/")
Files = dict[str, str]
Receipt = Mapping[str, Any]


def of(files: Files, receipt: Receipt | None = None, modes: Mapping[str, Mode] | None = None) -> Scanned:
    """The whole standard over these files; the receipt goes the way through the database."""
    blobs = {path: text.encode() for path, text in files.items()}
    entries = [Entry(path, blob_id(data), len(data), (modes or {}).get(path, "file")) for path, data in blobs.items()]
    told = orjson.loads(orjson.dumps(receipt, option=orjson.OPT_NON_STR_KEYS)) if receipt else None
    content = Kept({blob_id(data): data for data in blobs.values()})
    tree = RepositoryTree(entries, content, memory=told["memory"] if told else None)
    return scan(Subject(tree, DAY, name="acme/shop"), [pack.builtin()], receipt=told, keys=KEYS, strict=True)


def changed(random: Random, files: Files, pool: Files) -> Files:
    """The files with one to six changes of any kind."""
    files = dict(files)
    for _ in range(random.choice((1, 1, 1, 2, 3, 6))):
        path = random.choice(sorted(files))
        name, lines = path.rpartition("/")[2], files[path].split("\n")
        at = random.randrange(len(lines))
        match random.choice(("add", "add", "remove", "rename", "move", "swap", "line", "cut", "join", "blank")):
            case "add":
                new = random.choice(sorted(pool))
                files[new] = pool[new]
            case "remove" if len(files) > 1:
                del files[path]
            case "rename":
                files[path.removesuffix(name) + random.choice(("x-", "production-", "test-")) + name] = files.pop(path)
            case "move":
                files[random.choice(FOLDERS) + name] = files.pop(path)
            case "swap":
                other = random.choice(sorted(files))
                files[path], files[other] = files[other], files[path]
            case "line":
                lines[at] = random.choice(("", lines[at].upper(), "  " + lines[at], lines[at].replace("1", "2")))
                files[path] = "\n".join(lines)
            case "cut":
                files[path] = "\n".join(lines[:at])
            case "join":
                files[path] += "\n---\n" + files[random.choice(sorted(files))]
            case "blank":
                files[path] = ""
    return files


@pytest.mark.parametrize("seed", range(12))
def test_it_says_what_a_fresh_scan_says(seed: int) -> None:
    random, pool = Random(seed), corpus(90)
    files = {path: pool[path] for path in random.sample(sorted(pool), random.choice((2, 6, 20)))}
    before = of(files)
    for _ in range(4):
        files = changed(random, files, pool)
        before, fresh = of(files, before.receipt), of(files)
        assert before.findings == fresh.findings
        assert before.problems == fresh.problems


@pytest.mark.parametrize(
    "path",
    [
        ".github/workflows/ci-0.yml", "docker/app0/Dockerfile", "services/app0/handler.go", "runbooks/restart.py",
        "infrastructure/app-0/main.tf", "deploy/app-0/deployment.yaml", "catalogue/app-0/catalog-info.yaml",
    ],
)  # fmt: skip
def test_the_first_file_of_a_kind_is_seen(path: str) -> None:
    """Checks that ask whether there is anything of a kind hear of a file that was not there before."""
    files = {"README.md": "# Shop\n"}
    text = corpus(120).get(path, "import os\n")
    assert of(files | {path: text}, of(files).receipt).findings == of(files | {path: text}).findings


def test_a_script_that_becomes_executable_is_seen() -> None:
    files = {"ops/restart": "#!/bin/sh\nkubectl delete pod $1\n"}
    before = of(files, modes={"ops/restart": "file"})
    now = of(files, before.receipt, {"ops/restart": "executable"})
    assert now.findings == of(files, modes={"ops/restart": "executable"}).findings
    assert now.findings["runbook-scripts-guarded"]


# ---------------------------------------------------------------- what stands around the files


@pytest.fixture
def asking(monkeypatch: pytest.MonkeyPatch) -> None:
    """One check that looks at what it was given, at its files, and at one line."""

    def check(subject: Subject) -> Iterator[Finding]:
        names = f"{subject.name} {subject.options.registries} {subject.tree.under('{{a}}')}"
        yield passed("given", names)
        if subject.tree.text("a.txt") is None:
            yield failed("a.txt", "It can't be read.")

    monkeypatch.setattr(registry, "all_checks", lambda: {"given": check})


def messages(tree: RepositoryTree, receipt: Receipt | None = None, **given: Any) -> tuple[list[str], Scanned]:
    told = dict(receipt) if receipt else None
    result = scan(Subject(tree, DAY, **given), [standard("given")], receipt=told, keys=KEYS, strict=True)
    return [finding.message for finding in result.findings["given"]], result


@pytest.mark.usefixtures("asking")
def test_other_options_or_another_name_are_no_answer() -> None:
    tree = tree_of({"a.txt": "1"})
    _, before = messages(tree)
    now, _ = messages(tree_of({"a.txt": "1"}), before.receipt, options=Options(registries=("ghcr.io",)))
    assert "ghcr.io" in now[0]
    now, _ = messages(tree_of({"a.txt": "1"}), before.receipt, name="acme/new")
    assert "acme/new" in now[0]


@pytest.mark.usefixtures("asking")
def test_a_folder_with_a_placeholder_in_its_name_is_looked_at() -> None:
    before, result = messages(tree_of({"a.txt": "1"}))
    now, _ = messages(tree_of({"a.txt": "1", "{{a}}/b.txt": ""}), result.receipt)
    assert "b.txt" not in before[0]
    assert "{{a}}/b.txt" in now[0]


@pytest.mark.usefixtures("asking")
def test_what_was_not_at_hand_is_tried_again() -> None:
    entry = Entry("a.txt", blob_id(b"1"), 1)
    before, result = messages(RepositoryTree([entry], Kept({})))
    now, again = messages(RepositoryTree([entry], Kept({entry.blob: b"1"})), result.receipt)
    assert (len(before), len(now)) == (2, 1)
    assert (len(result.problems), again.problems) == (1, [])


@pytest.mark.usefixtures("asking")
def test_a_problem_goes_with_its_file_or_limit() -> None:
    entries = [Entry("a.txt", blob_id(b"1"), 1), Entry("..\\b.txt", blob_id(b"1"), 1), Entry("c.txt", "c", 1)]
    content = Kept({blob_id(b"1"): b"1"})
    _, before = messages(RepositoryTree(entries, content, limits=Limits(entries=2)))
    _, now = messages(RepositoryTree(entries[:1], content), before.receipt)
    assert sorted(problem.code for problem in before.problems) == ["left_out", "unsafe_name"]
    assert now.problems == []
