"""A repository of any size, made of small files of every kind that checks read: for benchmarks and for fuzzing."""

from collections.abc import Callable

WORKFLOW = """name: CI {n}
on:
  pull_request:
  push:
    branches: [main]
permissions:
  contents: read
jobs:
  test:
    runs-on: ubuntu-24.04
    timeout-minutes: 10
    services:
      postgres:
        image: postgres:16
        ports: ["5432:5432"]
        env:
          POSTGRES_PASSWORD: throwaway
        options: --health-cmd pg_isready
    steps:
      - uses: actions/checkout@v4
        with:
          persist-credentials: false
      - uses: acme/setup@{sha}
      - run: |
          make lint
          make test-unit test-integration
        env:
          DATABASE_URL: postgresql://postgres@localhost:5432/test
      - uses: codecov/codecov-action@v4
        with:
          fail_ci_if_error: true
  deploy:
    needs: [test]
    runs-on: ubuntu-24.04
    environment: production
    if: github.ref == 'refs/heads/main'
    permissions:
      id-token: write
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          role-to-assume: ${{{{ secrets.DEPLOY_ROLE }}}}
          aws-region: eu-west-1
      - run: helm upgrade --install app-{n} charts/app-{n} --atomic --set image.tag=${{{{ github.sha }}}}
"""
DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-{n}
  namespace: team-{t}
  labels: &labels
    app.kubernetes.io/name: app-{n}
    app.kubernetes.io/part-of: shop
spec:
  replicas: 3
  selector:
    matchLabels:
      app.kubernetes.io/name: app-{n}
  template:
    metadata:
      labels: *labels
      annotations:
        prometheus.io/scrape: "true"
    spec:
      serviceAccountName: app-{n}
      automountServiceAccountToken: false
      securityContext:
        runAsNonRoot: true
        seccompProfile:
          type: RuntimeDefault
      containers:
        - name: app
          image: registry.example.com/app-{n}:1.{n}.0
          ports:
            - {{name: http, containerPort: 8080}}
          env:
            - name: DATABASE_PASSWORD
              valueFrom:
                secretKeyRef: {{name: app-{n}-secrets, key: password}}
          envFrom:
            - configMapRef: {{name: app-{n}-config}}
          resources:
            requests: {{cpu: 100m, memory: 128Mi}}
            limits: {{memory: 256Mi}}
          readinessProbe:
            httpGet: {{path: /ready, port: http}}
          livenessProbe:
            httpGet: {{path: /live, port: http}}
            failureThreshold: 6
---
apiVersion: v1
kind: Service
metadata:
  name: app-{n}
  namespace: team-{t}
spec:
  selector:
    app.kubernetes.io/name: app-{n}
  ports:
    - port: 80
      targetPort: http
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: app-{n}-config
  namespace: team-{t}
data:
  application.yaml: |
    server:
      port: 8080
    features:
      - search
      - basket
"""
POLICY = """apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: app-{n}
  namespace: team-{t}
spec:
  podSelector:
    matchLabels:
      app.kubernetes.io/name: app-{n}
  policyTypes: [Ingress, Egress]
  ingress:
    - from:
        - podSelector: {{matchLabels: {{role: gateway}}}}
      ports:
        - {{port: 8080}}
  egress:
    - to:
        - namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: kube-system}}}}
      ports:
        - {{port: 53, protocol: UDP}}
        - {{port: 53, protocol: TCP}}
"""
CHART = """apiVersion: v2
name: app-{n}
description: The app {n}
type: application
version: 1.{n}.0
appVersion: "1.{n}.0"
maintainers:
  - {{name: Team {t}, email: team-{t}@example.com}}
sources: ["https://git.example.com/acme/app-{n}"]
"""
VALUES = """replicaCount: 2
image:
  repository: registry.example.com/app-{n}
  tag: ""
resources:
  requests: {{cpu: 100m, memory: 128Mi}}
  limits: {{cpu: 200m, memory: 256Mi}}
securityContext:
  runAsNonRoot: true
  readOnlyRootFilesystem: true
  allowPrivilegeEscalation: false
  capabilities: {{drop: [ALL]}}
