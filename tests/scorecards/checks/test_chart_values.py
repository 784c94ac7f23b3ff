"""Values of charts: secure defaults, resources, secrets (DOP-3.2-04 to 06)."""

from textwrap import dedent

import pytest

from scorecards.checks.finding import Finding, Outcome
from tests.scorecards.checks.judging import judge

CHART = "apiVersion: v2\nname: web\nversion: 1.2.3\n"
SECURE = """
podSecurityContext:
  runAsNonRoot: true
  seccompProfile: {type: RuntimeDefault}
securityContext:
  capabilities: {drop: [ALL]}
  readOnlyRootFilesystem: true
  allowPrivilegeEscalation: false
"""
SIZED = """
resources:
  requests: {cpu: 100m, memory: 64Mi}
  limits: {memory: 64Mi}
autoscaling:
  enabled: true
  minReplicas: 2
  maxReplicas: 5
  targetCPUUtilizationPercentage: 80
"""
DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  {{- if not .Values.autoscaling.enabled }}
  replicas: 2
  {{- end }}
  template:
    spec:
      {{- with .Values.podSecurityContext }}
      securityContext:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      containers:
        - name: web
          securityContext:
            {{- toYaml .Values.securityContext | nindent 12 }}
          resources:
            {{- toYaml .Values.resources | nindent 12 }}
