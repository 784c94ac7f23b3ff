"""(pure) What pull requests, commits and incidents of the demo are called."""

from random import Random

WORK = (
    "Retry {topic} when the upstream times out",
    "Cache {topic} for half a minute",
    "Remove the old path for {topic}",
    "Add metrics for {topic}",
    "Fix an edge case in {topic}",
    "Check {topic} before saving",
    "Show a clear error for {topic}",
    "Move {topic} behind a flag",
    "Speed up {topic}",
    "Log why {topic} fails",
    "Split {topic} into its own module",
    "Support empty values in {topic}",
    "Make {topic} idempotent",
    "Drop a duplicate query in {topic}",
)
STEPS = (
    "Add tests",
    "Answer review comments",
    "Rename for clarity",
    "Handle the empty case",
    "Fix a flaky test",
    "Update the docs",
)
REPAIRS = (
    "Fix a null in {topic}",
    "Restore the timeout for {topic}",
    "Correct the migration for {topic}",
    "Turn the new {topic} off",
)
UPDATES = (
    "Update the web framework to the latest patch",
    "Update the HTTP client to v2",
    "Update the base image",
    "Update the linters",
    "Update the database driver",
    "Refresh the lock file",
)
BROKEN = (
    "Elevated error rate on {service}",
    "Timeouts in {topic} after a deployment",
    "{Topic}: requests fail for some customers",
    "Slow responses on {service}, 99th percentile above 2 s",
    "{Topic} returns wrong results",
    "{service} out of memory",
)
FROM_OUTSIDE = (
    "Packet loss in one zone of the cloud provider",
    "A partner's API is down: {topic} degraded",
    "Expired certificate on {service}",
    "Traffic peak after the newsletter: {service} saturated",
    "Database failover behind {service}",
    "Disk full on a node of {service}",
)


def pull_request_title(rng: Random, topics: tuple[str, ...], *, bot: bool, repair: bool) -> str:
    return _filled(rng, UPDATES if bot else REPAIRS if repair else WORK, topics)


def step_title(rng: Random) -> str:
    """Of a pull request's second and later commits."""
    return rng.choice(STEPS)


def incident_title(rng: Random, topics: tuple[str, ...], service: str, *, outside: bool) -> str:
    return _filled(rng, FROM_OUTSIDE if outside else BROKEN, topics, service)


def _filled(rng: Random, templates: tuple[str, ...], topics: tuple[str, ...], service: str = "") -> str:
    topic = rng.choice(topics)
    return rng.choice(templates).format(topic=topic, Topic=topic[:1].upper() + topic[1:], service=service)
