"""``/campaigns/new/`` and what is done with one: changed, ended, discarded."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from dashboard import access
from dashboard.pages.campaigns.campaign import campaign_of
from dashboard.pages.campaigns.forms import CampaignForm, Change, Discard, End, Make
from dashboard.pages.change import UNREADABLE
from dashboard.pages.compared import today
from dashboard.pages.frame import Step as Link
from scorecards.campaigns.progress import Step
from scorecards.campaigns.steps import step
from scorecards.models import Campaign


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """The form that makes one."""
    if not access.may_make_campaign(request.user):
        raise PermissionDenied
    return _respond(request, None, [Make], "New campaign")


@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, slug: str) -> HttpResponse:
    """The forms that change, end or discard one."""
    campaign = campaign_of(request, slug)
    if not access.may_change_campaign(request.user, campaign):
        raise PermissionDenied
    kinds: dict[Step, list[type[CampaignForm]]] = {
        Step.DRAFT: [Change, Discard],
        Step.SCHEDULED: [Change, Discard],
        Step.RUNNING: [Change, End],
    }
    return _respond(request, campaign, kinds.get(step(campaign, today()), []), campaign.name)


def _respond(
    request: HttpRequest, campaign: Campaign | None, kinds: list[type[CampaignForm]], heading: str
) -> HttpResponse:
    """Show the forms of ``kinds``, or do what was sent, or show why not: it may have begun or ended meanwhile.

    Raises:
        PermissionDenied: for something that is never done here.
    """
    if request.method == "POST":
        known: list[type[CampaignForm]] = [Make] if campaign is None else [Change, End, Discard]
        sent = next((kind for kind in known if kind.action == request.POST.get("action")), None)
        if sent is None:
            raise PermissionDenied
        form = sent(request, campaign, request.POST)
        done = form.attempt()
        if done is not None:
            return _done(request, form, done)
        shown = kinds if sent in kinds else [sent, *kinds]
        forms = [form if kind is sent else kind(request, campaign) for kind in shown]
    else:
        forms = [kind(request, campaign) for kind in kinds]
    trail = [Link("Adoption", reverse("adoption")), Link("Campaigns", reverse("campaigns"))]
    if campaign is not None:
        trail.append(Link(campaign.name, reverse("campaign", args=[campaign.slug])))
    context = {"heading": heading, "forms": forms, "trail": trail, "campaign": campaign}
    return render(request, "pages/campaign_form.html", context, status=UNREADABLE if request.method == "POST" else 200)


def _done(request: HttpRequest, form: CampaignForm, campaign: Campaign) -> HttpResponse:
    said = {"make": "is made", "change": "is changed", "end": "has ended", "discard": "is discarded"}
    messages.success(request, f"The campaign {campaign.name} {said[form.action]}.", "good")
    if form.action == Discard.action:
        return redirect("campaigns")
    return redirect("campaign", slug=campaign.slug)
