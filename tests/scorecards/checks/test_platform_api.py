"""The platform's API: who may change what, what is recorded, what is answered."""

import pytest

from scorecards.checks.finding import Outcome
from scorecards.checks.subject import Options
from tests.scorecards.checks.judging import judge, verdict

CONTRACT = """openapi: 3.1.0
tags: [{name: self-service}]
security: [{oidc: [write]}]
paths:
  /databases:
    post:
      requestBody:
        content: {application/json: {schema: {$ref: "#/components/schemas/Order"}}}
      responses:
        "201":
          content: {application/json: {schema: {$ref: "#/components/schemas/Database"}}}
        "403": {description: Not your team}
    get:
      responses: {"200": {description: All}}
components:
  schemas:
    Order: {type: object, required: [team], properties: {team: {type: string}}}
    Database: {type: object, properties: {id: {type: string}, passwordSecretRef: {type: string}}}
"""
GO = """package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"platform/internal/audit"
	"platform/internal/resources"
)

func CreateResource(c *gin.Context) {
	var req Request
	if err := c.ShouldBindJSON(&req); err != nil {
		c.JSON(http.StatusBadRequest, gin.H{"error": "bad request"})
		return
	}
	allowed := user.IsInTeam(req.Team)
	audit.Log(c, audit.Entry{Action: "create", User: user.Email, Outcome: allowed})
	if !allowed {
		c.JSON(http.StatusForbidden, gin.H{"error": "not your team"})
		return
	}
	made, err := resources.Create(c, req)
	if err != nil {
		c.JSON(http.StatusInternalServerError, gin.H{"error": "it failed"})
		return
	}
	c.JSON(http.StatusCreated, gin.H{"id": made.ID})
}
"""
HANDLER = "platform/api/handlers/resource.go"
BOTH = {"platform/api/openapi.yaml": CONTRACT, HANDLER: GO}
PYTHON = """from fastapi import APIRouter
from ours import audit, check_team_access
router = APIRouter()


@router.post("/databases")
def create_database(order: Order, user: User = Depends(current)):
    check_team_access(user, order.team)
    audit.record("create", user, outcome="ok")
    made = store.create(order)
    return {"id": made.id, "password": made.password}
"""
TYPESCRIPT = """import { audit } from './audit';

router.post('/databases', async (req, res) => {
  const order = schema.parse(req.body);
  if (!authorize(req.user, order.team)) {
    audit.log('denied', req.user);
    return res.status(403).json({ error: 'no' });
  }
  const made = await store.create(order);
  audit.log('created', req.user);
  res.status(201).json({ id: made.id });
});
"""
JAVA = """package a;

@RestController
class Databases {
  @PostMapping("/databases")
  @PreAuthorize("hasRole('team')")
  public Answer create(@Valid @RequestBody Order order) {
    auditLog.record(order);
    return ResponseEntity.ok(Map.of("id", 1));
  }
}
"""


# ---------------------------------------------------------------- DOP-4.2-04


def test_it_passes_a_complete_contract_with_handlers_that_keep_it() -> None:
    (finding,) = judge("platform-api-authorises-by-team", BOTH)
    assert finding.outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("security: [{oidc: [write]}]\n", "", Outcome.FAIL),
        ("security: [{oidc: [write]}]\n", "security: [{}]\n", Outcome.FAIL),
        ("required: [team], ", "", Outcome.PARTIAL),
        ('"403": {description: Not your team}', '"404": {description: x}', Outcome.PARTIAL),
        ('$ref: "#/components/schemas/Order"', '$ref: "#/nowhere"', Outcome.FAIL),
    ],
)
def test_it_tells_what_a_contract_lacks(before: str, after: str, expected: Outcome) -> None:
    files = {**BOTH, "platform/api/openapi.yaml": CONTRACT.replace(before, after)}
    assert verdict(judge("platform-api-authorises-by-team", files)) is expected


