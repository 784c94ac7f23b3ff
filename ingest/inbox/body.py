"""Reading a request's body: whole, within a limit, chunked or not, gzip inflated within a limit."""

import gzip
import io
import zlib

from django.http import HttpRequest


class BodyRefused(Exception):
    """The body can't be taken: ``status`` and a sentence for the sender."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def read_body(request: HttpRequest, limit: int) -> bytes:
    """The raw bytes. Raises ``BodyRefused`` (413, 411, 400)."""
    told = request.META.get("CONTENT_LENGTH") or ""
    if told.isdigit() and int(told) > limit:
        raise BodyRefused(413, f"The body has {told} bytes; at most {limit} are taken. Send it in parts.")
    stream = request
    if not told:
        if "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
            # Django reads nothing without a length; the server ends the stream where it says so.
            if not request.META.get("wsgi.input_terminated"):
                raise BodyRefused(411, "Send a Content-Length.")
            stream = request.META["wsgi.input"]
        else:
            return b""
    try:
        body = stream.read(limit + 1)
    except Exception as error:  # the server's own kinds for a bad chunk, Django's for a broken line: the sender's fault
        raise BodyRefused(400, "The body ended early or can't be read.") from error
    if len(body) > limit:
        raise BodyRefused(413, f"The body has more than {limit} bytes. Send it in parts.")
    return bytes(body)


def inflate(body: bytes, limit: int) -> bytes:
    """The body, inflated where it is gzip by its first bytes. Raises ``BodyRefused``."""
    if body[:2] != b"\x1f\x8b":
        return body
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
            inflated = file.read(limit + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise BodyRefused(400, f"The gzip body is damaged: {error}.") from error
    if len(inflated) > limit:
        raise BodyRefused(413, f"The body inflates to more than {limit} bytes. Send it in parts.")
    return inflated
