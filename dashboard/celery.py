"""The Celery app of the production shape. The broker only wakes workers: the queue of record is the inbox table."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")

app = Celery("plumbline")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# Else threads of the web server would fall back to an app without our broker: the current app is one thread's alone.
app.set_default()

# The schedule stands in code and in memory: every task is safe to run twice, so a beat that starts anew loses nothing.
app.conf.beat_scheduler = "celery.beat:Scheduler"
app.conf.beat_schedule = {
    "sweep the inbox": {"task": "ingest.tasks.sweep_inbox", "schedule": 30.0},
    "read what is new at GitHub": {"task": "ingest.tasks.sync_due_sources", "schedule": 30.0},
    "read what is new at Prometheus": {"task": "ingest.tasks.sync_prometheus", "schedule": 60.0},
    "count the demo's objectives on": {"task": "dashboard.tasks.follow_demo", "schedule": 60.0},
    "keep objectives and budgets": {"task": "scorecards.tasks.keep_reliability", "schedule": 60.0},
    "mail steps of error budgets": {"task": "dashboard.tasks.mail_steps", "schedule": 60.0},
    "send weekly reports": {
        "task": "dashboard.tasks.send_weekly_reports",
        "schedule": 60.0,
        "options": {"expires": 60.0},  # a queue that nobody worked off needs one look, not one for each minute
    },
    "tell chats": {"task": "dashboard.tasks.tell_chats", "schedule": 60.0, "options": {"expires": 60.0}},
    "build rollups": {"task": "scorecards.tasks.build_rollups", "schedule": 30.0},
    "recheck what time alone changes": {"task": "scorecards.tasks.recheck", "schedule": 60.0},
    "build adoption": {"task": "scorecards.tasks.build_adoption", "schedule": 60.0},
    "gather evidence of adoption": {"task": "scorecards.tasks.keep_adoption", "schedule": 3600.0},
    "warm outcomes": {"task": "scorecards.tasks.warm_outcomes", "schedule": 3600.0},
    "keep campaigns": {"task": "scorecards.tasks.keep_campaigns", "schedule": 60.0},
    "try definitions": {"task": "scorecards.tasks.try_definitions", "schedule": 10.0},
    "keep scans due": {"task": "scorecards.tasks.keep_scans", "schedule": 60.0},
    "scan what is due": {"task": "scorecards.tasks.scan_next", "schedule": 30.0},
}
