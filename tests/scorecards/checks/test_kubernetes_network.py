"""Network policies: default deny, named peers, coverage. Definition: DOP-3.1-09 to -11."""

from typing import Any

import pytest

from scorecards.checks.finding import Finding, Outcome
from scorecards.checks.subject import Options
from tests.scorecards.checks.judging import judge, verdict
from tests.scorecards.checks.kubernetes_objects import network_policy, obj, text, workload

FAIL, PARTIAL, UNKNOWN, PASS = Outcome.FAIL, Outcome.PARTIAL, Outcome.UNKNOWN, Outcome.PASS
BOTH = ["Ingress", "Egress"]
SHOP = {"namespace": "shop"}


def judged(check: str, *objects: dict[str, Any], **about: Any) -> list[Finding]:
    return judge(check, {"app.yaml": text(*objects)}, **about)


# ---------------------------------------------------------------- DOP-3.1-09


def denied(*policies: dict[str, Any], owned: bool = True, **about: Any) -> list[Finding]:
    namespace = [obj("Namespace", "shop")] if owned else []
    return judged("namespace-denies-by-default", workload(namespace="shop"), *namespace, *policies, **about)


def test_a_default_deny_of_both_directions_passes() -> None:
    assert verdict(denied(network_policy(policyTypes=BOTH, metadata=SHOP))) is PASS


def test_each_direction_may_have_a_policy_of_its_own() -> None:
    one, other = (network_policy(f"deny-{kind}", policyTypes=[kind], metadata=SHOP) for kind in BOTH)
    assert verdict(denied(one, other)) is PASS


def test_types_that_are_left_out_mean_ingress_alone() -> None:
    assert verdict(denied(network_policy(metadata=SHOP))) is PARTIAL


def test_only_an_allow_policy_fails() -> None:
    allowing = network_policy(policyTypes=BOTH, ingress=[{}], egress=[{}], metadata=SHOP)
    some = network_policy(podSelector={"matchLabels": {"app": "app"}}, policyTypes=BOTH, metadata=SHOP)
    assert verdict(denied(allowing)) is FAIL
    assert verdict(denied(some)) is FAIL
    assert verdict(denied()) is FAIL


def test_a_policy_of_another_namespace_does_not_count() -> None:
    assert verdict(denied(network_policy(policyTypes=BOTH, metadata={"namespace": "other"}))) is FAIL


def test_lookups_of_names_may_be_let_out() -> None:
    dns = [{"to": [{"namespaceSelector": {}}], "ports": [{"protocol": "UDP", "port": 53}]}]
    assert verdict(denied(network_policy(policyTypes=BOTH, egress=dns, metadata=SHOP))) is PASS


def test_a_namespace_that_is_managed_elsewhere_is_unknown() -> None:
    assert verdict(denied(owned=False)) is UNKNOWN


def test_the_settings_can_credit_the_platform() -> None:
    assert verdict(denied(options=Options(default_deny_elsewhere=True))) is PASS


def test_a_deployer_that_creates_the_namespace_owns_it() -> None:
    sync = {"syncOptions": ["CreateNamespace=true"]}
    spec = {"destination": {"namespace": "pay"}, "source": {"path": "elsewhere"}, "syncPolicy": sync}
    application = obj("Application", "pay", spec, "argoproj.io/v1alpha1")
    found = judged("namespace-denies-by-default", workload(namespace="shop"), application)
    assert {one.unit: one.outcome for one in found} == {"namespace shop": UNKNOWN, "namespace pay": FAIL}


def test_policies_of_cilium_and_calico_count() -> None:
    cilium = obj("CiliumNetworkPolicy", "deny", {"endpointSelector": {}, "ingress": [{}], "egress": [{}]},
                 "cilium.io/v2", metadata=SHOP)  # fmt: skip
    calico = obj("GlobalNetworkPolicy", "deny", {"selector": "all()", "types": BOTH}, "projectcalico.org/v3")
    assert verdict(denied(cilium)) is PASS
    assert verdict(denied(calico)) is PASS


def test_without_a_workload_it_says_nothing() -> None:
    assert judged("namespace-denies-by-default", obj("Namespace", "shop")) == []


# ---------------------------------------------------------------- DOP-3.1-10

PORTS = [{"protocol": "TCP", "port": 8080}]
PEER = {"podSelector": {"matchLabels": {"app": "web"}}}
DNS_PEER = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}


def rules(**spec: Any) -> list[Finding]:
    return judged("network-policy-peers-named", network_policy(policyTypes=BOTH, **spec))


