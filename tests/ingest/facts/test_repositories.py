"""Which repository a commit belongs to whose event names only the service, whatever comes first."""

from itertools import permutations

import pytest
from django.db import transaction

from ingest.models import Change, Repository, Service
from tests.native_events import event, ingest

pytestmark = pytest.mark.django_db

AT = "2026-03-02T10:00:00Z"
COMMIT = event("c", "commit.pushed", AT, service="pay", sha="abcdef1")
PULL = event("p", "pull_request.merged", AT, service="pay", number=7, commits=["abcdef1"])
DEPLOYED = event(
    "d", "deployment.finished", AT, service="pay", repository="acme/pay", deployment="d", status="success",
    environment="production", shas=["abcdef1"],
)  # fmt: skip
DECLARED = event("s", "service.declared", AT, service="pay", repository="acme/pay")


def changes() -> list[tuple[str, str]]:
    return list(Change.objects.values_list("repository__name", "sha"))


@pytest.mark.parametrize("naming", [DEPLOYED, DECLARED])
def test_it_comes_to_the_repository_that_is_named_before_or_after(naming):
    for order in permutations([COMMIT, PULL, naming]):
        for chunks in ([order], [[line] for line in order]):
            point = transaction.savepoint()
            for chunk in chunks:
                ingest(chunk)
            assert changes() == [("acme/pay", "abcdef1")]
            assert list(Repository.objects.values_list("name", flat=True)) == ["acme/pay"]
            transaction.savepoint_rollback(point)


def test_it_keeps_them_apart_until_a_repository_is_named():
    ingest([COMMIT])
    assert changes() == [("~pay", "abcdef1")]
    assert Repository.objects.get().placeholder


def test_two_declarations_in_one_batch_take_it_over_once():
    ingest([COMMIT])
    totals = ingest([DECLARED, event("s2", "service.declared", "2026-03-03T10:00:00Z", service="pay",
                                     repository="acme/pay")])  # fmt: skip
    assert totals.processed == 2
    assert changes() == [("acme/pay", "abcdef1")]


def test_what_both_repositories_know_is_joined():
    titled = event("t", "commit.pushed", "2026-03-02T09:00:00Z", repository="acme/pay", sha="abcdef1", title="Fix it")
    ingest([COMMIT])
    ingest([titled])
    ingest([DECLARED])
    change = Change.objects.get()
    assert change.title == "Fix it"
    assert change.committed_at.hour == 10


@pytest.mark.parametrize("name", ["Größe/Ärger", "ΑΒΓ/δ"])
def test_it_finds_a_name_beyond_ascii_again(name):
    for number, spelled in enumerate((name, name, name.lower(), name.upper().replace("SS", "ß"))):
        totals = ingest([event(f"c{number}", "commit.pushed", AT, repository=spelled, sha="abcdef1", service="pay")])
        assert totals.quarantined == 0
    assert Repository.objects.count() == 1
    assert Service.objects.get().repository_links.count() == 1
