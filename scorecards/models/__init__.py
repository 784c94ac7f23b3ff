"""Tables of what is judged; every row can be recomputed from facts."""

from scorecards.models.adoption import AdoptionDay, AdoptionDue, CapabilitySpell, LookSpell
from scorecards.models.campaigns import Campaign, CampaignDay, CampaignTeam
from scorecards.models.definitions import DefinitionChange, WhatIf
from scorecards.models.judged import DeliveredChange, JudgedDeployment, JudgedIncident, JudgedRollback
from scorecards.models.live import LiveAnswer, LiveDay
from scorecards.models.reliability import (
    BudgetExemption,
    BudgetStep,
    FreezeWindow,
    GateAnswer,
    GateSetting,
    ServiceBudget,
    SloStanding,
    TriggerFiring,
    TriggerState,
)
from scorecards.models.rollups import ChangedDay, DayRollup, ScopeVersion, StoredSummary
from scorecards.models.scans import (
    ComplianceDay,
    ControlInForce,
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
    "AdoptionDay",
    "AdoptionDue",
    "BudgetExemption",
    "BudgetStep",
    "Campaign",
    "CampaignDay",
    "CampaignTeam",
    "CapabilitySpell",
    "ChangedDay",
    "ComplianceDay",
    "ControlInForce",
    "ControlVerdict",
    "DayRollup",
    "DefinitionChange",
    "DeliveredChange",
    "Finding",
    "FindingOutcome",
    "FreezeWindow",
    "GateAnswer",
    "GateSetting",
    "ImportedRun",
    "JudgedDeployment",
    "JudgedIncident",
    "JudgedRollback",
    "LiveAnswer",
    "LiveDay",
    "LookSpell",
    "OwnPack",
    "Scan",
    "ScanDue",
    "ScopeVersion",
    "ServiceBudget",
    "SloStanding",
    "StoredSummary",
    "TriggerFiring",
    "TriggerState",
    "VerdictChange",
    "Waiver",
    "WhatIf",
]
