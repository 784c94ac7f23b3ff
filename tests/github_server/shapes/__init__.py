"""How GitHub's REST API shows each record: docs.github.com/rest, the page that each function names.

``api`` is the root of the API's URLs, as the client reached it.
"""

from tests.github_server.shapes.accounts import ROLES, SITE, Json, organisation, permissions, team, time, user
from tests.github_server.shapes.code import changed_file, commit, whole_commit
from tests.github_server.shapes.hooks import hook, hook_delivery, whole_hook_delivery
from tests.github_server.shapes.pipelines import deployment, deployment_status, job, release, workflow_run
from tests.github_server.shapes.pulls import issue, issue_event, pull, pull_as_issue, review, whole_pull
from tests.github_server.shapes.repositories import MERGING, content, label, repository, whole_repository

__all__ = [
    "SITE",
    "Json",
    "time",
    "user",
    "organisation",
    "team",
    "permissions",
    "ROLES",
    "repository",
    "whole_repository",
    "MERGING",
    "content",
    "label",
    "commit",
    "whole_commit",
    "changed_file",
    "pull",
    "whole_pull",
    "review",
    "issue",
    "pull_as_issue",
    "issue_event",
    "deployment",
    "deployment_status",
    "release",
    "workflow_run",
    "job",
    "hook",
    "hook_delivery",
    "whole_hook_delivery",
]
