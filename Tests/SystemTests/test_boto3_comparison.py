# SPDX-License-Identifier: Apache-2.0
"""What `cove call` answers is what boto3 answers: field by field, page by page, error by error."""

import collections
import concurrent.futures
import re

import botocore.session
import pytest

from call_comparison import Boto3Side, CoveSide, differences
from call_scenarios import SCENARIOS
from cove_program import CoveProgram
from conftest import cove_binary, cut_off
from moto_server import MotoServer

READING = re.compile("^(Get|List|Describe|Head|Query|Scan|Receive)")


@pytest.fixture(scope="module")
def sides(moto, tmp_path_factory):
    """boto3's and Cove's side, each with a server of its own."""
    folder = tmp_path_factory.mktemp("comparison")
    with MotoServer() as url:
        boto3_side = Boto3Side(moto, "300000000001", SCENARIOS)
        cove_side = CoveSide(
            url, "300000000001", SCENARIOS,
            lambda side: CoveProgram(cove_binary(), cut_off(folder, url) | side.organization.keys, folder),
        )
        yield boto3_side, cove_side


@pytest.fixture(scope="module")
def outcomes(sides):
    """What came of every scenario; they are run beside each other, each in an account of its own."""
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        yield {name: pool.submit(run, sides, name, calls) for name, calls in SCENARIOS.items()}


def run(sides, scenario, calls):
    return [[(call, side.answer(scenario, call)) for call in calls] for side in sides]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_service_answers_cove_as_it_answers_boto3(sides, outcomes, scenario):
    problems = []
    for (call, left), (_, right) in zip(*outcomes[scenario].result()):
        for problem in differences(*sides, scenario, call, *judged(call, left, right)):
            problems.append(f"{call.operation}: {problem}")
    assert not problems, "\n".join(problems)


def judged(call, left, right):
    """The answers as they are compared, when boto3's is of the kind that the list says."""
    refused = left.get("refused", {})
    kind = "invalid" if "invalid" in refused else "wrong" if refused else "right"
    assert kind == ("invalid" if call.is_invalid else "wrong" if call.is_wrong else "right"), f"{call}: {left}"
    if call.is_invalid and (said := right.get("refused", {}).get("invalid")):
        # Cove tells each problem by itself, without botocore's title.
        missing = [line for line in refused["invalid"].splitlines()[1:] if line not in said]
        return [], [f"{line!r} is not in {said!r}" for line in missing]
    return left, right


def test_the_list_covers_every_protocol_reads_and_writes_and_what_is_refused():
    session = botocore.session.get_session()
    operations, writes, refused = collections.defaultdict(set), set(), 0
    for scenario, calls in SCENARIOS.items():
        for call in calls:
            service = call.service or scenario
            operations[session.get_service_model(service).resolved_protocol].add((service, call.operation))
            if not READING.match(call.operation):
                writes.add((service, call.operation))
            refused += call.is_wrong or call.is_invalid
    every = set().union(*operations.values())
    print({protocol: len(of_it) for protocol, of_it in operations.items()}, len(every), len(writes), refused)
    assert len(every) >= 60 and len({service for service, _ in every}) >= 20
    # moto does not speak the sixth, smithy-rpc-v2-cbor; botocore prefers JSON where a service speaks both.
    assert set(operations) == {"query", "ec2", "json", "rest-json", "rest-xml"}
    assert all(len(of_it) >= 5 for of_it in operations.values())
    assert len(writes) >= len(every) / 2
    assert refused >= 15
    assert any(call.page_size for calls in SCENARIOS.values() for call in calls)
