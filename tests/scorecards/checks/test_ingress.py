"""What exposes services by host names (DOP-3.2-07)."""

from datetime import date
from textwrap import dedent

import pytest

from scorecards.checks.finding import Finding, Outcome
from scorecards.reading.ingresses import nginx_annotations
from tests.scorecards.checks.judging import judge

CHECK = "ingress-has-tls"
CHART = "apiVersion: v2\nname: web\nversion: 1.2.3\n"
INGRESS = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  annotations: {a.example/b: c}
spec:
  ingressClassName: traefik
  rules:
    - host: a.example.org
    - host: b.example.org
  tls:
    - hosts: [a.example.org, b.example.org]
      secretName: web-tls
"""
VALUES = """
ingress:
  enabled: false
  className: traefik
  annotations: {}
  hosts:
    - host: a.example.org
      paths: [{path: /}]
  tls:
    - secretName: web-tls
      hosts: [a.example.org]
"""


def of_object(text: str, **more: object) -> Finding:
    (finding,) = judge(CHECK, {"k8s/web.yaml": text.lstrip("\n")}, **more)
    return finding


def of_values(text: str, **files: str) -> Finding:
    (finding,) = judge(CHECK, {"web/Chart.yaml": CHART, "web/values.yaml": text.lstrip("\n")} | files)
    return finding


def test_it_passes_an_ingress_with_tls_for_every_host() -> None:
    finding = of_object(INGRESS)
    assert finding.outcome is Outcome.PASS
    assert finding.unit == "Ingress web"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[a.example.org, b.example.org]", "[a.example.org]"),
        ("[a.example.org, b.example.org]", "['*.other.org']"),
        ("  tls:\n    - hosts: [a.example.org, b.example.org]\n      secretName: web-tls\n", ""),
        ("{a.example/b: c}", "{nginx.ingress.kubernetes.io/server-snippet: x}"),
    ],
)
def test_it_fails_a_host_without_tls_and_snippets(old: str, new: str) -> None:
    assert of_object(INGRESS.replace(old, new)).outcome is Outcome.FAIL


def test_it_points_to_the_host() -> None:
    finding = of_object(INGRESS.replace("[a.example.org, b.example.org]", "[a.example.org]"))
    assert finding.places == (("k8s/web.yaml", 10),)
    assert "b.example.org" in finding.message


@pytest.mark.parametrize("hosts", ["['*.example.org']", "[]", "[A.example.org, b.example.org]"])
def test_it_takes_wildcards_and_entries_without_hosts(hosts: str) -> None:
    assert of_object(INGRESS.replace("[a.example.org, b.example.org]", hosts)).outcome is Outcome.PASS


def test_it_takes_certificates_that_a_cloud_s_balancer_holds() -> None:
    text = INGRESS.partition("  tls:")[0].replace(
        "{a.example/b: c}", "{alb.ingress.kubernetes.io/certificate-arn: 'arn:aws:acm:x'}"
    )
    assert of_object(text).outcome is Outcome.PASS


def test_it_fails_a_backend_for_every_host_without_tls() -> None:
    text = (
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: x}\nspec: {defaultBackend: {service: {}}}\n"
    )
    assert of_object(text).outcome is Outcome.FAIL


def test_it_is_partial_for_a_retired_controller_from_that_day_on() -> None:
    text = INGRESS.replace("traefik", "nginx")
    finding = of_object(text)
    assert finding.outcome is Outcome.PARTIAL
    assert "Gateway API" in finding.message
    assert of_object(text, as_of=date(2026, 1, 1)).outcome is Outcome.PASS


def test_it_tells_the_other_controller_of_a_like_name() -> None:
    text = INGRESS.replace("traefik", "nginx").replace("a.example/b", "nginx.org/rewrites")
    assert of_object(text).outcome is Outcome.PASS
    files = {
        "k8s/web.yaml": INGRESS.replace("traefik", "nginx"),
        "k8s/class.yaml": "apiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {name: nginx}\n"
        "spec: {controller: nginx.org/ingress-controller}\n",
    }
    assert [finding.outcome for finding in judge(CHECK, files)] == [Outcome.PASS]


@pytest.mark.parametrize(
    ("annotation", "outcome"),
    [("rate-limit", Outcome.PARTIAL), ("limit-rps", Outcome.PASS), ("enable-cors", Outcome.PASS)],
)
def test_it_knows_the_controller_s_annotations(annotation: str, outcome: Outcome) -> None:
    text = INGRESS.replace("a.example/b", f"nginx.ingress.kubernetes.io/{annotation}")
    assert of_object(text, as_of=date(2026, 1, 1)).outcome is outcome


def test_it_holds_the_list_of_annotations() -> None:
    assert {"limit-rpm", "ssl-redirect", "proxy-body-size", "canary-weight"} <= nginx_annotations()
    assert "rate-limit" not in nginx_annotations()


def test_it_is_partial_for_the_class_by_annotation() -> None:
    text = INGRESS.replace("  ingressClassName: traefik\n", "").replace(
        "{a.example/b: c}", "{kubernetes.io/ingress.class: traefik}"
    )
    assert of_object(text).outcome is Outcome.PARTIAL


def test_it_judges_a_block_of_values_as_written() -> None:
    finding = of_values(VALUES)
    assert finding.outcome is Outcome.PASS
    assert finding.unit == "web/values.yaml ingress"
    assert finding.notes == ("It is off by default.",)
    assert of_values(VALUES.replace("hosts: [a.example.org]", "hosts: [b.example.org]")).outcome is Outcome.FAIL


@pytest.mark.parametrize(
    ("block", "outcome"),
    [
        ("{hostname: a.example.org, tls: true}", Outcome.PASS),
        ("{hostname: a.example.org, tls: false}", Outcome.FAIL),
        ("{hosts: [a.example.org], tls: [{hosts: [a.example.org]}]}", Outcome.PASS),
        ("{hosts: [a.example.org]}", Outcome.FAIL),
        ("{hosts: [{name: a.example.org, tls: true}]}", Outcome.PASS),
        ("{hosts: [{name: a.example.org, tlsSecret: x}]}", Outcome.PASS),
        ("{host: a.example.org, tls: {enabled: true, secretName: x}}", Outcome.PASS),
        ("{host: a.example.org, tls: {enabled: false, secretName: x}}", Outcome.FAIL),
        ("{host: '{{ .Values.x }}', tls: []}", Outcome.UNKNOWN),
        ("{hosts: [], tls: []}", Outcome.NOT_APPLICABLE),
        ("{hosts: 3, tls: x, annotations: [1]}", Outcome.NOT_APPLICABLE),
    ],
)
def test_it_reads_the_usual_layouts(block: str, outcome: Outcome) -> None:
    assert of_values(f"web:\n  ingress: {block}\n").outcome is outcome


def test_it_judges_values_of_environments_that_say_something_of_it() -> None:
    files = {
        "web/Chart.yaml": CHART,
        "web/values.yaml": VALUES.lstrip("\n"),
        "web/values-dev.yaml": "ingress: {tls: []}\n",
        "web/values-other.yaml": "a: 1\n",
    }
    found = {finding.unit: finding.outcome for finding in judge(CHECK, files)}
    assert found == {"web/values.yaml ingress": Outcome.PASS, "web/values-dev.yaml ingress": Outcome.FAIL}


def test_it_judges_an_ingress_of_a_chart_whose_values_say_nothing() -> None:
    text = INGRESS.lstrip("\n").replace("a.example.org", "{{ .Values.host }}")
    files = {"web/templates/ingress.yaml": text}
    assert of_values("host: a.example.org\n", **files).outcome is Outcome.PASS
    assert of_values(
        "b: 1\n", **{"web/templates/ingress.yaml": text.replace(".Values.host", ".Release.Name")}
    ).outcome in (Outcome.UNKNOWN,)


GATEWAY = """
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: outer}
spec:
  listeners:
    - {name: plain, protocol: HTTP, port: 80}
    - {name: safe, protocol: HTTPS, port: 443, tls: {certificateRefs: [{name: x}]}}
