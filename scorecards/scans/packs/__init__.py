"""Packs of the organisation's own: checked when saved, looked at before they are published, judged from kept facts."""

from scorecards.scans.packs.checking import Checked, validate
from scorecards.scans.packs.effects import Preview, preview
from scorecards.scans.packs.publishing import PackRefused, judge_waiting, publish, save_draft, withdraw

__all__ = [
    "Checked",
    "PackRefused",
    "Preview",
    "judge_waiting",
    "preview",
    "publish",
    "save_draft",
    "validate",
    "withdraw",
]
