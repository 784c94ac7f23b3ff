"""(pure) Groovy's tokens become a tree of calls, without recursion and without a grammar of expressions."""

from ingest.repository.documents.groovy.model import Annotation, Assignment, Call, GroovyString, Jenkinsfile
from ingest.repository.documents.groovy.strings import meaning
from ingest.repository.documents.groovy.tokens import Tokens, tokens_of
from ingest.repository.documents.source import Source, too_large
from ingest.repository.node import Problem

_MODIFIERS = frozenset({"def", "final", "static", "private", "public", "protected", "synchronized", "var"})
_PRIMITIVES = frozenset({"void", "int", "long", "boolean", "double", "float", "char", "byte", "short"})
_BEFORE_STATEMENT = frozenset({"return", "throw", "assert", "case", "default"})
_BEFORE_OPERAND = frozenset({"new", "in", "instanceof", "as", "extends", "implements"})
_CONTROL = frozenset({"if", "for", "while", "switch", "catch"})
_ASSIGNS = frozenset({"=", "+=", "-=", "*=", "/="})
_DOTS = (".", "?.", "*.")
_MAX_NAME = 200  # characters of a name made of a chain of calls
_PARAMETERS = 40  # tokens of a closure's parameters that are looked through


def read_groovy(path: str, text: str) -> tuple[Jenkinsfile, list[Problem]]:
    """The calls of a file, and what is wrong in it."""
    if refused := too_large(path, text):
        return Jenkinsfile(), refused
    source = Source(path, text)
    file = _Reader(tokens_of(source)).run()
    return file, sorted(source.problems, key=lambda problem: problem.line)


class _Scope:
    """A stretch of tokens whose calls belong to an owner; ``strings`` takes the strings met, ``None`` drops them."""

    __slots__ = ("begins", "chain", "is_block", "own_strings", "owner", "resume", "stop", "strings")

    def __init__(
        self, owner: Call | Jenkinsfile, stop: int, resume: int, strings: list[GroovyString] | None, *, is_block: bool
    ) -> None:
        self.owner, self.stop, self.resume = owner, stop, resume
        self.strings = self.own_strings = strings
        self.is_block = is_block
        self.begins = is_block  # whether a statement begins here
        self.chain = ""  # the name of the call that has just ended, for what is called on its result

    def end_statement(self) -> None:
        self.begins, self.chain, self.strings = self.is_block, "", self.own_strings


