"""(pure) Shell text character by character: quotes, expansions, operators; what never closes costs its line only."""

import re

from ingest.repository.documents.shell import expand
from ingest.repository.documents.shell.fillers import options_in
from ingest.repository.documents.shell.heredoc import read_heredocs
from ingest.repository.documents.shell.model import Comment, Redirect, Script, Word
from ingest.repository.documents.shell.state import SUBSTITUTIONS, Code, Frame, OpenWord, State
from ingest.repository.documents.shell.statements import (
    ASSIGNED,
    close_down_to,
    end_command,
    end_expected,
    end_word,
    is_reserved,
    open_compound,
)
from ingest.repository.documents.source import MAX_DEPTH, Source, report_too_many, too_large
from ingest.repository.node import Problem

_PLAIN = re.compile(r"[^ \t\r\n\\'\"`$;&|<>()]+")
_BLANK = re.compile(r"[ \t\r]+")
_COMMENT = re.compile(r"#[^\n]*")
_OPERATOR = re.compile(r";;&|;;|;&|&&|\|\||\|&|&>>|&>|;|&|\|")
_REDIRECT = re.compile(r"([0-9]{1,9}|\{[A-Za-z_][A-Za-z0-9_]*\})?(<<<|<<-|<<|>>|<&|>&|<>|>\||<|>)")
_DESCRIPTOR = re.compile(r"(?:[0-9]{1,9}|\{[A-Za-z_][A-Za-z0-9_]*\})$")
_EMPTY_PARENS = re.compile(r"\([ \t]*\)")
_INTERPRETER_OPTIONS = re.compile(r"#![^\n]*?/(?:env[ \t]+(?:-S[ \t]+)?)?(?:ba|da|k|z)?sh[ \t]+([-+][^\n]*)")
_STEPS = {"double": expand.in_double, "brace": expand.in_brace, "((": expand.in_arithmetic}
MAX_COMMANDS = 50_000
_RETRIES = 2  # so many times its length a text is read again behind what never closes


def read_shell(path: str, text: str, first_line: int = 1) -> tuple[Script, list[Problem]]:
    """The commands of a script, and what is wrong in it.

    ``first_line`` is the line of the file on which the text begins, for a script within another file.
    """
    if refused := too_large(path, text):
        return Script(), refused
    source = Source(path, text, first_line)
    script = _Reader(source).run()
    return script, sorted(source.problems, key=lambda problem: problem.line)


