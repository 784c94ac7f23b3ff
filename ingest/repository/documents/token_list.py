"""(pure) Tokens of a text as parallel lists: kind, start, end and the token that closes each."""

from ingest.repository.documents.source import Source


class TokenList:
    """Tokens by index; ``pair`` is the index of the token that closes one, -1 where there is none."""

    __slots__ = ("ends", "kinds", "pair", "source", "starts")

    def __init__(self, source: Source) -> None:
        self.source = source
        self.kinds: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.pair: list[int] = []

    def add(self, kind: str, start: int, end: int) -> int:
        self.kinds.append(kind)
        self.starts.append(start)
        self.ends.append(end)
        self.pair.append(-1)
        return len(self.kinds) - 1

    def raw(self, first: int, stop: int) -> str:
        """The source from one token up to, without, another."""
        return self.source.text[self.starts[first] : self.ends[stop - 1]] if stop > first else ""

    def line(self, index: int) -> int:
        return self.source.line(self.starts[index])
