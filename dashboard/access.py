"""Who may see and do what: asked by every page and endpoint. What is not granted here is denied."""

from collections.abc import Callable, Collection

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.db.models import BigIntegerField, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.cache import patch_cache_control

from dashboard.models import ApiToken, ChatChannel, Membership, Subscription
from ingest.models import Ownership, Service, Team
from ingest.models.catalogue import UNASSIGNED
from ingest.window import DAY, midnight
from scorecards.models import BudgetExemption, Campaign, CampaignTeam, FreezeWindow, Waiver

Actor = AbstractBaseUser | AnonymousUser | ApiToken | None


def visible_services(actor: Actor) -> QuerySet[Service]:
    """The services that the actor may see, retired ones too: all; or its team's, for a token of a team."""
    team_id = _team_of(actor)
    if not reads(actor):
        return Service.objects.none()
    return Service.objects.all() if team_id is None else owned_by(team_id)


def listed_services(actor: Actor) -> QuerySet[Service]:
    """The services whose rows are listed to the actor: of a team's token those that it may see and that are not noted
    as another team's (``ingest.catalogue.owners.settle``): by that note it is told of what leaves it."""
    found, team_id = visible_services(actor), _team_of(actor)
    return found if team_id is None else found.filter(Q(owner=team_id) | Q(owner=None))


def visible_teams(actor: Actor) -> QuerySet[Team]:
    """The teams that the actor may see: all; or its own, for a token of a team."""
    team_id = _team_of(actor)
    if not reads(actor):
        return Team.objects.none()
    return Team.objects.all() if team_id is None else Team.objects.filter(pk=team_id)


def may_see_organisation(actor: Actor) -> bool:
    """Figures of the whole organisation, and lists that no team owns."""
    return reads(actor) and _team_of(actor) is None


def may_ingest(actor: Actor) -> bool:
    """Send native events. Only tokens do: a person's browser session does not.

    A token of a team may speak of that team's services and of those that nobody owns: ``dashboard.api.speakers``.
    """
    return isinstance(actor, ApiToken) and actor.ingests and actor.usable(timezone.now())


def may_edit_catalogue(actor: Actor, service: Service | None = None) -> bool:
    """Change a service's entry: staff, a lead of the team that owns it today, or an admin token that sees it.

    Without a service (teams, the catalogue as a whole): staff, or an admin token of the organisation.
    """
    if may_operate(actor):
        return True
    if service is None or not reads(actor):
        return False
    owned = Service.objects.filter(pk=service.pk).alias(owner_team=owner())
    if isinstance(actor, ApiToken):
        return actor.administers and owned.filter(owner_team=actor.team_id).exists()
    return isinstance(actor, User) and owned.filter(owner_team__in=_led_by(actor)).exists()


def may_correct(actor: Actor, service: Service) -> bool:
    """Say something of a fact of the service over its sources, or take it back: a person who may change the service's
    entry. A token has no person behind it."""
    return isinstance(actor, User) and may_edit_catalogue(actor, service)


def may_define(actor: Actor, team: Team | None) -> bool:
    """Say what counts: staff; for a team also its leads. A token has no person behind it."""
    if not isinstance(actor, User) or not actor.is_active:
        return False
    return may_operate(actor) or (team is not None and team.pk in _led_by(actor))


def may_operate(actor: Actor) -> bool:
    """Replay deliveries, add and rotate sources: staff, or an admin token of the organisation."""
    if isinstance(actor, ApiToken):
        return actor.administers and may_see_organisation(actor)
    return isinstance(actor, User) and actor.is_active and (actor.is_staff or actor.is_superuser)


def may_manage_tokens(actor: Actor) -> bool:
    """See, make and revoke API tokens: staff, and leads for their teams. A token makes no token."""
    return led_teams(actor).exists() or (isinstance(actor, User) and may_operate(actor))


def visible_tokens(actor: Actor) -> QuerySet[ApiToken]:
    """The tokens that the actor may see and revoke: all for staff, else those of the teams that they lead."""
    if isinstance(actor, User) and may_operate(actor):
        return ApiToken.objects.all()
    return ApiToken.objects.filter(team__in=led_teams(actor))


def may_make_token(actor: Actor, scope: str, team: Team | None) -> bool:
    """Staff any; a lead one that reads, of a team that they lead."""
    if isinstance(actor, User) and may_operate(actor):
        return True
    return scope == ApiToken.Scope.READ and team is not None and led_teams(actor).filter(pk=team.pk).exists()


