"""Shell: commands, what is assigned and read, options; errors cost their own line only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.repository.documents.shell import Command, Script, read_shell
from ingest.repository.node import Problem


def read(text: str) -> Script:
    script, problems = read_shell("run.sh", text)
    assert problems == []
    return script


def only(text: str) -> Command:
    (command,) = read(text).commands
    return command


def texts(text: str) -> list[str]:
    return [command.text for command in read(text).commands]


def codes(problems: list[Problem]) -> list[tuple[int, str]]:
    return [(problem.line, problem.code) for problem in problems]


def test_it_reads_words_without_their_quotes():
    command = only("docker login -u \"$USER\" --password='a b' x\\ y $'t\\'q'\n")
    assert command.arguments == ["login", "-u", "$USER", "--password=a b", "x y", "t\\'q"]
    assert [word.quoted for word in command.words] == [False, False, False, True, True, False, True]


def test_it_tells_the_lines_of_continued_commands():
    first, second = read("helm upgrade \\\n  --set a=b \\\n  app\nls\n").commands
    assert (first.line, first.end_line, second.line) == (1, 3, 4)
    assert [word.line for word in first.words] == [1, 1, 2, 2, 3]


def test_lines_begin_where_the_caller_says():
    script, problems = read_shell("ci.yml", "set -e\necho $x '\n", first_line=40)
    assert (script.commands[1].line, script.expansions[0].line, script.options[0].line) == (41, 41, 40)
    assert codes(problems) == [(41, "broken")]


def test_it_tells_what_follows_a_command():
    first, second, third = read("make test || true\nfalse && exit 1\n").commands[:3]
    assert (first.and_or, second.and_or, third.and_or) == ("|| true", "", "&& exit 1")


def test_what_follows_a_pipeline_is_told_of_all_its_commands():
    found = read("a | b || {\n exit 1\n}\n").commands
    assert [command.and_or for command in found] == ["|| {", "|| {", ""]


def test_what_follows_holds_over_the_end_of_the_line():
    assert read("a ||\n  b\n").commands[0].and_or == "|| b"


def test_it_tells_pipelines_apart():
    curl, shell, other = read("curl -s x | bash\nls\n").commands
    assert curl.in_pipe
    assert shell.in_pipe
    assert curl.pipeline == shell.pipeline != other.pipeline
    assert not other.in_pipe


def test_it_tells_conditions_and_negations():
    found = read("if ! a; then b; elif c; then d; fi\nwhile e; do f; done\n! g | h\n").commands
    assert [command.name for command in found if command.in_condition] == ["a", "c", "e"]
    assert [command.name for command in found if command.negated] == ["a", "g", "h"]


def test_it_reads_redirects_and_heredocs_as_data():
    cat, apply = read("cat <<EOF 2>/dev/null | kubectl apply -f -\nrm $X\nEOF\n").commands
    heredoc, errors = cat.redirects
    assert (heredoc.operator, heredoc.target, heredoc.body, heredoc.body_line) == ("<<", "EOF", "rm $X\n", 2)
    assert (errors.descriptor, errors.operator, errors.target) == ("2", ">", "/dev/null")
    assert (apply.name, apply.in_pipe) == ("kubectl", True)


def test_variables_are_read_in_heredocs_unless_the_mark_is_quoted():
    assert [found.name for found in read("cat <<EOF\n$A ${B:-c} \\$D\nEOF\n").expansions] == ["A", "B"]
    assert read("cat <<'EOF'\n$A\nEOF\n").expansions == []
    assert read("cat <<-EOF\n\t$A\n\tEOF\nls\n").commands[1].line == 4


def test_it_reads_assignments():
    found = read('A=1\nexport B="$A" C\nlocal d=e\nF=g cmd\nh+=(1 2)\ni[0]=x\n').assignments
    assert [(each.name, each.value, each.line, each.exported, each.by) for each in found] == [
        ("A", "1", 1, False, "="),
        ("B", "$A", 2, True, "export"),
        ("C", None, 2, True, "export"),
        ("d", "e", 3, False, "local"),
        ("F", "g", 4, False, "command"),
        ("h", "(1 2)", 5, False, "="),
        ("i", "x", 6, False, "="),
    ]


def test_a_script_knows_which_names_get_a_value():
    script = read("A=1\nexport B\nC=2 cmd\nfor d in x; do read -r -p 'q' e; done\n: $((f = 1))\n")
    assert [name for name in "ABCdefq" if script.is_assigned(name)] == ["A", "d", "e", "f"]


def test_assignments_on_lines_of_their_own_belong_to_no_command():
    script = read("a=(b $c)\nd+=2\necho\n")
    assert [found.by for found in script.assignments] == ["=", "="]
    assert script.commands[0].environment == ()


@pytest.mark.parametrize(
    ("source", "name", "operator", "argument"),
    [
        ("$x", "x", "", ""),
        ("${x}", "x", "", ""),
        ("${x:-a b}", "x", ":-", "a b"),
        ("${x:?must be set}", "x", ":?", "must be set"),
        ("${x%%:*}", "x", "%%", ":*"),
        ("${#x}", "x", "len", ""),
        ("${!x}", "x", "!", ""),
        ("${x[@]}", "x", "", ""),
        ("${x/a/b}", "x", "/", "a/b"),
        ("$1", "1", "", ""),
        ("$@", "@", "", ""),
        ("$((x + 1))", "x", "((", ""),
    ],
)
def test_it_reads_expansions(source, name, operator, argument):
    (found,) = read(f"echo {source}\n").expansions
    assert (found.name, found.operator, found.argument) == (name, operator, argument)


def test_it_tells_where_the_shell_would_cut_a_value_into_words():
    found = read('cp $a "$b" ${c} "x${d}"\ne=$f\n[[ $g == x ]]\ncase $h in x) ;; esac\n').expansions
    assert [each.name for each in found if each.splits] == ["a", "c"]
    assert [each.name for each in found if each.quoted] == ["b", "d"]


def test_it_reads_nested_defaults_and_substitutions():
    script = read('echo "${A:-$(cat "$B" `id $C`)}"\n')
    assert [found.name for found in script.expansions] == ["A", "B", "C"]
    assert [command.text for command in script.commands] == [
        'echo ${A:-$(cat "$B" `id $C`)}',
        "cat $B `id $C`",
        "id $C",
    ]
    assert [command.depth for command in script.commands] == [0, 1, 2]


def test_it_reads_the_options_of_the_shell():
    options = read("#!/usr/bin/env bash\nset -euo pipefail\nset +x\nset -- a -b\nshopt -s inherit_errexit\n").options
    assert [(option.name, option.on, option.line) for option in options] == [
        ("errexit", True, 2),
        ("nounset", True, 2),
        ("pipefail", True, 2),
        ("xtrace", False, 3),
        ("inherit_errexit", True, 5),
    ]
    script = read("#!/bin/bash -eu\n")
    assert script.shebang == "#!/bin/bash -eu"
    assert script.option("nounset").line == 1
    assert script.option("pipefail") is None


def test_it_reads_functions_with_their_lines():
    found = read("f() {\n  a\n}\nfunction g {\n  b; }\nh ()\n(\n  c\n)\n").functions
    assert [tuple(each) for each in found] == [("f", 1, 3), ("g", 4, 5), ("h", 6, 9)]


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        ("case $1 in -h|--help) a;; (b*) c ;& *) d; esac; e\n", ["a", "c", "d", "e"]),
        ("for ((i = 0; i < 3; i++)) { a; }\nfor((;;)) do b; done\nfor x in 1 2\ndo c; done\n", ["a", "b", "c"]),
        ("(a; b) && { c; }\n", ["a", "b", "c"]),
        ("diff <(a) <(b)\n", ["diff <(a) <(b)", "a", "b"]),
        ("a & b; c\n", ["a", "b", "c"]),
        ("if(a);then b;fi\n", ["a", "b"]),
        ("[[ $a =~ ^(x|y)$ && -n $b ]]\nc\n", ["[[ $a =~ ^(x|y)$ && -n $b ]]", "c"]),
        ("echo if then # no\n", ["echo if then"]),
        ("ls @(a|b) !(c)\n", ["ls @(a|b) !(c)"]),
        ("select x in a; do b; done\n", ["b"]),
        ("echo ${#} a#b 'it''s'\n", ["echo ${#} a#b its"]),
        ("a > b 2>&1 <c >>d\n", ["a"]),
        ("until a; do b; done < c\n", ["a", "b"]),
    ],
)
def test_it_reads_the_forms_of_the_shell(text, commands):
    assert texts(text) == commands


def test_it_keeps_comments():
    assert [tuple(found) for found in read("# one\na # two\necho '#no'\n").comments] == [(1, "one"), (2, "two")]


def test_an_open_quote_costs_its_line():
    script, problems = read_shell("x.sh", 'a\necho "b\nc\nd $(e\nf\n')
    assert codes(problems) == [(2, "broken"), (4, "broken")]
    assert [command.text for command in script.commands] == ["a", "echo", "c", "d", "f"]


@pytest.mark.parametrize("text", ["if a; then b\n", "fi\n", "a )\n", "a;; b\n", "{ a\n", "case x in\n", "echo (a)\n"])
def test_what_does_not_match_is_a_problem(text):
    _, problems = read_shell("x.sh", text)
    assert codes(problems) == [(1, "broken")]


def test_a_heredoc_without_an_end_goes_to_the_end_as_the_shell_takes_it():
    script, problems = read_shell("x.sh", "cat <<EOF\na\nb\n")
    assert codes(problems) == [(1, "broken")]
    assert script.commands[0].redirects[0].body == "a\nb\n"


def test_it_reads_carriage_returns_as_blanks():
    assert texts("a b\r\nif c; then\r\n  d \\\r\n e\r\nfi\r\n") == ["a b", "c", "d e"]


def test_what_is_nested_too_deep_costs_its_line():
    script, problems = read_shell("x.sh", "a " + "$(" * 5_000 + "\nb\n")
    assert codes(problems) == [(1, "too_deep")]
    assert script.commands[-1].text == "b"


def test_more_commands_than_are_read_are_a_problem():
    script, problems = read_shell("x.sh", "a\n" * 60_000)
    assert [problem.code for problem in problems] == ["too_many"]
    assert len(script.commands) < 60_000


HOSTILE = [
    "$(",
    "${",
    "$((",
    "`",
    '"',
    "'",
    "<<A\n",
    "cat <<A <<B <<C\n",
    "\0",
    "{",
    "(",
    ")",
    "}",
    "a|",
    "a||",
    "a=(",
    "if a\n",
    "case a in\n",
    "[[ a &&",
    '${a:-"',
    'echo "$(\n',
    "echo '\necho \"\n",
    "a[",
    "${a[",
    "?(",
    "$'\\",
    "fi\n",
    ";;",
    "\\\n",
    "f() {",
    "f()",
    "for ",
    "function ",
    "<(",
    ">",
    "&",
    "((",
    "$((a=",
    "esac ",
    "done;",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_it_reads_hostile_texts_to_an_end(piece):
    text = piece * (40_000 // len(piece))
    _, problems = read_shell("x.sh", text)
    assert all(0 <= problem.line <= text.count("\n") + 1 for problem in problems)


WORDS = st.sampled_from(
    [
        "if ",
        "then ",
        "fi\n",
        "while ",
        "do ",
        "done ",
        "case ",
        " in ",
        "esac ",
        "for ",
        "{ ",
        "}",
        "(",
        ")",
        "((",
        "))",
        "[[ ",
        " ]]",
        '"',
        "'",
        "`",
        "$",
        "$(",
        "${",
        "a",
        "x=",
        " ",
        "\n",
        ";",
        ";;",
        "|",
        "&&",
        "<<E\n",
        "E\n",
        "<",
        ">",
        "\\",
        "#",
        "!",
        "function ",
        "()",
        "=(",
        "$'",
        "@(",
        ":-",
        "[",
        "]",
        "export ",
        "read ",
        "\r\n",
        "set -e ",
    ]
)


@given(st.one_of(st.text(), st.lists(WORDS).map("".join)))
def test_it_reads_any_text_and_stays_within_its_lines(text):
    script, problems = read_shell("x.sh", text, first_line=5)
    last = text.count("\n") + 5
    places = [*problems, *script.assignments, *script.expansions, *script.options, *script.comments]
    assert all(5 <= found.line <= last for found in places)
    assert all(5 <= found.line <= found.end_line <= last for found in [*script.commands, *script.functions])
    assert all(5 <= word.line <= last for command in script.commands for word in command.words)
    assert all(command.words for command in script.commands)
