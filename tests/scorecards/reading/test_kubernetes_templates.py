"""Charts rendered as far as their values tell."""

from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.repository.memory import tree_of
from ingest.repository.tree import RepositoryTree
from scorecards.reading.kubernetes import Manifest, manifests, workloads
from scorecards.reading.kubernetes.manifest import OPAQUE, OPEN

CHART = 'apiVersion: v2\nname: web\nversion: 1.2.3\nappVersion: "4.5"\n'


def chart(template: str, values: str = "", helpers: str = "", **more: str) -> RepositoryTree:
    files = {
        "web/Chart.yaml": CHART,
        "web/values.yaml": dedent(values).lstrip("\n"),
        "web/templates/object.yaml": dedent(template).lstrip("\n"),
        "web/templates/_helpers.tpl": dedent(helpers).lstrip("\n"),
    }
    return tree_of(files | {path.replace("__", "/").replace("_yaml", ".yaml"): text for path, text in more.items()})


def one(found: RepositoryTree) -> Manifest:
    (manifest,) = manifests(found)
    return manifest


def spec(template: str, values: str = "", helpers: str = "") -> Manifest:
    """A Deployment whose spec is this."""
    head = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n"
    body = "\n".join(f"  {line}" if line else "" for line in dedent(template).strip("\n").split("\n"))
    return one(chart(head + body + "\n", values, helpers))


def test_it_grafts_values_with_the_line_that_sets_them() -> None:
    manifest = spec("resources:\n  {{- toYaml .Values.resources | nindent 4 }}", "resources:\n  limits:\n    cpu: 1\n")
    cpu = manifest.get("spec", "resources", "limits", "cpu")
    assert cpu is not None
    assert cpu.place == ("web/values.yaml", 3)
    assert manifest.rendered == "chart web (values.yaml)"
    assert manifest.chart == "web"
    assert not manifest.namespace_known


@pytest.mark.parametrize(
    ("expression", "values", "text"),
    [
        ("{{ .Values.a.b }}", "a: {b: x}", "x"),
        ("{{ $.Values.a.b }}", "a: {b: x}", "x"),
        ('{{ .Values.a | default "y" }}', "", "y"),
        ('{{ default "y" .Values.a }}', "a: x", "x"),
        ("{{ .Chart.Name }}-{{ .Chart.Version }}", "", "web-1.2.3"),
        ('"{{ .Values.r }}:{{ .Values.t | default .Chart.AppVersion }}"', 'r: q.example/a\nt: ""', "q.example/a:4.5"),
        ("{{ .Values.a | quote }}", "a: 3", "3"),
        ('{{ printf "%s/%s:%v" .Values.r .Values.n .Values.t }}', "r: q\nn: w\nt: 3", "q/w:3"),
        ('{{ ternary "on" "off" .Values.a }}', "a: true", "on"),
        ('{{ .Values.a | trunc 3 | trimSuffix "-" | upper }}', "a: ab-cd", "AB"),
        ('{{ coalesce .Values.a .Values.b "z" }}', "b: y", "y"),
        ('{{ index .Values "a" "b-c" }}', "a: {b-c: x}", "x"),
        ('{{ if .Values.a }}yes{{ else }}no{{ end }}', "a: false", "no"),
        ("{{ .Release.Service }}", "", "Helm"),
        ('{{ required "say it" .Values.a }}', "a: x", "x"),
        ('{{ tpl .Values.a . }}', "a: x", "x"),
    ],
)  # fmt: skip
def test_it_tells_what_an_expression_writes(expression: str, values: str, text: str) -> None:
    node = spec(f"x: {expression}", values).get("spec", "x")
    assert node is not None
    assert node.tag == ""
    assert node.raw == text


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ("{{ .Release.Name }}", "{{.Release.Name}}"),
        ("{{ .Release.Name | quote }}", "{{.Release.Name}}"),
        ("{{ $.Release.Name }}-x", "{{.Release.Name}}-x"),
        ('{{ include "web.fullname" . }}', "{{web.fullname}}"),
        ('{{ template "web.fullname" $ }}', "{{web.fullname}}"),
        ("{{ randAlphaNum 5 }}", "{{randAlphaNum 5}}"),
        ("{{ tpl .Values.a . }}", "{{tpl .Values.a .}}"),
        ("{{ .Values.a | weird }}", "{{.Values.a | weird}}"),
    ],
)
def test_it_marks_what_only_rendering_tells_alike_for_like_calls(expression: str, shown: str) -> None:
    node = spec(f"x: {expression}", "a: '{{ .Release.Name }}'").get("spec", "x")
    assert node is not None
    assert node.tag == OPAQUE
    assert node.raw == shown


