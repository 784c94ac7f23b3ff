"""Dockerfiles: instructions, stages, continuations and heredocs with their lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.repository.documents.dockerfile import Dockerfile, Instruction, read_dockerfile
from ingest.repository.documents.shell import read_shell
from ingest.repository.node import Problem


def read(text: str) -> Dockerfile:
    file, problems = read_dockerfile("Dockerfile", text)
    assert problems == file.problems == []
    return file


def after_from(text: str) -> list[Instruction]:
    return read(f"FROM a\n{text}").instructions[1:]


def codes(problems: list[Problem]) -> list[tuple[int, str]]:
    return [(problem.line, problem.code) for problem in problems]


def test_it_reads_instructions_of_any_case_with_their_lines():
    found = read("from a\n\n# c\nRun  b  c\nuser\td\n").instructions
    assert [(each.name, each.text, each.line) for each in found] == [
        ("FROM", "a", 1),
        ("RUN", "b  c", 4),
        ("USER", "d", 5),
    ]


def test_it_joins_continued_lines_over_comments_and_empty_lines():
    (run,) = after_from("RUN a && \\\n  # comment\n\n  b \\  \n  c\n")
    assert run.words == ["a", "&&", "b", "c"]
    assert (run.line, run.end_line) == (2, 6)


def test_two_escapes_continue_no_line():
    assert [each.name for each in after_from("RUN a \\\\\nUSER b\n")] == ["RUN", "USER"]


def test_a_directive_sets_the_escape():
    file = read("# syntax=docker/dockerfile:1\n# escape=`\nFROM a\nRUN b `\n  c\nCOPY x C:\\\nUSER d\n")
    assert file.escape == "`"
    assert [each.name for each in file.instructions] == ["FROM", "RUN", "COPY", "USER"]
    assert read("# c\n# escape=`\nFROM a\n").escape == "\\"


def test_it_reads_flags_apart_from_the_words():
    run, copy = after_from(
        "RUN --mount=type=cache,target=/x --mount=type=secret,id=a --network=none b\nCOPY --from=c --link d e\n"
    )
    assert run.all_flags == [("mount", "type=cache,target=/x"), ("mount", "type=secret,id=a"), ("network", "none")]
    assert (run.words, run.text) == (["b"], "b")
    assert (copy.flags, copy.words) == ({"from": "c", "link": None}, ["d", "e"])


@pytest.mark.parametrize(
    ("text", "words", "json_form"),
    [
        ('CMD ["a", "b c"]', ["a", "b c"], True),
        ("CMD [a]", ["[a]"], False),
        ('ENTRYPOINT ["a"] x', ["[a]", "x"], False),
        ("CMD [1]", ["[1]"], False),
        ('HEALTHCHECK --interval=5s CMD ["a"]', ["CMD", "a"], True),
        ("HEALTHCHECK NONE", ["NONE"], False),
        ("HEALTHCHECK CMD a b", ["CMD", "a", "b"], False),
        ('RUN echo \'a b\' "c\\"d" e\\ f', ["echo", "a b", 'c"d', "e f"], False),
        ('CMD ["\\ud800"]', ["?"], True),
        ("CMD " + "[" * 5_000, ["[" * 5_000], False),
    ],
)
def test_it_reads_words_and_the_json_form(text, words, json_form):
    (found,) = after_from(text)
    assert (found.words, found.json_form) == (words, json_form)


def test_it_reads_the_pairs_of_env_and_arg():
    first, second, third = after_from('ENV A=1 B="c d"\nENV OLD some value\nARG X\n')
    assert first.pairs() == [("A", "1"), ("B", "c d")]
    assert second.pairs() == [("OLD", "some value")]
    assert third.pairs() == [("X", "")]


def test_heredocs_are_data():
    copy, user = after_from('COPY <<EOF <<-"B" /d/\nUSER root\nEOF\n\tx\n\tB\nUSER app\n')
    assert [tuple(found) for found in copy.heredocs] == [("EOF", "USER root\n", 3), ("B", "x\n", 5)]
    assert (copy.line, copy.end_line) == (2, 6)
    assert (user.text, user.line) == ("app", 7)


def test_what_only_looks_like_a_heredoc_is_none():
    found = after_from("RUN echo '<<EOF' $((1<<2)) x<<<y\nLABEL a=<<EOF\nUSER app\n")
    assert [each.name for each in found] == ["RUN", "LABEL", "USER"]
    assert all(each.heredocs == [] for each in found)


def test_a_heredoc_without_an_end_hides_nothing():
    file, problems = read_dockerfile("D", "FROM a\nRUN <<EOF\nUSER app\n")
    assert codes(problems) == [(2, "broken")]
    assert [each.name for each in file.instructions] == ["FROM", "RUN", "USER"]


@pytest.mark.parametrize(
    "text",
    [
        "RUN a \\\n --x \\\n # c\n  && b\n",
        "RUN --network=none \\\n  a --x \\\n\n\n  && b\n",
        "RUN <<EOF\na --x\n\nb\nEOF\n",
        "RUN set -e; a --x\n",
        "run --mount=type=cache --mount=b a --x && cat <<E\nE\n",
    ],
)
def test_the_script_of_a_run_keeps_its_lines(text):
    (run,) = after_from(text)
    script, problems = read_shell("D", run.script, run.script_line)
    assert problems == []
    lines = f"FROM a\n{text}".split("\n")
    for command in script.commands:
        assert command.name in lines[command.line - 1]
    assert "a --x" in [command.text for command in script.commands]


def test_a_trigger_holds_its_instruction():
    (trigger,) = after_from("ONBUILD RUN echo hi\n")
    assert (trigger.inner.name, trigger.inner.words, trigger.inner.line) == ("RUN", ["echo", "hi"], 2)
    assert after_from("ONBUILD ONBUILD RUN x\n")[0].inner is None


def test_it_fills_in_the_image_by_the_defaults_before_it():
    text = 'ARG V=3.12\nARG R="ghcr.io/$V"\nARG N\nFROM --platform=$BUILDPLATFORM ${R}/a:${V} AS Build\nARG V=4\n'
    text += "FROM x:$V-${N:-n}\nFROM y:$N\n"
    build, second, third = read(text).stages
    assert (build.image, build.image_raw, build.name) == ("ghcr.io/3.12/a:3.12", "${R}/a:${V}", "build")
    assert (build.platform, build.line) == ("$BUILDPLATFORM", 4)
    assert second.image == "x:3.12-n"
    assert (third.image, third.is_resolved) == ("y:$N", False)


def test_defaults_that_double_again_and_again_stay_small():
    lines = ["ARG A0=xxxxxxxxxx"] + [f"ARG A{n}=$A{n - 1}$A{n - 1}" for n in range(1, 500)]
    (stage,) = read("\n".join([*lines, "FROM $A499"])).stages
    assert len(stage.image) <= 1_000


def test_it_tells_what_a_stage_is_built_upon():
    file = read("FROM a AS base\nUSER app\nFROM b\nFROM BASE AS last\nRUN x\n")
    assert file.base_of(file.final) is file.stages[0]
    assert [stage.line for stage in file.lineage(file.final)] == [4, 1]
    assert file.stages[0].last("USER").text == "app"
    assert file.final.last("USER") is None


def test_a_stage_built_upon_its_own_name_begins_from_an_image():
    file = read("FROM node AS node\n")
    assert file.base_of(file.final) is None


def test_lines_that_are_no_instruction_are_one_problem_a_stretch():
    file, problems = read_dockerfile("D", "FROM a\n{% if x %}\nwhat\nUSER b\n<<<\n")
    assert codes(problems) == [(2, "broken"), (5, "broken")]
    assert [each.name for each in file.instructions] == ["FROM", "USER"]


def test_a_file_without_a_base_is_broken():
    assert codes(read_dockerfile("D", "USER a\n")[1]) == [(1, "broken")]
    assert read("# nothing\n").stages == []


def test_it_reads_over_a_byte_order_mark_and_carriage_returns():
    found = read("\ufefffrom a\r\nRUN b \\\r\n  c\r\nCOPY <<E /x\r\ny\r\nE\r\n").instructions
    assert [each.words for each in found] == [["a"], ["b", "c"], ["<<E", "/x"]]
    assert found[2].heredocs[0].text == "y\n"


HOSTILE = [
    "RUN a \\\n",
    "RUN a <<A <<B\n",
    "ONBUILD ",
    "RUN --a=b ",
    'ENV "',
    "ENV a='",
    "FROM a\n",
    "ARG a=$a\n",
    "\0",
    "\\\n",
    "CMD [",
    "RUN <<A\n\tA\n",
    "COPY --a",
    "HEALTHCHECK CMD ",
    "é😀",
    "# a\n",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_it_reads_hostile_texts_to_an_end(piece):
    text = piece * (60_000 // len(piece))
    _, problems = read_dockerfile("D", text)
    assert all(1 <= problem.line <= text.count("\n") + 1 for problem in problems)


PIECES = st.sampled_from(
    [
        "FROM ",
        "RUN ",
        "COPY ",
        "ARG ",
        "ENV ",
        "ONBUILD ",
        "CMD ",
        "HEALTHCHECK ",
        "a",
        " ",
        "\n",
        "\\\n",
        "<<E",
        "E\n",
        "--x=",
        "[",
        "]",
        '"',
        "'",
        "$",
        "${",
        "}",
        "\\",
        "`",
        "#",
        "# escape=`\n",
        " AS ",
        "=",
        "\r\n",
        "\t",
    ]
)


@given(st.one_of(st.text(), st.lists(PIECES).map("".join)))
def test_it_reads_any_text_and_stays_within_its_lines(text):
    file, problems = read_dockerfile("D", text)
    last = text.count("\n") + 1
    assert all(1 <= found.line <= last for found in [*problems, *file.stages])
    assert all(1 <= found.line <= found.end_line <= last for found in file.instructions)
    assert all(heredoc.first_line <= last for found in file.instructions for heredoc in found.heredocs)
    assert all(found.script_line <= last for found in file.instructions)
