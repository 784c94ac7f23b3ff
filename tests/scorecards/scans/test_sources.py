"""Where trees come from: by git and by API, from the host to the verdicts; and why a scan waits."""

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest.models import Repository
from ingest.repository.api import Trees
from ingest.repository.refused import RepositoryRefused
from scorecards.models import ControlVerdict, Scan, ScanDue
from scorecards.scans import due, schedule
from scorecards.scans.due import Reason
from scorecards.scans.sources import NONE_SET, Api, Clones, TreeSource, source_in_settings, why_waiting
from tests.factories import make_repository, make_service
from tests.ingest.repository.hosting import Host, hosted
from tests.ingest.repository.test_api import COMMIT, GitHub

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
WORKFLOW = b"on: push\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: make test\n"


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    with hosted(tmp_path) as host:
        yield host


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    yield place
    assert list(place.iterdir()) == []


@pytest.fixture
def repository(db: None) -> Repository:
    return make_repository("acme/checkout", make_service("checkout"))


def scan(source: TreeSource, repository: Repository, now: datetime = NOON) -> ScanDue:
    due.ask([repository.pk], Reason.PUSH, now)
    assert schedule.scan_next(source, now)
    return ScanDue.objects.get(repository=repository)


def test_a_push_becomes_verdicts_by_git(host: Host, repository: Repository) -> None:
    (host.root / "acme").mkdir()
    made = host.make("acme/checkout.git")
    first = made.files({b".gitlab-ci.yml": b"test:\n  script: make test\n", b"README.md": b"# Checkout\n"})
    source = Clones(f"https://{host.name}/{{name}}.git", (host.name,), authority=str(host.authority))
    assert scan(source, repository).error == ""
    assert list(Scan.objects.values_list("commit", "state", "files", "trigger")) == [(first, "complete", 2, "push")]
    assert ControlVerdict.objects.count() > 50
    second = made.files({b"README.md": b"# Checkout, again\n", b"\xff": b"1"})
    scan(source, repository, NOON + timedelta(hours=1))
    newest = Scan.objects.get(commit=second)
    assert [problem["code"] for problem in newest.problems] == ["unsafe_name"]
    before = len(host.requests)
    scan(source, repository, NOON + timedelta(hours=2))
    assert Scan.objects.count() == 2
    assert not [path for path, _ in host.requests[before:] if "objects" in path]


def test_a_push_becomes_verdicts_by_the_api(repository: Repository) -> None:
    hub = GitHub({".github/workflows/ci.yml": WORKFLOW, "README.md": b"# Checkout\n", "logo.png": b"1"})
    assert scan(Api(Trees(hub)), repository).error == ""
    assert list(Scan.objects.values_list("commit", "state", "files")) == [(COMMIT, "complete", 3)]
    assert ControlVerdict.objects.count() > 50


def test_what_the_host_refuses_is_told_with_what_to_do(host: Host, repository: Repository, settings: Any) -> None:
    settings.SCAN_FROM = "clone"
    row = scan(Clones(f"https://{host.name}/{{name}}.git", ("github.com",)), repository)
    assert row.code == "host_not_allowed"
    assert "SCAN_HOSTS" in why_waiting(repository)


def test_it_says_that_no_source_is_set(repository: Repository, settings: Any) -> None:
    settings.SCAN_FROM = ""
    assert source_in_settings() is None
    assert why_waiting(repository) == ""
    due.ask([repository.pk], Reason.PUSH, NOON)
    assert why_waiting(repository) == NONE_SET


def test_the_token_goes_to_github_alone(settings: Any) -> None:
    settings.SCAN_FROM, settings.GITHUB_TOKEN = "clone", "ghs_x"
    source = source_in_settings()
    assert isinstance(source, Clones)
    assert source._wanted("acme/checkout").header.startswith("Authorization: Basic ")
    elsewhere = replace(source, template="https://git.acme.example/{name}.git")
    assert elsewhere._wanted("acme/checkout").header == ""


@pytest.mark.parametrize(
    "name", ["~checkout", "checkout", "a/../b", "a/b?x", "a/b c", "-a/b", "a/b#1", "a//b", "a/b\n"]
)
def test_a_name_that_is_none_at_a_host_is_refused(name: str) -> None:
    with pytest.raises(RepositoryRefused) as refused:
        Clones("https://github.com/{name}.git", ("github.com",)).head(name)
    assert refused.value.code == "bad_name"
