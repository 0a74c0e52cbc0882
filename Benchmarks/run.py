#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lists the IAM users of every account of an AWS stand-in, by botocove, by Cove and by the C floor, and prints a table.

The stand-in, the floor and botocove's own example lie in a benchmark folder beside the repository (--bench); its README
says how to build them. The clients run one after the other, each round in turn, and each answer is checked. Needs GNU
time: its small process makes the peak memory that the kernel reports the client's own.

    Scripts/setup && swift build --configuration release --product cove
    Benchmarks/run.py                                   # 200 accounts, 0 and 50 ms, medians of 3
    Benchmarks/run.py --accounts 200 --latency 50 --only cove
    Benchmarks/run.py --accounts 10000 --slots 100 --latency 0 --only 'call|floor'
"""

import argparse
import json
import os
import pathlib
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
MANAGEMENT = "100000000000"


def parsed_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", type=pathlib.Path, default=ROOT.parent / "shared/bench", help="the benchmark folder")
    parser.add_argument("--standin", type=pathlib.Path, help="the stand-in (default: BENCH/standin/aws-standin)")
    parser.add_argument("--floor", type=pathlib.Path, help="the floor (default: BENCH/floor/floor)")
    parser.add_argument("--cove", type=pathlib.Path, default=ROOT / ".build/release/cove", help="the program measured")
    parser.add_argument("--audit", type=pathlib.Path, help="Examples/Audit, built: its @Cove function is measured too")
    parser.add_argument("--accounts", type=int, default=200)
    parser.add_argument("--latency", default="0,50", help="milliseconds before each answer, a list")
    parser.add_argument("--slots", type=int, default=20, help="tasks in flight, of every client that says how many")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", default="", help="only clients whose name matches this (a regular expression)")
    arguments = parser.parse_args()
    arguments.standin = arguments.standin or arguments.bench / "standin" / "aws-standin"
    arguments.floor = arguments.floor or arguments.bench / "floor" / "floor"
    python = ROOT / ".build/venv/bin/python"
    for needed, hint in (
        (arguments.standin, f"make -C {arguments.bench}/standin aws-standin, or --standin"),
        (arguments.floor, f"make -C {arguments.bench}/floor, or --floor"),
        (arguments.cove, "swift build --configuration release --product cove, or --cove"),
        (python, "Scripts/setup"),
        (pathlib.Path("/usr/bin/time"), "install GNU time"),
    ):
        if not os.access(needed, os.X_OK):
            sys.exit(f"Benchmarks/run.py: no program {needed}: {hint}")
    arguments.python = python
    return arguments


class StandIn:
    """The AWS stand-in on a port of its choice, on the last CPU."""

    def __init__(self, program, accounts):
        command = [str(program), "--port", "0", "--accounts", str(accounts)]
        if (os.cpu_count() or 1) > 1:
            command = ["taskset", "-c", str(os.cpu_count() - 1), *command]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.accounts = accounts
        self.url = self.process.stdout.readline().split()[-1]

    def configure(self, latency):
        """Sets the latency and zeroes the counters."""
        path = f"{self.url}/__config?latency-ms={latency}"
        urllib.request.urlopen(urllib.request.Request(path, method="POST")).read()

    def counters(self):
        with urllib.request.urlopen(f"{self.url}/__stats") as answer:
            return json.load(answer)

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def users(self):
        """The IAM users of every member account, as the stand-in's README describes them."""
        expected = {}
        for k in range(self.accounts):
            account = f"{(12000000000 if k % 10 == 9 else 200000000000) + k:012d}"
            expected[account] = [f"user-{account}-{i}" for i in range(1 + k % 3)]
        return expected


def right_users(standin, output):
    return {entry["Id"]: entry.get("Result") for entry in output["Results"]} == standin.users()


def all_accounts(standin, output):
    return {entry["Id"] for entry in output["Results"]} == set(standin.users())


def clients(arguments):
    """(name, command, check of its JSON output or None where the client checks its answers itself)"""
    slots = str(arguments.slots)
    options = ["--slots", slots, "--output-file", "{output}"]
    cove = [str(arguments.cove), "exec", *options, "--"]
    program = [str(arguments.python), str(ROOT / "Scripts/list_users.py")]
    example = [str(arguments.python), str(arguments.bench / "peers/botocove_users.py"), "--workers", slots]
    users = [str(arguments.cove), "call", *options, "--query", "Users[].UserName", "iam", "list-users"]
    yield f"botocove, {slots} threads", example, None
    yield "cove exec, boto3 program", [*cove, *program], right_users
    yield "cove exec, true", [*cove, "true"], all_accounts
    for count in sorted({4, arguments.slots}):
        function = ["--python", str(arguments.python), "--slots", str(count), "--output-file", "{output}"]
        yield (f"cove python, {count} slots",
               [str(arguments.cove), "python", *function, f"{ROOT}/Benchmarks/python_users.py:get_iam_users"], right_users)
    yield "cove call iam list-users", users, right_users
    if arguments.audit:
        yield "@Cove function", [str(arguments.audit), "run", *options, "iamUsers"], right_users
    yield f"floor (C), {slots} in flight", [str(arguments.floor), "-c", slots], None


