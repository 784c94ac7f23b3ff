"""``python manage.py``, by a Python that has nothing of what the site needs."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def elsewhere(tmp_path):
    """A folder with ``manage.py`` alone."""
    shutil.copy(ROOT / "manage.py", tmp_path)
    return tmp_path


def bare_python(folder):
    # -S leaves out the installed packages, and -I the folder of the script.
    return subprocess.run(
        [sys.executable, "-S", "-I", folder / "manage.py", "check"], capture_output=True, text=True, check=False
    )


def test_it_goes_on_with_the_python_of_the_site(elsewhere):
    python = elsewhere / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "$@"\n')
    python.chmod(0o755)
    done = bare_python(elsewhere)
    assert done.stdout.strip() == f"{elsewhere / 'manage.py'} check"


def test_it_says_what_to_run_where_nothing_is_installed(elsewhere):
    done = bare_python(elsewhere)
    assert (done.returncode, done.stderr) == (1, "What the site needs is not installed. Run: make setup\n")
