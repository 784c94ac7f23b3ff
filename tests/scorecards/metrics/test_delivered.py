"""Which deployment first brought which change."""

from dataclasses import replace

from scorecards.metrics.delivered import History, brought, series
from tests.scorecards.metrics.facts import at, change, deployment, line, pull_request


def delivered(deployments, changes, pull_requests=()):
    """sha -> external id of the deployment that brought it with a lead time."""
    sha_by_id = {c.id: c.sha for c in changes}
    found = brought(deployments, History(changes, pull_requests))
    return {sha_by_id[c.change_id]: f"d{key}" for key, own in found.items() for c in own.changes}


def test_it_orders_equal_times_by_external_id():
    deployments = [
        deployment(1, at(1), external_id="b"),
        deployment(2, at(1), external_id="a"),
        deployment(3, at(0), status="failed"),
        deployment(4, None, status="running"),
        deployment(5, at(0), status="cancelled"),
    ]
    assert [d.id for d in series(deployments)] == [3, 2, 1]


def test_it_walks_from_the_sha_to_what_is_not_delivered_yet():
    found = delivered(
        [deployment(1, at(1), sha="a"), deployment(2, at(2), sha="c"), deployment(3, at(3), sha="d")],
        line("a", "b", "c", "d"),
    )
    assert found == {"b": "d2", "c": "d2", "d": "d3"}


def test_it_gives_the_baseline_no_lead_time():
    found = brought([deployment(1, at(1), sha="b")], History(line("a", "b"), ()))[1]
    assert (found.content, found.baseline, found.without_lead_time, found.changes) == ("baseline", True, 2, ())
    assert found.shas == {"a", "b"}


def test_it_gives_what_a_baseline_lists_a_lead_time():
    history = History(line("a", "b"), ())
    found = brought([deployment(1, at(1), sha="b", shas=("b",)), deployment(2, at(2), sha="b")], history)
    assert (found[1].content, found[1].baseline, len(found[1].changes)) == ("list", True, 1)
    assert (found[2].content, found[2].changes) == ("ancestry", ())


def test_it_takes_the_first_deployment_with_known_content_as_baseline():
    changes = line("a", "b")
    found = brought([deployment(1, at(1), sha="gone"), deployment(2, at(2), sha="b")], History(changes, ()))
    assert [(own.content, own.baseline) for own in found.values()] == [("unknown", False), ("baseline", True)]


def test_it_counts_the_ancestry_of_a_list_as_delivered():
    deployments = [
        deployment(1, at(1), sha="a"),
        deployment(2, at(2), sha="c", shas=("c",)),
        deployment(3, at(3), sha="d"),
    ]
    assert delivered(deployments, line("a", "b", "c", "d")) == {"c": "d2", "d": "d3"}


def test_it_counts_the_ancestry_of_an_empty_list_as_delivered():
    deployments = [
        deployment(1, at(1), sha="a"),
        deployment(2, at(2), sha="b", pull_requests=()),
        deployment(3, at(3), sha="c"),
    ]
    assert delivered(deployments, line("a", "b", "c")) == {"c": "d3"}
    assert brought(deployments, History(line("a", "b", "c"), ()))[2].content == "empty_list"


def test_it_walks_through_a_listed_commit_to_its_ancestors():
    deployments = [deployment(1, at(1), shas=("c",)), deployment(2, at(2), sha="d")]
    assert delivered(deployments, line("a", "b", "c", "d")) == {"c": "d1", "a": "d2", "b": "d2", "d": "d2"}


def test_it_counts_listed_commits_that_are_not_known():
    history = History([change(1, "a"), change(2, "undated", None)], [pull_request(7)])
    own = brought([deployment(1, at(1), shas=("a", "undated", "gone"), pull_requests=(7, 8))], history)[1]
    assert (len(own.changes), own.unmapped) == (1, 4)


def test_it_does_not_count_merges():
    changes = [*line("a"), change(2, "b", parents=("a",)), change(3, "m", parents=("a", "b"))]
    flagged = change(4, "flagged", parents=("m",), merge=True)
    deployments = [deployment(1, at(1), sha="a"), deployment(2, at(2), sha="flagged")]
    assert delivered(deployments, [*changes, flagged]) == {"b": "d2"}


def test_it_walks_through_commits_of_other_services():
    changes = [*line("a"), change(2, "b", parents=("a",), in_scope=False), change(3, "c", parents=("b",))]
    deployments = [deployment(1, at(1), sha="a"), deployment(2, at(2), sha="c")]
    assert delivered(deployments, changes) == {"c": "d2"}
    listing = [deployment(1, at(1), sha="a"), deployment(2, at(2), shas=("b", "c"))]
    assert delivered(listing, changes) == {"b": "d2", "c": "d2"}


def test_it_delivers_the_commits_of_a_pull_request_with_its_merge():
    changes = [*line("a"), change(2, "x"), change(3, "y", pull_request=5), change(4, "m", parents=("a", "x"))]
    merged = pull_request(5, how="merge", merge_sha="m", commits=("x",))
    deployments = [deployment(1, at(1), sha="a"), deployment(2, at(2), sha="m")]
    assert delivered(deployments, changes, [merged]) == {"x": "d2", "y": "d2"}


def test_it_counts_the_commits_of_a_squash_in_place_of_it():
    squashed = pull_request(5, how="squash", merge_sha="b", commits=("x", "y", "gone"))
    deployments = [deployment(1, at(1), sha="a"), deployment(2, at(2), sha="b")]
    changes = [*line("a", "b"), change(10, "x"), change(11, "y")]
    assert delivered(deployments, changes, [squashed]) == {"x": "d2", "y": "d2"}


