"""(pure) State files, plans and working folders that should not be in git."""

import re

from ingest.repository.node import Node
from ingest.repository.tree import EXCLUDED, RepositoryTree

_NAMES = (
    "**/*.tfstate", "**/*.tfstate.*", "**/*.tfplan", "**/tfplan", "**/crash.log", "**/crash.*.log", "**/.terraform/**",
)  # fmt: skip
_CODE = (".tf", ".tofu", ".md", ".tpl", ".tmpl", ".tftpl", ".j2", ".example", ".sample", ".hcl", ".gitkeep")
_RENAMED = ("**/*.json", "**/*.backup", "**/*.bak", "**/*.state", "**/*state*")
_MARKS = re.compile(r'"lineage"\s{0,20}:|"planned_values"\s{0,20}:')
_SAMPLES = EXCLUDED - {".terraform"}


def leftovers(tree: RepositoryTree) -> list[str]:
    """The paths of tracked state and plan files, of crash logs and of what lies in working folders, sorted."""
    return tree.derive(_leftovers)


def _leftovers(tree: RepositoryTree) -> list[str]:
    named = {path for path in tree.all_files(*_NAMES) if not path.endswith(_CODE) and not _is_sample(path)}
    renamed = {
        path for path in tree.files(*_RENAMED) if path not in named and tree.remember("tf-state", _is_state, path)
    }
    return sorted(named | renamed)


def _is_sample(path: str) -> bool:
    return not _SAMPLES.isdisjoint(path.split("/")[:-1])


def _is_state(tree: RepositoryTree, path: str) -> bool:
    """Whether a file holds a state or a plan under another name."""
    entry = tree.entry(path)
    text = tree.text(path) if entry is not None and entry.size > 0 else None
    if not text or not text[:200].lstrip().startswith("{") or not _MARKS.search(text):
        return False
    parsed = tree.json(path)
    root = parsed.root if parsed else None
    return root is not None and (_is_state_root(root) or _is_plan_root(root))


def _is_state_root(root: Node) -> bool:
    return all(root.has(key) for key in ("lineage", "serial", "version"))


def _is_plan_root(root: Node) -> bool:
    return all(root.has(key) for key in ("planned_values", "format_version", "terraform_version"))
