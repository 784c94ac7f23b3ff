"""The services of a repository."""

from collections.abc import Mapping

from ingest.repository.memory import tree_of
from scorecards.checks.subject import Subject
from scorecards.reading.services import ServiceUnit, is_critical, service_of, services
from tests.scorecards.checks.judging import AS_OF


def component(name: str, lifecycle: str = "production", more: str = "") -> str:
    return (
        f"apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: {name}\n{more}"
        f"spec:\n  type: service\n  lifecycle: {lifecycle}\n  owner: team-pay\n"
    )


def subject_of(files: Mapping[str, str], name: str = "acme/shop") -> Subject:
    return Subject(tree_of(files), AS_OF, name=name)


def found(files: Mapping[str, str], name: str = "acme/shop") -> dict[str, ServiceUnit]:
    return {unit.name: unit for unit in services(subject_of(files, name))}


def test_each_component_of_the_catalogue_is_one() -> None:
    text = (
        component("pay", more="  labels:\n    acme.io/tier: Critical\n") + "---\n" + component("ship", "experimental")
    )
    known = found({"catalog-info.yaml": text, "go.mod": "module x\n"})
    assert list(known) == ["pay", "ship"]
    assert known["pay"].production
    assert not known["ship"].production
    assert (known["pay"].owner, known["pay"].tier, known["pay"].lifecycle) == ("team-pay", "critical", "production")


def test_without_components_each_build_root_is_one() -> None:
    known = found({"src/cart/go.mod": "module x\n", "src/web/package.json": "{}", "docs/package.json": "{}"})
    assert {name: unit.path for name, unit in known.items()} == {"cart": "src/cart", "web": "src/web"}


def test_roots_of_one_name_are_told_apart_by_their_paths() -> None:
    assert list(found({"a/api/go.mod": "", "b/api/go.mod": ""})) == ["a/api", "b/api"]


def test_without_anything_else_the_repository_is_one() -> None:
    assert list(found({"README.md": "x"})) == ["shop"]
    assert list(found({"README.md": "x"}, name="")) == ["repository"]


def test_a_file_belongs_to_the_deepest_root_above_it_else_to_the_first() -> None:
    subject = subject_of({"a/go.mod": "", "a/b/go.mod": "", "c/go.mod": ""})
    assert service_of(subject, "a/b/x.yaml").name == "b"
    assert service_of(subject, "a/x.yaml").name == "a"
    assert service_of(subject, "deploy/x.yaml").name == "a"


def test_a_component_among_the_catalogues_files_is_rooted_in_the_folder_of_its_name() -> None:
    files = {
        "backstage/a.yaml": component("pay-api"),
        "backstage/b.yaml": component("ship"),
        "services/pay_api/main.go": "package main\n",
    }
    assert found(files)["pay-api"].path == "services/pay_api"
    assert found(files)["ship"].path == ""


INGRESS = """apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
  rules:
  - http: {paths: [{path: /, backend: {service: {name: web, port: {number: 80}}}}]}
"""


def test_a_workload_exposed_to_users_makes_a_production_service() -> None:
    known = found({"src/cart/go.mod": "", "src/web/package.json": "{}", "deploy/ingress.yaml": INGRESS})
    assert {name: unit.production for name, unit in known.items()} == {"cart": False, "web": True}


def test_what_no_service_claims_exposes_the_only_one() -> None:
    assert found({"deploy/ingress.yaml": INGRESS})["shop"].production


def test_an_exposed_workload_says_nothing_where_there_is_a_component() -> None:
    files = {"catalog-info.yaml": component("web", "experimental"), "deploy/ingress.yaml": INGRESS}
    assert not found(files)["web"].production


def test_a_route_within_the_mesh_exposes_nothing() -> None:
    text = (
        "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: x}\n"
        "spec: {hosts: [x], gateways: [%s]}\n"
    )
    assert not found({"vs.yaml": text % "mesh"})["shop"].production
    assert found({"vs.yaml": text % "public"})["shop"].production


def test_a_plain_service_exposes_nothing_and_a_balanced_one_does() -> None:
    text = "apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec: {type: %s}\n"
    assert not found({"s.yaml": text % "ClusterIP"})["shop"].production
    assert found({"s.yaml": text % "LoadBalancer"})["shop"].production


def test_the_highest_tiers_are_critical() -> None:
    assert all(map(is_critical, ("critical", "tier-1", "Tier_0", "mission-critical")))
    assert not any(map(is_critical, ("", "high", "tier-2", "low")))


def test_odd_shapes_are_no_error() -> None:
    odd = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: [1]\nspec: x\n"
    assert list(found({"catalog-info.yaml": odd})) == ["?"]
    assert found({"x.yaml": "apiVersion: v1\nkind: Service\nmetadata: 1\nspec: [a]\n"})
