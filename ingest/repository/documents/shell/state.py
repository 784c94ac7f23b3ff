"""(pure) What is open while a script is read: frames on a stack of their own, with the command and word in progress."""

from typing import NamedTuple

from ingest.repository.documents.shell.model import Assignment, Command, Expansion, Function, Redirect, Script, Word
from ingest.repository.documents.source import Source

SUBSTITUTIONS = frozenset({"$(", "`", "<(", ">("})


class Read(NamedTuple):
    """An expansion with its offset and whether it stands in quotes."""

    offset: int
    expansion: Expansion


class OpenWord:
    """A word in progress; ``literal`` while it has neither quotes nor expansions."""

    __slots__ = ("literal", "parens", "parts", "quoted", "reads", "start")

    def __init__(self, start: int) -> None:
        self.start = start
        self.parts: list[str] = []
        self.reads: list[Read] = []
        self.quoted = False
        self.literal = True
        self.parens = 0

    @property
    def text(self) -> str:
        return "".join(self.parts)


class Frame:
    """Something open: quotes, braces, arithmetic. ``home`` is the code whose word it belongs to.

    ``read`` is the place of a braced variable among those of its word, ``argument`` where the text behind its operator
    begins. ``collects``: whether its plain text belongs to the word; else the whole is added as written when it closes.
    """

    __slots__ = ("argument", "collects", "home", "kind", "mark", "operator", "parens", "quoted", "read", "start")

    def __init__(self, kind: str, start: int, home: "Code | None", *, quoted: bool, collects: bool) -> None:
        self.kind, self.start = kind, start
        self.home: Code = home if home is not None else self  # type: ignore[assignment]
        self.quoted, self.collects = quoted, collects
        self.read = -1
        self.operator = ""
        self.argument = 0
        self.parens = 0
        self.mark: tuple[int, ...] = ()


class Code(Frame):
    """A list of commands: a script, a substitution, a subshell, the body of a compound command.

    ``expect`` tells what the next word is when it is not part of a command: a loop's name, a case's pattern.
    ``idle``: nothing has come since the last operator, so that a newline ends nothing.
    """

    __slots__ = (
        "assignments",
        "awaiting",
        "begin",
        "condition",
        "depth",
        "expect",
        "function",
        "idle",
        "inherited",
        "negated",
        "pipe_open",
        "pipeline",
        "pipeline_id",
        "redirect",
        "redirects",
        "test",
        "word",
        "words",
    )  # fmt: skip

    def __init__(self, kind: str, start: int, parent: "Code | None") -> None:
        super().__init__(kind, start, None, quoted=False, collects=True)
        self.condition = kind in ("if", "while", "until")
        self.inherited: bool = parent is not None and (parent.condition or parent.inherited)
        self.depth: int = (parent.depth if parent else 0) + (kind in SUBSTITUTIONS or kind == "(")
        self.expect = ""
        self.function: int | None = None
        self.word: OpenWord | None = None
        self.begin = start
        self.words: list[Word] = []
        self.assignments: list[Assignment] = []
        self.redirects: list[Redirect] = []
        self.redirect: Redirect | None = None
        self.test = False
        self.negated = False
        self.idle = True
        self.pipe_open = False
        self.pipeline: list[Command] = []
        self.pipeline_id = 0
        self.awaiting: tuple[str, list[Command]] = ("", [])


class State:
    """The stack, and what has been found; lists are cut back to a mark when something turns out never to close."""

    __slots__ = ("commands", "heredocs", "pending", "pipelines", "pos", "reads", "script", "source", "stack", "text")

    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        self.pos = 0
        self.script = Script()
        self.commands: list[tuple[int, Command]] = []
        self.reads: list[Read] = []
        self.heredocs: list[tuple[Redirect, bool]] = []
        self.pending: tuple[str, int] | None = None  # a function's name and offset, until its body begins
        self.pipelines = 0
        self.stack: list[Frame] = [Code("", 0, None)]

    @property
    def code(self) -> Code:
        """The innermost list of commands."""
        return self.stack[-1].home

    def open_word(self, pos: int) -> OpenWord:
        """The word in progress, or one that begins here."""
        code = self.code
        if code.word is None:
            code.word = OpenWord(pos)
        return code.word

    def push(self, frame: Frame) -> None:
        script = self.script
        frame.mark = (
            len(self.commands), len(self.reads), len(script.assignments), len(script.functions),
            len(script.options), len(script.comments),
        )  # fmt: skip
        self.stack.append(frame)

    def forget(self, mark: tuple[int, ...]) -> None:
        """Drops all that was found since a frame was pushed."""
        script = self.script
        found = (self.commands, self.reads, script.assignments, script.functions, script.options, script.comments)
        for each, length in zip(found, mark, strict=True):
            del each[length:]  # type: ignore[attr-defined]
        self.heredocs.clear()
        self.pending = None

    def begin_function(self, code: Code) -> None:
        """Gives a body that has just been opened to the function whose name came before it."""
        if self.pending is not None:
            name, start = self.pending
            line = self.source.line(start)
            code.function = len(self.script.functions)
            self.script.functions.append(Function(name, line, line))
            self.pending = None

    def end_function(self, code: Code, offset: int) -> None:
        functions = self.script.functions
        if code.function is not None and code.function < len(functions):
            functions[code.function] = functions[code.function]._replace(end_line=self.source.line(offset))
