"""What a merge brought, against the plain definition."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from ingest.git.history import History
from ingest.git.log import Commit
from ingest.parsers.messages import read_message

AT = datetime(2026, 3, 2, tzinfo=UTC)


def a_commit(sha: str, parents: tuple[str, ...], message: str = "Change") -> Commit:
    return Commit(sha, parents, AT, AT, "Alice", False, read_message(message))


@st.composite
def graphs(draw):
    """Commits, children first; each one's parents are among those made before it."""
    made: list[Commit] = []
    for number in range(draw(st.integers(1, 14))):
        known = [commit.sha for commit in made]
        parents = draw(st.lists(st.sampled_from(known), max_size=3, unique=True)) if known else []
        made.append(a_commit(str(number), tuple(parents)))
    return made[::-1]


def reachable(history: History, starts: tuple[str, ...]) -> set[str]:
    found, queue = set(), list(starts)
    while queue:
        sha = queue.pop()
        if sha not in found:
            found.add(sha)
            queue += history.by_sha[sha].parents or ()
    return found


@given(graphs())
def test_it_brings_what_is_reachable_from_the_others_and_not_from_the_first_parent(graph):
    history = History(graph)
    for commit in graph:
        first, others = commit.parents[:1], commit.parents[1:]
        wanted = reachable(history, others) - reachable(history, first)
        found = history.brought_by(commit)
        assert set(found) == wanted
        assert len(found) == len(wanted)


def test_it_prefers_a_merge_to_a_mere_mention_in_a_title():
    graph = [
        a_commit("m", ("a", "b"), "Merge pull request #7 from org/fix"),
        a_commit("b", ("r",), "Fix (#7)"),
        a_commit("a", ("r",), "Search (#8)"),
        a_commit("r", ()),
    ]
    found = {merged.number: (merged.how, merged.commits) for merged in History(graph).pull_requests()}
    assert found == {7: ("merge", ["b"]), 8: ("squash", ["a"])}
