"""REST below a repository: code, pull requests, deployments, releases, workflow runs, issues, contents."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from tests.github_server import shapes
from tests.github_server.asking import NOT_FOUND, Answer, Ask, failed, inside
from tests.github_server.hooks import create_hook, deliveries, delivery, list_hooks, redeliver
from tests.github_server.records import Commit, blob_id

EMPTY = failed(409, "Git Repository is empty.")


def _place(ask: Ask) -> str:
    return f"repos/{ask.repo.full_name}"


@inside("GET", "")
def repository(ask: Ask) -> Answer:
    """/rest/repos/repos, "Get a repository"."""
    newest = ask.repo.updated_at.strftime("%a, %d %b %Y %H:%M:%S GMT")
    return Answer(200, shapes.whole_repository(ask.api, ask.repo), {"Last-Modified": newest})


@inside("GET", "/teams")
def teams(ask: Ask) -> Answer:
    """/rest/repos/repos, "List repository teams": with the permission of each."""
    held, number = ask.organisation, ask.repo.number

    def shape(team: Any) -> dict[str, Any]:
        word = team.permissions[number]
        return shapes.team(ask.api, team, held.account) | {
            "permission": word,
            "permissions": shapes.permissions(word),
        }

    return ask.page([team for team in held.teams if number in team.permissions], shape)


# ------------------------------------------------------------ code


@inside("GET", "/commits")
def commits(ask: Ask) -> Answer:
    """/rest/commits/commits, "List commits": ``sha``, ``since``, ``until``, ``path``, ``author``."""
    sha = ask.repo.resolve(ask.query.get("sha", "HEAD"))
    if not ask.repo.commits:
        return EMPTY
    if sha is None:
        return NOT_FOUND
    since, until, path, author = (
        ask.moment("since"),
        ask.moment("until"),
        ask.query.get("path"),
        ask.query.get("author"),
    )
    rows = ask.repo.history(sha)
    rows = [one for one in rows if since is None or one.committed_at >= since]
    rows = [one for one in rows if until is None or one.committed_at <= until]
    rows = [one for one in rows if not path or path in one.files]
    rows = [one for one in rows if not author or author in (one.author.login, one.author.email)]
    return ask.page(rows, lambda one: shapes.commit(ask.api, one))


@inside("GET", "/commits/{sha}/pulls")
def pulls_of_commit(ask: Ask, sha: str) -> Answer:
    """/rest/commits/commits, "List pull requests associated with a commit"."""
    rows = [one for one in ask.repo.pulls if one.brings(sha)]
    return ask.page(rows, lambda one: shapes.pull(ask.api, one))


@inside("GET", "/commits/{ref:path}")
def one_commit(ask: Ask, ref: str) -> Answer:
    """/rest/commits/commits, "Get a commit"; as its sha alone where that is asked for."""
    if not ask.repo.commits:
        return EMPTY
    sha = ask.repo.resolve(ref)
    if sha is None:
        return failed(422, f"No commit found for SHA: {ref}")
    if "sha" in ask.headers.get("accept", ""):
        return Answer(200, sha.encode(), {"Content-Type": "application/vnd.github.sha; charset=utf-8"})
    return Answer(200, shapes.whole_commit(ask.api, ask.repo.commits[sha]))


@inside("GET", "/compare/{base}...{head:path}")
def compare(ask: Ask, base: str, head: str) -> Answer:
    """/rest/commits/commits, "Compare two commits": the oldest commit first."""
    repo = ask.repo
    ends = [repo.resolve(name) for name in (base, head)]
    if ends[0] is None or ends[1] is None:
        return NOT_FOUND
    ahead, behind = repo.between(ends[0], ends[1]), repo.between(ends[1], ends[0])
    status = {(False, False): "identical", (True, False): "ahead", (False, True): "behind"}
    common = next((one for one in repo.history(ends[0]) if one in repo.history(ends[1])), None)
    if common is None:
        return failed(404, f"No common ancestor between {base} and {head}.")
    answer = ask.page(ahead, lambda one: shapes.commit(ask.api, one))
    url = f"{ask.api}/{_place(ask)}/compare/{base}...{head}"
    answer.body = {
        "url": url,
        "html_url": f"{shapes.SITE}/{repo.full_name}/compare/{base}...{head}",
        "permalink_url": f"{shapes.SITE}/{repo.full_name}/compare/{base}...{head}",
        "diff_url": f"{shapes.SITE}/{repo.full_name}/compare/{base}...{head}.diff",
        "patch_url": f"{shapes.SITE}/{repo.full_name}/compare/{base}...{head}.patch",
        "base_commit": shapes.commit(ask.api, repo.commits[ends[0]]),
        "merge_base_commit": shapes.commit(ask.api, common),
        "status": status.get((bool(ahead), bool(behind)), "diverged"),
        "ahead_by": len(ahead),
        "behind_by": len(behind),
        "total_commits": len(ahead),
        "commits": answer.body,
        "files": [shapes.changed_file(ask.api, ahead[-1], path) for path in _paths(ahead)],
    }
    return answer


def _paths(rows: list[Commit]) -> list[str]:
    return sorted({path for one in rows for path in one.files})


def _named(ask: Ask, sha: str) -> dict[str, str]:
    return {"sha": sha, "url": f"{ask.api}/{_place(ask)}/commits/{sha}"}


@inside("GET", "/branches")
def branches(ask: Ask) -> Answer:
    """/rest/branches/branches."""
    rows = sorted(ask.repo.branches.items())
    return ask.page(rows, lambda row: {"name": row[0], "commit": _named(ask, row[1]), "protected": False})


@inside("GET", "/branches/{name:path}")
def branch(ask: Ask, name: str) -> Answer:
    """/rest/branches/branches, "Get a branch"."""
    sha = ask.repo.branches.get(name)
    if sha is None:
        return failed(404, "Branch not found")
    commit = shapes.commit(ask.api, ask.repo.commits[sha])
    return Answer(200, {"name": name, "commit": commit, "protected": False, "_links": {}, "protection": {}})


@inside("GET", "/tags")
def tags(ask: Ask) -> Answer:
    """/rest/repos/repos, "List repository tags": by name, the last first."""
    rows = sorted(ask.repo.tags.items(), reverse=True)
    url = f"{ask.api}/{_place(ask)}"

    def shape(row: tuple[str, str]) -> dict[str, Any]:
        balls = {f"{kind}_url": f"{url}/{kind}/refs/tags/{row[0]}" for kind in ("zipball", "tarball")}
        return {"name": row[0], "commit": _named(ask, row[1]), **balls, "node_id": f"REF_{row[0]}"}

    return ask.page(rows, shape)


@inside("GET", "/git/ref/{ref:path}")
def git_ref(ask: Ask, ref: str) -> Answer:
    """/rest/git/refs, "Get a reference": heads/main, tags/v1."""
    kind, _, name = ref.partition("/")
    sha = {"heads": ask.repo.branches, "tags": ask.repo.tags}.get(kind, {}).get(name)
    if sha is None:
        return EMPTY if not ask.repo.commits else NOT_FOUND
    url = f"{ask.api}/{_place(ask)}/git"
    target = {"sha": sha, "type": "commit", "url": f"{url}/commits/{sha}"}
    told = {"ref": f"refs/{ref}", "node_id": f"REF_{name}", "url": f"{url}/refs/{ref}", "object": target}
    return Answer(200, told)


# ------------------------------------------------------------ pull requests


@inside("GET", "/pulls")
def pulls(ask: Ask) -> Answer:
    """/rest/pulls/pulls, "List pull requests": ``state``, ``base``, ``head``, ``sort``, ``direction``."""
    state, sort = ask.word("state", "open", "open", "closed", "all"), ask.word("sort", "created", "created", "updated")
    rows = [one for one in ask.repo.pulls if state in ("all", one.state)]
    rows = [one for one in rows if ask.query.get("base", one.base) == one.base]
    rows = [one for one in rows if ask.query.get("head", "").partition(":")[2] in ("", one.head)]
    direction = ask.word("direction", "asc" if "sort" in ask.query and sort != "created" else "desc", "asc", "desc")
    rows.sort(key=lambda one: (getattr(one, f"{sort}_at"), one.id), reverse=direction == "desc")
    return ask.page(rows, lambda one: shapes.pull(ask.api, one))


def _of_pull(ask: Ask, number: str, give: Callable[[Any], Answer]) -> Answer:
    found = next((one for one in ask.repo.pulls if str(one.number) == number), None)
    return give(found) if found else NOT_FOUND


@inside("GET", "/pulls/{number}")
def pull(ask: Ask, number: str) -> Answer:
    """/rest/pulls/pulls, "Get a pull request"."""
    return _of_pull(ask, number, lambda one: Answer(200, shapes.whole_pull(ask.api, one)))


@inside("GET", "/pulls/{number}/commits")
def pull_commits(ask: Ask, number: str) -> Answer:
    """/rest/pulls/pulls, "List commits on a pull request": the oldest first, 250 at most."""
    held = ask.repo.commits
    return _of_pull(ask, number, lambda one: ask.page(one.commits[:250], lambda sha: shapes.commit(ask.api, held[sha])))


@inside("GET", "/pulls/{number}/reviews")
def reviews(ask: Ask, number: str) -> Answer:
    """/rest/pulls/reviews: in the order of time."""
    return _of_pull(ask, number, lambda one: ask.page(one.reviews, lambda row: shapes.review(ask.api, row)))


# ------------------------------------------------------------ deployments


@inside("GET", "/deployments")
def deployments(ask: Ask) -> Answer:
    """/rest/deployments/deployments: the newest first; ``sha``, ``ref``, ``task``, ``environment``."""
    names = [name for name in ("sha", "ref", "task", "environment") if name in ask.query]
    rows = [one for one in ask.repo.deployments if all(getattr(one, name) == ask.query[name] for name in names)]
    rows.sort(key=lambda one: one.number, reverse=True)
    return ask.page(rows, lambda one: shapes.deployment(ask.api, one))


def _deployment(ask: Ask, number: str, give: Callable[[Any], Answer]) -> Answer:
    found = next((one for one in ask.repo.deployments if str(one.number) == number), None)
    return give(found) if found else NOT_FOUND


@inside("GET", "/deployments/{number}")
def deployment(ask: Ask, number: str) -> Answer:
    """/rest/deployments/deployments, "Get a deployment"."""
    return _deployment(ask, number, lambda one: Answer(200, shapes.deployment(ask.api, one)))


@inside("GET", "/deployments/{number}/statuses")
def statuses(ask: Ask, number: str) -> Answer:
    """/rest/deployments/statuses: the newest first."""

    def give(one: Any) -> Answer:
        return ask.page(one.statuses[::-1], lambda row: shapes.deployment_status(ask.api, row))

    return _deployment(ask, number, give)


# ------------------------------------------------------------ releases and runs


@inside("GET", "/releases")
def releases(ask: Ask) -> Answer:
    """/rest/releases/releases: the newest first."""
    rows = sorted(ask.repo.releases, key=lambda one: one.number, reverse=True)
    return ask.page(rows, lambda one: shapes.release(ask.api, one))


@inside("GET", "/releases/latest")
def latest_release(ask: Ask) -> Answer:
    """/rest/releases/releases, "Get the latest release": no draft and no prerelease."""
    rows = [one for one in ask.repo.releases if not one.draft and not one.prerelease]
    found = max(rows, key=lambda one: (one.created_at, one.number), default=None)
    return Answer(200, shapes.release(ask.api, found)) if found else NOT_FOUND


@inside("GET", "/releases/{number}")
def one_release(ask: Ask, number: str) -> Answer:
    found = next((one for one in ask.repo.releases if str(one.number) == number), None)
    return Answer(200, shapes.release(ask.api, found)) if found else NOT_FOUND


@inside("GET", "/actions/runs")
def runs(ask: Ask) -> Answer:
    """/rest/actions/workflow-runs: ``created`` as a search does, ``status``, ``branch``, ``event``, ``head_sha``."""
    wanted = {"branch": "branch", "event": "event", "head_sha": "sha"}
    rows = [
        one
        for one in ask.repo.runs
        if all(ask.query.get(k, getattr(one, v)) == getattr(one, v) for k, v in wanted.items())
    ]
    status = ask.query.get("status")
    rows = [one for one in rows if status in (None, one.status, one.conclusion)]
    rows = [one for one in rows if _in_range(one.created_at, ask.query.get("created", ""))]
    rows.sort(key=lambda one: (one.created_at, one.number), reverse=True)
    return ask.page(rows, lambda one: shapes.workflow_run(ask.api, one), key="workflow_runs")


def _in_range(at: datetime, text: str) -> bool:
    """A search's range: >=T, <=T, >T, <T, T..T with ``*`` for an open end, or one day."""
    low, dots, high = text.partition("..")
    if dots:
        return (low == "*" or at >= _moment(low)) and (high == "*" or at <= _moment(high, end=True))
    for sign, fits in SIGNS.items():
        if text.startswith(sign):
            return bool(fits(at, _moment(text[len(sign) :], end=sign in ("<=", ">"))))
    return not text or _moment(text) <= at <= _moment(text, end=True)


