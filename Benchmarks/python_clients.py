#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a boto3 session with a client costs in time and memory: by boto3 alone, and as Cove's Python host makes them.

usage: python Benchmarks/python_clients.py [SERVICE …]

Each measurement is a process of its own that has loaded boto3, and for Cove's way the service, and forks, as the host does; the fork makes
sessions with one client each and keeps them. Ways take turns, and the median of five rounds counts. Time is the CPU's, so that a busy
machine does not count; memory is what the fork does not share with its parent. Nothing is asked of AWS.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

ROUNDS, SESSIONS = 5, 20
SERVICES = ["iam", "ec2", "s3"]
WAYS = ["boto3 alone", "Cove's host"]
SOURCES = pathlib.Path(__file__).resolve().parents[1] / "Sources/CoveWorker/Python"
SETTINGS = {"aws_access_key_id": "none", "aws_secret_access_key": "none", "region_name": "eu-west-1"}


def maker(way, service):
    """Loads what is loaded before the fork, and gives what makes a session."""
    import boto3.session

    if way == WAYS[0]:
        return lambda: boto3.session.Session(**SETTINGS)
    sys.path.append(str(SOURCES))
    from cove_boto import SharedParts, SharingSession

    shared = SharedParts()
    shared.preload([service])
    return lambda: SharingSession(shared, **SETTINGS)


def own_kib():
    """The memory of this process that no other has."""
    lines = pathlib.Path("/proc/self/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(("Private_Clean:", "Private_Dirty:")))


def make_sessions(make, service):
    """Milliseconds of the first session and of a later one, and their MiB."""
    before = own_kib()
    kept, times, sizes = [], [], []
    for _ in range(SESSIONS):
        start = time.process_time()
        session = make()
        kept.append((session, session.client(service)))
        times.append((time.process_time() - start) * 1e3)
        sizes.append((own_kib() - before) / 1024)
    later = (sizes[-1] - sizes[0]) / (SESSIONS - 1)
    return times[0], statistics.median(times[1:]), sizes[0], later


def measure(way, service):
    """Measures in a fork of this process, and prints what it found."""
    make = maker(way, service)
    process = os.fork()
    if process == 0:
        print(json.dumps(make_sessions(make, service)), flush=True)
        os._exit(0)
    _, status = os.waitpid(process, 0)
    sys.exit(os.waitstatus_to_exitcode(status))


def measured(way, service):
    command = [sys.executable, __file__, "--measure", way, service]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def main(services):
    found = {(service, way): [] for service in services for way in WAYS}
    for _ in range(ROUNDS):
        for service, way in found:
            found[service, way].append(measured(way, service))
    for (service, way), values in found.items():
        first, later, first_size, later_size = (statistics.median(part) for part in zip(*values))
        print(f"{service:6} {way:12} first {first:7.1f} ms {first_size:6.1f} MiB   each further one {later:7.1f} ms {later_size:6.2f} MiB")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        measure(*sys.argv[2:])
    else:
        main(sys.argv[1:] or SERVICES)
