"""A read-only view of one commit."""

import pytest

from ingest.repository.memory import blob_id, tree_of
from ingest.repository.tree import Dependency, Entry, Limits, RepositoryTree, glob_pattern


class Counting:
    """Content that counts how often it is read."""

    def __init__(self, data: bytes) -> None:
        self.data, self.count = data, 0

    def read(self, entry: Entry) -> bytes | None:
        self.count += 1
        return self.data


@pytest.mark.parametrize(
    ("glob", "path", "matches"),
    [
        ("**/*.tf", "main.tf", True),
        ("**/*.tf", "a/b/main.tf", True),
        ("*.tf", "a/main.tf", False),
        (".github/workflows/*.y*ml", ".github/workflows/ci.yml", True),
        (".github/workflows/*.y*ml", ".github/workflows/sub/ci.yml", False),
        ("docs/**", "docs/a/b.md", True),
        ("docs/**", "docs", False),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("**/{Jenkinsfile,Dockerfile}*", "x/Dockerfile.dev", True),
        ("a.b", "axb", False),
        ("**/molecule/*/molecule.yml", "molecule/default/molecule.yml", True),
    ],
)
def test_globs_follow_the_usual_rules(glob: str, path: str, matches: bool) -> None:
    assert bool(glob_pattern((glob,)).match(path)) is matches


def test_it_leaves_out_vendored_and_generated_folders_and_says_so() -> None:
    tree = tree_of({"a.yml": "x: 1", "vendor/b.yml": "x: 1", "examples/c.yml": "x: 1", "my-vendor/d.yml": "x: 1"})
    assert tree.paths == ["a.yml", "my-vendor/d.yml"]
    assert tree.all_paths == ["a.yml", "examples/c.yml", "my-vendor/d.yml", "vendor/b.yml"]
    assert tree.files("**/*.yml") == ["a.yml", "my-vendor/d.yml"]


def test_a_file_called_like_a_left_out_folder_stays() -> None:
    assert tree_of({"dist": "x"}).paths == ["dist"]


def test_it_reads_and_parses_a_file_once() -> None:
    content = Counting(b"a: 1")
    tree = RepositoryTree([Entry("a.yml", "b", 4)], content)
    assert tree.yaml("a.yml") is tree.yaml("a.yml")
    assert content.count == 1


def test_it_keeps_links_and_submodules_as_facts_and_opens_neither() -> None:
    content = Counting(b"root:x:0")
    entries = [Entry("passwd", "1", 8, "link"), Entry("sub", "2", 0, "submodule")]
    tree = RepositoryTree(entries, content)
    assert (tree.paths, tree.links, tree.submodules) == ([], ["passwd"], ["sub"])
    assert tree.text("passwd") is None
    assert content.count == 0


@pytest.mark.parametrize("path", ["../x", "a/../x", "a//x", ".git/config", "a/.GIT/x", "a\\b", "/x", "\udcff", "./a"])
def test_a_name_that_is_not_safe_is_told_and_never_opened(path: str) -> None:
    content = Counting(b"x")
    tree = RepositoryTree([Entry(path, "1", 1)], content)
    assert tree.paths == []
    assert [problem.code for problem in tree.problems] == ["unsafe_name"]
    tree.problems[0].path.encode()
    assert content.count == 0


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (Limits(file_bytes=3), "too_large"),
        (Limits(total_bytes=3), "left_out"),
        (Limits(entries=0), "left_out"),
        (Limits(depth=1), "too_deep"),
        (Limits(path_bytes=3), "too_large"),
    ],
)
def test_each_limit_is_told(limits: Limits, code: str) -> None:
    tree = tree_of({"a/b.yml": "a: 1"}, limits=limits)
    assert tree.text("a/b.yml") is None
    assert [problem.code for problem in tree.problems] == [code]


def test_what_is_no_utf8_is_read_as_far_as_it_goes_and_told() -> None:
    tree = tree_of({"a.yml": b"a: 1\nb: \xff\n"})
    assert tree.text("a.yml") == "a: 1\nb: �\n"
    assert [(problem.code, problem.line) for problem in tree.problems] == [("encoding", 2)]


def test_a_binary_file_has_no_text() -> None:
    assert tree_of({"a.png": b"\x89PNG\0\0"}).text("a.png") is None


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert tree_of({"a.yml": b"\xef\xbb\xbfa: 1"}).text("a.yml") == "a: 1"


def test_content_that_is_not_at_hand_is_told() -> None:
    class Nothing:
        def read(self, entry: Entry) -> bytes | None:
            return None

    tree = RepositoryTree([Entry("a", "1", 1)], Nothing())
    assert tree.text("a") is None
    assert [problem.code for problem in tree.problems] == ["missing"]


def test_it_remembers_who_looked_at_what() -> None:
    tree = tree_of({"a.yml": "a: 1", "b.yml": "b: 1"})
    with tree.watching() as watch:
        tree.yaml("a.yml")
        tree.files("*.json")
        tree.exists("c")
    assert watch.seen == {Dependency("read", "a.yml"), Dependency("glob", "*.json"), Dependency("path", "c")}


def test_a_derived_value_hands_on_what_it_looked_at_each_time() -> None:
    tree = tree_of({"a.yml": "a: 1"})
    look = lambda tree: tree.text("a.yml")  # noqa: E731
    tree.derive(look)
    with tree.watching() as watch:
        tree.derive(look)
    assert watch.seen == {Dependency("read", "a.yml")}


def test_what_is_remembered_of_a_file_is_not_worked_out_again() -> None:
    calls = []

    def count(tree: RepositoryTree, path: str) -> int:
        calls.append(path)
        return len(tree.text(path) or "")

    first = tree_of({"a": "one", "b": "three"})
    assert [first.remember("length", count, path) for path in ("a", "b", "a")] == [3, 5, 3]
    second = tree_of({"a": "one", "b": "seventeen"}, memory=first.remembered)
    assert [second.remember("length", count, path) for path in ("a", "b")] == [3, 9]
    assert calls == ["a", "b", "b"]


def test_blob_ids_are_those_of_git() -> None:
    assert blob_id(b"") == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
