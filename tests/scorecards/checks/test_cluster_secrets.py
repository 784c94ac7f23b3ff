"""Secrets of a cluster: stored, found, rotated. Definition: DOP-7.1-04 to -06."""

import base64
from datetime import UTC, datetime
from typing import Any

import pytest

from scorecards.checks.finding import Finding, Outcome
from scorecards.checks.subject import Options
from tests.scorecards.checks.judging import Past, judge, verdict
from tests.scorecards.checks.kubernetes_objects import container, obj, text, workload

FAIL, PARTIAL, UNKNOWN, PASS = Outcome.FAIL, Outcome.PARTIAL, Outcome.UNKNOWN, Outcome.PASS
CIPHER = "AgB" + "x7" * 200
ESO = "external-secrets.io/v1"


def encoded(value: str) -> str:
    return base64.b64encode(value.encode()).decode()


def secret(name: str = "db", **more: Any) -> dict[str, Any]:
    return obj("Secret", name, **more)


def sealed(name: str = "db", metadata: Any = None, **values: str) -> dict[str, Any]:
    spec = {"encryptedData": values or {"password": CIPHER}}
    return obj("SealedSecret", name, spec, "bitnami.com/v1alpha1", metadata=metadata or {})


def external(name: str = "db", keys: tuple[str, ...] = ("password",), **spec: Any) -> dict[str, Any]:
    data = [{"secretKey": key, "remoteRef": {"key": key}} for key in keys]
    return obj("ExternalSecret", name, {"data": data, **spec}, ESO)


# ---------------------------------------------------------------- DOP-7.1-04


def stored(*objects: dict[str, Any]) -> list[Finding]:
    return judge("cluster-secrets-encrypted", {"secrets.yaml": text(*objects)})


def test_encrypted_and_referring_secrets_pass() -> None:
    found = stored(sealed(), external(), obj("SecretProviderClass", "a", {}, "secrets-store.csi.x-k8s.io/v1"))
    assert [one.outcome for one in found] == [PASS, PASS, PASS]


@pytest.mark.parametrize(
    "more",
    [
        {"stringData": {"password": "hunter2-correct"}},
        {"data": {"password": encoded("hunter2-correct")}},
        {"stringData": {"password": "pa$Sword-with-dollar"}},
        {"data": {"tls.key": encoded("-----BEGIN PRIVATE KEY-----\nabc")}},
    ],
)
def test_readable_material_fails_and_is_not_shown(more: dict[str, Any]) -> None:
    found = stored(secret(**more))
    assert verdict(found) is FAIL
    assert "hunter2" not in repr(found)


@pytest.mark.parametrize(
    "more",
    [{}, {"data": {}}, {"stringData": {"password": "changeme"}}, {"data": {"password": encoded("<password>")}}],
)
def test_an_empty_secret_or_a_placeholder_is_partial(more: dict[str, Any]) -> None:
    assert verdict(stored(secret(**more))) is PARTIAL


@pytest.mark.parametrize(
    "more",
    [
        {"data": {"ca.crt": encoded("-----BEGIN CERTIFICATE-----\nabc")}},
        {"stringData": {"password": "${DB_PASSWORD}"}},
        {"stringData": {"password": "<path:secret/data/db#password>"}},
        {"type": "kubernetes.io/service-account-token"},
    ],
)
def test_certificates_and_references_pass(more: dict[str, Any]) -> None:
    assert verdict(stored(secret(**more))) is PASS


@pytest.mark.parametrize(("value", "expected"), [("AgBvA7...", PARTIAL), ("<sealed>", PARTIAL), ("hunter2plain", FAIL)])
def test_a_sealed_value_must_look_like_ciphertext(value: str, expected: Outcome) -> None:
    assert verdict(stored(sealed(password=value))) is expected


def test_sops_encrypts_every_value_and_signs_the_file() -> None:
    value = "ENC[AES256_GCM,data:abc,iv:x,tag:y,type:str]"
    signed = {"sops": {"mac": value, "lastmodified": "2026-10-01T00:00:00Z"}}
    assert verdict(stored(secret(stringData={"password": value}, **signed))) is PASS
    assert verdict(stored(secret(stringData={"password": value}))) is PARTIAL
    assert verdict(stored(secret(stringData={"password": value, "token": "hunter2-correct"}, **signed))) is FAIL


def test_a_file_of_sops_that_leaves_a_secret_plain_fails() -> None:
    whole = "password: ENC[AES256_GCM,data:x]\nsops: {mac: 'ENC[x]'}\n"
    found = judge(
        "cluster-secrets-encrypted", {"a.enc.yaml": whole, "b.enc.yaml": "api_token: hunter2-correct\n" + whole}
    )
    assert {one.unit: one.outcome for one in found} == {"SOPS file a.enc.yaml": PASS, "SOPS file b.enc.yaml": FAIL}


