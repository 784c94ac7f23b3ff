"""(pure) The services of a repository, and which of them people use in production."""

from scorecards.reading.services.exposure import exposes
from scorecards.reading.services.found import ServiceUnit, service_of, services, services_in
from scorecards.reading.services.names import folded, is_critical, tier_of

__all__ = ["ServiceUnit", "exposes", "folded", "is_critical", "service_of", "services", "services_in", "tier_of"]
