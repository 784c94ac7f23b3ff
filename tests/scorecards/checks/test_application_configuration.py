"""Services are resilient, and take new settings safely while they run."""

import pytest

from scorecards.checks.finding import Outcome
from tests.scorecards.checks.judging import judge, verdict

COMPONENT = {
    "catalog-info.yaml": "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: pay}\n"
    "spec: {type: service, lifecycle: production, owner: x}\n"
}
SPRING = """server: {shutdown: graceful}
management: {endpoints: {web: {exposure: {include: "health,prometheus"}}}}
resilience4j:
  circuitbreaker: {instances: {bank: {sliding-window-size: 10}}}
  retry: {instances: {bank: {max-attempts: 3, wait-duration: 500ms}}}
"""
SETTINGS = "src/main/resources/application.yaml"
CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: pay}\ndata:\n  application.yaml: |\n" + "".join(
    f"    {line}\n" for line in SPRING.split("\n")
)


# ---------------------------------------------------------------- DOP-7.1-03


@pytest.mark.parametrize("files", [{SETTINGS: SPRING}, {"k8s/config.yaml": CONFIG_MAP}])
def test_it_passes_four_marks(files: dict[str, str]) -> None:
    (finding,) = judge("service-configured-for-resilience", {**COMPONENT, **files})
    assert finding.outcome is Outcome.PASS


def test_it_points_into_the_text_of_a_map() -> None:
    (finding,) = judge("service-configured-for-resilience", {**COMPONENT, "k8s/config.yaml": CONFIG_MAP})
    assert ("k8s/config.yaml", 6) in finding.places


def test_it_reads_properties() -> None:
    text = (
        "server.shutdown=graceful\nmanagement.endpoints.web.exposure.include=health\nspring.application.name=pay\n"
        "management.endpoint.health.probes.enabled=true\n"
    )
    (finding,) = judge("service-configured-for-resilience", {"src/main/resources/application.properties": text})
    assert finding.outcome is Outcome.PARTIAL
    assert "circuit breaker" in finding.message


def test_it_fails_with_few_marks_or_everything_exposed() -> None:
    assert verdict(judge("service-configured-for-resilience", {SETTINGS: "spring: {application: {name: x}}\n"})) is (
        Outcome.FAIL
    )
    (finding,) = judge("service-configured-for-resilience", {SETTINGS: SPRING.replace("health,prometheus", "*")})
    assert finding.outcome is Outcome.FAIL
    assert finding.places == ((SETTINGS, 2),)


def test_it_is_partial_when_all_tries_outlast_the_caller() -> None:
    text = SPRING + "  timelimiter: {instances: {bank: {timeout-duration: 1s}}}\n"
    (finding,) = judge("service-configured-for-resilience", {SETTINGS: text})
    assert finding.outcome is Outcome.PARTIAL
    assert "outlast" in finding.message


def test_it_counts_manifests_and_mesh() -> None:
    deployment = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: pay}\nspec:\n  template:\n"
        "    metadata: {annotations: {prometheus.io/scrape: 'true'}}\n    spec:\n      containers:\n"
        "        - name: a\n          lifecycle: {preStop: {exec: {command: [sleep, '5']}}}\n"
        "          readinessProbe: {httpGet: {path: /health, port: 80}}\n"
    )
    mesh = (
        "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: pay}\n"
        "spec: {http: [{retries: {attempts: 2}}]}\n---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\n"
        "metadata: {name: pay}\nspec: {trafficPolicy: {outlierDetection: {consecutive5xxErrors: 5}}}\n"
    )
    files = {**COMPONENT, "package.json": '{"dependencies": {"express": "4"}}', "d.yaml": deployment, "m.yaml": mesh}
    assert verdict(judge("service-configured-for-resilience", files)) is Outcome.PASS


