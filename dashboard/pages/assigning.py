"""Give services that nobody owns to a team, several at once, also to a team that this makes."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from dashboard import access, formats
from ingest.catalogue.manage import CatalogueRefused, assign_service, create_team
from ingest.models import Service, Team
from ingest.models.catalogue import UNASSIGNED

NEW = "+"  # no slug holds it


class Ticked(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Services by slug."""

    def clean(self, value: Any) -> Any:
        # PostgreSQL takes no NUL in a text.
        return super().clean([text.replace("\0", "\ufffd") for text in value or ()])


class AssignForm(forms.Form):
    """Which services (``service``, several) go to which team (``team``), or to one called ``new_team``."""

    service = Ticked(
        queryset=None, to_field_name="slug", error_messages={"required": "Tick the services that it is about."}
    )
    team = forms.ChoiceField(required=False)
    new_team = forms.CharField(required=False, max_length=200)

    def __init__(self, request: HttpRequest, data: Any = None) -> None:
        super().__init__(data)
        self.request = request
        self.fields["service"].queryset = access.visible_services(request.user)  # type: ignore[attr-defined]
        self.teams = access.visible_teams(request.user).exclude(slug=UNASSIGNED).filter(retired_on=None)
        named = list(self.teams.values_list("slug", "name"))
        self.fields["team"].choices = [("", "Choose a team"), (NEW, "a new team …"), *named]  # type: ignore[attr-defined]

    def clean(self) -> None:
        if "team" not in self.cleaned_data or "new_team" not in self.cleaned_data:
            return
        team, name = self.cleaned_data["team"], self.cleaned_data["new_team"]
        if team in ("", NEW) and not name:
            raise forms.ValidationError("Name the new team." if team else "Choose a team, or name a new one.")
        if team not in ("", NEW) and name:
            raise forms.ValidationError("Choose a team or name a new one, not both.")

    def act(self) -> str | None:
        """Assign from now on; what was done in a sentence, or ``None`` where it was refused and ``errors`` say why.

        Raises:
            PermissionDenied: one of the services, or making a team, is not the reader's to decide.
        """
        if not self.is_valid():
            return None
        services = list(self.cleaned_data["service"])
        self._ask_leave(services)
        try:
            return self._assign(services)
        except CatalogueRefused as refused:
            self.add_error(None, str(refused))
            return None

    def _ask_leave(self, services: Iterable[Service]) -> None:
        user = self.request.user
        makes = bool(self.cleaned_data["new_team"])
        if makes and not access.may_edit_catalogue(user):
            raise PermissionDenied
        if not all(access.may_edit_catalogue(user, service) for service in services):
            raise PermissionDenied

    @transaction.atomic
    def _assign(self, services: list[Service]) -> str:
        team, now = self._team(), timezone.now()
        for service in services:
            assign_service(service, team, by=self.request.user.get_username(), at=now)
        if len(services) == 1:
            return f"{services[0].name} belongs to {team.name} from today on."
        return f"{formats.plural(len(services), 'service')} belong to {team.name} from today on."

    def _team(self) -> Team:
        name = self.cleaned_data["new_team"]
        return create_team(name) if name else self.teams.get(slug=self.cleaned_data["team"])
