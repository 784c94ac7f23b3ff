"""A local clone, read by the git program."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest.git.clone import Deploys, Wanted, observations
from ingest.git.program import Clone, Unreadable
from ingest.parsers.observation import ChangeSeen, DeploymentSeen, PullRequestSeen
from tests.ingest.git.repository import Repository

NOW = datetime(2026, 4, 1, tzinfo=UTC)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "pay")


def read(path: Path, deploys: str = "tags:*", with_paths: bool = False) -> list[Any]:
    wanted = Wanted("pay", "payments", Deploys.from_text(deploys), with_paths)
    return list(observations(Clone(path), wanted, NOW, lambda text: None))


def of(kind: type, seen: list[Any]) -> list[Any]:
    return [one for one in seen if isinstance(one, kind)]


def changes(path: Path, **more: Any) -> dict[str, dict[str, Any]]:
    return {seen.sha: seen.said for seen in of(ChangeSeen, read(path, **more))}


def deployments(path: Path, deploys: str = "tags:*") -> dict[str, tuple[str, datetime]]:
    found = of(DeploymentSeen, read(path, deploys))
    return {seen.external_id: (seen.said["sha"], seen.at) for seen in found}


def test_it_reads_commits_with_parents_and_both_times(repository):
    first = repository.commit("Begin")
    second = repository.commit("Go on")
    said = changes(repository.path)
    assert (said[first]["parents"], said[second]["parents"]) == ([], [first])
    assert said[second]["authored_at"] == said[second]["committed_at"] == datetime(2026, 3, 2, 10, 20, tzinfo=UTC)
    assert [said[second][flag] for flag in ("merge", "revert", "reapply", "hotfix", "bot")] == [False] * 5


def test_it_reads_a_merged_pull_request_with_its_commits(repository):
    repository.commit("Begin")
    repository.git("checkout", "-q", "-b", "hotfix/login")
    brought = [repository.commit("One", "a"), repository.commit("Two", "a")]
    repository.git("checkout", "-q", "main")
    before = repository.commit("Meanwhile", "b")
    merge = repository.merge("hotfix/login", "Merge pull request #7 from org/hotfix/login\n\nMend the login")
    (pull,) = of(PullRequestSeen, read(repository.path))
    assert (pull.number, pull.said["how"], pull.said["merge_sha"]) == (7, "merge", merge)
    assert pull.said["commits"] == brought
    assert pull.said["title"] == "Mend the login"
    assert pull.said["hotfix"] is True
    assert pull.said["first_commit_at"] == datetime(2026, 3, 2, 10, 20, tzinfo=UTC)
    said = changes(repository.path)
    assert said[merge]["merge"] is True
    assert said[merge]["parents"] == [before, brought[-1]]
    assert [said[sha].get("pull_request") for sha in (*brought, merge, before)] == [7, 7, 7, None]


def test_it_reads_a_squash_merge_off_its_title(repository):
    sha = repository.commit("Add search (#12)", author=b"dependabot[bot] <x@users.noreply.github.com>")
    (pull,) = of(PullRequestSeen, read(repository.path))
    assert (pull.number, pull.said["how"], pull.said["commits"], pull.said["bot"]) == (12, "squash", [sha], True)


def test_it_reads_reverts_and_what_reverts_a_revert(repository):
    bad = repository.commit("Add search")
    undo = repository.commit(f'Revert "Add search"\n\nThis reverts commit {bad}.')
    redo = repository.commit(f'Reapply "Add search"\n\nThis reverts commit {undo}.')
    said = changes(repository.path)
    assert (said[undo]["reverts"], said[undo]["revert"], said[undo]["reapply"]) == ([bad], True, False)
    assert (said[redo]["reverts"], said[redo]["reapply"]) == ([undo], True)


def test_it_dates_a_lightweight_tag_by_its_commit_and_an_annotated_one_by_its_tagger(repository):
    first = repository.commit("Begin")
    repository.tag("v1.0.0")
    second = repository.commit("Go on")
    repository.tag("v1.1.0", annotated=True)
    found = deployments(repository.path)
    assert found["git/pay/tag/v1.0.0"] == (first, datetime(2026, 3, 2, 10, 10, tzinfo=UTC))
    assert found["git/pay/tag/v1.1.0"] == (second, datetime(2026, 3, 2, 10, 40, tzinfo=UTC))
    seen = of(DeploymentSeen, read(repository.path))[0]
    assert (seen.service, seen.team, seen.environment) == ("pay", "payments", "production")
    assert seen.said == {"terminal": "succeeded", "sha": first, "bot": False, "version": "v1.0.0"}


def test_it_takes_only_tags_that_match(repository):
    repository.commit("Begin")
    repository.tag("v1")
    repository.tag("nightly")
    assert list(deployments(repository.path, "tags:v*")) == ["git/pay/tag/v1"]


def test_it_looks_through_a_tag_of_a_tag_and_leaves_out_a_tag_of_a_file(repository):
    sha = repository.commit("Begin")
    repository.tag("v1", annotated=True)
    repository.tag("stable", annotated=True, target="v1")
    repository.git("tag", "key", "HEAD:file")
    assert {name: at[0] for name, at in deployments(repository.path).items()} == {
        "git/pay/tag/v1": sha,
        "git/pay/tag/stable": sha,
    }


def test_it_takes_each_first_parent_of_a_branch_for_a_deployment(repository):
    first = repository.commit("Begin")
    repository.git("checkout", "-q", "-b", "side")
    repository.commit("Aside", "a")
    repository.git("checkout", "-q", "main")
    merge = repository.merge("side", "Merge branch 'side'")
    found = deployments(repository.path, "merges:main")
    assert list(found) == [f"git/pay/main/{merge}", f"git/pay/main/{first}"]
    with pytest.raises(Unreadable, match="has no branch nope"):
        read(repository.path, "merges:nope")


def test_it_leaves_out_a_tag_from_the_future_and_says_so(repository):
    repository.commit("Begin")
    repository.now += int(timedelta(days=400).total_seconds())
    repository.tag("v9", annotated=True)
    warned: list[str] = []
    wanted = Wanted("pay", None, Deploys.from_text("tags:*"))
    seen = list(observations(Clone(repository.path), wanted, NOW, warned.append))
    assert not of(DeploymentSeen, seen)
    assert "in the future: left out" in warned[0]


def test_it_reads_names_that_are_no_utf_8(repository):
    sha = repository.commit(b"Umlaut \xfc", b"dir/\xfcber \n x", author=b"J\xfcrgen <j@example.org>")
    repository.tag(b"v1-\xfc")
    seen = read(repository.path, with_paths=True)
    (change,), (deployment,) = of(ChangeSeen, seen), of(DeploymentSeen, seen)
    assert change.sha == sha
    assert change.said["paths"] == ["dir/\\xfcber \n x"]
    assert "J" in change.said["author"]
    assert deployment.said["version"] == "v1-\\xfc"


def test_it_reads_paths_only_where_they_are_wanted(repository):
    first = repository.commit("Begin", "a/b c.py")
    empty = repository.git("commit", "-q", "--allow-empty", "-m", "Nothing") or repository.head
    assert "paths" not in changes(repository.path)[first]
    said = changes(repository.path, with_paths=True)
    assert (said[first]["paths"], said[empty]["paths"]) == (["a/b c.py"], [])


def test_it_reads_a_clone_alike_and_names_it_by_its_remote(repository, tmp_path):
    repository.commit("Begin")
    repository.tag("v1")
    clone = tmp_path / "elsewhere"
    subprocess.run(["git", "clone", "-q", str(repository.path), str(clone)], check=True)
    assert read(clone) == read(repository.path)
    subprocess.run(
        ["git", "-C", str(clone), "remote", "set-url", "origin", "https://u:secret@host/org/pay.git"], check=True
    )
    seen = read(clone)
    assert {one.repository.name for one in seen} == {"org/pay"}
    assert "secret" not in repr(seen)


def test_it_knows_no_parents_where_a_shallow_clone_was_cut(repository, tmp_path):
    first, second = repository.commit("Begin"), repository.commit("Go on")
    third = repository.commit("And on")
    clone = tmp_path / "shallow"
    subprocess.run(["git", "clone", "-q", "--depth", "2", repository.path.as_uri(), str(clone)], check=True)
    warned: list[str] = []
    wanted = Wanted("pay", None, Deploys.from_text("tags:*"))
    seen = of(ChangeSeen, list(observations(Clone(clone), wanted, NOW, warned.append)))
    said = {one.sha: one.said for one in seen}
    assert first not in said
    assert "parents" not in said[second]
    assert said[third]["parents"] == [second]
    assert "shallow" in warned[0]


def test_it_runs_nothing_that_the_clone_names(repository, tmp_path):
    repository.commit("Begin")
    ran = tmp_path / "ran"
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\ntouch {ran}\n")
    script.chmod(0o755)
    for name in ("core.fsmonitor", "core.pager", "core.sshCommand", "gpg.program", "diff.external", "core.editor"):
        repository.git("config", name, str(script))
    repository.git("config", "log.showSignature", "true")
    for hook in ("post-checkout", "reference-transaction", "post-index-change"):
        (repository.path / ".git" / "hooks" / hook).symlink_to(script)
    ran.unlink(missing_ok=True)
    assert of(ChangeSeen, read(repository.path, with_paths=True))
    assert not ran.exists()


def test_it_says_what_can_not_be_read(repository, tmp_path, monkeypatch):
    with pytest.raises(Unreadable, match="has no commit"):
        read(repository.path)
    with pytest.raises(Unreadable, match="is not a git repository"):
        Clone(tmp_path)
    with pytest.raises(Unreadable, match="is no folder"):
        Clone(tmp_path / "nowhere")
    inside = repository.path / "folder"
    inside.mkdir()
    with pytest.raises(Unreadable, match="is not a git repository"):
        Clone(inside)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Unreadable, match="no git program"):
        Clone(repository.path)


@pytest.mark.parametrize("text", ["", "tags", "tags:", "commits:main"])
def test_it_refuses_deployments_by_anything_else(text):
    with pytest.raises(ValueError, match="makes no sense"):
        Deploys.from_text(text)
