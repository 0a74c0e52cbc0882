#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the settings of `cove exec` cost for each program: its start, a folder of its own, a limit of memory, a server of credentials.

usage: Scripts/on-moto python Benchmarks/program_settings.py [COVE]

One account in 250 made-up regions, so that AWS is asked for one role; one slot, so that programs start one after another. Settings take
turns, and the median of five rounds counts.
"""

import os
import resource
import statistics
import subprocess
import sys
import time

import boto3

ROUNDS, TASKS = 5, 250
SETTINGS = {
    "none": [],
    "--run-in task": ["--run-in", "task"],
    "--memory-limit 1GiB": ["--memory-limit", "1GiB"],
    "--credentials server": ["--credentials", "server"],
}


def measured(cove, account, options):
    """Milliseconds of wall and of CPU, the programs' and Cove's, for each program."""
    regions = ",".join(f"eu-west-{number}" for number in range(1, TASKS + 1))
    command = [cove, "exec", "--slots", "1", "--targets", account, "--regions", regions, "--output", "none", "--quiet"]
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run([*command, *options, "--", "true"], check=True, stderr=subprocess.DEVNULL)
    wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall * 1e3 / TASKS, cpu * 1e3 / TASKS


def main():
    cove = sys.argv[1] if len(sys.argv) > 1 else ".build/release/cove"
    if not os.access(cove, os.X_OK):
        sys.exit(f"no cove program at {cove}: build it, or name it")
    accounts = boto3.client("organizations").list_accounts()["Accounts"]
    caller = boto3.client("sts").get_caller_identity()["Account"]
    account = next(account["Id"] for account in accounts if account["Id"] != caller)
    found = {name: [] for name in SETTINGS}
    for _ in range(ROUNDS):
        for name, options in SETTINGS.items():
            found[name].append(measured(cove, account, options))
    for name, values in found.items():
        wall, cpu = (statistics.median(part) for part in zip(*values))
        print(f"{name:24} wall {wall:6.2f} ms   CPU {cpu:6.2f} ms   a program")


if __name__ == "__main__":
    main()
