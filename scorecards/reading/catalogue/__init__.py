"""(pure) The service catalogue: Backstage entities, how they refer to each other, and who owns what."""

from scorecards.reading.catalogue.definitions import Definition, definition_of
from scorecards.reading.catalogue.entities import Entity, Reference, entities, reference, references
from scorecards.reading.catalogue.links import Links, links_of
from scorecards.reading.catalogue.owners import Registration, default_owners, registrations
from scorecards.reading.catalogue.reached import reached

__all__ = [
    "Definition",
    "Entity",
    "Links",
    "Reference",
    "Registration",
    "default_owners",
    "definition_of",
    "entities",
    "links_of",
    "reached",
    "reference",
    "references",
    "registrations",
]