SIGNS: dict[str, Callable[[datetime, datetime], bool]] = {
    ">=": lambda at, told: at >= told,
    "<=": lambda at, told: at <= told,
    ">": lambda at, told: at > told,
    "<": lambda at, told: at < told,
}


def _moment(text: str, *, end: bool = False) -> datetime:
    """A day is its first second, or (``end``) its last."""
    if len(text) == len("2026-01-01"):
        text += "T23:59:59Z" if end else "T00:00:00Z"
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _run(ask: Ask, number: str, give: Callable[[Any], Answer]) -> Answer:
    found = next((one for one in ask.repo.runs if str(one.number) == number), None)
    return give(found) if found else NOT_FOUND


@inside("GET", "/actions/runs/{number}")
def one_run(ask: Ask, number: str) -> Answer:
    """/rest/actions/workflow-runs, "Get a workflow run"."""
    return _run(ask, number, lambda one: Answer(200, shapes.workflow_run(ask.api, one)))


@inside("GET", "/actions/runs/{number}/jobs")
def jobs(ask: Ask, number: str) -> Answer:
    """/rest/actions/workflow-jobs, "List jobs for a workflow run"."""
    return _run(ask, number, lambda one: ask.page(one.jobs, lambda row: shapes.job(ask.api, one, row), key="jobs"))


