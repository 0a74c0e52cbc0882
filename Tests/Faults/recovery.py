# SPDX-License-Identifier: Apache-2.0
"""How long the tasks of a worker that was killed wait until another one runs them."""

import pathlib
import random
import shutil
import tempfile
import time

import moto_organization
from cluster import Cluster, wait_until
from history import end_programs, now, program, read_executions
from moto_server import MotoServer

SLOTS = 8
DEFAULT_TTL = 60


def measure(binary, environment, organization, ttl):
    """Seconds from the kill until the first and the last of the worker's tasks run again."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="cove-recovery-"))
    cluster = Cluster(binary, environment, folder, *(["--lease-ttl", ttl] if ttl else []))
    try:
        cluster.start()
        cluster.worker("first", "--slots", SLOTS, environment={"FAULTS_WORKER": "first"})
        cluster.wait_for_workers()
        cluster.submit("--regions", "eu-west-1", "--", *program(folder, 1, 600))
        wait_until(lambda: len(read_executions(folder)) == SLOTS, "the first worker to be busy")
        cluster.worker("second", "--slots", SLOTS, environment={"FAULTS_WORKER": "second"})
        cluster.wait_for_workers()
        # Anywhere between two heartbeats.
        time.sleep(random.uniform(0, (ttl or DEFAULT_TTL) / 4))
        killed = now()
        cluster.workers["first"].kill()
        again = wait_until(
            lambda: (found := [e for e in read_executions(folder) if e.worker == "second"]) and len(found) == SLOTS and found,
            "the second worker to have all tasks", 300)
        return again[0].start - killed, again[-1].start - killed
    finally:
        cluster.end()
        end_programs(folder)
        shutil.rmtree(folder, ignore_errors=True)


def perform(binary, environment, rounds, ttl):
    with MotoServer() as endpoint:
        accounts = {f"member-{number}": ("", []) for number in range(SLOTS)}
        organization = moto_organization.create(endpoint, units=(), accounts=accounts, suspended=())
        for number in range(rounds):
            first, last = measure(binary, environment(organization), organization, ttl)
            print(f"round {number}: {SLOTS} tasks of a killed worker ran again after {first:.1f} to {last:.1f} s", flush=True)
    return 0
