"""What holds of the whole tree: its layout, who imports whom, what templates and lock files may say."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("ingest", "scorecards", "dashboard")
FOLDERS = {"dashboard", "docs", "ingest", "requirements", "scorecards", "static", "templates", "tests"}
FILES = ("README.md", "CHANGELOG.md", "Makefile", "manage.py", "pyproject.toml", ".ci/run")
MADE_BY_RUNNING = {"mail", "staticfiles"}
# Written in pieces, so that this file does not name one itself.
REGISTRY_HOSTS = (
    "pypi" + ".org",
    "pythonhosted" + ".org",
    "registry.npmjs" + ".org",
    "crates" + ".io",
    "golang" + ".org",
)
MACHINE_PATHS = ("/" + "work/", "/" + "root/")
# The one reviewed place that hands markup to templates unescaped, if there is one.
MARKS_SAFE: set[str] = set()


def files(pattern: str = "*", *folders: str) -> list[Path]:
    """The repository's files of that name, in the folders given or in all; none that running or building made."""
    found = [path for folder in folders or FOLDERS for path in (ROOT / folder).rglob(pattern)]
    found += [] if folders else [ROOT / name for name in FILES if Path(name).match(pattern)]
    made = {"__pycache__", "vendor"}
    return sorted(path for path in found if path.is_file() and not made & set(path.parts))


def text_of(path: Path) -> str:
    try:
        return path.read_text()
    except UnicodeDecodeError:
        return ""


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_it_keeps_the_import_contracts():
    tool = Path(sys.executable).with_name("lint-imports")
    said = subprocess.run([tool, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr


def test_it_has_no_folder_at_the_top_that_nobody_expects():
    found = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")}
    assert found - MADE_BY_RUNNING == FOLDERS
    assert [name for name in FILES if not (ROOT / name).is_file()] == []


def test_it_introduces_every_module_by_a_docstring():
    silent = [
        name_of(path)
        for path in files("*.py", *ROOMS, "tests")
        if path.name != "__init__.py"
        and "migrations" not in path.parts
        and not text_of(path).lstrip().startswith('"""')
    ]
    assert silent == []


def test_it_has_no_module_named_for_nothing():
    vague = {"utils.py", "helpers.py", "managers.py", "services.py", "misc.py", "common.py"}
    assert [name_of(path) for path in files("*.py") if path.name in vague] == []


def test_it_names_no_registry_host_and_no_path_of_a_machine():
    forbidden = re.compile("|".join(re.escape(word) for word in (*REGISTRY_HOSTS, *MACHINE_PATHS)))
    found = [(name_of(path), match[0]) for path in files() if (match := forbidden.search(text_of(path)))]
    assert found == []


def test_it_locks_requirements_by_hash_and_names_no_index():
    for path in files("*.txt", "requirements"):
        lines = [line for line in text_of(path).splitlines() if line and not line.startswith("#")]
        assert any("--hash=sha256:" in line for line in lines)
        assert [line for line in lines if "://" in line or line.startswith("--index")] == []


def test_it_marks_nothing_safe_outside_the_reviewed_place():
    marks = re.compile(r"\|\s*safe\b|\bsafeseq\b|\bmark_safe\b|autoescape\s+off|\bSafeString\(")
    assert {name_of(path) for path in files("*", "templates", *ROOMS) if marks.search(text_of(path))} <= MARKS_SAFE


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("a style attribute", r"<[^>]*\sstyle\s*="),
        ("an event attribute", r"<[^>]*\s(on[a-z]+|hx-on[:\w-]*)\s*="),
        ("a style element", r"<style\b"),
        ("an inline script", r"<script(?![^>]*\ssrc=)(?![^>]*type=\"application/json\")[^>]*>"),
        ("a script of another site", r"<(script|link|img)\b[^>]*\s(src|href)=[\"']?(https?:)?//"),
    ],
)
def test_it_gives_the_content_security_policy_nothing_to_block(what, pattern):
    # E-mails have no policy and need their styles inline.
    pages = [path for path in files("*.html", "templates") if "emails" not in path.parts]
    assert [name_of(path) for path in pages if re.search(pattern, text_of(path))] == [], what