def environment(url, state):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "COVE_"))}
    return kept | {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "AKIABENCHBENCHBENCH0",
        "AWS_SECRET_ACCESS_KEY": "benchmarks-are-not-verified",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "XDG_STATE_HOME": state,
    }


def measured(command, variables):
    """Wall and CPU seconds, peak memory in MiB of the largest process, and the exit code."""
    with tempfile.NamedTemporaryFile("r") as peak, tempfile.TemporaryFile() as said:
        begin = time.monotonic()
        timed = ["/usr/bin/time", "--quiet", "--format", "%M", "--output", peak.name, *command]
        child = subprocess.Popen(timed, env=variables, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - begin
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            said.seek(0)
            sys.stderr.write(said.read().decode(errors="replace")[-2000:])
        return wall, usage.ru_utime + usage.ru_stime, float(peak.read().split()[-1]) / 1024, child.returncode


def measure(standin, client, latency):
    name, command, check = client
    standin.configure(latency)
    with tempfile.TemporaryDirectory() as folder:
        output = os.path.join(folder, "output.json")
        command = [part.replace("{output}", output) for part in command]
        wall, cpu, peak, code = measured(command, environment(standin.url, folder))
        counters = standin.counters()
        good = code == 0 and (check is None or os.path.exists(output))
        if good and check:
            with open(output) as file:
                good = check(standin, json.load(file))
    assumed = counters["ops"].get("sts.AssumeRole", 0)
    print(f"{name}, {latency} ms: {wall:.2f} s, {'right' if good else 'WRONG'}", file=sys.stderr, flush=True)
    return {"name": name, "latency": latency, "wall": wall, "cpu": cpu, "peak": peak, "assumed": assumed, "good": good}


def print_table(records, accounts):
    print("| client | latency ms | wall s (min - max) | CPU s | CPU ms/account | peak RSS MiB | AssumeRole | answers |")
    print("|---|---:|---:|---:|---:|---:|---:|---|")
    for latency, name in dict.fromkeys((record["latency"], record["name"]) for record in records):
        runs = [record for record in records if (record["latency"], record["name"]) == (latency, name)]
        wall, cpu, peak, assumed = ([run[key] for run in runs] for key in ("wall", "cpu", "peak", "assumed"))
        middle = statistics.median
        answers = "right" if all(run["good"] for run in runs) else "WRONG"
        print(
            f"| {name} | {latency} | {middle(wall):.3g} ({min(wall):.3g} - {max(wall):.3g}) | {middle(cpu):.3g} "
            f"| {1000 * middle(cpu) / accounts:.3g} | {middle(peak):.1f} | {middle(assumed):.0f} | {answers} |"
        )


def print_start(cove, runs=20):
    times = []
    for _ in range(runs):
        begin = time.monotonic()
        subprocess.run([cove, "--version"], stdout=subprocess.DEVNULL, check=True)
        times.append(1000 * (time.monotonic() - begin))
    _, _, peak, _ = measured([str(cove), "--version"], dict(os.environ))
    print(f"\n`cove --version`: {statistics.median(times):.1f} ms (median of {runs}; "
          f"{min(times):.1f} - {max(times):.1f}), peak RSS {peak:.1f} MiB")


def main():
    arguments = parsed_arguments()
    chosen = [client for client in clients(arguments) if re.search(arguments.only, client[0])]
    standin = StandIn(arguments.standin, arguments.accounts)
    try:
        records = [
            measure(standin, client, latency)
            for latency in map(int, arguments.latency.split(","))
            for _ in range(arguments.runs)
            for client in chosen
        ]
    finally:
        standin.stop()
    print(f"{arguments.accounts} accounts, {os.cpu_count()} CPUs, {platform.system()} {platform.release()}, "
          f"medians of {arguments.runs}\n")
    print_table(records, arguments.accounts)
    print_start(arguments.cove)
    sys.exit(not all(record["good"] for record in records))


if __name__ == "__main__":
    main()