def test_it_is_partial_with_only_one_of_both() -> None:
    assert verdict(judge("platform-api-authorises-by-team", {"api.yaml": CONTRACT})) is Outcome.PARTIAL
    for path, text in ((HANDLER, GO), ("platform/api/a.ts", TYPESCRIPT), ("platform/api/A.java", JAVA)):
        found = judge("platform-api-authorises-by-team", {path: text})
        assert verdict(found) is Outcome.PARTIAL, found


def test_it_fails_a_handler_that_asks_nobody() -> None:
    text = GO.replace("user.IsInTeam(req.Team)", "true")
    (finding,) = judge("platform-api-authorises-by-team", {HANDLER: text})
    assert finding.outcome is Outcome.FAIL
    assert finding.places == ((HANDLER, 11),)


def test_it_asks_ordinary_repositories_nothing_and_marked_ones_always() -> None:
    for name in ("platform-api-authorises-by-team", "platform-api-audits-attempts", "platform-api-hides-credentials"):
        assert judge(name, {"handlers/resource.go": GO}) == []
        marked = Options(platform_apis=("us/api",))
        found = judge(name, {"README.md": "x"}, options=marked, name="us/api")
        assert verdict(found) is Outcome.UNKNOWN


# ---------------------------------------------------------------- DOP-4.2-05


@pytest.mark.parametrize(("path", "text"), [(HANDLER, GO), ("platform/api/a.ts", TYPESCRIPT)])
def test_it_passes_success_and_denial_that_are_recorded(path: str, text: str) -> None:
    (finding,) = judge("platform-api-audits-attempts", {path: text})
    assert finding.outcome is Outcome.PASS, finding.message


def test_it_is_partial_when_denials_are_not_recorded() -> None:
    text = TYPESCRIPT.replace("    audit.log('denied', req.user);\n", "")
    assert verdict(judge("platform-api-audits-attempts", {"platform/api/a.ts": text})) is Outcome.PARTIAL


def test_it_fails_without_a_record_and_with_one_that_is_not_imported() -> None:
    text = "\n".join(line for line in GO.split("\n") if "audit" not in line)
    assert verdict(judge("platform-api-audits-attempts", {HANDLER: text})) is Outcome.FAIL
    text = GO.replace('\t"platform/internal/audit"\n', "")
    (finding,) = judge("platform-api-audits-attempts", {HANDLER: text})
    assert finding.outcome is Outcome.FAIL
    assert "import" in finding.message


def test_it_takes_the_platforms_own_record() -> None:
    options = Options(audit_by_platform=True)
    assert verdict(judge("platform-api-audits-attempts", BOTH, options=options)) is Outcome.PASS


# ---------------------------------------------------------------- DOP-4.2-06


def test_it_passes_answers_with_references_alone() -> None:
    assert verdict(judge("platform-api-hides-credentials", BOTH)) is Outcome.PASS


def test_it_fails_a_secret_in_an_answer() -> None:
    files = {"platform/api/openapi.yaml": CONTRACT.replace("passwordSecretRef", "password")}
    (finding,) = judge("platform-api-hides-credentials", files)
    assert finding.outcome is Outcome.FAIL
    assert finding.places == (("platform/api/openapi.yaml", 18),)
    text = GO.replace('"id": made.ID', '"credentials": made.Credentials')
    assert verdict(judge("platform-api-hides-credentials", {HANDLER: text})) is Outcome.FAIL
    (finding,) = judge("platform-api-hides-credentials", {"platform/api/a.py": PYTHON})
    assert finding.outcome is Outcome.FAIL
    assert finding.places == (("platform/api/a.py", 11),)


def test_it_takes_what_is_only_written() -> None:
    text = CONTRACT.replace("passwordSecretRef: {type: string}", "password: {type: string, writeOnly: true}")
    assert verdict(judge("platform-api-hides-credentials", {"a.yaml": text})) is Outcome.PASS


def test_it_is_partial_when_internal_errors_reach_the_client() -> None:
    text = GO.replace('gin.H{"error": "it failed"}', 'gin.H{"error": err.Error()}')
    (finding,) = judge("platform-api-hides-credentials", {HANDLER: text})
    assert finding.outcome is Outcome.PARTIAL
    assert finding.places == ((HANDLER, 25),)
