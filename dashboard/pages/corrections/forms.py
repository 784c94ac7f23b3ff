"""The forms that correct a deployment or an incident; each says one thing, with the reason."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from dashboard import access, formats
from dashboard.pages.change import ChangeForm, Done
from dashboard.pages.corrections.said import Fact, href_of, name_of
from ingest.correct import MAX_NAME, MAX_REASON, correct
from ingest.models import Corrects, Deployment, Incident
from ingest.models.facts import DeploymentKind, Severity

NEAR = timedelta(days=14)
MAX_CHOICES = 200
NONE = "none"


class CorrectionForm(ChangeForm):
    """One thing said of ``row``, a fact. ``what``: about what."""

    what: Corrects
    reason = forms.CharField(
        label="Why", max_length=MAX_REASON, widget=forms.Textarea(attrs={"rows": 2}), help_text="Others will read it."
    )
    field_order: tuple[str, ...] = ("value", "reason")

    def said(self) -> Any:
        """What is said, as it is kept."""
        return self.cleaned_data["value"]

    def act(self) -> Done:
        by, now = self.request.user.get_username(), timezone.now()
        correct(self.row, self.what, self.said(), reason=self.cleaned_data["reason"], by=by, at=now)
        return Done("Noted, and it can be undone.", f"{href_of(self.row)}#corrections")


class Exclude(CorrectionForm):
    action, title, button, what = "exclude", "Exclude", "Exclude", Corrects.EXCLUDED
    says = "It stays here to be looked at, and counts in no figure."

    def said(self) -> bool:
        return True


class Kind(CorrectionForm):
    action, title, button, what = "kind", "Kind", "Say so", Corrects.KIND
    says = "A rollback fails the deployment that it takes back; rollbacks and hotfixes are rework."
    value = forms.ChoiceField(label="It is a", choices=[(kind, kind) for kind in DeploymentKind.values])

    def start(self) -> dict[str, Any]:
        return {"value": self.row.kind}


class Failed(CorrectionForm):
    action, title, button, what = "failed", "Failure", "Say so", Corrects.FAILED
    says = "It holds over every rule: linked incidents stay linked, whatever it says."
    value = forms.ChoiceField(label="It was", choices=[("no", "no failure"), ("yes", "a failure that no rule finds")])

    def said(self) -> bool:
        return bool(self.cleaned_data["value"] == "yes")


class Environment(CorrectionForm):
    action, title, button, what = "environment", "Environment", "Move", Corrects.ENVIRONMENT
    says = "Where it really was. A name that is new is made, with the class that the name tells."
    value = forms.CharField(label="Environment", max_length=MAX_NAME)

    def start(self) -> dict[str, Any]:
        held = self.row.environment
        return {"value": held.name if held else ""}

    def said(self) -> str:
        return str(self.cleaned_data["value"]).strip()


class SeverityForm(CorrectionForm):
    action, title, button, what = "severity", "Severity", "Say so", Corrects.SEVERITY
    says = "It decides how soon the incident had to be acknowledged."
    value = forms.ChoiceField(label="Severity", choices=[(one, one) for one in Severity.values])

    def start(self) -> dict[str, Any]:
        return {"value": self.row.severity or "sev3"}


class Cause(CorrectionForm):
    """Links an incident to a deployment, or says that none caused it."""

    action, title, button, what = "cause", "Cause", "Link", Corrects.CAUSE
    says = "The deployment that caused it then counts as failed. It holds when the source tells of the incident again."
    value = forms.ChoiceField(label="Caused by")

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        near = [(str(one.pk), _deployment_text(one)) for one in deployments_near(self.request.user, self.row)]
        self.fields["value"].choices = [(NONE, "no deployment"), *near]  # type: ignore[attr-defined]

    def said(self) -> int | None:
        told = self.cleaned_data["value"]
        return None if told == NONE else int(told)


class Same(CorrectionForm):
    """Joins two reports of one thing."""

    action, title, button, what = "same", "The same as another", "Join", Corrects.DUPLICATE_OF
    says = "Two sources told of one thing. It then counts once, with what both say."
    value = forms.ChoiceField(label="It is the same as")

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        found = reports_near(self.request.user, self.row)
        near = [(str(one.pk), _text(one)) for one in found]
        self.fields["value"].choices = [("", "Choose one"), *near]  # type: ignore[attr-defined]

    def said(self) -> int:
        return int(self.cleaned_data["value"])


class Apart(CorrectionForm):
    """Takes a report that its names joined to another one for a thing of its own."""

    action, title, button, what = "apart", "No duplicate", "Take apart", Corrects.DUPLICATE_OF
    says = "Its source names it as another one does. Say so if they are two things."

    def said(self) -> None:
        return None


def kinds(fact: Fact) -> list[type[CorrectionForm]]:
    """What may be said of a fact as it stands."""
    if fact.duplicate_of_id is not None:
        return [Apart]
    if isinstance(fact, Deployment):
        return [Failed, Kind, Environment, Same, Exclude]
    return [Cause, SeverityForm, Environment, Same, Exclude]


# ---------------------------------------------------------------- what there is to choose from


def deployments_near(user: Any, incident: Incident) -> list[Deployment]:
    """Succeeded deployments that finished in the two weeks before the incident opened, its own service's first."""
    opened_at = incident.opened_at or incident.updated_at
    found = Deployment.objects.filter(
        service__in=access.visible_services(user),
        duplicate_of=None,
        finished_at__gt=opened_at - NEAR,
        finished_at__lte=opened_at,
    )
    own = found.filter(service=incident.service).order_by("-finished_at")[:MAX_CHOICES]
    others = found.exclude(service=incident.service).order_by("-finished_at")[:MAX_CHOICES]
    ids = [*own.values_list("pk", flat=True), *others.values_list("pk", flat=True)][:MAX_CHOICES]
    order = {pk: place for place, pk in enumerate(ids)}
    rows = Deployment.objects.filter(pk__in=ids).select_related("service", "environment")
    return sorted(rows, key=lambda row: order[row.pk])


def reports_near(user: Any, fact: Fact) -> list[Fact]:
    """Other reports of the same day, of any source, those of the same service first."""
    model, name = type(fact), "started_at" if isinstance(fact, Deployment) else "opened_at"
    at: datetime = getattr(fact, name) or fact.updated_at
    day = timedelta(days=1)
    found: QuerySet[Any] = model._default_manager.filter(
        Q(**{f"{name}__gte": at - day}) & Q(**{f"{name}__lte": at + day}),
        service__in=access.visible_services(user),
        duplicate_of=None,
    ).exclude(pk=fact.pk)
    rows = list(found.select_related("service", "source").order_by(f"-{name}")[:MAX_CHOICES])
    return sorted(rows, key=lambda row: (row.service_id != fact.service_id, row.source_id == fact.source_id,
                                         abs(getattr(row, name) - at)))  # fmt: skip


def _deployment_text(one: Deployment) -> str:
    finished = _moment(one.finished_at)
    return f"{one.service.name} {name_of(one)} in {one.environment.name}, {finished}"


def _text(one: Fact) -> str:
    at = one.started_at if isinstance(one, Deployment) else one.opened_at
    return f"{one.service.name}: {name_of(one)}, from {one.source.name}, {_moment(at)}"


def _moment(at: datetime | None) -> str:
    return formats.absolute(at, settings.ORGANISATION_ZONE) if at else "at a time that is not told"
