"""(pure) The deployments of one service over a year, and what went wrong with some."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from dashboard.demo.chance import count, generator, happens, share_of, span
from dashboard.demo.company import HISTORY_DAYS, Pace, Service
from dashboard.demo.incidents import LONGEST, SETTLED, Incidents
from dashboard.demo.pulls import PullRequests
from dashboard.demo.story import Deployment, PullRequest, Story
from dashboard.demo.versions import Versions
from dashboard.demo.workdays import at_work, busyness, is_workday, office_hour

WRONG = ("attempt", "rollback", "hotfix", "mended")
HOW_OFTEN = (0.27, 0.27, 0.24, 0.22)


class Releases:
    """Deploys one service again and again; ``story`` is what came of it."""

    def __init__(self, service: Service, seed: int, now: datetime) -> None:
        self.service, self.now = service, now
        self.rng = generator(seed, service.slug)
        self.pulls = PullRequests(service, seed, self.rng)
        self.incidents = Incidents(service, self.rng)
        self.versions = Versions(service.versions)
        self.story = Story()
        self.live: Deployment | None = None
        self.begun = now - timedelta(days=HISTORY_DAYS)
        self.free_at = self.begun - timedelta(days=30 if service.team.train else 3)
        self._made = {"production": 0, "staging": 0}

    def run(self) -> None:
        for at in self._moments():
            if at > self.free_at:
                self.release(at)

    def pace(self, at: datetime) -> Pace:
        days_ago = self._days_ago(at)
        return self.service.owner(at, self.now).pace(1 - days_ago / HISTORY_DAYS, days_ago)

    def _days_ago(self, at: datetime) -> float:
        return (self.now - at) / timedelta(days=1)

    def _in_bad_week(self, at: datetime) -> bool:
        return self.service.team.in_bad_week(self._days_ago(at))

    # ---- when

    def _moments(self) -> Iterator[datetime]:
        last = self.now - timedelta(days=self.service.stopped, minutes=40)
        for days_ago in range(HISTORY_DAYS - 1, self.service.stopped - 1, -1):
            day = (self.now - timedelta(days=days_ago)).date()
            offset = self.service.team.utc_offset_h
            found = [office_hour(day, offset, self.rng, self.now) for _ in range(self._planned(day, days_ago))]
            yield from (at for at in sorted(found) if at < last)

    def _planned(self, day: date, days_ago: int) -> int:
        service = self.service
        if service.released is not None:
            return int(days_ago in service.released)
        if service.team.train:
            weeks = (0, 2) if service.factor > 1 else (0,)
            return int(day.weekday() == 1 and is_workday(day) and (day.day - 1) // 7 in weeks)
        at = self.now - timedelta(days=days_ago)
        found = count(self.rng, self.pace(at).per_day * service.factor * busyness(day))
        hectic = self._in_bad_week(at) and service.factor >= 1 and is_workday(day)
        return max(found, int(hectic))

    # ---- what

    def release(self, at: datetime) -> None:
        """Bring what was merged since the last one, through staging into production."""
        pace = self.pace(at)
        pulls = self._batch(pace, at)
        version = self.versions.release(at)
        self._stage(pulls, version, at)
        match self._outcome(pace, at):
            case "attempt":
                failed = self._deploy(at, pulls, version, status="failure")
                self._deploy(self._end(failed) + self._repair_time(pace), pulls, version)
            case "cancelled":
                stopped = self._deploy(at, pulls, version, status="cancelled")
                self._deploy(self._end(stopped) + span(self.rng, 0.4), pulls, version)
            case "redeploy":
                done = self._deploy(at, pulls, version)
                self._deploy(self._end(done) + span(self.rng, 1.5), [], version)
            case "rollback":
                good = self.live
                self._roll_back(self._deploy(at, pulls, version), good, pace)
            case "hotfix":
                self._hotfix(self._deploy(at, pulls, version), pace)
            case "mended":
                done = self._deploy(at, pulls, version)
                self._report(done, self._end(done) + self._repair_time(pace))
            case _:
                self._deploy(at, pulls, version)

    def start_one(self, at: datetime) -> None:
        """A deployment that is still running."""
        pulls = self._batch(self.pace(at), at)
        self._deploy(at, pulls, self.versions.release(at), status="")

    def _outcome(self, pace: Pace, at: datetime) -> str:
        if at > self.now - SETTLED or self.service.released is not None or self.live is None:
            return "fine"
        if self._in_bad_week(at):
            return "fine" if self._made["production"] % 2 else self.rng.choice(WRONG[1:])
        if happens(self.rng, pace.failing):
            return self.rng.choices(WRONG, HOW_OFTEN)[0]
        return self.rng.choices(("fine", "cancelled", "redeploy"), (0.97, 0.015, 0.015))[0]

    def _batch(self, pace: Pace, at: datetime) -> list[PullRequest]:
        team = self.service.owner(at, self.now)
        waited, pulls = at - self.free_at, []
        for _ in range(1 + count(self.rng, max(pace.batch - 1, 0.0))):
            delay = min(span(self.rng, pace.release), share_of(self.rng, waited, 0.02, 0.95))
            merged_at = at_work(at - delay, team.utc_offset_h, self.rng)
            pulls.append(self.pulls.merged(team, pace, merged_at if merged_at > self.free_at else at - delay))
        self.pulls.merge(pulls)
        self.story.pull_requests += pulls
        if happens(self.rng, 0.05):
            opened_at = at_work(at - span(self.rng, 40), team.utc_offset_h, self.rng)
            self.story.pull_requests.append(self.pulls.unmerged(team, pace, opened_at, at, closed=True))
        return pulls

    def _stage(self, pulls: list[PullRequest], version: str, at: datetime) -> None:
        merged_at = max(pull.merged_at or at for pull in pulls)
        started_at = merged_at + share_of(self.rng, at - merged_at, 0.1, 0.4)
        finished_at = started_at + share_of(self.rng, at - started_at, 0.1, 0.5)
        self._note("staging", pulls, version, started_at, min(finished_at, started_at + timedelta(minutes=9)))

    def _deploy(
        self, at: datetime, pulls: list[PullRequest], version: str, *, status: str = "success", kind: str = "release",
        rollback_of: str = "", fixes: str = "", sha: str = "",
    ) -> Deployment:  # fmt: skip
        """One attempt in production; what succeeds is live."""
        finished_at = at + span(self.rng, 0.07, 0.4)
        made = self._note("production", pulls, version, at, finished_at if status else None, status, kind)
        made.rollback_of, made.fixes, made.sha = rollback_of, fixes, sha or made.sha
        self.free_at = finished_at
        if status == "success":
            self.live = made
        return made

    def _note(
        self, environment: str, pulls: list[PullRequest], version: str, started_at: datetime,
        finished_at: datetime | None, status: str = "success", kind: str = "release",
    ) -> Deployment:  # fmt: skip
        self._made[environment] += 1
        made = Deployment(
            id=f"{self.service.slug}-{environment}-{self._made[environment]}",
            environment=environment,
            started_at=started_at,
            finished_at=finished_at,
            status=status,
            sha=self.pulls.head,
            version=version,
            by=self.rng.choice(self.service.owner(started_at, self.now).people),
            pull_requests=None if self.service.team.ancestry else pulls,
            kind=kind,
        )
        self.story.deployments.append(made)
        return made

    # ---- what went wrong

    def _roll_back(self, bad: Deployment, good: Deployment | None, pace: Pace) -> None:
        back_at = self._end(bad) + self._repair_time(pace)
        if good is None:
            return
        back = self._deploy(back_at, [], good.version, kind="rollback", rollback_of=bad.id, sha=good.sha)
        if self._is_noticed(bad):
            self._report(bad, self._end(back) + timedelta(minutes=self.rng.randrange(1, 8)))

    def _hotfix(self, bad: Deployment, pace: Pace) -> None:
        at = self._end(bad) + self._repair_time(pace)
        merged_at = at - share_of(self.rng, at - self._end(bad), 0.1, 0.3)
        team = self.service.owner(at, self.now)
        pulls = [self.pulls.merged(team, pace, merged_at, repair=True)]
        self.pulls.merge(pulls)
        self.story.pull_requests += pulls
        fixed = self._deploy(at, pulls, self.versions.patch(at), kind="hotfix", fixes=bad.id)
        if self._is_noticed(bad):
            self._report(bad, self._end(fixed) + timedelta(minutes=self.rng.randrange(1, 8)))

    def _is_noticed(self, bad: Deployment) -> bool:
        """Whether there is an incident of what was taken back or fixed."""
        return self._in_bad_week(bad.started_at) or happens(self.rng, 0.6)

    def _report(self, bad: Deployment, resolved_at: datetime) -> None:
        opened_at = self._end(bad) + share_of(self.rng, resolved_at - self._end(bad), 0.02, 0.3)
        severity = self.rng.choice(("sev1", "sev1", "sev2")) if self._in_bad_week(bad.started_at) else ""
        self.story.incidents.append(self.incidents.caused_by(bad.id, opened_at, resolved_at, severity))
        self.free_at = max(self.free_at, resolved_at)

    def _repair_time(self, pace: Pace) -> timedelta:
        return min(timedelta(minutes=6) + span(self.rng, pace.restore, 0.6), LONGEST)

    def _end(self, deployment: Deployment) -> datetime:
        return deployment.finished_at or deployment.started_at
