"""Who may see and do what."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from dashboard import access
from dashboard.api.auth import revoke_token
from ingest.models import Ownership, Service
from scorecards.models import BudgetExemption, Campaign, CampaignTeam, FreezeWindow
from tests.factories import NOON, join_team, make_service, make_team, make_token, make_user, own

LATER = NOON + timedelta(days=1)
SOON = LATER.date()


@pytest.fixture
def checkout(pay):
    return make_service("checkout", pay)


@pytest.fixture
def search():
    return make_service("search-api", make_team("search"))


def slugs(services):
    return sorted(services.values_list("slug", flat=True))


def test_it_shows_every_service_and_team_to_everyone_who_is_signed_in(alice, bob, charlie, checkout, search):
    for actor in (alice, bob, charlie):
        assert slugs(access.visible_services(actor)) == ["checkout", "search-api"]
        assert slugs(access.visible_teams(actor)) == ["pay", "search"]
        assert access.may_see_organisation(actor)


@pytest.mark.parametrize("actor", [None, AnonymousUser()])
def test_it_shows_and_allows_nothing_to_anonymous(actor, checkout):
    assert denied_everything(actor, checkout)


def test_it_shows_and_allows_nothing_to_a_user_who_was_deactivated(olga, checkout):
    olga.is_active = False
    assert denied_everything(olga, checkout)


def test_it_shows_and_allows_nothing_to_what_is_no_actor(checkout):
    assert denied_everything("alice", checkout)


@pytest.mark.django_db
@pytest.mark.parametrize("ended", [{"revoked_at": NOON}, {"expires_at": NOON}])
def test_it_shows_and_allows_nothing_to_a_token_that_has_ended(ended, checkout):
    token, _ = make_token("admin")
    for name, at in ended.items():
        setattr(token, name, at)
    assert denied_everything(token, checkout)
    assert not access.may_ingest(token)


def denied_everything(actor, service):
    return not (
        access.visible_services(actor).exists()
        or access.visible_teams(actor).exists()
        or access.may_see_organisation(actor)
        or access.may_ingest(actor)
        or access.may_edit_catalogue(actor)
        or access.may_edit_catalogue(actor, service)
        or access.may_operate(actor)
    )


def test_it_shows_a_token_of_a_team_that_teams_services_alone(pay, checkout, search):
    token, _ = make_token(team=pay)
    assert slugs(access.visible_services(token)) == ["checkout"]
    assert slugs(access.visible_teams(token)) == ["pay"]
    assert not access.may_see_organisation(token)


def test_it_shows_a_token_without_a_team_the_organisation(checkout, search):
    token, _ = make_token()
    assert slugs(access.visible_services(token)) == ["checkout", "search-api"]
    assert access.may_see_organisation(token)


def test_it_lets_an_ingest_token_send_and_not_read(checkout):
    token, _ = make_token("ingest")
    assert access.may_ingest(token)
    assert not access.visible_services(token).exists()
    assert not access.may_see_organisation(token)


def test_it_lets_a_read_token_read_and_not_send(checkout):
    token, _ = make_token("read")
    assert not access.may_ingest(token)
    assert not access.may_edit_catalogue(token, checkout)


def test_it_lets_an_admin_token_do_all_of_it(checkout):
    token, _ = make_token("admin")
    assert access.may_ingest(token) and access.may_see_organisation(token) and access.may_operate(token)
    assert access.may_edit_catalogue(token, checkout)


def test_it_keeps_an_admin_token_of_a_team_to_that_teams_services(pay, checkout, search):
    token, _ = make_token("admin", team=pay)
    assert access.may_edit_catalogue(token, checkout)
    assert not access.may_edit_catalogue(token, search)
    assert not access.may_edit_catalogue(token)
    assert not access.may_operate(token)


def test_it_follows_a_service_to_the_team_that_owns_it_now(pay, checkout):
    own(make_team("search"), checkout, at=LATER)
    token, _ = make_token(team=pay)
    assert slugs(access.visible_services(token)) == []


def test_it_takes_the_later_key_of_two_statements_of_one_moment(pay, checkout):
    own(make_team("search"), checkout, key="b")
    assert slugs(access.owned_by(make_team("search").pk)) == ["checkout"]


def test_it_heeds_a_hint_only_where_nothing_else_was_said(pay, checkout):
    hinted = make_service("hinted")
    for service in (checkout, hinted):
        own(make_team("search"), service, at=LATER, basis=Ownership.Basis.HINT)
    assert slugs(access.owned_by(pay.pk)) == ["checkout"]
    assert slugs(access.owned_by(make_team("search").pk)) == ["hinted"]


@pytest.mark.django_db
def test_it_heeds_the_first_of_several_hints():
    service = make_service("hinted")
    own(make_team("search"), service, at=LATER, basis=Ownership.Basis.HINT)
    own(make_team("pay"), service, basis=Ownership.Basis.HINT)
    assert slugs(access.owned_by(make_team("pay").pk)) == ["hinted"]


def test_it_leaves_a_service_with_its_team_until_the_day_of_a_move_to_come(pay, checkout):
    own(make_team("search"), checkout, at=timezone.now() + timedelta(days=2))
    assert slugs(access.owned_by(pay.pk)) == ["checkout"]


@pytest.mark.django_db
def test_it_lets_the_first_owner_reach_into_the_past():
    service = make_service("coming")
    own(make_team("search"), service, at=timezone.now() + timedelta(days=2))
    assert slugs(access.owned_by(make_team("search").pk)) == ["coming"]


@pytest.mark.django_db
def test_it_gives_a_service_of_nobody_to_the_unassigned():
    make_service("stray")
    token, _ = make_token(team=make_team("unassigned"))
    assert slugs(access.visible_services(token)) == ["stray"]


@pytest.mark.django_db
def test_it_shows_a_service_of_nobody_to_people_where_there_is_no_unassigned_team():
    make_service("stray")
    assert slugs(access.visible_services(make_user("ada"))) == ["stray"]
    assert slugs(Service.objects.alias(owner_team=access.owner()).filter(owner_team=None)) == ["stray"]


def test_it_lets_the_lead_of_the_owning_team_edit_a_service(alice, bob, charlie, checkout):
    assert access.may_edit_catalogue(alice, checkout)
    assert not access.may_edit_catalogue(bob, checkout)
    assert not access.may_edit_catalogue(charlie, checkout)


def test_it_does_not_let_a_lead_edit_a_service_that_has_moved_on(alice, charlie, checkout):
    own(make_team("search"), checkout, at=LATER)
    assert not access.may_edit_catalogue(alice, checkout)
    assert access.may_edit_catalogue(charlie, checkout)


def test_it_lets_staff_and_superusers_alone_edit_the_whole_catalogue_and_operate(alice, olga):
    for actor in (olga, make_user("root", is_superuser=True)):
        assert access.may_edit_catalogue(actor) and access.may_operate(actor)
    assert not access.may_edit_catalogue(alice)
    assert not access.may_operate(alice)


def test_it_lets_one_person_be_in_several_teams(alice, search):
    join_team(alice, make_team("search"), "lead")
    assert access.may_edit_catalogue(alice, search)


@pytest.mark.django_db
def test_it_keeps_the_first_time_when_a_token_is_revoked_twice():
    token, _ = make_token()
    first = timezone.now()
    revoke_token(token, first)
    revoke_token(token, first + timedelta(hours=1))
    token.refresh_from_db()
    assert token.revoked_at == first


def passed_through(request, **headers):
    return access.NoStoreMiddleware(lambda _: HttpResponse(headers=headers))(request)


def test_it_keeps_what_a_signed_in_person_saw_out_of_caches():
    request = RequestFactory().get("/")
    request.COOKIES["sessionid"] = "x"
    assert passed_through(request)["Cache-Control"] == "no-store"


def test_it_keeps_what_a_token_was_told_out_of_caches():
    assert (
        passed_through(RequestFactory().get("/", headers={"Authorization": "Bearer x"}))["Cache-Control"] == "no-store"
    )


def test_it_leaves_public_answers_and_those_with_their_own_rule_alone():
    assert "Cache-Control" not in passed_through(RequestFactory().get("/"))
    request = RequestFactory().get("/", headers={"Authorization": "Bearer x"})
    assert passed_through(request, **{"Cache-Control": "max-age=60"})["Cache-Control"] == "max-age=60"


# ---------------------------------------------------------------- the gate


def test_it_lets_staff_and_leads_freeze_and_nobody_else(alice, bob, charlie, olga, pay, checkout, search):
    assert access.may_freeze(olga) and access.may_freeze(olga, search) and access.may_freeze(olga, team=pay)
    assert access.may_freeze(alice, checkout) and access.may_freeze(alice, team=pay)
    assert not access.may_freeze(alice) and not access.may_freeze(alice, search)
    assert not access.may_freeze(alice, team=make_team("search"))
    for actor in (bob, charlie, make_token("admin")[0], AnonymousUser(), None):
        assert not access.may_freeze(actor, checkout) and not access.may_freeze(actor, team=pay)
        assert not access.may_freeze(actor)


def test_it_tells_which_freeze_windows_one_may_cancel(alice, bob, olga, pay, checkout, search):
    said = {"by": olga, "made_at": NOON, "starts_at": NOON, "ends_at": LATER}
    scopes = ({}, {"team": pay}, {"service": checkout}, {"service": search}, {"team": make_team("search")})
    windows = [FreezeWindow.objects.create(name=str(scope), **scope, **said) for scope in scopes]
    for actor in (alice, bob, olga, None):
        one_by_one = {one.pk for one in windows if access.may_freeze(actor, one.service, one.team)}
        assert access.freezable(actor, windows) == one_by_one
    assert len(access.freezable(alice, windows)) == 2


def test_it_lets_staff_alone_set_the_gates_mode(alice, olga, pay):
    assert access.may_set_gate(olga)
    assert not any(access.may_set_gate(actor) for actor in (alice, make_token("admin")[0], AnonymousUser(), None))


def test_it_lets_another_person_of_the_staff_decide_on_an_exemption(alice, bob, charlie, olga, checkout):
    assert access.may_request_exemption(bob, checkout) and not access.may_request_exemption(charlie, checkout)
    asked = BudgetExemption(service=checkout, requested_by=bob)
    assert access.may_decide_exemption(olga, asked)
    assert not any(access.may_decide_exemption(actor, asked) for actor in (alice, bob, charlie, None))
    assert not access.may_decide_exemption(olga, BudgetExemption(service=checkout, requested_by=olga))
    assert access.may_revoke_exemption(bob, asked) and access.may_revoke_exemption(olga, asked)
    assert not any(access.may_revoke_exemption(actor, asked) for actor in (alice, charlie, make_token("admin")[0]))


# ---------------------------------------------------------------- campaigns


def make_campaign(slug, *teams, starts_on=SOON):
    made = Campaign.objects.create(name=slug, slug=slug, starts_on=starts_on, deadline=LATER.date(), made_at=NOON)
    CampaignTeam.objects.bulk_create([CampaignTeam(campaign=made, team=team) for team in teams])
    return made


def test_it_lets_staff_and_leads_make_campaigns(alice, bob, charlie, olga, pay):
    theirs = make_team("search")
    assert [access.may_make_campaign(one) for one in (olga, alice, charlie, bob)] == [True, True, True, False]
    assert access.may_ask(olga, [])
    assert access.may_ask(alice, [pay])
    for asked in ([], [theirs], [pay, theirs]):
        assert not access.may_ask(alice, asked)
    assert not access.may_ask(bob, [pay])


def test_it_lets_leads_change_campaigns_that_ask_their_teams_alone(alice, bob, charlie, olga, pay):
    theirs = make_team("search")
    mine, both, whole = make_campaign("mine", pay), make_campaign("both", pay, theirs), make_campaign("whole")
    join_team(charlie, pay)
    for campaign, allowed in ((mine, {alice, olga}), (both, {olga}), (whole, {olga})):
        found = {one for one in (alice, bob, charlie, olga) if access.may_change_campaign(one, campaign)}
        assert found == allowed


def test_it_shows_campaigns_to_everyone_and_drafts_to_who_may_change_them(alice, bob, olga, pay):
    make_campaign("open", pay)
    make_campaign("draft", pay, starts_on=None)
    make_campaign("draft-of-all", starts_on=None)
    seen = {one.username: set(slugs(access.visible_campaigns(one))) for one in (alice, bob, olga)}
    assert seen == {"alice": {"open", "draft"}, "bob": {"open"}, "olga": {"open", "draft", "draft-of-all"}}


def test_it_lets_no_token_and_nobody_near_campaigns(pay, alice):
    made = make_campaign("open", pay)
    admin, _ = make_token("admin")
    of_team, _ = make_token("admin", team=pay)
    alice.is_active = False
    for actor in (admin, of_team, AnonymousUser(), None, alice):
        assert not access.may_make_campaign(actor)
        assert not access.may_ask(actor, [pay])
        assert not access.may_change_campaign(actor, made)
    for actor in (of_team, AnonymousUser(), None, alice):
        assert not access.visible_campaigns(actor).exists()
