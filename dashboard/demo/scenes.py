"""(pure) What the demo shows at this very moment, or once: told, not left to chance."""

from datetime import datetime, timedelta

from dashboard.demo.chance import count, span
from dashboard.demo.releases import Releases
from dashboard.demo.story import Commit, Deployment, Story
from dashboard.demo.workdays import at_work

RUNNING = "checkout-api"
OVERDUE = "ledger"
ACKNOWLEDGED = "search-api"
WRONG_CLOCK = "login"


def stage(releases: Releases) -> None:
    """Add to a service's story what is going on with it."""
    now, incidents, story = releases.now, releases.incidents, releases.story
    match releases.service.slug:
        case slug if slug == RUNNING:
            releases.start_one(now - timedelta(minutes=7))
        case slug if slug == OVERDUE:
            opened_at = now - timedelta(minutes=22)
            story.incidents.append(incidents.make(opened_at, None, "", severity="sev1", acknowledged=False))
        case slug if slug == ACKNOWLEDGED:
            opened_at = now - timedelta(hours=3, minutes=10)
            story.incidents.append(incidents.make(opened_at, None, None, severity="sev2", outside=True))
        case slug if slug == WRONG_CLOCK:
            set_clock_wrong(story, now)
    if releases.service.released is None and not releases.service.stopped:
        _leave_open(releases)


def set_clock_wrong(story: Story, now: datetime) -> None:
    """One author's computer ran ahead: a commit is authored three hours after it was deployed."""
    for deployment in reversed(story.deployments):
        commits = _commits(deployment)
        if commits and deployment.finished_at and deployment.finished_at < now - timedelta(days=10):
            commits[-1].authored_at = deployment.finished_at + timedelta(hours=3)
            return


def _commits(deployment: Deployment) -> list[Commit]:
    return [commit for pull in deployment.pull_requests or () for commit in pull.commits]


def _leave_open(releases: Releases) -> None:
    """Pull requests that wait for a review or a merge."""
    rng, now, team = releases.rng, releases.now, releases.service.team
    for _ in range(count(rng, 1.3)):
        opened_at = at_work(now - span(rng, 20), team.utc_offset_h, rng)
        pull = releases.pulls.unmerged(team, team.last, opened_at, now, closed=False)
        releases.story.pull_requests.append(pull)
