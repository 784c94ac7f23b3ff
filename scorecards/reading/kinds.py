"""(pure) Which kinds of files and documents a tree holds: recognised by content after a cheap look at the name.

Definition: the catalogue of controls, ``file_kinds``. Kinds that depend on other files (roots and modules of Terraform,
roles of Ansible) are told by the readings of their tools.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from ingest.repository.node import Node
from ingest.repository.tree import Dependency, RepositoryTree, glob_pattern

YAML = glob_pattern(("**/*.yml", "**/*.yaml", "**/*.YAML", "**/*.YML"))
JSON = glob_pattern(("**/*.json",))


class Found(NamedTuple):
    """A file, or one document of it (``root``; ``None`` for what is no YAML or JSON). ``index`` counts documents."""

    path: str
    root: Node | None = None
    index: int = 0  # type: ignore[assignment]  # nobody looks a value up in it


# ---------------------------------------------------------------- by name alone

BY_NAME: dict[str, tuple[str, ...]] = {
    "tf": ("**/*.tf", "**/*.tofu", "**/*.tf.json"),
    "terragrunt": ("**/terragrunt.hcl", "**/root.hcl", "**/terragrunt.stack.hcl"),
    "docker": ("**/Dockerfile*", "**/*.dockerfile", "**/*.Dockerfile", "**/Containerfile*"),
    "jenkins": ("**/Jenkinsfile*", "**/JenkinsFile*", "**/*.jenkinsfile", "vars/*.groovy"),
    "helm-tpl": ("**/templates/**/*.yaml", "**/templates/**/*.yml", "**/templates/**/*.tpl"),
    "shell": ("**/*.sh", "**/*.bash"),
    "changelog": ("**/CHANGELOG*",),
    "codeowners": ("CODEOWNERS", ".github/CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"),
    "release-config": (
        "**/.releaserc*", "**/release.config.*", "**/release-please-config.json", "**/.changeset/**", "**/.cz.*",
        "**/GitVersion.yml", "**/cliff.toml", "**/commitlint.config.*", "**/.commitlintrc*",
    ),
    "app-src": ("**/*.go", "**/*.py", "**/*.ts", "**/*.js", "**/*.java", "**/*.kt", "**/*.cs"),
}  # fmt: skip
_NAMED = {kind: glob_pattern(globs) for kind, globs in BY_NAME.items()}
_GROOVY = re.compile(r"\b(?:pipeline|node)\s*(?:\([^)\n]{0,200}\))?\s*\{")
_SHEBANG = re.compile(r"#!\s*\S*(?:/|\s)(?:ba|da|k|z)?sh\b")

# ---------------------------------------------------------------- by content

Test = Callable[[str, Node], bool]


def api_group(root: Node) -> str:
    """The group of a Kubernetes document's apiVersion; empty for the core group and for what is no such document."""
    group, slash, _ = root.text_at("apiVersion").partition("/")
    return group if slash else ""


def is_kubernetes(root: Node) -> bool:
    version, kind = root.get("apiVersion"), root.get("kind")
    return bool(version and kind and version.is_scalar and kind.is_scalar and version.text and kind.text)


def _group(*groups: str, kinds: tuple[str, ...] = ()) -> Test:
    def test(path: str, root: Node) -> bool:
        return is_kubernetes(root) and api_group(root) in groups and (not kinds or root.text_at("kind") in kinds)

    return test


def _kind(*kinds: str) -> Test:
    return lambda path, root: is_kubernetes(root) and root.text_at("kind") in kinds


def _at(*globs: str) -> Callable[[str], bool]:
    pattern = glob_pattern(globs)
    return lambda path: bool(pattern.match(path))