def may_add_address(actor: Actor, team: Team | None) -> bool:
    """Have a team's reports, or without one the organisation's, go to an address outside: as ``may_define``."""
    return may_define(actor, team)


def visible_addresses(actor: Actor) -> QuerySet[Subscription]:
    """The subscriptions of addresses outside that the actor may see, change and end: all for staff, else those of teams
    that they lead."""
    found = Subscription.objects.filter(user=None)
    if isinstance(actor, User) and may_operate(actor):
        return found
    return found.filter(team__in=led_teams(actor))


def may_manage_chats(actor: Actor) -> bool:
    """See, add, try and remove channels of chats: staff, and leads for their teams. A token has no person behind it."""
    return led_teams(actor).exists() or (isinstance(actor, User) and may_operate(actor))


def visible_chats(actor: Actor) -> QuerySet[ChatChannel]:
    """The channels that the actor may see and change: all for staff, else those of the teams that they lead."""
    if isinstance(actor, User) and may_operate(actor):
        return ChatChannel.objects.all()
    return ChatChannel.objects.filter(team__in=led_teams(actor))


def may_tell_chat(actor: Actor, team: Team | None) -> bool:
    """Whether the actor may have a channel told of a team, or without one of the organisation: as ``may_define``."""
    return may_define(actor, team)


def may_request_waiver(actor: Actor, service: Service) -> bool:
    """Ask for a waiver: staff, or a member of the team that owns the service today. A token has no person behind it."""
    if not isinstance(actor, User) or not actor.is_active:
        return False
    if actor.is_staff or actor.is_superuser:
        return True
    teams = Membership.objects.filter(user=actor).values("team_id")
    return Service.objects.filter(pk=service.pk).alias(owner_team=owner()).filter(owner_team__in=teams).exists()


def may_decide_waiver(actor: Actor, waiver: Waiver) -> bool:
    """Approve or deny: staff, and never who asked for it."""
    return isinstance(actor, User) and may_operate(actor) and actor.pk != waiver.requested_by_id


def may_revoke_waiver(actor: Actor, waiver: Waiver) -> bool:
    """End a waiver: staff, or who asked for it."""
    return isinstance(actor, User) and actor.is_active and (may_operate(actor) or actor.pk == waiver.requested_by_id)


def may_freeze(actor: Actor, service: Service | None = None, team: Team | None = None) -> bool:
    """Set or cancel a freeze window: staff; a lead for the team, or for a service that the team owns today."""
    if not isinstance(actor, User) or not actor.is_active:
        return False
    if may_operate(actor):
        return True
    led = _led_by(actor)
    if service is not None:
        return Service.objects.filter(pk=service.pk).alias(owner_team=owner()).filter(owner_team__in=led).exists()
    return team is not None and team.pk in led


def led_teams(actor: Actor) -> QuerySet[Team]:
    """The teams that the actor may set a freeze window for: all for staff, else those that they lead."""
    if not isinstance(actor, User) or not actor.is_active:
        return Team.objects.none()
    return Team.objects.all() if may_operate(actor) else Team.objects.filter(pk__in=_led_by(actor))


def freezable(actor: Actor, windows: Collection[FreezeWindow]) -> set[int]:
    """The ids of those of ``windows`` that ``may_freeze`` lets the actor cancel; few queries whatever their number."""
    if isinstance(actor, User) and may_operate(actor):
        return {window.pk for window in windows}
    led = set(led_teams(actor).values_list("pk", flat=True))
    asked = {window.service_id for window in windows if window.service_id is not None}
    owned = Service.objects.filter(pk__in=asked).alias(owner_team=owner()).filter(owner_team__in=led)
    services = set(owned.values_list("pk", flat=True)) if led else set()
    return {window.pk for window in windows if window.service_id in services or window.team_id in led}


def may_set_gate(actor: Actor) -> bool:
    """Say how the gate answers: staff. A token has no person behind it."""
    return isinstance(actor, User) and may_operate(actor)


def may_request_exemption(actor: Actor, service: Service) -> bool:
    """Ask that a service may be deployed although its error budget says no: as ``may_request_waiver``."""
    return may_request_waiver(actor, service)