autoscaling: {{enabled: true, minReplicas: 2, maxReplicas: 6, targetCPUUtilizationPercentage: 70}}
existingSecret: app-{n}
"""
TEMPLATE = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{{{ include "app.fullname" . }}}}
  labels:
    {{{{- include "app.labels" . | nindent 4 }}}}
spec:
  {{{{- if not .Values.autoscaling.enabled }}}}
  replicas: {{{{ .Values.replicaCount }}}}
  {{{{- end }}}}
  template:
    spec:
      containers:
        - name: app
          image: "{{{{ .Values.image.repository }}}}:{{{{ .Values.image.tag | default .Chart.AppVersion }}}}"
          securityContext:
            {{{{- toYaml .Values.securityContext | nindent 12 }}}}
          resources:
            {{{{- toYaml .Values.resources | nindent 12 }}}}
"""
TERRAFORM = """terraform {{
  required_version = ">= 1.10.0, < 2.0.0"
  required_providers {{
    aws = {{
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }}
  }}
  backend "s3" {{
    bucket       = "states"
    key          = "production/eu-west-1/app-{n}.tfstate"
    region       = "eu-west-1"
    encrypt      = true
    use_lockfile = true
  }}
}}

variable "instance_class" {{
  description = "Class of the database"
  type        = string
  validation {{
    condition     = startswith(var.instance_class, "db.")
    error_message = "It starts with db."
  }}
}}

resource "aws_db_instance" "main" {{
  identifier        = "app-{n}"
  instance_class    = var.instance_class
  storage_encrypted = true
  tags = merge(local.tags, {{ Name = "app-{n}" }})
}}

output "endpoint" {{
  description = "Where it listens"
  value       = aws_db_instance.main.endpoint
}}
"""
DOCKERFILE = """# syntax=docker/dockerfile:1
ARG VERSION=3.13
FROM python:${{VERSION}}-slim AS build
WORKDIR /src
COPY requirements.txt .
RUN pip install --no-cache-dir \\
    -r requirements.txt
FROM python:${{VERSION}}-slim
COPY --from=build /src /src
USER 10001
ENTRYPOINT ["python", "-m", "app{n}"]
"""
SHELL = """#!/usr/bin/env bash
set -euo pipefail
service="${{1:?name the service}}"
namespace="${{NAMESPACE:-team-{t}}}"
kubectl -n "$namespace" rollout undo "deployment/$service"
kubectl -n "$namespace" rollout status "deployment/$service" --timeout=120s || exit 1
curl --fail --silent "https://$service.example.com/health"
"""
PYTHON = '''"""Module {n}."""

import json
import logging

logger = logging.getLogger(__name__)


class Basket{n}:
    """A basket."""

    def __init__(self, items: list[str]) -> None:
        self.items = items

    def total(self, prices: dict[str, int]) -> int:
        logger.debug("summing %s", json.dumps(self.items))
        return sum(prices[item] for item in self.items)
'''
GO = """package app{n}

import (
	"context"
	"net/http"
)

// Handler {n} answers.
func Handler(ctx context.Context, w http.ResponseWriter, r *http.Request) {{
	if r.Method != http.MethodGet {{
		http.Error(w, "only GET", http.StatusMethodNotAllowed)
		return
	}}
	w.WriteHeader(http.StatusOK)
}}
"""
MARKDOWN = """# App {n}

What to do when it is down.

## Symptoms

Requests fail. See [the dashboard](https://grafana.example.com/d/app-{n}).

## Diagnosis

```sh
kubectl -n team-{t} get pods
```

## Mitigation

Roll back with `scripts/rollback-{n}.sh`.

## Escalation

Call the team on duty.
"""
PLAYBOOK = """---
- name: Deploy app {n}
  hosts: app_{n}
  become: true
  pre_tasks:
    - name: Check the target
      ansible.builtin.assert:
        that: target in ['staging', 'production']
  tasks:
    - name: Write the configuration
      ansible.builtin.template:
        src: app.conf.j2
        dest: /etc/app.conf
        owner: root
        group: root
        mode: "0644"
      notify: Restart app
  handlers:
    - name: Restart app
      ansible.builtin.service:
        name: app
        state: restarted
"""
JENKINSFILE = """@Library('shared@v1.{n}.0') _
pipeline {{
    agent any
    options {{
        timeout(time: 1, unit: 'HOURS')
        buildDiscarder(logRotator(numToKeepStr: '30'))
        disableConcurrentBuilds()
    }}
    stages {{
        stage('Test') {{ steps {{ sh 'make test' }} }}
        stage('Deploy') {{
            when {{ branch 'main' }}
            steps {{ sh "helm upgrade app-{n} ." }}
        }}
    }}
    post {{ always {{ cleanWs() }} failure {{ slackSend(message: 'failed') }} }}
}}
"""
CANARY = """apiVersion: flagger.app/v1beta1
kind: Canary
metadata: {{name: app-{n}, namespace: team-{t}}}
spec:
  targetRef: {{apiVersion: apps/v1, kind: Deployment, name: app-{n}}}
  progressDeadlineSeconds: 300
  service: {{port: 80, targetPort: 8080}}
  analysis:
    interval: 1m
    threshold: 5
    maxWeight: 50
    stepWeight: 10
    metrics:
      - {{name: request-success-rate, thresholdRange: {{min: 99}}, interval: 1m}}
      - {{name: request-duration, thresholdRange: {{max: 500}}, interval: 1m}}
    webhooks:
      - {{name: smoke, type: pre-rollout, url: "http://loadtester/", metadata: {{type: bash, cmd: "curl -sf http://app-{n}-canary/"}}}}
"""
APPLICATION = """apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: app-{n}, namespace: argocd}}
spec:
  project: team-{t}
  source: {{repoURL: "https://git.example.com/acme/deploy.git", targetRevision: v1.{n}.0, path: charts/app-{n}}}
  destination: {{server: "https://kubernetes.default.svc", namespace: team-{t}}}
  syncPolicy:
    automated: {{prune: true, selfHeal: true}}
    retry: {{limit: 5}}
"""
SLO = """version: prometheus/v1
service: app-{n}
labels: {{team: team-{t}}}
slos:
  - name: availability
    objective: 99.9
    description: 99.9 % of requests succeed
    sli:
      events:
        error_query: sum(rate(http_requests_total{{service="app-{n}",code=~"5.."}}[{{{{.window}}}}]))
        total_query: sum(rate(http_requests_total{{service="app-{n}"}}[{{{{.window}}}}]))
    alerting:
      name: AppAvailability
      annotations: {{runbook: "https://git.example.com/acme/docs/app-{n}"}}
      page_alert: {{labels: {{severity: page, team: team-{t}}}}}
      ticket_alert: {{labels: {{severity: ticket, team: team-{t}}}}}
"""
RULES = """groups:
  - name: app-{n}
    rules:
      - alert: AppDown
        expr: sum(rate(http_requests_total{{service="app-{n}",code=~"5.."}}[5m])) > 1
        for: 5m
        labels: {{severity: critical}}
        annotations: {{runbook_url: "https://git.example.com/runbooks/app-{n}"}}
"""
DASHBOARD = """{{
  "title": "Delivery of app {n}",
  "schemaVersion": 39,
  "panels": [
    {{"type": "stat", "title": "Deployment frequency", "datasource": "prometheus",
      "targets": [{{"expr": "sum by (service) (increase(deployments_total[1d]))"}}]}}
  ]
}}
"""
COMPONENT = """apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: app-{n}
  description: The app {n}
  annotations: {{backstage.io/techdocs-ref: "dir:."}}
spec: {{type: service, lifecycle: production, owner: "group:team-{t}"}}
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {{name: team-{t}}}
spec: {{type: team, children: []}}
"""
SECRET = """apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {{name: app-{n}-secrets, namespace: team-{t}}}
spec:
  refreshInterval: 1h
  secretStoreRef: {{name: vault, kind: ClusterSecretStore}}
  target: {{name: app-{n}-secrets}}
  data:
    - {{secretKey: password, remoteRef: {{key: app-{n}, property: password}}}}
"""
FLAGS = """flags:
  - key: new-basket-{n}
    description: The new basket
    enabled: true
    owner: team-{t}
    expires: 2027-03-31
    rules:
      - type: rollout
        stages:
          - {{percentage: 10, duration: 24h}}
          - {{percentage: 100}}
"""
CHAOS = """apiVersion: chaos-mesh.org/v1alpha1
kind: Schedule
metadata: {{name: app-{n}-kill, namespace: chaos}}
spec:
  schedule: "0 10 * * 1-5"
  historyLimit: 3
  concurrencyPolicy: Forbid
  type: PodChaos
  podChaos:
    action: pod-kill
    mode: one
    selector: {{namespaces: [team-{t}], labelSelectors: {{app.kubernetes.io/name: app-{n}}}}}
"""
OVERLAY = """apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: team-{t}
resources: [../base]
images:
  - {{name: registry.example.com/app-{n}, newTag: 2.{n}.0}}
patches:
  - target: {{kind: Deployment, name: app-{n}}}
    patch: |-
      - {{op: replace, path: /spec/replicas, value: 4}}
"""
BASE = "resources: [deployment.yaml]\n"