def test_generated_secrets_fail_by_literals_and_committed_files() -> None:
    def generated(item: str, **files: str) -> Outcome:
        kustomization = f"secretGenerator: [{{name: db, {item}}}]\n"
        return verdict(judge("cluster-secrets-encrypted", {"kustomization.yaml": kustomization, **files}))

    assert generated("literals: [password=hunter2-correct]") is FAIL
    assert generated("envs: [secret.env]", **{"secret.env": "PASSWORD=hunter2-correct\n"}) is FAIL
    assert generated("envs: [secret.env]") is PASS


# ---------------------------------------------------------------- DOP-7.1-05


KEYED = {"env": [{"name": "P", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}}]}


def resolved(*objects: dict[str, Any], told: Any = None, pod: Any = None, **about: Any) -> list[Finding]:
    app = workload(containers=[container(**(KEYED if told is None else told))], pod=pod, namespace="shop")
    return judge("referenced-secrets-resolve", {"app.yaml": text(app, *objects)}, **about)


@pytest.mark.parametrize(
    "producer",
    [
        sealed(),
        external(),
        external(dataFrom=[{"extract": {"key": "db"}}], keys=()),
        external("other", target={"name": "db"}),
        obj("VaultStaticSecret", "a", {"destination": {"name": "db"}}, "secrets.hashicorp.com/v1beta1"),
        obj(
            "SecretProviderClass", "a", {"secretObjects": [{"secretName": "db", "data": [{"key": "password"}]}]}, "s/v1"
        ),
    ],
)
def test_a_producer_with_the_name_and_key_passes(producer: dict[str, Any]) -> None:
    assert verdict(resolved(producer)) is PASS


def test_a_missing_producer_is_partial_or_unknown_where_secrets_are_elsewhere() -> None:
    assert verdict(resolved()) is PARTIAL
    assert verdict(resolved(options=Options(secrets_elsewhere=True))) is UNKNOWN


def test_a_producer_without_the_key_or_in_another_namespace_fails() -> None:
    assert verdict(resolved(sealed(user=CIPHER))) is FAIL
    assert verdict(resolved(sealed(metadata={"namespace": "other"}))) is FAIL
    copied = {"namespace": "other", "annotations": {"reflector.v1.k8s.emberstack.com/reflection-allowed": "true"}}
    assert verdict(resolved(sealed(metadata=copied))) is PASS


def test_a_plain_secret_is_no_encrypted_source() -> None:
    assert verdict(resolved(secret(stringData={"password": "hunter2-correct"}))) is PARTIAL


def test_all_ways_to_read_a_secret_are_followed() -> None:
    ways = [
        ({"envFrom": [{"secretRef": {"name": "gone"}}]}, {}),
        ({}, {"volumes": [{"name": "a", "secret": {"secretName": "gone"}}]}),
        ({}, {"volumes": [{"name": "a", "projected": {"sources": [{"secret": {"name": "gone"}}]}}]}),
        ({}, {"imagePullSecrets": [{"name": "gone"}]}),
    ]
    assert [verdict(resolved(told=told, pod=pod)) for told, pod in ways] == [PARTIAL] * 4


def test_a_workload_without_secrets_is_not_asked() -> None:
    assert resolved(told={}) == []
    optional = {"envFrom": [{"secretRef": {"name": "gone", "optional": True}}]}
    assert resolved(told=optional) == []


# ---------------------------------------------------------------- DOP-7.1-06


def rotated(*objects: dict[str, Any], **about: Any) -> list[Finding]:
    return judge("secrets-rotated-and-scoped", {"secrets.yaml": text(*objects)}, **about)


def changed(*day: int) -> Past:
    return Past(changed={"secrets.yaml": datetime(*day, tzinfo=UTC)})  # type: ignore[misc]


def test_a_sealed_value_is_judged_by_its_age() -> None:
    assert verdict(rotated(sealed(), history=changed(2026, 8, 1))) is PASS
    assert verdict(rotated(sealed(), history=changed(2024, 8, 1))) is PARTIAL
    assert verdict(rotated(sealed(), history=changed(2026, 8, 1), options=Options(secret_age_days=30))) is PARTIAL


