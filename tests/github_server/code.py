"""Changes of code: commits, branches, tags, pull requests and their reviews."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha1

from tests.github_server.journal import Journal
from tests.github_server.records import Account, Commit, Label, PullRequest, Repository, Review

WEB_FLOW = Account(19_864_447, "web-flow", "GitHub", "noreply@github.com")
NO_SHA = "0" * 40


def object_id(kind: str, text: str) -> str:
    """The id that git gives an object of that content."""
    data = text.encode()
    return sha1(f"{kind} {len(data)}\0".encode() + data).hexdigest()


class Code(Journal):
    """What people do with code."""

    def make_commit(
        self,
        repository: Repository,
        message: str,
        author: Account,
        at: datetime,
        *,
        parents: Sequence[str],
        committer: Account | None = None,
        authored_at: datetime | None = None,
        files: Sequence[str] = ("app/main.py",),
    ) -> Commit:
        """A commit that no branch has yet."""
        committer = committer or author
        authored_at = authored_at or at
        tree = object_id("tree", "\n".join([*parents, message, *files]))
        lines = [f"tree {tree}", *(f"parent {sha}" for sha in parents)]
        lines += [_signed("author", author, authored_at), _signed("committer", committer, at), "", message, ""]
        commit = Commit(
            repository,
            object_id("commit", "\n".join(lines)),
            tree,
            message,
            list(parents),
            author,
            committer,
            authored_at,
            at,
            list(files),
        )
        return repository.commits.setdefault(commit.sha, commit)

    def push(
        self,
        repository: Repository,
        message: str,
        author: Account,
        *,
        branch: str = "",
        at: datetime | None = None,
        files: Sequence[str] = ("app/main.py",),
    ) -> Commit:
        """One commit right onto a branch (empty: the default one)."""
        branch, at = branch or repository.default_branch, self.at(at)
        head = repository.branches.get(branch)
        commit = self.make_commit(repository, message, author, at, parents=[head] if head else [], files=files)
        self.move(repository, branch, commit.sha, author, at)
        return commit

    def move(
        self, repository: Repository, branch: str, sha: str, pusher: Account, at: datetime, *, forced: bool = False
    ) -> None:
        """Let a branch stand at a commit, as a push does."""
        before = repository.branches.get(branch, NO_SHA)
        repository.branches[branch] = sha
        repository.pushed_at = repository.updated_at = max(repository.pushed_at, at)
        start = before if before != NO_SHA else repository.branches.get(repository.default_branch, NO_SHA)
        commits = repository.between(start, sha) if start != sha else []
        self._note_push(repository, f"refs/heads/{branch}", before, sha, commits, pusher, at, forced=forced)

    def force_push(
        self, repository: Repository, author: Account, *, branch: str = "", drop: int = 1, at: datetime | None = None
    ) -> Commit:
        """Replace the newest ``drop`` commits of a branch by one other. The old ones are in no branch any more."""
        branch, at = branch or repository.default_branch, self.at(at)
        base = repository.branches[branch]
        for _ in range(drop):
            base = repository.commits[base].parents[0]
        commit = self.make_commit(repository, "Rewrite what was pushed", author, at, parents=[base])
        self.move(repository, branch, commit.sha, author, at, forced=True)
        return commit

    def tag(self, repository: Repository, name: str, sha: str, by: Account, *, at: datetime | None = None) -> None:
        """A lightweight tag."""
        at = self.at(at)
        repository.tags[name] = sha
        told = {"ref": name, "ref_type": "tag"}
        self.note(at, "create", None, repository, by, created=told)
        self._note_push(repository, f"refs/tags/{name}", NO_SHA, sha, [], by, at)

    def _note_push(
        self,
        repository: Repository,
        ref: str,
        before: str,
        after: str,
        commits: list[Commit],
        pusher: Account,
        at: datetime,
        *,
        forced: bool = False,
    ) -> None:
        told = {"ref": ref, "before": before, "after": after, "forced": forced}
        self.note(at, "push", None, repository, pusher, push=told, commits=commits)

    # ------------------------------------------------------------ pull requests

    def open_pull(
        self,
        repository: Repository,
        title: str,
        author: Account,
        *,
        commits: int = 1,
        draft: bool = False,
        at: datetime | None = None,
        labels: Sequence[Label] = (),
    ) -> PullRequest:
        """A pull request whose branch has that many commits, all a moment old."""
        at, number = self.at(at), repository.next_number()
        base_sha = repository.branches[repository.default_branch]
        head = f"change-{number}"
        pull = PullRequest(
            repository, self.next_id(), number, title, "", author, repository.default_branch, base_sha, head, "", at,
            at, None, draft, ready_at=None if draft else at, labels=list(labels),
        )  # fmt: skip
        repository.pulls.append(pull)
        for place in range(commits):
            self._commit_to(pull, f"{title}: step {place + 1}", at)
        self.move(repository, head, pull.head_sha, author, at)
        self.note(at, "pull_request", "opened", repository, author, pull=pull)
        return pull

    def push_to_pull(self, pull: PullRequest, *, at: datetime | None = None) -> Commit:
        """One more commit on its branch."""
        at = self.at(at)
        commit = self._commit_to(pull, f"{pull.title}: step {len(pull.commits) + 1}", at)
        self.move(pull.repository, pull.head, commit.sha, pull.author, at)
        self._touch(pull, at, "synchronize", pull.author)
        return commit

    def ready(self, pull: PullRequest, *, at: datetime | None = None) -> None:
        at = self.at(at)
        pull.draft, pull.ready_at = False, at
        self._touch(pull, at, "ready_for_review", pull.author)

    def review(
        self, pull: PullRequest, author: Account, state: str = "APPROVED", *, at: datetime | None = None
    ) -> Review:
        at = self.at(at)
        review = Review(pull, self.next_id(), author, state, at, pull.head_sha)
        pull.reviews.append(review)
        pull.updated_at = at
        self.note(at, "pull_request_review", "submitted", pull.repository, author, review=review, pull=pull)
        return review

    def close(self, pull: PullRequest, by: Account, *, at: datetime | None = None) -> None:
        """Without merging it."""
        at = self.at(at)
        pull.state, pull.closed_at = "closed", at
        self._touch(pull, at, "closed", by)

    def merge(self, pull: PullRequest, by: Account, how: str = "merge", *, at: datetime | None = None) -> str:
        """Merge it by ``how``: merge, squash or rebase. Gives the sha that the base got."""
        at, repository = self.at(at), pull.repository
        sha = {"merge": self._merged, "squash": self._squashed, "rebase": self._rebased}[how](pull, by, at)
        pull.merge_sha, pull.state, pull.draft = sha, "closed", False
        pull.merged_at = pull.closed_at = at
        pull.merged_by = by
        repository.branches.pop(pull.head, None)
        self.move(repository, pull.base, sha, by, at)
        self._touch(pull, at, "closed", by)
        return sha

    def _merged(self, pull: PullRequest, by: Account, at: datetime) -> str:
        base = pull.repository.branches[pull.base]
        message = f"Merge pull request #{pull.number} from {pull.repository.owner.login}/{pull.head}\n\n{pull.title}"
        parents = [base, pull.head_sha]
        return self.make_commit(pull.repository, message, by, at, parents=parents, committer=WEB_FLOW).sha

    def _squashed(self, pull: PullRequest, by: Account, at: datetime) -> str:
        base, held = pull.repository.branches[pull.base], pull.repository.commits
        rows = [f"* {held[sha].message}" for sha in pull.commits] if len(pull.commits) > 1 else []
        message = "\n\n".join([f"{pull.title} (#{pull.number})", *rows])
        return self.make_commit(pull.repository, message, pull.author, at, parents=[base], committer=WEB_FLOW).sha

    def _rebased(self, pull: PullRequest, by: Account, at: datetime) -> str:
        """Each commit anew: its author and time stay, who commits it is who merges."""
        sha = pull.repository.branches[pull.base]
        for old in (pull.repository.commits[one] for one in pull.commits):
            made = self.make_commit(
                pull.repository, old.message, old.author, at, parents=[sha], committer=by, authored_at=old.authored_at
            )
            sha = made.sha
        return sha

    def _commit_to(self, pull: PullRequest, message: str, at: datetime) -> Commit:
        parent = pull.head_sha or pull.base_sha
        commit = self.make_commit(pull.repository, message, pull.author, at, parents=[parent])
        pull.commits.append(commit.sha)
        pull.head_sha = commit.sha
        pull.merge_sha = object_id("commit", f"trial {pull.id} {commit.sha}")
        return commit

    def _touch(self, pull: PullRequest, at: datetime, action: str, by: Account) -> None:
        pull.updated_at = at
        self.note(at, "pull_request", action, pull.repository, by, pull=pull)


def _signed(word: str, who: Account, at: datetime) -> str:
    return f"{word} {who.name} <{who.email}> {int(at.timestamp())} +0000"
