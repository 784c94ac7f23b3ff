"""The organisation's own packs: a list, an editor, what publishing would change, and the facts for rules."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from dashboard import access, formats
from dashboard.pages.change import UNREADABLE
from dashboard.pages.figures import Status
from dashboard.pages.frame import Step
from dashboard.pages.pack_effects import effects_of
from scorecards.models import OwnPack
from scorecards.rules.facts import COLLECTIONS
from scorecards.rules.language.comparing import OPERATORS
from scorecards.scans.packs import Checked, PackRefused, publish, save_draft, validate, withdraw
from scorecards.standards.pack import MAX_CHARACTERS

State = OwnPack.State
STATUS = {
    State.PUBLISHED: Status("good", "in force"),
    State.DRAFT: Status("warn", "draft"),
    State.WITHDRAWN: Status("none", "withdrawn"),
}
SHOWN = 200
EXAMPLE = """\
code: own
version: 1.0.0
title: Our own controls
sections:
  - id: own-1
    chapter: Our own
    title: What we ask for besides the standard
    subsections:
      - title: Images
        level: REQUIRED
        controls:
          - id: OWN-1
            title: Base images come from our registry
            level: REQUIRED
            phase: Foundation
            weight: 3
            rule:
              for-each: stages
              applies-if: {fact: is_external, is: true}
              pass-if: {fact: registry, is: registry.example.com}
            pass: The stage begins from an image of our registry.
            fail: The stage begins from an image of another registry.
            why: Our images are patched every night.
            remediation: Begin from an image of registry.example.com.
"""


@dataclass(frozen=True, slots=True)
class Row:
    pack: OwnPack
    status: Status
    href: str
    at: datetime | None  # when it came into force, else when it was saved


def _operator(request: HttpRequest) -> User:
    """The person, who may operate. Raises: PermissionDenied."""
    if not isinstance(request.user, User) or not access.may_operate(request.user):
        raise PermissionDenied
    return request.user


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Every pack that was ever saved, what is in force first."""
    _operator(request)
    order = list(STATUS)
    found = sorted(OwnPack.objects.select_related("saved_by")[:SHOWN], key=lambda row: order.index(State(row.state)))
    rows = [
        Row(one, STATUS[State(one.state)], reverse("pack", args=[one.pk]), one.published_at or one.saved_at)
        for one in found
    ]
    return render(request, "pages/packs.html", {"rows": rows, "trail": _trail()[:1]})


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """The editor with an example in it."""
    person = _operator(request)
    if request.method == "POST":
        return _save(request, person, None)
    return _editor(request, None, EXAMPLE, validate(EXAMPLE))


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """A pack: a draft to go on with, or what was published, from which a new draft may begin."""
    person = _operator(request)
    pack = get_object_or_404(OwnPack, pk=pk)
    if request.method == "POST":
        return _save(request, person, pack)
    return _editor(request, pack, pack.text, validate(pack.text))


def _save(request: HttpRequest, person: User, pack: OwnPack | None) -> HttpResponse:
    """Keep the text as a draft; with ``then=preview``, and nothing to mend, go on to what it would change."""
    text = request.POST.get("text", "").replace("\r\n", "\n").replace("\0", "")[: MAX_CHARACTERS + 1]
    checked = validate(text)
    try:
        draft = save_draft(text, person)
    except PackRefused:
        return _editor(request, pack, text, checked, UNREADABLE)
    if checked.is_sound and request.POST.get("then") == "preview":
        return redirect("pack-preview", draft.pk)
    if checked.is_sound:
        messages.success(request, "The draft is saved, and nothing is to mend.", "good")
    else:
        count = formats.plural(len(checked.problems), "problem")
        messages.warning(request, f"The draft is saved, with {count} to mend before it can be published.")
    return redirect("pack", draft.pk)


def _editor(request: HttpRequest, pack: OwnPack | None, text: str, checked: Checked, status: int = 200) -> HttpResponse:
    context = {
        "pack": pack,
        "status": STATUS[State(pack.state)] if pack else Status("none", "not saved"),
        "text": text,
        "checked": checked,
        "lines": max(text.count("\n") + 2, 24),
        "trail": _trail(),
    }
    return render(request, "pages/packs_edit.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """What publishing would change; and the step itself."""
    person = _operator(request)
    pack = get_object_or_404(OwnPack, pk=pk, state=State.DRAFT)
    if request.method == "POST":
        try:
            publish(pack, person, timezone.now())
        except PackRefused as error:
            messages.error(request, str(error), "bad")
        else:
            messages.success(request, f"{pack.code} {pack.version} is in force. All repositories are due.", "good")
        return redirect("pack", pack.pk)
    checked = validate(pack.text)
    if checked.standard is None or checked.problems:
        return redirect("pack", pack.pk)
    context: dict[str, Any] = {"pack": pack, "trail": [*_trail(), Step(pack.code, reverse("pack", args=[pack.pk]))]}
    return render(request, "pages/packs_preview.html", context | effects_of(checked.standard))


@require_http_methods(["GET", "HEAD", "POST"])
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks whether a pack is to be withdrawn, and does it."""
    person = _operator(request)
    pack = get_object_or_404(OwnPack, pk=pk, state=State.PUBLISHED)
    if request.method == "POST":
        withdraw(pack, person, timezone.now())
        messages.success(request, f"{pack.code} {pack.version} is withdrawn.", "good")
        return redirect("packs")
    trail = [*_trail(), Step(pack.code, reverse("pack", args=[pack.pk]))]
    return render(request, "pages/packs_withdraw.html", {"pack": pack, "trail": trail})


@require_GET
def facts(request: HttpRequest) -> HttpResponse:
    """What rules may ask for, and how."""
    _operator(request)
    operators = [
        {"name": one.name, "words": one.words, "takes": ", ".join(sorted(one.takes))} for one in OPERATORS.values()
    ]
    context = {"collections": list(COLLECTIONS.values()), "operators": operators, "trail": _trail()}
    return render(request, "pages/packs_facts.html", context)


def _trail() -> list[Step]:
    return [Step("Standards", reverse("standards")), Step("Own packs", reverse("packs"))]
