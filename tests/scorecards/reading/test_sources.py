"""Functions, imports and names of source files by lexical rules."""

import pytest

from ingest.repository.memory import tree_of
from scorecards.reading.sources import binds, code, functions, go_packages

GO = 'package a\n\nfunc (s *S) One(c interface{}) error {\n\tif x { y("}") } // }\n\treturn nil\n}\n\nfunc two() {\n}\n'
PYTHON = "class A:\n    @deco\n    def one(self,\n            x):\n        return {\n    }\n\n    async def two(a): x\n"
TYPESCRIPT = "export async function one(a) {\n  return `}`;\n}\nconst two = async (a) => {\n  b();\n};\n"
JAVA = "class A {\n  @Post\n  public B one(C c) {\n    return d;\n  }\n  private int two;\n}\n"


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("a.go", GO, [("One", 3, 4), ("two", 8, 2)]),
        ("a.py", PYTHON, [("one", 2, 5), ("two", 8, 1)]),
        ("a.ts", TYPESCRIPT, [("one", 1, 3), ("two", 4, 3)]),
        ("A.java", JAVA, [("one", 2, 4)]),
    ],
)
def test_it_finds_functions_with_their_lines(path: str, text: str, expected: list[tuple[str, int, int]]) -> None:
    found = functions(tree_of({path: text}), path)
    assert [(one.name, one.line, one.text.strip("\n").count("\n") + 1) for one in found] == expected


def test_it_blanks_comments_and_texts_out_and_keeps_places() -> None:
    bare = code("a.go", GO)
    assert len(bare) == len(GO)
    assert bare.count("}") == 3 + 1
    assert bare.count("\n") == GO.count("\n")


def test_it_ends_at_what_never_ends() -> None:
    for text in ("/*" * 50_000, '"""' * 50_001, "`", "func a() {\n" * 1_000):
        for path in ("a.go", "a.py", "a.ts", "A.java"):
            functions(tree_of({path: text}), path)


def test_it_knows_go_packages_by_name_and_alias() -> None:
    text = 'import (\n\t"net/http"\n\tx "a/b"\n\t"github.com/go-chi/chi/v5"\n)\nimport "fmt"\n'
    assert go_packages(text) == {"http", "x", "chi", "fmt"}


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("a.go", 'import "x/audit"\n', True),
        ("a.go", "func f(audit *Log) {}\n", True),
        ("a.go", "var audit = 1\n", True),
        ("a.go", "audit.Log()\n", False),
        ("a.ts", "import { audit } from 'x';\n", True),
        ("a.ts", "audit.log();\n", False),
        ("a.py", "from x import audit\n", True),
        ("A.java", "private Log audit;\n", True),
    ],
)
def test_it_tells_whether_a_file_binds_a_name(path: str, text: str, expected: bool) -> None:
    assert binds(path, text, "audit") is expected
