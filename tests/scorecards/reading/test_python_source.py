"""Python source as its syntax tree."""

import ast

import pytest

from scorecards.reading.python_source import (
    imports,
    parse_python,
    stubs,
    undefined_methods,
    undefined_names,
    unused_imports,
)


def module(text: str) -> ast.Module:
    found = parse_python(text).tree
    assert found is not None
    return found


@pytest.mark.parametrize(
    "text",
    [
        "import a.b as c\nc, __name__, print\n",
        "for x in range(3): pass\nprint(x)\n",
        "try: pass\nexcept ValueError as e: print(e)\n",
        "with open('x') as f: f\n",
        "[y for y in (1, 2)]\n",
        "match 1:\n  case {'a': b, **rest}: print(b, rest)\n  case [c, *d] as e: print(c, d, e)\n",
        "def f(a, *b, c=1, **d): return a, b, c, d\n",
        "if (n := 3): print(n)\n",
        "from x import *\nprint(anything)\n",
        "def f():\n  global g\n  g = 1\nprint(g)\n",
        "lambda q: q\n",
    ],
)
def test_bound_names_are_defined(text: str) -> None:
    assert undefined_names(module(text)) == []


def test_it_tells_names_that_nothing_binds_with_their_line() -> None:
    assert undefined_names(module("x = 1\nos.getcwd()\nos.name\n")) == [("os", 2)]


@pytest.mark.parametrize(
    "text",
    [
        "class A:\n  def a(self): self.b()\n  def b(self): pass\n",
        "class A:\n  def __init__(self): self.b = print\n  def a(self): self.b()\n",
        "class B:\n  def b(self): pass\nclass A(B):\n  def a(self): self.b()\n",
        "from x import B\nclass A(B):\n  def a(self): self.b()\n",
        "class A:\n  def __getattr__(self, n): return n\n  def a(self): self.b()\n",
        "class A(A):\n  def a(self): self.b()\n",
    ],
)
def test_methods_that_may_be_there_are_not_told(text: str) -> None:
    assert undefined_methods(module(text)) == []


def test_it_tells_methods_that_are_nowhere() -> None:
    assert undefined_methods(module("class A:\n  def a(self):\n    self.b()\n")) == [("b", 3)]


def test_it_tells_imports_stubs_and_what_is_unused() -> None:
    text = "from __future__ import annotations\nimport os.path\nfrom yaml import load\nfrom . import x\n"
    text += "def f(): pass\nload\n"
    assert [each.name for each in imports(module(text))] == ["__future__", "os", "yaml"]
    assert [each.name for each in stubs(module(text))] == ["f"]
    assert [each.name for each in unused_imports(module(text))] == ["os", "x"]


def test_it_tells_a_syntax_error_with_its_line() -> None:
    error = parse_python("x = 1\nprint 'x'\n").error
    assert error is not None
    assert error.line == 2


@pytest.mark.parametrize(
    "text",
    [
        "[" * 200,
        "-" * 100_000 + "1",
        "a" + ".b" * 60_000,
        "x" * 30_000,
        "{" * 30_000,
        "a" * 300_000,
        "not " * 4_900 + "a",
    ],
)
def test_it_gives_up_on_what_is_too_much(text: str) -> None:
    assert parse_python(text).limit


def test_null_bytes_and_odd_letters_are_no_source() -> None:
    for text in ("a\0b", "'\ud800'"):
        found = parse_python(text)
        assert found.tree is None
        assert found.error or found.limit
