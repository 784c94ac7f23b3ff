"""A hardened fetch against a host and repositories that mean harm: each ends as a scan, a partial one or a refusal."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from ingest.errors import AccessDenied, SourceUnavailable
from ingest.repository import clone, guarded
from ingest.repository.addresses import resolved
from ingest.repository.bare import open_bare
from ingest.repository.clone import Wanted, check_url, fetched, head_of, sweep
from ingest.repository.refused import CommitGone, RepositoryRefused, RepositoryUnavailable
from ingest.repository.tree import RepositoryTree
from tests.ingest.repository.hosting import FILE, FOLDER, LINK, SUBMODULE, Host, Made, hosted


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    with hosted(tmp_path_factory.mktemp("host")) as host:
        yield host


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where fetches work: empty afterwards, and no process is left in it."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    yield place
    assert list(place.iterdir()) == []
    assert processes_in(place) == []


@pytest.fixture
def marker(tmp_path: Path) -> Iterator[Path]:
    """A file that every attack would make."""
    path = tmp_path / "marker"
    yield path
    assert not path.exists()


def processes_in(place: Path) -> list[str]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if os.readlink(folder / "cwd").startswith(str(place)):
                found.append((folder / "cmdline").read_text())
    return found


def wanted(host: Host, name: str, **options: Any) -> Wanted:
    return Wanted(host.url(name), [host.name], authority=str(host.authority), **options)


def tree_of(found: clone.Fetched) -> RepositoryTree:
    opened = open_bare(found.path, found.commit)
    return RepositoryTree(opened.entries, opened.content)


def codes(tree: RepositoryTree) -> set[str]:
    return {problem.code for problem in tree.problems}


def refusal(host: Host, name: str, **options: Any) -> str:
    with pytest.raises((RepositoryRefused, RepositoryUnavailable)) as refused, fetched(wanted(host, name, **options)):
        pass
    return refused.value.code


# ---------------------------------------------------------------- what comes


def test_it_brings_the_newest_commit_alone(host: Host) -> None:
    made = host.make("plain.git")
    commit = made.files({b"README.md": b"hello", b"a.py": b"x"})
    assert head_of(wanted(host, "plain.git")) == commit
    with fetched(wanted(host, "plain.git"), commit) as found:
        assert (found.commit, found.malformed) == (commit, "")
        tree = tree_of(found)
        assert (tree.paths, tree.text("README.md")) == (["README.md", "a.py"], "hello")


def test_it_brings_a_commit_that_is_no_longer_the_newest(host: Host) -> None:
    made = host.make("older.git")
    older = made.files({b"a": b"1"})
    made.files({b"a": b"2"})
    with fetched(wanted(host, "older.git"), older) as found:
        assert found.commit == older
        assert tree_of(found).text("a") == "1"


def test_a_commit_that_is_not_there_is_gone(host: Host) -> None:
    host.make("gone.git").files({b"a": b"1"})
    with pytest.raises(CommitGone), fetched(wanted(host, "gone.git"), "1" * 40):
        pass


@pytest.mark.parametrize("commit", ["HEAD", "--upload-pack=touch x", "a" * 39, "main:x", "a" * 40 + "\n"])
def test_what_is_no_id_is_asked_of_nobody(host: Host, commit: str) -> None:
    with pytest.raises(RepositoryRefused), fetched(wanted(host, "any.git"), commit):
        pass


def test_a_repository_of_sha256_is_read(host: Host) -> None:
    commit = host.make("sha256.git", "sha256").files({b"a": b"1"})
    assert head_of(wanted(host, "sha256.git")) == commit
    for asked in ("", commit):
        with fetched(wanted(host, "sha256.git"), asked) as found:
            assert (found.commit, tree_of(found).text("a")) == (commit, "1")


def test_files_over_the_limit_stay_at_the_host(host: Host) -> None:
    made = host.make("large.git")
    made.files({b"zeros": b"\0" * (30 << 20), b"noise": os.urandom(3 << 20), b"a": b"1"})
    with fetched(wanted(host, "large.git")) as found:
        assert guarded.size_of(found.path) < 1 << 20
        tree = tree_of(found)
        assert [tree.text(path) for path in ("a", "noise", "zeros")] == ["1", None, None]
        assert codes(tree) == {"missing"}
        assert guarded.size_of(found.path) < 1 << 20, "what is missing is not downloaded"


def test_two_hundred_branches_cost_nothing(host: Host) -> None:
    made = host.make("branches.git")
    commit = made.files({b"a": b"1"})
    (made.path / "packed-refs").write_text("".join(f"{commit} refs/heads/b{n}\n" for n in range(200)))
    with fetched(wanted(host, "branches.git")) as found:
        assert tree_of(found).paths == ["a"]


# ---------------------------------------------------------------- what lies in wait


def test_links_are_told_and_never_followed(host: Host) -> None:
    made = host.make("links.git")
    targets = {
        b"passwd": b"/etc/passwd",
        b".github": b"/etc",
        b"zero": b"/dev/zero",
        b"up": b"../../..",
        b"loop": b"loop",
    }
    links = [(LINK, name, made.blob(target)) for name, target in targets.items()]
    made.commit(made.tree([*links, (FILE, b"a", made.blob(b"1"))]))
    with fetched(wanted(host, "links.git")) as found:
        tree = tree_of(found)
        assert sorted(tree.links) == [".github", "loop", "passwd", "up", "zero"]
        assert tree.all_paths == ["a"]
        assert tree.text("passwd") is None


def test_submodules_are_told_and_no_command_of_theirs_runs(host: Host, marker: Path) -> None:
    made = host.make("submodules.git")
    modules = (
        f'[submodule "a"]\n\tpath = a\n\turl = file:///etc\n\tupdate = !touch {marker}\n'
        f'[submodule "b"]\n\tpath = b\n\turl = ext::sh -c touch% {marker}\n'
        f'[submodule "c"]\n\tpath = -c\n\turl = --upload-pack=touch {marker}\n'
    )
    parts = [(SUBMODULE, name, "1" * 40) for name in (b"a", b"b", b"-c")]
    made.commit(made.tree([*parts, (FILE, b".gitmodules", made.blob(modules.encode()))]))
    with fetched(wanted(host, "submodules.git")) as found:
        assert "gitmodules" in found.malformed.lower()
        assert sorted(tree_of(found).submodules) == ["-c", "a", "b"]


def test_names_of_every_kind_hide_nothing_and_nobody(host: Host) -> None:
    made = host.make("names.git")
    names = [
        b"-rf", b"a\nb", b"a\tb", b"\x1b[2J", b"\xff\xfe", "a\u202eb".encode(), b"=cmd", b"<img src=x>", b"$(touch x)",
        b"%00", b"{{ x }}", b"n" * 3_000, b"back\\slash", b"plain.md",
    ]  # fmt: skip
    made.commit(made.tree((FILE, name, made.blob(b"1")) for name in names))
    with fetched(wanted(host, "names.git")) as found:
        tree = tree_of(found)
        assert {"plain.md", "-rf", "=cmd", "%00", "n" * 3_000, "$(touch x)", "<img src=x>"} <= set(tree.paths)
        assert tree.text("plain.md") == "1"
        assert "unsafe_name" in codes(tree)
        assert all(problem.path.encode() for problem in tree.problems)
        assert [tree.text(path) for path in tree.paths] == ["1"] * len(tree.paths)


def test_entries_that_would_leave_the_folder_are_dropped(host: Host) -> None:
    made = host.make("escape.git")
    inner = made.tree([(FILE, b"config", made.blob(b"[core]\n\tfsmonitor = touch x\n"))])
    evil = [(FILE, b"..", made.blob(b"1")), (FOLDER, b".git", inner), (FOLDER, b".GIT", inner), (FOLDER, b".", inner)]
    made.commit(made.tree([*evil, (FILE, b"a/../../evil", made.blob(b"1")), (FILE, b"good", made.blob(b"1"))]))
    with fetched(wanted(host, "escape.git")) as found:
        assert found.malformed
        assert "\n" not in found.malformed
        tree = tree_of(found)
        assert tree.all_paths == ["good"]
        assert codes(tree) == {"unsafe_name"}


def test_attributes_call_nothing_and_hide_nothing(host: Host, marker: Path) -> None:
    made = host.make("attributes.git")
    before = len(host.requests)
    commit = made.files(
        {
            b".gitattributes": b"* filter=lfs diff=x\nsecret export-ignore\nwide working-tree-encoding=UTF-16\n",
            b".lfsconfig": f"[lfs]\n\turl = {host.url('lfs')}\n".encode(),
            b"secret": b"here",
            b"big": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
        }
    )
    with fetched(wanted(host, "attributes.git"), commit) as found:
        tree = tree_of(found)
        assert tree.text("secret") == "here"
        assert str(tree.text("big")).startswith("version")
    assert {path.split("/")[1] for path, _ in host.requests[before:]} == {"attributes.git"}


def test_a_repository_within_the_repository_is_only_files(host: Host, marker: Path) -> None:
    made = host.make("embedded.git")
    config = f"[core]\n\tbare = true\n\tfsmonitor = touch {marker}\n[alias]\n\tstatus = !touch {marker}\n"
    hook = made.tree([("100755", b"post-checkout", made.blob(f"#!/bin/sh\ntouch {marker}\n".encode()))])
    empty = made.tree([])
    made.commit(
        made.tree(
            [
                (FILE, b"HEAD", made.blob(b"ref: refs/heads/main\n")),
                (FILE, b"config", made.blob(config.encode())),
                (FOLDER, b"hooks", hook),
                (FOLDER, b"objects", empty),
                (FOLDER, b"refs", empty),
            ]
        )
    )
    with fetched(wanted(host, "embedded.git")) as found:
        assert tree_of(found).paths == ["HEAD", "config", "hooks/post-checkout"]


def test_a_commit_that_is_no_text_is_read(host: Host) -> None:
    made = host.make("commit.git")
    tree = made.tree([(FILE, b"a", made.blob(b"1"))])
    made.commit(tree, b"\x1b[2J \0 <script>\n", b"<img> <x\x00@y> <<>")
    with fetched(wanted(host, "commit.git")) as found:
        assert found.malformed
        assert "\x1b" not in found.malformed
        assert tree_of(found).text("a") == "1"


def test_a_hundred_thousand_files_are_listed(host: Host) -> None:
    made = host.make("many.git")
    blob = made.blob(b"1")
    made.commit(made.tree((FILE, b"f%d" % number, blob) for number in range(100_000)))
    with fetched(wanted(host, "many.git")) as found:
        assert len(tree_of(found).paths) == 100_000


def test_a_tree_without_end_is_cut(host: Host) -> None:
    made = host.make("bomb.git")
    item: tuple[str, str] = (FILE, made.blob(b"1"))
    for _ in range(10):
        item = (FOLDER, made.tree((item[0], b"%d" % number, item[1]) for number in range(10)))
    made.commit(item[1])
    with fetched(wanted(host, "bomb.git")) as found:
        tree = tree_of(found)
        assert len(tree.all_paths) <= 200_000
        assert "left_out" in codes(tree)


def test_a_listing_that_is_too_long_is_cut_and_told(host: Host) -> None:
    made = host.make("long.git")
    item: tuple[str, str] = (FILE, made.blob(b"1"))
    inner = made.tree((FILE, b"f%d" % number, item[1]) for number in range(1_000))
    for _ in range(30):
        inner = made.tree([(FOLDER, b"n" * 100, inner)])
    made.commit(made.tree((FOLDER, b"d%d" % number, inner) for number in range(100)))
    with fetched(wanted(host, "long.git")) as found:
        opened = open_bare(found.path, found.commit)
        assert 0 < len(opened.entries) < 100_000
        assert opened.cut


def test_a_folder_too_deep_is_told(host: Host) -> None:
    made = host.make("deep.git")
    item = (FILE, b"a", made.blob(b"1"))
    for _ in range(2_000):
        item = (FOLDER, b"d", made.tree([item]))
    made.commit(made.tree([item, (FILE, b"good", made.blob(b"1"))]))
    with fetched(wanted(host, "deep.git")) as found:
        tree = tree_of(found)
        assert tree.all_paths == ["good"]
        assert codes(tree) == {"too_deep"}


# ---------------------------------------------------------------- what is refused


def test_an_empty_repository_has_no_default_branch(host: Host) -> None:
    host.make("empty.git")
    assert refusal(host, "empty.git") == "no_default_branch"
    with pytest.raises(RepositoryRefused) as refused:
        head_of(wanted(host, "empty.git"))
    assert refused.value.code == "no_default_branch"


def test_a_head_that_leads_nowhere_has_no_default_branch(host: Host) -> None:
    made = host.make("headless.git")
    made.files({b"a": b"1"})
    (made.path / "HEAD").write_text("ref: refs/heads/elsewhere\n")
    assert refusal(host, "headless.git") == "no_default_branch"


def test_a_repository_that_is_not_there_is_a_question_of_access(host: Host) -> None:
    assert refusal(host, "absent.git") == "access"


@pytest.mark.parametrize("to", ["http://127.0.0.1:9/x", "file:///etc", "https://127.0.0.1:9/x", "own"])
def test_a_redirect_is_not_followed(host: Host, to: str) -> None:
    host.make(f"target-{to[:5].strip(':')}.git").files({b"a": b"1"})
    host.moved["moved.git"] = host.url(f"target-{to[:5].strip(':')}.git") if to == "own" else to
    before = len(host.requests)
    assert refusal(host, "moved.git", header="Authorization: Basic c2VjcmV0") == "redirect"
    assert {path.split("/")[1] for path, _ in host.requests[before:]} == {"moved.git"}


def test_credentials_go_to_this_url_alone_and_stay_nowhere(host: Host) -> None:
    host.make("secret.git").files({b"a": b"1"})
    before = len(host.requests)
    with fetched(wanted(host, "secret.git", header="Authorization: Basic c2VjcmV0")) as found:
        kept = b"".join(path.read_bytes() for path in found.path.parent.rglob("*") if path.is_file())
    assert b"c2VjcmV0" not in kept
    assert {sent for _, sent in host.requests[before:]} == {"Basic c2VjcmV0"}


@pytest.mark.parametrize("kind", ["stalled", "noisy"])
def test_an_answer_without_end_is_cut_off(host: Host, kind: str) -> None:
    getattr(host, kind).add(f"{kind}.git")
    assert refusal(host, f"{kind}.git", seconds=1.5) in ("unavailable", "too_large")


def test_a_pack_beyond_the_limit_is_refused(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    made = host.make("pack.git")
    made.config("uploadpack.allowFilter", "false")
    made.files({b"noise": os.urandom(6 << 20)})
    monkeypatch.setattr(guarded, "_LIMITS", guarded._LIMITS.replace(f"FSIZE={guarded.FILE_BYTES}", "FSIZE=2000000"))
    assert refusal(host, "pack.git") == "too_large"


def test_a_folder_that_grows_beyond_the_limit_is_refused(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarded, "FOLDER_BYTES", 1)
    monkeypatch.setattr(guarded, "POLL_SECONDS", 0.0)
    host.make("grows.git").files({b"a": b"1"})
    assert refusal(host, "grows.git") == "too_large"


def test_a_damaged_repository_is_told(host: Host) -> None:
    made = host.make("damaged.git")
    made.commit(made.tree([(FILE, b"a", "2" * 40)]))
    assert refusal(host, "damaged.git") in ("malformed", "unavailable")


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(host: Host) -> None:
    host.make("trust.git").files({b"a": b"1"})
    before = len(host.requests)
    with pytest.raises(RepositoryUnavailable), fetched(Wanted(host.url("trust.git"), [host.name])):
        pass
    assert host.requests[before:] == []


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("file:///etc", "bad_url"),
        ("ext::sh -c touch% x", "bad_url"),
        ("http://github.com/a/b", "bad_url"),
        ("ssh://-oProxyCommand=x/a", "bad_url"),
        ("git@github.com:a/b", "bad_url"),
        ("--upload-pack=touch x", "bad_url"),
        ("/etc", "bad_url"),
        ("", "bad_url"),
        ("https://user:word@github.com/a/b", "bad_url"),
        ("https://@github.com/a/b", "bad_url"),
        ("https://github.com/a/b?x", "bad_url"),
        ("https://github.com/a/b?", "bad_url"),
        ("https://github.com/a/b#x", "bad_url"),
        ("https://github.com/", "bad_url"),
        ("https://github.com:99999/a", "bad_url"),
        ("https://github.com/a b", "bad_url"),
        ("https://github.com/a\n", "bad_url"),
        ("https://github.com\\@evil.example/a", "bad_url"),
        ("https://git\u0131hub.com/a", "bad_url"),
        ("https://[::1]/a", "host_not_allowed"),
        ("https://evil.example/a", "host_not_allowed"),
        ("https://github.com.evil.example/a", "host_not_allowed"),
        ("https://github.com./a", "host_not_allowed"),
        ("https://github.com:8443/a", "host_not_allowed"),
    ],
)
def test_a_url_is_refused_before_anything_starts(url: str, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarded.subprocess, "Popen", lambda *_, **__: pytest.fail("a process was started"))
    with pytest.raises(RepositoryRefused) as refused, fetched(Wanted(url, ["github.com"])):
        pass
    assert refused.value.code == code
    assert isinstance(refused.value, AccessDenied)


def test_a_host_on_the_list_is_asked_at_its_port() -> None:
    assert check_url("https://GitHub.com/a/b", ["github.com"]) == ("github.com", 443)
    assert check_url("https://git.example:8443/a", ["git.example:8443"]) == ("git.example", 8443)


# ---------------------------------------------------------------- names and addresses


def answers(*addresses: str) -> Any:
    return lambda host, port, type: [(0, 0, 0, "", (address, port)) for address in addresses]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "::1", "0.0.0.0", "169.254.169.254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::", "fe80::1%eth0", "fec0::1", "fd00:ec2::254", "224.0.0.1", "255.255.255.255", "ff02::1",
        "168.63.129.16", "100.100.100.200", "::ffff:127.0.0.1",
    ],
)  # fmt: skip
def test_an_address_of_the_machine_itself_or_its_provider_is_never_asked(address: str) -> None:
    with pytest.raises(RepositoryRefused) as refused:
        resolved("git.example", 443, answers("140.82.121.3", address))
    assert refused.value.code == "address_not_allowed"


def test_a_private_address_is_fine_for_a_host_on_the_list() -> None:
    assert resolved("git.example", 443, answers("10.1.2.3", "10.1.2.3", "fd12::1")) == ["10.1.2.3", "fd12::1"]
    assert resolved("127.0.0.1", 443, answers("127.0.0.1")) == ["127.0.0.1"]
    assert resolved("localhost", 443, answers("::1")) == ["::1"]


def test_a_name_that_leads_nowhere_is_tried_again() -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise OSError("no such name")

    with pytest.raises(SourceUnavailable):
        resolved("git.example", 443, fail)


def test_it_connects_to_the_address_that_was_checked(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = host.make("pinned.git").files({b"a": b"1"})
    monkeypatch.setattr(clone, "resolved", lambda name, port: ["127.0.0.1"])
    url, name = f"https://git.example:{host.port}/pinned.git", f"git.example:{host.port}"
    assert head_of(Wanted(url, [name], authority=str(host.authority))) == commit


# ---------------------------------------------------------------- what is left behind


def test_a_folder_that_a_killed_process_left_is_swept(temporary: Path) -> None:
    old, new = temporary / f"{clone.PREFIX}old", temporary / f"{clone.PREFIX}new"
    (old / "git").mkdir(parents=True)
    new.mkdir()
    os.utime(old, (1, 1))
    assert sweep() == 1
    assert list(temporary.iterdir()) == [new]
    new.rmdir()


def test_an_error_within_leaves_nothing_behind(host: Host) -> None:
    host.make("within.git").files({b"a": b"1"})
    with pytest.raises(KeyError), fetched(wanted(host, "within.git")):
        raise KeyError


def test_what_git_is_run_with_is_built_and_not_inherited(monkeypatch: pytest.MonkeyPatch, host: Host) -> None:
    for name in ("HTTPS_PROXY", "ALL_PROXY", "GIT_SSH_COMMAND", "GIT_TEMPLATE_DIR", "GIT_TRACE", "GIT_DIR"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    host.make("built.git").files({b"a": b"1"})
    with fetched(wanted(host, "built.git")) as found:
        assert tree_of(found).paths == ["a"]


def test_made_repositories_are_hostile_enough(host: Host) -> None:
    """Each test above shows something only where git's check complains of the made repository at all."""
    made = Made(host.root / "check.git")
    made.commit(made.tree([(FILE, b"..", made.blob(b"1"))]))
    with fetched(wanted(host, "check.git")) as found:
        assert "hasDotdot" in found.malformed
