"""``/tokens/``: the API tokens that were given out; make one, which is shown once, and revoke one."""

import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from dashboard import access, confirmed, formats
from dashboard.api.auth import issue_token, revoke_token
from dashboard.attempts import attempt_of
from dashboard.models import ApiToken
from dashboard.pages.change import UNREADABLE
from dashboard.pages.figures import Status
from dashboard.pages.frame import Step
from dashboard.pages.tokens.form import TokenForm

SHOWN = 500
ENDED_SHOWN = 100
SOON = timedelta(days=14)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Row:
    """A token as the list shows it. ``left``: who made it has left, and it goes on working."""

    token: ApiToken
    status: Status
    by: str
    left: bool


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def page(request: HttpRequest) -> HttpResponse:
    """The list and the form; or the token that was made, which is shown this once."""
    person, confirmed_lately = _maker(request), confirmed.lately(request, time.time())
    if request.method != "POST":
        return _list(request, person, TokenForm(person, confirmed=confirmed_lately))
    form = TokenForm(person, request.POST, confirmed=confirmed_lately)
    if not form.is_valid() or not (confirmed_lately or _is_confirmed(request, person, form)):
        return _list(request, person, form)
    said, now = form.cleaned_data, timezone.now()
    if not access.may_make_token(person, said["scope"], said["team"]):
        raise PermissionDenied
    try:
        with transaction.atomic():
            token, text = issue_token(
                said["name"],
                ApiToken.Scope(said["scope"]),
                team=said["team"],
                created_by=person,
                expires_at=form.expires_at(now),
                key_id=said["key"],
            )
    except IntegrityError:
        messages.warning(request, "This token is made already, and can't be shown again. If it is lost, revoke it.")
        return redirect("tokens")
    logger.info("%s made token %r (%s, %s)", person.get_username(), token.name, token.key_id, token.scope)
    context = {"token": token, "text": text, "base_url": settings.BASE_URL, "trail": _trail()}
    return render(request, "pages/token_made.html", context)


def _is_confirmed(request: HttpRequest, person: User, form: TokenForm) -> bool:
    """Whether the password in the form is the person's; if not, the form says so. Tries count like those to sign in."""
    now = time.time()
    attempt = attempt_of(request, now, person.get_username())
    if not attempt.count():
        form.add_error("password", f"Too many tries. Try again in {-(-attempt.retry_after // 60)} minutes.")
        return False
    if not person.check_password(form.cleaned_data["password"]):
        form.add_error("password", "This is not your password.")
        return False
    attempt.succeeded()
    confirmed.note(request, now)
    return True


@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """The token opens nothing any more."""
    person = _maker(request)
    token = get_object_or_404(access.visible_tokens(person), pk=pk)
    revoke_token(token, timezone.now())
    logger.info("%s revoked token %r (%s)", person.get_username(), token.name, token.key_id)
    messages.success(request, f"{token.name} is revoked: it opens nothing any more.", "good")
    return redirect("tokens")


def _maker(request: HttpRequest) -> User:
    """The person, who may see and make tokens. Raises: PermissionDenied."""
    if not isinstance(request.user, User) or not access.may_manage_tokens(request.user):
        raise PermissionDenied
    return request.user


def _list(request: HttpRequest, person: User, form: TokenForm) -> HttpResponse:
    now = timezone.now()
    found = access.visible_tokens(person).select_related("team", "created_by")
    over = Q(revoked_at__isnull=False) | Q(expires_at__lte=now)
    in_use, ended = found.exclude(over), found.filter(over).order_by("-revoked_at", "-expires_at", "-pk")
    context = {
        "form": form,
        "rows": rows(in_use[:SHOWN], now),
        "more": max(0, in_use.count() - SHOWN),
        "ended": rows(ended[:ENDED_SHOWN], now),
        "ended_count": ended.count(),
        "staff": access.may_operate(person),
        "trail": _trail()[:-1],
    }
    return render(request, "pages/tokens.html", context, status=UNREADABLE if form.is_bound else 200)


def rows(tokens: Iterable[ApiToken], now: datetime) -> list[Row]:
    return [_row(token, now) for token in tokens]


def _row(token: ApiToken, now: datetime) -> Row:
    maker = token.created_by
    by = maker.get_username() if maker is not None else "the command line"
    return Row(token, status_of(token, now), by, maker is not None and not maker.is_active)


def status_of(token: ApiToken, now: datetime) -> Status:
    if token.revoked_at is not None:
        return Status("none", "revoked")
    if not token.usable(now):
        return Status("none", "expired")
    if token.expires_at is not None and token.expires_at - now <= SOON:
        return Status("warn", f"ends {formats.relative(token.expires_at, now)}")
    return Status("good", "in use" if token.last_used_at else "not used yet")


def _trail() -> list[Step]:
    return [Step("Use the data", reverse("use-the-data")), Step("API tokens", reverse("tokens"))]
