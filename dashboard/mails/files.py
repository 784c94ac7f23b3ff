"""Mail as files: one ``.eml`` a message, which any mail program opens. For places without a mail server."""

import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage
from django.utils import timezone


class EmailBackend(BaseEmailBackend):
    """Writes to ``EMAIL_FILE_PATH``, which it makes; a file is there whole or not at all."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(fail_silently=options.get("fail_silently", False))
        self.folder = Path(settings.EMAIL_FILE_PATH)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """How many were written. Raises ``OSError``."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            name = f"{timezone.now():%Y%m%dT%H%M%S.%f}-{secrets.token_hex(4)}.eml"
            unfinished = self.folder / f".{name}"
            descriptor = os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(message.message().as_bytes(linesep="\r\n"))  # type: ignore[call-arg]  # Django's own takes it
            unfinished.rename(self.folder / name)
        return len(email_messages)
