"""(pure) change.* -> pull requests, repository.* -> what became of a repository."""

import re

from ingest.parsers.cdevents.delivered import Delivered, Said
from ingest.parsers.observation import Ignored, PullRequestSeen, RepositorySeen
from ingest.parsers.observation import Said as Facts
from ingest.parsers.repositories import repository_named, repository_of_url

MOMENTS = {
    "created": ("opened_at",),
    "reviewed": ("first_review_at",),
    "merged": ("merged_at", "closed_at"),
    "abandoned": ("closed_at",),
}
MAX_TITLE = 500
NUMBER_LIMIT = 2**31
_NUMBER = re.compile(r"(?:^|[/#!:_ -])(\d{1,10})\Z")


def change(delivered: Delivered) -> Said:
    """A change is a pull request; its number stands at the end of the subject's id."""
    if delivered.predicate not in MOMENTS:
        return Ignored(f"Nothing is kept of a change that was {delivered.predicate}.")
    found = _NUMBER.search(delivered.subject_id)
    number = int(found[1]) if found else 0
    if not 0 < number < NUMBER_LIMIT:
        return Ignored("The change has no number at the end of its id, so it is no pull request.")
    told = delivered.reference("repository")
    repository = repository_named(told) if told else None
    if repository is None:
        return Ignored("The change names no repository.")
    said: Facts = dict.fromkeys(MOMENTS[delivered.predicate], delivered.at)
    title = delivered.content.prose("description").strip().partition("\n")[0][:MAX_TITLE]
    if title:
        said["title"] = title
    return [PullRequestSeen(delivered.at, delivered.key, number, None, repository, None, said)]


def repository(delivered: Delivered) -> Said:
    if delivered.predicate not in ("created", "modified", "deleted"):
        return Ignored(f"Nothing is kept of a repository that was {delivered.predicate}.")
    owner, name = delivered.content.maybe_text("owner", 200), delivered.content.maybe_text("name", 100)
    url = delivered.content.prose("uri") or delivered.content.prose("url")
    ref = repository_of_url(url) or (repository_named(f"{owner}/{name}") if owner and name else None)
    if ref is None:
        return Ignored("The repository is named neither by its address nor by owner and name.")
    return [RepositorySeen(delivered.at, delivered.key, ref, {"deleted": delivered.predicate == "deleted"})]
