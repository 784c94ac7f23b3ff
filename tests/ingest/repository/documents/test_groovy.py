"""Groovy: a tree of calls with strings and lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.repository.documents.groovy import Call, Jenkinsfile, read_groovy
from ingest.repository.node import Problem

PIPELINE = """\
@Library('shared@v1.2') _

pipeline {
  agent { docker { image 'maven:3' } }
  environment {
    REG = credentials('registry')
    TAG = "1.${BUILD_NUMBER}"
  }
  options { timeout(time: 1, unit: 'HOURS'); disableConcurrentBuilds() }
  stages {
    stage('Build') {
      when { branch 'main' }
      steps {
        // sh 'not this'
        sh '''
          make build
        '''
        script {
          docker.withRegistry("https://x", 'cred') {
            docker.image("a:${TAG}").push('latest')
          }
        }
      }
    }
    stage("Test") { parallel { stage('Unit') { steps { sh "make ${X}" } } } }
  }
  post { always { cleanWs() } }
}
"""


def read(text: str) -> Jenkinsfile:
    file, problems = read_groovy("Jenkinsfile", text)
    assert problems == []
    return file


def names(text: str) -> list[str]:
    return [call.name for call in read(text).walk()]


def only(text: str) -> Call:
    (call,) = read(text).calls
    return call


def codes(problems: list[Problem]) -> list[tuple[int, str]]:
    return [(problem.line, problem.code) for problem in problems]


def test_it_finds_calls_by_their_way_in_order():
    stages = read(PIPELINE).find("pipeline", "stages", "stage")
    assert [(stage.first_string, stage.line, stage.end_line) for stage in stages] == [
        ("Build", 11, 24),
        ("Test", 25, 25),
    ]
    assert [stage.first_string for stage in stages[1].find("parallel", "stage")] == ["Unit"]
    assert read(PIPELINE).find("pipeline", "nothing", "stage") == []


def test_it_reads_annotations():
    (library,) = read(PIPELINE).annotations
    assert (library.name, library.line, library.strings[0].text) == ("Library", 1, "shared@v1.2")
    assert read("@Library(['a@1', 'b']) import x.Y\n").annotations[0].strings[1].text == "b"


def test_it_reads_assignments_with_their_calls():
    (environment,) = read(PIPELINE).find("pipeline", "environment")
    assert [(each.name, each.value, each.line) for each in environment.assignments] == [
        ("REG", "credentials('registry')", 6),
        ("TAG", '"1.${BUILD_NUMBER}"', 7),
    ]
    assert environment.find("credentials")[0].first_string == "registry"
    assert environment.assignments[1].strings[0].interpolated


def test_it_tells_the_lines_of_strings():
    (steps,) = read(PIPELINE).find("pipeline", "stages", "stage", "steps")
    (shell,) = steps.find("sh")
    assert tuple(shell.strings[0]) == ("\n          make build\n        ", 15, False)


def test_a_call_on_a_result_has_both_names():
    (registry,) = read(PIPELINE).find("pipeline", "stages", "stage", "steps", "script", "docker.withRegistry")
    assert [string.text for string in registry.strings] == ["https://x", "cred"]
    assert [call.name for call in registry.children] == ["docker.image", "docker.image.push"]
    assert registry.children[1].first_string == "latest"


def test_its_text_is_what_stands_in_its_braces():
    assert only("when { branch 'main' }").text == " branch 'main' "
    assert only("timeout(5)").text == "5"


@pytest.mark.parametrize(
    ("source", "text", "interpolated"),
    [
        ("'a$b'", "a$b", False),
        ('"a"', "a", False),
        ('"a$b"', "a$b", True),
        ('"a${b}"', "a${b}", True),
        (r'"a\$b"', "a$b", False),
        ("'''a\n'b'\n'''", "a\n'b'\n", False),
        ('"""a "b" ${c}"""', 'a "b" ${c}', True),
        (r"'it\'s\n'", "it's\n", False),
        ("/a\\/b/", "a/b", False),
        ("$/a$$b/$", "a$b", False),
        ('"${f("}")} x"', '${f("}")} x', True),
        ("''", "", False),
        ("'\\u0041'", "A", False),
        ("'\\ud800'", "\ufffd", False),
        ("'a\\\nb'", "a\\\nb", False),
    ],
)
def test_it_reads_all_forms_of_strings(source, text, interpolated):
    (string,) = only(f"sh({source})").strings
    assert (string.text, string.interpolated) == (text, interpolated)


def test_a_division_is_no_string():
    assert only("f(a / b / c)").strings == []


def test_strings_of_calls_within_are_not_its_own():
    call = only("withCredentials([string(credentialsId: 'x', variable: 'Y')]) { sh 'z' }")
    assert call.strings == []
    assert [child.name for child in call.children] == ["string", "sh"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("def x = sh(script: 'a').trim()", ["sh", "sh.trim"]),
        ("if (a) { b() } else if (c) { d() } else { e() }", ["if", "b", "if", "d", "else", "e"]),
        ("if (a) sh 'b'", ["if", "sh"]),
        ("try { a() } catch (e) { b() } finally { c() }", ["try", "a", "catch", "b", "finally", "c"]),
        ("xs.each { x -> sh x }", ["xs.each", "sh"]),
        ("parallel a: { sh '1' }, b: { sh '2' }", ["parallel", "sh", "sh"]),
        ("def f(String a) {\n g()\n}", ["def", "g"]),
        ("void call(Map m) { g() }", ["def", "g"]),
        ("import a.b\npackage c\nint x", []),
        ("mail to: 'a',\n  subject: 'b'\ng()", ["mail", "g"]),
        ("stage('x')\n{\n a()\n}", ["stage", "a"]),
        ("return f(new G(1))", ["f", "G"]),
        ("xs[0] = 1\na.b = f()", ["f"]),
        ("#!/usr/bin/env groovy\nf()", ["f"]),
        ("f /* { */ () // }", ["f"]),
    ],
)
def test_it_reads_the_forms_of_groovy(text, found):
    assert names(text) == found


def test_a_definition_is_a_call_of_def():
    call = only("private static String f(int a) {\n  g()\n}\n")
    assert (call.name, call.arguments, call.line, call.end_line) == ("def", "f(int a)", 1, 3)


def test_an_open_string_costs_its_line():
    file, problems = read_groovy("J", "sh 'a\nsh 'b'\n")
    assert codes(problems) == [(1, "broken")]
    assert [call.first_string for call in file.calls if call.strings] == ["b"]


@pytest.mark.parametrize("text", ["a {\n", "a }\n", "/* a\n", "f(]\n", '"""a\n', "$/a\n"])
def test_what_does_not_match_is_a_problem(text):
    _, problems = read_groovy("J", text)
    assert {problem.code for problem in problems} == {"broken"}