class _Reader:
    def __init__(self, source: Source) -> None:
        self.source, self.text = source, source.text
        self.state = State(source)
        self.left = _RETRIES * len(self.text) + 1000
        self.in_code = {
            "\n": self._newline,
            "\\": self._escape,
            "'": self._single,
            '"': self._double,
            "`": lambda: expand.backtick(self.state),
            "$": lambda: expand.dollar(self.state),
            "(": self._open_paren,
            ")": self._close_paren,
            "<": self._angle,
            ">": self._angle,
            ";": self._operator,
            "&": self._operator,
            "|": self._operator,
        }

    def run(self) -> Script:
        self._shebang()
        while self._read_on():
            pass
        state, script = self.state, self.state.script
        close_down_to(state, 1, max(len(self.text) - 1, 0), closes_last=False)
        end_command(state, "")
        script.commands = [command for _, command in sorted(state.commands, key=lambda found: found[0])]
        script.expansions = [read.expansion for read in sorted(state.reads)]
        script.assignments.sort(key=lambda found: found.line)
        return script

    def _shebang(self) -> None:
        if self.text.startswith("\ufeff"):
            self.state.pos = 1
        if self.text.startswith("#!", self.state.pos):
            end = self.source.next_line(self.state.pos)
            self.state.script.shebang = self.text[self.state.pos : end].strip()
            found = _INTERPRETER_OPTIONS.match(self.state.script.shebang)
            words = [Word(text, self.source.first_line) for text in found.group(1).split()] if found else []
            self.state.script.options.extend(options_in(words))
            self.state.pos = end

    def _read_on(self) -> bool:
        """Reads to the end, or to where the text has to be taken up again; whether there is more."""
        state, count = self.state, len(self.text)
        while state.pos < count:
            if len(state.commands) > MAX_COMMANDS:
                report_too_many(self.source, state.pos, MAX_COMMANDS, "commands")
                return False
            if len(state.stack) > MAX_DEPTH:
                return self._too_deep()
            frame = state.stack[-1]
            if isinstance(frame, Code):
                self._in_code(frame)
            else:
                _STEPS[frame.kind](state, frame)
        return self._unclosed()

    # ------------------------------------------------------------ what never closes, or too late

    def _too_deep(self) -> bool:
        state = self.state
        self.source.report("too_deep", state.pos, f"Nested deeper than {MAX_DEPTH} levels.")
        return self._give_up(1, self.source.next_line(state.pos))

    def _unclosed(self) -> bool:
        """At the end: forgets what stands in a quote or substitution that never closed, to read on behind its line."""
        stack = self.state.stack
        depth = next((at for at, frame in enumerate(stack) if at and _swallows(frame)), 0)
        if not depth:
            return False
        start = stack[depth].start
        kind = {"double": '"', "brace": "${"}.get(stack[depth].kind, stack[depth].kind)
        self.source.report("broken", start, f"“{kind}” is not closed.")
        return self._give_up(depth, self.source.next_line(start))

    def _give_up(self, depth: int, following: int) -> bool:
        state = self.state
        state.forget(state.stack[depth].mark)
        del state.stack[depth:]
        state.code.word = None
        state.pos = following
        end_command(state, "")
        self.left -= len(self.text) - following
        return self.left > 0 and following < len(self.text)

    # ------------------------------------------------------------ code

    def _in_code(self, code: Code) -> None:
        state, text = self.state, self.text
        pos = state.pos
        found = _PLAIN.match(text, pos)
        if found:
            self._plain(code, found.group(), pos)
        elif blank := _BLANK.match(text, pos):
            end_word(state)
            state.pos = blank.end()
        else:
            self.in_code[text[pos]]()

    def _plain(self, code: Code, plain: str, pos: int) -> None:
        state = self.state
        if code.word is None:
            if plain[0] == "#":
                return self._comment()
            following = self.text[pos + len(plain) : pos + len(plain) + 1]
            if following in ("<", ">") and not code.test and _DESCRIPTOR.match(plain):
                return self._angle()
            code.word = OpenWord(pos)
        code.word.parts.append(plain)
        state.pos = pos + len(plain)
        return None

    def _comment(self) -> None:
        found = _COMMENT.match(self.text, self.state.pos)
        if found:
            line = self.source.line(found.start())
            self.state.script.comments.append(Comment(line, found.group().strip("# \t\r")))
            self.state.pos = found.end()

    def _literal(self, length: int = 1) -> None:
        """Takes characters as they are into the word in progress."""
        pos = self.state.pos
        self.state.open_word(pos).parts.append(self.text[pos : pos + length])
        self.state.pos = pos + length

    def _newline(self) -> None:
        state = self.state
        code = state.code
        code_test_goes_on = code.test and code.words[-1].text in ("&&", "||", "[[", "(")
        if code.expect in ("array", "pattern", "case-in") or code_test_goes_on:
            end_word(state)
        else:
            end_command(state, "")
            end_expected(code)
        state.pos += 1
        if state.heredocs:
            read_heredocs(state)

    def _escape(self) -> None:
        state = self.state
        following = self.text[state.pos + 1 : state.pos + 2]
        if following == "\n":
            state.pos += 2
            return
        if self.text.startswith("\r\n", state.pos + 1):
            state.pos += 3
            return
        word = state.open_word(state.pos)
        word.literal = False
        word.parts.append(following)
        state.pos += 2

    def _single(self) -> None:
        state, start = self.state, self.state.pos
        end = self.text.find("'", start + 1)
        if end < 0:
            self._unclosed_quote(start)
            return
        word = state.open_word(state.pos)
        word.quoted, word.literal = True, False
        word.parts.append(self.text[start + 1 : end])
        state.pos = end + 1

    def _unclosed_quote(self, start: int) -> None:
        self.source.report("broken", start, "“'” is not closed.")
        end_command(self.state, "")
        self.state.pos = self.source.next_line(start)

    def _double(self) -> None:
        state, frame = self.state, self.state.stack[-1]
        if frame.collects:
            word = state.open_word(state.pos)
            word.quoted, word.literal = True, False
        state.push(Frame("double", state.pos, frame.home, quoted=True, collects=frame.collects))
        state.pos += 1

    # ------------------------------------------------------------ operators

    def _operator(self) -> None:
        state, code = self.state, self.state.code
        found = _OPERATOR.match(self.text, state.pos)
        operator = found.group() if found else self.text[state.pos]
        if code.test and operator[0] in "&|":
            self._literal(len(operator))
        elif operator in ("&>", "&>>"):
            self._redirect("", operator, len(operator))
        elif operator == "|" and (code.expect == "pattern" or (code.word is not None and code.word.parens)):
            if code.expect == "pattern":
                end_word(state)
                state.pos += 1
            else:
                self._literal()
        elif operator in (";;", ";&", ";;&"):
            self._end_item(len(operator))
        else:
            end_command(state, operator)
            end_expected(code)
            state.pos += len(operator)

    def _end_item(self, length: int) -> None:
        state, start = self.state, self.state.pos
        end_command(state, "")
        depth = len(state.stack) - 1
        while depth > 0 and state.stack[depth].kind not in SUBSTITUTIONS | {"item", "("}:
            depth -= 1
        if state.stack[depth].kind == "item":
            close_down_to(state, depth, start)
        else:
            self.source.report("broken", start, "“;;” ends no case.")
        state.pos = start + length

    def _angle(self) -> None:
        state, code = self.state, self.state.code
        if code.test:
            self._literal()
        elif code.word is None and self.text.startswith("(", state.pos + 1) and self.text[state.pos] in "<>":
            expand.open_substitution(state, self.text[state.pos : state.pos + 2])
        else:
            found = _REDIRECT.match(self.text, state.pos)
            if found:
                self._redirect(found.group(1) or "", found.group(2), found.end() - found.start())

    def _redirect(self, descriptor: str, operator: str, length: int) -> None:
        state = self.state
        end_word(state)
        code = state.code
        if not code.words and not code.assignments and not code.redirects:
            code.begin = state.pos
        code.redirect = Redirect(operator, "", self.source.line(state.pos), descriptor)
        code.redirects.append(code.redirect)
        state.pos += length

    # ------------------------------------------------------------ parentheses

    def _open_paren(self) -> None:
        state = self.state
        if is_reserved(state.code):
            end_word(state)
        code, pos = state.code, state.pos
        if code.test:
            self._literal()
        elif code.expect == "pattern" and code.word is None:
            state.pos += 1
        elif empty := self._function_parens(code):
            state.pos = empty
        elif code.word is not None:
            self._paren_in_word(code.word)
        elif code.words or code.assignments or code.expect not in ("", "for-name"):
            self.source.report("broken", pos, "A parenthesis where none can stand.")
            self._literal()
        elif self.text.startswith("((", pos):
            code.expect = "for-in" if code.expect else ""
            expand.open_arithmetic(state, 2)
        else:
            open_compound(state, "(", pos)
            state.pos += 1

    def _function_parens(self, code: Code) -> int:
        """The offset behind the empty parentheses of a function's definition; 0 when these are none."""
        state = self.state
        found = _EMPTY_PARENS.match(self.text, state.pos)
        if not found:
            return 0
        if code.expect == "function-name" or (code.word is not None and not code.words and not code.assignments):
            word, code.word = code.word, None
            if word is None or ASSIGNED.match(self.text, word.start):
                code.word = word
                return 0
            code.expect = ""
            state.pending = (word.text, word.start)
        elif len(code.words) == 1 and code.word is None:
            state.pending = (code.words.pop().text, code.begin)
        elif state.pending is None:
            return 0
        return found.end()

    def _paren_in_word(self, word: OpenWord) -> None:
        """An array behind ``name=``, else a pattern such as ``@(a|b)``."""
        state = self.state
        found = ASSIGNED.match(self.text, word.start, state.pos)
        if found and found.end() == state.pos:
            word.literal = False
            expand.open_array(state)
            return
        if self.text[state.pos - 1] not in "?*+@!":
            self.source.report("broken", state.pos, "A parenthesis where none can stand.")
        word.parens += 1
        self._literal()

    def _close_paren(self) -> None:
        state, code = self.state, self.state.code
        if code.test:
            self._literal()
        elif code.word is not None and code.word.parens:
            code.word.parens -= 1
            self._literal()
        elif code.expect == "pattern":
            end_word(state)
            if state.code is code:
                self._open_item(code)
            state.pos += 1
        else:
            self._close_list()

    def _open_item(self, case: Code) -> None:
        self.state.push(Code("item", self.state.pos, case))

    def _close_list(self) -> None:
        state = self.state
        depth = len(state.stack) - 1
        while depth > 0 and state.stack[depth].kind not in ("(", "$(", "<(", ">(", "array", "`"):
            depth -= 1
        if depth == 0 or state.stack[depth].kind == "`":
            self.source.report("broken", state.pos, "A parenthesis closes nothing.")
            end_command(state, "")
            state.pos += 1
            return
        expand.close_code(self.state, depth)


def _swallows(frame: Frame) -> bool:
    """Whether a frame that never closes has taken the rest of the text for its own."""
    return not isinstance(frame, Code) or frame.kind in SUBSTITUTIONS or frame.kind == "array"
