"""What a tool says, in the one form that all of them are turned into."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Said:
    """One answer of one rule. ``unit`` is the tool's name for what it judged; line 0 is the file as a whole."""

    framework: str
    rule: str
    path: str
    line: int
    unit: str = ""
    fails: bool = True
    text: str = ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)
