# SPDX-License-Identifier: Apache-2.0
"""`cove call`: operations of AWS in every account, beside boto3 and the AWS CLI."""

import base64
import fcntl
import json
import os
import pty
import struct
import subprocess
import termios

import pytest
from botocore.exceptions import ClientError

from cli_form import aws_cli, cli_form, client_within

REGION = "eu-west-1"


@pytest.fixture(scope="module")
def shelf(make_organization, moto):
    """An organization with something to list: five users and 23 objects in one account, nothing in the other."""
    organization = make_organization(accounts={"full": ("", list("abcde")), "empty": ("", [])})
    s3 = client_within(moto, organization.accounts["full"], "s3")
    s3.create_bucket(Bucket="shelf-bucket", CreateBucketConfiguration={"LocationConstraint": REGION})
    for number in range(23):
        s3.put_object(Bucket="shelf-bucket", Key=f"a b/{number:02}-ü", Body=b"\x00\xfftext")
    dynamodb = client_within(moto, organization.accounts["full"], "dynamodb")
    dynamodb.create_table(
        TableName="books",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "B"}],
        BillingMode="PAY_PER_REQUEST",
    )
    for number in range(7):
        dynamodb.put_item(TableName="books", Item={"id": {"B": bytes([0, 255, number])}, "n": {"N": str(number)}})
    return organization


@pytest.fixture
def cove(cove_as, shelf):
    return cove_as(shelf)


@pytest.fixture
def full(shelf):
    return shelf.accounts["full"]


@pytest.fixture
def one(cove, full):
    """`one(service, operation, options)`: a call in one account, and the account's entry."""

    def call(*arguments, code=0):
        output = cove("call", "--targets", full, "--regions", REGION, *arguments, code=code).output
        (entry,) = [entry for name in ("Results", "Exceptions", "FailedAssumeRole") for entry in output[name]]
        return entry

    return call


# Answers


READS = [
    ("iam", "list-users", {}),
    ("iam", "get-account-summary", {}),
    ("sts", "get-caller-identity", {}),
    ("s3", "list-buckets", {}),
    ("s3", "list-objects-v2", {"Bucket": "shelf-bucket"}),
    ("s3", "head-object", {"Bucket": "shelf-bucket", "Key": "a b/03-ü"}),
    ("s3", "get-object", {"Bucket": "shelf-bucket", "Key": "a b/03-ü"}),
    ("dynamodb", "describe-table", {"TableName": "books"}),
    ("dynamodb", "scan", {"TableName": "books"}),
    ("ec2", "describe-vpcs", {}),
    ("ec2", "describe-subnets", {"Filters": [{"Name": "default-for-az", "Values": ["true"]}]}),
    ("lambda", "list-functions", {}),
    ("cloudwatch", "list-metrics", {}),
    ("sqs", "list-queues", {}),
    ("kms", "list-keys", {}),
]


@pytest.mark.parametrize("service, operation, given", READS, ids=[f"{read[0]}-{read[1]}" for read in READS])
def test_an_answer_is_that_of_boto3_as_the_cli_prints_it(one, moto, full, service, operation, given):
    client = client_within(moto, full, service)
    method = operation.replace("-", "_")
    if client.can_paginate(method):
        expected = client.get_paginator(method).paginate(**given).build_full_result()
    else:
        expected = getattr(client, method)(**given)
    text = json.dumps(cli_form(given))
    result = one(service, operation, "--input", text).get("Result", {})
    # botocore adds to some answers what it made of the request; ids are the request's own.
    assert same(result, cli_form(expected)), (result, cli_form(expected))


def same(ours, theirs):
    moving = {"UserId", "RequestId"} if "Account" in theirs else {"RequestId"}
    if "Account" in theirs:
        moving |= {"Arn"}
    return {k: v for k, v in ours.items() if k not in moving} == {k: v for k, v in theirs.items() if k not in moving}


