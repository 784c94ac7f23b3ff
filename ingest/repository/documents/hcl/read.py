"""(pure) HCL's tokens become bodies, blocks and expressions; what is broken costs its own statement only."""

from ingest.repository.documents.hcl.expressions import Expressions
from ingest.repository.documents.hcl.model import Attribute, Block, Body, HclFile
from ingest.repository.documents.hcl.tokens import Tokens, tokens_of
from ingest.repository.documents.source import Source, too_large
from ingest.repository.node import Problem


def read_hcl(path: str, text: str) -> tuple[HclFile, list[Problem]]:
    """What can be read of a file, and what is wrong in it; one problem for each broken stretch."""
    if refused := too_large(path, text):
        return HclFile(Body(1), []), refused
    source = Source(path, text)
    tokens = tokens_of(source)
    body = _Reader(tokens).body()
    return HclFile(body, tokens.comments), sorted(source.problems, key=lambda problem: problem.line)


class _Reader:
    """Walks the statements; the open bodies are on a stack of its own."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.expressions = Expressions(tokens)
        self.broken_until = -1  # the line on which the last broken statement ended

    def body(self) -> Body:
        root = body = Body(1)
        stop = len(self.tokens.kinds)
        outer: list[tuple[Body, int]] = []
        index = 0
        while index < stop or outer:
            if index >= stop:
                index = stop + 1
                body, stop = outer.pop()
            elif self.tokens.kinds[index] == "newline":
                index += 1
            elif (brace := self._header_end(index, stop)) is not None:
                outer.append((body, stop))
                body = self._block(body, index, brace)
                index, stop = brace + 1, self.tokens.pair[brace]
            else:
                index = self._attribute(body, index, stop)
        return root

    def _header_end(self, index: int, stop: int) -> int | None:
        """The brace behind a block's type and labels; ``None`` when this is no block."""
        kinds = self.tokens.kinds
        if kinds[index] != "ident":
            return None
        index += 1
        while index < stop and kinds[index] in ("ident", "string", '"'):
            index = max(index, self.tokens.pair[index]) + 1
        return index if index < stop and kinds[index] == "{" else None

    def _block(self, parent: Body, index: int, brace: int) -> Body:
        labels = []
        at = index + 1
        while at < brace:
            end = max(at, self.tokens.pair[at]) + 1
            labels.append(self.tokens.raw(at, end).strip('"'))
            at = end
        line = self.tokens.line(index)
        body = Body(line)
        end_line = self.tokens.line(self.tokens.pair[brace])
        parent.blocks.append(Block(self.tokens.raw(index, index + 1), tuple(labels), body, line, end_line))
        return body

    def _attribute(self, body: Body, index: int, stop: int) -> int:
        """Reads one attribute, or steps over what is none; the index behind it."""
        kinds = self.tokens.kinds
        end = self.expressions.end_of(index, stop)
        if kinds[index] != "ident" or index + 1 >= stop or kinds[index + 1] != "=":
            self._broken(index, end, "Neither a block nor an attribute.")
            return end
        name = self.tokens.raw(index, index + 1)
        if index + 2 >= end:
            self._broken(index, end, f"“{name[:60]}” has no value.")
            return end
        expr, sound = self.expressions.read(index + 2, end)
        if not sound:
            self._broken(index, end, f"The value of “{name[:60]}” can't be read.")
        self._keep(body, Attribute(name, expr, self.tokens.line(index)), index)
        return end

    def _keep(self, body: Body, attribute: Attribute, index: int) -> None:
        if attribute.name in body.attributes:
            message = f"“{attribute.name[:60]}” stands twice in one body; the last one counts."
            self.tokens.source.report("duplicate_key", self.tokens.starts[index], message)
        body.attributes[attribute.name] = attribute

    def _broken(self, index: int, end: int, message: str) -> None:
        """One problem for statements that are broken line after line."""
        line = self.tokens.line(index)
        if line > self.broken_until + 1 or self.broken_until < 0:
            self.tokens.source.report("broken", self.tokens.starts[index], message)
        self.broken_until = self.tokens.line(end - 1)
