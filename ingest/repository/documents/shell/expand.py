"""(pure) What the shell replaces within a word: variables, substitutions, arithmetic, and the quotes around them."""

import re

from ingest.repository.documents.shell.model import Assignment, Expansion
from ingest.repository.documents.shell.state import SUBSTITUTIONS, Code, Frame, Read, State
from ingest.repository.documents.shell.statements import close_down_to

_SIMPLE = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!_-])")
_BRACED = re.compile(
    r"\$\{(?P<before>[#!]?)(?P<name>[A-Za-z_][A-Za-z0-9_]*|[0-9]{1,9}|[@*#?$!-])(?P<index>\[[^\]\n]{0,200}\])?"
    r"(?P<operator>:?[-=?+]|##?|%%?|//?|\^\^?|,,?|@|:)?"
)
_ANSI = re.compile(r"\$'((?:[^'\\]|\\.)*)'", re.S)
_PLAIN_DOUBLE = re.compile(r'[^\\"`$]+')
_PLAIN_BRACE = re.compile(r"[^\\'\"`$}]+")
_OPENED = re.compile(r"\(+")
_PATTERNS = ("#", "##", "%", "%%", "/", "//", "^", "^^", ",", ",,")
_ARITHMETIC_NAME = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)[ \t]*(\+\+|--|(?:[-+*/%&|^]|<<|>>)?=(?!=))?")
_ARITHMETIC_REST = re.compile(r"[0-9][0-9A-Za-z_#@]*|[^A-Za-z_0-9$`()]+")
_ESCAPED = frozenset('"\\$`')


def dollar(state: State) -> None:
    """At a ``$``: opens or takes what it begins, or takes it as it is."""
    text, pos, frame = state.text, state.pos, state.stack[-1]
    following = text[pos + 1 : pos + 2]
    if following == "(":
        if text.startswith("((", pos + 1):
            open_arithmetic(state, 3)
        else:
            open_substitution(state, "$(")
    elif following == "{":
        _open_brace(state)
    elif found := _SIMPLE.match(text, pos):
        _read(state, pos, found.group(1))
        state.pos = found.end()
        _add(state, found.group())
    elif following == "'" and not frame.quoted and (ansi := _ANSI.match(text, pos)):
        state.pos = ansi.end()
        state.open_word(pos).quoted = True
        _add(state, ansi.group(1))
    else:  # a dollar by itself, or in front of a quote that is to be translated
        state.pos += 1
        if following != '"' or frame.quoted:
            _add(state, "$")


def _add(state: State, piece: str) -> None:
    """Adds to the word in progress what is no plain text, unless it stands in something that is added as a whole."""
    word = state.open_word(state.pos - len(piece))
    word.literal = False
    if state.stack[-1].collects:
        word.parts.append(piece)


def _read(state: State, pos: int, name: str, operator: str = "") -> None:
    """Keeps a variable that is read, with the word that it stands in."""
    frame = state.stack[-1]
    is_number = operator == "len" or name in ("?", "#", "$", "!", "-")
    splits = not frame.quoted and frame.kind != "((" and not is_number
    expansion = Expansion(name, state.source.line(pos), frame.quoted, operator, splits=splits)
    state.open_word(pos).reads.append(Read(pos, expansion))


# ---------------------------------------------------------------- opening and closing


def open_substitution(state: State, kind: str) -> None:
    """Opens the commands whose output becomes part of a word."""
    state.open_word(state.pos).literal = False
    code = Code(kind, state.pos, state.code)
    state.push(code)
    state.pos += len(kind)


def open_array(state: State) -> None:
    code = Code("array", state.pos, state.code)
    code.expect = "array"
    state.push(code)
    state.pos += 1


def open_arithmetic(state: State, length: int) -> None:
    frame = state.stack[-1]
    state.open_word(state.pos).literal = False
    state.push(Frame("((", state.pos, frame.home, quoted=frame.quoted, collects=False))
    state.pos += length


