"""Resources, probes, users, hardening and images of containers. Definition: DOP-3.1-01 to -04, -06."""

from typing import Any

import pytest

from scorecards.checks.finding import Finding, Outcome
from scorecards.checks.subject import Options
from tests.scorecards.checks.judging import judge, verdict
from tests.scorecards.checks.kubernetes_objects import PROBES, RESOURCES, container, obj, text, workload

FAIL, PARTIAL, UNKNOWN, PASS, NOT = (
    Outcome.FAIL, Outcome.PARTIAL, Outcome.UNKNOWN, Outcome.PASS, Outcome.NOT_APPLICABLE,
)  # fmt: skip
DIGEST = "sha256:" + "a" * 64


def judged(check: str, *objects: dict[str, Any], **about: Any) -> list[Finding]:
    return judge(check, {"app.yaml": text(*objects)}, **about)


# ---------------------------------------------------------------- DOP-3.1-01


def resources(*others: dict[str, Any], **amounts: Any) -> list[Finding]:
    return judged("container-resources-set", workload(containers=[container(resources=amounts)]), *others)


def test_it_passes_a_container_with_all_four_values() -> None:
    assert verdict(resources(**RESOURCES)) is PASS


def test_only_a_missing_cpu_limit_is_partial() -> None:
    limits = {"memory": "128Mi"}
    assert verdict(resources(requests=RESOURCES["requests"], limits=limits)) is PARTIAL


@pytest.mark.parametrize("way", [("requests", "cpu"), ("requests", "memory"), ("limits", "memory")])
def test_a_missing_request_or_memory_limit_fails(way: tuple[str, str]) -> None:
    amounts = {part: {name: value for name, value in told.items() if (part, name) != way}
               for part, told in RESOURCES.items()}  # fmt: skip
    assert verdict(resources(**amounts)) is FAIL


def test_it_says_that_kubernetes_copies_a_limit() -> None:
    found = resources(limits=RESOURCES["limits"])
    assert found[0].notes == (
        "Kubernetes takes the cpu limit as the request.",
        "Kubernetes takes the memory limit as the request.",
    )


def test_a_request_above_its_limit_fails() -> None:
    amounts = {"requests": {"cpu": "2", "memory": "64Mi"}, "limits": {"cpu": "1500m", "memory": "128Mi"}}
    assert resources(**amounts)[0].message == "The cpu request is larger than the cpu limit."


def test_what_is_no_quantity_fails() -> None:
    amounts = {"requests": {"cpu": "100m", "memory": "64MB"}, "limits": {"cpu": "1", "memory": "128Mi"}}
    assert verdict(resources(**amounts)) is FAIL


def test_a_limit_range_of_the_namespace_fills_gaps_in_part() -> None:
    item = {
        "type": "Container",
        "default": {"memory": "1Gi", "cpu": "1"},
        "defaultRequest": {"memory": "1Gi", "cpu": "1"},
    }
    limits = obj("LimitRange", "limits", {"limits": [item]})
    assert verdict(resources(limits)) is PARTIAL
    elsewhere = obj("LimitRange", "limits", {"limits": [item]}, metadata={"namespace": "other"})
    found = judged("container-resources-set", workload(namespace="shop"), elsewhere)
    assert verdict(found) is FAIL


def test_init_containers_are_judged_too() -> None:
    app = workload(
        containers=[container(resources=RESOURCES)], pod={"initContainers": [{"name": "setup", "image": "x"}]}
    )
    found = judged("container-resources-set", app)
    assert [(one.unit, one.outcome) for one in found] == [
        ("Deployment app container setup", FAIL),
        ("Deployment app container app", PASS),
    ]


def test_it_leads_to_the_name_and_the_keys_that_are_there() -> None:
    found = resources(requests={"cpu": "100m"})
    lines = text(workload(containers=[container(resources={"requests": {"cpu": "100m"}})])).split("\n")
    assert [lines[place.line - 1].strip() for place in found[0].places] == ["- name: app", "cpu: 100m"]