_PLAY_KEYS = frozenset(
    {"tasks", "roles", "pre_tasks", "post_tasks", "handlers", "vars", "vars_files", "become", "gather_facts", "name",
     "connection", "remote_user", "serial", "environment", "any_errors_fatal", "vars_prompt", "become_user", "tags"}
)  # fmt: skip
_IMPORTS = ("import_playbook", "ansible.builtin.import_playbook")
_TASK_WORDS = frozenset({"block", "name", "include_tasks", "import_tasks", "include_role", "import_role", "include"})
_MODULE = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+){0,3}$")
_NOT_MODULE = frozenset(
    {"id", "path", "key", "value", "src", "repo", "url", "type", "version", "title", "description", "uses", "run", "on"}
)
_IN_TASKS = _at("**/tasks/**", "**/handlers/**")
_IN_VARS = _at("**/group_vars/**", "**/host_vars/**", "**/vars/**", "**/defaults/**")
_IN_WORKFLOWS = _at(".github/workflows/*.yml", ".github/workflows/*.yaml")
_IN_ACTION = _at("**/action.yml", "**/action.yaml")
_IN_OTHER_CI = _at(
    ".gitlab-ci.yml", "**/*.gitlab-ci.yml", "azure-pipelines*.yml", "azure-pipelines*.yaml", "bitbucket-pipelines.yml",
    ".circleci/config.yml", ".buildkite/pipeline*.yml", ".buildkite/pipeline*.yaml", ".drone.yml", ".woodpecker/**",
    ".woodpecker.yml", ".tekton/**", ".travis.yml", "appveyor.yml", ".appveyor.yml", "cloudbuild.yaml",
    "cloudbuild.yml",
)  # fmt: skip
_IN_COMPOSE = _at("**/*compose*.yml", "**/*compose*.yaml")
_IN_KUSTOMIZATION = _at("**/kustomization.yml", "**/kustomization.yaml", "**/Kustomization")
_IN_CHART = _at("**/Chart.yaml")
# Values that only an installer names are told by ``scorecards.reading.charts``.
_IN_VALUES = _at("**/*values*.yaml", "**/*values*.yml")
_IN_MOLECULE = _at("**/molecule/*/molecule.yml", "**/molecule/*/molecule.yaml", "molecule/*/molecule.yml")
_IN_PLATFORM = _at("platform/**")
_IN_INCIDENT = _at("**/*incident*", "docs/**")
_FLAG_NAME = _at("**/*flag*.yml", "**/*flag*.yaml", "**/*flag*.json", "**/*flag*/**")
_EBP_NAME = _at("**/*error*budget*", "sre/policies/**")
_CI_KEYS = frozenset(
    {"stages", "jobs", "pipelines", "steps", "pipeline", "workflows", "image", "script", "stage", "trigger", "include",
     "variables", "default", "language", "kind", "pool", "extends", "resources"}
)  # fmt: skip


def _is_playbook(path: str, root: Node) -> bool:
    return any(
        any(item.has(name) for name in _IMPORTS) or (item.has("hosts") and not _PLAY_KEYS.isdisjoint(item.keys()))
        for item in root.items()
    )


def _is_tasks(path: str, root: Node) -> bool:
    items = root.items()
    if not _IN_TASKS(path) or not items or not all(item.is_mapping for item in items):
        return False
    return any(
        not _TASK_WORDS.isdisjoint(item.keys())
        or any(_MODULE.match(name) and name not in _NOT_MODULE for name, _, _ in item.members())
        for item in items
    )


def _is_rules(path: str, root: Node) -> bool:
    if is_kubernetes(root):
        return root.text_at("kind") == "PrometheusRule"
    groups = root.items_at("groups")
    return any(rule.has("expr") for group in groups[:50] for rule in group.items_at("rules"))


def _is_chaos(path: str, root: Node) -> bool:
    if is_kubernetes(root):
        return api_group(root) in ("chaos-mesh.org", "litmuschaos.io")
    return root.has("method") and (root.has("steady-state-hypothesis") or root.has("rollbacks"))


def _is_flags(path: str, root: Node) -> bool:
    if not _FLAG_NAME(path) or is_kubernetes(root):
        return False
    flags = root.get("flags")
    listed = flags if flags is not None else root
    entries = listed.items() or [value for _, _, value in listed.members()]
    told = ("state", "variants", "rules", "enabled", "variations", "defaultRule", "strategies")
    return bool(entries) and any(any(entry.has(word) for word in told) for entry in entries)


def _is_dashboard(path: str, root: Node) -> bool:
    board = root.get("dashboard") or root
    panels = board.has("panels") or board.has("rows")
    return panels and board.has("title") and not is_kubernetes(root)


def is_ingress_block(block: Node) -> bool:
    """Whether a block of a values file configures an ingress."""
    return block.has("hosts") or block.has("host") or block.has("hostname") or block.has("tls")


def _blocks(root: Node) -> Iterator[Node]:
    """The mappings called ingress in a values file, at its top or one level below."""
    for name, _, value in root.members():
        if name == "ingress":
            yield value
        inner = value.get("ingress")
        if inner is not None:
            yield inner


