"""API tokens: given out, told from the request, and asked for their scope. Cookies play no part."""

import base64
import binascii
import re
import secrets
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from dashboard.models import ApiToken
from ingest.models import Team

# rest_framework.views imports this module for its defaults, so this module must not import it.
# secrets.token_urlsafe(32) is 43 characters. What has another form never reaches the database.
TOKEN = re.compile(r"plb_([0-9a-f]{8})_([A-Za-z0-9_-]{43})")
CHALLENGE = 'Bearer realm="Plumbline"'
USE_NOTED_EVERY = timedelta(minutes=1)


def issue_token(
    name: str,
    scope: ApiToken.Scope,
    *,
    team: Team | None = None,
    created_by: User | None = None,
    expires_at: datetime | None = None,
    key_id: str = "",
) -> tuple[ApiToken, str]:
    """A token and its text, ``plb_<key id>_<secret>``, which nobody can be shown a second time.

    ``key_id``: eight hexadecimal digits, by default such as no token has.
    """
    key_id, secret = key_id or secrets.token_hex(4), secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        name=name,
        key_id=key_id,
        digest=_digest(secret),
        scope=scope,
        team=team,
        created_by=created_by,
        expires_at=expires_at,
    )
    return token, f"plb_{key_id}_{secret}"


def revoke_token(token: ApiToken, now: datetime) -> None:
    """The token opens nothing from here on; revoking it twice keeps the first time."""
    if token.revoked_at is None:
        token.revoked_at = now
        token.save(update_fields=["revoked_at"])


def find_token(text: str, now: datetime) -> ApiToken | None:
    """The token of this text; ``None`` for one that is unknown, revoked or expired. Notes its use, once a minute."""
    parts = TOKEN.fullmatch(text)
    if parts is None:
        return None
    token = ApiToken.objects.filter(key_id=parts[1]).first()
    if token is None or not constant_time_compare(token.digest, _digest(parts[2])) or not token.usable(now):
        return None
    if token.last_used_at is None or now - token.last_used_at >= USE_NOTED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token


def token_of(request: HttpRequest) -> ApiToken | None:
    """The token in the request's ``Authorization`` header, for views that are not of the REST framework."""
    text = _token_text(request.headers.get("Authorization", ""))
    return find_token(text, timezone.now()) if text else None


class TokenAuthentication(BaseAuthentication):
    """``Authorization: Bearer TOKEN``, or Basic with the token as the password and any user name, for BI tools."""

    def authenticate(self, request: Request) -> tuple[ApiToken, ApiToken] | None:
        """The token, as the request's user and as its auth; ``None`` where no credentials came.

        Raises:
            AuthenticationFailed: credentials came and open nothing.
        """
        header = request.headers.get("Authorization", "")
        if not header:
            return None
        token = find_token(_token_text(header) or "", timezone.now())
        if token is None:
            raise AuthenticationFailed("The token is unknown, revoked or expired. Make one with create_token.")
        return token, token

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


class MayRead(BasePermission):
    """The request bears a token with scope read or admin."""

    message = "This token may not read. Make one with scope read."

    def has_permission(self, request: Request, view: object) -> bool:
        return isinstance(request.auth, ApiToken) and request.auth.reads


def _digest(secret: str) -> str:
    # HMAC-SHA256 under a key of its own, derived from SECRET_KEY: a copy of the database alone opens nothing.
    return salted_hmac("plumbline.api-token", secret, algorithm="sha256").hexdigest()


def _token_text(header: str) -> str | None:
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        return _password(value.strip())
    return None


def _password(encoded: str) -> str | None:
    try:
        pair = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    return pair.partition(":")[2]