def test_it_reads_plain_results_as_yaml_does() -> None:
    manifest = spec('a: {{ .Values.a }}\nb: "{{ .Values.b }}"\nc: {{ .Values.c }}', 'a: "3"\nb: 3\nc: "true"')
    assert [manifest.get("spec", name).value for name in "abc"] == [3, "3", True]  # type: ignore[union-attr]


def test_it_looks_at_the_value_of_with() -> None:
    manifest = spec(
        """
        {{- with .Values.pod }}
        securityContext:
          {{- toYaml .context | nindent 4 }}
        name: {{ .name }}
        image: {{ $.Values.image }}
        {{- end }}
        {{- with .Values.nothing }}
        affinity:
          {{- toYaml . | nindent 4 }}
        {{- end }}
        """,
        "pod: {context: {runAsNonRoot: true}, name: x}\nimage: y\n",
    )
    assert manifest.get("spec", "securityContext", "runAsNonRoot").is_true  # type: ignore[union-attr]
    assert (manifest.text_at("spec", "name"), manifest.text_at("spec", "image")) == ("x", "y")
    assert manifest.look("spec", "affinity").missing


def test_it_takes_the_branch_that_the_values_choose() -> None:
    template = """
    {{- if .Values.on }}
    replicas: 1
    {{- else if eq .Values.mode "two" }}
    replicas: 2
    {{- else }}
    replicas: 3
    {{- end }}
    {{- if not .Values.on }}
    paused: true
    {{- end }}
    """
    assert spec(template, "on: true").text_at("spec", "replicas") == "1"
    assert spec(template, "on: false\nmode: two").text_at("spec", "replicas") == "2"
    assert spec(template, "on: false\nmode: x").text_at("spec", "replicas") == "3"
    assert spec(template, "on: true").look("spec", "paused").missing
    assert spec(template, "on: false\nmode: x").get("spec", "paused").is_true  # type: ignore[union-attr]


def test_it_keeps_whole_objects_that_are_turned_off_and_says_so() -> None:
    found = chart("{{- if .Values.on }}\napiVersion: v1\nkind: Service\nmetadata: {name: x}\n{{- end }}\n", "on: false")
    assert one(found).switched_off
    found = chart("{{- if .Values.on }}\napiVersion: v1\nkind: Service\nmetadata: {name: x}\n{{- end }}\n", "on: true")
    assert not one(found).switched_off


def test_it_asks_a_current_cluster() -> None:
    template = """
    a: {{ if semverCompare ">=1.19-0" .Capabilities.KubeVersion.Version }}x{{ else }}y{{ end }}
    {{- if .Capabilities.APIVersions.Has "policy/v1beta1" }}
    b: old
    {{- else }}
    b: new
    {{- end }}
    """
    manifest = spec(template)
    assert (manifest.text_at("spec", "a"), manifest.text_at("spec", "b")) == ("x", "new")


HELPERS = """
{{- define "web.labels" -}}
app.example/name: {{ include "web.name" . }}
{{ include "web.selector" . }}
{{- if .Chart.AppVersion }}
version: {{ .Chart.AppVersion | quote }}
{{- end }}
{{- end -}}
{{- define "web.selector" }}
app: {{ .Values.app }}
instance: {{ .Release.Name }}
{{- end }}
{{- define "web.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- define "web.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{ .Values.fullnameOverride }}
{{- else -}}
{{ printf "%s-%s" .Release.Name .Chart.Name }}
{{- end -}}
{{- end -}}
{{- define "web.image" -}}
{{- $tag := .tag | default "latest" -}}
{{ .repository }}:{{ $tag }}
{{- end -}}
{{- define "web.loop" -}}{{ include "web.loop" . }}{{- end -}}
"""


def test_it_reads_named_templates_as_yaml_and_as_text() -> None:
    manifest = spec(
        """
        labels:
          {{- include "web.labels" . | nindent 4 }}
          own: mine
        selector: {{ include "web.selector" . | nindent 4 }}
        name: {{ include "web.fullname" . }}
        image: {{ include "web.image" .Values.image }}
        loop: {{ include "web.loop" . }}
        """,
        "app: shop\nfullnameOverride: full\nimage: {repository: r.example/x}\n",
        HELPERS,
    )
    assert manifest.get("spec", "labels").plain() == {  # type: ignore[union-attr]
        "own": "mine",
        "app.example/name": "web",
        "app": "shop",
        "instance": "{{.Release.Name}}",
        "version": "4.5",
    }
    selector = manifest.get("spec", "selector")
    assert selector is not None
    assert selector.plain() == {"app": "shop", "instance": "{{.Release.Name}}"}
    assert manifest.text_at("spec", "name") == "full"
    assert manifest.text_at("spec", "image") == "r.example/x:latest"
    assert manifest.get("spec", "loop").tag == OPAQUE  # type: ignore[union-attr]