# ------------------------------------------------------------ issues


@inside("GET", "/issues")
def issues(ask: Ask) -> Answer:
    """/rest/issues/issues, "List repository issues": pull requests are among them."""
    state, sort = ask.word("state", "open", "open", "closed", "all"), ask.word("sort", "created", "created", "updated")
    since, wanted = ask.moment("since"), {name for name in ask.query.get("labels", "").split(",") if name}
    both: list[Any] = [*ask.repo.issues, *ask.repo.pulls]
    rows = [one for one in both if state in ("all", one.state)]
    rows = [one for one in rows if wanted <= {label.name for label in one.labels}]
    rows = [one for one in rows if since is None or one.updated_at >= since]
    direction = ask.word("direction", "desc", "asc", "desc")
    rows.sort(key=lambda one: (getattr(one, f"{sort}_at"), one.id), reverse=direction == "desc")
    return ask.page(rows, lambda one: _issue(ask, one))


def _issue(ask: Ask, one: Any) -> dict[str, Any]:
    return shapes.issue(ask.api, one) if one in ask.repo.issues else shapes.pull_as_issue(ask.api, one)


@inside("GET", "/issues/{number}")
def issue(ask: Ask, number: str) -> Answer:
    """/rest/issues/issues, "Get an issue"."""
    both: list[Any] = [*ask.repo.issues, *ask.repo.pulls]
    found = next((one for one in both if str(one.number) == number), None)
    return Answer(200, _issue(ask, found)) if found else NOT_FOUND


