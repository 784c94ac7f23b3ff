"""What the organisation's settings say of adoption."""

from django.conf import settings

from scorecards.adoption.capabilities import Capabilities, load
from scorecards.adoption.uses import Rules


def capabilities() -> Capabilities:
    """The capabilities in force. Raises ``InvalidPack``; the file of ``ADOPTION_CONFIG`` is read once."""
    return load(settings.ADOPTION_CONFIG)


def rules() -> Rules:
    return Rules(capabilities(), settings.ADOPTION_CAPABILITIES, settings.ADOPTION_SHARE)