def test_resources_of_a_chart_are_judged_on_its_values() -> None:
    template = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: app\nspec:\n  template:\n    spec:\n"
        "      containers:\n      - name: app\n        resources:\n"
        "          {{- toYaml .Values.resources | nindent 10 }}\n"
    )
    chart = {"c/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n", "c/templates/app.yaml": template}
    full = "resources:\n  requests: {cpu: 1, memory: 1Gi}\n  limits: {cpu: 1, memory: 1Gi}\n"
    assert verdict(judge("container-resources-set", {**chart, "c/values.yaml": full})) is PASS
    assert verdict(judge("container-resources-set", {**chart, "c/values.yaml": "resources: {}\n"})) is FAIL


def test_it_yields_nothing_without_a_workload() -> None:
    assert judge("container-resources-set", {"README.md": "# Hello\n"}) == []


# ---------------------------------------------------------------- DOP-3.1-02


def probes(kind: str = "Deployment", **told: Any) -> list[Finding]:
    return judged("container-probes-distinct", workload(kind, containers=[container(**told)]))


def test_it_passes_two_probes_that_differ() -> None:
    assert verdict(probes(**PROBES)) is PASS


def test_readiness_alone_is_partial() -> None:
    assert verdict(probes(readinessProbe=PROBES["readinessProbe"])) is PARTIAL


def test_no_readiness_probe_fails() -> None:
    assert verdict(probes(livenessProbe=PROBES["livenessProbe"])) is FAIL
    assert verdict(probes(livenessProbe=PROBES["livenessProbe"], readinessProbe={})) is FAIL


def test_identical_probes_are_partial_even_with_another_delay() -> None:
    same = PROBES["readinessProbe"]
    assert verdict(probes(readinessProbe=same, livenessProbe={**same, "initialDelaySeconds": 30})) is PARTIAL
    assert verdict(probes(readinessProbe=same, livenessProbe={**same, "failureThreshold": 3})) is PARTIAL


def test_other_thresholds_make_probes_differ() -> None:
    same = PROBES["readinessProbe"]
    assert verdict(probes(readinessProbe=same, livenessProbe={**same, "failureThreshold": 10})) is PASS


def test_a_timeout_as_long_as_the_period_is_partial() -> None:
    slow = {**PROBES["readinessProbe"], "periodSeconds": 5, "timeoutSeconds": 5}
    assert verdict(probes(**{**PROBES, "readinessProbe": slow})) is PARTIAL


def test_a_port_that_nobody_names_is_partial() -> None:
    lost = {"httpGet": {"path": "/ready", "port": "web"}}
    assert verdict(probes(**{**PROBES, "readinessProbe": lost})) is PARTIAL


def test_a_liveness_probe_of_the_database_is_partial() -> None:
    deep = {"httpGet": {"path": "/health/db", "port": "http"}}
    assert verdict(probes(**{**PROBES, "livenessProbe": deep})) is PARTIAL


@pytest.mark.parametrize("kind", ["Job", "CronJob"])
def test_what_ends_by_itself_is_not_probed(kind: str) -> None:
    assert verdict(probes(kind)) is NOT


def test_sidecars_without_a_port_and_init_containers_are_not_asked() -> None:
    pod = {"initContainers": [{"name": "setup", "image": "x"}]}
    app = workload(containers=[{"name": "agent", "image": "x"}, container(**PROBES)], pod=pod)
    found = judged("container-probes-distinct", app)
    assert [one.outcome for one in found] == [NOT, NOT, PASS]


def test_the_first_container_is_asked_where_none_has_a_port() -> None:
    app = workload(containers=[{"name": "worker", "image": "x"}, {"name": "agent", "image": "x"}])
    assert [one.outcome for one in judged("container-probes-distinct", app)] == [FAIL, NOT]


# ---------------------------------------------------------------- DOP-3.1-03