def test_members_stand_in_the_models_order(one, moto, full):
    theirs = cli_form(client_within(moto, full, "iam").list_users())["Users"]
    ours = one("iam", "list-users")["Result"]["Users"]
    assert [list(user) for user in ours] == [list(user) for user in theirs]


@pytest.mark.parametrize("operation", ["list-users", "ListUsers", "listUsers", "list_users"])
def test_an_operation_has_any_spelling(one, operation):
    assert one("iam", operation, "--query", "Users[].UserName")["Result"] == list("abcde")


def test_the_cli_names_of_services_are_known(one):
    assert one("s3api", "list-buckets", "--query", "Buckets[].Name")["Result"] == ["shelf-bucket"]


def test_every_account_is_asked_with_its_own_credentials(cove, shelf):
    output = cove("call", "iam", "list-users", "--query", "length(Users)", code=0).output
    assert {entry["Id"]: entry["Result"] for entry in output["Results"]} == {
        shelf.accounts["full"]: 5,
        shelf.accounts["empty"]: 0,
    }


def test_what_is_written_is_there_and_an_answer_without_members_is_no_result(one, moto, full):
    document = {"Bucket": "shelf-bucket", "Key": "written", "Body": base64.b64encode(b"\x00\x01").decode()}
    assert "ETag" in one("s3", "put-object", "--input", json.dumps(document))["Result"]
    s3 = client_within(moto, full, "s3")
    assert s3.get_object(Bucket="shelf-bucket", Key="written")["Body"].read() == b"\x00\x01"
    entry = one("iam", "tag-user", "--input", '{"UserName": "a", "Tags": [{"Key": "k", "Value": "v"}]}')
    assert "Result" not in entry and entry["AssumeRoleSuccess"]
    iam = client_within(moto, full, "iam")
    assert iam.list_user_tags(UserName="a")["Tags"] == [{"Key": "k", "Value": "v"}]
    iam.untag_user(UserName="a", TagKeys=["k"])
    s3.delete_object(Bucket="shelf-bucket", Key="written")


def test_an_input_may_be_a_file_or_a_variable(cove, full, tmp_path):
    (tmp_path / "user.json").write_text('{"UserName": "b"}')
    common = ["call", "--targets", full, "iam", "get-user", "--query", "User.UserName"]
    assert cove(*common, "--input", "@user.json", code=0).output["Results"][0]["Result"] == "b"
    by_variable = cove.with_environment(COVE_INPUT='{"UserName": "c"}', COVE_QUERY="User.UserName")
    assert by_variable("call", "--targets", full, "iam", "get-user", code=0).output["Results"][0]["Result"] == "c"


# Pages


PAGED = [
    ("iam", "list-users", {}, ["--page-size", "2"]),
    ("iam", "list-users", {}, ["--max-items", "3"]),
    ("iam", "list-users", {}, ["--max-items", "3", "--page-size", "2"]),
    ("s3api", "list-objects-v2", {"Bucket": "shelf-bucket"}, ["--page-size", "10"]),
    ("s3api", "list-objects-v2", {"Bucket": "shelf-bucket"}, ["--page-size", "5", "--max-items", "12"]),
    ("s3api", "list-objects-v2", {"Bucket": "shelf-bucket"}, ["--no-paginate"]),
    ("dynamodb", "scan", {"TableName": "books"}, ["--page-size", "2"]),
    ("dynamodb", "scan", {"TableName": "books"}, ["--page-size", "2", "--max-items", "3"]),
]


@pytest.mark.parametrize("service, operation, given, options", PAGED)
def test_pages_are_those_of_the_aws_cli(one, moto, full, environment, tmp_path, service, operation, given, options):
    theirs = aws_cli(
        environment, moto, full, service, operation, "--cli-input-json", json.dumps(given), *options, folder=tmp_path
    )
    ours = one(service, operation, "--input", json.dumps(given), *options)["Result"]
    # Version 1 of the CLI tells ids of requests as members, and more of the service's own paging.
    assert ours == theirs


