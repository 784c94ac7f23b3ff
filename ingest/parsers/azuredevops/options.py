"""(pure) What an Azure DevOps source is told. The table of options stands in docs/sources/azuredevops.md."""

from dataclasses import dataclass

from ingest.parsers import named
from ingest.parsers.named import Naming
from ingest.parsers.options import Reader, one_of, read, texts

DEPLOYS_BY = ("stages", "jobs", "runs", "builds")


@dataclass(frozen=True, slots=True)
class AzureDevOpsOptions(Naming):
    """``deploys_by``: one of them, so that nothing counts twice. ``pipelines``, ``stages`` and ``jobs`` are globs."""

    deploys_by: str = "stages"
    pipelines: tuple[str, ...] = ("*",)
    stages: tuple[str, ...] = ("*deploy*", "*prod*", "*release*", "*live*")
    jobs: tuple[str, ...] = ("*deploy*",)
    branches: tuple[str, ...] = ("*",)
    hotfix_labels: tuple[str, ...] = ("hotfix",)

    @classmethod
    def from_dict(cls, told: object) -> "AzureDevOpsOptions":
        return read(cls(), told, READERS)


READERS: dict[str, Reader] = {
    **named.READERS,
    "deploys_by": one_of(*DEPLOYS_BY),
    "pipelines": texts,
    "stages": texts,
    "jobs": texts,
    "branches": texts,
    "hotfix_labels": texts,
}
