"""A scan in its child process: however a folder is made, the answer is a scan with that part left out."""

import logging
import os
import socket
import subprocess
import zlib
from collections.abc import Callable
from datetime import UTC, date, datetime
from hashlib import sha1
from pathlib import Path
from typing import Any

import pytest

from scorecards.scanning import run as runner
from scorecards.scanning.child import INVENTORY, MAX_LOGGED, Plain
from scorecards.scanning.request import Request
from scorecards.scanning.result import Scanned
from scorecards.scanning.run import FAULT, run

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = date(2026, 11, 23)
WORKFLOW = ".github/workflows/ci.yml"
PLAIN = {WORKFLOW: "on: push\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: make test\n"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "repository"
    place.mkdir()
    return place


@pytest.fixture
def fault(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """``fault("crash NAME")``: the child makes this fault of itself; it is waited for only shortly."""

    def make(text: str) -> None:
        monkeypatch.setenv(FAULT, text)
        monkeypatch.setattr(runner, "FILE_SECONDS", 3.0)
        monkeypatch.setattr(runner, "CHECK_SECONDS", 3.0)

    return make


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def scanned(folder: Path, **asked: Any) -> Scanned:
    result = run(Request("folder", str(folder), DAY, NOON, **asked))
    assert result.refused == ""
    return result


def codes(result: Scanned) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for problem in result.problems:
        found.setdefault(problem.path, set()).add(problem.code)
    return found


def test_it_scans_a_folder(folder: Path) -> None:
    write(folder, PLAIN)
    told: list[str] = []
    result = run(Request("folder", str(folder), DAY, NOON), told.append)
    assert (result.files, result.problems, result.commit) == (1, [], None)
    assert set(result.findings) <= set(told)
    assert len(result.findings) > 50
    assert {finding.code for found in result.findings.values() for finding in found} <= {""}


BOMBS = {
    "laughs.yaml": "a: &a [x, x, x, x, x, x, x, x, x]\n"
    + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(9)),
    "merges.yaml": "a0: &a0 {k: v}\n"
    + "".join(f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 12)),
    "deep.yaml": "[" * 100_000,
    "deep.json": '{"a":' * 100_000,
    "deep.toml": "a = " + "[" * 50_000,
    "deep.tf": 'resource "a" "b" {\n' * 20_000,
    "deep.sh": "$(" * 50_000,
    "Dockerfile": "FROM scratch\n" + "RUN " + "a && " * 100_000 + "\n",
    "Jenkinsfile": "pipeline {" * 20_000,
    "Chart.yaml": "name: a\nversion: 1.0.0\n",
    "templates/a.yaml": "{{ if a }}" * 50_000,
    "README.md": "[" * 100_000,
    "wide.yaml": "- a\n" * 200_000,
    "number.yaml": "a: " + "9" * 5_000 + "\nb: 2020-99-99\nc: 1e999\n",
}


def test_bombs_are_left_out_and_hide_nothing(folder: Path) -> None:
    workflows = {f".github/workflows/{name}": text for name, text in BOMBS.items() if name.endswith(".yaml")}
    write(folder, PLAIN | BOMBS | workflows)
    result = scanned(folder)
    assert result.files == len(PLAIN | BOMBS | workflows)
    found = codes(result)
    assert "too_slow" not in set().union(*found.values())
    assert "crashed" not in set().union(*found.values())
    assert [found[name] for name in ("deep.yaml", "deep.json", "deep.sh")] == [{"too_deep"}] * 3
    assert any(finding.evidence[0].path == WORKFLOW for finding in evident(result))


def evident(result: Scanned) -> list[Any]:
    return [finding for found in result.findings.values() for finding in found if finding.evidence]


def test_links_pipes_and_devices_are_never_opened(folder: Path) -> None:
    write(folder, PLAIN | {"a.md": "hello"})
    for name, target in {"passwd.yaml": "/etc/passwd", "zero.yaml": "/dev/zero", "etc": "/etc", "up": ".."}.items():
        (folder / name).symlink_to(target)
    (folder / "loop.yaml").symlink_to("loop.yaml")
    os.mkfifo(folder / "pipe.yaml")
    (folder / ".github" / "linked").symlink_to("/etc")
    with socket.socket(socket.AF_UNIX) as listening:
        at = os.open(folder, os.O_RDONLY)
        try:
            listening.bind(f"/proc/self/fd/{at}/socket.yaml")
        finally:
            os.close(at)
        result = scanned(folder)
    assert (result.files, result.links) == (2, 6)
    assert "root:" not in str(result.to_json())


