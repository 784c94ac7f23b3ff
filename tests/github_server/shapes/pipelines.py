"""Deployments, releases and workflow runs."""

from tests.github_server.records import Deployment, DeploymentStatus, Job, Release, WorkflowRun, node_id
from tests.github_server.shapes.accounts import SITE, Json, time, user
from tests.github_server.shapes.repositories import repository


def deployment(api: str, one: Deployment) -> Json:
    """/rest/deployments/deployments."""
    url = f"{api}/repos/{one.repository.full_name}"
    return {
        "url": f"{url}/deployments/{one.number}",
        "id": one.number,
        "node_id": one.node_id,
        "sha": one.sha,
        "ref": one.ref,
        "task": one.task,
        "payload": one.payload,
        "original_environment": one.original_environment,
        "environment": one.environment,
        "description": one.description,
        "creator": user(api, one.creator),
        "created_at": time(one.created_at),
        "updated_at": time(one.updated_at),
        "statuses_url": f"{url}/deployments/{one.number}/statuses",
        "repository_url": url,
        "transient_environment": one.transient,
        "production_environment": one.production,
        "performed_via_github_app": None,
    }


def deployment_status(api: str, one: DeploymentStatus) -> Json:
    """/rest/deployments/statuses."""
    url = f"{api}/repos/{one.deployment.repository.full_name}"
    return {
        "url": f"{url}/deployments/{one.deployment.number}/statuses/{one.number}",
        "id": one.number,
        "node_id": one.node_id,
        "state": one.state,
        "creator": user(api, one.creator),
        "description": one.description,
        "environment": one.environment,
        "target_url": one.log_url,
        "created_at": time(one.created_at),
        "updated_at": time(one.created_at),
        "deployment_url": f"{url}/deployments/{one.deployment.number}",
        "repository_url": url,
        "environment_url": one.environment_url,
        "log_url": one.log_url,
        "performed_via_github_app": None,
    }


def release(api: str, one: Release) -> Json:
    """/rest/releases/releases."""
    url, site = f"{api}/repos/{one.repository.full_name}", f"{SITE}/{one.repository.full_name}"
    return {
        "url": f"{url}/releases/{one.number}",
        "html_url": f"{site}/releases/tag/{one.tag}",
        "assets_url": f"{url}/releases/{one.number}/assets",
        "upload_url": f"{url}/releases/{one.number}/assets{{?name,label}}",
        "tarball_url": f"{url}/tarball/{one.tag}",
        "zipball_url": f"{url}/zipball/{one.tag}",
        "id": one.number,
        "node_id": one.node_id,
        "tag_name": one.tag,
        "target_commitish": one.target,
        "name": one.name,
        "body": one.body,
        "draft": one.draft,
        "prerelease": one.prerelease,
        "immutable": False,
        "created_at": time(one.created_at),
        "published_at": time(one.published_at),
        "updated_at": time(one.published_at or one.created_at),
        "author": user(api, one.author),
        "assets": [],
    }


def workflow_run(api: str, one: WorkflowRun) -> Json:
    """/rest/actions/workflow-runs."""
    url = f"{api}/repos/{one.repository.full_name}"
    mine, head = f"{url}/actions/runs/{one.number}", one.repository.commits[one.sha]
    parts = ("jobs", "logs", "artifacts", "cancel", "rerun")
    return {
        "id": one.number,
        "name": one.name,
        "node_id": one.node_id,
        "check_suite_id": one.suite,
        "check_suite_node_id": node_id("CS", one.suite),
        "head_branch": one.branch,
        "head_sha": one.sha,
        "path": one.path,
        "display_title": head.message.partition("\n")[0],
        "run_number": one.run_number,
        "event": one.event,
        "status": one.status,
        "conclusion": one.conclusion,
        "workflow_id": one.workflow,
        "url": mine,
        "html_url": f"{SITE}/{one.repository.full_name}/actions/runs/{one.number}",
        "pull_requests": [],
        "created_at": time(one.created_at),
        "updated_at": time(one.updated_at),
        "actor": user(api, one.actor),
        "triggering_actor": user(api, one.actor),
        "run_attempt": one.attempt,
        "referenced_workflows": [],
        "run_started_at": time(one.started_at),
        **{f"{part}_url": f"{mine}/{part}" for part in parts},
        "check_suite_url": f"{url}/check-suites/{one.suite}",
        "previous_attempt_url": None if one.attempt == 1 else f"{mine}/attempts/{one.attempt - 1}",
        "workflow_url": f"{url}/actions/workflows/{one.workflow}",
        "head_commit": {
            "id": head.sha,
            "tree_id": head.tree,
            "message": head.message,
            "timestamp": time(head.authored_at),
            "author": {"name": head.author.name, "email": head.author.email},
            "committer": {"name": head.committer.name, "email": head.committer.email},
        },
        "repository": repository(api, one.repository),
        "head_repository": repository(api, one.repository),
    }


def job(api: str, run: WorkflowRun, one: Job) -> Json:
    """/rest/actions/workflow-jobs."""
    url = f"{api}/repos/{run.repository.full_name}"
    return {
        "id": one.number,
        "run_id": run.number,
        "run_url": f"{url}/actions/runs/{run.number}",
        "run_attempt": run.attempt,
        "node_id": one.node_id,
        "head_sha": run.sha,
        "head_branch": run.branch,
        "url": f"{url}/actions/jobs/{one.number}",
        "html_url": f"{SITE}/{run.repository.full_name}/actions/runs/{run.number}/job/{one.number}",
        "status": one.status,
        "conclusion": one.conclusion,
        "created_at": time(one.created_at),
        "started_at": time(one.started_at),
        "completed_at": time(one.completed_at),
        "name": one.name,
        "steps": [],
        "check_run_url": f"{url}/check-runs/{one.number}",
        "labels": ["ubuntu-latest"],
        "runner_id": 1,
        "runner_name": "runner-1",
        "runner_group_id": 1,
        "runner_group_name": "Default",
        "workflow_name": run.name,
    }
