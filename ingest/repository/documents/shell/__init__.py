"""(pure) Shell scripts as a list of commands, with what is assigned, read and switched on, each with its line."""

from ingest.repository.documents.shell.model import (
    Assignment,
    Command,
    Comment,
    Expansion,
    Function,
    Option,
    Redirect,
    Script,
    Word,
)
from ingest.repository.documents.shell.read import read_shell

__all__ = [
    "Assignment",
    "Command",
    "Comment",
    "Expansion",
    "Function",
    "Option",
    "Redirect",
    "Script",
    "Word",
    "read_shell",
]
