"""Services are registered with owners, relations that resolve, and links."""

from scorecards.checks.finding import Outcome
from scorecards.checks.subject import Fleet
from tests.scorecards.checks.judging import judge, verdict

DOCKERFILE = {"Dockerfile": "FROM scratch\n"}
COMPONENT = """apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: pay
  annotations:
    github.com/project-slug: us/pay
    backstage.io/techdocs-ref: dir:.
    pagerduty.com/service-id: PXYZ
  links:
    - {url: "https://grafana.example.org/d/pay", title: Dashboard}
spec:
  type: service
  lifecycle: production
  owner: team-pay
"""
GROUP = "---\napiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: team-pay}\nspec: {type: team}\n"
API = """---
apiVersion: backstage.io/v1alpha1
kind: API
metadata: {name: pay-api}
spec:
  type: openapi
  definition: {$text: ./api.yaml}
"""


# ---------------------------------------------------------------- DOP-4.1-03


def test_it_passes_a_complete_component_with_an_owner_who_exists() -> None:
    files = {**DOCKERFILE, "catalog-info.yaml": COMPONENT + GROUP, "CODEOWNERS": "* @us/team-pay\n"}
    (finding,) = judge("repository-registered-with-owner", files)
    assert finding.outcome is Outcome.PASS
    assert finding.notes == ()
    assert finding.places == (("catalog-info.yaml", 14),)


def test_it_takes_owners_that_the_fleet_knows() -> None:
    fleet = Fleet(entities=frozenset({"group:default/team-pay"}))
    files = {**DOCKERFILE, "catalog-info.yaml": COMPONENT}
    assert verdict(judge("repository-registered-with-owner", files, fleet=fleet)) is Outcome.PASS


def test_it_is_partial_without_a_known_owner_or_a_way_to_the_entity() -> None:
    files = {**DOCKERFILE, "catalog-info.yaml": COMPONENT}
    assert verdict(judge("repository-registered-with-owner", files)) is Outcome.PARTIAL
    files = {**DOCKERFILE, "somewhere/else.yaml": COMPONENT + GROUP}
    (finding,) = judge("repository-registered-with-owner", files)
    assert finding.outcome is Outcome.PARTIAL
    assert "Location" in finding.message


def test_it_follows_locations_to_the_entity() -> None:
    location = (
        "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {name: all}\nspec: {targets: [./*/else.yaml]}\n"
    )
    files = {**DOCKERFILE, "catalog-info.yaml": location, "somewhere/else.yaml": COMPONENT + GROUP}
    assert verdict(judge("repository-registered-with-owner", files)) is Outcome.PASS


def test_it_is_partial_with_codeowners_alone_and_fails_with_nothing() -> None:
    files = {**DOCKERFILE, "CODEOWNERS": "# nobody\n* @us/team-pay\n"}
    (finding,) = judge("repository-registered-with-owner", files)
    assert finding.outcome is Outcome.PARTIAL
    assert finding.places == (("CODEOWNERS", 2),)
    assert verdict(judge("repository-registered-with-owner", DOCKERFILE)) is Outcome.FAIL


def test_it_takes_entries_of_other_catalogues() -> None:
    files = {**DOCKERFILE, "opslevel.yml": "version: 1\nservice: {name: pay, owner: team-pay}\n"}
    fleet = Fleet(entities=frozenset({"group:default/team-pay"}))
    assert verdict(judge("repository-registered-with-owner", files, fleet=fleet)) is Outcome.PASS
    assert verdict(judge("repository-registered-with-owner", files)) is Outcome.PARTIAL


def test_it_does_not_know_an_owner_that_is_filled_in() -> None:
    files = {**DOCKERFILE, "catalog-info.yaml": COMPONENT.replace("owner: team-pay", "owner: ${{ values.owner }}")}
    assert verdict(judge("repository-registered-with-owner", files)) is Outcome.UNKNOWN


def test_it_asks_nothing_of_documents() -> None:
    assert judge("repository-registered-with-owner", {"README.md": "x"}) == []


# ---------------------------------------------------------------- DOP-4.1-04


