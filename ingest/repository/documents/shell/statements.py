"""(pure) Words become commands, commands pipelines; reserved words open and close what holds them."""

import re

from ingest.repository.documents.shell.fillers import filled, options_of
from ingest.repository.documents.shell.model import Assignment, Command, Word
from ingest.repository.documents.shell.state import SUBSTITUTIONS, Code, OpenWord, State

DECLARERS = frozenset({"export", "readonly", "local", "declare", "typeset"})
ASSIGNED = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:\[[^\]\n]{0,200}\])?\+?=")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*$")
_OPENERS = frozenset({"if", "while", "until", "for", "select", "case", "{"})
_CLOSES = {"fi": ("if",), "done": ("do", "while", "until", "for", "select"), "}": ("{",), "esac": ("case",)}
_RESERVED = _OPENERS | set(_CLOSES) | {"then", "do", "else", "elif", "!", "time", "function"}


def is_reserved(code: Code) -> bool:
    """Whether the word in progress would be a reserved one if it ended here."""
    word = code.word
    begins = not (code.words or code.assignments or code.expect)
    return word is not None and begins and word.literal and word.text in _RESERVED


def end_word(state: State) -> None:
    """Ends the word in progress, if there is one, and takes it for what is expected here."""
    code = state.code
    word, code.word = code.word, None
    if word is None:
        return
    if code.redirect is not None:
        _end_redirect(state, code, word)
    elif code.expect:
        _expected(state, code, word)
    elif not code.words and not code.assignments and word.literal and word.text in _RESERVED:
        _reserved(state, code, word)
    else:
        _command_word(state, code, word)


def _finished(state: State, word: OpenWord, *, splits: bool) -> Word:
    word.reads.sort()
    if not splits:
        word.reads = [read._replace(expansion=read.expansion._replace(splits=False)) for read in word.reads]
    state.reads.extend(word.reads)
    expansions = tuple(read.expansion for read in word.reads)
    return Word(word.text, state.source.line(word.start), word.quoted, expansions)


def _end_redirect(state: State, code: Code, word: OpenWord) -> None:
    redirect, code.redirect = code.redirect, None
    if redirect is None:
        return
    redirect.target = _finished(state, word, splits=False).text
    if redirect.operator in ("<<", "<<-"):
        state.heredocs.append((redirect, word.quoted or not word.literal))


def _command_word(state: State, code: Code, word: OpenWord) -> None:
    if not code.words and not code.assignments:
        code.begin = word.start
    assigned = ASSIGNED.match(state.text, word.start)
    declared = bool(code.words) and code.words[0].text in DECLARERS
    is_assignment = assigned is not None and (not code.words or declared)
    finished = _finished(state, word, splits=not (is_assignment or code.test))
    if assigned is not None and is_assignment:
        by = code.words[0].text if declared else "="
        value = finished.text[assigned.end() - assigned.start() :]
        code.assignments.append(Assignment(assigned.group(1), value, finished.line, by == "export", by))
    elif declared and word.literal and _NAME.match(finished.text):
        by = code.words[0].text
        code.assignments.append(Assignment(finished.text, None, finished.line, by == "export", by))
    if not is_assignment or declared:
        code.words.append(finished)
        code.test = (code.test or (len(code.words) == 1 and finished.text == "[[")) and finished.text != "]]"


def end_command(state: State, operator: str) -> None:
    """Ends the command in progress; ``operator`` is what ended it, empty for a newline or a closing."""
    end_word(state)
    code = state.code
    if code.words:
        _keep_command(state, code)
    elif code.assignments:
        code.idle = False
        _resolve(code, code.assignments[0].name + "=")
    state.script.assignments.extend(_scoped(code))
    code.words, code.assignments, code.redirects, code.redirect, code.test = [], [], [], None, False
    _operator(code, operator)


def _scoped(code: Code) -> list[Assignment]:
    """Assignments in front of a command hold for it alone."""
    if not code.words:
        return code.assignments
    return [found._replace(by="command") if found.by == "=" else found for found in code.assignments]


def _keep_command(state: State, code: Code) -> None:
    source = state.source
    if not code.pipeline:
        state.pipelines += 1
        code.pipeline_id = state.pipelines
    command = Command(
        words=code.words,
        line=source.line(code.begin),
        end_line=source.line(max(code.begin, state.pos - 1)),
        negated=code.negated,
        in_pipe=code.pipe_open,
        in_condition=code.condition or code.inherited,
        redirects=code.redirects,
        environment=tuple(found.name for found in code.assignments if found.by == "="),
        pipeline=code.pipeline_id,
        depth=code.depth,
    )
    state.commands.append((code.begin, command))
    _resolve(code, command.text)
    code.pipeline.append(command)
    code.idle = False
    state.script.options.extend(options_of(command))
    state.script.assignments.extend(filled(command))