def test_names_of_every_kind_are_no_hindrance(folder: Path) -> None:
    write(folder, PLAIN)
    for name in (
        b"a\nb.yaml",
        b"\x1b[2J.yaml",
        b"\xff\xfe.yaml",
        "a\u202eb.yaml".encode(),
        b"-rf.yaml",
        b"back\\slash",
    ):
        Path(os.fsdecode(os.path.join(os.fsencode(folder), name))).write_text("a: 1")
    result = scanned(folder)
    assert {code for found in codes(result).values() for code in found} == {"unsafe_name"}
    assert all(problem.path.encode() for problem in result.problems)


def test_bytes_of_every_kind_are_no_hindrance(folder: Path) -> None:
    kinds = (
        WORKFLOW,
        "Dockerfile",
        "main.tf",
        "a.json",
        "pyproject.toml",
        "Jenkinsfile",
        "a.sh",
        "README.md",
        "k8s/a.yml",
    )
    for number, name in enumerate(kinds):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes((bytes(range(1, 256)) * 40)[number:])
        (folder / f"{name}.bin").write_bytes(b"\0" * 1000)
    result = scanned(folder)
    assert {finding.code for found in result.findings.values() for finding in found} <= {""}


@pytest.mark.slow
def test_a_hundred_thousand_files_are_scanned(folder: Path) -> None:
    write(folder, PLAIN)
    for part in range(100):
        (folder / f"d{part}").mkdir()
        for number in range(1_000):
            (folder / f"d{part}" / f"f{number}.txt").touch()
    result = scanned(folder)
    assert result.files == 100_001
    assert len(str(result.receipt)) < 40 << 20


def test_a_folder_too_deep_is_told(folder: Path) -> None:
    write(folder, PLAIN)
    here = os.getcwd()
    try:
        os.chdir(folder)
        for _ in range(500):
            os.mkdir("d")
            os.chdir("d")
        Path("a.yaml").write_text("a: 1")
    finally:
        os.chdir(here)
    assert scanned(folder).files == 1


def test_a_folder_that_git_can_not_walk_by_default_is_told(folder: Path) -> None:
    git = ("git", "-C", str(folder))
    subprocess.run([*git, "init", "-q", "--bare", "."], check=True)
    item = b"100644 a\0" + put(folder, b"blob", b"a: 1")
    for _ in range(20_000):
        item = b"40000 d\0" + put(folder, b"tree", item)
    tree = put(folder, b"tree", b"100644 README.md\0" + put(folder, b"blob", b"hello") + item)
    who = b"A <a@example.com> 1700000000 +0000"
    text = b"tree " + tree.hex().encode() + b"\nauthor " + who + b"\ncommitter " + who + b"\n\nA.\n"
    commit = put(folder, b"commit", text).hex()
    result = run(Request("bare", str(folder), DAY, NOON, commit=commit, name="acme/deep"))
    assert (result.refused, result.files, result.commit) == ("", 1, commit)
    assert {problem.code for problem in result.problems} == {"too_deep"}


def put(folder: Path, kind: bytes, data: bytes) -> bytes:
    whole = kind + b" %d\0" % len(data) + data
    name = sha1(whole, usedforsecurity=False)
    place = folder / "objects" / name.hexdigest()[:2] / name.hexdigest()[2:]
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(zlib.compress(whole, 1))
    return name.digest()


def test_a_clone_whose_configuration_names_programs_runs_none(folder: Path, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    write(folder, PLAIN)
    git = ("git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@example.com")
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "A"], check=True)
    with (folder / ".git" / "config").open("a") as config:
        for section, key in (("core", "fsmonitor"), ("core", "pager"), ("diff", "external"), ("gpg", "program")):
            config.write(f"[{section}]\n\t{key} = touch {marker}\n")
        config.write(f'[filter "x"]\n\tclean = touch {marker}\n\tprocess = touch {marker}\n')
    (folder / ".gitattributes").write_text("* filter=x diff=x\n")
    result = scanned(folder)
    assert result.changed
    assert not marker.exists()


@pytest.mark.parametrize(
    "config", ["[core]\n\tworktree = /etc\n", "[core]\n\tworktree = ..\n", "not a configuration [\n"]
)
def test_a_clone_that_points_elsewhere_shows_nothing_of_there(folder: Path, config: str) -> None:
    (folder.parent / "neighbour.yaml").write_text("secret: here")
    write(folder, PLAIN)
    subprocess.run(["git", "-C", str(folder), "init", "-q"], check=True)
    with (folder / ".git" / "config").open("a") as file:
        file.write(config)
    result = run(Request("folder", str(folder), DAY, NOON))
    assert result.refused or result.files in (0, 1)
    assert "neighbour" not in str(result.to_json())


