"""Charts as such: description, dependencies, templates (DOP-3.2-01 to 03)."""

from datetime import date

import pytest

from scorecards.checks.finding import Finding, Outcome
from tests.scorecards.checks.judging import judge, verdict

CHART = """apiVersion: v2
name: web
description: Serves pages.
type: application
version: 1.2.3
appVersion: "1.0"
home: https://example.org/web
maintainers:
  - {name: Pay, email: pay@example.org}
"""
VALUES = "replicas: 1\nname: x\n"
TEMPLATE = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Values.name }}}\n"
HELPERS = '{{- define "web.name" -}}x{{- end -}}'
SCHEMA = '{"type": "object", "properties": {"replicas": {"type": "integer"}}, "required": ["name"]}'


def one(check: str, files: dict[str, str], **about: object) -> Finding:
    (finding,) = judge(check, files, **about)
    return finding


class TestDescription:
    check = "chart-described-completely"

    def judged(self, chart: str, path: str = "web/Chart.yaml") -> Finding:
        return one(self.check, {path: chart})

    def test_it_passes_a_chart_that_says_all(self) -> None:
        finding = self.judged(CHART)
        assert finding.outcome is Outcome.PASS
        assert finding.unit == "chart web"

    @pytest.mark.parametrize(
        ("old", "new", "line"),
        [
            ("description: Serves pages.\n", "", 1),
            ("{name: Pay, email: pay@example.org}", "{name: Pay}", 8),
            ("home: https://example.org/web\n", "", 1),
            ('appVersion: "1.0"', "appVersion: 1.0", 6),
        ],
    )
    def test_it_finds_what_describes_it_lacking(self, old: str, new: str, line: int) -> None:
        finding = self.judged(CHART.replace(old, new))
        assert finding.outcome is Outcome.PARTIAL
        assert finding.places[0] == ("web/Chart.yaml", line)

    @pytest.mark.parametrize(
        ("old", "new"),
        [("apiVersion: v2", "apiVersion: v1"), ("1.2.3", "1.2"), ("1.2.3", "v1.2.3"), ("name: web", "name: other")],
    )
    def test_it_fails_a_chart_that_is_not_valid(self, old: str, new: str) -> None:
        assert self.judged(CHART.replace(old, new, 1)).outcome is Outcome.FAIL

    def test_it_does_not_know_what_packaging_fills_in(self) -> None:
        assert self.judged(CHART.replace("1.2.3", "'${VERSION}'")).outcome is Outcome.UNKNOWN

    def test_it_asks_no_folder_s_name_at_the_top(self) -> None:
        assert self.judged(CHART, "Chart.yaml").outcome is Outcome.PASS

    def test_it_leaves_out_charts_of_tests_and_asks_nothing_without_any(self) -> None:
        assert judge(self.check, {"testdata/web/Chart.yaml": "name: x\nversion: 1\n"}) == []
        assert judge(self.check, {"values.yaml": "a: 1\n"}) == []


