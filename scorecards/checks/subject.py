"""(pure) What a check looks at, as checks import it."""

from scorecards.reading.subject import (
    AS_OF,
    FLEET,
    HISTORY,
    CommitSeen,
    Fleet,
    History,
    NoHistory,
    Options,
    Subject,
    Tag,
)

__all__ = ["AS_OF", "FLEET", "HISTORY", "CommitSeen", "Fleet", "History", "NoHistory", "Options", "Subject", "Tag"]
