# SPDX-License-Identifier: Apache-2.0
"""What must hold after a fault run, whatever was done to it; every rule gives a sentence for each thing that breaks it."""

import collections

from history import execution_of

# The clock of the logs has hundredths, and a line is written a little after or before what it says.
SLACK = 0.05
# How long a worker that was stopped may need, after it goes on, to end what it should not have any more.
WAKING = 2.0
LISTS = ("Results", "Exceptions", "FailedAssumeRole")


def violations(history):
    """Everything that is wrong; empty when all is well."""
    rules = (
        settled_once, counted, recorded_as_acknowledged, not_run_again, explained, fenced, executed_as_recorded,
        few_attempts, intact,
    )
    return [sentence for rule in rules for sentence in rule(history)]


def entries(history):
    """The entries of the results by task, with their list's name; a task may have several."""
    found = collections.defaultdict(list)
    for name in LISTS:
        for entry in history.ending.results.get(name, []):
            found[f"{entry['Id']}/{entry.get('Region') or ''}"].append((name, entry))
    return found


def settled_once(history):
    """Every task of the plan stands in the results, once, and nothing else does."""
    found = entries(history)
    for task in sorted(history.tasks - set(found)):
        yield f"{task} has no outcome"
    for task in sorted(set(found) - history.tasks):
        yield f"{task} has an outcome and is not in the plan"
    for task, several in sorted(found.items()):
        if len(several) > 1:
            yield f"{task} stands {len(several)} times in the results"
    for entry in history.ending.results.get("NotRun", []):
        yield f"{entry['Id']}/{entry.get('Region') or ''} stands in NotRun: {entry.get('Reason')}"


def counted(history):
    """The counts add up to the plan, and are those of the results."""
    counts, results = history.ending.counts, history.ending.results
    if sum(counts.values()) != len(history.tasks):
        yield f"the counts add up to {sum(counts.values())}, not to {len(history.tasks)}: {counts}"
    for name, state in zip(LISTS, ("succeeded", "failed", "roleNotAssumed")):
        if counts.get(state, 0) != len(results.get(name, [])):
            yield f"{counts.get(state, 0)} tasks are counted as {state}, {len(results.get(name, []))} stand in {name}"


def recorded_as_acknowledged(history):
    """What was acknowledged is there in the end, unchanged, and was acknowledged once."""
    found, seen = entries(history), {}
    for each in history.acknowledged:
        if each.task in seen:
            yield f"{each.task} was acknowledged twice, at {seen[each.task].at:.2f} and {each.at:.2f}"
            continue
        seen[each.task] = each
        if each.task not in found:
            yield f"{each.task} was acknowledged at {each.at:.2f} and is lost"
            continue
        _, entry = found[each.task][0]
        before, after = execution_of(each.outcome), (entry.get("Result") or [None])[0]
        if before != after:
            yield f"{each.task} was acknowledged as {before or each.outcome}, and in the end is {after or entry}"


def not_run_again(history):
    """No execution of a task begins after its outcome was acknowledged.

    But a worker that was stopped may be in the middle of starting a program; when it goes on, it starts it.
    """
    acknowledged = {each.task: each.at for each in history.acknowledged}
    for execution in history.executions:
        at = acknowledged.get(execution.task)
        if at is None or execution.start <= at + SLACK or _just_woke(history, execution):
            continue
        yield f"{execution.task} was acknowledged at {at:.2f} and run again by {execution.name} at {execution.start:.2f}"


def explained(history):
    """A task is executed again only when something befell the worker that executed it before."""
    for former, execution in _repeated(history):
        if not _befell(history, former, execution.start) and not _just_woke(history, execution):
            yield (f"{execution.task} was executed by {former.name} from {former.start:.2f} to {former.end}, and again by "
                   f"{execution.name} at {execution.start:.2f}, although nothing had happened to {former.worker}")


def fenced(history):
    """A worker that is cut off has ended its executions before another worker begins them."""
    for former, execution in _repeated(history):
        cut = any(
            fault.kind == "cut" and fault.member == former.worker and former.start <= fault.last and
            fault.begin <= execution.start for fault in history.faults)
        over = min(former.end or float("inf"), former.ended or float("inf"))
        if cut and over > execution.start + SLACK:
            yield (f"{execution.task} was begun by {execution.name} at {execution.start:.2f}, while {former.name}, which was "
                   f"cut off, went on until {over:.2f}")


def executed_as_recorded(history):
    """A result is that of an execution of the task that came to its end; a failure is a worker lost again and again."""
    executions = {execution.name: execution for execution in history.executions}
    times = collections.Counter(execution.task for execution in history.executions)
    for task, several in sorted(entries(history).items()):
        for name, entry in several:
            if name == "Results":
                execution = executions.get((entry.get("Result") or [None])[0])
                if execution is None or execution.task != task or execution.end is None:
                    yield f"{task} has the result {entry.get('Result')}, which no execution of it wrote"
            elif entry["ExceptionDetails"].get("Type") != "WorkerLost":
                yield f"{task} failed: {entry['ExceptionDetails']}"
            elif _lost(history, task) < 3:
                yield f"{task} failed as lost, though only {_lost(history, task)} of {times[task]} executions were"


def few_attempts(history):
    """At most three executions of a task are charged, and no more than there were."""
    times = collections.Counter(execution.task for execution in history.executions)
    for task, several in sorted(entries(history).items()):
        for _, entry in several:
            attempts = entry.get("Attempts", 0)
            if attempts > max(3, times[task]):
                yield f"{task} is charged with {attempts} attempts; it was executed {times[task]} times"


def intact(history):
    if history.ending.integrity != "ok":
        yield f"SQLite's integrity check says: {history.ending.integrity}"


def _repeated(history):
    """Every execution that is not the first of its task, with the one before it."""
    before = {}
    for execution in history.executions:
        if former := before.get(execution.task):
            yield former, execution
        before[execution.task] = execution


def _befell(history, execution, until):
    """Whether a fault explains that an execution's lease was lost before a moment.

    A worker that was stopped or away for less than the time after which it fences itself has no excuse: its leases wait.
    """
    fence = history.ttl * (11 / 12 - 1 / 4) - SLACK
    for fault in history.faults:
        if fault.member != execution.worker or fault.begin - SLACK > until:
            continue
        if fault.kind in ("kill", "drain"):
            if fault.begin + SLACK >= execution.start:
                return True
        elif fault.last >= execution.start and min(fault.last, until) - fault.begin >= fence:
            return True
    return False


def _lost(history, task):
    """How many executions of a task may have been lost, so far as faults explain it."""
    return sum(
        _befell(history, execution, float("inf")) for execution in history.executions if execution.task == task)


def _just_woke(history, execution):
    return any(
        fault.kind in ("stop", "cut") and fault.member == execution.worker
        and fault.begin <= execution.start <= fault.last + WAKING
        for fault in history.faults
    )
