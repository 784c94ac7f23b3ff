"""PyGithub walks the server: what it reads is what the organisation holds."""

import pytest
from github import Auth, Github, GithubException

from tests.github_server.access import APP_ID, app_key
from tests.github_server.organisation import Organisation
from tests.github_server.server import Server


def test_it_lists_all_repositories_page_by_page(library: Github, organisation: Organisation, server: Server) -> None:
    library.per_page = 4
    found = {one.id: one.full_name for one in library.get_organization("acme").get_repos()}
    assert found == {one.number: one.full_name for one in organisation.repositories}
    pages = [one.target for one in server.requests if "/repos" in one.target]
    assert [("page=2" in page) for page in pages] == [False, True]


def test_it_reads_pull_requests_with_commits_and_reviews(library: Github, organisation: Organisation) -> None:
    held = organisation.repositories[0]
    found = list(library.get_repo(held.full_name).get_pulls(state="all", sort="updated", direction="desc"))
    assert [one.number for one in found] == [
        one.number for one in sorted(held.pulls, key=lambda one: (one.updated_at, one.id), reverse=True)
    ]
    by_number = {one.number: one for one in held.pulls}
    for one in found[:4]:
        known = by_number[one.number]
        assert (one.merged_at, one.merge_commit_sha) == (known.merged_at, known.merge_sha)
        assert [commit.sha for commit in one.get_commits()] == known.commits
        assert [review.state for review in one.get_reviews()] == [review.state for review in known.reviews]
        assert one.merged == (known.merged_at is not None)


def test_it_reads_deployments_and_their_statuses(library: Github, organisation: Organisation) -> None:
    held = organisation.repositories[1]
    found = list(library.get_repo(held.full_name).get_deployments())
    assert [one.id for one in found] == [one.number for one in reversed(held.deployments)]
    known = {one.number: one for one in held.deployments}
    for one in found:
        states = [(status.state, status.created_at) for status in one.get_statuses()]
        assert states == [(status.state, status.created_at) for status in reversed(known[one.id].statuses)]


def test_it_narrows_deployments_by_environment(library: Github, organisation: Organisation) -> None:
    held = organisation.repositories[1]
    found = library.get_repo(held.full_name).get_deployments(environment="staging")
    assert found.totalCount == sum(one.environment == "staging" for one in held.deployments)
    assert {one.environment for one in found} == {"staging"}


def test_it_reads_code(library: Github, organisation: Organisation) -> None:
    held = organisation.repositories[2]
    repository = library.get_repo(held.full_name)
    history = held.history(held.branches["main"])
    assert [one.sha for one in repository.get_commits()] == [one.sha for one in history]
    compared = repository.compare(history[5].sha, history[0].sha)
    assert [one.sha for one in compared.commits] == [one.sha for one in held.between(history[5].sha, history[0].sha)]
    assert repository.get_commit("HEAD").sha == history[0].sha
    assert {one.name: one.commit.sha for one in repository.get_tags()} == held.tags
    assert {one.name for one in repository.get_branches()} == set(held.branches)
    contents = repository.get_contents(".github/CODEOWNERS")
    assert not isinstance(contents, list)
    assert contents.decoded_content.decode() == held.files[".github/CODEOWNERS"]


def test_it_reads_releases_runs_and_issues(library: Github, organisation: Organisation) -> None:
    held = organisation.repositories[3]
    repository = library.get_repo(held.full_name)
    assert [one.tag_name for one in repository.get_releases()] == [one.tag for one in reversed(held.releases)]
    assert repository.get_latest_release().tag_name == held.releases[-1].tag
    runs = list(repository.get_workflow_runs())
    assert {one.id: one.conclusion for one in runs} == {one.number: one.conclusion for one in held.runs}
    assert [one.name for one in runs[0].jobs()] == ["test", "deploy"]
    incidents = list(repository.get_issues(state="all", labels=["incident"]))
    assert {one.number: one.closed_at for one in incidents} == {one.number: one.closed_at for one in held.issues}


def test_it_tells_which_team_may_do_what(library: Github, organisation: Organisation) -> None:
    team = library.get_organization("acme").get_team_by_slug("pay")
    found = {one.id: one.permissions.maintain for one in team.get_repos()}
    known = {number: word == "maintain" for number, word in organisation.team("pay").permissions.items()}
    assert found == known
    assert {one.login for one in team.get_members()} == {one.login for one in organisation.team("pay").members}


def test_it_gives_full_objects_so_that_nothing_is_asked_twice(
    library: Github, organisation: Organisation, server: Server
) -> None:
    repository = next(iter(library.get_organization("acme").get_repos()))
    asked = len(server.requests)
    assert repository.default_branch and repository.pushed_at and repository.owner.login == "acme"
    assert len(server.requests) == asked


def test_an_app_signs_in_and_reads(server: Server, organisation: Organisation) -> None:
    auth = Auth.AppAuth(APP_ID, app_key())
    with Github(base_url=server.url, auth=auth, retry=None, seconds_between_requests=0) as app:
        installation = app.requester.requestJsonAndCheck("GET", "/orgs/acme/installation")[1]
    as_installation = auth.get_installation_auth(installation["id"])
    with Github(base_url=server.url, auth=as_installation, retry=None, seconds_between_requests=0) as inside:
        found = inside.requester.requestJsonAndCheck("GET", "/installation/repositories")[1]
        assert found["total_count"] == len(organisation.visible)
        assert inside.get_repo(organisation.repositories[0].full_name).private
        server.access.uninstall()
        with pytest.raises(GithubException) as refused:
            inside.get_repo(organisation.repositories[0].full_name)
    assert refused.value.status == 401


def test_an_unchanged_page_is_told_by_its_etag(library: Github, organisation: Organisation, server: Server) -> None:
    url = f"/repos/{organisation.repositories[0].full_name}/pulls"
    _, headers, _ = library.requester.requestJson("GET", url)[0:3]
    used = server.limits.window("core", "a-token").used
    status, _, body = library.requester.requestJson("GET", url, headers={"If-None-Match": headers["etag"]})
    assert (status, body) == (304, "")
    assert server.limits.window("core", "a-token").used == used
    assert server.requests[-1].conditional
