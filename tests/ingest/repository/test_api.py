"""A tree from GitHub's API, by answers as it gives them; and whatever else it may answer."""

import json
import tempfile
from base64 import encodebytes
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest.errors import AccessDenied, RateLimited, SourceUnavailable
from ingest.repository import api
from ingest.repository import github as seam
from ingest.repository.api import Trees
from ingest.repository.github import GitHubCalls, HostRateLimited, Reply, check
from ingest.repository.memory import blob_id
from ingest.repository.packed import open_pack
from ingest.repository.refused import CommitGone, RepositoryRefused, RepositoryUnavailable
from ingest.repository.tree import RepositoryTree
from scorecards.scans.sources import Api, source_in_settings

NAME = "acme/checkout"
COMMIT = "c" * 40


@dataclass
class GitHub:
    """A repository behind the API. ``small``: trees with more rows than this come truncated when recursive."""

    files: dict[str, bytes]
    small: int = 100_000
    flat: bool = False
    replies: dict[str, Reply] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    sent: list[dict[str, str]] = field(default_factory=list)

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Reply:
        path = path.removeprefix(f"/repos/{NAME}/")
        self.asked.append(path)
        self.sent.append(dict(headers or {}))
        if path in self.replies:
            return self.replies[path]
        if path == "commits/HEAD":
            return Reply(200, {"etag": 'W/"1"'}, COMMIT)
        kind, _, rest = path.removeprefix("git/").partition("/")
        if kind == "trees":
            tree, _, query = rest.partition("?")
            return self._tree(tree, recursive=bool(query) and not self.flat)
        data = next(data for data in self.files.values() if blob_id(data) == rest)
        return answer({"sha": rest, "size": len(data), "encoding": "base64", "content": encodebytes(data).decode()})

    def _tree(self, tree: str, *, recursive: bool) -> Reply:
        prefix = next(p for p in self._folders() if folder_id(p) == tree) if tree != COMMIT else ""
        below = {path.removeprefix(prefix): data for path, data in self.files.items() if path.startswith(prefix)}
        folders = {path[:at] for path in below for at in range(len(path)) if path[at] == "/"}
        rows = [
            {"path": path, "mode": "100644", "type": "blob", "sha": blob_id(data), "size": len(data), "url": "x"}
            for path, data in below.items()
        ] + [{"path": f, "mode": "040000", "type": "tree", "sha": folder_id(f"{prefix}{f}/")} for f in folders]
        if not recursive:
            return answer({"sha": tree, "tree": [r for r in rows if "/" not in r["path"]], "truncated": False})
        return answer({"sha": tree, "tree": rows[: self.small], "truncated": len(rows) > self.small})

    def _folders(self) -> Iterator[str]:
        for path in self.files:
            yield from (path[: at + 1] for at in range(len(path)) if path[at] == "/")


def folder_id(path: str) -> str:
    return blob_id(f"folder {path}".encode())


def answer(told: Any, status: int = 200, **headers: str) -> Reply:
    return Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, json.dumps(told))


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where packs are made: empty afterwards."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield tmp_path
    assert list(tmp_path.iterdir()) == []


def brought(host: GitHub) -> tuple[RepositoryTree, bool]:
    with Trees(host).packed(NAME, COMMIT) as found:
        opened = open_pack(found.path)
        tree = RepositoryTree(opened.entries, opened.content)
        for path in tree.all_paths:
            tree.text(path)
    assert opened.commit == COMMIT
    return tree, opened.cut


FILES = {"README.md": b"hello", "a/b/c.yaml": b"a: 1", "a/d.yaml": b"d: 1", "e/f.py": b"pass"}


def test_it_brings_names_and_contents() -> None:
    tree, cut = brought(GitHub(FILES))
    assert {path: str(tree.text(path)).encode() for path in tree.paths} == FILES
    assert not cut


def test_equal_contents_are_asked_for_once() -> None:
    host = GitHub({"a.md": b"same", "b.md": b"same"})
    brought(host)
    assert len([path for path in host.asked if path.startswith("git/blobs")]) == 1


@pytest.mark.parametrize("small", [1, 3])
def test_a_tree_that_is_cut_short_is_walked(small: int) -> None:
    files = {f"{folder}/{name}.md": f"{folder}{name}".encode() for folder in ("a", "b/c") for name in "xy"[:small]}
    host = GitHub(files, small=small)
    tree, cut = brought(host)
    assert (set(tree.paths), cut) == (set(files), False)
    assert len([path for path in host.asked if path.startswith("git/trees")]) > 2


def test_an_answer_that_leaves_out_what_lies_below_is_walked() -> None:
    tree, _ = brought(GitHub(FILES, flat=True))
    assert set(tree.paths) == FILES.keys()


