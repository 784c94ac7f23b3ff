"""(pure) The pull requests of one service, and its default branch."""

from datetime import datetime, timedelta
from hashlib import blake2b
from random import Random

from dashboard.demo.chance import count, happens, share_of, span
from dashboard.demo.company import Pace, Service, Team
from dashboard.demo.story import Commit, PullRequest, Review
from dashboard.demo.titles import pull_request_title, step_title
from dashboard.demo.workdays import at_work

BOT = "renovate[bot]"


class PullRequests:
    """Makes pull requests backwards from their merge, so that a batch is merged before it is deployed."""

    def __init__(self, service: Service, seed: int, rng: Random) -> None:
        self.service, self.rng = service, rng
        self._prefix, self._made = f"{seed}/{service.slug}", 0
        self.head = self.new_sha()

    def new_sha(self) -> str:
        self._made += 1
        return blake2b(f"{self._prefix}/{self._made}".encode(), digest_size=20).hexdigest()

    def merged(self, team: Team, pace: Pace, merged_at: datetime, *, repair: bool = False) -> PullRequest:
        """One that was merged then; ``repair``: for a hotfix, at once and by hand."""
        bot = not repair and happens(self.rng, team.bots)
        reviewed = not happens(self.rng, 0.7 if bot else team.unreviewed)
        reviews, asked_at = self._reviews(team, pace, merged_at) if reviewed else ([], merged_at)
        opened_at = self._before(team, asked_at, pace.pickup, repair)
        return self._pull_request(team, pace, opened_at, merged_at, reviews, bot=bot, repair=repair)

    def unmerged(self, team: Team, pace: Pace, opened_at: datetime, until: datetime, *, closed: bool) -> PullRequest:
        """One that waits for its merge, or was closed without one. Nothing of it is later than ``until``."""
        reviews, _ = self._reviews(team, pace, until) if happens(self.rng, 0.5) else ([], until)
        reviews = [review for review in reviews if review.at > opened_at and review.state != "approved"]
        made = self._pull_request(team, pace, opened_at, None, reviews, bot=happens(self.rng, team.bots), repair=False)
        made.closed_at = until if closed else None
        self._branch_off(made)
        return made

    def merge(self, pulls: list[PullRequest]) -> None:
        """Put the batch on the default branch, in the order of their merges."""
        for pull in sorted(pulls, key=lambda one: (one.merged_at or one.opened_at, one.title)):
            pull.how = self._how()
            pull.merge_sha = self.new_sha()
            self._branch_off(pull)
            if self.service.team.ancestry:
                pull.base_commit = self._merge_commit(pull)
            self.head = pull.merge_sha

    def _how(self) -> str:
        ways = (0.75, 0.25, 0.0) if self.service.team.ancestry else (0.6, 0.25, 0.15)
        return self.rng.choices(("squash", "merge", "rebase"), ways)[0]

    def _branch_off(self, pull: PullRequest) -> None:
        """Each commit's parent, from the head of the default branch on, where the team tells parents."""
        parent = self.head
        for commit in pull.commits if self.service.team.ancestry else ():
            commit.parents, parent = (parent,), commit.sha

    def _merge_commit(self, pull: PullRequest) -> Commit:
        at, merge = pull.merged_at or pull.opened_at, pull.how == "merge"
        parents = (self.head, pull.commits[-1].sha) if merge else (self.head,)
        return Commit(pull.merge_sha, at, at, pull.author, pull.title, parents, merge)

    def _before(self, team: Team, at: datetime, median_hours: float, repair: bool) -> datetime:
        if repair:
            return at - span(self.rng, 0.08, 0.3)
        return at_work(at - span(self.rng, median_hours), team.utc_offset_h, self.rng)

    def _reviews(self, team: Team, pace: Pace, merged_at: datetime) -> tuple[list[Review], datetime]:
        """The reviews before a merge, and when the first of them came."""
        reviewer = self.rng.choice(team.people)
        first_at = at_work(merged_at - span(self.rng, pace.review), team.utc_offset_h, self.rng)
        if not happens(self.rng, 0.12):
            return [Review(first_at, reviewer, "approved")], first_at
        second_at = first_at + share_of(self.rng, merged_at - first_at, 0.3, 0.9)
        return [Review(first_at, reviewer, "changes_requested"), Review(second_at, reviewer, "approved")], first_at

    def _pull_request(
        self, team: Team, pace: Pace, opened_at: datetime, merged_at: datetime | None, reviews: list[Review], *,
        bot: bool, repair: bool,
    ) -> PullRequest:  # fmt: skip
        authors = [name for name in team.people if all(review.reviewer != name for review in reviews)]
        author = BOT if bot else self.rng.choice(authors)
        title = pull_request_title(self.rng, team.topics, bot=bot, repair=repair)
        begun = opened_at - timedelta(seconds=40) if bot else self._before(team, opened_at, pace.coding, repair)
        commits = [self._commit(begun, begun, author, title)]
        for _ in range(0 if bot or repair else count(self.rng, 0.25 if pace.coding < 1 else 0.7)):
            at = begun + share_of(self.rng, opened_at - begun, 0.1)
            commits.append(self._commit(at, opened_at, author, step_title(self.rng)))
        commits.sort(key=lambda commit: commit.authored_at)
        known = happens(self.rng, team.commits_known)
        return PullRequest(title, author, bot, begun, opened_at, reviews, commits, known, merged_at)

    def _commit(self, authored_at: datetime, opened_at: datetime, author: str, title: str) -> Commit:
        """A tenth of the commits was rebased when the pull request was opened."""
        committed_at = max(authored_at, opened_at) if happens(self.rng, 0.1) else authored_at
        return Commit(self.new_sha(), authored_at, committed_at, author, title)
