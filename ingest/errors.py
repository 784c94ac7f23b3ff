"""What can go wrong on the way in, told apart by what the caller does next."""


class IngestError(Exception):
    """Base of this room's errors."""


class MalformedPayload(IngestError):
    """The content can't be read or makes no sense: quarantine it, with the message for a person to act on."""

    def __init__(self, message: str, code: str = "malformed") -> None:
        super().__init__(message)
        self.code = code


class SourceUnavailable(IngestError):
    """The source did not answer: worth a retry."""


class RateLimited(SourceUnavailable):
    """The source asks to wait."""


class AccessDenied(IngestError):
    """The source refused us: a person must act."""
