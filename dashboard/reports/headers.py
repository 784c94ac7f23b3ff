"""What identifies a weekly mail, and how to get no more of them."""

import hashlib
from datetime import date
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

from dashboard.models import Sending, Subscription
from dashboard.reports.weekly import week_text


def headers(sending: Sending) -> dict[str, str]:
    """One Message-ID a subscription and week; one thread a subscription; RFC 8058's one click."""
    one, host = sending.subscription, _host()
    return {
        "Message-ID": sending.message_id,
        "References": f"<weekly.{_short(one.key)}@{host}>",
        "List-Id": f"Weekly report <weekly.{host}>",
        "List-Unsubscribe": f"<{unsubscribe(one.key)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def message_id(subscription: Subscription, monday: date) -> str:
    return f"<{week_text(monday)}.{_short(subscription.key)}@{_host()}>"


def unsubscribe(key: str) -> str:
    """The page that ends the subscription of this key, for who has the mail."""
    return absolute(reverse("unsubscribe", args=[key]))


def absolute(path: str) -> str:
    return f"{settings.BASE_URL}{path}"


def _short(key: str) -> str:
    """Of the key, what tells nobody the key."""
    return hashlib.sha256(key.encode()).hexdigest()[:20]


def _host() -> str:
    return urlsplit(settings.BASE_URL).hostname or "localhost"