class TestDependencies:
    check = "chart-dependencies-locked"

    def judged(self, dependency: str, lock: str = "", **files: str) -> Finding:
        tree = {"web/Chart.yaml": f"{CHART}dependencies:\n  - {{{dependency}}}\n"} | files
        return one(self.check, tree | ({"web/Chart.lock": lock} if lock else {}))

    def lock(self, version: str, name: str = "lib") -> str:
        return f"dependencies:\n- name: {name}\n  version: {version}\n  repository: https://example.org\ndigest: x\n"

    RANGE = 'name: lib, version: "~1.2.0", repository: "https://example.org/charts"'

    def test_it_passes_a_range_with_a_lock_that_agrees(self) -> None:
        finding = self.judged(self.RANGE, self.lock("1.2.7"))
        assert finding.outcome is Outcome.PASS
        assert ("web/Chart.lock", 2) in finding.places

    def test_it_fails_a_range_without_a_lock_or_with_one_that_differs(self) -> None:
        assert self.judged(self.RANGE).outcome is Outcome.FAIL
        assert self.judged(self.RANGE, self.lock("1.3.0")).outcome is Outcome.FAIL
        assert self.judged(self.RANGE, self.lock("1.2.7", "other")).outcome is Outcome.FAIL

    def test_it_takes_an_archive_as_a_lock(self) -> None:
        assert self.judged(self.RANGE, **{"web/charts/lib-1.2.5.tgz": "x"}).outcome is Outcome.PASS

    @pytest.mark.parametrize(
        ("dependency", "outcome"),
        [
            ('name: lib, version: "1.2.0", repository: "https://example.org/charts"', Outcome.PARTIAL),
            ('name: lib, version: "*", repository: "https://example.org/charts"', Outcome.FAIL),
            ('name: lib, version: ">=1.0.0", repository: "https://example.org/charts"', Outcome.FAIL),
            ('name: lib, version: "latest", repository: "https://example.org/charts"', Outcome.FAIL),
            ('name: lib, version: "~1.2.0", repository: "http://example.org/charts"', Outcome.FAIL),
            ('name: lib, version: "~1.2.0", repository: "file://../lib"', Outcome.PASS),
        ],
    )
    def test_it_judges_how_a_dependency_is_written(self, dependency: str, outcome: Outcome) -> None:
        lock = "" if "1.2.0, " in dependency or '"1.2.0"' in dependency else self.lock("1.2.7")
        assert self.judged(dependency, lock).outcome is outcome

    def test_it_knows_repositories_that_moved_and_since_when(self) -> None:
        files = {
            "web/Chart.yaml": CHART + "dependencies:\n  - name: lib\n    version: ~1.2.0\n"
            "    repository: https://charts.bitnami.com/bitnami/\n",
            "web/Chart.lock": self.lock("1.2.7"),
        }
        finding = one(self.check, files)
        assert finding.outcome is Outcome.PARTIAL
        assert "oci://" in finding.message
        assert finding.places[0] == ("web/Chart.yaml", 13)
        assert one(self.check, files, as_of=date(2024, 1, 1)).outcome is Outcome.PASS

    def test_it_wants_to_switch_databases_off(self) -> None:
        database = 'name: redis, version: "~1.2.0", repository: "oci://example.org/charts"'
        assert self.judged(database, self.lock("1.2.7", "redis")).outcome is Outcome.PARTIAL
        switchable = f"{database}, condition: redis.enabled"
        assert self.judged(switchable, self.lock("1.2.7", "redis")).outcome is Outcome.PASS
        on = {"web/values-production.yaml": "redis: {enabled: true}\n", "web/values.yaml": "a: 1\n"}
        assert self.judged(switchable, self.lock("1.2.7", "redis"), **on).outcome is Outcome.PARTIAL

    def test_it_reads_requirements_of_version_1(self) -> None:
        files = {
            "web/Chart.yaml": CHART,
            "web/requirements.yaml": "dependencies: [{name: lib, version: ^1.0.0, repository: 'https://example.org'}]",
            "web/requirements.lock": self.lock("1.4.0"),
        }
        assert one(self.check, files).outcome is Outcome.PASS

    def test_it_asks_nothing_of_a_chart_without_dependencies(self) -> None:
        assert judge(self.check, {"web/Chart.yaml": CHART}) == []