def test_it_leaves_open_what_it_can_t_tell() -> None:
    manifest = spec(
        """
        labels:
          {{- include "elsewhere.labels" . | nindent 4 }}
        env:
          - name: A
          {{- include "elsewhere.env" . | nindent 4 }}
        probes: {{ toYaml (merge .Values.a .Values.b) | nindent 4 }}
        """,
        "a: {}\nb: {}",
    )
    assert manifest.look("spec", "labels", "app").undecided
    assert manifest.get("spec", "env").tag == OPEN  # type: ignore[union-attr]
    assert manifest.look("spec", "probes", "x").undecided
    assert manifest.look("spec", "other").missing


def test_it_puts_splices_where_their_column_says() -> None:
    manifest = spec(
        """
        env:
          - name: A
          {{- toYaml .Values.more | nindent 4 }}
        args:
        {{- toYaml .Values.args | nindent 2 }}
        volumes:
          - name: tmp
            {{- toYaml .Values.volume | nindent 6 }}
          - {{ toYaml .Values.item | nindent 6 }}
        map:
          a: b
          {{- toYaml .Values.map | nindent 4 }}
        {{- toYaml .Values.top | nindent 2 }}
        """,
        "more: [{name: B}]\nargs: [x]\nvolume: {emptyDir: {}}\nitem: {name: i}\nmap: {c: d}\ntop: {e: f}\n",
    )
    assert manifest.get("spec").plain() == {  # type: ignore[union-attr]
        "env": [{"name": "A"}, {"name": "B"}],
        "args": ["x"],
        "volumes": [{"name": "tmp", "emptyDir": {}}, {"name": "i"}],
        "map": {"a": "b", "c": "d"},
        "e": "f",
    }


def test_it_goes_over_a_mapping_key_by_key() -> None:
    manifest = spec(
        """
        annotations:
          {{- range $key, $value := .Values.notes }}
          {{ $key }}: {{ $value | quote }}
          {{- end }}
        empty:
          {{- range .Values.none }}
          - {{ . }}
          {{- end }}
        """,
        "notes: {a: 1, b: x}\nnone: []\n",
    )
    assert manifest.get("spec", "annotations").keys() == ["a", "b"]  # type: ignore[union-attr]
    assert not manifest.get("spec", "empty") or manifest.get("spec", "empty").is_null  # type: ignore[union-attr]


def test_it_lays_each_environment_over_the_defaults() -> None:
    found = chart(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\nspec:\n  replicas: {{ .Values.count }}\n"
        "  strategy: {{ toYaml .Values.strategy | nindent 4 }}\n",
        "count: 1\nstrategy: {type: Recreate, a: b}\n",
        **{"web/values-prod.yaml": "count: 3\nstrategy: {a: null, c: d}\n"},
    )
    told = {
        manifest.rendered: (manifest.text_at("spec", "replicas"), manifest.get("spec", "strategy").plain())  # type: ignore[union-attr]
        for manifest in manifests(found)
    }
    assert told == {
        "chart web (values.yaml)": ("1", {"type": "Recreate", "a": "b"}),
        "chart web (values-prod.yaml)": ("3", {"type": "Recreate", "c": "d"}),
    }


def test_it_renders_subcharts_with_their_parent() -> None:
    found = tree_of(
        {
            "web/Chart.yaml": CHART + "dependencies: [{name: db, version: 1.0.0, repository: ''}]\n",
            "web/values.yaml": "db: {size: 5}\nglobal: {zone: z}\n",
            "web/charts/db/Chart.yaml": "apiVersion: v2\nname: db\nversion: 1.0.0\n",
            "web/charts/db/values.yaml": "size: 1\nkind: small\n",
            "web/charts/db/templates/x.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata:\n"
            "  size: {{ .Values.size }}\n  kind: {{ .Values.kind }}\n  zone: {{ .Values.global.zone }}\n",
        }
    )
    manifest = one(found)
    assert manifest.get("data").plain() == {"size": 5, "kind": "small", "zone": "z"}  # type: ignore[union-attr]
    assert (manifest.rendered, manifest.chart, manifest.set_complete) == (
        "chart web (values.yaml)",
        "web/charts/db",
        True,
    )


def test_it_takes_a_namespace_only_where_the_object_names_one() -> None:
    head = "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: x\n"
    assert not one(chart(head + "  namespace: {{ .Release.Namespace }}\n")).namespace_known
    named = one(chart(head + "  namespace: {{ .Values.ns }}\n", "ns: own"))
    assert (named.namespace, named.namespace_known) == ("own", True)