def _open_brace(state: State) -> None:
    below, pos = state.stack[-1], state.pos
    frame = Frame("brace", pos, below.home, quoted=below.quoted, collects=False)
    found = _BRACED.match(state.text, pos)
    word = state.open_word(pos)
    word.literal = False
    if found:
        before = {"#": "len", "!": "!"}.get(found.group("before"), "")
        frame.operator = found.group("operator") or ""
        frame.read = len(word.reads)
        _read(state, pos, found.group("name"), before or frame.operator)
        for index in _SIMPLE.finditer(found.group("index") or ""):
            _read(state, pos, index.group(1))
    state.push(frame)
    state.pos = frame.argument = found.end() if found else pos + 2


def _close_brace(state: State, frame: Frame) -> None:
    reads = state.open_word(frame.start).reads
    if frame.operator and 0 <= frame.read < len(reads):
        argument = state.text[frame.argument : state.pos]
        read = reads[frame.read]
        reads[frame.read] = read._replace(expansion=read.expansion._replace(argument=argument))
    _close(state, 1)


def _close(state: State, length: int) -> None:
    """Closes the innermost frame behind its last characters."""
    frame = state.stack.pop()
    state.pos += length
    _add(state, state.text[frame.start : state.pos])


def close_code(state: State, depth: int) -> None:
    """Closes a substitution, array or subshell at its last character, with all that is open in it."""
    frame = state.stack[depth]
    close_down_to(state, depth, state.pos)
    state.pos += 1
    if frame.kind != "(":
        _add(state, state.text[frame.start : state.pos])


def backtick(state: State) -> None:
    """Closes the substitution that a backtick has opened, else opens one."""
    depth = len(state.stack) - 1
    while depth > 0 and state.stack[depth].kind not in SUBSTITUTIONS:
        depth -= 1
    if state.stack[depth].kind == "`":
        close_code(state, depth)
    else:
        open_substitution(state, "`")


# ---------------------------------------------------------------- within quotes, braces, arithmetic


def in_double(state: State, frame: Frame) -> None:
    """One piece of a double-quoted text."""
    text, pos = state.text, state.pos
    found = _PLAIN_DOUBLE.match(text, pos)
    if found:
        state.pos = found.end()
        _add(state, found.group())
    elif text[pos] == '"':
        state.stack.pop()
        state.pos += 1
    elif text[pos] == "\\":
        following = text[pos + 1 : pos + 2]
        state.pos += 2
        if following != "\n":
            _add(state, following if following in _ESCAPED else "\\" + following)
    elif text[pos] == "$":
        dollar(state)
    else:
        backtick(state)


def in_brace(state: State, frame: Frame) -> None:
    """One piece between the braces of a variable."""
    text, pos = state.text, state.pos
    found = _PLAIN_BRACE.match(text, pos)
    if found:
        state.pos = found.end()
    elif text[pos] == "}":
        _close_brace(state, frame)
    elif text[pos] == '"':
        state.push(Frame("double", pos, frame.home, quoted=True, collects=False))
        state.pos += 1
    elif text[pos] == "'":
        is_quote = not frame.quoted or frame.operator in _PATTERNS
        end = text.find("'", pos + 1) if is_quote else pos
        state.pos = max(end, pos) + 1
    elif text[pos] == "\\":
        state.pos += 2
    elif text[pos] == "$":
        dollar(state)
    else:
        backtick(state)


def in_arithmetic(state: State, frame: Frame) -> None:
    """One piece of an arithmetic expression; bare names in it are variables."""
    text, pos = state.text, state.pos
    if found := _ARITHMETIC_NAME.match(text, pos):
        _arithmetic_name(state, found)
    elif rest := _ARITHMETIC_REST.match(text, pos):
        state.pos = rest.end()
    elif opened := _OPENED.match(text, pos):
        frame.parens += opened.end() - pos
        state.pos = opened.end()
    elif text[pos] == ")" and frame.parens:
        frame.parens -= 1
        state.pos += 1
    elif text[pos] == ")":
        _close(state, 2 if text.startswith("))", pos) else 1)
    elif text[pos] == "$":
        dollar(state)
    else:
        backtick(state)


def _arithmetic_name(state: State, found: re.Match[str]) -> None:
    name, operator = found.group(1), found.group(2)
    if operator:
        line = state.source.line(found.start())
        state.script.assignments.append(Assignment(name, None, line, by="(("))
    if operator != "=":
        _read(state, found.start(), name, "((")
    state.pos = found.end()
