"""Fills an organisation with a history, by a seed: people, teams, and each repository's life in the order of time."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from random import Random

from tests.github_server.journal import NOW
from tests.github_server.organisation import Organisation
from tests.github_server.records import Account, Deployment, Issue, PullRequest, Repository, Team

PEOPLE = ("alice", "bob", "charlie", "dana", "erin", "frank", "grace", "heidi")
TEAMS = ("pay", "shop", "search", "platform")
WAYS = ("squash", "merge", "rebase")
BOT = "deploy-bot[bot]"
Step = Callable[[datetime], None]


def fill(
    organisation: Organisation, repositories: int, seed: int, *, commits: int, pulls: int, deployments: int, days: int
) -> None:
    """As ``make`` tells. Some repositories are archived, public, or of another default branch."""
    start = NOW - timedelta(days=days)
    organisation.people = [Account(500 + n, who, who.title(), f"{who}@acme.example") for n, who in enumerate(PEOPLE)]
    organisation.people.append(Account(590, BOT, BOT, "590+deploy-bot[bot]@users.noreply.github.com", "Bot"))
    organisation.teams = [_team(organisation, name, place) for place, name in enumerate(TEAMS)]
    for index in range(repositories):
        life = Life(organisation, index, Random(f"{seed}/{index}"), start, days)
        life.begin()
        life.plan(commits, pulls, deployments)
        life.play()
        life.end()
    organisation.now = NOW
    organisation.happenings.sort(key=lambda one: (one.at, one.number))


def _team(organisation: Organisation, name: str, place: int) -> Team:
    people = organisation.people
    members = [people[(place * 2 + step) % len(PEOPLE)] for step in range(3)]
    parent = organisation.teams[0] if organisation.teams and name == "search" else None
    return Team(organisation.next_id(), name, name.title(), f"Team {name}", "closed", parent, members, members[:1])


@dataclass(eq=False)
class Life:
    """One repository's: steps are planned, each may plan others, and they are done in the order of time."""

    organisation: Organisation
    index: int
    random: Random
    start: datetime
    days: int
    steps: list[tuple[datetime, int, Step]] = field(default_factory=list)
    order: count = field(default_factory=count)  # type: ignore[type-arg]
    repository: Repository = field(init=False)
    deployments_left: int = 0
    releases: int = 0

    def begin(self) -> None:
        """Its first commit, its owners, and the team that has it."""
        team = self.organisation.teams[self.index % len(TEAMS)]
        name = f"{team.slug}-{('api', 'web', 'worker', 'jobs')[self.index // len(TEAMS) % 4]}-{self.index + 1}"
        private = self.index % 5 != 4
        repository = self.organisation.add_repository(name, at=self.start, private=private)
        repository.default_branch = "master" if self.index % 10 == 7 else "main"
        repository.description = f"The {name} of {team.name}"
        owners = f"* @{self.organisation.account.login}/{team.slug}\n"
        repository.files = {".github/CODEOWNERS": owners, "README.md": f"# {name}\n", "app/main.py": "print('hello')\n"}
        team.permissions[repository.number] = "maintain"
        self.organisation.team("platform").permissions.setdefault(repository.number, "pull")
        self.repository = repository
        self.organisation.push(repository, "Begin", self.somebody(), at=self.start, files=list(repository.files))

    def plan(self, commits: int, pulls: int, deployments: int) -> None:
        """Spread evenly, with some luck. A pull request brings about three commits; the rest is pushed right on."""
        self.deployments_left = deployments
        self._spread(pulls, self.pull)
        self._spread(max(commits - 1 - pulls * 3, 0), self.commit)
        self._spread(deployments, self.deployment)
        self._spread(3, self.release)
        self._spread(4, self.incident)

    def play(self) -> None:
        while self.steps:
            at, _, step = heapq.heappop(self.steps)
            if at < NOW:
                step(at)

    def end(self) -> None:
        if self.index % 12 == 11:
            self.organisation.archive(self.repository, at=NOW - timedelta(hours=1))

    def after(self, at: datetime, hours: float, step: Step) -> None:
        """Plan a step up to ``hours`` later, to the second."""
        seconds = max(int(self.random.uniform(0.1, 1) * hours * 3600), 1)
        heapq.heappush(self.steps, (at + timedelta(seconds=seconds), next(self.order), step))

    def somebody(self) -> Account:
        return self.organisation.people[self.random.randrange(len(PEOPLE))]

    def _spread(self, times: int, step: Step) -> None:
        for place in range(times):
            at = self.start + timedelta(hours=2 + place * (self.days * 24 - 4) / max(times, 1))
            self.after(at, self.days * 24 / max(times, 1), step)

    # ------------------------------------------------------------ steps

    def commit(self, at: datetime) -> None:
        who = self.somebody()
        commit = self.organisation.push(self.repository, f"Mend {self.random.randrange(1000)}", who, at=at)
        conclusion = "failure" if self.random.random() < 0.15 else "success"
        self.organisation.run(self.repository, who, sha=commit.sha, conclusion=conclusion, at=at)

    def pull(self, at: datetime) -> None:
        luck, draft = self.random.random(), self.random.random() < 0.2
        title = f"{'Hotfix' if luck > 0.95 else 'Add'} {self.random.randrange(1000)}"
        commits = self.random.choice((1, 2, 2, 3))
        labels = [self.organisation.label(self.repository, "bug")] if luck > 0.7 else []
        pull = self.organisation.open_pull(
            self.repository, title, self.somebody(), commits=commits, draft=draft, at=at, labels=labels
        )
        if draft:
            self.after(at, 6, lambda at: self.organisation.ready(pull, at=at))
        if luck < 0.3:
            self.after(at, 8, lambda at: self._push_to(pull, at))
        self.after(at, 24, lambda at: self._review(pull, at))
        if luck < 0.9:
            self.after(at + timedelta(hours=24), 48, lambda at: self._finish(pull, luck, at))

    def _push_to(self, pull: PullRequest, at: datetime) -> None:
        self.organisation.push_to_pull(pull, at=at)

    def _review(self, pull: PullRequest, at: datetime) -> None:
        others = [one for one in self.organisation.people[: len(PEOPLE)] if one is not pull.author]
        state = self.random.choice(("APPROVED", "APPROVED", "CHANGES_REQUESTED", "COMMENTED"))
        self.organisation.review(pull, self.random.choice(others), state, at=at)
        if state != "APPROVED":
            self.after(at, 6, lambda at: self._approve(pull, self.random.choice(others), at))

    def _approve(self, pull: PullRequest, who: Account, at: datetime) -> None:
        if pull.state == "open":
            self.organisation.review(pull, who, "APPROVED", at=at)

    def _finish(self, pull: PullRequest, luck: float, at: datetime) -> None:
        if luck < 0.1:
            self.organisation.close(pull, pull.author, at=at)
            return
        how = WAYS[pull.number % len(WAYS)]
        sha = self.organisation.merge(pull, self.somebody(), how, at=at)
        self.organisation.run(self.repository, pull.author, sha=sha, at=at)

    def deployment(self, at: datetime) -> None:
        """Two of three go to production; most succeed, a few fail, and some tell of nothing more."""
        environment = "production" if self.random.random() < 0.67 else "staging"
        deployment = self.organisation.deploy(
            self.repository, self.organisation.person(BOT), environment=environment, at=at, description="Deploy"
        )
        self.after(at, 0.02, lambda at: self._progress(deployment, at))

    def _progress(self, deployment: Deployment, at: datetime) -> None:
        self.organisation.add_status(deployment, "in_progress", at=at)
        luck = self.random.random()
        if luck < 0.95:
            state = "success" if luck < 0.8 else ("failure" if luck < 0.9 else "error")
            self.after(at, 0.3, lambda at: self._deployed(deployment, state, at))

    def _deployed(self, deployment: Deployment, state: str, at: datetime) -> None:
        self.organisation.add_status(deployment, state, at=at)

    def release(self, at: datetime) -> None:
        self.releases += 1
        self.organisation.release(self.repository, f"v1.{self.releases}.0", self.somebody(), at=at)

    def incident(self, at: datetime) -> None:
        labels = ("incident", f"sev{self.random.randint(1, 4)}")
        issue = self.organisation.open_issue(self.repository, "It is down", self.somebody(), labels=labels, at=at)
        if self.random.random() < 0.9:
            self.after(at, 8, lambda at: self._resolved(issue, at))

    def _resolved(self, issue: Issue, at: datetime) -> None:
        self.organisation.close_issue(issue, self.somebody(), at=at)
        if self.random.random() < 0.2:
            self.after(at, 2, lambda at: self.organisation.reopen_issue(issue, issue.author, at=at))
            self.after(at + timedelta(hours=2), 4, lambda at: self._closed_again(issue, at))

    def _closed_again(self, issue: Issue, at: datetime) -> None:
        self.organisation.close_issue(issue, issue.author, at=at)