"""
ROUTE = """
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web}
spec:
  parentRefs: [{name: outer, sectionName: safe}]
  rules: [{backendRefs: [{name: web}]}]
"""


def judged(*texts: str) -> dict[str, Outcome]:
    found = judge(CHECK, {f"k8s/{number}.yaml": dedent(text) for number, text in enumerate(texts)})
    return {finding.unit: finding.outcome for finding in found}


def test_it_asks_gateways_for_a_listener_with_tls() -> None:
    assert judged(GATEWAY) == {"Gateway outer": Outcome.PASS}
    plain = "\n".join(line for line in GATEWAY.split("\n") if "HTTPS" not in line)
    assert judged(plain) == {"Gateway outer": Outcome.FAIL}
    assert judged(plain.replace("HTTP", "TCP")) == {"Gateway outer": Outcome.NOT_APPLICABLE}


def test_it_asks_routes_to_hang_on_one() -> None:
    assert judged(GATEWAY, ROUTE)["HTTPRoute web"] is Outcome.PASS
    assert judged(GATEWAY, ROUTE.replace("safe", "plain"))["HTTPRoute web"] is Outcome.FAIL
    assert judged(ROUTE) == {"HTTPRoute web": Outcome.UNKNOWN}
    assert judged(ROUTE.replace("{name: outer", "{kind: Service, name: outer")) == {
        "HTTPRoute web": Outcome.NOT_APPLICABLE
    }
    redirect = ROUTE.replace("safe", "plain").replace(
        "{backendRefs: [{name: web}]}", "{filters: [{type: RequestRedirect, requestRedirect: {scheme: https}}]}"
    )
    assert judged(GATEWAY, redirect)["HTTPRoute web"] is Outcome.PASS


@pytest.mark.parametrize(
    "spec", ["3", "[1]", "{rules: 3, tls: {}}", "{rules: [1, {host: []}], tls: [1]}", "{listeners: 3}"]
)
@pytest.mark.parametrize("kind", ["networking.k8s.io/v1 Ingress", "gateway.networking.k8s.io/v1 Gateway",
                                  "gateway.networking.k8s.io/v1 HTTPRoute"])  # fmt: skip
def test_it_takes_any_types(kind: str, spec: str) -> None:
    version, name = kind.split(" ")
    judged(f"apiVersion: {version}\nkind: {name}\nmetadata: [1]\nspec: {spec}\n")


def test_it_asks_nothing_where_nothing_is_exposed() -> None:
    assert judge(CHECK, {"web/Chart.yaml": CHART, "web/values.yaml": "a: 1\n"}) == []