def test_it_passes_relations_that_resolve() -> None:
    text = COMPONENT + "  providesApis: [pay-api]\n" + API
    files = {"catalog-info.yaml": text, "api.yaml": "openapi: 3.1.0\npaths: {}\n"}
    (finding,) = judge("catalogue-relations-resolve", files)
    assert finding.outcome is Outcome.PASS


def test_it_fails_a_definition_that_is_missing_or_none() -> None:
    text = COMPONENT + "  providesApis: [pay-api]\n" + API
    (finding,) = judge("catalogue-relations-resolve", {"catalog-info.yaml": text})
    assert finding.outcome is Outcome.FAIL
    assert "api.yaml" in finding.message
    files = {"catalog-info.yaml": text, "api.yaml": "hello: world\n"}
    assert verdict(judge("catalogue-relations-resolve", files)) is Outcome.FAIL


def test_it_fails_what_is_no_reference() -> None:
    text = COMPONENT + "  dependsOn: [just a name]\n"
    assert verdict(judge("catalogue-relations-resolve", {"catalog-info.yaml": text})) is Outcome.FAIL


def test_it_tells_references_outside_of_what_is_known() -> None:
    text = COMPONENT + "  dependsOn: ['component:default/users']\n"
    assert verdict(judge("catalogue-relations-resolve", {"catalog-info.yaml": text})) is Outcome.UNKNOWN
    found = judge("catalogue-relations-resolve", {"catalog-info.yaml": text}, fleet=Fleet())
    assert verdict(found) is Outcome.PARTIAL
    fleet = Fleet(entities=frozenset({"component:default/users"}))
    assert verdict(judge("catalogue-relations-resolve", {"catalog-info.yaml": text}, fleet=fleet)) is Outcome.PASS


def test_it_fails_an_api_that_nobody_describes_once_the_fleet_is_known() -> None:
    text = COMPONENT + "  providesApis: [pay-api]\n"
    assert verdict(judge("catalogue-relations-resolve", {"catalog-info.yaml": text})) is Outcome.UNKNOWN
    assert verdict(judge("catalogue-relations-resolve", {"catalog-info.yaml": text}, fleet=Fleet())) is Outcome.FAIL


def test_it_relates_nothing_without_components() -> None:
    assert judge("catalogue-relations-resolve", {"catalog-info.yaml": GROUP}) == []


# ---------------------------------------------------------------- DOP-4.1-05


def test_it_passes_four_kinds_of_link() -> None:
    assert verdict(judge("catalogue-links-operational", {"catalog-info.yaml": COMPONENT})) is Outcome.PASS


def test_it_is_partial_when_one_is_missing_and_fails_when_all_are() -> None:
    text = COMPONENT.replace("    pagerduty.com/service-id: PXYZ\n", "")
    (finding,) = judge("catalogue-links-operational", {"catalog-info.yaml": text})
    assert finding.outcome is Outcome.PARTIAL
    assert "on-call" in finding.message
    bare = COMPONENT[: COMPONENT.index("  annotations:")] + COMPONENT[COMPONENT.index("spec:") :]
    assert verdict(judge("catalogue-links-operational", {"catalog-info.yaml": bare})) is Outcome.FAIL


def test_it_fails_placeholders_and_keys_and_never_shows_a_key() -> None:
    for value in ("${PAGERDUTY_KEY}", "0123456789abcdef0123456789abcdef"):
        text = COMPONENT.replace("service-id: PXYZ", f"integration-key: {value}")
        (finding,) = judge("catalogue-links-operational", {"catalog-info.yaml": text})
        assert finding.outcome is Outcome.FAIL
        assert "0123" not in str(finding)
        assert finding.places[0] == ("catalog-info.yaml", 8)


def test_it_asks_links_of_production_alone() -> None:
    text = COMPONENT.replace("production", "experimental")
    assert verdict(judge("catalogue-links-operational", {"catalog-info.yaml": text})) is Outcome.NOT_APPLICABLE


def test_it_leaves_entities_of_skeletons_to_their_services() -> None:
    template = (
        "apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata: {name: t}\n"
        "spec: {steps: [{action: 'fetch:template', input: {url: ./skeleton}}]}\n"
    )
    files = {"t/template.yaml": template, "t/skeleton/catalog-info.yaml": COMPONENT.replace("team-pay", "x")}
    assert judge("catalogue-links-operational", files) == []
