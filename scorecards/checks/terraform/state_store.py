"""(pure) State and plans kept out of git, and the bucket that holds the state. Definition: DOP-1.1-10."""

from collections.abc import Iterator

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.checks.finding import Finding, failed, partial, passed
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading import kinds
from scorecards.reading.terraform.buckets import Bucket, is_logged, is_private, is_versioned, state_buckets
from scorecards.reading.terraform.leftovers import leftovers

UNIT = "repository"


@check("terraform-state-not-in-git")
def terraform_state_not_in_git(subject: Subject) -> Iterator[Finding]:
    """No state or plan is tracked, and a state bucket defined here is versioned, private and logged."""
    if not kinds.has(subject.tree, "tf"):
        return
    tracked = leftovers(subject.tree)
    if tracked:
        more = f" and {len(tracked) - 1} more" if len(tracked) > 1 else ""
        message = f"{tracked[0][:80]}{more} is tracked: remove it from git and change the secrets it held."
        yield failed(UNIT, message, *map(Place, tracked), value=", ".join(tracked[:20]))
    else:
        yield _buckets(subject.tree)


def _buckets(tree: RepositoryTree) -> Finding:
    found = state_buckets(tree)
    weak = [(bucket, missing) for bucket in found if (missing := _missing(tree, bucket))]
    if weak:
        bucket, missing = weak[0]
        name = bucket.name or bucket.at.block.labels[-1]
        message = f"The state bucket {name[:60]} lacks {', '.join(missing)}: add it."
        return partial(UNIT, message, *(one.place for one, _ in weak), value=", ".join(missing))
    if found:
        message = "No state is tracked, and its bucket is versioned, private and logged."
        return passed(UNIT, message, *(bucket.place for bucket in found))
    return passed(UNIT, "No state or plan file is tracked.")


def _missing(tree: RepositoryTree, bucket: Bucket) -> list[str]:
    wanted = {
        "versioning": is_versioned(tree, bucket),
        "a public access block": is_private(tree, bucket),
        "access logging": is_logged(tree, bucket),
    }
    return [name for name, is_there in wanted.items() if not is_there]
