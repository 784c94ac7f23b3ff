"""The past of a clone as checks ask for it: tags, a year of commits, and when a file was last changed."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cached_property
from itertools import islice

from ingest.git.log import instant, name_of, text_of
from ingest.git.program import Clone, Unreadable
from ingest.parsers.messages import is_bot
from ingest.repository.history import CommitSeen, Tag

YEAR = timedelta(days=366)
MAX_COMMITS = 20_000
MAX_TAGS = 20_000
_TAGS = "%(refname:lstrip=2)%00%(objecttype)%00%(creatordate:unix)%00%(*objectname)%00%(objectname)%00"
_COMMITS = "%H%x00%ct%x00%P%x00%an%x00%ae%x00%s%x00%b"


class Past:
    """The past up to ``commit``, a year back from ``now``; asked when wanted. A question that fails is no data."""

    def __init__(self, clone: Clone, commit: str, now: datetime) -> None:
        self._clone, self._commit, self._since = clone, commit, now - YEAR
        self.known = True

    @cached_property
    def shallow(self) -> bool:
        return bool(self._clone.shallow_commits())

    @cached_property
    def tags(self) -> tuple[Tag, ...]:
        fields = self._answer("for-each-ref", f"--format={_TAGS}", f"--count={MAX_TAGS}", "refs/tags")
        found: list[Tag] = []
        while len(row := tuple(islice(fields, 5))) == 5:
            name, kind, at, target, own = row
            if kind in (b"commit", b"tag"):
                sha = (target or own).decode("ascii", "replace")
                found.append(Tag(name_of(name.removeprefix(b"\n")), sha, instant(at), kind == b"tag"))
        return tuple(found)

    @cached_property
    def commits(self) -> tuple[CommitSeen, ...]:
        fields = self._answer(
            "log", "-z", "--no-show-signature", "--encoding=UTF-8", f"--max-count={MAX_COMMITS}",
            f"--since={int(self._since.timestamp())}", f"--format={_COMMITS}", "--end-of-options", self._commit, "--",
        )  # fmt: skip
        found: list[CommitSeen] = []
        while len(row := tuple(islice(fields, 7))) == 7:
            sha, at, parents, author, address, subject, body = row
            found.append(
                CommitSeen(
                    sha.decode("ascii", "replace"), instant(at), text_of(subject[:500]), text_of(body[:5_000]),
                    is_bot(text_of(author), text_of(address)), len(parents.split()) > 1,
                )
            )  # fmt: skip
        return tuple(found)

    @cached_property
    def first_commit_at(self) -> datetime | None:
        oldest = self._clone.ask("rev-list", "--max-parents=0", "--timestamp", "--end-of-options", self._commit)
        times = [line.split()[0] for line in (oldest or "").splitlines() if line]
        return min((instant(time.encode()) for time in times), default=None)

    def last_changed(self, path: str) -> datetime | None:
        answer = self._clone.ask(
            "log", "-1", "--format=%ct", "--end-of-options", self._commit, "--", f":(literal){path}"
        )
        return instant(answer.encode()) if answer else None

    def unchanged_since_first(self, path: str) -> bool:
        answer = self._clone.ask(
            "log", "-1", "--format=%P", "--end-of-options", self._commit, "--", f":(literal){path}"
        )
        return answer == ""

    def _answer(self, *arguments: str) -> Iterator[bytes]:
        try:
            yield from self._clone.fields(*arguments)
        except Unreadable:
            return
