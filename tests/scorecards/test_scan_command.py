"""``manage.py scan``: formats, exit codes, and what is kept."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from ingest.models import Service
from scorecards.models import ControlVerdict, Finding, Scan
from scorecards.standards.pack import builtin
from tests.corpus import corpus
from tests.factories import make_repository, make_service, make_team
from tests.ingest.repository.gits import committed, git, write

pytestmark = pytest.mark.django_db
FILES = corpus(30)


def scan(*arguments: str, code: int | None = None) -> tuple[str, str]:
    """What it prints, and what it says; it must end with this exit code (``None``: whatever it is)."""
    out, said = StringIO(), StringIO()
    ended = 0
    try:
        call_command("scan", *arguments, stdout=out, stderr=said)
    except SystemExit as error:
        ended = int(error.code or 0)
    except CommandError as error:
        ended = error.returncode
        said.write(str(error))
    assert code is None or ended == code, said.getvalue()
    return out.getvalue(), said.getvalue()


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    committed(tmp_path / "shop", FILES)
    return tmp_path / "shop"


def test_json_follows_the_contract(shop: Path) -> None:
    told = json.loads(scan(str(shop), "--no-save", "--format", "json", code=1)[0])
    assert (told["standard"], told["version"]) == ("DOP", "1.0.0")
    assert told["commit"] == git(shop, "rev-parse", "HEAD")
    assert [control["id"] for control in told["controls"]] == [control.id for control in builtin().controls]
    unit = next(unit for control in told["controls"] for unit in control["units"] if unit["evidence"])
    assert set(unit) >= {"unit", "verdict", "message", "evidence"}
    assert set(unit["evidence"][0]) >= {"path", "line"}
    assert "phase" in told
    assert 0 < told["coverage"] <= 1
    live = next(control for control in told["controls"] if control["id"] == "DOP-9.1-01")
    assert (live["verdict"], live["score"], live["units"]) == ("not_connected", None, [])


def test_several_paths_give_a_list(shop: Path, tmp_path: Path) -> None:
    write(tmp_path / "other", {"README.md": "# Other\n"})
    told = json.loads(scan(str(shop), str(tmp_path / "other"), "--no-save", "--format", "json")[0])
    assert [one["repository"] for one in told] == ["shop", "other"]
    assert told[1]["commit"] is None


def test_sarif_is_one_log(shop: Path) -> None:
    told = json.loads(scan(str(shop), "--no-save", "--format", "sarif")[0])
    assert told["version"] == "2.1.0"
    assert len(told["runs"]) == 1
    assert all(result["locations"] for result in told["runs"][0]["results"])


def test_text_names_what_fails_and_where(shop: Path) -> None:
    out, _ = scan(str(shop), "--no-save", code=1)
    assert "REQUIRED" in out
    assert "Phase:" in out


@pytest.mark.parametrize(("level", "code"), [("required", 1), ("recommended", 1), ("never", 0)])
def test_the_exit_code_follows_the_level(shop: Path, level: str, code: int) -> None:
    scan(str(shop), "--no-save", "--fail-on", level, code=code)


def test_what_is_no_folder_is_an_error(tmp_path: Path) -> None:
    _, said = scan(str(tmp_path / "missing"), "--no-save", code=2)
    assert "no folder" in said


def test_a_service_is_made_and_its_scan_kept(shop: Path) -> None:
    _, said = scan(str(shop), "--service", "shop", code=1)
    assert "kept for shop" in said
    assert Scan.objects.get().commit == git(shop, "rev-parse", "HEAD")
    assert ControlVerdict.objects.filter(service__slug="shop").count() == 145 - 6 + 6
    assert Finding.objects.exists()


def test_the_service_of_the_clones_remote_is_found(shop: Path) -> None:
    git(shop, "remote", "add", "origin", "https://github.com/Acme/Shop")
    make_repository("acme/shop", make_service("basket", make_team("pay")))
    assert "kept for basket" in scan(str(shop), code=1)[1]


def test_without_a_service_nothing_is_kept_and_that_is_said(shop: Path) -> None:
    _, said = scan(str(shop), code=1)
    assert "--service" in said
    assert not Scan.objects.exists()


@pytest.mark.parametrize("dirty", [True, False])
def test_changes_that_are_not_committed_are_scanned_and_not_kept(shop: Path, dirty: bool) -> None:
    if dirty:
        write(shop, {"src/new.py": "x = 1\n"})
    told, said = scan(str(shop), "--service", "shop", "--format", "json", code=1)
    assert json.loads(told)["uncommitted_changes"] is dirty
    assert ("nothing was kept" in said) is dirty
    assert Scan.objects.exists() is not dirty


def test_a_second_scan_of_the_commit_replaces_the_first(shop: Path) -> None:
    scan(str(shop), "--service", "shop")
    before = sorted(Finding.objects.values_list("control", "unit", "outcome"))
    scan(str(shop), "--service", "shop")
    assert Scan.objects.count() == 1
    assert sorted(Finding.objects.values_list("control", "unit", "outcome")) == before


def refuse(*arguments: Any) -> None:
    raise AssertionError("nothing is to be scanned")


def test_an_unchanged_commit_is_shown_and_not_scanned(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, _ = scan(str(shop), "--service", "shop", "--format", "json", code=1)
    at = Scan.objects.get().scanned_at
    monkeypatch.setattr("scorecards.management.commands.scan.run", refuse)
    again, said = scan(str(shop), "--service", "shop", "--format", "json", code=1)
    assert json.loads(again) == json.loads(first)
    assert "nothing differs" in said
    assert Scan.objects.get().scanned_at == at


def test_other_options_are_asked_of_an_unchanged_commit(shop: Path, tmp_path: Path, settings: Any) -> None:
    scan(str(shop), "--service", "shop")
    (tmp_path / "options.yaml").write_text("registries: [only.example.com]\n")
    settings.STANDARD_OPTIONS = str(tmp_path / "options.yaml")
    told = json.loads(scan(str(shop), "--service", "shop", "--format", "json")[0])
    fresh = json.loads(scan(str(shop), "--no-save", "--format", "json")[0])
    assert told["controls"] == fresh["controls"]
    assert Scan.objects.count() == 2


def test_a_service_that_joins_an_unchanged_commit_is_judged(shop: Path) -> None:
    scan(str(shop), "--service", "shop")
    make_service("web", make_team("pay"), repository=Scan.objects.get().repository)
    scan(str(shop), "--service", "shop")
    assert ControlVerdict.objects.filter(service__slug="web").exists()


def test_a_scan_after_a_change_says_what_a_fresh_one_would(shop: Path) -> None:
    scan(str(shop), "--service", "shop")
    committed(shop, {"deploy/app-0/policy.yaml": "a: [\n", "src/new.py": "x = 1\n"}, "y")
    told = json.loads(scan(str(shop), "--service", "shop", "--format", "json")[0])
    fresh = json.loads(scan(str(shop), "--no-save", "--format", "json")[0])
    assert told["controls"] == fresh["controls"]
    assert told["problems"] == fresh["problems"]


def test_an_options_file_with_an_error_is_told_with_its_line(shop: Path, tmp_path: Path, settings: Any) -> None:
    (tmp_path / "options.yaml").write_text("registries: [a]\nregistry: b\n")
    settings.STANDARD_OPTIONS = str(tmp_path / "options.yaml")
    _, said = scan(str(shop), "--no-save", code=2)
    assert "options.yaml:2" in said


def test_a_name_does_not_steer_the_terminal(tmp_path: Path) -> None:
    workflow = "on: push\njobs: {a: {runs-on: x, steps: [{run: make test}]}}\n"
    write(tmp_path / "odd", {".github/workflows/a\x1b[2J\u202e\n.yml": workflow})
    told = scan(str(tmp_path / "odd"), "--no-save", "--fail-on", "never")[0]
    assert ".github/workflows/a\\x1b[2J\\u202e\\n.yml:" in told
    assert all(one.isprintable() for one in told.replace("\n", ""))


def test_the_text_tells_lines_that_are_alike_once(tmp_path: Path) -> None:
    spec = "spec: {containers: [{name: a, image: a}, {name: b, image: b}]}\n"
    write(tmp_path / "odd", {"k8s/pod.yaml": f"kind: Pod\napiVersion: v1\nmetadata: {{name: a}}\n{spec}"})
    told = scan(str(tmp_path / "odd"), "--no-save", "--fail-on", "never")[0].splitlines()
    assert len(told) == len(set(told)) + told.count("") - 1
    assert any(line.endswith("(2 units)") for line in told)


def test_the_text_names_what_was_not_read(tmp_path: Path) -> None:
    write(tmp_path / "odd", {f"k8s/{name}.yaml": "a: [\n" for name in "abcde"})
    told = scan(str(tmp_path / "odd"), "--no-save", "--fail-on", "never")[0]
    assert "Not read, or not wholly: 5\n  k8s/a.yaml:" in told
    assert told.rstrip().endswith("and 2 more (see --format json)")


def test_a_service_is_made_only_when_something_is_kept_for_it(tmp_path: Path) -> None:
    write(tmp_path / "plain", {"README.md": "# Plain\n"})
    _, said = scan(str(tmp_path / "plain"), "--service", "typo")
    assert "not in git" in said
    assert not Service.objects.filter(slug="typo").exists()
