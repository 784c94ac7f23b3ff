"""Tables of what is judged; every row can be recomputed from facts."""

from scorecards.models.definitions import DefinitionChange, WhatIf
from scorecards.models.judged import DeliveredChange, JudgedDeployment, JudgedIncident
from scorecards.models.rollups import ChangedDay, DayRollup, ScopeVersion, StoredSummary
from scorecards.models.scans import (
    ComplianceDay,
    ControlVerdict,
    Finding,
    FindingOutcome,
    ImportedRun,
    OwnPack,
    Scan,
    ScanDue,
    VerdictChange,
)
from scorecards.models.waivers import Waiver

__all__ = [
    "ChangedDay",
    "ComplianceDay",
    "ControlVerdict",
    "DayRollup",
    "DefinitionChange",
    "DeliveredChange",
    "Finding",
    "FindingOutcome",
    "ImportedRun",
    "JudgedDeployment",
    "JudgedIncident",
    "OwnPack",
    "Scan",
    "ScanDue",
    "ScopeVersion",
    "StoredSummary",
    "VerdictChange",
    "Waiver",
    "WhatIf",
]