def user(pod: Any = None, **own: Any) -> list[Finding]:
    app = workload(containers=[container(securityContext=own)], pod={"securityContext": pod or {}})
    return judged("container-runs-as-non-root", app)


def test_run_as_non_root_of_the_pod_counts_for_its_containers() -> None:
    found = user({"runAsNonRoot": True, "runAsUser": 1000})
    assert verdict(found) is PASS
    assert found[0].notes == ("User 1000 may exist on the host.",)


def test_the_container_counts_before_the_pod() -> None:
    assert verdict(user({"runAsNonRoot": True}, runAsNonRoot=False)) is FAIL
    assert verdict(user({"runAsNonRoot": True}, runAsUser=0)) is FAIL


def test_a_user_other_than_root_alone_is_partial() -> None:
    assert verdict(user(runAsUser=20000)) is PARTIAL


def test_an_unspecified_user_fails() -> None:
    assert verdict(user()) is FAIL
    assert verdict(user(runAsNonRoot="true")) is FAIL  # a text is no boolean


def test_windows_pods_are_not_asked() -> None:
    app = workload(pod={"nodeSelector": {"kubernetes.io/os": "windows"}})
    assert verdict(judged("container-runs-as-non-root", app)) is NOT


# ---------------------------------------------------------------- DOP-3.1-04

HARDENED = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}


def hardening(pod: Any = None, mounts: Any = (), **own: Any) -> list[Finding]:
    app = workload(containers=[container(securityContext=own, volumeMounts=list(mounts))], pod=pod)
    return judged("container-is-hardened", app)


def test_five_marks_pass() -> None:
    assert verdict(hardening(**HARDENED)) is PASS
    lower = {**HARDENED, "capabilities": {"drop": ["all"], "add": ["CAP_NET_BIND_SERVICE"]}}
    assert verdict(hardening(**lower)) is PASS


def test_three_or_four_marks_are_partial() -> None:
    assert verdict(hardening(**{**HARDENED, "seccompProfile": {}})) is PARTIAL
    found = hardening(allowPrivilegeEscalation=False, capabilities={"drop": ["ALL"]})
    assert (verdict(found), found[0].value) == (PARTIAL, "3 of 5")


def test_fewer_than_three_marks_fail() -> None:
    assert hardening()[0].value == "0 of 5"
    assert verdict(hardening(readOnlyRootFilesystem=True, allowPrivilegeEscalation=False)) is FAIL


def test_a_seccomp_profile_of_the_pod_counts() -> None:
    own = {name: value for name, value in HARDENED.items() if name != "seccompProfile"}
    pod = {"securityContext": {"seccompProfile": {"type": "Localhost"}}}
    assert verdict(hardening(pod, **own)) is PASS


@pytest.mark.parametrize("name", ["hostNetwork", "hostPID", "hostIPC"])
def test_a_namespace_of_the_host_fails_outright(name: str) -> None:
    assert verdict(hardening({name: True}, **HARDENED)) is FAIL


def test_a_privileged_container_fails_outright() -> None:
    assert verdict(hardening(**HARDENED, privileged=True)) is FAIL


def test_a_mounted_runtime_socket_fails_and_another_folder_is_noted() -> None:
    def volumes(path: str) -> Any:
        return {"volumes": [{"name": "host", "hostPath": {"path": path}}]}

    mounts = [{"name": "host", "mountPath": "/host"}]
    assert verdict(hardening(volumes("/var/run/docker.sock"), mounts, **HARDENED)) is FAIL
    assert verdict(hardening(volumes("/var/run/docker.sock"), **HARDENED)) is PASS
    assert hardening(volumes("/var/log"), mounts, **HARDENED)[0].notes == ("It mounts /var/log of the host.",)


# ---------------------------------------------------------------- DOP-3.1-06