"""
SCALER = """
{{- if .Values.autoscaling.enabled }}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {kind: Deployment, name: web}
  minReplicas: {{ .Values.autoscaling.minReplicas }}
  maxReplicas: {{ .Values.autoscaling.maxReplicas }}
  metrics:
    - type: Resource
      resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}
{{- end }}
"""


def chart(values: str, *templates: str, **more: str) -> dict[str, str]:
    files = {"web/Chart.yaml": CHART, "web/values.yaml": dedent(values).lstrip("\n")}
    for number, template in enumerate(templates):
        files[f"web/templates/t{number}.yaml"] = template.lstrip("\n")
    return files | more


def one(check: str, files: dict[str, str]) -> Finding:
    (finding,) = judge(check, files)
    return finding


class TestSecurity:
    check = "chart-values-secure-by-default"

    def test_it_passes_hardened_defaults_that_pods_use(self) -> None:
        finding = one(self.check, chart(SECURE + SIZED, DEPLOYMENT))
        assert finding.outcome is Outcome.PASS
        assert finding.unit == "web/values.yaml"
        assert ("web/values.yaml", 2) in finding.places

    @pytest.mark.parametrize(
        ("old", "new", "outcome"),
        [
            ("  seccompProfile: {type: RuntimeDefault}\n", "", Outcome.PARTIAL),
            ("  readOnlyRootFilesystem: true\n", "", Outcome.PARTIAL),
            ("  readOnlyRootFilesystem: true\n  allowPrivilegeEscalation: false\n", "", Outcome.FAIL),
            ("drop: [ALL]", "drop: [NET_RAW]", Outcome.PARTIAL),
        ],
    )
    def test_it_counts_what_lacks(self, old: str, new: str, outcome: Outcome) -> None:
        assert one(self.check, chart(SECURE.replace(old, new) + SIZED, DEPLOYMENT)).outcome is outcome

    def test_it_fails_settings_that_no_pod_uses(self) -> None:
        unused = DEPLOYMENT.replace(".Values.securityContext", ".Values.nothing")
        finding = one(self.check, chart(SECURE + SIZED, unused))
        assert finding.outcome is Outcome.FAIL
        assert "no pod template uses it" in finding.message
        assert finding.places[0].path == "web/values.yaml"

    def test_it_finds_other_layouts_through_the_template(self) -> None:
        values = "pod:\n" + SECURE.replace("\n", "\n  ") + "\n" + dedent(SIZED)
        template = DEPLOYMENT.replace(".Values.podSecurityContext", ".Values.pod.podSecurityContext").replace(
            ".Values.securityContext", ".Values.pod.securityContext"
        )
        assert one(self.check, chart(values, template)).outcome is Outcome.PASS

    def test_it_is_partial_without_templates_to_prove_use(self) -> None:
        assert one(self.check, chart(SECURE)).outcome is Outcome.PARTIAL
        assert one(self.check, chart("a: 1\n")).outcome is Outcome.FAIL

    def test_it_does_not_know_pods_of_dependencies(self) -> None:
        umbrella = chart("a: 1\n", **{"web/Chart.yaml": CHART + "dependencies: [{name: x, version: 1.0.0}]\n"})
        assert one(self.check, umbrella).outcome is Outcome.UNKNOWN

    def test_it_does_not_know_what_only_rendering_tells(self) -> None:
        opaque = DEPLOYMENT.replace("toYaml .Values.securityContext", 'include "x.context" .')
        assert one(self.check, chart(SECURE + SIZED, opaque)).outcome is Outcome.UNKNOWN

    def test_it_judges_each_values_file(self) -> None:
        files = chart(SECURE + SIZED, DEPLOYMENT, **{"web/values-dev.yaml": "securityContext: null\n"})
        found = {finding.unit: finding.outcome for finding in judge(self.check, files)}
        assert found == {"web/values.yaml": Outcome.PASS, "web/values-dev.yaml": Outcome.FAIL}

    def test_it_notes_a_service_that_is_open(self) -> None:
        service = "apiVersion: v1\nkind: Service\nmetadata: {name: w}\nspec: {type: {{ .Values.type }}}\n"
        finding = one(self.check, chart(SECURE + SIZED + "type: NodePort\n", DEPLOYMENT, service))
        assert finding.notes == ("By default a Service is of type NodePort.",)

    def test_it_asks_nothing_of_a_chart_without_pods_and_of_libraries(self) -> None:
        service = "apiVersion: v1\nkind: Service\nmetadata: {name: w}\n"
        assert one(self.check, chart("a: 1\n", service)).outcome is Outcome.NOT_APPLICABLE
        assert judge(self.check, chart("a: 1\n", **{"web/Chart.yaml": CHART + "type: library\n"})) == []


class TestSizing:
    check = "chart-values-size-workloads"

    def test_it_passes_resources_with_an_autoscaler_that_fits(self) -> None:
        finding = one(self.check, chart(SECURE + SIZED, DEPLOYMENT, SCALER))
        assert finding.outcome is Outcome.PASS
        assert finding.value == "2 to 5"
        assert one(self.check, chart(SIZED)).outcome is Outcome.PASS

    def test_it_fails_empty_resources(self) -> None:
        empty = "resources: {}\nautoscaling: {enabled: false}\n"
        finding = one(self.check, chart(empty, DEPLOYMENT))
        assert finding.outcome is Outcome.FAIL
        assert finding.places[0] == ("web/values.yaml", 1)
        assert one(self.check, chart("a: 1\n")).outcome is Outcome.FAIL

    def test_it_is_partial_without_autoscaling(self) -> None:
        finding = one(self.check, chart(SIZED.replace("enabled: true", "enabled: false"), DEPLOYMENT))
        assert finding.outcome is Outcome.PARTIAL
        assert "no autoscaling" in finding.message

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("minReplicas: 2", "minReplicas: 1"),
            ("maxReplicas: 5", "maxReplicas: 2"),
            ("{cpu: 100m, memory: 64Mi}", "{memory: 64Mi}"),
            ("  limits: {memory: 64Mi}\n", "  limits: {cpu: 1}\n"),
            ("  requests: {cpu: 100m, memory: 64Mi}\n", ""),
        ],
    )
    def test_it_is_partial_where_the_numbers_do_not_fit(self, old: str, new: str) -> None:
        values = SIZED.replace(old, new)
        assert one(self.check, chart(values, DEPLOYMENT, SCALER)).outcome is Outcome.PARTIAL
        assert one(self.check, chart(values)).outcome is Outcome.PARTIAL

    def test_it_wants_no_fixed_replicas_beside_an_autoscaler(self) -> None:
        fixed = DEPLOYMENT.replace("{{- if not .Values.autoscaling.enabled }}", "").replace("  {{- end }}\n", "", 1)
        finding = one(self.check, chart(SIZED, fixed, SCALER))
        assert finding.outcome is Outcome.PARTIAL
        assert "replicas" in finding.message

    def test_it_notes_an_autoscaler_that_is_off(self) -> None:
        finding = one(self.check, chart(SIZED.replace("enabled: true", "enabled: false"), DEPLOYMENT, SCALER))
        assert finding.outcome is Outcome.PASS
        assert finding.notes == ("Autoscaling is off by default.",)

    def test_it_does_not_know_what_only_rendering_tells(self) -> None:
        opaque = DEPLOYMENT.replace("toYaml .Values.resources", 'include "x.resources" .')
        assert one(self.check, chart(SIZED, opaque, SCALER)).outcome is Outcome.UNKNOWN

    def test_it_asks_nothing_of_a_chart_without_pods(self) -> None:
        service = "apiVersion: v1\nkind: Service\nmetadata: {name: w}\n"
        assert one(self.check, chart("a: 1\n", service)).outcome is Outcome.NOT_APPLICABLE


class TestSecrets:
    check = "chart-values-free-of-secrets"
    SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata:\n  p: {{ .Values.auth.password | b64enc }}\n"

    @pytest.mark.parametrize(
        "values",
        [
            "auth: {existingSecret: web-auth}\n",
            "auth: {password: ''}\n",
            "auth: {password: changeme}\n",
            "auth: {password: '${PASSWORD}', tokenTTL: 300}\n",
            "ingress: {tlsSecret: web.example-tls, pullSecret: regcred}\n",
            "db: {connectionString: 'redis:6379'}\n",
            "env: [{name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: a}}}]\n",
            "a: 1\n",
        ],
    )
    def test_it_passes_references_and_placeholders(self, values: str) -> None:
        assert one(self.check, chart(values)).outcome is Outcome.PASS

    @pytest.mark.parametrize(
        "values",
        [
            "auth:\n  password: hunter22\n",
            "auth:\n  adminPassword: 12345678\n",
            "api_key: 9f8e7d6c5b4a\n",
            "url: postgres://web:hunter22@db/web\n",
            "db: {connectionString: 'Server=x;Password=hunter22'}\n",
            "env: [{name: DB_PASSWORD, value: hunter22}]\n",
            "clientSecret: abcdefgh\n",
        ],
    )
    def test_it_fails_literals(self, values: str) -> None:
        finding = one(self.check, chart(values))
        assert finding.outcome is Outcome.FAIL
        assert "hunter" not in finding.message + finding.value
        assert finding.places[0].path == "web/values.yaml"

    def test_it_is_partial_where_a_secret_is_awaited_on_the_command_line(self) -> None:
        finding = one(self.check, chart("auth:\n  password: ''\n", self.SECRET))
        assert finding.outcome is Outcome.PARTIAL
        assert finding.places == (("web/values.yaml", 2), ("web/templates/t0.yaml", 5))
        assert one(self.check, chart("secrets:\n  DATABASE_URL: ''\n")).outcome is Outcome.PARTIAL

    def test_it_passes_an_encrypted_file(self) -> None:
        values = "auth: {password: 'ENC[AES256_GCM,data:x]'}\nsops: {mac: x}\n"
        assert one(self.check, chart(values)).value == "encrypted"

    def test_it_reads_values_in_applications_and_releases(self) -> None:
        files = {
            "argo/a.yaml": dedent(
                """
                apiVersion: argoproj.io/v1alpha1
                kind: Application
                metadata: {name: web, namespace: argocd}
                spec:
                  source:
                    chart: web
                    helm:
                      values: |
                        auth:
                          password: hunter22
                      parameters: [{name: a.token, value: ''}]
                """
            ).lstrip("\n"),
            "flux/r.yaml": dedent(
                """
                apiVersion: helm.toolkit.fluxcd.io/v2
                kind: HelmRelease
                metadata: {name: web}
                spec: {values: {auth: {password: hunter22}}}
                """
            ).lstrip("\n"),
        }
        found = judge(self.check, files)
        assert [finding.outcome for finding in found] == [Outcome.FAIL, Outcome.FAIL]
        assert found[0].unit == "values of Application argocd/web in argo/a.yaml"
        assert found[0].places[0] == ("argo/a.yaml", 10)

    def test_it_reads_values_in_terraform(self) -> None:
        text = dedent(
            """
            resource "helm_release" "web" {
              values = [<<-EOT
                auth:
                  password: hunter22
              EOT
              , yamlencode({ token = "hunter22", url = var.url })]
              set {
                name  = "a.password"
                value = var.password
              }
            }
            """
        ).lstrip("\n")
        finding = one(self.check, {"main.tf": text})
        assert finding.outcome is Outcome.FAIL
        assert finding.unit == "helm_release web in main.tf"
        assert {place.line for place in finding.places} == {4, 6}

    def test_it_asks_nothing_without_values(self) -> None:
        assert judge(self.check, {"web/Chart.yaml": CHART}) == []