class _Reader:
    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.kinds, self.pair = tokens.kinds, tokens.pair
        self.file = Jenkinsfile()
        self.scopes = [_Scope(self.file, len(self.kinds), 0, None, is_block=True)]

    def run(self) -> Jenkinsfile:
        index = 0
        while True:
            scope = self.scopes[-1]
            if index < scope.stop:
                index = self._take(scope, index)
            elif len(self.scopes) > 1:
                self.scopes.pop()
                index = scope.resume
            else:
                return self.file

    def _take(self, scope: _Scope, index: int) -> int:
        """Takes what begins at a token; the index to go on with."""
        kind = self.kinds[index]
        if kind == "ident":
            return self._name(scope, index)
        if kind in ("newline", ";"):
            if scope.is_block:
                scope.end_statement()
            return index + 1
        if kind in ("(", "[", "{"):
            return self._group(scope, index)
        if kind == "@" and index + 1 < scope.stop and self.kinds[index + 1] == "ident":
            return self._annotation(scope, index)
        if kind == "string" and scope.strings is not None:
            scope.strings.append(self._string(index))
        scope.begins = False
        scope.chain = scope.chain if kind in _DOTS else ""
        return index + 1

    def _string(self, index: int) -> GroovyString:
        quote = self.tokens.quotes[index]
        text, interpolated = meaning(self.tokens.raw(index, index + 1), quote)
        return GroovyString(text, self.tokens.line(index), interpolated)

    # ------------------------------------------------------------ groups

    def _group(self, scope: _Scope, index: int) -> int:
        end = self.pair[index]
        scope.begins = False
        if self.kinds[index] == "{":
            self.scopes.append(_Scope(scope.owner, end, end + 1, None, is_block=True))
            return self._behind_parameters(index + 1, end)
        self.scopes.append(_Scope(scope.owner, end, end + 1, scope.strings, is_block=False))
        return index + 1

    def _behind_parameters(self, index: int, stop: int) -> int:
        """The index behind a closure's parameters and arrow; its first one when there are none."""
        for at in range(index, min(stop, index + _PARAMETERS)):
            if self.kinds[at] == "->":
                return at + 1
            if self.kinds[at] in ("newline", ";", "{", "string") and at > index:
                break
        return index

    def _annotation(self, scope: _Scope, index: int) -> int:
        tokens = self.tokens
        end = index + 2
        arguments, strings = "", []
        if end < scope.stop and self.kinds[end] == "(":
            closing = self.pair[end]
            arguments = tokens.between(end, closing)
            strings = [self._string(at) for at in range(end, closing) if self.kinds[at] == "string"]
            end = closing + 1
        name = tokens.raw(index + 1, index + 2)
        self.file.annotations.append(Annotation(name, arguments, tokens.line(index), strings))
        return end

    # ------------------------------------------------------------ names

    def _name(self, scope: _Scope, index: int) -> int:
        begins, chain = scope.begins, scope.chain
        scope.begins, scope.chain = False, ""
        end, name = self._path(index, scope.stop)
        following = self.kinds[end] if end < scope.stop else "newline"
        if begins and (at := self._keyword(scope, name, index, end)):
            return at
        if name in _BEFORE_OPERAND or following == ":":
            return end
        if chain and len(chain) < _MAX_NAME and self.kinds[index - 1] in _DOTS:
            name = f"{chain}.{name}"
        if following == "(":
            return self._call_with_parentheses(scope, name, index, end)
        if following == "{":
            return self._call(scope, name, index, (end, end), end)
        if begins and following in _ASSIGNS:
            return self._assignment(scope, name, index, end)
        if begins and self._takes_arguments(end, following):
            return self._command(scope, name, index, end)
        return end

    def _path(self, index: int, stop: int) -> tuple[int, str]:
        """The index behind a dotted name, and the name."""
        names = [self.tokens.raw(index, index + 1)]
        index += 1
        while index + 1 < stop and self.kinds[index] in _DOTS and self.kinds[index + 1] == "ident":
            names.append(self.tokens.raw(index + 1, index + 2))
            index += 2
        return index, ".".join(names)

    def _keyword(self, scope: _Scope, name: str, index: int, end: int) -> int:
        """Steps over what only introduces a statement, or over a declaration; 0 when this is neither."""
        if name in ("import", "package"):
            return self._statement_end(end, scope.stop)
        is_type = name in _MODIFIERS or name in _PRIMITIVES or name.rpartition(".")[2][:1].isupper()
        if is_type and (declared := self._declaration(scope, index, end)):
            return declared
        if name in _MODIFIERS or name in _BEFORE_STATEMENT:
            scope.begins = True
            return end
        if name == "else" and end < scope.stop and self.kinds[end] not in ("{", "newline"):
            scope.begins = True
            return end
        return 0

    def _declaration(self, scope: _Scope, first: int, index: int) -> int:
        """A method's or variable's declaration behind its type; 0 when none follows."""
        if index >= scope.stop or self.kinds[index] != "ident":
            return 0
        following = self.kinds[index + 1] if index + 1 < scope.stop else "newline"
        if following == "(" and self._brace_after(self.pair[index + 1] + 1, scope.stop):
            closing = self.pair[index + 1]
            brace = self._brace_after(closing + 1, scope.stop)
            return self._call(scope, "def", first, (index, closing + 1), brace, reads_arguments=False)
        if following == "=":
            return self._assignment(scope, self.tokens.raw(index, index + 1), index, index + 1)
        if following in ("newline", ";"):
            line = self.tokens.line(index)
            scope.owner.assignments.append(Assignment(self.tokens.raw(index, index + 1), "", line))
            return index + 1
        return 0

    def _brace_after(self, index: int, stop: int) -> int:
        """The index of a brace that comes next, on this line or a later one; 0 when something else does."""
        while index < stop and self.kinds[index] == "newline":
            index += 1
        return index if index < stop and self.kinds[index] == "{" else 0

    def _statement_end(self, index: int, stop: int) -> int:
        """The index of the newline or semicolon that ends a statement; a comma or operator before it goes on."""
        begin = index
        while index < stop:
            kind = self.kinds[index]
            goes_on = index > begin and self.kinds[index - 1] in (",", "+", "=", "&&", "||", "?", ":", "->")
            if kind == ";" or (kind == "newline" and not goes_on):
                break
            index = max(index, self.pair[index]) + 1
        return min(index, stop)

    def _takes_arguments(self, index: int, following: str) -> bool:
        """Whether what follows a name on its line is an argument without parentheses."""
        if following == "[":
            return self.tokens.starts[index] > self.tokens.ends[index - 1]
        if following == "ident":
            return self.tokens.raw(index, index + 1) not in _BEFORE_OPERAND - {"new"}
        return following in ("string", "number")

    # ------------------------------------------------------------ calls

    def _assignment(self, scope: _Scope, name: str, index: int, operator: int) -> int:
        stop = self._statement_end(operator + 1, scope.stop)
        found = Assignment(name, self.tokens.raw(operator + 1, stop).strip(), self.tokens.line(index))
        scope.owner.assignments.append(found)
        scope.strings = found.strings
        return operator + 1

    def _call_with_parentheses(self, scope: _Scope, name: str, index: int, opening: int) -> int:
        closing = self.pair[opening]
        brace = self._brace_after(closing + 1, scope.stop)
        if not brace and name in _CONTROL:
            scope.begins = True
        return self._call(scope, name, index, (opening + 1, closing), brace)

    def _command(self, scope: _Scope, name: str, index: int, first: int) -> int:
        """A call whose arguments stand behind its name up to the end of the statement."""
        stop = self._statement_end(first, scope.stop)
        call = self._new(scope, name, index, self.tokens.raw(first, stop), stop - 1)
        closing = stop - 1
        if self.kinds[closing] == "}":
            opening = next((at for at in range(closing, first - 1, -1) if self.pair[at] == closing), closing)
            call.block = self.tokens.between(opening, closing)
        self.scopes.append(_Scope(call, stop, stop, call.strings, is_block=False))
        return first

    def _call(
        self,
        scope: _Scope,
        name: str,
        index: int,
        arguments: tuple[int, int],
        brace: int,
        *,
        reads_arguments: bool = True,
    ) -> int:
        """A call with its arguments' tokens and the brace of its block, 0 for none; the index to go on with."""
        first, stop = arguments
        end = self.pair[brace] if brace else stop
        call = self._new(scope, name, index, self.tokens.raw(first, stop), end)
        scope.chain = call.name
        behind = end + 1
        if brace:
            scope.begins = scope.is_block
            call.block = self.tokens.between(brace, end)
            self.scopes.append(_Scope(call, end, behind, None, is_block=True))
            behind = self._behind_parameters(brace + 1, end)
        if not reads_arguments or first >= stop:
            return behind
        self.scopes.append(_Scope(call, stop, behind, call.strings, is_block=False))
        return first

    def _new(self, scope: _Scope, name: str, index: int, arguments: str, last: int) -> Call:
        call = Call(
            name, arguments, self.tokens.line(index), self.tokens.source.line(max(self.tokens.ends[last] - 1, 0))
        )
        children = scope.owner.children if isinstance(scope.owner, Call) else scope.owner.calls
        children.append(call)
        return call
