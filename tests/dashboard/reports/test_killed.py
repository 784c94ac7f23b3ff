"""Workers are killed at random moments of a batch, two at a time, while the mail server refuses, hangs up and drops.

Each subscriber ends with exactly one mail, counted at the server; or it is shown that it failed, or that nobody knows.
"""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, Queue
from random import Random

import pytest
from django.db import connection

from tests.dashboard.mails.sink import DROP, KEEP_AND_DROP, Sink, sink
from tests.dashboard.reports.batch import Database, Nursery, alive, nursery, subscribe
from tests.production import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
SIZE = {"postgresql": 500, "sqlite": 200}
KILLS = {"postgresql": 20, "sqlite": 8}
STAGES = 5  # that a mail goes through at the server: see the sink
# What the server does to three addresses each, by their places in a third of them: the first time, or more often.
FIRST = {0: ("rcpt", "450 4.2.0 Try later"), 8: ("body", DROP), 16: ("end", DROP), 24: ("end", KEEP_AND_DROP)}
EACH = {
    32: ("rcpt", "550 5.1.1 No such user"),
    36: ("end", "554 5.6.0 Refused"),
    4: ("kept", DROP),
    12: ("rcpt", "421 4.3.2 Later"),
}
REFUSED = [place for place, (_, answer) in EACH.items() if answer.startswith("5")]


class Server:
    """What the mail server does, and when somebody is to be killed."""

    def __init__(self, addresses: list[str], moments: list[int]) -> None:
        self.place = {address: number % (len(addresses) // 3) for number, address in enumerate(addresses)}
        self.done: Counter[tuple[str, str]] = Counter()  # by address and stage
        self.seen, self._moments = 0, moments
        self.now: Queue[int] = Queue()

    def behave(self, stage: str, recipient: str) -> str:
        self.seen += 1
        if self._moments and self.seen >= self._moments[0]:
            self.now.put(self._moments.pop(0))
        place = self.place.get(recipient)
        self.done[recipient, stage] += 1
        for found, again in ((FIRST, 1), (EACH, 2 if place == 12 else 100)):
            where, asked = found.get(place, ("", ""))
            if where == stage and self.done[recipient, stage] <= again:
                return asked
        return ""

    def dropped_at_the_end(self) -> int:
        """How often nobody was told whether it took the mail."""
        ends = {place for place, (stage, asked) in FIRST.items() if stage == "end"}
        return sum(1 for (recipient, stage), _ in self.done.items() if stage == "end" and self.place[recipient] in ends)


def kill_and_replace(start: Callable[[], int], server: Server, luck: Random, kills: int) -> list[int]:
    """Kill one at each of the moments; there are always two. Gives the last two."""
    workers = [start(), start()]

    def replace_and_look() -> bool:
        for number, worker in enumerate(workers):
            workers[number] = worker if alive(worker) else start()
        with suppress(Empty):
            return bool(server.now.get(timeout=0.05))
        return False

    for _ in range(kills):
        wait_until(replace_and_look, "the batch goes on")
        time.sleep(luck.uniform(0, 0.02))
        victim = luck.randrange(2)
        while not killed(workers[victim]):
            workers[victim] = start()
            time.sleep(luck.uniform(0, 0.5))
        workers[victim] = start()
    return workers


def killed(pid: int) -> bool:
    """Not where it has done its turn."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
        return True
    return False


def work_off(database: Database, workers: Nursery, addresses: list[str]) -> None:
    """Hours go by, in which two workers look each minute."""
    for _ in range(30):
        database.hours_later()
        workers.start_and_wait("task", "command")
        states = database.states()
        if len(states) == len(addresses) and not {"claimed", "handing"} & {state for state, _ in states.values()}:
            return
    pytest.fail(f"it does not come to an end: {Counter(state for state, _ in database.states().values())}")


def check(database: Database, found: Sink, addresses: list[str], most_unsure: int) -> None:
    kept, states = found.kept(), database.states()
    assert set(states) == set(addresses)
    assert set(kept.values()) == {1}, [address for address, count in kept.items() if count > 1]
    for address, (state, error) in states.items():
        match state:
            case "sent":
                assert kept[address] == 1, address
            case "failed":
                assert kept[address] == 0 and error.startswith("The mail server refused the"), (address, error)
            case _:
                assert state == "unsure" and "may have arrived" in error, (address, state, error)
    unsure = sum(state == "unsure" for state, _ in states.values())
    assert unsure <= most_unsure


def test_killed_at_any_moment_each_gets_one_mail_or_is_shown(tmp_path):
    size, kills, luck = SIZE[connection.vendor], KILLS[connection.vendor], Random(20)
    addresses = subscribe(size)
    database = Database(tmp_path)
    server = Server(addresses, sorted(luck.sample(range(1, size * STAGES * 8 // 10), kills)))
    log = tmp_path / "workers.log"
    with sink(behaviour=server.behave) as found, nursery(database, found.port, log) as workers:
        start = lambda: workers.start(luck.choice(["task", "command"]))  # noqa: E731
        running = kill_and_replace(start, server, luck, kills)
        wait_until(lambda: not any(alive(one) for one in running), "the last workers end")
        work_off(database, workers, addresses)
        check(database, found, addresses, kills + server.dropped_at_the_end())
        states = database.states()
        refused = {one: server.place[one] for one in addresses if server.place[one] in REFUSED}
        assert {one for one, (state, _) in states.items() if state == "failed"} <= set(refused)
        # Who dies before the answer to a mail's end is read leaves it unsure, refused or not.
        assert {states[one][0] for one, place in refused.items() if EACH[place][0] == "rcpt"} == {"failed"}
        assert {states[one][0] for one, place in refused.items() if EACH[place][0] == "end"} <= {"failed", "unsure"}
        ended = {
            address
            for (address,) in database.run("SELECT address FROM dashboard_subscription WHERE ended_at IS NOT NULL")
        }
        assert ended == {one for one in addresses if server.place[one] == 32}
    assert "Traceback" not in log.read_text()
