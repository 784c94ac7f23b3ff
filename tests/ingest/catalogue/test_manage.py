"""Changes of the catalogue by hand: nothing is lost, old names live on, nonsense is refused."""

from datetime import date, datetime, timedelta

import pytest

from dashboard.models import ApiToken, Membership
from ingest.catalogue import manage
from ingest.catalogue.manage import CatalogueRefused
from ingest.catalogue.owners import periods_by_service
from ingest.models import (
    CatalogueName,
    Change,
    ChangedService,
    Deployment,
    Incident,
    Ownership,
    Repository,
    Service,
    ServiceRepository,
    Team,
)
from ingest.models.catalogue import UNASSIGNED
from ingest.parsers.observation import ChangeSeen, DeploymentSeen, Observation, RepositoryRef, ServiceSeen, TeamSeen
from ingest.record import record
from scorecards.models import DayRollup, JudgedDeployment
from scorecards.rollups.build import build_rollups
from tests import factories
from tests.factories import NOON

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=7)


def deployed(name: str, at: datetime = LATER) -> Observation:
    said = {"terminal": "succeeded", "version": "2"}
    return DeploymentSeen(at, f"{name} {at}", f"{name}-{at}", name, None, "production", None, said)


def committed(service: str, sha: str) -> Observation:
    return ChangeSeen(NOON, sha, sha * 40, service, None, None, {"committed_at": NOON})


def hear(*seen: Observation) -> None:
    record(factories.native(), seen)


def marked() -> list[tuple[str, bool]]:
    return list(ChangedService.objects.values_list("service__slug", "regroup").distinct())


# ---------------------------------------------------------------- giving


def test_it_gives_a_service_from_a_moment_on_and_says_who_did():
    pay, search = factories.make_team("pay"), factories.make_team("search")
    service = factories.make_service("checkout", pay)
    stated = manage.assign_service(service, search, at=LATER, by="olga")
    assert (stated.basis, stated.by) == ("site", "olga")
    [periods] = periods_by_service().values()
    assert [(period.team_id, period.start) for period in periods] == [(pay.pk, None), (search.pk, date(2026, 3, 9))]
    assert marked() == [("checkout", True)]


def test_it_gives_nothing_to_a_retired_team():
    team = factories.make_team("pay", retired_on=date(2026, 1, 1))
    with pytest.raises(CatalogueRefused, match="retired since 2026-01-01"):
        manage.assign_service(factories.make_service(), team, at=NOON, by="olga")


# ---------------------------------------------------------------- changing


def changed(**fields):
    said = {"tier": "standard", "repository": "", "path_globs": [], "at": LATER, "by": "olga"} | fields
    return manage.change_service("checkout", **said)


def test_it_moves_the_commits_of_a_service_to_its_repository_once_that_is_told():
    hear(committed("checkout", "a"))
    service = changed(repository="acme/checkout")
    assert list(Change.objects.values_list("repository__name", flat=True)) == ["acme/checkout"]
    assert not Repository.objects.filter(placeholder=True).exists()
    assert ServiceRepository.objects.get(service=service).repository == service.repository


def test_it_marks_a_service_only_where_something_changed():
    factories.make_service("checkout")
    changed()
    assert marked() == []
    changed(tier="critical")
    assert ("checkout", True) in marked()


def test_it_refuses_what_a_later_event_has_spoken_of():
    hear(ServiceSeen(LATER, "declared", "checkout", {"tier": "low"}))
    with pytest.raises(CatalogueRefused, match="a later time"):
        changed(tier="critical", at=NOON)
    assert Service.objects.get().tier == "low"


@pytest.mark.parametrize("name", ["pay", "PAY", "money", "unassigned", " "])
def test_it_makes_no_team_of_a_name_that_is_taken_or_none(name):
    factories.make_team("money")
    manage.rename_team("money", "pay", at=NOON)
    with pytest.raises(CatalogueRefused):
        manage.create_team(name)
    assert manage.create_team("Search & Find").slug == "search-find"


# ---------------------------------------------------------------- renaming


def test_it_takes_facts_under_the_old_and_the_new_name_of_a_service():
    service = factories.make_service("checkout")
    manage.rename_service("checkout", "Shop Checkout", at=NOON, name="The checkout")
    hear(deployed("checkout"), deployed("Checkout", LATER + timedelta(hours=1)), deployed("shop-checkout"))
    assert list(Service.objects.values_list("pk", "slug", "name")) == [(service.pk, "shop-checkout", "The checkout")]
    assert Deployment.objects.filter(service=service).count() == 3


def test_it_renames_there_and_back():
    factories.make_service("checkout")
    manage.rename_service("checkout", "shop", at=NOON)
    manage.rename_service("shop", "checkout", at=LATER)
    assert Service.objects.get().slug == "checkout"
    assert list(CatalogueName.objects.values_list("name", flat=True)) == ["shop"]