def test_it_shows_pods_alike() -> None:
    found = chart(
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          template:
            spec:
              securityContext: {{ toYaml .Values.pod | nindent 8 }}
              containers:
                - name: web
                  securityContext:
                    {{- toYaml .Values.own | nindent 12 }}
        """,
        "pod: {runAsNonRoot: true}\nown: {readOnlyRootFilesystem: true}\n",
    )
    (container,) = workloads(found)[0].containers
    assert container.effective("runAsNonRoot").node.place == ("web/values.yaml", 1)  # type: ignore[union-attr]
    assert container.look("securityContext", "readOnlyRootFilesystem").node.is_true  # type: ignore[union-attr]


DOUBLING = "".join(
    f'{{{{ define "d{n}" }}}}' + f'{{{{ include "d{n + 1}" . }}}}' * 2 + "{{ end }}\n" for n in range(300)
)


GROWING = "".join(
    f'{{{{ define "d{n}" }}}}xxxxxxxx' + f'{{{{ include "d{n + 1}" . }}}}' * 2 + "{{ end }}\n" for n in range(6)
)
ITEMS = "".join(
    f'{{{{ define "i{n}" }}}}\n' + f'{{{{ include "i{n + 1}" . }}}}\n' * 40 + "- x\n{{ end }}\n" for n in range(6)
)


@pytest.mark.parametrize(
    "template",
    [
        "{{ if",
        "{{ end }}{{ end }}{{ else }}",
        "a: {{ " + "(" * 5000 + " }}",
        "{{ with .Values.a }}" * 3000 + "x: {{ .b }}" + "{{ end }}" * 3000,
        "\n".join("{{ with or .a .b }}" for _ in range(2000)) + "\nx: {{ .b }}\n" + "{{ end }}\n" * 2000,
        '{{ define "a" }}{{ include "b" . }}{{ end }}{{ define "b" }}{{ include "a" . }}{{ end }}'
        'x: {{ include "a" . }}',
        DOUBLING + 'x: {{ include "d0" . }}',
        GROWING + "".join(f'x{n}: a{{{{ include "d0" . }}}}\n' for n in range(5000)),
        ITEMS + 'x:\n  {{- include "i0" . | nindent 2 }}\n',
        "{{ $a := $b }}{{ $b := $a }}x: {{ $a }}",
        "x:\n  {{ toYaml" + " " * 200_000 + ".Values.a | nindent 2 }}\ny: {{ weird" + " " * 200_000 + "1 }}",
        "x: {{ weird " + "| quote " * 50_000 + "x }}",
        "".join(f'{{{{ $a{n + 1} := printf "%s%s" $a{n} $a{n} }}}}\n' for n in range(3000)) + "x: {{ $a3000 }}",
        "x: {{ " + "(not " * 300 + ".Values.a" + ")" * 300 + " }}",
        "- " * 5000 + "{{ x }}",
        "x: {{ .Values.a.b.c.d.e }} {{ index .Values 1 2 3 }} {{ printf \"%s\" }} {{ trunc \"x\" 1 }}",
        "a:\n" + "  {{- toYaml .Values | nindent 2 }}\n" * 3000,
        "&a [*a, {{ x }}]",
        "? {{ a }}\n: {{ b }}\n{{ a }}: {{ b }}\n",
        "".join(f"{{{{ if .Values.a{n} }}}}\nx{n}: 1\n{{{{ else }}}}\ny: 2\n{{{{ end }}}}\n" for n in range(3000)),
    ],
)  # fmt: skip
def test_it_takes_hostile_templates(template: str) -> None:
    head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"
    found = chart(head + template, "a: &x {b: *x, c: [*x]}\n", template)
    for manifest in manifests(found):
        manifest.root.plain()


_PIECES = st.sampled_from(
    ["a: ", "- ", "\n", "  ", "{{ .Values.a }}", "{{ toYaml .Values.a | nindent 2 }}", "{{- if .Values.b }}",
     "{{ end }}",
     "{{- else }}", "{{ with .Values.a }}", '{{ include "h" . }}', '{{ define "h" }}', "{{ . }}", "x", ":", '"', "{",
     "{{ range $k, $v := .Values.a }}", "{{ $k }}", "{{", "}}", "apiVersion: v1\n", "kind: X\n", "---\n", "|\n",
     "#", "[", "]", "}",
     '{{ default "x" .Values.q | quote }}', "{{ $x := .Values.a }}", "{{ $x.b }}"]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=60).map("".join), st.lists(_PIECES, max_size=20).map("".join))
@settings(max_examples=300, deadline=None)
def test_it_never_raises(template: str, helpers: str) -> None:
    head = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n"
    for manifest in manifests(chart(head + template, "a: {b: [1, {c: d}]}\nb: true\n", helpers)):
        manifest.root.plain()
