# SPDX-License-Identifier: Apache-2.0
"""A worker lives on, whatever the Python functions do that it runs."""

import json
import signal

from test_python import FUNCTIONS

# What a task does, by where, and what comes of it; all others return.
BAD = {
    ("alder", "eu-west-1"): ("raises", {"Type": "LookupError", "Message": "not here"}),
    ("birch", "us-east-1"): ("exits", {"Type": "SystemExit", "ExitCode": 3}),
    ("cedar", "eu-west-1"): ("exits_at_once", {"Type": "PythonProcessEnded", "ExitCode": 5}),
    ("drift", "us-east-1"): ("crashes", {"Type": "PythonProcessEnded", "ExitCode": 128 + signal.SIGSEGV}),
    ("Zürich & <ende>", "eu-west-1"): ("floods", {"Type": "ValueError", "Message": "after the flood"}),
    ("grove", "us-east-1"): ("loops", {"Type": "TaskTimeout"}),
    ("alder", "us-east-1"): ("returns_an_object", {"Type": "UnserialisableResult"}),
}
FUNCTION = """
def everything(session, bad):
    place = f"{session.session_information['Name']} {session.region_name}"
    return globals()[bad[place]](session) if place in bad else place
"""


def test_one_worker_outlives_every_kind_of_bad_task(make_cluster, cove_as, organization, tmp_path):
    cluster = make_cluster(organization)
    cluster.start()
    worker = cluster.worker("snake", "--slots", "3", environment={"TEST_FOLDER": str(tmp_path)}, allow="python")
    cluster.wait_for_workers()
    (tmp_path / "audit.py").write_text(FUNCTIONS + FUNCTION)
    # The client has no credentials of AWS.
    client = cove_as(organization, **dict.fromkeys(organization.keys), TEST_FOLDER=str(tmp_path))
    regions = ["eu-west-1", "us-east-1"]

    def run(bad, code):
        # The time is so long that only what never ends reaches it.
        return client(
            "python", "audit.py:everything", "--regions", ",".join(regions), "--task-timeout", "20",
            "--input", json.dumps({"bad": bad}), *cluster.client_options(), code=code).output

    everywhere = {(name, region) for name in organization.accounts if name != "fallen" for region in regions}
    first = run({" ".join(place): how for place, (how, _) in BAD.items()}, 1)
    failures = {(entry["Name"], entry["Region"]): entry["ExceptionDetails"] for entry in first["Exceptions"]}
    assert len(first["Exceptions"]) == len(BAD) and failures.keys() == BAD.keys()
    for place, (_, details) in BAD.items():
        assert {key: failures[place].get(key) for key in details} == details
    good = {(entry["Name"], entry["Region"]): entry["Result"] for entry in first["Results"]}
    assert good == {place: " ".join(place) for place in everywhere - BAD.keys()}
    assert worker.is_alive

    second = run({}, 0)
    assert {(entry["Name"], entry["Region"]) for entry in second["Results"]} == everywhere
    entries = first["Results"] + first["Exceptions"] + second["Results"]
    # It is the same process: only one was ever started, and it has not ended.
    assert {entry["Worker"] for entry in entries} == {"snake"} and worker.is_alive
    assert worker.terminate() == 0