def test_more_folders_than_are_asked_for_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "MAX_TREES", 3)
    tree, cut = brought(GitHub({f"{n}/x.md": b"1" for n in range(20)}, flat=True))
    assert (len(tree.paths) < 20, cut) == (True, True)


def test_media_builds_and_large_files_stay_at_the_host() -> None:
    files = {"logo.PNG": b"1", "node_modules/x/index.js": b"2", "big.yaml": b"3" * (1 << 20) + b"3", "lib": b"4"}
    host = GitHub(files)
    tree, _ = brought(host)
    assert set(tree.all_paths) == files.keys()
    assert [path for path in host.asked if path.startswith("git/blobs")] == [f"git/blobs/{blob_id(b'4')}"]


def test_what_media_hold_is_no_text_unless_it_has_another_name_too(monkeypatch: pytest.MonkeyPatch) -> None:
    tree, _ = brought(GitHub({"a.png": b"picture", "b.png": b"a: 1", "c.yaml": b"a: 1"}))
    assert [tree.text(path) for path in tree.paths] == [None, "a: 1", "a: 1"]
    assert tree.problems == []
    monkeypatch.setattr(api, "MAX_BLOBS", 0)
    tree, _ = brought(GitHub({"b.png": b"a: 1", "c.yaml": b"a: 1"}))
    assert {problem.code for problem in tree.problems} == {"missing"}


def test_settings_come_before_code_where_not_all_may_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "MAX_BLOBS", 2)
    tree, _ = brought(GitHub({"a.py": b"1", "deep/er/b.yaml": b"2", "c.yaml": b"3"}))
    assert [tree.text(path) for path in ("c.yaml", "deep/er/b.yaml", "a.py")] == ["3", "2", None]
    assert [problem.code for problem in tree.problems] == ["missing"]


def test_no_more_bytes_come_than_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "TOTAL_BYTES", 5)
    tree, _ = brought(GitHub({"a.md": b"111", "b.md": b"222", "c.md": b"33"}))
    assert [tree.text(path) for path in ("a.md", "b.md", "c.md")] == ["111", None, "33"]


def test_links_and_submodules_are_told() -> None:
    rows = [
        {"path": "link", "mode": "120000", "type": "blob", "sha": "1" * 40, "size": 11},
        {"path": "sub", "mode": "160000", "type": "commit", "sha": "2" * 40},
        {"path": "../evil", "mode": "100644", "type": "blob", "sha": blob_id(b"1"), "size": 1},
    ]
    host = GitHub({"x": b"1"}, replies={f"git/trees/{COMMIT}?recursive=1": answer({"tree": rows, "truncated": False})})
    tree, _ = brought(host)
    assert (tree.links, tree.submodules, tree.all_paths) == (["link"], ["sub"], [])


@pytest.mark.parametrize(
    "told",
    [
        {"encoding": "base64", "content": "bm90IGl0"},
        {"encoding": "base64", "content": "é"},
        {"encoding": "utf-8", "content": "hello"},
        {"encoding": "base64", "content": None},
        {},
    ],
)
def test_a_content_that_is_not_that_of_its_id_is_missing(told: Any) -> None:
    host = GitHub({"a.md": b"hello"}, replies={f"git/blobs/{blob_id(b'hello')}": answer(told)})
    assert [problem.code for problem in brought(host)[0].problems] == ["missing"]


@pytest.mark.parametrize(
    "body",
    [
        "", "<html>", "[]", "{}", '{"tree": 1}', '{"tree": [1]}', '{"tree": [{}]}', "[" * 100_000,
        json.dumps({"tree": [{"path": "a", "mode": "100644", "type": "blob", "sha": "../x", "size": 1}]}),
        json.dumps({"tree": [{"path": "a", "mode": "100644", "type": "blob", "sha": "1" * 40, "size": "1"}]}),
        json.dumps({"tree": [{"path": ["a"], "mode": 1, "type": {}, "sha": None}]}),
    ],
)  # fmt: skip
def test_an_answer_of_another_kind_is_tried_again(body: str) -> None:
    host = GitHub(FILES, replies={f"git/trees/{COMMIT}?recursive=1": Reply(200, {}, body)})
    with pytest.raises(RepositoryUnavailable), Trees(host).packed(NAME, COMMIT):
        pass


def test_a_commit_that_is_not_there_is_gone() -> None:
    host = GitHub(FILES, replies={f"git/trees/{COMMIT}?recursive=1": answer({"message": "Not Found"}, 404)})
    with pytest.raises(CommitGone), Trees(host).packed(NAME, COMMIT):
        pass


def test_it_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "WALL_SECONDS", -1.0)
    with pytest.raises(RepositoryUnavailable), Trees(GitHub(FILES)).packed(NAME, COMMIT):
        pass


# ---------------------------------------------------------------- the newest commit


