"""(pure) Whether a job runs on pull requests, as far as its conditions tell."""

import re

from scorecards.reading.pipelines.model import Job, Pipeline

_GITHUB = re.compile(
    r"github\.event_name\s*==\s*['\"](?!pull_request|merge_group)\w+"
    r"|github\.event_name\s*!=\s*['\"]pull_request"
    r"|github\.ref\s*==\s*['\"]refs/(?:heads|tags)/"
    r"|github\.ref_name\s*==|github\.ref_type\s*==\s*['\"]tag"
    r"|startsWith\(\s*github\.ref(?:_name)?\s*,\s*['\"](?:refs/(?:tags|heads)|v)"
    r"|github\.event\.pull_request\.merged\s*==\s*true|github\.event\.release"
)
_GITLAB = re.compile(
    r"CI_COMMIT_TAG|CI_DEFAULT_BRANCH|CI_COMMIT_(?:BRANCH|REF_NAME)\s*=|\b(?:main|master|tags|schedules|never)\b"
)
_AZURE = re.compile(r"refs/(?:heads|tags)/|Build\.Reason'\]\s*,\s*'(?!PullRequest)")


def on_pull_requests(pipeline: Pipeline, job: Job) -> bool:
    """Whether pull or merge requests start the job. A condition that can't be told does not keep it from running."""
    if not pipeline.triggers.pull_request:
        return False
    text = job.condition
    if not text:
        return True
    match pipeline.system:
        case "github":
            return "||" in text or not _GITHUB.search(text)
        case "gitlab":
            return "merge_request" in text or not _GITLAB.search(text)
        case "azure":
            return not _AZURE.search(text)
        case "jenkins":
            return "changeRequest" in text or not re.search(r"\b(?:branch|tag|buildingTag)\b", text)
        case "drone" | "woodpecker":
            return "pull_request" in text or not re.search(r"\b(?:push|tag|promote|cron|main|master)\b", text)
        case _:
            return False


def has_pull_request_jobs(pipeline: Pipeline) -> bool:
    return any(on_pull_requests(pipeline, job) for job in pipeline.jobs)