def images(reference: str, policy: str = "", **about: Any) -> list[Finding]:
    told = container(image=reference, **({"imagePullPolicy": policy} if policy else {}))
    return judged("container-image-immutable-and-approved", workload(containers=[told]), **about)


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        (f"ghcr.io/acme/app@{DIGEST}", PASS),
        (f"ghcr.io/acme/app:1.2.3@{DIGEST}", PASS),
        ("ghcr.io/acme/app:1.2.3", PARTIAL),
        ("ghcr.io/acme/app:sha-0a1b2c3d", PARTIAL),
        ("ghcr.io/acme/app", FAIL),
        ("localhost:5000/app", FAIL),
        ("nginx:latest", FAIL),
        ("nginx:main", FAIL),
        ("acme/app:${TAG}", UNKNOWN),
        ("IMAGE_PLACEHOLDER", UNKNOWN),
    ],
)
def test_an_image_is_judged_by_what_names_it(reference: str, expected: Outcome) -> None:
    assert verdict(images(reference)) is expected


def test_a_registry_outside_of_the_list_fails() -> None:
    allowed = {"options": Options(registries=("ghcr.io/acme",))}
    assert verdict(images(f"ghcr.io/acme/app@{DIGEST}", **allowed)) is PASS
    assert verdict(images(f"ghcr.io/acme-evil/app@{DIGEST}", **allowed)) is FAIL
    assert verdict(images(f"app@{DIGEST}", **allowed)) is FAIL


def test_a_pull_policy_that_keeps_a_moving_tag_is_noted() -> None:
    assert images("nginx:latest", "IfNotPresent")[0].notes
    assert not images("nginx:1.25.3", "IfNotPresent")[0].notes


# ---------------------------------------------------------------- all


CHECKS = [
    "container-resources-set", "container-probes-distinct", "container-runs-as-non-root", "container-is-hardened",
    "container-image-immutable-and-approved",
]  # fmt: skip


@pytest.mark.parametrize("check", CHECKS)
def test_odd_shapes_raise_nothing(check: str) -> None:
    odd = """
apiVersion: apps/v1
kind: Deployment
metadata: [1]
spec:
  template:
    spec:
      securityContext: yes
      volumes: {a: 1}
      containers:
      - 1
      - name: [x]
        image: {a: 1}
        resources: {requests: [1], limits: text}
        ports: text
        volumeMounts: [1, {name: {}}]
        livenessProbe: [1]
        readinessProbe: {httpGet: text, periodSeconds: x, timeoutSeconds: 1e999}
        securityContext: {capabilities: [ALL], runAsUser: .5, seccompProfile: x, privileged: [true]}
"""
    assert all(one.message for one in judge(check, {"odd.yaml": odd}))


@pytest.mark.parametrize("check", CHECKS)
def test_what_only_rendering_tells_is_unknown(check: str) -> None:
    template = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: app}\nspec:\n  template:\n    spec:\n"
        '      containers:\n      - image: {{ include "far.image" . }}\n'
        '        {{- include "far.container" . | nindent 8 }}\n'
    )
    chart = {"c/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n", "c/templates/app.yaml": template}
    assert verdict(judge(check, chart)) is UNKNOWN


# ---------------------------------------------------------------- workloads without a pod

SLIPPED = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  template:
    metadata: {labels: {app: shop}}
    spec:
    containers:
      - {name: shop, image: shop:latest}
"""


@pytest.mark.parametrize("check", [
    "container-resources-set", "container-probes-distinct", "container-runs-as-non-root", "container-is-hardened",
    "container-image-immutable-and-approved", "workload-identity-and-metrics-set",
])  # fmt: skip
def test_containers_that_slipped_out_of_their_pod_are_unknown(check: str) -> None:
    found = judge(check, {"app.yaml": SLIPPED})
    assert [(one.outcome, one.unit, one.places[0].line) for one in found] == [(UNKNOWN, "Deployment shop", 2)]


def test_a_job_without_a_name_is_called_by_what_its_names_begin_with() -> None:
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"generateName": "load-"},
           "spec": {"template": {"spec": {"containers": [container()]}}}}  # fmt: skip
    assert judged("container-resources-set", job)[0].unit.startswith("Job load- container")
