"""Small objects of progressive delivery and GitOps, changed in one place by the tests."""

CANARY = """\
apiVersion: flagger.app/v1beta1
kind: Canary
metadata: {name: pay, namespace: shop}
spec:
  provider: istio
  targetRef: {apiVersion: apps/v1, kind: Deployment, name: pay}
  progressDeadlineSeconds: 600
  service: {port: 80, targetPort: 8080}
  analysis:
    interval: 1m
    threshold: 5
    maxWeight: 50
    stepWeight: 10
    metrics:
      - name: request-success-rate
        thresholdRange: {min: 99}
        interval: 1m
      - name: request-duration
        thresholdRange: {max: 500}
        interval: 1m
    webhooks:
      - name: acceptance
        type: pre-rollout
        url: http://flagger-loadtester.test/
        metadata: {type: bash, cmd: "curl -sf http://pay-canary.shop/health"}
      - name: load
        type: rollout
        url: http://flagger-loadtester.test/
        metadata: {type: cmd, cmd: "hey -z 1m -q 5 http://pay-canary.shop/"}
    alerts:
      - name: people
        severity: error
        providerRef: {name: chat}
"""

PROVIDER = """\
apiVersion: flagger.app/v1beta1
kind: AlertProvider
metadata: {name: chat, namespace: shop}
spec:
  type: slack
  secretRef: {name: chat-url}
"""

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: pay, namespace: shop}
spec:
  template:
    metadata: {labels: {app: pay}}
    spec:
      containers:
        - name: app
          ports: [{name: http, containerPort: 8080}]
"""

ROLLOUT = """\
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: pay}
spec:
  strategy:
    canary:
      stableService: pay
      canaryService: pay-next
      trafficRouting: {istio: {virtualService: {name: pay}}}
      analysis:
        templates: [{templateName: quality}]
      steps:
        - setWeight: 10
        - pause: {duration: 5m}
        - setWeight: 50
        - pause: {duration: 5m}
"""

TEMPLATE = """\
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {name: quality}
spec:
  metrics:
    - name: error-rate
      failureLimit: 2
      failureCondition: result[0] > 0.05
      provider: {prometheus: {query: 'sum(rate(http_requests_total{status=~"5.."}[5m]))'}}
    - name: latency
      successCondition: result[0] < 0.5
      provider: {prometheus: {query: 'histogram_quantile(0.99, sum(rate(http_seconds_bucket[5m])) by (le))'}}
    - name: smoke
      provider: {job: {spec: {template: {spec: {containers: [{name: smoke, image: smoke-test}]}}}}}
    - name: load
      provider: {job: {spec: {template: {spec: {containers: [{name: load, image: grafana/k6}]}}}}}
"""

APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: pay-prod, namespace: argocd}
spec:
  project: shop
  source:
    repoURL: https://github.com/acme/pay
    targetRevision: v1.4.2
    path: deploy/production
  destination: {server: https://kubernetes.default.svc, namespace: pay}
  syncPolicy:
    automated: {prune: true, selfHeal: true}
    retry: {limit: 5}
"""

PROJECT = """\
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: shop, namespace: argocd}
spec:
  sourceRepos: ["https://github.com/acme/pay"]
  destinations: [{server: https://kubernetes.default.svc, namespace: pay}]
  roles: [{name: deployers}]
"""

SOURCE = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: pay, namespace: flux-system}
spec:
  interval: 1m
  url: https://github.com/acme/pay
  ref: {tag: v1.4.2}
  verify: {mode: HEAD, secretRef: {name: signers}}
"""

KUSTOMIZATION = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: pay, namespace: flux-system}
spec:
  interval: 10m
  timeout: 5m
  path: ./deploy/production
  prune: true
  wait: true
  serviceAccountName: pay
  sourceRef: {kind: GitRepository, name: pay}
"""

ALERT = """\
apiVersion: notification.toolkit.fluxcd.io/v1beta3
kind: Alert
metadata: {name: failures, namespace: flux-system}
spec:
  eventSeverity: error
  eventSources: [{kind: Kustomization, name: "*"}]
  providerRef: {name: chat}
"""

COMPONENT = """\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: pay}
spec: {type: service, lifecycle: production, owner: shop}
"""


def changed(text: str, *pairs: tuple[str, str]) -> str:
    """A text with some of its words changed; each must be there."""
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text