def test_a_listing_goes_on_where_it_ended_also_with_the_clis_token(one, moto, full, environment, tmp_path):
    def names(result):
        return [user["UserName"] for user in result["Users"]]

    first = one("iam", "list-users", "--max-items", "2")["Result"]
    theirs = aws_cli(environment, moto, full, "iam", "list-users", "--max-items", "2", folder=tmp_path)
    assert first["NextToken"] == theirs["NextToken"]
    second = one("iam", "list-users", "--max-items", "2", "--starting-token", first["NextToken"])["Result"]
    third = one("iam", "list-users", "--starting-token", second["NextToken"])["Result"]
    assert names(first) + names(second) + names(third) == list("abcde")
    assert "NextToken" not in third


def test_who_names_the_services_own_parameter_gets_one_page(one):
    given = '{"Bucket": "shelf-bucket", "MaxKeys": 2}'
    result = one("s3", "list-objects-v2", "--input", given)["Result"]
    assert len(result["Contents"]) == 2 and result["IsTruncated"] and result["NextContinuationToken"]


# Errors


WRONG = [
    ("iam", "get-user", {"UserName": "nobody"}),
    ("iam", "create-user", {"UserName": "a"}),
    ("s3", "get-object", {"Bucket": "shelf-bucket", "Key": "nothing"}),
    ("s3", "list-objects-v2", {"Bucket": "no-such-bucket-anywhere"}),
    ("dynamodb", "describe-table", {"TableName": "nothing"}),
    ("ec2", "describe-vpcs", {"VpcIds": ["vpc-00000000"]}),
    ("lambda", "get-function", {"FunctionName": "nothing"}),
    ("sqs", "get-queue-url", {"QueueName": "nothing"}),
    ("kms", "describe-key", {"KeyId": "nothing"}),
]


@pytest.mark.parametrize("service, operation, given", WRONG, ids=[f"{wrong[0]}-{wrong[1]}" for wrong in WRONG])
def test_a_refusal_has_boto3s_code_and_message(one, moto, full, service, operation, given):
    with pytest.raises(ClientError) as refused:
        getattr(client_within(moto, full, service), operation.replace("-", "_"))(**given)
    details = one(service, operation, "--input", json.dumps(given), code=1)["ExceptionDetails"]
    theirs = refused.value.response
    assert (details["Code"], details["Message"]) == (theirs["Error"]["Code"], theirs["Error"]["Message"])
    assert details["HTTPStatusCode"] == theirs["ResponseMetadata"]["HTTPStatusCode"]
    assert details["Operation"].endswith("." + refused.value.operation_name)
    assert details["Attempts"] == 1 and details["Retryable"] is False


def test_a_role_that_cannot_be_assumed_is_no_exception(cove_as, shelf, full, proxy):
    proxy.deny(full)
    output = cove_as(shelf, **proxy.environment)("call", "iam", "list-users", code=1).output
    assert [entry["Id"] for entry in output["FailedAssumeRole"]] == [full]
    assert len(output["Results"]) == 1 and output["Exceptions"] == []


def test_a_query_that_does_not_fit_an_answer_is_an_exception(one):
    entry = one("iam", "list-users", "--query", "length(IsTruncated)", code=1)
    assert entry["ExceptionDetails"]["Type"] == "JMESPathError"


# Wrong requests: told at once, before anything is sent.


@pytest.fixture
def nothing_sent(proxy):
    yield proxy.environment
    assert proxy.calls == []


