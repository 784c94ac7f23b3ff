"""What git prints, read."""

from datetime import UTC, datetime

import pytest

from ingest.git.log import changed_paths, commits, instant, repository_name, tags


def test_it_reads_commits_and_stops_at_half_a_one():
    fields = [b"a" * 40, b"", b"1772445600", b"1772445660", b"Al\xefce", b"a@b", b"Title\n\nBody\n", b"b" * 40]
    (commit,) = commits(fields)
    assert (commit.parents, commit.is_merge, commit.author) == ((), False, "Al\ufffdce")
    assert commit.authored_at == datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert commit.message.title == "Title"


def test_it_says_no_parents_where_a_clone_was_cut():
    fields = [b"a" * 40, b"", b"0", b"0", b"A", b"a@b", b""]
    (commit,) = commits(fields, frozenset({"a" * 40}))
    assert commit.parents is None


def test_it_reads_paths_with_any_name():
    fields = [b"", b"c", b"\na.py", b"b\nc", b"", b"d", b"", b"e", b"\n\nodd", b"\xff"]
    assert changed_paths(fields) == {"c": ["a.py", "b\nc"], "d": [], "e": ["\nodd", "\\xff"]}


def test_it_leaves_out_tags_of_files():
    rows = [b"refs/tags/v1", b"commit", b"a", b"", b"", b"", b"", b"\nrefs/tags/key", b"blob", b"b", b"", b"", b"", b"",
            b"\nrefs/tags/v2", b"tag", b"c", b"commit", b"d", b"60", b"X", b"\n"]  # fmt: skip
    first, second = tags(rows)
    assert (first.name, first.commit, first.tagged_at) == ("v1", "a", None)
    assert (second.name, second.commit, second.tagged_at) == ("v2", "d", datetime(1970, 1, 1, 0, 1, tzinfo=UTC))


@pytest.mark.parametrize(("seconds", "year"), [(b"-5", 1970), (b"", 1970), (b"9" * 30, 9999), (b"1772445600", 2026)])
def test_it_moves_an_impossible_time_to_the_edge(seconds, year):
    assert instant(seconds).year == year


@pytest.mark.parametrize(
    ("origin", "name"),
    [
        ("https://alice:token@github.com/org/pay.git", "org/pay"),
        ("https://gitlab.example.org/group/sub/pay/", "group/sub/pay"),
        ("git@github.com:org/pay.git", "org/pay"),
        ("ssh://git@host:2222/org/pay", "org/pay"),
        ("/srv/git/pay.git", "pay"),
        ("file:///srv/git/pay.git", "pay"),
        ("../pay", "pay"),
        ("", "folder"),
        (None, "folder"),
    ],
)
def test_it_names_the_repository_by_its_remote_without_credentials(origin, name):
    assert repository_name(origin, "folder") == name
