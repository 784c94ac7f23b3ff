"""Kustomize overlays, built in memory."""

from collections.abc import Mapping
from textwrap import dedent

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.repository.memory import tree_of
from ingest.repository.tree import RepositoryTree
from scorecards.reading.kubernetes import Manifest, manifests, workloads

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      serviceAccountName: web
      containers:
        - name: web
          image: registry.example/web:1.0
          env:
            - name: LEVEL
              value: info
            - name: REGION
              value: eu
          envFrom:
            - configMapRef:
                name: settings
        - name: proxy
          image: registry.example/proxy@sha256:aa
"""


def tree(files: Mapping[str, str]) -> RepositoryTree:
    return tree_of({path: dedent(text).lstrip("\n") for path, text in files.items()})


def overlay(kustomization: str, **more: str) -> RepositoryTree:
    files = {
        "base/kustomization.yaml": "resources: [web.yaml]\n",
        "base/web.yaml": DEPLOYMENT,
        "prod/kustomization.yaml": dedent(kustomization),
    }
    return tree(files | {path.replace("__", "/").replace("_yaml", ".yaml"): text for path, text in more.items()})


def only(found: RepositoryTree, kind: str) -> Manifest:
    (manifest,) = manifests(found, kind)
    return manifest


def test_it_shows_what_the_overlay_gives_and_neither_base_nor_patch_alone() -> None:
    found = overlay("resources: [../base]\nnamespace: shop\n")
    manifest = only(found, "Deployment")
    assert manifest.rendered == "overlay prod"
    assert manifest.origin == "overlay"
    assert manifest.namespace == "shop"
    assert manifest.set_complete
    assert manifest.unit == "Deployment shop/web in overlay prod"


def test_it_lays_a_strategic_patch_over_the_base_and_keeps_the_lines_of_both() -> None:
    found = overlay(
        """
        resources: [../base]
        patches:
          - path: more.yaml
        """,
        prod__more_yaml="""
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: web
        spec:
          template:
            spec:
              containers:
                - name: web
                  env:
                    - name: LEVEL
                      value: debug
                  resources:
                    limits:
                      memory: 1Gi
        """,
    )
    workload = workloads(found)[0]
    web = next(container for container in workload.containers if container.name == "web")
    assert {item.text_at("name"): item.text_at("value") for item in web.node.items_at("env")} == {
        "LEVEL": "debug",
        "REGION": "eu",
    }
    limit = web.look("resources", "limits", "memory").node
    assert limit is not None
    assert limit.place == ("prod/more.yaml", 15)
    assert web.node.get("image").path == "base/web.yaml"  # type: ignore[union-attr]
    assert [container.name for container in workload.containers].count("proxy") == 1


def test_it_follows_the_directives_of_a_patch() -> None:
    found = overlay(
        """
        resources: [../base]
        patches:
          - patch: |-
              apiVersion: apps/v1
              kind: Deployment
              metadata:
                name: web
              spec:
                replicas: null
                template:
                  spec:
                    containers:
                      - name: proxy
                        $patch: delete
                      - name: web
                        env:
                          - $patch: replace
                          - name: ONLY
                            value: one
        """
    )
    workload = workloads(found)[0]
    assert [container.name for container in workload.containers] == ["web"]
    assert [item.text_at("name") for item in workload.containers[0].node.items_at("env")] == ["ONLY"]
    assert workload.manifest.look("spec", "replicas").missing


def test_it_takes_away_what_a_patch_deletes() -> None:
    found = overlay(
        """
        resources: [../base]
        patchesStrategicMerge:
          - |-
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web}
            $patch: delete
        """
    )
    assert manifests(found) == []


def test_it_applies_the_operations_of_a_json_patch_to_what_its_target_selects() -> None:
    found = overlay(
        """
        resources: [../base]
        patches:
          - target: {kind: Deploy.*, name: w.b}
            patch: |-
              - op: replace
                path: /spec/replicas
                value: 3
              - op: add
                path: /metadata/annotations
                value: {a.example/b: "1"}
              - op: add
                path: /metadata/annotations/a.example~1c
                value: "2"
              - op: remove
                path: /spec/template/spec/containers/1
              - op: add
                path: /spec/template/spec/containers/-
                value: {name: last}
              - op: copy
                from: /spec/replicas
                path: /spec/minReadySeconds
          - target: {kind: Deployment, name: other}
            patch: '[{op: remove, path: /spec}]'
        """
    )
    manifest = only(found, "Deployment")
    replicas = manifest.get("spec", "replicas")
    assert replicas is not None
    assert replicas.number == 3
    assert replicas.place == ("prod/kustomization.yaml", 7)
    assert manifest.annotations == {"a.example/b": "1", "a.example/c": "2"}
    assert [item.text_at("name") for item in manifest.items_at("spec", "template", "spec", "containers")] == [
        "web",
        "last",
    ]
    assert manifest.text_at("spec", "minReadySeconds") == "3"


def test_it_sets_images_replicas_labels_and_annotations() -> None:
    found = overlay(
        """
        resources: [../base]
        images:
          - {name: registry.example/web, newTag: "2.0"}
          - {name: registry.example/proxy, newName: mirror.example/proxy, digest: "sha256:bb"}
        replicas:
          - {name: web, count: 4}
        commonLabels: {team: pay}
        labels:
          - pairs: {tier: front}
        commonAnnotations: {note: hi}
        """
    )
    manifest = only(found, "Deployment")
    assert [container.image for container in workloads(found)[0].containers] == [
        "registry.example/web:2.0",
        "mirror.example/proxy@sha256:bb",
    ]
    assert manifest.text_at("spec", "replicas") == "4"
    assert manifest.labels == {"team": "pay", "tier": "front"}
    assert workloads(found)[0].pod_labels == {"app": "web", "team": "pay"}
    assert manifest.get("spec", "selector", "matchLabels").keys() == ["app", "team"]  # type: ignore[union-attr]
    assert manifest.annotations == {"note": "hi"}


def test_it_renames_objects_and_what_refers_to_them() -> None:
    found = overlay(
        """
        resources: [../base, account.yaml]
        namePrefix: shop-
        nameSuffix: -v1
        configMapGenerator:
          - name: settings
            literals: [A=1]
            files: [app.conf, other=app.conf]
        """,
        prod__account_yaml="apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web}\n",
        **{"prod__app.conf": "x: 1\n"},
    )
    assert only(found, "Deployment").name == "shop-web-v1"
    settings_map = only(found, "ConfigMap")
    assert settings_map.name == "shop-settings-v1"
    assert settings_map.generated
    data = settings_map.get("data")
    assert data is not None
    assert {name: value.raw for name, _, value in data.members()} == {"A": "1", "app.conf": "x: 1\n", "other": "x: 1\n"}
    assert data.get("app.conf").line_at(0) == 1  # type: ignore[union-attr]
    pod = workloads(found)[0].pod
    assert pod.text_at("serviceAccountName") == "shop-web-v1"
    assert pod.text_at("containers", 0, "envFrom", 0, "configMapRef", "name") == "shop-settings-v1"


def test_it_generates_secrets_with_their_texts() -> None:
    found = overlay(
        "secretGenerator:\n  - name: login\n    literals: [password=hunter22]\n    envs: [more.env]\n",
        **{"prod__more.env": "# no\nTOKEN=abc\n"},
    )
    secret = only(found, "Secret")
    assert secret.text_at("stringData", "password") == "hunter22"
    token = secret.get("stringData", "TOKEN")
    assert token is not None
    assert token.place == ("prod/more.env", 2)


def test_it_builds_components_on_top_of_what_takes_them_in() -> None:
    found = overlay(
        "resources: [../base]\ncomponents: [../more]\nnamePrefix: p-\n",
        more__kustomization_yaml="""
        apiVersion: kustomize.config.k8s.io/v1alpha1
        kind: Component
        resources: [service.yaml]
        replicas: [{name: web, count: 7}]
        """,
        more__service_yaml="apiVersion: v1\nkind: Service\nmetadata: {name: web}\n",
    )
    assert only(found, "Deployment").text_at("spec", "replicas") == "7"
    assert only(found, "Service").name == "p-web"


def test_it_says_that_a_set_is_incomplete_where_more_is_fetched_or_missing() -> None:
    for more in ("https://example.org/more.yaml", "github.com/x/y//z?ref=v1", "../../outside", "not-there.yaml"):
        found = overlay(f"resources: [../base, '{more}']\n")
        assert not only(found, "Deployment").set_complete


def test_it_shows_each_overlay_that_no_other_takes_in() -> None:
    found = tree(
        {
            "base/kustomization.yaml": "resources: [web.yaml]",
            "base/web.yaml": DEPLOYMENT,
            "overlays/a/kustomization.yaml": "resources: [../../base]\nnameSuffix: -a\n",
            "overlays/b/kustomization.yml": "bases: [../../base]\nnameSuffix: -b\n",
            "loose/job.yaml": "apiVersion: batch/v1\nkind: Job\nmetadata: {name: once}\n",
        }
    )
    assert [(one.rendered, one.name) for one in manifests(found)] == [
        ("", "once"),
        ("overlay overlays/a", "web-a"),
        ("overlay overlays/b", "web-b"),
    ]
    originals = {container.node.get("image") for one in workloads(found) for container in one.containers}
    assert len(originals) == 2  # nodes that nothing changes are shared


def test_it_cuts_circles_and_takes_what_it_can() -> None:
    found = tree(
        {
            "a/kustomization.yaml": "resources: [../b, job.yaml]",
            "a/job.yaml": "apiVersion: batch/v1\nkind: Job\nmetadata: {name: once}\n",
            "b/kustomization.yaml": "resources: [../c]\ncomponents: [../b]",
            "c/kustomization.yaml": "resources: [../b]",
            "d/kustomization.yaml": "resources: [../a]",
        }
    )
    assert [one.name for one in manifests(found)] == ["once"]


def test_it_does_not_multiply_without_bound() -> None:
    files = {
        "l0/kustomization.yaml": "resources: [job.yaml]",
        "l0/job.yaml": "{apiVersion: v1, kind: Job, metadata: {name: j}}",
    }
    for level in range(1, 25):
        files[f"x{level}/kustomization.yaml"] = f"resources: [../l{level - 1}]\nnamePrefix: x"
        files[f"y{level}/kustomization.yaml"] = f"resources: [../l{level - 1}]\nnamePrefix: y"
        files[f"l{level}/kustomization.yaml"] = f"resources: [../x{level}, ../y{level}]"
    found = manifests(tree(files))
    assert len(found) <= 5_000


@pytest.mark.parametrize(
    "text",
    [
        "resources: 3",
        "resources: [[], {}, null, 1, '../..', '/', '.', '']",
        "patches: {a: 1}\nresources: [../base]",
        "patches: [1, {target: 3, patch: '- op: add'}, {patch: '['}, {path: ../base}]\nresources: [../base]",
        "patches: [{target: {name: '('}, patch: '[{op: move, from: /a, path: /b}]'}]\nresources: [../base]",
        "images: [{}, 1]\nreplicas: [{name: web}]\nlabels: [1, {pairs: 2}]\ncommonLabels: 3\nresources: [../base]",
        "commonLabels: [1]\ncommonAnnotations: [2]\nnamespace: {a: 1}\nresources: [../base]",
        "namespace: [x]\nnamePrefix: {}\nresources: [../base]\nconfigMapGenerator: [1, {name: [2]}, {name: a}]",
        "transformers: [../base/web.yaml, '|']\nresources: [../base]",
        "patches: [{target: {kind: Deployment}, patch: '&a {kind: Deployment, spec: *a}'}]\nresources: [../base]",
    ],
)
def test_it_takes_any_types_at_any_place(text: str) -> None:
    found = overlay(text)
    for manifest in manifests(found):
        manifest.root.plain()


_WORDS = st.sampled_from(
    ["resources", "patches", "target", "patch", "path", "name", "kind", "op", "value", "images", "labels", "pairs",
     "../base", "web.yaml", "web", "Deployment", "replace", "/spec/replicas", "namespace", "components", "$patch"]
)  # fmt: skip
_VALUES = st.recursive(
    _WORDS | st.integers(0, 9) | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_WORDS, inner, max_size=5),
)


@given(st.dictionaries(_WORDS, _VALUES, max_size=6))
@settings(max_examples=150, deadline=None)
def test_it_never_raises(values: dict[str, object]) -> None:
    for manifest in manifests(overlay(yaml.safe_dump(values))):
        manifest.root.plain()


def test_patches_may_be_listed_by_name_alone() -> None:
    patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 7}\n"
    tree = tree_of({
        "a/kustomization.yaml": "resources: [web.yaml]\npatches:\n  - more/web.yaml\n",
        "a/web.yaml": DEPLOYMENT,
        "a/more/web.yaml": patch,
    })  # fmt: skip
    assert [one.text_at("spec", "replicas") for one in manifests(tree, "Deployment")] == ["7"]
