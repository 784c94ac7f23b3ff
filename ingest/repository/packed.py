"""A tree from a folder of blobs."""

from pathlib import Path

from ingest.git.program import Unreadable
from ingest.repository.local import Opened


def open_pack(path: Path) -> Opened:
    """What the folder holds."""
    raise Unreadable(f"{path} holds no pack.")
