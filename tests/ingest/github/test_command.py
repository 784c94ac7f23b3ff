"""``manage.py sync_github``."""

import io

import pytest
from django.core.management import CommandError, call_command

from ingest.models import Deployment, GitHubSync, Source, SyncedRepository

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def environment(server, settings):
    settings.GITHUB_API_URL, settings.GITHUB_TOKEN = server.url, "a-token"


def run(*names: str, **options: object) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("sync_github", *names, stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def test_it_reads_an_owner_with_progress_and_no_secret(server):
    out, err = run("acme")
    assert "acme is up to date: 3 repositories." in out
    assert "3 of 3 repositories" in err
    assert "a-token" not in out + err
    assert Deployment.objects.exists()
    assert Source.objects.get(kind="github").name == "GitHub acme"


def test_it_reads_one_repository_alone(server):
    name = server.organisation.visible[1].name
    run(f"acme/{name}")
    assert list(SyncedRepository.objects.values_list("name", flat=True)) == [f"acme/{name}"]
    run()
    assert SyncedRepository.objects.count() == 1


def test_it_goes_on_with_the_source_that_there_is(server):
    run("acme")
    run("ACME")
    assert GitHubSync.objects.count() == Source.objects.filter(kind="github").count() == 1


def test_it_reads_no_further_back_than_it_is_told(server):
    run("acme", since="2026-03-10")
    assert Deployment.objects.exists()
    assert not Deployment.objects.filter(started_at__lt="2026-03-10T00:00:00Z").exists()


@pytest.mark.parametrize(
    ("names", "options", "says"),
    [((), {}, "sync_github OWNER"), (("acme",), {"since": "yesterday"}, "2026-03-02"), (("a b",), {}, "a b")],
)
def test_it_says_what_makes_no_sense(names, options, says):
    with pytest.raises(CommandError, match=says):
        run(*names, **options)


def test_an_owner_that_is_not_there_ends_with_1(server, capsys):
    with pytest.raises(SystemExit) as ended:
        run("nobody-is-called-so")
    assert ended.value.code == 1


def test_a_repository_that_is_not_there_ends_with_1(server):
    with pytest.raises(SystemExit) as ended:
        run("acme/nothing-of-this-name")
    assert ended.value.code == 1


def test_one_that_is_gone_stops_no_other(server):
    run("acme")
    gone, *others = server.organisation.visible
    server.organisation.delete(gone)
    out, _ = run("acme")
    assert "up to date" in out
    assert SyncedRepository.objects.get(number=gone.number).refused
    assert SyncedRepository.objects.filter(refused="", round=2).count() == len(others)


def test_where_github_asks_to_wait_it_stops_if_told_so(server):
    server.faults.add("primary_limit", operation="Probe", times=1)
    out, _ = run("acme", no_wait=True)
    assert "GitHub asks to wait until" in out


def test_what_somebody_else_is_reading_is_left_to_them(server):
    run("acme")
    GitHubSync.objects.update(lease_by="another-host/1", lease_until="2999-01-01T00:00:00Z")
    asked = len(server.requests)
    with pytest.raises(CommandError, match="Somebody else is reading acme"):
        run("acme")
    assert len(server.requests) == asked


def test_a_token_that_is_refused_ends_with_1_and_is_not_shown(server, capsys):
    server.access.revoke()
    out, err = io.StringIO(), io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("sync_github", "acme", stdout=out, stderr=err)
    assert ended.value.code == 1
    assert "401" in err.getvalue()
    assert "a-token" not in out.getvalue() + err.getvalue()
