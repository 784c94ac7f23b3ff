"""The forms that make, change, end and discard a campaign."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from dashboard import access
from dashboard.models import Membership
from dashboard.pages.act_form import ActForm
from dashboard.pages.change import A_YEAR, Day
from dashboard.pages.compared import today
from ingest.models import Team
from ingest.models.catalogue import UNASSIGNED, Tier
from scorecards.adoption.settings import capabilities
from scorecards.campaigns import steps
from scorecards.campaigns.progress import Step
from scorecards.campaigns.terms import LONGEST_BRIEF, LONGEST_NOTE, CampaignRefused, Terms
from scorecards.models import Campaign
from scorecards.scans.in_force import in_force

YEARS = A_YEAR * 2
FIRST_DAYS = 90
STAYS = ("capability", "controls", "teams", "tiers", "starts_on")  # once it has begun


class Teams(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Teams by their slug."""

    widget = forms.SelectMultiple(attrs={"size": 8})

    def __init__(self, **options: Any) -> None:
        super().__init__(Team.objects.none(), to_field_name="slug", **options)

    def clean(self, value: Any) -> Any:
        # PostgreSQL takes no NUL in a text.
        return super().clean([str(one).replace("\0", "\ufffd") for one in value or ()])


class CampaignForm(ActForm[Campaign]):
    """One thing that is done with a campaign, or ``None`` where it is to be made."""

    refusals = (CampaignRefused,)

    def __init__(self, request: HttpRequest, campaign: Campaign | None, data: Mapping[str, Any] | None = None) -> None:
        self.campaign = campaign
        super().__init__(request, data)

    def held(self) -> Campaign:
        if self.campaign is None:
            raise TypeError("there is no campaign yet")
        return self.campaign


