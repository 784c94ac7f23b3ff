"""Backstage's entities as teams and services."""

from datetime import UTC, date, datetime

import pytest

from ingest.catalogue.files import CatalogueFile, read_catalogue
from ingest.parsers.observation import RepositoryRef

AT = datetime(2026, 3, 10, 9, tzinfo=UTC)
FILE = """
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: Checkout
  title: The checkout
  annotations:
    github.com/project-slug: acme/checkout
    plumbline.io/tier: critical
  links:
    - url: https://example.com
spec:
  type: service
  lifecycle: production
  owner: group:default/Pay
  system: shop
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata:
  name: pay
spec:
  type: team
  profile:
    displayName: Payments
    email: pay@example.com
  children: []
"""


def read(text: str) -> CatalogueFile:
    return read_catalogue(text.encode(), "catalog-info.yaml", AT)


def component(metadata: str = "", spec: str = "") -> CatalogueFile:
    return read(
        "apiVersion: backstage.io/v1beta1\nkind: Component\n"
        f"metadata: {{name: checkout, {metadata}}}\nspec: {{type: service, {spec}}}\n"
    )


def said(metadata: str = "", spec: str = "") -> dict[str, object]:
    found = component(metadata, spec)
    assert found.problems == []
    [service] = found.services
    return service.said


def test_it_reads_components_as_services_and_groups_as_teams():
    found = read(FILE)
    assert found.problems == found.notes == []
    [service], [team] = found.services, found.teams
    assert (service.service, team.team) == ("checkout", "pay")
    assert team.said == {"name": "Payments", "email": "pay@example.com"}
    assert service.said == {
        "name": "The checkout",
        "tier": "critical",
        "repository": RepositoryRef("acme/checkout"),
        "team": "pay",
        "basis": "catalogue",
        "by": "catalog-info.yaml",
    }


@pytest.mark.parametrize(
    ("owner", "team"),
    [
        ("pay", "pay"),
        ("PAY", "pay"),
        ("group:pay", "pay"),
        ("Group:Default/Pay", "pay"),
        ("default/pay", "pay"),
        ("group:acme/pay", "acme-pay"),
    ],
)
def test_it_reads_references_to_a_group_however_short(owner, team):
    assert said(spec=f"owner: '{owner}'")["team"] == team


def test_it_gives_a_service_to_no_person():
    found = component(spec="owner: 'user:ada'")
    assert "team" not in found.services[0].said
    assert "only a Group" in found.notes[0].message


@pytest.mark.parametrize("owner", ["a/b/c", "group:", "${{ values.owner }}", "a b"])
def test_it_refuses_an_owner_that_is_no_reference(owner):
    [problem] = component(spec=f"owner: '{owner}'").problems
    assert "no reference to a group" in problem.message


@pytest.mark.parametrize(
    ("location", "name"),
    [
        ("url:https://github.com/acme/checkout/tree/main/services/pay/", "acme/checkout"),
        ("url:https://github.com/acme/checkout", "acme/checkout"),
        ("https://gitlab.example.com/shop/backend/checkout/-/blob/main/catalog-info.yaml", "shop/backend/checkout"),
        ("url:https://github.com/acme/checkout.git", "acme/checkout"),
        ("url:https://github.com/tree/src", "tree/src"),
    ],
)
def test_it_finds_the_repository_in_the_source_location(location, name):
    told = said(f"annotations: {{backstage.io/source-location: '{location}'}}")
    assert told["repository"] == RepositoryRef(name)


@pytest.mark.parametrize("location", ["dir:./", "file:/etc", "url:https://github.com/acme", "url:https://[x/y/z"])
def test_it_finds_no_repository_where_the_location_names_none(location):
    assert "repository" not in said(f"annotations: {{backstage.io/source-location: '{location}'}}")


def test_it_reads_the_tier_of_a_label_too():
    assert said("labels: {plumbline.io/tier: low}")["tier"] == "low"


def test_it_notes_a_deprecated_component_and_keeps_it():
    found = component(spec="lifecycle: deprecated")
    assert len(found.services) == 1
    assert "is deprecated" in found.notes[0].message
    assert found.retired == {}


@pytest.mark.parametrize("kind", ["System", "Domain", "Resource", "API", "User", "Location", "Template"])
def test_it_skips_other_kinds_whatever_stands_in_them_and_says_so(kind):
    found = read(f"apiVersion: backstage.io/v1alpha1\nkind: {kind}\nmetadata: 7\nspec: {{$text: ./x}}\n")
    assert found.problems == []
    assert found.notes == [(1, f"{kind} is skipped: only Component and Group are read.")]


def test_it_never_follows_a_placeholder():
    [problem] = read(
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: a}\nspec:\n  $yaml: https://example.com\n"
    ).problems
    assert problem == (4, "“spec” is a $yaml placeholder, which is never followed. Write the value.")


def test_it_refuses_the_name_of_a_template_that_was_not_filled_in():
    [problem] = read("apiVersion: x\nkind: Component\nmetadata:\n  name: ${{ values.name }}\n").problems
    assert "is no name of an entity" in problem.message


def test_it_reads_both_formats_in_one_file():
    found = read(FILE + "---\nversion: 1\nservices: [{slug: ledger, retired: 2026-01-01}, {slug: CHECKOUT}]\n")
    assert [seen.service for seen in found.services] == ["checkout", "ledger"]
    assert found.retired == {"ledger": date(2026, 1, 1)}
    assert [problem.message for problem in found.problems] == ["CHECKOUT is declared twice; line 2 stands."]
