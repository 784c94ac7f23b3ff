"""(pure) What to do about a delivery that was set aside, in a sentence by error code."""

ADVICE = {
    "bad_json": "The sender cut or garbled the body: send it again from there, a replay can't mend it.",
    "bad_form": "Set the content type of the webhook to application/json at the sender.",
    "bad_encoding": "The sender has to write UTF-8.",
    "bad_field": "A field holds what we can't read: mend it at the sender, or replay after an upgrade that knows it.",
    "missing_field": "A field that is needed is not there: mend the sender, or the source's options, then replay.",
    "missing_header": "A header of the sender is lost on the way: let the proxy pass it on, then have it sent again.",
    "bad_time": "A time can't be read: the sender has to write it like 2026-03-02T10:00:00Z.",
    "naive_time": "A time has no offset: the sender has to say one, such as Z for UTC.",
    "future_time": "The sender's clock is ahead: set it, then have the event sent again.",
    "negative_duration": "It ends before it starts: mend the times at the sender.",
    "too_many": "It holds more than is taken at once: have the sender send it in parts.",
    "too_deep": "It is nested deeper than is read: no sender that we know does that.",
    "too_large": "It is larger than is read: have the sender send it in parts.",
    "bad_options": "The source's options make no sense: mend them on its page, then replay.",
    "unknown_type": "We know no such event: mend its type at the sender, or replay after an upgrade that knows it.",
    "malformed": "Look at the payload, mend the sender, then replay.",
    "bad_version": "The sender speaks a newer version: replay it after an upgrade.",
    "key_reused": "Its key was used before with other content, and the first one stands: use a key of its own.",
    "not_yours": "The token may not speak of that service: use a token of its team.",
    "worker_died": "It killed its worker three times: tell us, with the payload, and replay after an upgrade.",
    "refused_by_database": "The database refused it: tell us, with the payload, and replay after an upgrade.",
    "internal_error": "This is our fault: tell us, with the payload, and replay after an upgrade.",
}
UNKNOWN = ADVICE["malformed"]
IGNORED = "Nothing: it says nothing that figures need. If it should, change the source's options, then replay."


def advice(status: str, code: str) -> str:
    """What to do about it."""
    return IGNORED if status == "ignored" else ADVICE.get(code, UNKNOWN)
