"""Every dataset, by its name."""

from collections.abc import Mapping

from dashboard.datasets.catalogue import REPOSITORIES, SERVICES, TEAMS
from dashboard.datasets.dataset import Dataset
from dashboard.datasets.days import ADOPTION, METRICS_DAILY, SCORECARDS
from dashboard.datasets.delivery import CHANGES, DEPLOYMENTS, FAILURES, INCIDENTS, PULL_REQUESTS
from dashboard.datasets.judged import CONTROLS, FINDINGS, SLOS, VERDICTS, WAIVERS

DATASETS: Mapping[str, Dataset] = {
    dataset.name: dataset
    for dataset in (
        TEAMS, SERVICES, REPOSITORIES, DEPLOYMENTS, CHANGES, PULL_REQUESTS, INCIDENTS, FAILURES, CONTROLS, VERDICTS,
        FINDINGS, WAIVERS, SLOS, METRICS_DAILY, ADOPTION, SCORECARDS,
    )
}  # fmt: skip
