"""What the pages that change the catalogue share: small forms, each for one change, and the way of one through.

A form is shown to those who may send it, and nothing is changed but by POST. What was refused stands beside the form,
with what was typed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from dashboard.filters import EARLIEST
from dashboard.pages.act_form import ActForm
from dashboard.pages.compared import today
from ingest.catalogue.manage import CatalogueRefused
from ingest.catalogue.names import MAX_SLUG
from ingest.correct import CorrectionRefused
from ingest.models import Deployment, Incident, Service, Team

Row = Service | Team | Deployment | Incident
UNREADABLE = 422
A_YEAR = 366
FOLLOWS = "Figures follow in a moment."


@dataclass(frozen=True, slots=True)
class Done:
    """What a change came to, in a sentence, and where to see it."""

    text: str
    href: str


class ChangeForm(ActForm[Done]):
    """One change of one row."""

    refusals = (CatalogueRefused, CorrectionRefused)

    def __init__(self, request: HttpRequest, row: Any, data: Mapping[str, Any] | None = None) -> None:
        self.row = row
        super().__init__(request, data)


class Choice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """One of the rows that the reader may see, by its slug."""

    def __init__(self, **options: Any) -> None:
        super().__init__(None, to_field_name="slug", **options)

    def label_from_instance(self, obj: Model) -> str:
        name, slug = getattr(obj, "name", ""), getattr(obj, "slug", "")
        return name if name.casefold() == slug.replace("-", " ") else f"{name} ({slug})"

    def to_python(self, value: Any) -> Model | None:
        # PostgreSQL takes no NUL in a text.
        return super().to_python(value.replace("\0", "\ufffd") if isinstance(value, str) else value)


class Day(forms.DateField):
    """A day of the organisation's zone, within reach: from 2000 on, and at most ``ahead`` days from today."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    default_error_messages = {"invalid": "Write the day like 2026-03-02."}

    def __init__(self, ahead: int = A_YEAR, **options: Any) -> None:
        years = "a year" if ahead <= A_YEAR else f"{ahead // A_YEAR} years"
        late = f"Choose a day within {years} from today." if ahead else "Choose today or a day before."
        reach = [
            MinValueValidator(EARLIEST, "Choose a day from 2000 on."),
            MaxValueValidator(lambda: today() + timedelta(days=ahead), late),
        ]
        super().__init__(input_formats=["%Y-%m-%d"], validators=reach, **options)


class Renaming(ChangeForm):
    """Another name to show, another address."""

    action, title, button = "rename", "Name and address", "Rename"
    says = "Events may go on with the old name: it stays known."
    name = forms.CharField(label="Name", max_length=200)
    to = forms.CharField(label="Address", max_length=MAX_SLUG, help_text="The last part of the page's address.")

    def start(self) -> dict[str, Any]:
        return {"name": self.row.name, "to": self.row.slug}

    def news(self) -> dict[str, Any]:
        """What ``manage`` is told; a name that stays is not stated anew."""
        name = self.cleaned_data["name"]
        return {"to": self.cleaned_data["to"], "at": timezone.now(), "name": name if name != self.row.name else ""}


class Retiring(ChangeForm):
    """Out of use from a day on, today at the latest."""

    action, title, button, danger = "retire", "Retire", "Retire", True
    on = Day(label="From", ahead=0)  # what is retired leaves the lists at once

    def start(self) -> dict[str, Any]:
        return {"on": today()}


class Restoring(ChangeForm):
    """Back into use."""

    action, title, button = "restore", "Take back into use", "Take back"


class Merging(ChangeForm):
    """Two rows that are one. ``into``: which of ``others``."""

    action, danger = "merge", True
    button = "Merge"

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.fields["into"].queryset = self.others()  # type: ignore[attr-defined]

    def others(self) -> QuerySet[Any]:
        raise NotImplementedError

    @property
    def question(self) -> str:
        if not self.is_bound or self.errors or self.data.get("confirm") == "1":
            return ""
        return f"{self.moves()} move to {self.cleaned_data['into'].name}. This can't be taken back."

    def moves(self) -> str:
        """What would move, counted."""
        raise NotImplementedError


def moment_of(day: date) -> datetime:
    """The present time of day on ``day``: of two things said for one day, the later holds."""
    now = timezone.localtime(timezone=settings.ORGANISATION_ZONE)
    return datetime.combine(day, now.time(), settings.ORGANISATION_ZONE)


def respond(
    request: HttpRequest,
    row: Row,
    kinds: Sequence[type[ChangeForm]],
    show: Callable[[Sequence[ChangeForm], int], HttpResponse],
) -> HttpResponse:
    """Show the forms of ``kinds``; or make the change that was sent, or show why not.

    Raises:
        PermissionDenied: for a change that is not among ``kinds``.
    """
    if request.method != "POST":
        return show([kind(request, row) for kind in kinds], 200)
    sent = next((kind for kind in kinds if kind.action == request.POST.get("action")), None)
    if sent is None:
        raise PermissionDenied
    form = sent(request, row, request.POST)
    done = form.attempt()
    if done is None:
        others = [form if kind is sent else kind(request, row) for kind in kinds]
        return show(others, UNREADABLE if form.errors else 200)
    messages.success(request, f"{done.text} {FOLLOWS}", "good")
    return redirect(done.href)
