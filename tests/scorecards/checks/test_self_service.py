"""Definitions of self-service resources: bounded, valid for each choice, secure by default."""

import pytest

from scorecards.checks.finding import Outcome
from scorecards.checks.subject import Options
from tests.scorecards.checks.judging import judge, verdict

DATABASE = """
apiVersion: platform.example.org/v1
kind: ResourceTemplate
metadata: {name: postgres-database}
spec:
  parameters:
    - {name: size, type: string, description: How large, default: small, enum: [small, large]}
    - {name: version, type: string, description: Which PostgreSQL, default: "17", enum: ["16", "17"]}
    - {name: replicated, type: boolean, description: With a replica, default: false}
  resources:
    - apiVersion: postgresql.cnpg.io/v1
      kind: Cluster
      metadata:
        name: "{{ .Name }}-db"
        labels: {team: "{{ .Team }}"}
      spec:
        instances: {{ INSTANCES }}
        bootstrap: {initdb: {secret: {name: "{{ .Name }}-secret"}}}
        storage: {size: '{{ if eq .Values.size "small" }}10Gi{{ else }}200Gi{{ end }}'}
        monitoring: {enablePodMonitor: true}
        backup: {retentionPolicy: 30d, barmanObjectStore: {data: {encryption: AES256}}}
""".replace("{{ INSTANCES }}", "3")
XRD = """
apiVersion: apiextensions.crossplane.io/v1
kind: CompositeResourceDefinition
metadata: {name: databases.example.org}
spec:
  group: example.org
  names: {kind: Database}
  versions:
    - name: v1
      referenceable: true
      schema:
        openAPIV3Schema:
          properties:
            spec:
              required: [region]
              properties:
                region: {type: string, description: Where, enum: [eu, us]}
                storage:
                  type: object
                  properties:
                    gigabytes: {type: integer, description: How much, default: 20, minimum: 10}
"""
COMPOSITION = """
apiVersion: apiextensions.crossplane.io/v1
kind: Composition
metadata: {name: databases}
spec:
  compositeTypeRef: {apiVersion: example.org/v1, kind: Database}
  mode: Pipeline
  pipeline:
    - step: patch
      functionRef: {name: function-patch-and-transform}
      input:
        resources:
          - name: rds
            base:
              apiVersion: rds.aws.upbound.io/v1beta1
              kind: Instance
              spec:
                forProvider:
                  storageEncrypted: true
                  backupRetentionPeriod: 7
                  performanceInsightsEnabled: true
                  manageMasterUserPassword: true
                  tags: {owner: platform}
            patches:
              - {fromFieldPath: spec.region, toFieldPath: spec.forProvider.region}
              - {fromFieldPath: spec.storage.gigabytes, toFieldPath: spec.forProvider.allocatedStorage}
"""
KRO = """
apiVersion: kro.run/v1alpha1
kind: ResourceGraphDefinition
metadata: {name: cache}
spec:
  schema:
    kind: Cache
    spec:
      name: string | required=true description="Its name"
      size: string | default="small" enum="small,large" description="How large"
  resources:
    - id: redis
      template:
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: {name: "${schema.spec.name}"}
        spec: {replicas: 1}
"""


def at(text: str, before: str, after: str) -> dict[str, str]:
    assert before in text
    return {"platform/templates/one.yaml": text.replace(before, after)}


# ---------------------------------------------------------------- DOP-4.2-01


@pytest.mark.parametrize("text", [DATABASE, XRD, KRO])
def test_it_passes_parameters_with_type_description_and_bounds(text: str) -> None:
    (finding,) = judge("self-service-parameters-bounded", {"platform/one.yaml": text})
    assert finding.outcome is Outcome.PASS, finding.message


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (", enum: [small, large]", ""),
        ("description: How large, ", ""),
    ],
)
def test_it_is_partial_when_a_parameter_is_open_or_not_described(before: str, after: str) -> None:
    assert verdict(judge("self-service-parameters-bounded", at(DATABASE, before, after))) is Outcome.PARTIAL


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("name: size, type: string", "name: size"),
        ("default: small", "default: tiny"),
        ('default: "17", enum: ["16", "17"]', 'default: "12", enum: ["12", "17"]'),
    ],
)
def test_it_fails_what_has_no_type_or_a_bad_default(before: str, after: str) -> None:
    text = at(DATABASE, before, after)
    if "size" in before:
        text = at(text["platform/templates/one.yaml"], ", enum: [small, large]", "")
    assert verdict(judge("self-service-parameters-bounded", text)) is Outcome.FAIL


def test_it_notes_choices_that_have_ended() -> None:
    (finding,) = judge("self-service-parameters-bounded", at(DATABASE, '["16", "17"]', '["13", "17"]'))
    assert finding.outcome is Outcome.PASS
    assert "13" in finding.notes[0]


