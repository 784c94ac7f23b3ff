"""Templates of Helm charts: what the mask leaves, what it remembers, what it refuses to stumble over."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.repository.documents.helm import OPAQUE, Masked, is_opaque, mask
from ingest.repository.documents.yaml import read_yaml
from ingest.repository.node import CODES, Node

DEPLOYMENT = """\
{{- if .Values.enabled }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "chart.fullname" . }}
  labels: {{- include "chart.labels" . | nindent 4 }}
    tier: api
spec:
  replicas: {{ .Values.replicas | default 1 }}
  template:
    spec:
      containers:
        - name: api
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
          {{- with .Values.resources }}
          resources:
            {{- toYaml . | nindent 12 }}
          {{- end }}
          env:
            {{- range $name, $value := .Values.env }}
            - name: {{ $name }}
              value: {{ $value.text | quote }}
            {{- end }}
            {{- /* a comment
            over lines */}}
          readinessProbe: {{- toYaml .Values.probe | nindent 12 }}
{{- end }}
"""


def masked(text: str) -> Masked:
    found, problems = mask("templates/a.yaml", text)
    assert not problems
    return found


def root_of(text: str) -> Node:
    documents, problems = read_yaml("templates/a.yaml", masked(text).text)
    assert not problems
    return documents[0].root


class TestADeployment:
    def test_it_reads_as_yaml_with_the_files_lines(self):
        root = root_of(DEPLOYMENT)
        container = root.get("spec", "template", "spec", "containers", 0)
        assert root.text_at("kind") == "Deployment"
        assert (container.line_of("image"), container.get("image").column) == (14, 18)
        assert container.keys() == ["name", "image", "resources", "env", "readinessProbe"]

    def test_a_scalar_is_opaque_and_tells_its_action(self):
        found, root = masked(DEPLOYMENT), root_of(DEPLOYMENT)
        replicas = root.text_at("spec", "replicas")
        assert is_opaque(replicas)
        assert found.unmasked(replicas) == "{{ .Values.replicas | default 1 }}"
        image = root.text_at("spec", "template", "spec", "containers", 0, "image")
        assert found.unmasked(image).startswith("{{ .Values.image.repository }}:{{ .Values.image.tag")
        assert not is_opaque(root.text_at("kind"))

    def test_it_remembers_splices_with_where_they_come_from(self):
        assert [(s.line, s.indent, s.source, s.after_key) for s in masked(DEPLOYMENT).splices] == [
            (6, 4, "chart.labels", True),
            (17, 12, ".Values.resources", False),
            (26, 12, ".Values.probe", True),
        ]

    def test_it_finds_the_splice_of_a_key(self):
        found = masked(DEPLOYMENT)
        assert found.splice_of(16, 10).source == ".Values.resources"
        assert found.splice_of(26, 10).source == ".Values.probe"
        assert found.splice_of(19, 10) is None
        assert [splice.line for splice in found.splices_within(17, 25)] == [17]

    def test_it_tells_values_through_with_and_range(self):
        assert [(use.path, use.line) for use in masked(DEPLOYMENT).values] == [
            (("enabled",), 1),
            (("replicas",), 9),
            (("image", "repository"), 14),
            (("image", "tag"), 14),
            (("resources",), 15),
            (("resources",), 17),
            (("env",), 20),
            (("env", "*", "text"), 22),
            (("probe",), 26),
        ]

    def test_it_tells_includes_and_blocks(self):
        found = masked(DEPLOYMENT)
        assert found.includes == [("chart.fullname", 5), ("chart.labels", 6)]
        assert [(block.word, block.line, block.end_line) for block in found.blocks] == [
            ("if", 1, 27),
            ("with", 15, 18),
            ("range", 20, 23),
        ]
        assert found.is_conditional(16)

    def test_a_key_may_stand_in_both_branches(self):
        found = masked("{{ if .Values.a }}\nk: 1\n{{ else }}\nk: 2\n{{ end }}\nz: 3\n")
        _, problems = read_yaml("f", found.text)
        assert [(p.line, p.code) for p in problems] == [(4, "duplicate_key")]
        assert (found.is_conditional(4), found.is_conditional(6)) == (True, False)


class TestTheMask:
    @pytest.mark.parametrize(
        ("text", "plain"),
        [
            ("a: {{/* x */}} 1", {"a": 1}),
            ("a: 1\n{{- /* key: [\n}} */ -}}\nb: 2", {"a": 1, "b": 2}),
            ("{{- $x := .Values.y }}\na: 1", {"a": 1}),
            ("{{ if .Values.y }}a: 1{{ end }}\nb: 2", {"a": 1, "b": 2}),
            ("  {{ if .y }}a: 1{{ else }}a: 2{{ end }}\n  b: 2", {"a": 1, "b": 2}),
            ("a:\n  {{- if .y }}\n  - x\n  {{- end }}\n", {"a": ["x"]}),
            ("# {{ if .Values.y }}\na: 1\n# {{ end }}", {"a": 1}),
            ("a: |\n  {{- if .y }}\n  x\n      {{ end }}\n", {"a": "\nx\n"}),
            ("{{ .Values.extra }}\na: 1", {"a": 1}),
            ('{{ template "x" . }}\na: 1\n{{ tpl .Values.y . }}', {"a": 1}),
            ("a:\n- {{ toYaml .x | nindent 2 }}\n  b: 1", {"a": [{"b": 1}]}),
            ('a: {{ include "x" . }}\n  b: 1', {"a": {"b": 1}}),
            ("a: {{- if .y }} {{- toYaml .y | nindent 2 }} {{- end }}\nb: 1", {"a": None, "b": 1}),
        ],
    )
    def test_it_leaves(self, text, plain):
        assert root_of(text).plain() == plain

    @pytest.mark.parametrize(
        "value",
        ["{{ .Values.x }}", "'{{ .Values.x }}'", '"{{ "}}" }}"', "{{ printf `a\n}}b` }}", "pre-{{ .x }}-{{ .y }}"]
        + ["{{ if .x }}a{{ else }}b{{ end }}", "{{ .x }} # comment", "{{ range .x }}{{ . }},{{ end }}", '"{{ "\\"" }}"']
        + ['{{ index .Values "a" }}', "{{- .x -}}", "{{\n  .x\n}}", "{{ '}' }}", '{{ include "x" . }}', "{{.}}"],
    )
    def test_it_makes_opaque(self, value):
        text = f"a: {value}\nb: 1"
        root = root_of(text)
        assert is_opaque(root.text_at("a"))
        assert root.get("b").value == 1
        assert masked(text).unmasked(root.text_at("a")) in text

    def test_an_action_may_be_a_key(self):
        assert is_opaque(root_of("labels:\n  {{ .Values.key }}: x\n").get("labels").keys()[0])

    def test_no_two_tokens_are_alike(self):
        found = masked("a: [{{ .a }}, {{ .b }}, {{ .c }}]\n" * 500)
        assert len(found.tokens) == 1500

    def test_a_file_that_holds_the_mark_itself_is_not_opaque_there(self):
        assert not is_opaque(masked(f"a: {OPAQUE}").text)

    def test_windows_line_ends_stay(self):
        text = DEPLOYMENT.replace("\n", "\r\n")
        assert root_of(text).plain().keys() == root_of(DEPLOYMENT).plain().keys()
        assert [s.line for s in masked(text).splices] == [s.line for s in masked(DEPLOYMENT).splices]

    def test_a_key_behind_blank_lines_still_finds_its_splice(self):
        found = masked("a:\n  {{- if .x }}\n\n  {{- toYaml .Values.b | nindent 2 }}\n  {{- end }}\nc:\n  d: 1\n")
        assert found.splice_of(1, 0).source == ".Values.b"
        assert found.splice_of(6, 0) is None


class TestReferences:
    @pytest.mark.parametrize(
        ("action", "paths"),
        [
            ("{{ .Values.a.b }}", [("a", "b")]),
            ("{{ $.Values.a }}", [("a",)]),
            ("{{ ((.Values.a).b).c }}", [("a", "b", "c")]),
            ("{{ .root.Values.a }}", [("a",)]),
            ('{{ index .Values "a-b" "c" }}', [("a-b", "c")]),
            ('{{ index .Values.x "c" }}', [("x", "c"), ("x",)]),
            ('{{ printf ".Values.no %s" .Values.yes }}', [("yes",)]),
            ("{{ and .Values.a (not .Values.b) }}", [("a",), ("b",)]),
            ("{{ $v := .Values.a }}{{ $v.b }}", [("a",), ("a", "b")]),
            ("{{ range .Values.a }}{{ .b }}{{ end }}{{ .c }}", [("a",), ("a", "*", "b")]),
            ("{{ with .Values.a }}{{ .b }}{{ else }}{{ .c }}{{ end }}", [("a",), ("a", "b")]),
            ("{{ range.Values.a }}{{ end }}", [("a",)]),
            ("{{ .Release.Name }}{{ .Chart.Version }}{{ 1.5 }}{{ toYaml .Values }}", []),
            ("{{/* .Values.a */}}", []),
        ],
    )
    def test_it_tells_values(self, action, paths):
        assert [use.path for use in masked(action).values] == paths

    @pytest.mark.parametrize(
        ("text", "has_default"),
        [
            ("{{ .Values.a }}", False),
            ("{{ .Values.a | default 1 }}", True),
            ('{{ required "a" .Values.a }}', True),
            ("{{ coalesce .Values.a .Values.a }}", True),
            ("{{ if .Values.a }}\n{{ .Values.a }}{{ end }}", True),
            ("{{ if .Values.b }}{{ end }}{{ .Values.a }}", False),
        ],
    )
    def test_it_tells_whether_absence_is_provided_for(self, text, has_default):
        assert {use.has_default for use in masked(text).values if use.path == ("a",)} == {has_default}

    def test_it_tells_what_is_defined(self):
        found = masked('{{ define "a.b" }}\nx\n{{ end }}\n{{ block "c" . }}{{ end }}\n{{ template "a.b" . }}')
        assert found.defines == [("a.b", 1), ("c", 4)]
        assert found.includes == [("c", 4), ("a.b", 5)]

    def test_tplvalues_come_from_their_value(self):
        found = masked('a: {{- include "common.tplvalues.render" (dict "value" .Values.x "context" $) | nindent 2 }}')
        assert found.splices[0].source == ".Values.x"


class TestFaults:
    @pytest.mark.parametrize(
        ("text", "lines"),
        [
            ("a: 1\n{{ if .x }}\n", [2]),
            ("a: 1\n{{ end }}\n", [2]),
            ("{{ else }}", [1]),
            ("{{ if .x }}{{ end }}\n{{ end }}{{ range .y }}", [2, 2]),
            ("a: {{ .x\nb: 1", [1]),
            ('a: {{ "x }}\nb: {{ .y }}', [1]),
            ("{{/* x }}\n", [1]),
        ],
    )
    def test_it_tells_the_line(self, text, lines):
        found, problems = mask("f", text)
        assert [problem.line for problem in problems] == lines
        assert {problem.code for problem in problems} == {"broken"}
        assert found.text.count("\n") == text.count("\n")

    def test_it_masks_what_stands_behind_an_unclosed_action(self):
        found, _ = mask("f", 'a: {{ "x }}\nb: {{ .Values.y }}\n')
        assert is_opaque(found.text.split("\n")[1])


HOSTILE = {
    "open": "{{" * 300_000,
    "quotes": '{{"' + '\\"' * 300_000,
    "ifs": "{{if x}}" * 60_000,
    "ifs of values": "".join(f"{{{{if .Values.a{n}}}}}" for n in range(10_000)),
    "withs": "{{with .Values.a}}" + "{{with .a}}" * 10_000,
    "ends": "{{end}}" * 60_000,
    "in one value": "a: " + "{{if x}}" * 20_000 + "{{end}}" * 20_000,
    "comments": "{{/*" * 100_000,
    "fields": "{{ .Values" + ")" * 100_000 + ".a" * 100_000 + "}}",
    "brackets": "{{ " + "(" * 300_000 + "}}",
    "spaces": "{{ include" + " " * 300_000 + "}}",
    "lines": "a: {{ .x }}\n" + "\n" * 300_000,
}


class TestHostile:
    @pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
    def test_it_ends(self, text):
        found, problems = mask("f", text)
        assert found.text.count("\n") == text.count("\n")
        assert len(problems) <= 200


PIECES = [
    "{{",
    "}}",
    "{{- ",
    " -}}",
    "if ",
    "end",
    "else",
    "with ",
    "range ",
    "define ",
    ".Values.a",
    "$x := ",
    "/*",
    "*/",
]
AROUND = [
    "\n",
    " ",
    "key: ",
    "- ",
    '"',
    "`",
    "'",
    "#",
    "toYaml . | nindent 4",
    'include "a" .',
    OPAQUE,
    "\r\n",
    ".",
    "é",
]


@given(st.lists(st.sampled_from(PIECES + AROUND), max_size=40).map("".join) | st.text())
def test_any_text_keeps_its_lines_and_columns(text):
    found, problems = mask("f", text)
    lines = text.split("\n")
    assert [len(line) in (0, len(own)) for line, own in zip(found.text.split("\n"), lines, strict=True)]
    told = [*found.splices, *found.values, *found.includes, *found.defines, *found.blocks, *problems]
    assert all(1 <= each.line <= len(lines) for each in told)
    assert {problem.code for problem in problems} <= set(CODES)
    read_yaml("f", found.text)