REFUSED = {
    "service": (["ian", "list-users"], ['no service "ian"', "iam"]),
    "operation": (["iam", "list-user"], ['no operation "list-user"', "ListUsers"]),
    "json": (["iam", "list-users", "--input", "{PathPrefix: /}"], ["the input is not JSON"]),
    "no-object": (["iam", "list-users", "--input", "[]"], ["no JSON object"]),
    "file": (["iam", "list-users", "--input", "@nothing.json"], ["nothing.json"]),
    "query": (["iam", "list-users", "--query", "Users["], ["the query Users[ is no JMESPath expression"]),
    "function": (["iam", "list-users", "--query", "lenght(@)"], ["lenght"]),
    "base64": (["s3", "put-object", "--input", '{"Bucket": "b", "Key": "k", "Body": "?"}'], ["parameter Body"]),
    "parameters": (
        ["iam", "create-user", "--input", '{"Username": "x", "Path": 7, "Tags": [{"Key": "k"}]}'],
        [
            'Missing required parameter in input: "UserName"',
            'Unknown parameter in input: "Username", must be one of: Path, UserName, PermissionsBoundary, Tags',
            "Invalid type for parameter Path, value: 7, type: <class 'int'>, valid types: <class 'str'>",
            'Missing required parameter in Tags[0]: "Value"',
        ],
    ),
    "events": (["lambda", "invoke-with-response-stream", "--input", '{"FunctionName": "f"}'], ["stream of events"]),
    "no-pages": (["iam", "get-user", "--max-items", "1"], ["has no pages"]),
    "no-paginate": (["iam", "list-users", "--no-paginate", "--page-size", "1"], ["Cannot specify --no-paginate"]),
    "token": (["iam", "list-users", "--starting-token", "a___b___c"], ["Bad starting token"]),
    "own-paging": (["iam", "list-users", "--input", '{"Marker": "x"}', "--max-items", "1"], ["the input has Marker"]),
    "everything": (
        ["iam", "list-user", "--query", "[", "--page-size", "0", "--targets", "cat", "--regions", ""],
        ["list-user", "JMESPath", "--page-size", "cat", "regions must have"],
    ),
}


@pytest.mark.parametrize("arguments, words", REFUSED.values(), ids=REFUSED)
def test_a_wrong_request_is_told_before_anything_is_sent(cove, nothing_sent, arguments, words):
    finished = cove.with_environment(**nothing_sent)("call", *arguments, code=2)
    assert finished.stdout == b""
    for word in words:
        assert word in finished.stderr
    assert cove("runs").text.strip() == "there are no runs"


def test_without_models_it_says_what_to_install(cove, nothing_sent):
    bare = cove.with_environment(PATH="/nowhere", **nothing_sent)
    finished = bare("call", "iam", "list-users", code=3)
    assert "cove models install" in finished.stderr
    assert bare("call", "iam", "list-users", "--page-size", "0", code=2)


def test_regions_of_one_endpoint_are_warned_of(cove_as, shelf, full):
    # With its own endpoint nothing would be the same: the service's rules are what counts.
    cove = cove_as(shelf)
    finished = cove(
        "call", "--targets", full, "--regions", "eu-west-1,us-east-1", "iam", "list-users", "--output", "none", code=0
    )
    assert "iam has one endpoint for eu-west-1, us-east-1" in finished.stderr
    finished = cove(
        "call", "--targets", full, "--regions", "eu-west-1,us-east-1", "ec2", "describe-vpcs", "--output", "none", code=0
    )
    assert finished.stderr == ""


# Output