def test_it_finds_a_service_by_its_old_name():
    factories.make_service("checkout")
    manage.rename_service("checkout", "shop", at=NOON)
    assert manage.retire_service("Checkout", date(2026, 3, 1)).slug == "shop"


def test_it_lets_a_later_declaration_name_it_anew_and_an_earlier_one_not():
    factories.make_service("checkout")
    manage.rename_service("checkout", "checkout", at=NOON, name="By hand")
    hear(ServiceSeen(NOON - timedelta(days=1), "e1", "checkout", {"name": "Before"}))
    assert Service.objects.get().name == "By hand"
    hear(ServiceSeen(LATER, "e2", "checkout", {"name": "After"}))
    assert Service.objects.get().name == "After"


def test_it_keeps_the_placeholder_of_a_renamed_service_to_be_found_once_its_repository_is_known():
    hear(committed("checkout", "a"))
    manage.rename_service("checkout", "shop", at=NOON)
    hear(ServiceSeen(LATER, "e1", "shop", {"repository": RepositoryRef("acme/shop")}))
    assert [change.repository.name for change in Change.objects.all()] == ["acme/shop"]
    assert Repository.objects.count() == 1


@pytest.mark.parametrize("to", ["search", "old search", "", " ", "unassigned"])
def test_it_refuses_a_name_that_is_or_was_anothers(to):
    factories.make_service("checkout")
    other = factories.make_service("search")
    CatalogueName.objects.create(kind="service", name="old-search", object_id=other.pk)
    with pytest.raises(CatalogueRefused):
        manage.rename_service("checkout", to, at=NOON)
    assert Service.objects.filter(slug="checkout").exists()


def test_it_takes_declarations_under_the_old_name_of_a_team():
    team = factories.make_team("pay")
    manage.rename_team("pay", "payments", at=NOON, name="Payments")
    hear(TeamSeen(LATER, "e1", "pay", {"email": "pay@example.com"}))
    assert list(Team.objects.values_list("pk", "slug", "name", "email")) == [
        (team.pk, "payments", "Payments", "pay@example.com")
    ]


# ---------------------------------------------------------------- merging services


def test_it_merges_facts_names_repositories_and_ownership():
    pay, search = factories.make_team("pay"), factories.make_team("search")
    gone, kept = factories.make_service("checkout-prod", pay), factories.make_service("checkout")
    factories.own(search, kept, at=LATER)
    repository = factories.make_repository("acme/checkout", gone)
    factories.make_deployment(gone)
    factories.make_incident(gone)
    CatalogueName.objects.create(kind="service", name="older", object_id=gone.pk)

    manage.merge_services("checkout-prod", "checkout")

    assert list(Service.objects.values_list("slug", "repository")) == [("checkout", repository.pk)]
    assert Deployment.objects.get().service == Incident.objects.get().service == kept
    assert Deployment.objects.get().updated_at > LATER
    assert list(ServiceRepository.objects.values_list("service", "repository")) == [(kept.pk, repository.pk)]
    assert [period.team_id for period in periods_by_service()[kept.pk]] == [pay.pk, search.pk]
    assert marked() == [("checkout", True)]
    hear(deployed("older"), deployed("checkout-prod"))
    assert Deployment.objects.filter(service=kept).count() == 3


def test_it_keeps_one_of_two_equal_rows():
    pay = factories.make_team("pay")
    gone, kept = factories.make_service("a", pay), factories.make_service("b", pay)
    repository = factories.make_repository("acme/shop", gone)
    ServiceRepository.objects.create(service=kept, repository=repository)
    manage.merge_services("a", "b")
    assert Ownership.objects.count() == ServiceRepository.objects.count() == 1


@pytest.mark.parametrize("declared", [(), ("a",), ("b",), ("a", "b")])
def test_it_brings_the_commits_of_both_into_one_history(declared):
    hear(committed("a", "a"), committed("b", "b"), committed("a", "c"), committed("b", "c"))
    hear(*(ServiceSeen(NOON, f"e{name}", name, {"repository": RepositoryRef("acme/shop")}) for name in declared))
    manage.merge_services("a", "b")
    [kept] = Service.objects.all()
    assert kept.repository.name == ("acme/shop" if declared else "~b")
    assert sorted(Change.objects.values_list("sha", "repository")) == [
        (sha * 40, kept.repository.pk) for sha in ("a", "b", "c")
    ]
    assert list(ServiceRepository.objects.values_list("repository", flat=True)) == [kept.repository.pk]
    assert Repository.objects.count() == 1