def may_decide_exemption(actor: Actor, exemption: BudgetExemption) -> bool:
    """Approve or deny: staff, and never who asked for it."""
    return isinstance(actor, User) and may_operate(actor) and actor.pk != exemption.requested_by_id


def may_revoke_exemption(actor: Actor, exemption: BudgetExemption) -> bool:
    """End an exemption, or take the request back: staff, or who asked for it."""
    return isinstance(actor, User) and actor.is_active and (may_operate(actor) or actor.pk == exemption.requested_by_id)


def visible_campaigns(actor: Actor) -> QuerySet[Campaign]:
    """The campaigns that the actor may see: all; of drafts, those that it may change."""
    if not may_see_organisation(actor):
        return Campaign.objects.none()
    if isinstance(actor, User) and may_operate(actor):
        return Campaign.objects.all()
    return Campaign.objects.filter(~Q(starts_on=None) | Q(pk__in=_led_campaigns(actor)))


def may_make_campaign(actor: Actor) -> bool:
    """Ask something of services: staff of all, a lead of those of the teams that they lead."""
    return isinstance(actor, User) and (may_operate(actor) or led_teams(actor).exists())


def may_ask(actor: Actor, teams: Collection[Team]) -> bool:
    """Whether the actor may ask the services of these teams (none: of all) for something."""
    if not may_make_campaign(actor):
        return False
    led = set(led_teams(actor).values_list("pk", flat=True))
    return may_operate(actor) or (bool(teams) and {team.pk for team in teams} <= led)


def may_change_campaign(actor: Actor, campaign: Campaign) -> bool:
    """Change, end or discard it: staff, or a lead of all the teams that it asks."""
    if not may_make_campaign(actor):
        return False
    return may_operate(actor) or _led_campaigns(actor).filter(pk=campaign.pk).exists()


def _led_campaigns(actor: Actor) -> QuerySet[Campaign]:
    """Those that ask teams that the actor leads, and no others."""
    asked = CampaignTeam.objects.filter(campaign=OuterRef("pk"))
    led = led_teams(actor).values("pk")
    return Campaign.objects.filter(Exists(asked.filter(team__in=led)), ~Exists(asked.exclude(team__in=led)))


def owned_by(team_id: int) -> QuerySet[Service]:
    """The services that the team owns today."""
    return Service.objects.alias(owner_team=owner()).filter(owner_team=team_id)


def owner() -> Coalesce:
    """An expression over services: the id of the team that owns each today.

    The last statement by (at, key) up to today; else the first, which reaches into the past; else the first hint; and
    ``unassigned`` where nothing was said at all. Definition: metrics.md, "Ownership".
    """
    said = Ownership.objects.filter(service=OuterRef("pk"))
    firm = said.exclude(basis=Ownership.Basis.HINT)
    today = timezone.localdate(timezone=settings.ORGANISATION_ZONE)
    tomorrow_starts_at = midnight(today + DAY, settings.ORGANISATION_ZONE)
    return Coalesce(
        _team(firm.filter(at__lt=tomorrow_starts_at).order_by("-at", "-key", "-id")),
        _team(firm.order_by("at", "key", "id")),
        _team(said.order_by("at", "key", "id")),
        Subquery(Team.objects.filter(slug=UNASSIGNED).values("pk")[:1]),
        output_field=BigIntegerField(),
    )


def _team(statements: QuerySet[Ownership]) -> Subquery:
    return Subquery(statements.values("team")[:1])


def _led_by(user: User) -> list[int]:
    led = Membership.objects.filter(user=user, role=Membership.Role.LEAD)
    return list(led.values_list("team_id", flat=True))


def reads(actor: Actor) -> bool:
    """A person who is signed in, or a token that may read."""
    if isinstance(actor, ApiToken):
        return actor.reads and actor.usable(timezone.now())
    return isinstance(actor, AbstractBaseUser) and actor.is_active and actor.is_authenticated


def _team_of(actor: Actor) -> int | None:
    return actor.team_id if isinstance(actor, ApiToken) else None


class NoStoreMiddleware:
    """Keeps what signed-in people and tokens were shown out of every cache.

    It looks at the request's headers alone, so that no answer costs a look at the session.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        personal = settings.SESSION_COOKIE_NAME in request.COOKIES or "Authorization" in request.headers
        if personal and "Cache-Control" not in response.headers:
            patch_cache_control(response, no_store=True)
        return response