def _resolve(code: Code, text: str) -> None:
    """Tells the commands before an ``&&`` or ``||`` what follows it."""
    operator, waiting = code.awaiting
    for command in waiting:
        command.and_or = f"{operator} {text}"
    code.awaiting = ("", [])


def _operator(code: Code, operator: str) -> None:
    if not operator and code.idle:
        return
    if operator in ("|", "|&"):
        for command in code.pipeline[-1:]:
            command.in_pipe = True
        code.pipe_open = True
    else:
        if operator in ("&&", "||"):
            code.awaiting = (operator, code.pipeline)
        code.pipeline, code.pipe_open, code.negated = [], False, False
    code.idle = operator in ("|", "|&", "&&", "||")


# ---------------------------------------------------------------- what is expected in place of a command


def _expected(state: State, code: Code, word: OpenWord) -> None:
    text = word.text
    match code.expect:
        case "for-name":
            line = state.source.line(word.start)
            state.script.assignments.append(Assignment(text, None, line, by="for"))
            code.expect = "for-in"
        case "for-in":
            code.expect = "for-words" if text == "in" else ""
            if text == "do":
                code.kind = "do"
        case "case-word":
            _finished(state, word, splits=False)
            code.expect = "case-in"
        case "case-in":
            code.expect = "pattern"
        case "pattern" if text == "esac" and word.literal:
            code.expect = ""
            close_compound(state, "esac", word.start)
        case "function-name":
            state.pending = (text, word.start)
            code.expect = ""
        case expected:
            _finished(state, word, splits=expected in ("for-words", "array"))


def end_expected(code: Code) -> None:
    """A newline or semicolon ends the words of a loop."""
    if code.expect in ("for-in", "for-words", "for-name", "function-name"):
        code.expect = ""


# ---------------------------------------------------------------- reserved words


def _reserved(state: State, code: Code, word: OpenWord) -> None:
    text = word.text
    if text == "{" and code.kind in ("for", "select"):
        code.kind = "{"  # a loop's body in braces, without do and done
    elif text in _OPENERS:
        open_compound(state, text, word.start)
    elif text in _CLOSES:
        close_compound(state, text, word.start)
    elif text in ("then", "do", "else"):
        code.condition = False
        code.idle = True
        code.kind = "do" if text == "do" and code.kind in ("for", "select") else code.kind
    elif text == "elif":
        code.condition = True
        code.idle = True
    elif text == "!":
        code.negated = not code.negated
    elif text == "function":
        code.expect = "function-name"


def open_compound(state: State, kind: str, start: int) -> Code:
    """Opens a list of commands of its own within the present one."""
    parent = state.code
    parent.idle = False
    _resolve(parent, kind)
    code = Code(kind, start, parent)
    state.push(code)
    state.begin_function(code)
    if kind in ("for", "select"):
        code.expect = "for-name"
    elif kind == "case":
        code.expect = "case-word"
    return code


def close_compound(state: State, closer: str, start: int) -> None:
    """Closes the compound command that a reserved word ends, and what was left open in it."""
    kinds = _CLOSES[closer]
    depth = len(state.stack) - 1
    while depth > 0 and state.stack[depth].kind not in kinds and not _is_wall(state.stack[depth].kind):
        depth -= 1
    if state.stack[depth].kind not in kinds:
        state.source.report("broken", start, f"“{closer}” closes nothing.")
        return
    close_down_to(state, depth, start)


def close_down_to(state: State, depth: int, offset: int, *, closes_last: bool = True) -> None:
    """Closes all frames from a depth on; those above it were never closed by themselves.

    ``closes_last``: whether the frame at that depth itself is closed as it should be.
    """
    while len(state.stack) > depth:
        frame = state.stack[-1]
        if isinstance(frame, Code):
            end_command(state, "")
            if state.stack[-1] is not frame:  # a closing word without a newline behind it closed it already
                continue
            state.end_function(frame, offset)
        if (len(state.stack) - 1 > depth or not closes_last) and frame.kind != "item":
            state.source.report("broken", frame.start, f"“{frame.kind}” is not closed.")
        state.stack.pop()


def _is_wall(kind: str) -> bool:
    return kind in SUBSTITUTIONS or kind == "("