def test_an_unchanged_branch_is_asked_for_by_its_mark() -> None:
    host = GitHub(FILES)
    trees = Trees(host)
    assert trees.head(NAME) == COMMIT
    host.replies["commits/HEAD"] = Reply(304, {}, "")
    assert trees.head(NAME) == COMMIT
    assert host.sent[0] == {"Accept": api.SHA}
    assert host.sent[1] == {"Accept": api.SHA, "If-None-Match": 'W/"1"'}
    assert host.asked == ["commits/HEAD"] * 2


@pytest.mark.parametrize("body", ["", "HEAD", "<html>", "1" * 39, '{"sha": 1}'])
def test_a_head_that_is_no_id_is_tried_again(body: str) -> None:
    with pytest.raises(RepositoryUnavailable):
        Trees(GitHub({}, replies={"commits/HEAD": Reply(200, {}, body)})).head(NAME)


def test_an_unchanged_branch_that_nobody_knows_is_tried_again() -> None:
    with pytest.raises(RepositoryUnavailable):
        Trees(GitHub({}, replies={"commits/HEAD": Reply(304, {}, "")})).head(NAME)


@pytest.mark.parametrize(
    ("reply", "kind", "code"),
    [
        (answer({"message": "Bad credentials"}, 401), AccessDenied, "access"),
        (answer({"message": "Resource not accessible"}, 403), AccessDenied, "access"),
        (answer({"message": "Not Found"}, 404), AccessDenied, "access"),
        (answer({"message": "Repository access blocked"}, 451), AccessDenied, "access"),
        (answer({"message": "Git Repository is empty."}, 409), AccessDenied, "no_default_branch"),
        (answer({"message": "No commit found for SHA: HEAD"}, 422), AccessDenied, "no_default_branch"),
        (answer({"message": "API rate limit exceeded"}, 403), RateLimited, "rate_limited"),
        (answer({"message": "You have exceeded a secondary rate limit"}, 403), RateLimited, "rate_limited"),
        (answer({}, 429, retry_after="30"), RateLimited, "rate_limited"),
        (answer({}, 403, x_ratelimit_remaining="0"), RateLimited, "rate_limited"),
        (answer({}, 500), SourceUnavailable, "unavailable"),
        (Reply(502, {}, "<html>"), SourceUnavailable, "unavailable"),
    ],
)
def test_what_is_refused_becomes_one_of_our_errors(reply: Reply, kind: type[Exception], code: str) -> None:
    with pytest.raises(kind) as refused:
        Trees(GitHub({}, replies={"commits/HEAD": reply})).head(NAME)
    assert refused.value.code == code  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("headers", "minutes"),
    [
        ({"retry-after": "120"}, 2),
        ({"retry-after": "1"}, 1),
        ({"retry-after": "soon"}, 1),
        ({"retry-after": "99999999"}, 60),
        ({"x-ratelimit-reset": "1900"}, 15),
        ({"x-ratelimit-reset": "10"}, 1),
        ({"x-ratelimit-reset": "٣"}, 1),
        ({}, 1),
    ],
)
def test_it_waits_as_long_as_it_is_asked_to(headers: dict[str, str], minutes: int) -> None:
    with pytest.raises(HostRateLimited) as limited:
        check(Reply(429, headers, ""), now=1_000)
    assert limited.value.wait == timedelta(minutes=minutes)


# ---------------------------------------------------------------- the seam


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ConnectionError("no route"), RepositoryUnavailable),
        (TimeoutError("slow"), RepositoryUnavailable),
        (ValueError("odd"), RepositoryUnavailable),
        (RuntimeError("redirected"), RepositoryRefused),
    ],
)
def test_errors_of_the_library_become_ours(
    monkeypatch: pytest.MonkeyPatch, error: Exception, kind: type[Exception]
) -> None:
    calls = GitHubCalls("https://github.example/api/v3", "ghs_secret")

    def fail(*_: Any, **__: Any) -> Any:
        raise error

    monkeypatch.setattr(type(calls._connection.library.requester), "requestJson", fail)
    with pytest.raises(kind) as refused:
        calls.get("/repos/a/b/commits/HEAD")
    assert "ghs_secret" not in str(refused.value)


def test_calls_have_a_timeout_and_no_endless_retries() -> None:
    assert 0 < seam.TIMEOUT <= 30
    requester = GitHubCalls("https://github.example/api/v3")._connection.library.requester
    assert requester.kwargs["timeout"] == seam.TIMEOUT
    assert requester.kwargs["retry"].total == 2


def test_the_settings_lead_to_it(settings: Any) -> None:
    settings.SCAN_FROM = "api"
    source = source_in_settings()
    assert isinstance(source, Api)
    with pytest.raises(RepositoryRefused) as refused:
        source.head("../../user")
    assert refused.value.code == "bad_name"