def test_it_knows_an_organisations_own_kinds() -> None:
    text = at(DATABASE, "kind: ResourceTemplate", "kind: Blueprint")
    assert judge("self-service-parameters-bounded", text) == []
    options = Options(resource_kinds=("Blueprint",))
    assert verdict(judge("self-service-parameters-bounded", text, options=options)) is Outcome.PASS


def test_it_asks_nothing_of_a_definition_without_parameters() -> None:
    text = "apiVersion: x/v1\nkind: ResourceTemplate\nmetadata: {name: x}\nspec: {}\n"
    assert verdict(judge("self-service-parameters-bounded", {"a.yaml": text})) is Outcome.NOT_APPLICABLE


# ---------------------------------------------------------------- DOP-4.2-02


@pytest.mark.parametrize("text", [DATABASE, XRD + "---" + COMPOSITION, KRO])
def test_it_passes_choices_that_render(text: str) -> None:
    (finding,) = judge("self-service-choices-render", {"platform/one.yaml": text})
    assert finding.outcome is Outcome.PASS, finding.message


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("instances: 3", 'instances: "{{ if .Values.replicated }}2{{ else }}1{{ end }}"', "text"),
        ('eq .Values.size "small"', 'eq .Values.sizes "small"', "no parameter"),
        ("enablePodMonitor: true", "enabled: true", "no field"),
        ("{{ else }}200Gi", '{{ else if eq .Values.size "x" }}200Gi', "nothing"),
    ],
)
def test_it_fails_choices_that_render_wrongly(before: str, after: str, told: str) -> None:
    (finding,) = judge("self-service-choices-render", at(DATABASE, before, after))
    assert finding.outcome is Outcome.FAIL
    assert told in finding.message


def test_it_fails_a_quantity_with_a_line_break() -> None:
    text = at(
        DATABASE,
        """storage: {size: '{{ if eq .Values.size "small" }}10Gi{{ else }}200Gi{{ end }}'}""",
        'storage:\n          size: |\n            {{- if eq .Values.size "small" }}10Gi{{ else }}200Gi{{ end }}',
    )
    (finding,) = judge("self-service-choices-render", text)
    assert finding.outcome is Outcome.FAIL
    assert "line break" in finding.message


def test_it_fails_a_path_that_the_schema_does_not_have() -> None:
    text = XRD + "---" + COMPOSITION.replace("fromFieldPath: spec.region", "fromFieldPath: spec.place")
    (finding,) = judge("self-service-choices-render", {"a.yaml": text})
    assert finding.outcome is Outcome.FAIL
    assert "spec.place" in finding.message
    text = KRO.replace("schema.spec.name", "schema.spec.title")
    assert verdict(judge("self-service-choices-render", {"a.yaml": text})) is Outcome.FAIL


def test_it_is_partial_or_unknown_where_templates_use_more() -> None:
    some = at(DATABASE, '"{{ .Name }}-db"', '"{{ printf .Name }}-db"')
    assert verdict(judge("self-service-choices-render", some)) is Outcome.PARTIAL
    text = XRD + "---" + COMPOSITION.replace("function-patch-and-transform", "our-function")
    assert verdict(judge("self-service-choices-render", {"a.yaml": text})) is Outcome.UNKNOWN


def test_it_renders_nothing_without_resources() -> None:
    assert judge("self-service-choices-render", {"a.yaml": XRD}) == []


# ---------------------------------------------------------------- DOP-4.2-03


@pytest.mark.parametrize("text", [DATABASE, XRD + "---" + COMPOSITION])
def test_it_passes_five_marks(text: str) -> None:
    (finding,) = judge("self-service-defaults-secure", {"a.yaml": text})
    assert finding.outcome is Outcome.PASS, finding.message


def test_it_is_partial_with_some_marks_and_fails_with_few() -> None:
    (finding,) = judge("self-service-defaults-secure", at(DATABASE, 'labels: {team: "{{ .Team }}"}', "labels: {}"))
    assert finding.outcome is Outcome.PARTIAL
    assert "owner labels" in finding.message
    text = KRO.replace("spec: {replicas: 1}", "spec: {replicas: 1, backup: {retention: 7d}}")
    assert verdict(judge("self-service-defaults-secure", {"a.yaml": text})) is Outcome.FAIL


def test_it_fails_a_credential_in_plain_text_and_never_shows_it() -> None:
    text = at(DATABASE, "monitoring: {", "superuserPassword: Tr0ub4dor-and-3\n        monitoring: {")
    (finding,) = judge("self-service-defaults-secure", text)
    assert finding.outcome is Outcome.FAIL
    assert "Tr0ub" not in str(finding)


def test_it_asks_no_backup_of_what_keeps_no_data() -> None:
    text = KRO.replace("StatefulSet", "Deployment")
    assert verdict(judge("self-service-defaults-secure", {"a.yaml": text})) is Outcome.NOT_APPLICABLE