def test_an_age_before_the_first_commit_is_unknown_until_that_is_past_the_limit() -> None:
    young, old = (Past(first_commit_at=datetime(year, 8, 1, tzinfo=UTC)) for year in (2026, 2020))
    assert verdict(rotated(sealed(), history=young)) is UNKNOWN
    assert verdict(rotated(sealed(), history=old)) is PARTIAL
    assert verdict(rotated(sealed())) is UNKNOWN


def test_the_scope_of_the_whole_cluster_fails() -> None:
    wide = {"annotations": {"sealedsecrets.bitnami.com/cluster-wide": "true"}}
    assert verdict(rotated(sealed(metadata=wide), history=changed(2026, 8, 1))) is FAIL


@pytest.mark.parametrize(("interval", "expected"), [("1h", PASS), ("24h", PASS), ("48h", PARTIAL), ("0", PARTIAL)])
def test_an_external_secret_is_refreshed_daily_or_more(interval: str, expected: Outcome) -> None:
    assert verdict(rotated(external(refreshInterval=interval))) is expected
    assert verdict(rotated(external())) is PASS


@pytest.mark.parametrize(
    ("provider", "expected"),
    [
        ({"aws": {"service": "SecretsManager", "auth": {"jwt": {"serviceAccountRef": {"name": "a"}}}}}, PASS),
        ({"aws": {"service": "SecretsManager"}}, PASS),
        ({"aws": {"auth": {"secretRef": {"accessKeyIDSecretRef": {"name": "a"}}}}}, FAIL),
        ({"vault": {"auth": {"kubernetes": {"role": "a"}}}}, PASS),
        ({"vault": {"auth": {"tokenSecretRef": {"name": "a"}}}}, FAIL),
        ({"vault": {"auth": {"appRole": {"roleId": "a"}}}}, FAIL),
        ({"azurekv": {"authType": "WorkloadIdentity"}}, PASS),
        ({"azurekv": {"authSecretRef": {"clientId": {"name": "a"}}}}, FAIL),
        ({"gcpsm": {"auth": {"workloadIdentity": {"clusterName": "a"}}}}, PASS),
        ({"mystery": {"server": "a"}}, UNKNOWN),
    ],
)
def test_a_store_is_opened_by_identity(provider: dict[str, Any], expected: Outcome) -> None:
    assert verdict(rotated(obj("SecretStore", "a", {"provider": provider}, ESO))) is expected


def test_sops_tells_the_age_in_the_file_and_rules_part_production() -> None:
    def dated(stamp: str) -> Outcome:
        body = f"a: ENC[x]\nsops: {{mac: x, lastmodified: '{stamp}'}}\n"
        return verdict(judge("secrets-rotated-and-scoped", {"a.yaml": body}))

    assert [dated("2026-10-01T00:00:00Z"), dated("2020-10-01T00:00:00Z"), dated("soon")] == [PASS, PARTIAL, UNKNOWN]

    def rules(*recipients: str) -> Outcome:
        lines = [
            f"- {{path_regex: {path}/.*, age: {age}}}"
            for path, age in zip(("staging", "production"), recipients, strict=True)
        ]
        return verdict(judge("secrets-rotated-and-scoped", {".sops.yaml": "creation_rules:\n" + "\n".join(lines)}))

    assert (rules("age1a", "age1b"), rules("age1a", "age1a")) == (PASS, PARTIAL)


# ---------------------------------------------------------------- all


@pytest.mark.parametrize(
    "check", ["cluster-secrets-encrypted", "referenced-secrets-resolve", "secrets-rotated-and-scoped"]
)
def test_odd_shapes_raise_nothing(check: str) -> None:
    odd = """
{apiVersion: v1, kind: Secret, metadata: {name: [x], labels: 1}, data: [1], stringData: {a: [1], b: null, c: 12}}
---
{apiVersion: bitnami.com/v1, kind: SealedSecret, spec: {encryptedData: text, data: [1], template: 1}}
---
{apiVersion: external-secrets.io/v1, kind: ExternalSecret, spec: {data: [1], target: 1, refreshInterval: [1]}}
---
{apiVersion: external-secrets.io/v1, kind: SecretStore, spec: {provider: {vault: 1, aws: [1]}}}
---
{apiVersion: external-secrets.io/v1, kind: ClusterExternalSecret, spec: [1]}
---
{apiVersion: v1, kind: Pod, spec: {imagePullSecrets: {a: 1}, volumes: [{secret: 1}], containers: [{env: text}]}}
"""
    files = {
        "odd.yaml": odd,
        ".sops.yaml": "creation_rules: [1, {age: [1]}]\n",
        "kustomization.yaml": "secretGenerator: [1, {name: [1]}]\n",
    }
    assert all(one.message for one in judge(check, files))
