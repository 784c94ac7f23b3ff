"""The part of Go's templates that templates of resources use."""

import pytest

from scorecards.reading.templates.gotemplate import Unsupported, fields, render


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a {{ .Values.size }} b", "a small b"),
        ('{{ if eq .Values.size "small" }}1{{ else }}2{{ end }}', "1"),
        ('{{ if eq .Values.size "x" }}1{{ else if .Values.on }}2{{ else }}3{{ end }}', "2"),
        ("{{ if not .Values.on }}1{{ else }}2{{ end }}", "2"),
        ("a  {{- .Values.size -}}  b", "asmallb"),
        ('{{ .Values.none | default "x" | quote }}', '"x"'),
        ('{{ if and (eq .Values.size "small") .Values.on }}y{{ end }}', "y"),
        ("{{ .Name }}-db", "sample-db"),
        ("{{/* nothing */}}a", "a"),
    ],
)
def test_it_renders_conditions_comparisons_and_fields(text: str, expected: str) -> None:
    assert render(text, {"size": "small", "on": "true"}).text == expected


def test_it_tells_fields_that_no_parameter_gives() -> None:
    assert render("{{ .Values.other }}", {"size": "small"}).unknown == {"other"}
    assert fields("{{ if (eq .Values.a .Parameters.b) }}{{ end }}") == {"a", "b"}


@pytest.mark.parametrize(
    "text",
    [
        "{{ range .Values.a }}{{ end }}",
        "{{ include x }}",
        "{{ if .Values.a }}",
        "{{ end }}",
        "{{ .Values.a",
        "{{ eq }}",
        "{{ ( }}",
        "{{ }}",
    ],
)
def test_it_refuses_what_it_does_not_know(text: str) -> None:
    with pytest.raises(Unsupported):
        render(text, {"a": "1"})