@inside("GET", "/issues/{number}/events")
@inside("GET", "/issues/{number}/timeline")
def issue_events(ask: Ask, number: str) -> Answer:
    """/rest/issues/events and /rest/issues/timeline: labels, and that it was closed or opened again."""
    found = next((one for one in ask.repo.issues if str(one.number) == number), None)
    if found is None:
        return NOT_FOUND
    return ask.page(found.events, lambda one: shapes.issue_event(ask.api, one, ask.repo))


# ------------------------------------------------------------ contents and trees


@inside("GET", "/contents/{path:path}")
def contents(ask: Ask, path: str) -> Answer:
    """/rest/repos/contents: a file, or the names in a folder."""
    ref = ask.query.get("ref", ask.repo.default_branch)
    if ask.repo.resolve(ref) is None:
        return failed(404, f"No commit found for the ref {ref}")
    path = path.rstrip("/")
    if path in ask.repo.files:
        return Answer(200, shapes.content(ask.api, ask.repo, path, ref))
    below = [one for one in sorted(ask.repo.files) if one.startswith(f"{path}/")]
    told = [shapes.content(ask.api, ask.repo, one, ref) for one in below if "/" not in one[len(path) + 1 :]]
    kept = [{k: v for k, v in one.items() if k not in ("content", "encoding")} for one in told]
    return Answer(200, kept) if below else NOT_FOUND