# Where each kind lies, and how often it stands in a round.
SHAPES: list[tuple[str, str, int]] = [
    ("src/app{n}/basket.py", PYTHON, 8),
    ("services/app{n}/handler.go", GO, 4),
    ("docs/runbooks/app-{n}.md", MARKDOWN, 4),
    ("deploy/app-{n}/deployment.yaml", DEPLOYMENT, 6),
    ("deploy/app-{n}/policy.yaml", POLICY, 3),
    ("kustomize/app-{n}/base/deployment.yaml", DEPLOYMENT, 2),
    ("kustomize/app-{n}/base/kustomization.yaml", BASE, 2),
    ("kustomize/app-{n}/production/kustomization.yaml", OVERLAY, 2),
    ("charts/app-{n}/Chart.yaml", CHART, 2),
    ("charts/app-{n}/values.yaml", VALUES, 2),
    ("charts/app-{n}/templates/deployment.yaml", TEMPLATE, 2),
    (".github/workflows/ci-{n}.yml", WORKFLOW, 2),
    ("infrastructure/app-{n}/main.tf", TERRAFORM, 4),
    ("docker/app{n}/Dockerfile", DOCKERFILE, 2),
    ("scripts/rollback-{n}.sh", SHELL, 2),
    ("ansible/playbooks/deploy-{n}.yml", PLAYBOOK, 1),
    ("jenkins/app{n}/Jenkinsfile", JENKINSFILE, 1),
    ("flagger/app-{n}.yaml", CANARY, 1),
    ("argocd/app-{n}.yaml", APPLICATION, 1),
    ("slos/app-{n}.yaml", SLO, 1),
    ("monitoring/rules-{n}.yaml", RULES, 1),
    ("monitoring/dashboard-{n}.json", DASHBOARD, 1),
    ("catalogue/app-{n}/catalog-info.yaml", COMPONENT, 1),
    ("deploy/app-{n}/secret.yaml", SECRET, 1),
    ("featureflags/flags-{n}.yaml", FLAGS, 1),
    ("chaos/app-{n}.yaml", CHAOS, 1),
]


def corpus(count: int) -> dict[str, str]:
    """``count`` files by path, round after round of the same mix, each with a number of its own."""
    files: dict[str, str] = {}
    number = 0
    while len(files) < count:
        for path, text, times in SHAPES:
            for turn in range(times):
                if len(files) < count:
                    _add(files, path, text, number + turn)
        number += max(times for _, _, times in SHAPES)
    return files


def _add(files: dict[str, str], path: str, text: str, number: int) -> None:
    fill: Callable[[str], str] = lambda told: told.format(n=number, t=number % 9, sha=f"{number:040x}")  # noqa: E731
    files[fill(path)] = fill(text)
