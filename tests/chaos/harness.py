"""Kill -9 a sending process at random moments and compare what arrived with what the ledger says.

By hand, the figures of docs/delivery.md: ``python tests/chaos/harness.py --rounds 100 --deliveries 2000``.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "deliver"))

import sqlalchemy as sa
from office import NOW, Office, fill

from digest.store.engine import open_store
from digest.store.tables import subscribers, subscriptions
from digest.testing import SmtpSink

VICTIM = Path(__file__).parent / "victim.py"
CONNECTIONS = 5


@dataclass
class Round:
    """What one edition came to."""

    kills: int = 0
    accepted: int = 0
    uncertain: int = 0
    arrived_uncertain: int = 0  # of those, how many had arrived
    faults: list[str] = field(default_factory=list)


def run_round(folder: Path, deliveries: int, rng: random.Random, kills: int = 2) -> Round:
    """Send one edition, killing the sender up to ``kills`` times."""
    prepare(folder, deliveries)
    done = Round()
    with SmtpSink() as sink:
        for attempt in range(kills + 1):
            victim = start(folder, sink.port)
            moment = (
                rng.randrange(min(len(sink.messages), deliveries - 1), deliveries)
                if attempt < kills
                else deliveries + 1
            )
            if killed(victim, sink, moment, rng.uniform(0, 0.003)):
                done.kills += 1
            elif attempt < kills:
                break
        check(folder, sink, deliveries, done)
    return done


def prepare(folder: Path, deliveries: int) -> None:
    """An edition with so many subscribers."""
    people = [
        {
            "id": number,
            "address": f"p{number}@x.example",
            "address_key": f"p{number}@x.example",
            "state": "active",
            "token_id": f"{number:016d}",
            "created": NOW,
        }
        for number in range(1, deliveries + 1)
    ]
    wish = {"newsletter": "evening", "slots": [], "state": "active", "since": NOW, "consent": {}}
    with open_store(f"sqlite:///{folder}/digest.sqlite3") as store:
        fill(store)
        with store.begin() as connection:
            connection.execute(subscribers.insert(), people)
            connection.execute(subscriptions.insert(), [wish | {"subscriber": p["id"]} for p in people])


def start(folder: Path, port: int) -> subprocess.Popen[str]:
    """A victim that has begun to send."""
    command = [sys.executable, str(VICTIM), str(folder), str(port), str(CONNECTIONS)]
    victim = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert victim.stdout is not None
    assert victim.stdout.readline() == "sending\n"
    return victim


def killed(victim: subprocess.Popen[str], sink: SmtpSink, moment: int, more: float) -> bool:
    """Kill when so many messages have arrived, and a little later; False when it finished before."""
    while victim.poll() is None and len(sink.messages) < moment:
        time.sleep(0.0005)
    time.sleep(more)
    if victim.poll() is None and moment <= len(sink.messages):
        victim.send_signal(signal.SIGKILL)
    out, _ = victim.communicate()
    assert victim.returncode == -signal.SIGKILL or out == "finished\n", out
    return victim.returncode == -signal.SIGKILL


def check(folder: Path, sink: SmtpSink, deliveries: int, done: Round) -> None:
    """Every delivery in a final state, every accepted one arrived once, nothing arrived twice."""
    time.sleep(0.05)  # what was in a socket when the last process died
    arrived = Counter(message.recipient for message in sink.messages)
    with open_store(f"sqlite:///{folder}/digest.sqlite3") as store:
        states = Office(store, folder).states()
        with store.read() as connection:
            size = connection.execute(sa.text("SELECT audience FROM editions")).scalar()
    if not len(states) == size == deliveries:
        done.faults.append(f"{len(states)} deliveries, audience {size}, {deliveries} subscribers")
    for address, state in states.items():
        count = arrived[address]
        if state == "accepted" and count != 1:
            done.faults.append(f"{address}: accepted, arrived {count} times")
        elif state == "uncertain" and count > 1:
            done.faults.append(f"{address}: uncertain, arrived {count} times")
        elif state not in {"accepted", "uncertain"}:
            done.faults.append(f"{address}: left {state}")
        done.accepted += state == "accepted"
        done.uncertain += state == "uncertain"
        done.arrived_uncertain += state == "uncertain" and count == 1
    if done.uncertain > CONNECTIONS * done.kills:
        done.faults.append(f"{done.uncertain} uncertain after {done.kills} kills")


def main() -> int:
    """The long sweep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--deliveries", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    total = Round()
    for number in range(1, options.rounds + 1):
        with tempfile.TemporaryDirectory() as folder:
            done = run_round(Path(folder), options.deliveries, rng)
        total.kills += done.kills
        total.accepted += done.accepted
        total.uncertain += done.uncertain
        total.arrived_uncertain += done.arrived_uncertain
        total.faults += [f"round {number}: {fault}" for fault in done.faults]
        print(f"round {number}: {done}", flush=True)  # noqa: T201 - a tool for the terminal
    print(f"{options.rounds} rounds: {total}")  # noqa: T201
    return 1 if total.faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
