"""Answers of tools, kept by tool, repository and commit: some tools take minutes."""

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from tests.referees.environments import FOLDER
from tests.referees.said import Said

ANSWERS = FOLDER / "answers"


def kept(tool: str, key: str, ask: Callable[[], list[Said]]) -> list[Said]:
    """What was answered before under this key, else what is answered now."""
    file = _file(tool, key)
    if file.exists():
        return [Said(**row) for row in json.loads(file.read_text())]
    said = ask()
    file.parent.mkdir(parents=True, exist_ok=True)
    partly = file.with_suffix(".partly")
    partly.write_text(json.dumps([one.to_json() for one in said]))
    partly.rename(file)
    return said


def _file(tool: str, key: str) -> Path:
    return ANSWERS / tool / f"{sha256(key.encode()).hexdigest()[:24]}.json"
