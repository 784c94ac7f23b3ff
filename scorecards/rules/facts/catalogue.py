"""(pure) Every collection that rules may ask for, in the order in which they are shown."""

from collections.abc import Mapping

from scorecards.rules.facts.collections import (
    clusters,
    delivery,
    files,
    images,
    infrastructure,
    operations,
    ownership,
    packages,
)
from scorecards.rules.facts.model import Collection

REPOSITORY = "repository"

COLLECTIONS: Mapping[str, Collection] = {
    collection.name: collection
    for module in (files, ownership, packages, images, delivery, clusters, infrastructure, operations)
    for collection in module.COLLECTIONS
}