@pytest.mark.parametrize(
    ("gone", "kept", "both"),
    [(["x/**"], ["y/**"], ["y/**", "x/**"]), ([], ["y/**"], []), (["x/**"], [], []), (None, ["y/**"], ["y/**"])],
)
def test_it_joins_the_paths_unless_one_is_a_whole_repository(gone, kept, both):
    factories.make_repository("acme/b", factories.make_service("b", path_globs=kept))
    merged = factories.make_service("a", path_globs=gone or [])
    if gone is not None:
        factories.make_repository("acme/a", merged)
    assert manage.merge_services("a", "b").path_globs == both


def test_it_leaves_no_rollup_of_a_merged_service_behind():
    team = factories.make_team("pay")
    gone, kept = factories.make_service("a", team), factories.make_service("b", team)
    factories.make_deployment(gone, version="1")
    factories.make_deployment(kept, LATER, version="2")
    ChangedService.objects.bulk_create([ChangedService(service=gone), ChangedService(service=kept)])
    build_rollups()

    manage.merge_services("a", "b")
    build_rollups()

    assert set(JudgedDeployment.objects.values_list("service", flat=True)) == {kept.pk}
    assert not DayRollup.objects.filter(scope=f"service:{gone.pk}").exists()
    days = dict(DayRollup.objects.filter(scope=f"team:{team.pk}", tier="").values_list("day", "deployments"))
    assert days == {NOON.date(): 1, LATER.date(): 1}


@pytest.mark.parametrize(("slug", "into"), [("a", "a"), ("a", "none"), ("none", "a")])
def test_it_refuses_to_merge_what_is_not_there_or_the_same(slug, into):
    factories.make_service("a")
    with pytest.raises(CatalogueRefused):
        manage.merge_services(slug, into)


# ---------------------------------------------------------------- merging teams


def test_it_moves_ownership_members_and_tokens_to_the_team_that_stays():
    gone, kept = factories.make_team("pay"), factories.make_team("checkout")
    factories.make_service("shop", gone)
    both, one = factories.make_user("ada"), factories.make_user("bea")
    for user, team in ((both, gone), (both, kept), (one, gone)):
        factories.join_team(user, team)
    factories.make_token(team=gone)

    manage.merge_teams("pay", "checkout")

    assert set(Ownership.objects.values_list("team", flat=True)) == {kept.pk}
    assert sorted(Membership.objects.values_list("user__username", "team__slug")) == [
        ("ada", "checkout"),
        ("bea", "checkout"),
    ]
    assert ApiToken.objects.get().team == kept
    assert marked() == [("shop", True)]
    hear(ServiceSeen(LATER, "e1", "shop", {"team": "pay"}))
    assert list(Team.objects.values_list("slug", flat=True)) == ["checkout"]


@pytest.mark.parametrize(("slug", "into"), [("pay", "pay"), ("pay", UNASSIGNED), (UNASSIGNED, "pay"), ("none", "pay")])
def test_it_refuses_to_merge_teams_that_make_no_sense(slug, into):
    factories.make_team("pay")
    factories.make_team(UNASSIGNED)
    with pytest.raises(CatalogueRefused):
        manage.merge_teams(slug, into)


# ---------------------------------------------------------------- retiring


def test_it_retires_a_service_and_takes_it_back():
    factories.make_service("checkout")
    assert manage.retire_service("checkout", date(2026, 3, 9)).retired_on == date(2026, 3, 9)
    assert marked() == [("checkout", True)]
    assert manage.retire_service("checkout", None).retired_on is None


def test_it_marks_nothing_when_nothing_changes():
    factories.make_service("checkout", retired_on=date(2026, 3, 9))
    manage.retire_service("checkout", date(2026, 3, 9))
    assert marked() == []


def test_it_retires_no_team_that_still_owns_a_service_in_use():
    pay, search = factories.make_team("pay"), factories.make_team("search")
    service = factories.make_service("checkout", pay)
    factories.make_service("old", pay, retired_on=date(2026, 1, 1))
    with pytest.raises(CatalogueRefused, match="still owns Checkout. Give"):
        manage.retire_team("pay", date(2026, 3, 20))
    manage.assign_service(service, search, at=LATER, by="olga")
    assert manage.retire_team("pay", date(2026, 3, 20)).retired_on == date(2026, 3, 20)
    assert manage.retire_team("pay", None).retired_on is None


def test_it_touches_unassigned_by_no_means():
    factories.make_team(UNASSIGNED)
    with pytest.raises(CatalogueRefused, match="is no team"):
        manage.retire_team(UNASSIGNED, date(2026, 3, 20))
    with pytest.raises(CatalogueRefused, match="is no team"):
        manage.rename_team(UNASSIGNED, "nobody", at=NOON)