@pytest.mark.parametrize("columns", [80, 140])
def test_a_table_fits_the_terminal(cove, columns, shelf):
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    process = subprocess.Popen(
        [cove.binary, "call", "iam", "list-users", "--output", "table"],
        env=cove.environment | {"TERM": "xterm"},
        cwd=cove.folder,
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            chunk = os.read(ours, 65536)
        except OSError:
            break
        if not chunk:
            break
        shown += chunk
    os.close(ours)
    assert process.wait(60) == 0
    lines = shown.decode().replace("\r", "").splitlines()
    assert [line for line in lines if shelf.accounts["full"] in line and '{"Users":[' in line and line.endswith("…")]
    assert max(map(len, lines)) <= columns


def test_every_form_of_output_has_the_results(cove, full):
    common = ["call", "--targets", full, "iam", "list-users", "--query", "Users[].UserName"]
    (line,) = cove(*common, "--output", "ndjson", code=0).lines
    assert line["Outcome"] == "succeeded" and line["Result"] == list("abcde")
    assert '["a","b","c","d","e"]' in cove(*common, "--output", "table", code=0).text
    assert cove(*common, "--output", "none", code=0).stdout == b""


def test_the_run_is_listed_by_its_names_and_not_by_its_input(cove, full):
    cove("call", "--targets", full, "iam", "get-user", "--input", '{"UserName": "a"}', code=0)
    (run,) = cove("runs", "--output", "json", code=0).output
    assert run["Function"] == "iam GetUser"


# Going on


def test_a_call_is_tried_again_where_it_failed(cove, moto, shelf):
    common = ["call", "iam", "get-user", "--input", '{"UserName": "late"}', "--query", "User.UserName"]
    failed = cove(*common, code=1).output
    assert len(failed["Exceptions"]) == 2
    client_within(moto, shelf.accounts["empty"], "iam").create_user(UserName="late")
    (run,) = cove("runs", "--output", "json", code=0).output
    again = cove("retry", run["Run"], code=1).output
    assert [entry["Result"] for entry in again["Results"]] == ["late"]
    assert [entry["Id"] for entry in again["Exceptions"]] == [shelf.accounts["full"]]
    client_within(moto, shelf.accounts["empty"], "iam").delete_user(UserName="late")


def test_a_killed_call_is_resumed(cove_as, shelf, full, proxy):
    cove = cove_as(shelf, **proxy.environment)
    hold = proxy.hold("AssumeRole", shelf.accounts["empty"])
    running = cove.start("call", "--slots", "1", "sts", "get-caller-identity", "--query", "Account")
    assert hold.arrived.wait(60)
    running.kill()
    hold.release()
    (run,) = cove("runs", "--output", "json", code=0).output
    output = cove("resume", run["Run"], code=0).output
    assert sorted(entry["Result"] for entry in output["Results"]) == sorted(shelf.active)


# Many hosts


@pytest.fixture(scope="module")
def cluster(make_cluster, shelf):
    cluster = make_cluster(shelf, "--lease-ttl", 5)
    cluster.start()
    return cluster


def test_two_workers_call_for_a_coordinator(cluster, shelf):
    for name in ("one", "two"):
        cluster.worker(name, "--allow", "call", "--slots", 1)
    cluster.wait_for_workers("one", "two")
    finished = cluster.call("call", "iam", "list-users", "--query", "Users[].UserName", "--regions", REGION)
    assert finished.returncode == 0, finished.stderr.decode()
    results = {entry["Id"]: entry["Result"] for entry in json.loads(finished.stdout)["Results"]}
    assert results == {shelf.accounts["full"]: list("abcde"), shelf.accounts["empty"]: []}
    for name in ("one", "two"):
        cluster.workers[name].terminate()


def test_a_wrong_call_is_refused_before_it_is_submitted_where_models_are(cluster):
    finished = cluster.call("call", "iam", "list-user")
    assert finished.returncode == 2 and b"ListUsers" in finished.stderr
    assert json.loads(cluster.call("runs", "--output", "json", right="read").stdout or b"[]") == [
        run
        for run in json.loads(cluster.call("runs", "--output", "json", right="read").stdout)
        if run["Function"] != "iam list-user"
    ]


def test_a_worker_without_models_says_what_to_install_on_its_host(cluster, shelf):
    bare = cluster.worker("bare", "--allow", "call", environment={"PATH": "/nowhere"})
    cluster.wait_for_workers("bare")
    bare.wait_for("cove models install")
    finished = cluster.call("call", "iam", "list-users")
    assert finished.returncode == 1
    for entry in json.loads(finished.stdout)["Exceptions"]:
        assert entry["ExceptionDetails"]["Code"] == "NoModels"
        assert "cove models install" in entry["ExceptionDetails"]["Message"]
    bare.terminate()