@inside("GET", "/git/trees/{sha:path}")
def tree(ask: Ask, sha: str) -> Answer:
    """/rest/git/trees, of the newest files; all at once, whether it is asked for recursively or not."""
    if ask.repo.resolve(sha) is None and sha not in {one.tree for one in ask.repo.commits.values()}:
        return NOT_FOUND
    url = f"{ask.api}/{_place(ask)}/git"
    rows = [
        {
            "path": path,
            "mode": "100644",
            "type": "blob",
            "sha": blob_id(text),
            "size": len(text.encode()),
            "url": f"{url}/blobs/{blob_id(text)}",
        }
        for path, text in sorted(ask.repo.files.items())
    ]
    return Answer(200, {"sha": sha, "url": f"{url}/trees/{sha}", "tree": rows, "truncated": False})


@inside("GET", "/git/blobs/{sha}")
def blob(ask: Ask, sha: str) -> Answer:
    """/rest/git/blobs."""
    path = next((path for path, text in ask.repo.files.items() if blob_id(text) == sha), None)
    if path is None:
        return NOT_FOUND
    told = {"sha": sha, "node_id": f"B_{sha}", "size": len(ask.repo.files[path].encode()), "encoding": "base64"}
    return Answer(200, told | {"url": f"{ask.api}/{_place(ask)}/git/blobs/{sha}", "content": ask.repo.encoded(path)})


# ------------------------------------------------------------ hooks


@inside("GET", "/hooks")
def hooks(ask: Ask) -> Answer:
    return list_hooks(ask, _place(ask))


@inside("POST", "/hooks")
def new_hook(ask: Ask) -> Answer:
    return create_hook(ask, _place(ask))


@inside("GET", "/hooks/{number}")
def one_hook(ask: Ask, number: str) -> Answer:
    return list_hooks(ask, _place(ask), number)


@inside("GET", "/hooks/{number}/deliveries")
def hook_deliveries(ask: Ask, number: str) -> Answer:
    return deliveries(ask, number)


@inside("GET", "/hooks/{number}/deliveries/{delivery_id}")
def hook_delivery(ask: Ask, number: str, delivery_id: str) -> Answer:
    return delivery(ask, number, delivery_id)


@inside("POST", "/hooks/{number}/deliveries/{delivery_id}/attempts")
def hook_attempt(ask: Ask, number: str, delivery_id: str) -> Answer:
    return redeliver(ask, number, delivery_id)
