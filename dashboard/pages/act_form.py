"""The form for one thing that a person does: a page shows it, and ``attempt`` does it or says what is to mend."""

from collections.abc import Mapping
from typing import Any, ClassVar, Generic, TypeVar

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

Done = TypeVar("Done")


class ActForm(forms.Form, Generic[Done]):
    """``danger``: it takes something away. ``refusals``: what ``act`` raises where it makes no sense; a refusal with a
    ``field`` stands beside that one."""

    action: ClassVar[str]
    title: ClassVar[str]
    says: ClassVar[str] = ""
    button: ClassVar[str]
    danger: ClassVar[bool] = False
    refusals: ClassVar[tuple[type[Exception], ...]]
    do_not_call_in_templates = True  # a list of them is one of classes

    def __init__(self, request: HttpRequest, data: Mapping[str, Any] | None = None) -> None:
        self.request = request
        super().__init__(data, initial=self.start(), auto_id=f"{self.action}-%s", label_suffix="")

    def start(self) -> dict[str, Any]:
        """What the fields hold before anybody typed."""
        return {}

    @property
    def question(self) -> str:
        """What is to be confirmed before ``act`` may run; empty for nothing. Asked of a valid form only."""
        return ""

    @property
    def by(self) -> User:
        """Who does it. Raises: PermissionDenied for nobody."""
        if not isinstance(self.request.user, User):
            raise PermissionDenied
        return self.request.user

    def attempt(self) -> Done | None:
        """Do it: what came of it; or ``None`` where something is to mend, which stands in the errors, or to confirm."""
        if not self.is_valid() or self.question:
            return None
        try:
            return self.act()
        except self.refusals as refused:
            field = getattr(refused, "field", "")
            self.add_error(field if field in self.fields else None, str(refused))
            return None

    def act(self) -> Done:
        """Do it. Raises one of ``refusals``."""
        raise NotImplementedError
