"""(pure) Every kind of sender, by its name in the address of a webhook. What each reads: docs/sources.md."""

from ingest.parsers import github
from ingest.parsers.sender import Sender

SENDERS: dict[str, Sender] = {sender.kind: sender for sender in (github.SENDER,)}
