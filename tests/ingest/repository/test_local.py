"""A tree from a local folder, or from a clone's commit."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.git.program import Unreadable
from ingest.repository.bare import open_bare
from ingest.repository.local import Folder, Opened, open_folder
from ingest.repository.tree import RepositoryTree
from tests.ingest.repository.gits import committed, git, write

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def tree_of(opened: Opened) -> RepositoryTree:
    return RepositoryTree(opened.entries, opened.content)


def test_a_folder_outside_git_is_read_whole_and_has_no_commit(tmp_path: Path) -> None:
    write(tmp_path, {"a.txt": "one", "b/c.txt": "two"})
    opened = open_folder(tmp_path, NOW)
    assert (opened.commit, opened.changed, opened.history.known) == (None, False, False)
    tree = tree_of(opened)
    assert tree.paths == ["a.txt", "b/c.txt"]
    assert tree.text("b/c.txt") == "two"


def test_a_clean_clone_is_its_commit(tmp_path: Path) -> None:
    sha = committed(tmp_path / "shop", {"a.txt": "one", "run.sh": "#!/bin/sh\n"})
    opened = open_folder(tmp_path / "shop", NOW)
    assert (opened.commit, opened.changed, opened.name) == (sha, False, "shop")


def test_the_name_is_the_remotes(tmp_path: Path) -> None:
    committed(tmp_path, {"a": "1"})
    git(tmp_path, "remote", "add", "origin", "git@github.com:Acme/Shop.git")
    assert open_folder(tmp_path, NOW).name == "acme/shop"


def test_what_is_ignored_is_not_read_and_what_is_new_is(tmp_path: Path) -> None:
    committed(tmp_path, {".gitignore": "secret.txt\n", "a.txt": "one"})
    write(tmp_path, {"secret.txt": "x", "new.txt": "two"})
    opened = open_folder(tmp_path, NOW)
    assert tree_of(opened).paths == [".gitignore", "a.txt", "new.txt"]
    assert opened.changed is True


@pytest.mark.parametrize("change", [{"a.txt": "other"}, {"b.txt": "new"}])
def test_a_change_that_is_not_committed_is_told(tmp_path: Path, change: dict[str, str]) -> None:
    committed(tmp_path, {"a.txt": "one"})
    write(tmp_path, change)
    assert open_folder(tmp_path, NOW).changed is True


def test_a_deleted_file_is_a_change(tmp_path: Path) -> None:
    committed(tmp_path, {"a.txt": "one", "b.txt": "two"})
    (tmp_path / "b.txt").unlink()
    opened = open_folder(tmp_path, NOW)
    assert opened.changed is True
    assert tree_of(opened).paths == ["a.txt"]


def test_a_repository_without_a_commit_is_a_folder(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    write(tmp_path, {"a.txt": "one"})
    opened = open_folder(tmp_path, NOW)
    assert opened.commit is None
    assert tree_of(opened).paths == ["a.txt"]


def test_no_link_leads_out(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    write(outside, {"secret.txt": "secret"})
    inside = tmp_path / "inside"
    write(inside, {"a.txt": "one"})
    (inside / "file").symlink_to(outside / "secret.txt")
    (inside / "folder").symlink_to(outside)
    (inside / "passwd").symlink_to("/etc/passwd")
    tree = tree_of(open_folder(inside, NOW))
    assert tree.paths == ["a.txt"]
    assert sorted(tree.links) == ["file", "folder", "passwd"]
    assert all(tree.text(path) is None for path in ("file", "folder/secret.txt", "passwd"))


def test_a_folder_that_becomes_a_link_after_the_listing_is_not_followed(tmp_path: Path) -> None:
    write(tmp_path / "in", {"sub/secret.txt": "mine"})
    write(tmp_path / "out", {"secret.txt": "secret"})
    opened = open_folder(tmp_path / "in", NOW)
    (tmp_path / "in/sub/secret.txt").unlink()
    (tmp_path / "in/sub").rmdir()
    (tmp_path / "in/sub").symlink_to(tmp_path / "out")
    assert tree_of(opened).text("sub/secret.txt") is None


def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    write(tmp_path, {"a": "1"})
    assert tree_of(open_folder(tmp_path, NOW)).paths == ["a"]


def test_a_name_that_is_no_utf8_is_told(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.txt")).write_text("x")
    tree = tree_of(open_folder(tmp_path, NOW))
    assert tree.paths == []
    assert [problem.code for problem in tree.problems] == ["unsafe_name"]


def test_the_clones_own_configuration_runs_nothing(tmp_path: Path) -> None:
    committed(tmp_path, {"a.txt": "one", ".gitattributes": "* filter=evil\n"})
    marker = tmp_path.parent / "marker"
    for name in ("core.fsmonitor", "filter.evil.clean", "filter.evil.smudge", "core.pager", "alias.ls-files"):
        git(tmp_path, "config", name, f"touch {marker}")
    write(tmp_path, {"a.txt": "two"})
    open_folder(tmp_path, NOW)
    assert not marker.exists()


@pytest.mark.parametrize("name", ["missing", "file"])
def test_what_is_no_folder_is_told(tmp_path: Path, name: str) -> None:
    write(tmp_path, {"file": "x"})
    with pytest.raises(Unreadable, match="no folder"):
        open_folder(tmp_path / name, NOW)


# ---------------------------------------------------------------- a commit by its objects


def test_a_commit_is_read_from_its_objects(tmp_path: Path) -> None:
    first = committed(tmp_path, {"a.txt": "one", "b/run.sh": "#!/bin/sh\n"})
    (tmp_path / "link").symlink_to("/etc/passwd")
    committed(tmp_path, {"a.txt": "two"})
    write(tmp_path, {"a.txt": "three"})
    tree = tree_of(open_bare(tmp_path))
    assert tree.text("a.txt") == "two"
    assert tree.links == ["link"]
    older = tree_of(open_bare(tmp_path, first))
    assert (older.text("a.txt"), older.links) == ("one", [])


def test_a_commit_that_is_not_there_is_told(tmp_path: Path) -> None:
    committed(tmp_path, {"a": "1"})
    with pytest.raises(Unreadable, match="no commit"):
        open_bare(tmp_path, "f" * 40)


def test_blob_ids_agree_whichever_way_a_commit_is_read(tmp_path: Path) -> None:
    committed(tmp_path, {"a.txt": "one", "b.txt": ""})
    by_folder = {entry.path: entry.blob for entry in open_folder(tmp_path, NOW).entries}
    by_objects = {entry.path: entry.blob for entry in open_bare(tmp_path).entries}
    assert by_folder == by_objects


# ---------------------------------------------------------------- the past


def test_the_past_has_tags_commits_and_ages(tmp_path: Path) -> None:
    committed(tmp_path, {"a": "1", "b": "1"}, "feat: one", at="2026-01-01T00:00:00Z")
    git(tmp_path, "tag", "v1.0.0")
    committed(tmp_path, {"a": "2"}, "fix(core)!: two\n\nBREAKING CHANGE: all", at="2026-11-01T00:00:00Z")
    git(tmp_path, "tag", "-a", "v1.1.0", "-m", "two", GIT_COMMITTER_DATE="2026-11-02T00:00:00Z")
    past = open_folder(tmp_path, NOW).history
    assert (past.known, past.shallow) == (True, False)
    assert [(tag.name, tag.annotated) for tag in past.tags] == [("v1.0.0", False), ("v1.1.0", True)]
    assert [commit.subject for commit in past.commits] == ["fix(core)!: two", "feat: one"]
    assert "BREAKING" in past.commits[0].body
    assert past.first_commit_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert past.last_changed("a") == datetime(2026, 11, 1, tzinfo=UTC)
    assert (past.unchanged_since_first("a"), past.unchanged_since_first("b")) == (False, True)
    assert past.last_changed("missing") is None


def test_commits_older_than_a_year_are_not_told(tmp_path: Path) -> None:
    committed(tmp_path, {"a": "1"}, at="2024-01-01T00:00:00Z")
    assert open_folder(tmp_path, NOW).history.commits == ()


def test_what_can_not_be_read_has_no_bytes() -> None:
    itself = Path(f"/proc/{os.getpid()}")  # the start of its memory is never there to be read
    assert Folder(itself).bytes_of("mem", 10) is None
