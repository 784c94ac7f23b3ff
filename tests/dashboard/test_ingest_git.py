"""manage.py ingest_git."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from ingest.models import Change, Deployment, PullRequest, Service
from tests.ingest.git.repository import Repository

pytestmark = pytest.mark.django_db


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    repository = Repository(tmp_path / "pay")
    repository.commit("Begin")
    repository.tag("v1.0.0")
    repository.commit("Add search (#3)")
    repository.tag("v1.1.0", annotated=True)
    return repository.path


def facts() -> list[list[tuple[object, ...]]]:
    hidden = {"id", "updated_at"}
    return [
        sorted(
            tuple(str(getattr(row, field.attname)) for field in model._meta.fields if field.name not in hidden)
            for row in model.objects.all()
        )
        for model in (Change, PullRequest, Deployment)
    ]


def test_it_records_what_a_clone_tells(clone, capsys):
    call_command("ingest_git", str(clone), service="pay", team="payments")
    out = capsys.readouterr()
    assert out.out.splitlines()[-1] == "commits 2 pull_requests 1 deployments 2"
    assert "observations recorded" in out.err
    service = Service.objects.get(slug="pay")
    assert service.repository is not None
    assert service.repository.name == "pay"
    assert service.ownerships.get().team.slug == "payments"
    assert [row.version for row in Deployment.objects.order_by("finished_at")] == ["v1.0.0", "v1.1.0"]
    assert {row.status for row in Deployment.objects.all()} == {"succeeded"}


def test_it_gives_the_same_facts_when_it_runs_again(clone):
    call_command("ingest_git", str(clone), service="pay")
    first = facts()
    call_command("ingest_git", str(clone), service="pay")
    assert facts() == first


def test_it_reads_paths_for_a_part_of_a_monorepo(clone):
    Service.objects.create(slug="pay", name="Pay", path_globs=["pay/**"])
    call_command("ingest_git", str(clone), service="Pay")
    assert Change.objects.order_by("committed_at")[0].paths == ["file"]


def test_it_says_where_nothing_counts_as_a_deployment(clone, capsys):
    call_command("ingest_git", str(clone), service="pay", deploys="tags:release-*")
    assert "No deployment was found" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"deploys": "tag:v*"}, "Use tags:GLOB"),
        ({"service": " "}, "Give the service a name"),
        ({"deploys": "merges:nope"}, "has no branch nope"),
    ],
)
def test_it_refuses_what_makes_no_sense(clone, options, message):
    with pytest.raises(CommandError, match=message):
        call_command("ingest_git", str(clone), **{"service": "pay", **options})
