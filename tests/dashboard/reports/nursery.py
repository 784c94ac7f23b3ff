"""``python -m tests.dashboard.reports.nursery``: the site, loaded once; a line on stdin forks a worker off it.

``command`` is ``manage.py send_weekly_reports``, ``task`` what beat asks for. It answers with the worker's process id.
"""

import os
import signal
import sys
from contextlib import suppress

import django

django.setup()

from django.core.management import CommandError, call_command  # noqa: E402

from dashboard.tasks import send_weekly_reports  # noqa: E402

signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system buries them
for line in sys.stdin:
    pid = os.fork()
    if pid:
        print(pid, flush=True)
        continue
    os.dup2(2, 1)
    with suppress(CommandError, SystemExit):  # that mails failed is looked up in the database
        send_weekly_reports() if line.strip() == "task" else call_command("send_weekly_reports")
    os._exit(0)
