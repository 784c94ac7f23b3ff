"""Tables of what is judged; every row can be recomputed from facts."""

from scorecards.models.judged import DeliveredChange, JudgedDeployment, JudgedIncident
from scorecards.models.rollups import ChangedDay, DayRollup, ScopeVersion, StoredSummary

__all__ = [
    "ChangedDay",
    "DayRollup",
    "DeliveredChange",
    "JudgedDeployment",
    "JudgedIncident",
    "ScopeVersion",
    "StoredSummary",
]