# ---------------------------------------------------------------- faults


def test_a_file_that_ends_the_reader_is_left_out(folder: Path, fault: Callable[[str], None]) -> None:
    write(folder, PLAIN | {"k8s/a.yaml": "kind: Service\napiVersion: v1\n"})
    fault("crash k8s/a.yaml")
    result = scanned(folder)
    assert codes(result) == {"k8s/a.yaml": {"crashed"}}
    assert any(finding.evidence[0].path == WORKFLOW for finding in evident(result))


def test_a_file_that_holds_the_reader_up_is_left_out(folder: Path, fault: Callable[[str], None]) -> None:
    write(folder, PLAIN | {"k8s/a.yaml": "kind: Service\napiVersion: v1\n"})
    fault("hang k8s/a.yaml")
    assert codes(scanned(folder)) == {"k8s/a.yaml": {"too_slow"}}


@pytest.mark.parametrize(("kind", "code"), [("hang", "too_slow"), ("crash", "crashed")])
def test_a_check_that_fails_so_is_unknown_and_hides_no_other(
    folder: Path, fault: Callable[[str], None], kind: str, code: str
) -> None:
    write(folder, PLAIN)
    every = scanned(folder)
    name = sorted(every.findings)[10]
    fault(f"{kind} {name}")
    result = scanned(folder)
    assert [(finding.outcome, finding.code) for finding in result.findings.pop(name)] == [("unknown", code)]
    every.findings.pop(name)
    assert result.findings == every.findings
    assert name not in result.receipt["checks"], "the next scan tries it again"


def test_an_inventory_that_hangs_is_left_out(folder: Path, fault: Callable[[str], None]) -> None:
    write(folder, PLAIN)
    fault(f"hang {INVENTORY}")
    result = scanned(folder)
    assert (result.inventory, len(result.findings) > 50) == ({}, True)


def test_a_fault_that_nobody_can_leave_out_ends_in_a_refusal(
    folder: Path, fault: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, PLAIN)
    monkeypatch.setattr(runner, "MAX_RESTARTS", 0)
    fault(f"crash {WORKFLOW}")
    assert "given up" in run(Request("folder", str(folder), DAY, NOON)).refused


def test_all_of_it_has_an_end(folder: Path, fault: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, PLAIN)
    fault(f"hang {WORKFLOW}")
    monkeypatch.setattr(runner, "TOTAL_SECONDS", 0.5)
    assert "too long" in run(Request("folder", str(folder), DAY, NOON)).refused


def test_nothing_is_read_where_there_is_nothing(tmp_path: Path) -> None:
    assert "no folder" in run(Request("folder", str(tmp_path / "absent"), DAY, NOON)).refused
    assert run(Request("bare", str(tmp_path), DAY, NOON, commit="a" * 40)).refused
    assert run(Request("pack", str(tmp_path), DAY, NOON)).refused


def test_the_child_knows_nothing_of_the_site(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "a secret")
    assert runner._environment().keys() == {"PATH", "LC_ALL", "PYTHONPATH"}


def test_what_it_logs_steers_no_terminal() -> None:
    record = logging.LogRecord("a", logging.ERROR, "", 0, "\x1b[2J \u202e %s", ("x" * 100_000,), None)
    logged = Plain().format(record)
    assert len(logged) == MAX_LOGGED
    record = logging.LogRecord("a", logging.ERROR, "", 0, "\x1b[2J \u202e\nb", (), None)
    assert Plain().format(record) == "\\x1b[2J \\u202e\nb"


def test_one_who_asks_to_stop_ends_the_child(folder: Path) -> None:
    write(folder, PLAIN)

    class Stopped(Exception):
        pass

    def progress(check: str) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        run(Request("folder", str(folder), DAY, NOON), progress)


def test_lines_are_put_together_however_they_come() -> None:
    lines = runner._Lines()
    text = b'{"a":1}\n{"b":2}\n\n{"c":3}\n'
    cut = [lines.complete(text[at : at + 3]) for at in range(0, len(text), 3)]
    assert [line for found in cut for line in found] == text.split(b"\n")[:-1]
    assert lines.waiting == 0
