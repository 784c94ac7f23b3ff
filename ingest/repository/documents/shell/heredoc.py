"""(pure) The texts of heredocs: data up to a closing word, with the variables that the shell puts into them."""

import re

from ingest.repository.documents.shell.model import Expansion, Redirect
from ingest.repository.documents.shell.state import Read, State

_READ = re.compile(
    r"\\.|\$(?:([A-Za-z_][A-Za-z0-9_]*|[0-9@*#?!$-])|\{([A-Za-z_][A-Za-z0-9_]*|[0-9]+)(:?[-=?+]|##?|%%?|//?)?([^}\n]{0,200}))"
)


def read_heredocs(state: State) -> None:
    """Takes the texts of the heredocs that the line just ended has opened."""
    pending, state.heredocs = state.heredocs, []
    for redirect, quoted in pending:
        _read_body(state, redirect, quoted)


def _read_body(state: State, redirect: Redirect, quoted: bool) -> None:
    start = state.pos
    redirect.body_line = state.source.line(min(start, len(state.text)))
    while state.pos < len(state.text):
        begin, state.pos = state.pos, state.source.next_line(state.pos)
        line = state.text[begin : state.pos].rstrip("\r\n")
        if (line.lstrip("\t") if redirect.operator == "<<-" else line) == redirect.target:
            _keep(state, redirect, start, begin, quoted)
            return
    message = f"The text up to a line “{redirect.target[:40]}” has no such line."
    state.source.report("broken", max(start - 1, 0), message)
    _keep(state, redirect, start, len(state.text), quoted)


def _keep(state: State, redirect: Redirect, start: int, end: int, quoted: bool) -> None:
    redirect.body = state.text[start:end]
    if quoted:
        return
    for found in _READ.finditer(state.text, start, end):
        name = found.group(1) or found.group(2)
        if name:
            line = state.source.line(found.start())
            argument = (found.group(4) or "") if found.group(3) else ""
            state.reads.append(Read(found.start(), Expansion(name, line, True, found.group(3) or "", argument)))