BY_CONTENT: dict[str, Test] = {
    "ans-play": _is_playbook,
    "ans-tasks": _is_tasks,
    "ans-vars": lambda path, root: bool(_IN_VARS(path) and root.is_mapping),
    "molecule": lambda path, root: _IN_MOLECULE(path) and (root.has("platforms") or root.has("driver")),
    "gha": lambda path, root: bool(_IN_WORKFLOWS(path)) and root.is_mapping and (root.has("jobs") or root.has("on")),
    "gha-action": lambda path, root: bool(_IN_ACTION(path)) and root.is_mapping and root.has("runs"),
    "ci-other": lambda path, root: bool(_IN_OTHER_CI(path))
    and (not _CI_KEYS.isdisjoint(root.keys()) or (root.is_mapping and path.endswith(".gitlab-ci.yml"))),
    "compose": lambda path, root: bool(_IN_COMPOSE(path)) and root.has("services") and not is_kubernetes(root),
    "k8s": lambda path, root: is_kubernetes(root),
    "kustomization": lambda path, root: bool(_IN_KUSTOMIZATION(path)) and root.is_mapping,
    "helm-chart": lambda path, root: bool(_IN_CHART(path)) and root.has("name") and root.has("version"),
    "helm-values": lambda path, root: bool(_IN_VALUES(path)) and root.is_mapping,
    "ingress": lambda path, root: root.is_mapping and (
        (is_kubernetes(root) and (
            root.text_at("kind") == "Ingress"
            or (root.text_at("kind") in ("Gateway", "HTTPRoute") and api_group(root) == "gateway.networking.k8s.io")
        ))
        or (bool(_IN_VALUES(path)) and any(is_ingress_block(value) for value in _blocks(root)))
    ),
    "mesh": _group("networking.istio.io", "security.istio.io", "policy.linkerd.io"),
    "gateway-api": _group("gateway.networking.k8s.io"),
    "flagger": _group("flagger.app"),
    "rollouts": lambda path, root: is_kubernetes(root)
    and api_group(root) == "argoproj.io"
    and (root.text_at("kind") == "Rollout" or root.text_at("kind").startswith(("Analysis", "ClusterAnalysis"))),
    "argocd": _group("argoproj.io", kinds=("Application", "ApplicationSet", "AppProject")),
    "flux": lambda path, root: is_kubernetes(root) and api_group(root).endswith("toolkit.fluxcd.io"),
    "backstage": lambda path, root: is_kubernetes(root) and root.text_at("apiVersion").startswith("backstage.io"),
    "scaffolder": lambda path, root: is_kubernetes(root)
    and root.text_at("apiVersion").startswith("scaffolder.backstage.io"),
    "crossplane": _group("apiextensions.crossplane.io", "kro.run"),
    "sloth": lambda path, root: (is_kubernetes(root) and root.text_at("kind") == "PrometheusServiceLevel")
    or (root.text_at("version") == "prometheus/v1" and root.has("slos")),
    "openslo": lambda path, root: root.text_at("apiVersion").startswith("openslo"),
    "pyrra": _group("pyrra.dev"),
    "prom-rule": _is_rules,
    "grafana": lambda path, root: path.endswith(".json") and _is_dashboard(path, root),
    "chaos": _is_chaos,
    "sealed": _kind("SealedSecret"),
    "eso": _kind("ExternalSecret", "ClusterExternalSecret", "SecretStore", "ClusterSecretStore", "SecretProviderClass",
                 "VaultStaticSecret", "VaultDynamicSecret", "PushSecret"),
    "sops": lambda path, root: root.has("sops", "mac") or path.rpartition("/")[2] in (".sops.yaml", ".sops.yml"),
    "flags": _is_flags,
    "incident": lambda path, root: root.has("incident_response"),
    "ebp": lambda path, root: root.has("error_budget_policy"),
    "platform-doc": lambda path, root: bool(_IN_PLATFORM(path)) and root.is_mapping
    and (root.has("platform") or root.text_at("kind") == "ResourceTemplate"),
    "openapi": lambda path, root: root.has("openapi") or root.has("swagger"),
}  # fmt: skip


def found(tree: RepositoryTree, kind: str) -> list[Found]:
    """The documents, or files, of a kind, in the tree's order; what is left out of scores is not among them.

    Lists of Kubernetes objects are expanded. Templates of charts are kind ``helm-tpl`` alone.
    """
    tree.depends(Dependency("key", f"kind:{kind}"))
    with tree.watching():  # the key stands for all that is looked at to answer
        return [one for path in tree.derive(_index).get(kind, ()) for one in tree.derive(_of_kind, path, kind)]


