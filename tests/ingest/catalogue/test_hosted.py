"""Who owns a service by what the host of its repository says, in any order; and repositories of one name."""

from datetime import timedelta
from itertools import permutations

import pytest
from django.db import transaction

from ingest.catalogue.owners import periods_by_service
from ingest.models import Repository, Service, Source, Team
from ingest.parsers.observation import DeploymentSeen, RepositoryRef, RepositorySeen, ServiceSeen
from ingest.record import record
from tests.factories import NOON, make_source

pytestmark = pytest.mark.django_db
HOSTED = RepositoryRef("acme/pay", "7")
TEAM_TOLD = ("github", RepositorySeen(NOON, "r", HOSTED, {"team": "red"}))
DEPLOYED = ("native", DeploymentSeen(NOON, "d", "d1", "pay", HOSTED, "production", "hinted", {"terminal": "succeeded"}))
DECLARED = ("native", ServiceSeen(NOON, "s", "pay", {"repository": HOSTED}))


def owners(slug):
    periods = periods_by_service()[Service.objects.get(slug=slug).pk]
    return [Team.objects.get(pk=period.team_id).slug for period in periods]


@pytest.mark.parametrize("told", list(permutations([TEAM_TOLD, DEPLOYED, DECLARED])))
def test_the_hosts_team_owns_the_service_whether_its_repository_was_known_before_or_after(told):
    for kind, seen in told:
        record(Source.objects.get_or_create(kind=kind, defaults={"name": kind})[0], [seen])
    assert owners("pay") == ["red"]


@pytest.mark.parametrize("told", list(permutations([TEAM_TOLD, DEPLOYED])))
def test_a_declared_team_moves_the_service_from_its_date_on_over_the_hosts(told):
    later = NOON + timedelta(days=3)
    for kind, seen in [*told, ("native", ServiceSeen(later, "s2", "pay", {"team": "blue"}))]:
        record(Source.objects.get_or_create(kind=kind, defaults={"name": kind})[0], [seen])
    assert owners("pay") == ["red", "blue"]


def test_two_platforms_with_one_repository_name_are_two_repositories_in_any_order():
    found = set()
    told = [RepositoryRef("acme/pay", "7"), RepositoryRef("acme/pay", "gitlab/gitlab.com/7")]
    for order in permutations(told):
        point = transaction.savepoint()
        for number, ref in enumerate(order):
            record(make_source("github"), [RepositorySeen(NOON, f"r{number}", ref, {"default_branch": "main"})])
        found.add(tuple(sorted(Repository.objects.values_list("name", "external_id"))))
        transaction.savepoint_rollback(point)
    assert len(found) == 1
    assert len(found.pop()) == 2


def test_a_repository_may_take_a_name_that_another_one_still_bears():
    host = make_source("github")
    seen = [("7", "acme/pay"), ("8", "acme/shop"), ("8", "acme/pay")]
    for number, (external_id, name) in enumerate(seen):
        at = NOON + timedelta(hours=number)
        record(host, [RepositorySeen(at, f"r{number}", RepositoryRef(name, external_id), {"default_branch": "main"})])
    assert Repository.objects.get(external_id="8").name == "acme/pay"
    assert Repository.objects.get(external_id="7").name != "acme/pay"


def test_a_repository_may_be_renamed_to_what_another_source_called_before():
    record(make_source("native"), [DEPLOYED[1]._replace(repository=RepositoryRef("acme/new"))])
    host = make_source("github")
    for number, name in enumerate(("acme/old", "acme/new")):
        at = NOON + timedelta(hours=number)
        record(host, [RepositorySeen(at, f"r{number}", RepositoryRef(name, "7"), {"default_branch": "main"})])
    assert Repository.objects.get(external_id="7").name == "acme/new (GitHub)"