def test_it_does_not_know_other_frameworks_and_asks_nothing_without_one() -> None:
    assert verdict(judge("service-configured-for-resilience", {"requirements.txt": "flask\n"})) is Outcome.UNKNOWN
    library = {"go.mod": "module x\n\nrequire github.com/gin-gonic/gin v1.0.0 // indirect\n", "a.go": "package a\n"}
    assert verdict(judge("service-configured-for-resilience", library)) is Outcome.NOT_APPLICABLE


# ---------------------------------------------------------------- DOP-7.1-07

WATCHING = """package settings

import (
	"context"
	"encoding/json"

	clientv3 "go.etcd.io/etcd/client/v3"
)

func (s *Settings) Get(key, fallback string) string {
	if value, ok := s.cache.Load(key); ok {
		return value.(string)
	}
	return fallback
}

func (s *Settings) Follow(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case answer := <-s.client.Watch(ctx, "settings"):
			for _, event := range answer.Events {
				if event.Type == clientv3.EventTypeDelete {
					s.cache.Delete(string(event.Kv.Key))
					continue
				}
				if err := json.Unmarshal(event.Kv.Value, &s.next); err != nil {
					s.backoff.Wait(ctx)
					continue
				}
				s.logger.Info("setting changed", string(event.Kv.Key))
			}
		}
	}
}
"""
POLLING = """package settings

import "github.com/hashicorp/consul/api"

func start() { go follow(context.Background()) }

func follow(ctx context.Context) {
	for {
		pairs, _, _ := kv.List("", nil)
		time.Sleep(10 * time.Second)
	}
}
"""


def test_it_passes_a_source_that_is_watched() -> None:
    (finding,) = judge("settings-change-without-redeploy", {**COMPONENT, "settings/client.go": WATCHING})
    assert finding.outcome is Outcome.PASS
    assert finding.places == (("settings/client.go", 22), ("settings/client.go", 7))


def test_it_is_partial_when_it_polls_and_fails_when_nothing_changes() -> None:
    (finding,) = judge("settings-change-without-redeploy", {**COMPONENT, "settings/client.go": POLLING})
    assert finding.outcome is Outcome.PARTIAL
    assert verdict(judge("settings-change-without-redeploy", {**COMPONENT, "a.go": "package a\n"})) is Outcome.FAIL


def test_it_asks_nothing_of_what_does_not_keep_running() -> None:
    assert verdict(judge("settings-change-without-redeploy", {"a.go": "package a\n"})) is Outcome.NOT_APPLICABLE
    assert judge("settings-change-without-redeploy", COMPONENT) == []
    library = {"catalog-info.yaml": COMPONENT["catalog-info.yaml"].replace("type: service", "type: library")}
    found = judge("settings-change-without-redeploy", {**library, "a.go": "package a\n"})
    assert verdict(found) is Outcome.NOT_APPLICABLE


# ---------------------------------------------------------------- DOP-7.1-08


def test_it_passes_a_client_that_fails_safe_and_is_tested() -> None:
    files = {**COMPONENT, "settings/client.go": WATCHING, "settings/client_test.go": "package settings\n"}
    assert verdict(judge("dynamic-configuration-fails-safe", files)) is Outcome.PASS
    del files["settings/client_test.go"]
    assert verdict(judge("dynamic-configuration-fails-safe", files)) is Outcome.PARTIAL


def test_it_is_partial_with_some_marks_and_fails_with_few() -> None:
    some = WATCHING.replace("json.Unmarshal", "read").replace("s.backoff.Wait(ctx)", "").replace("fallback", "other")
    files = {**COMPONENT, "settings/client.go": some, "settings/client_test.go": "package settings\n"}
    assert verdict(judge("dynamic-configuration-fails-safe", files)) is Outcome.PARTIAL
    (finding,) = judge("dynamic-configuration-fails-safe", {**COMPONENT, "settings/client.go": POLLING})
    assert finding.outcome is Outcome.FAIL


def test_it_asks_nothing_where_nothing_changes() -> None:
    assert judge("dynamic-configuration-fails-safe", {**COMPONENT, "a.go": "package a\n"}) == []