class TestTemplates:
    check = "chart-templates-render"
    GOOD = {
        "web/Chart.yaml": CHART,
        "web/values.yaml": VALUES,
        "web/values.schema.json": SCHEMA,
        "web/templates/_helpers.tpl": HELPERS,
        "web/templates/object.yaml": TEMPLATE,
        "web/templates/tests/test.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: t}\n",
    }

    def without(self, *paths: str) -> dict[str, str]:
        return {path: text for path, text in self.GOOD.items() if path not in paths}

    def with_template(self, text: str, **more: str) -> Finding:
        return one(self.check, self.GOOD | {"web/templates/object.yaml": TEMPLATE + text} | more)

    def test_it_passes_a_chart_that_has_all(self) -> None:
        finding = one(self.check, self.GOOD)
        assert finding.outcome is Outcome.PASS
        assert finding.notes == ("It has no NOTES.txt.",)

    @pytest.mark.parametrize("path", ["values.schema.json", "templates/_helpers.tpl", "templates/tests/test.yaml"])
    def test_it_is_partial_where_something_lacks(self, path: str) -> None:
        assert one(self.check, self.without(f"web/{path}")).outcome is Outcome.PARTIAL

    def test_it_takes_a_render_in_ci_for_a_test(self) -> None:
        workflow = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: helm lint web --strict\n"
        files = self.without("web/templates/tests/test.yaml") | {".github/workflows/ci.yml": workflow}
        assert one(self.check, files).outcome is Outcome.PASS

    @pytest.mark.parametrize(
        "schema", ["[", "[]", '{"type": "text"}', '{"properties": {"replicas": {"type": "string"}}}',
                   '{"required": ["z"]}', '{"properties": {"name": {}}, "additionalProperties": false}',
                   '{"properties": {"name": {"enum": ["y"]}}}']
    )  # fmt: skip
    def test_it_wants_a_schema_that_fits(self, schema: str) -> None:
        assert one(self.check, self.GOOD | {"web/values.schema.json": schema}).outcome is Outcome.PARTIAL

    def test_it_fails_what_does_not_balance(self) -> None:
        finding = self.with_template("{{ if .Values.name }}\na: b\n")
        assert finding.outcome is Outcome.FAIL
        assert finding.places[0] == ("web/templates/object.yaml", 4)

    def test_it_fails_a_name_that_nobody_defines(self) -> None:
        assert self.with_template('a: {{ include "web.nobody" . }}\n').outcome is Outcome.FAIL
        assert self.with_template('a: {{ include "web.name" . }}\n').outcome is Outcome.PASS

    def test_it_does_not_know_what_a_dependency_defines(self) -> None:
        chart = CHART + 'dependencies: [{name: common, version: "1.0.0", repository: "oci://example.org"}]\n'
        finding = self.with_template('a: {{ include "common.name" . }}\n', **{"web/Chart.yaml": chart})
        assert finding.outcome is Outcome.UNKNOWN

    def test_it_fails_a_value_that_is_nowhere(self) -> None:
        finding = self.with_template("data: {x: {{ .Values.deep.er }}}\n")
        assert finding.outcome is Outcome.FAIL
        assert ".Values.deep.er" in finding.message
        assert finding.places[0] == ("web/templates/object.yaml", 4)

    @pytest.mark.parametrize(
        "text",
        [
            'data: {x: {{ .Values.deep | default "y" }}}\n',
            "{{ if .Values.deep }}\ndata: {x: {{ .Values.deep }}}\n{{ end }}\n",
            "{{ with .Values.deep }}\ndata: {x: {{ .er }}}\n{{ end }}\n",
            "{{ range .Values.deep }}\nx: {{ . }}\n{{ end }}\n",
            "data: {x: {{ .Values.global.zone }}}\n",
        ],
    )
    def test_it_allows_values_that_may_lack(self, text: str) -> None:
        assert self.with_template(text).outcome is Outcome.PASS

    def test_it_asks_only_helpers_of_a_library(self) -> None:
        library = {"lib/Chart.yaml": CHART.replace("application", "library"), "lib/templates/_a.tpl": HELPERS}
        assert one(self.check, library).outcome is Outcome.PASS

    def test_it_asks_nothing_of_a_chart_without_templates(self) -> None:
        assert (
            verdict(judge(self.check, {"web/Chart.yaml": CHART, "web/values.yaml": VALUES})) is Outcome.NOT_APPLICABLE
        )
