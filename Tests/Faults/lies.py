# SPDX-License-Identifier: Apache-2.0
"""Histories that are true, and lies about them: the oracle must accept the one and find each of the others."""

import copy

import oracle
from history import Acknowledged, Ending, Execution, Fault, History

TTL = 5.0


def true_history():
    """Six tasks; one worker is killed, one is stopped, and the coordinator restarts: all as it should be."""
    tasks = [f"11111111111{number}/eu-west-1" for number in range(6)]
    executions = [
        Execution(tasks[0], "a.1", "a", 10.0, 11.0),
        Execution(tasks[1], "a.2", "a", 10.1, None),  # ended with its worker
        Execution(tasks[1], "b.1", "b", 16.0, 16.5),
        Execution(tasks[2], "b.2", "b", 10.2, 11.5),  # its worker was stopped before it reported
        Execution(tasks[2], "a.3", "a", 17.0, 17.2),
        Execution(tasks[3], "a.4", "a", 17.3, 18.0),
        Execution(tasks[4], "b.3", "b", 18.0, 18.4),
    ]
    faults = [
        Fault("kill", "a", 10.9 + 0.2), Fault("stop", "b", 10.3, 15.9), Fault("kill", "coordinator", 17.9),
        Fault("away", "a", 11.0, 12.0), Fault("away", "a", 17.9, 18.6), Fault("away", "b", 17.9, 18.9),
    ]
    for number in range(3):
        executions.append(Execution(tasks[5], f"a.{10 + number}", "a", 20.0 + 10 * number))
        faults.append(Fault("kill", "a", 20.5 + 10 * number))
    last = {execution.task: execution.name for execution in executions}
    entry = {task: {"Id": task[:12], "Region": "eu-west-1", "Attempts": 1} for task in tasks}
    lost = {"type": "WorkerLost", "message": "worker lost: 3 attempts were started and their workers vanished"}
    results = {
        "Results": [entry[task] | {"Result": [last[task]]} for task in tasks[:5]],
        "Exceptions": [entry[tasks[5]] | {"Attempts": 3, "ExceptionDetails": {"Type": "WorkerLost"}}],
        "FailedAssumeRole": [],
    }
    seen = [11.3, 16.7, 17.4, 18.7, 18.9]
    acknowledged = [
        Acknowledged(task, number, {"state": "succeeded", "result": f'["{last[task]}"]'}, seen[number])
        for number, task in enumerate(tasks[:5])
    ]
    acknowledged.append(Acknowledged(tasks[5], 6, {"state": "failed", "failure": lost}, 46.0))
    counts = {"ready": 0, "leased": 0, "succeeded": 5, "failed": 1, "roleNotAssumed": 0}
    executions.sort(key=lambda execution: execution.start)
    return History(set(tasks), TTL, executions, faults, acknowledged, Ending(results, counts, "ok"))


def _lost(history):
    history.ending.results["Results"].pop()
    history.ending.counts["succeeded"] -= 1


def _forgotten_by_the_counts(history):
    history.ending.counts["succeeded"] -= 1


def _twice_in_the_results(history):
    history.ending.results["Results"].append(history.ending.results["Results"][0])
    history.ending.counts["succeeded"] += 1


def _changed_after_it_was_acknowledged(history):
    history.acknowledged[0].outcome["result"] = '["b.1"]'


def _acknowledged_twice(history):
    history.acknowledged.append(copy.copy(history.acknowledged[0]))


def _run_again_after_it_was_acknowledged(history):
    history.executions.append(Execution("111111111110/eu-west-1", "b.9", "b", 40.0, 40.1))


def _run_twice_for_no_reason(history):
    history.executions.insert(1, Execution("111111111113/eu-west-1", "b.9", "b", 17.5, 17.8))


def _run_twice_though_only_the_coordinator_restarted(history):
    history.executions.append(Execution("111111111114/eu-west-1", "a.9", "a", 18.85, 18.95))


def _run_on_while_it_was_cut_off(history):
    history.faults.append(Fault("cut", "b", 10.3, 17.0))
    history.executions[2].end = 17.9


def _a_result_that_nobody_wrote(history):
    history.ending.results["Results"][3]["Result"] = ["a.99"]
    history.acknowledged[3].outcome["result"] = '["a.99"]'


def _a_result_of_an_execution_that_did_not_end(history):
    history.ending.results["Results"][1]["Result"] = ["a.2"]
    history.acknowledged[1].outcome["result"] = '["a.2"]'


def _lost_though_no_worker_was(history):
    del history.faults[-2:]


def _failed_for_no_reason(history):
    history.ending.results["Exceptions"][0]["ExceptionDetails"] = {"Type": "ProgramFailed", "Message": "exit code 1"}


def _charged_too_often(history):
    history.ending.results["Results"][0]["Attempts"] = 4


def _damaged(history):
    history.ending.integrity = "row 7 missing from index task_ready"


LIES = [value for name, value in sorted(globals().items()) if name.startswith("_") and callable(value)
        and getattr(value, "__module__", None) == __name__]


def check_oracle():
    """What the oracle gets wrong: lies that it believes, truth that it doubts."""
    doubted = oracle.violations(true_history())
    wrong = [f"a true history is doubted: {sentence}" for sentence in doubted]
    for lie in LIES:
        history = true_history()
        lie(history)
        if not oracle.violations(history):
            wrong.append(f"a lie is believed:{lie.__name__.replace('_', ' ')}")
    return wrong