def has(tree: RepositoryTree, kind: str) -> bool:
    """Whether there is anything of a kind. Who asks this alone is not concerned by what the files say."""
    return kind in tree.settle(present)


def present(tree: RepositoryTree) -> list[str]:
    """The kinds of which there is anything, sorted."""
    return sorted(tree.derive(_index))


def kinds_of(tree: RepositoryTree, path: str) -> frozenset[str]:
    """The kinds of a file and of the documents in it."""
    if "templates" in path and chart_of(tree, path) is not None:  # no YAML before it is masked
        return frozenset({"helm-tpl"} if _NAMED["helm-tpl"].match(path) else ())
    names = frozenset(tree.remember("kinds", _names_of, path))
    if "helm-values" in names and not _is_beside_chart(tree, path):
        return names - {"helm-tpl", "helm-values"}
    return names - {"helm-tpl"}


def _index(tree: RepositoryTree) -> dict[str, list[str]]:
    index: dict[str, list[str]] = {}
    for path in tree.paths:
        for kind in kinds_of(tree, path):
            index.setdefault(kind, []).append(path)
    return index


def _of_kind(tree: RepositoryTree, path: str, kind: str) -> list[Found]:
    if kind in _NAMED or kind == "shell":
        return [Found(path)]
    return [Found(path, root, index) for index, root in tree.derive(documents, path) if BY_CONTENT[kind](path, root)]


def _names_of(tree: RepositoryTree, path: str) -> list[str]:
    names = set(_by_name(tree, path))
    for _, root in tree.derive(documents, path):
        names.update(kind for kind, test in BY_CONTENT.items() if kind not in names and test(path, root))
    return sorted(names)


def _by_name(tree: RepositoryTree, path: str) -> Iterator[str]:
    for kind, pattern in _NAMED.items():
        if pattern.match(path) and _CONFIRMED.get(kind, _always)(tree, path):
            yield kind
    if "." not in path.rpartition("/")[2] and _has_shell_shebang(tree, path):
        yield "shell"


def _always(tree: RepositoryTree, path: str) -> bool:
    return True


def _has_shell_shebang(tree: RepositoryTree, path: str) -> bool:
    entry = tree.entry(path)
    executable = entry is not None and entry.mode == "executable"
    return executable and bool(_SHEBANG.match((tree.text(path) or "")[:200]))


def _is_dockerfile(tree: RepositoryTree, path: str) -> bool:
    parsed = tree.dockerfile(path)
    return bool(parsed and parsed.instructions and parsed.instructions[0].name in ("FROM", "ARG"))


def _is_jenkinsfile(tree: RepositoryTree, path: str) -> bool:
    return bool(_GROOVY.search(tree.text(path) or ""))


_CONFIRMED: dict[str, Callable[[RepositoryTree, str], bool]] = {
    "docker": _is_dockerfile,
    "jenkins": _is_jenkinsfile,
}


def chart_of(tree: RepositoryTree, path: str) -> str | None:
    """The folder of the chart whose template a file is (``""`` at the top); ``None`` for no template."""
    parts = path.split("/")
    for at in range(len(parts) - 2, -1, -1):
        if parts[at] == "templates":
            folder = "/".join(parts[:at])
            if tree.exists(f"{folder}/Chart.yaml" if folder else "Chart.yaml"):
                return folder
    return None


def _is_beside_chart(tree: RepositoryTree, path: str) -> bool:
    folder = path.rpartition("/")[0]
    return tree.exists(f"{folder}/Chart.yaml" if folder else "Chart.yaml")


def documents(tree: RepositoryTree, path: str) -> list[tuple[int, Node]]:
    """(index, root) of the documents of a YAML or JSON file, lists of Kubernetes objects expanded."""
    return [
        (index, item)
        for index, root in _roots(tree, path)
        for item in (root.items_at("items") if _is_list(root) else [root])
    ]


def _is_list(root: Node) -> bool:
    return is_kubernetes(root) and root.text_at("kind").endswith("List") and root.get("items") is not None


def _roots(tree: RepositoryTree, path: str) -> list[tuple[int, Node]]:
    if YAML.match(path) or path.endswith("/Kustomization") or path == "Kustomization":
        return [(document.index, document.root) for document in tree.yaml(path)]
    parsed = tree.json(path) if JSON.match(path) else None
    return [(0, parsed.root)] if parsed is not None and parsed.root is not None else []
