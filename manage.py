#!/usr/bin/env python
"""Django's command line for Plumbline."""

import os
import sys
from pathlib import Path

VENV = Path(__file__).resolve().parent / ".venv"


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
    try:
        from django.core.management import execute_from_command_line
    except ModuleNotFoundError:
        _use_venv()
        raise
    execute_from_command_line(sys.argv)


def _use_venv() -> None:
    """Go on with the Python that has what the site needs: commands are copied as ``python manage.py ...``."""
    python = VENV / "bin" / "python"
    if not python.exists():
        sys.exit("What the site needs is not installed. Run: make setup")
    if Path(sys.prefix).resolve() != VENV.resolve():
        os.execv(python, [str(python), *sys.argv])  # noqa: S606 - our own interpreter


if __name__ == "__main__":
    main()
