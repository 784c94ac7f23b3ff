"""Every dataset, by its name."""

from collections.abc import Mapping

from dashboard.datasets.catalogue import REPOSITORIES, SERVICES, TEAMS
from dashboard.datasets.dataset import Dataset
from dashboard.datasets.delivery import DEPLOYMENTS

DATASETS: Mapping[str, Dataset] = {dataset.name: dataset for dataset in (TEAMS, SERVICES, REPOSITORIES, DEPLOYMENTS)}
