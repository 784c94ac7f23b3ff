"""(pure) The images of Molecule scenarios."""

from collections.abc import Iterator

from ingest.repository.tree import RepositoryTree
from scorecards.reading.ansible.molecule import default_of, scenarios
from scorecards.reading.ends.images import of_image
from scorecards.reading.ends.used import Used


def of_scenarios(tree: RepositoryTree) -> Iterator[Used]:
    for scenario in scenarios(tree):
        for platform in scenario.platforms:
            yield from of_image(default_of(platform.text_at("image")), platform.place_of("image"))
