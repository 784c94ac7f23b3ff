"""Routes, subsets, callers and mutual TLS of a mesh. Definition: DOP-3.3."""

from typing import Any

import pytest

from scorecards.checks.finding import Finding, Outcome
from scorecards.checks.subject import Options
from tests.scorecards.checks.judging import judge, verdict
from tests.scorecards.checks.kubernetes_objects import obj, service, text, workload

FAIL, PARTIAL, PASS, NOT = Outcome.FAIL, Outcome.PARTIAL, Outcome.PASS, Outcome.NOT_APPLICABLE
NETWORKING, SECURITY = "networking.istio.io/v1", "security.istio.io/v1"


def judged(check: str, *objects: dict[str, Any], **about: Any) -> list[Finding]:
    return judge(check, {"mesh.yaml": text(*objects)}, **about)


def to(host: str = "app", weight: int | None = None, subset: str = "") -> dict[str, Any]:
    destination = {"host": host, **({"subset": subset} if subset else {})}
    return {"destination": destination, **({} if weight is None else {"weight": weight})}


def virtual(*routes: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return obj("VirtualService", "app", {"hosts": ["app"], "http": list(routes), **spec}, NETWORKING)


# ---------------------------------------------------------------- DOP-3.3-01

BOUND = {"timeout": "10s", "retries": {"attempts": 2, "perTryTimeout": "3s"}}


def bounded(*routes: dict[str, Any]) -> list[Finding]:
    return judged("mesh-routes-bounded", virtual(*({"route": [to()], **route} for route in routes)))


def test_it_passes_routes_whose_tries_fit_into_the_timeout() -> None:
    assert verdict(bounded(BOUND, BOUND)) is PASS


def test_an_unbounded_route_beside_another_is_partial() -> None:
    assert verdict(bounded({"match": [{"uri": {"prefix": "/a"}}]}, BOUND)) is PARTIAL


def test_tries_that_overrun_the_timeout_are_partial() -> None:
    long = {"timeout": "10s", "retries": {"attempts": 3, "perTryTimeout": "3s"}}
    assert "need 12 s" in bounded(long)[0].message
    assert verdict(bounded(long)) is PARTIAL


def test_no_bounded_route_fails() -> None:
    assert verdict(bounded({}, {})) is FAIL
    assert verdict(bounded({"timeout": "0s"})) is FAIL


def test_many_retries_and_repeated_writes_are_noted() -> None:
    many = {"timeout": "60s", "retries": {"attempts": 8, "perTryTimeout": "1s", "retryOn": "5xx,connect-failure"}}
    found = bounded(many)
    assert (verdict(found), len(found[0].notes)) == (PASS, 2)


def test_redirects_lead_to_no_service() -> None:
    redirect = virtual({"redirect": {"uri": "/new"}})
    assert verdict(judged("mesh-routes-bounded", redirect)) is NOT


def test_http_routes_are_asked_where_they_set_timeouts() -> None:
    def route(*rules: dict[str, Any]) -> list[Finding]:
        one = obj("HTTPRoute", "app", {"rules": list(rules)}, "gateway.networking.k8s.io/v1")
        return judged("mesh-routes-bounded", one)

    assert verdict(route({"timeouts": {"request": "10s", "backendRequest": "2s"}})) is PASS
    assert verdict(route({"timeouts": {"request": "10s"}}, {"matches": []})) is PARTIAL
    assert verdict(route({"timeouts": {"request": "1s", "backendRequest": "2s"}})) is PARTIAL
    assert verdict(route({"matches": []})) is NOT


# ---------------------------------------------------------------- DOP-3.3-02


def subsets(*names: str, host: str = "app") -> dict[str, Any]:
    told = [{"name": name, "labels": {"version": name}} for name in names]
    return obj("DestinationRule", "app", {"host": host, "subsets": told}, NETWORKING)


def versions(*names: str) -> list[dict[str, Any]]:
    return [workload(name=f"app-{name}", labels={"app": "app", "version": name}) for name in names]


def resolved(*objects: dict[str, Any]) -> list[Finding]:
    return judged("mesh-subsets-resolve", *objects)


SPLIT = {"route": [to(weight=90, subset="v1"), to(weight=10, subset="v2")]}


def test_it_passes_where_everything_resolves() -> None:
    rule = subsets("v1", "v2", host="app.default.svc.cluster.local")
    assert verdict(resolved(virtual(SPLIT), rule, *versions("v1", "v2"))) is PASS
    assert verdict(resolved(virtual({"route": [to()]}), service())) is PASS


def test_an_undefined_subset_fails() -> None:
    assert verdict(resolved(virtual(SPLIT), subsets("v1"), *versions("v1", "v2"))) is FAIL


@pytest.mark.parametrize("weights", [(90, 20), (50, None), (0, 0)])
def test_weights_that_do_not_sum_to_a_hundred_fail(weights: tuple[int, int | None]) -> None:
    route = {"route": [to(weight=weights[0]), to("other", weight=weights[1])]}
    assert verdict(resolved(virtual(route), service(), service("other"))) is FAIL


def test_a_route_that_hides_a_later_one_fails() -> None:
    first, second = {"route": [to()]}, {"match": [{"uri": {"prefix": "/a"}}], "route": [to()]}
    assert verdict(resolved(virtual(first, second), service())) is FAIL
    assert verdict(resolved(virtual(second, first), service())) is PASS
    everywhere = {"match": [{"uri": {"prefix": "/"}}], "route": [to()]}
    assert verdict(resolved(virtual(everywhere, second), service())) is FAIL


def test_workloads_hosts_and_gateways_of_other_repositories_are_partial() -> None:
    assert verdict(resolved(virtual(SPLIT), subsets("v1", "v2"))) is PARTIAL
    assert verdict(resolved(virtual({"route": [to()]}))) is PARTIAL
    assert verdict(resolved(virtual({"route": [to()]}, gateways=["istio-system/public"]), service())) is PARTIAL


def test_a_gateway_of_the_repository_and_the_mesh_itself_resolve() -> None:
    gateway = obj("Gateway", "public", {}, NETWORKING, metadata={"namespace": "istio-system"})
    one = virtual({"route": [to()]}, gateways=["istio-system/public", "mesh"])
    assert verdict(resolved(one, gateway, service())) is PASS


# ---------------------------------------------------------------- DOP-3.3-03

DETECTION = {"consecutive5xxErrors": 5, "interval": "30s", "baseEjectionTime": "30s", "maxEjectionPercent": 50}
POOL = {"tcp": {"maxConnections": 100}}


def callers(host: str = "app", annotations: Any = None, **policy: Any) -> list[Finding]:
    metadata = {"annotations": annotations} if annotations else {}
    rule = obj("DestinationRule", "app", {"host": host, "trafficPolicy": policy}, NETWORKING, metadata=metadata)
    return judged("mesh-callers-protected", rule)


def test_detection_and_limits_pass_and_few_requests_are_noted() -> None:
    assert verdict(callers(outlierDetection=DETECTION, connectionPool=POOL)) is PASS
    few = {"http": {"maxRequestsPerConnection": 2}}
    assert callers(outlierDetection=DETECTION, connectionPool=few)[0].notes


def test_one_of_the_two_is_partial_and_neither_fails() -> None:
    assert verdict(callers(outlierDetection=DETECTION)) is PARTIAL
    assert verdict(callers(connectionPool=POOL)) is PARTIAL
    assert verdict(callers()) is FAIL


def test_ejecting_most_pods_is_no_protection() -> None:
    wide = {**DETECTION, "maxEjectionPercent": 100}
    assert verdict(callers(outlierDetection=wide, connectionPool=POOL)) is PARTIAL


@pytest.mark.parametrize("mode", ["DISABLE", "SIMPLE"])
def test_giving_up_mutual_tls_fails_unless_justified(mode: str) -> None:
    policy = {"outlierDetection": DETECTION, "connectionPool": POOL, "tls": {"mode": mode}}
    assert verdict(callers(**policy)) is FAIL
    assert verdict(callers(annotations={"mesh.acme.io/tls-reason": "no sidecar"}, **policy)) is PASS


@pytest.mark.parametrize("host", ["api.example.com", "kubernetes.default.svc.cluster.local"])
def test_what_is_not_in_the_mesh_is_not_asked(host: str) -> None:
    assert verdict(callers(host, tls={"mode": "SIMPLE"})) is NOT


# ---------------------------------------------------------------- DOP-3.3-04


def peer(mode: str, namespace: str = "shop", **spec: Any) -> dict[str, Any]:
    metadata = {"namespace": namespace}
    return obj("PeerAuthentication", "default", {"mtls": {"mode": mode}, **spec}, SECURITY, metadata=metadata)


def authorisation(rules: Any, namespace: str = "shop", **spec: Any) -> dict[str, Any]:
    return obj("AuthorizationPolicy", "app", {"rules": rules, **spec}, SECURITY, metadata={"namespace": namespace})


CALLERS = [{"from": [{"source": {"principals": ["cluster.local/ns/web/sa/web"]}}]}]


def enforced(*objects: dict[str, Any], api: str = NETWORKING, **about: Any) -> Outcome:
    route = obj("VirtualService", "app", {"hosts": ["app"]}, api, metadata={"namespace": "shop"})
    found = judged("mesh-mutual-tls-enforced", route, *objects, **about)
    return next(one.outcome for one in found if one.unit == "mesh in namespace shop")


def test_strict_and_an_authorisation_pass() -> None:
    assert enforced(peer("STRICT"), authorisation(CALLERS)) is PASS
    assert enforced(peer("STRICT", "istio-system"), authorisation(CALLERS)) is PASS


def test_permissive_or_no_authorisation_is_partial() -> None:
    assert enforced(peer("PERMISSIVE"), authorisation(CALLERS)) is PARTIAL
    assert enforced(peer("STRICT")) is PARTIAL
    assert enforced(peer("STRICT"), authorisation([{}])) is PARTIAL
    assert enforced(peer("STRICT"), authorisation(CALLERS, action="AUDIT")) is PARTIAL


def test_neither_or_switched_off_fails() -> None:
    assert enforced() is FAIL
    assert enforced(peer("DISABLE"), authorisation(CALLERS)) is FAIL
    assert enforced(peer("STRICT", "other")) is FAIL


def test_an_alpha_version_is_partial_at_best_and_a_beta_is_noted() -> None:
    strict = (peer("STRICT"), authorisation(CALLERS))
    assert enforced(*strict, api="networking.istio.io/v1alpha3") is PARTIAL
    assert enforced(*strict, api="networking.istio.io/v1beta1") is PASS


def test_the_settings_can_credit_the_platform_mesh() -> None:
    elsewhere = Options(mesh_mtls_elsewhere=True)
    assert enforced(options=elsewhere) is PARTIAL
    assert enforced(authorisation(CALLERS), options=elsewhere) is PASS


# ---------------------------------------------------------------- all


@pytest.mark.parametrize(
    "check",
    ["mesh-routes-bounded", "mesh-subsets-resolve", "mesh-callers-protected", "mesh-mutual-tls-enforced"],
)
def test_odd_shapes_raise_nothing(check: str) -> None:
    odd = """
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: [1]
spec:
  gateways: [1, {a: 1}, "", /]
  http: [1, {route: text}, {route: [1, {destination: [1], weight: x}], match: text, retries: [1], timeout: {a: 1}}]
  tcp: {a: 1}
---
{apiVersion: networking.istio.io/v1, kind: DestinationRule, spec: {host: [1], trafficPolicy: [1], subsets: [1, {}]}}
---
{apiVersion: networking.istio.io/v1, kind: DestinationRule, spec: {host: "...", trafficPolicy: {outlierDetection: [1]}}}
---
{apiVersion: networking.istio.io/v1, kind: ServiceEntry, spec: text}
---
{apiVersion: security.istio.io/v1, kind: PeerAuthentication, spec: {mtls: [1], selector: 1, portLevelMtls: [1]}}
---
{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, spec: [1]}
---
{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, spec: {rules: [1, {timeouts: [1]}, {timeouts: {}}]}}
---
{apiVersion: policy.linkerd.io/v1, kind: AuthorizationPolicy, spec: {requiredAuthenticationRefs: 1}}
"""
    assert all(one.message for one in judge(check, {"odd.yaml": odd}))