def test_named_peers_and_ports_pass() -> None:
    dns = {"to": [DNS_PEER], "ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]}
    assert verdict(rules(ingress=[{"from": [PEER], "ports": PORTS}], egress=[dns])) is PASS
    assert verdict(rules()) is PASS


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"ports": PORTS},
        {"from": [], "ports": PORTS},
        {"from": [PEER]},
        {"from": [PEER], "ports": [{"protocol": "TCP"}]},
        {"from": [{"namespaceSelector": {}}], "ports": PORTS},
        {"from": [{"namespaceSelector": {}, "podSelector": {}}], "ports": PORTS},
        {"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}], "ports": PORTS},
    ],
)
def test_a_rule_that_is_wide_open_fails(rule: dict[str, Any]) -> None:
    assert verdict(rules(ingress=[rule])) is FAIL


def test_lookups_over_one_protocol_are_partial() -> None:
    dns = {"to": [DNS_PEER], "ports": [{"protocol": "UDP", "port": 53}]}
    assert verdict(rules(egress=[dns])) is PARTIAL


def test_a_hand_made_namespace_label_is_partial() -> None:
    peer = {"namespaceSelector": {"matchLabels": {"name": "web"}}}
    assert verdict(rules(ingress=[{"from": [peer], "ports": PORTS}])) is PARTIAL


def test_two_items_that_were_probably_meant_as_one_are_noted() -> None:
    found = rules(ingress=[{"from": [DNS_PEER, PEER], "ports": PORTS}])
    assert (verdict(found), len(found[0].notes)) == (PASS, 1)


def test_a_policy_of_a_vendor_is_unknown() -> None:
    cilium = obj("CiliumNetworkPolicy", "a", {"endpointSelector": {}}, "cilium.io/v2")
    assert verdict(judged("network-policy-peers-named", cilium)) is UNKNOWN


# ---------------------------------------------------------------- DOP-3.1-11


def covered(*objects: dict[str, Any]) -> list[Finding]:
    return judged("network-policy-covers-workloads", *objects)


def selecting(**labels: str) -> dict[str, Any]:
    return network_policy(f"for-{'-'.join(labels.values())}", podSelector={"matchLabels": labels})


def test_it_passes_where_each_workload_is_selected() -> None:
    assert verdict(covered(workload(), network_policy())) is PASS
    among = {"matchExpressions": [{"key": "app", "operator": "In", "values": ["app", "web"]}]}
    assert verdict(covered(workload(), workload(name="web"), network_policy(podSelector=among))) is PASS


def test_half_of_the_workloads_are_partial_and_less_fail() -> None:
    one, two, three = (workload(name=name) for name in ("a", "b", "c"))
    assert verdict(covered(one, two, selecting(app="a"))) is PARTIAL
    assert verdict(covered(one, two, three, selecting(app="a"))) is FAIL
    assert verdict(covered(one)) is FAIL


def test_a_policy_that_selects_nothing_is_partial() -> None:
    found = covered(workload(name="a"), selecting(app="a"), selecting(app="gone"))
    assert (verdict(found), found[0].message.endswith("for-gone selects nothing.")) == (PARTIAL, True)


def test_a_policy_covers_its_own_namespace_alone() -> None:
    found = covered(workload(namespace="shop"), workload(namespace="pay"), network_policy(metadata=SHOP))
    assert {one.unit: one.outcome for one in found} == {
        "workloads of namespace shop": PASS,
        "workloads of namespace pay": FAIL,
    }


@pytest.mark.parametrize(
    ("operator", "values", "expected"),
    [("NotIn", ["app"], FAIL), ("NotIn", ["web"], PASS), ("Exists", [], PASS), ("DoesNotExist", [], FAIL)],
)
def test_expressions_are_resolved(operator: str, values: list[str], expected: Outcome) -> None:
    asked = {"matchExpressions": [{"key": "app", "operator": operator, "values": values}]}
    assert verdict(covered(workload(), network_policy(podSelector=asked))) is expected


# ---------------------------------------------------------------- all


@pytest.mark.parametrize(
    "check", ["namespace-denies-by-default", "network-policy-peers-named", "network-policy-covers-workloads"]
)
def test_odd_shapes_raise_nothing(check: str) -> None:
    odd = """
{apiVersion: v1, kind: Pod, metadata: {name: a, labels: [x]}, spec: {containers: []}}
---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: text, spec: text}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
spec:
  podSelector: [1]
  policyTypes: {a: 1}
  ingress: [1, {from: text, ports: {a: 1}}, {from: [1, {ipBlock: x}], ports: [1, {port: [1]}]}]
  egress: {a: 1}
---
{apiVersion: argoproj.io/v1, kind: Application, spec: {source: text, destination: [1], syncPolicy: {syncOptions: 1}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: [x]}}
---
{apiVersion: kustomize.toolkit.fluxcd.io/v1, kind: Kustomization, spec: {path: [1]}}
"""
    assert all(one.message for one in judge(check, {"odd.yaml": odd}))
