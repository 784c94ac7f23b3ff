"""Campaigns: what services are asked to reach by a day, who is left, and how it ends. Definition: docs/campaigns.md."""
