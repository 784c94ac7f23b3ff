"""(pure) Why a repository is not read. Each has the code that a page shows as its state, and says what to do."""

from ingest.errors import AccessDenied, SourceUnavailable


class RepositoryRefused(AccessDenied):
    """The repository is not taken: a person must act."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class RepositoryUnavailable(SourceUnavailable):
    """The host did not give it this time: worth a retry."""

    code = "unavailable"


class CommitGone(RepositoryUnavailable):
    """The host does not give this commit: the branch was rewritten, or moved just now."""

    code = "gone"