def test_it_counts_a_squash_whose_commits_are_not_known():
    deployments = [deployment(1, at(1), sha="a"), deployment(2, at(2), sha="b")]
    for commits in ((), ("gone",), ("b",)):
        squashed = pull_request(5, how="squash", merge_sha="b", commits=commits)
        assert delivered(deployments, line("a", "b"), [squashed]) == {"b": "d2"}


def test_it_counts_a_commit_once_that_was_deployed_before_its_squash():
    squashed = pull_request(5, how="squash", merge_sha="b", commits=("x", "y"))
    changes = [*line("a", "b"), change(10, "x", parents=("a",)), change(11, "y", parents=("x",))]
    deployments = [deployment(1, at(1), sha="a"), deployment(2, at(2), sha="x"), deployment(3, at(3), sha="b")]
    assert delivered(deployments, changes, [squashed]) == {"x": "d2", "y": "d3"}


def test_it_counts_the_commits_of_a_rebase_in_place_of_the_rewritten():
    changes = [*line("a", "b", "c", "d"), change(10, "x"), change(11, "y")]
    rebased = pull_request(5, how="rebase", merge_sha="d", commits=("x", "y"))
    deployments = [deployment(1, at(1), sha="a"), deployment(2, at(2), sha="d")]
    assert delivered(deployments, changes, [rebased]) == {"b": "d2", "x": "d2", "y": "d2"}
    named = [replace(c, pull_request=5) if c.sha in "cdxy" else c for c in changes]
    assert delivered(deployments, named, [replace(rebased, commits=())]) == {"b": "d2", "x": "d2", "y": "d2"}


def test_it_counts_a_rebase_that_changed_nothing_or_whose_commits_are_not_known():
    deployments = [deployment(1, at(1), sha="a"), deployment(2, at(2), sha="c")]
    for commits in (("b", "c"), ("gone", "lost")):
        rebased = pull_request(5, how="rebase", merge_sha="c", commits=commits)
        assert delivered(deployments, line("a", "b", "c"), [rebased]) == {"b": "d2", "c": "d2"}


def test_it_brings_the_commits_of_a_listed_pull_request():
    squashed = pull_request(5, how="squash", merge_sha="b", commits=("x",))
    changes = [*line("a", "b"), change(10, "x"), change(11, "y", pull_request=5)]
    own = brought([deployment(1, at(1), pull_requests=(5,))], History(changes, [squashed]))[1]
    assert {c.change_id for c in own.changes} == {10, 11}
    assert own.shas == {"b", "x", "y"}


def test_it_takes_merge_times_where_no_parents_are_known():
    pull_requests = [
        pull_request(1, merged_at=at(0), commits=("a",)),
        pull_request(2, merged_at=at(1), commits=("b",)),
        pull_request(3, merged_at=at(2), commits=("c",)),
        pull_request(4, merged_at=at(2), commits=("d",), to_default_branch=False),
        pull_request(5, merged_at=at(2, minutes=1), commits=("e",)),
    ]
    changes = [change(n, sha) for n, sha in enumerate("abcde")]
    deployments = [
        deployment(1, at(1, hours=1), started_at=at(0, hours=12)),
        deployment(2, at(2, hours=1), started_at=at(2)),
        deployment(3, at(3)),
    ]
    assert delivered(deployments, changes, pull_requests) == {"b": "d2", "c": "d2", "e": "d3"}
    found = brought(deployments, History(changes, pull_requests))
    assert [own.content for own in found.values()] == ["baseline", "merge_time", "merge_time"]


def test_it_takes_the_finish_for_the_start_where_another_event_told_a_later_one():
    pull_requests = [
        pull_request(1, merged_at=at(0), commits=("a",)),
        pull_request(2, merged_at=at(2, hours=1), commits=("b",)),
    ]
    deployments = [deployment(1, at(1)), deployment(2, at(2), started_at=at(2, hours=2)), deployment(3, at(3))]
    assert delivered(deployments, [change(1, "a"), change(2, "b")], pull_requests) == {"b": "d3"}


def test_it_takes_no_merge_times_where_any_parents_are_known():
    merged = pull_request(1, merged_at=at(1), commits=("a",))
    history = History([change(1, "a"), change(2, "b", parents=())], [merged])
    assert brought([deployment(1, at(2))], history)[1].content == "unknown"


def test_it_walks_a_long_history_without_recursion():
    shas = [f"c{n}" for n in range(5000)]
    found = delivered([deployment(1, at(1), sha="c0"), deployment(2, at(9), sha="c4999")], line(*shas))
    assert len(found) == 4999


def test_it_measures_the_stages_of_a_pull_request():
    merged = pull_request(
        5,
        how="squash",
        merge_sha="b",
        commits=("x",),
        opened_at=at(hours=2),
        ready_at=at(hours=3),
        first_review_at=at(hours=7),
        merged_at=at(hours=15),
    )
    changes = [*line("a", "b"), change(10, "x", at(hours=1))]
    deployments = [deployment(1, at(), sha="a"), deployment(2, at(hours=31), sha="b")]
    (stages,) = brought(deployments, History(changes, [merged]))[2].pull_requests
    assert (stages.coding, stages.pickup, stages.review, stages.release) == (7200, 14400, 28800, 57600)


def test_it_has_no_data_for_a_stage_that_is_missing_or_negative():
    merged = pull_request(5, merged_at=at(hours=3), opened_at=at(hours=2), first_review_at=at(hours=4))
    (stages,) = brought([deployment(1, at(hours=5), pull_requests=(5,))], History((), [merged]))[1].pull_requests
    assert (stages.coding, stages.pickup, stages.review, stages.release) == (None, 7200, None, 7200)
