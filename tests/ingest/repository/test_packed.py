"""A folder of blobs: what is written is read, and nothing else is."""

import os
from pathlib import Path

import orjson
import pytest

from ingest.git.program import Unreadable
from ingest.repository.memory import blob_id
from ingest.repository.packed import INDEX, open_pack, write_pack
from ingest.repository.tree import Entry, RepositoryTree

COMMIT = "c" * 40
ONE, TWO = blob_id(b"one"), blob_id(b"two")


def test_it_reads_what_was_written(tmp_path: Path) -> None:
    asked = []

    def read(entry: Entry) -> bytes | None:
        asked.append(entry.path)
        return {ONE: b"one"}.get(entry.blob)

    entries = [
        Entry("a.md", ONE, 3), Entry("b/c.sh", ONE, 3, "executable"), Entry("left", TWO, 3),
        Entry("link", TWO, 3, "link"), Entry("sub", COMMIT, 0, "submodule"),
    ]  # fmt: skip
    write_pack(tmp_path, COMMIT, entries, read)
    assert asked == ["a.md", "left"]
    assert {path.name for path in tmp_path.iterdir()} == {INDEX, ONE}
    opened = open_pack(tmp_path)
    assert (opened.commit, opened.entries, opened.cut) == (COMMIT, entries, False)
    tree = RepositoryTree(opened.entries, opened.content)
    assert [tree.text(path) for path in ("a.md", "b/c.sh", "left")] == ["one", "one", None]
    assert (tree.links, tree.submodules) == (["link"], ["sub"])
    assert not opened.history.known


def test_that_there_is_more_is_told(tmp_path: Path) -> None:
    write_pack(tmp_path, COMMIT, [], lambda entry: None, cut=True)
    assert open_pack(tmp_path).cut


@pytest.mark.parametrize("blob", ["", "../../etc/passwd", INDEX, "A" * 40, ONE + "\n", ONE[:39], "/etc/passwd"])
def test_only_an_id_becomes_the_name_of_a_file(tmp_path: Path, blob: str) -> None:
    with pytest.raises(ValueError):
        write_pack(tmp_path, COMMIT, [Entry("a", blob, 1)], lambda entry: b"1")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / INDEX).write_bytes(orjson.dumps({"commit": COMMIT, "cut": False, "entries": [["a", blob, 1, "file"]]}))
    with pytest.raises(Unreadable):
        open_pack(tmp_path)


def test_a_name_that_is_no_text_is_kept_out_of_the_way(tmp_path: Path) -> None:
    write_pack(tmp_path, COMMIT, [Entry("a\udcff", ONE, 3)], lambda entry: b"one")
    opened = open_pack(tmp_path)
    assert [problem.code for problem in RepositoryTree(opened.entries, opened.content).problems] == ["unsafe_name"]


@pytest.mark.parametrize(
    "index",
    [
        b"", b"{", b"[]", b"null", b"{}", b'{"entries": 1}', b'{"entries": [1], "commit": "a", "cut": false}',
        b'{"entries": [], "commit": 1, "cut": false}', b'{"entries": [], "commit": "HEAD", "cut": false}',
        b'{"entries": [["a", 1, 1, "file"]], "commit": "a", "cut": false}', b'{"entries": [[[], {}, 1, []]]}',
        b'{"entries": [["a", "%s", -1, "file"]]}' % ONE.encode(),
        b'{"entries": [["a", "%s", true, "file"]]}' % ONE.encode(),
        b'{"entries": [["a", "%s", 1, "door"]]}' % ONE.encode(), b"[" * 100_000,
    ],
)  # fmt: skip
def test_a_broken_index_is_refused(tmp_path: Path, index: bytes) -> None:
    (tmp_path / INDEX).write_bytes(index)
    with pytest.raises(Unreadable):
        open_pack(tmp_path)


def test_links_and_pipes_are_never_opened(tmp_path: Path) -> None:
    write_pack(tmp_path, COMMIT, [Entry("a", ONE, 3), Entry("b", TWO, 3)], lambda entry: None)
    (tmp_path / ONE).symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / TWO)
    opened = open_pack(tmp_path)
    assert [opened.content.read(entry) for entry in opened.entries] == [None, None]


def test_an_empty_folder_holds_no_pack(tmp_path: Path) -> None:
    with pytest.raises(Unreadable):
        open_pack(tmp_path)