class Say(CampaignForm):
    """What a campaign says. Staff may ask all; a lead the services of teams that they lead."""

    name = forms.CharField(label="Name", max_length=200)
    brief = forms.CharField(
        label="Brief",
        help_text="Why, and how to go about it. Markdown: lists, links, **strong**, `code`.",
        required=False,
        max_length=LONGEST_BRIEF,
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    capability = forms.ChoiceField(label="Capability to use", required=False)
    controls = forms.MultipleChoiceField(
        label="Or controls to meet", required=False, widget=forms.SelectMultiple(attrs={"size": 10})
    )
    teams = Teams(label="Teams", required=False)
    tiers = forms.MultipleChoiceField(
        label="Tiers",
        help_text="None: of all tiers.",
        required=False,
        choices=Tier.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    target = forms.IntegerField(
        label="Reached at", help_text="Percent of the services that it asks.", min_value=1, max_value=100
    )
    owner = forms.ModelChoiceField(User.objects.none(), label="Owner", to_field_name="username", required=False)
    starts_on = Day(
        label="First day", help_text="Empty: a draft that only those see who may change it.", required=False
    )
    deadline = Day(label="Last day", ahead=YEARS)

    def __init__(self, request: HttpRequest, campaign: Campaign | None, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(request, campaign, data)
        everybody = access.may_operate(request.user)
        self._set("capability", choices=[("", "—"), *((one.id, one.title) for one in capabilities() if one.used_by)])
        self._set("controls", choices=_controls())
        self._set("teams", queryset=_teams(request, campaign))
        self._set("owner", queryset=_owners(request, campaign))
        self.fields["teams"].help_text = "None: of all teams." if everybody else "Those that you lead."
        self.fields["teams"].required = not everybody
        if campaign is not None and steps.step(campaign, today()) in (Step.RUNNING, Step.ENDED):
            for name in STAYS:
                del self.fields[name]

    def _set(self, name: str, **values: Any) -> None:
        for key, value in values.items():
            setattr(self.fields[name], key, value)

    def terms(self) -> Terms:
        kept = {} if self.campaign is None else _said(self.campaign)
        return Terms(**(kept | self.cleaned_data))

    def act(self) -> Campaign:
        terms = self.terms()
        if not access.may_ask(self.by, terms.teams):
            raise CampaignRefused("Choose among the teams that you lead.", "teams")
        return self.say(terms)

    def say(self, terms: Terms) -> Campaign:
        raise NotImplementedError


class Make(Say):
    action, title, button = "make", "What it asks", "Make it"
    says = "Once it has begun, what it asks of whom stays as it is; name, brief, target, owner and last day can change."

    def start(self) -> dict[str, Any]:
        day, asked = today(), self.request.GET
        return {
            "capability": asked.get("capability", ""),
            "controls": asked.getlist("control"),
            "target": 100,
            "owner": self.request.user,
            "starts_on": day,
            "deadline": day + timedelta(days=FIRST_DAYS),
        }

    def say(self, terms: Terms) -> Campaign:
        return steps.make(terms, by=self.by, at=timezone.now())


class Change(Say):
    action, title, button = "change", "Change it", "Change it"
    says = "Once it has begun, what it asks of whom stays as it is."

    def start(self) -> dict[str, Any]:
        told = self.held()
        return {
            "name": told.name,
            "brief": told.brief,
            "capability": told.capability,
            "controls": told.controls,
            "teams": list(Team.objects.filter(campaigns__campaign=told).values_list("slug", flat=True)),
            "tiers": told.tiers,
            "target": told.target,
            "owner": told.owner,
            "starts_on": told.starts_on,
            "deadline": told.deadline,
        }

    def say(self, terms: Terms) -> Campaign:
        return steps.change(self.held(), terms, at=timezone.now())


class End(CampaignForm):
    action, title, button, danger = "end", "End it now", "End it", True
    says = "It ends as it stands; how far it came is kept. This can't be taken back."
    note = forms.CharField(
        label="Why", required=False, max_length=LONGEST_NOTE, widget=forms.Textarea(attrs={"rows": 3})
    )

    def act(self) -> Campaign:
        return steps.end(self.held(), by=self.by, at=timezone.now(), note=self.cleaned_data["note"])


class Discard(CampaignForm):
    action, title, button, danger = "discard", "Discard it", "Discard it", True
    says = "It has not begun, so nothing is kept of it."

    def act(self) -> Campaign:
        held = self.held()
        steps.discard(held, at=timezone.now())
        return held


def _said(campaign: Campaign) -> dict[str, Any]:
    """What a campaign asks of whom since when."""
    teams = list(Team.objects.filter(campaigns__campaign=campaign))
    return {name: getattr(campaign, name) for name in STAYS if name != "teams"} | {"teams": teams}


def _controls() -> Sequence[tuple[str, Sequence[tuple[str, str]]]]:
    """The controls of the standards in force, by section."""
    return [
        (f"{standard.code} {section.id} {section.title}", told)
        for standard in in_force(today()).standards
        for section in standard.sections
        if (told := [(one.id, f"{one.id} {one.title}") for one in standard.controls if one.section == section.id])
    ]


def _teams(request: HttpRequest, campaign: Campaign | None) -> QuerySet[Team]:
    """Whom it may ask: teams that are in use; and those that it asks, for without them it might ask all."""
    led = access.led_teams(request.user).exclude(slug=UNASSIGNED)
    kept = campaign.scope.values("team") if campaign else []
    return led.filter(Q(retired_on=None) | Q(pk__in=kept))


def _owners(request: HttpRequest, campaign: Campaign | None) -> QuerySet[User]:
    """Who may own it: for staff everybody who can sign in, for a lead those of their teams; and who owns it."""
    people = User.objects.filter(is_active=True)
    if not access.may_operate(request.user):
        members = Membership.objects.filter(team__in=access.led_teams(request.user)).values("user")
        people = people.filter(pk__in=members)
    kept = campaign.owner_id if campaign else None
    return User.objects.filter(Q(pk__in=people.values("pk")) | Q(pk=kept)).order_by("username")
