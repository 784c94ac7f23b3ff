"""(pure) Whether a repository deploys anything: by a pipeline, or by objects that a reconciler follows."""

from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from scorecards.reading.pipelines import pipelines, stages
from scorecards.reading.subject import Subject


def deploys(subject: Subject) -> bool:
    """Whether a job deploys, or the tree holds what Argo CD, Flux or Flagger deploy by."""
    return subject.tree.derive(_deploys)


def _deploys(tree: RepositoryTree) -> bool:
    if any(kinds.has(tree, kind) for kind in ("argocd", "flux", "flagger", "rollouts")):
        return True
    return any("deploy" in stages(tree, job) for pipeline in pipelines(tree) for job in pipeline.jobs)
