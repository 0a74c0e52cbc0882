# SPDX-License-Identifier: Apache-2.0
"""What really happened in a fault run: the programs' own logs, the faults that were injected, what a follower saw.

All times are seconds of one clock, the machine's uptime, which `/proc/uptime` tells programs to the hundredth.
"""

import dataclasses
import json
import os
import signal
import threading
import time

from wire_peer import Closed, Refused, Silent

# The program of a fault run: `sh -c PROGRAM sh FOLDER SECONDS LEAST` takes LEAST and up to SECONDS more. It appends a line when it
# begins, when it ends, and when it is told to end, to a log of its worker, and says in its result which execution it was.
# An execution is named by its worker, its process and when it began.
PROGRAM = r"""
note() { read -r up _ </proc/uptime; printf '%s\n' "$COVE_ACCOUNT_ID/$COVE_REGION $id $1 $up" >>"$log"; }
read -r up _ </proc/uptime
id="$FAULTS_WORKER.$$.$up" log="$1/$FAULTS_WORKER.attempts"
trap 'note ended; exit 143' TERM
printf '%s\n' "$COVE_ACCOUNT_ID/$COVE_REGION $id start $up" >>"$log"
tenths=$(($$ % ($2 * 10) + $3 * 10))
sleep "$((tenths / 10)).$((tenths % 10))"
note end
printf '["%s"]' "$id"
"""


def program(folder, seconds=2, least=0):
    """The command line of the program."""
    return "sh", "-c", PROGRAM, "sh", folder, seconds, least


def end_programs(folder):
    """Ends what a worker left running that was killed."""
    for execution in read_executions(folder):
        if execution.end is None and execution.ended is None:
            try:
                os.kill(int(execution.name.split(".")[1]), signal.SIGTERM)
            except ProcessLookupError:
                pass


def now():
    """The clock of the logs."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@dataclasses.dataclass
class Execution:
    """One run of the program, as it noted itself; `ended` is when it was told to end before its end."""

    task: str
    name: str
    worker: str
    start: float
    end: float | None = None
    ended: float | None = None


@dataclasses.dataclass
class Fault:
    """Something that was done to a member, from `begin` until `end`.

    `kind` is `kill`, `stop` (SIGSTOP until SIGCONT), `drain` (SIGTERM), `cut` (no network), or `away` (not connected, whatever
    the reason); `member` is a worker's name or `coordinator`.
    """

    kind: str
    member: str
    begin: float
    end: float | None = None

    @property
    def last(self):
        return self.end if self.end is not None else float("inf")


@dataclasses.dataclass
class Acknowledged:
    """An outcome that the coordinator showed to somebody: from then on it may not be lost, changed or run again."""

    task: str
    sequence: int
    outcome: dict
    at: float


@dataclasses.dataclass
class Ending:
    """What stands in the end: the results, the counts, what SQLite says of its file."""

    results: dict
    counts: dict
    integrity: str


@dataclasses.dataclass
class History:
    """All of it. `tasks` are those of the plan, as `account/region`; `ttl` is the leases' in seconds.

    `verdicts` counts the reports that changed nothing, by why: late ones are `stale`, repeated ones `duplicate`.
    """

    tasks: set
    ttl: float
    executions: list
    faults: list
    acknowledged: list
    ending: Ending
    verdicts: dict = dataclasses.field(default_factory=dict)


def read_executions(folder):
    """The executions of all workers' logs, in the order of their beginning."""
    found = {}
    for log in sorted(folder.glob("*.attempts")):
        for line in log.read_text().splitlines():
            task, name, what, when = line.split()
            if what == "start":
                found[name] = Execution(task, name, log.stem, float(when))
            elif what == "end":
                found[name].end = float(when)
            else:
                found[name].ended = float(when)
    return sorted(found.values(), key=lambda execution: execution.start)


def task_name(record):
    return f"{record['account']['id']}/{record.get('region') or ''}"


class Follower:
    """Asks for outcomes as they settle, over link after link, and notes when it saw each."""

    def __init__(self, connect, run):
        self._connect, self._run = connect, run
        self.acknowledged, self.problems, self.links = [], [], 0
        self._sequence, self._ends = 0, threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ends.set()
        self._thread.join(30)

    def _follow(self):
        while not self._ends.is_set():
            try:
                with self._connect() as client:
                    self.links += 1
                    self._read(client)
            except (OSError, Closed, Silent, Refused):
                self._ends.wait(0.1)
            except Exception as error:
                self.problems.append(f"the follower failed: {error!r}")
                return

    def _read(self, client):
        while not self._ends.is_set():
            page = client.request("outcomes", 15, run=self._run, after=self._sequence, limit=256)
            seen = now()
            self.acknowledged += [
                Acknowledged(task_name(record), page["next"], record["outcome"], seen) for record in page["tasks"]
            ]
            self._sequence = page["next"]
            if not page["tasks"]:
                self._ends.wait(0.05)


class Attendance:
    """Asks which workers are connected, and notes for how long each one was not."""

    def __init__(self, connect):
        self._connect, self._seen, self._away = connect, {}, []
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._attend, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ends.set()
        self._thread.join(30)

    @property
    def absences(self):
        """Of every worker that was seen once: from when it was seen last until it was seen again."""
        return self._away + [Fault("away", name, at) for name, at in self._seen.items()]

    def _attend(self):
        while not self._ends.is_set():
            try:
                with self._connect() as client:
                    while not self._ends.wait(0.1):
                        asked = now()
                        self._note(client.request("workers", 15)["workers"], asked)
            except (OSError, Closed, Silent, Refused):
                self._ends.wait(0.1)

    def _note(self, workers, asked):
        for worker in workers:
            if worker["state"] == "away":
                continue
            last = self._seen.get(worker["name"])
            if last is not None and asked - last > 0.5:
                self._away.append(Fault("away", worker["name"], last, asked))
            self._seen[worker["name"]] = asked


def execution_of(outcome):
    """The execution that an outcome is of; None where it is a failure."""
    if outcome.get("state", "succeeded") != "succeeded":
        return None
    result = outcome.get("result")
    return (json.loads(result) if isinstance(result, str) else result)[0]
