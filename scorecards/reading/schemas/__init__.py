"""(pure) Bundled facts about tools: the names of keys, kinds and types that they serve."""

from functools import cache
from importlib import resources
from typing import Any

import yaml


@cache
def facts(name: str) -> Any:
    """What a bundled table (``flagger``, ``flux``) says, as plain values that nobody changes."""
    text = resources.files(__name__).joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)