def test_what_is_nested_too_deep_is_left_out():
    file, problems = read_groovy("J", "a {\n" * 5_000)
    assert "too_deep" in [problem.code for problem in problems]
    assert len(list(file.walk())) == 100


HOSTILE = [
    "{",
    "}",
    "(",
    "a(",
    "a {",
    '"',
    "'",
    '"${',
    '"""${\n',
    "'''\n'",
    "$/\n",
    "/",
    "x=/\\",
    ".a()",
    "a.",
    "@A('b') ",
    "a b, ",
    "def ",
    "def f(a) {",
    "if (",
    "\\",
    "\0",
    "/*",
    "->",
    "a ? b : ",
    "[a:",
    "é😀 ",
    "= ",
    "new ",
    "else ",
    '"$',
    "case ",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_it_reads_hostile_texts_to_an_end(piece):
    text = piece * (40_000 // len(piece))
    _, problems = read_groovy("J", text)
    assert all(1 <= problem.line <= text.count("\n") + 1 for problem in problems)


PIECES = st.sampled_from(
    [
        *"{}()[]'\"/$\\@.,;:=\n ",
        "'''",
        '"""',
        "${",
        "$/",
        "/$",
        "def ",
        "if ",
        "else ",
        "new ",
        "return ",
        "a",
        "B ",
        "->",
        "import ",
        "//",
        "/*",
        "*/",
        "1",
        "\r\n",
    ]
)


@given(st.one_of(st.text(), st.lists(PIECES).map("".join)))
def test_it_reads_any_text_and_stays_within_its_lines(text):
    file, problems = read_groovy("J", text)
    last = text.count("\n") + 1
    calls = list(file.walk())
    assert all(1 <= found.line <= last for found in [*problems, *file.annotations, *file.assignments])
    assert all(1 <= call.line <= call.end_line <= last for call in calls)
    assert all(1 <= string.line <= last for call in calls for string in call.strings)
