"""A table of text."""

from dataclasses import dataclass, field


@dataclass
class Table:
    """A title, the columns' heads, and rows of text; the first column is set to the left, the others to the right."""

    title: str
    heads: list[str]
    rows: list[list[str]] = field(default_factory=list)

    def add(self, *cells: str) -> None:
        self.rows.append(list(cells))

    def __str__(self) -> str:
        widths = [max(len(row[index]) for row in (self.heads, *self.rows)) for index in range(len(self.heads))]
        lines = [self._line(row, widths) for row in (self.heads, ["-" * width for width in widths], *self.rows)]
        return "\n".join([self.title, "", *lines, ""])

    @staticmethod
    def _line(row: list[str], widths: list[int]) -> str:
        first, *others = [
            cell.rjust(width) if index else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        return "  ".join([first, *others]).rstrip()
