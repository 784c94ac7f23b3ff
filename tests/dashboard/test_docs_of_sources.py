"""docs/sources.md lists every kind, with what it tells of."""

import re
from pathlib import Path

from ingest.parsers.senders import SENDERS

TEXT = (Path(__file__).resolve().parent.parent.parent / "docs" / "sources.md").read_text()


def test_it_lists_every_kind_with_what_it_tells_of():
    listed = dict(re.findall(r"^\| `([a-z-]+)` \| (.+?) \|", TEXT, re.MULTILINE))
    told = {
        kind: {word.strip().replace("merge requests", "pull requests").replace(" ", "_") for word in words.split(",")}
        for kind, words in listed.items()
    }
    assert told == {kind: set(sender.tells) for kind, sender in SENDERS.items()}
