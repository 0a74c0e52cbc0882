# SPDX-License-Identifier: Apache-2.0
"""What botocore sends, or says, for calls: the reference of request tests.

usage: botocore_calls.py CASES ANSWERS             the calls in a file of JSON
       botocore_calls.py --survey ANSWERS SERVICE ...   two made-up calls of every operation of the services

Time stands still, random tokens are all the same, nothing is sent.
"""

import base64
import datetime
import json
import os
import random
import sys
import tempfile
import uuid

import botocore
import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.exceptions
import botocore.handlers
import botocore.loaders
import botocore.session

NOW = datetime.datetime(2015, 8, 30, 12, 36, 0, tzinfo=datetime.timezone.utc)
TOKEN = uuid.UUID("11111111-2222-4333-8444-555555555555")
KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}

botocore.auth.get_current_datetime = lambda *_: NOW.replace(tzinfo=None)
uuid.uuid4 = lambda: TOKEN


# Models are read once for all settings.
LOADER = botocore.loaders.create_loader()


class Sent(Exception):
    """Thrown in place of sending."""


def decoded(value):
    """A value of JSON with bytes and moments in it."""
    if isinstance(value, dict):
        if set(value) == {"$blob"}:
            return base64.b64decode(value["$blob"])
        if set(value) == {"$time"}:
            return datetime.datetime.fromtimestamp(value["$time"], datetime.timezone.utc)
        if set(value) == {"$set"}:
            return set(value["$set"])
        return {name: decoded(member) for name, member in value.items()}
    if isinstance(value, list):
        return [decoded(element) for element in value]
    return value


def captured(request, **_):
    raise Sent(request)


class Clients:
    """The clients of one set of settings."""

    def __init__(self, environment, config, keys):
        self.folder = tempfile.TemporaryDirectory()
        file = os.path.join(self.folder.name, "config")
        with open(file, "w", encoding="utf-8") as out:
            out.write(config)
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": self.folder.name, "AWS_CONFIG_FILE": file, "AWS_MAX_ATTEMPTS": "1",
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_EC2_METADATA_DISABLED": "true", **(KEYS if keys else {}),
            **environment,
        }
        self.clients = {}

    def client(self, service, region):
        if (service, region) not in self.clients:
            os.environ.clear()
            os.environ.update(self.environment)
            session = botocore.session.Session()
            session.register_component("data_loader", LOADER)
            session.get_component("event_emitter").unregister("request-created", botocore.handlers.add_retry_headers)
            session.register("before-send", captured)
            self.clients[service, region] = session.create_client(service, region_name=region)
        os.environ.clear()
        os.environ.update(self.environment)
        return self.clients[service, region]


def call(client, operation, parameters):
    try:
        client._make_api_call(operation, parameters)
    except Sent as sent:
        request = sent.args[0]
        body = request.body or b""
        if hasattr(body, "read"):
            body = body.read()
        if isinstance(body, str):
            body = body.encode()
        headers = {
            name.lower(): value.decode() if isinstance(value, bytes) else str(value)
            for name, value in request.headers.items()
        }
        return {
            "method": request.method, "url": request.url, "headers": headers,
            "body": base64.b64encode(bytes(body)).decode(),
        }
    return {"error": "Nothing", "message": "nothing was sent"}


def presigned(client, case):
    """The URL that botocore signs for a call."""
    url = client.generate_presigned_url(
        botocore.xform_name(case["operation"]), decoded(case["input"]), case["presign"]["seconds"],
        case["presign"].get("method"),
    )
    return {"method": case["presign"].get("method") or "", "url": url, "headers": {}, "body": ""}


def answer(clients, case):
    key = json.dumps([case.get("environment") or {}, case.get("config") or "", case.get("keys", True)], sort_keys=True)
    if key not in clients:
        clients[key] = Clients(case.get("environment") or {}, case.get("config") or "", case.get("keys", True))
    try:
        if case.get("presign"):
            return presigned(clients[key].client(case["service"], case.get("region")), case)
        return call(
            clients[key].client(case["service"], case.get("region")), case["operation"], decoded(case["input"])
        )
    except Exception as error:  # every refusal is an answer
        return {"error": type(error).__name__, "message": str(error)}


# Made-up calls


def made_up(shape, full, depth, rng):
    """A value for a shape as JSON, valid as far as botocore checks."""
    kind = shape.type_name
    if kind == "structure":
        if getattr(shape, "is_document_type", False):
            return {"a": [1, "b", None, True, 1.5]}
        names = list(shape.members)
        if getattr(shape, "is_tagged_union", False):
            names = [rng.choice(names)] if names else []
        elif not full or depth > 3:
            names = [name for name in names if name in shape.required_members]
        if depth > 8:
            names = []
        return {name: made_up(shape.members[name], full, depth + 1, rng) for name in names}
    if kind == "list":
        if depth > 6:
            return []
        count = max(int(shape.metadata.get("min", 1)), 1 if depth < 5 else 0)
        return [made_up(shape.member, full, depth + 1, rng) for _ in range(min(count, 3))]
    if kind == "map":
        return {made_up(shape.key, full, depth + 1, rng): made_up(shape.value, full, depth + 1, rng)}
    if kind in ("string", "character"):
        if shape.name == "ChecksumAlgorithm":
            return rng.choice(["CRC32", "SHA1", "SHA256"])
        if shape.enum:
            return rng.choice(shape.enum)
        text = rng.choice(["ab", "a b/c", "ü%&+=", "123456789012", "x-y.z"])
        if shape.name == "MetadataKey" or shape.serialization.get("location") in ("header", "headers") or shape.metadata.get("min", 0) > 2 or "host" in str(shape.metadata):
            text = "abc"
        if shape.name in ("AccountId", "BucketName") or shape.metadata.get("hostLabel"):
            text = "123456789012"
        return text + "x" * max(0, int(shape.metadata.get("min", 0)) - len(text))
    if kind == "timestamp":
        return {"$time": rng.choice([1700000000, 0, 1700000000.25])}
    if kind == "blob":
        return {"$blob": base64.b64encode(b"blob\x00\xff").decode()}
    if kind == "boolean":
        return rng.choice([True, False])
    if kind in ("float", "double"):
        low = shape.metadata.get("min", 1)
        return float(low) + 0.5
    return int(shape.metadata.get("min", 1))


def survey(services):
    session = botocore.session.Session()
    for service in services:
        model = session.get_service_model(service)
        rng = random.Random(service)
        for operation in model.operation_names:
            shape = model.operation_model(operation).input_shape
            for full in (False, True):
                value = made_up(shape, full, 0, rng) if shape else {}
                yield {"service": service, "operation": operation, "input": value, "region": "eu-west-1"}


def main():
    clients = {}
    if sys.argv[1] == "--survey":
        os.environ["AWS_CONFIG_FILE"] = os.devnull
        with open(sys.argv[2], "w", encoding="utf-8") as out:
            for case in survey(sys.argv[3:] or botocore.session.Session().get_available_services()):
                out.write(json.dumps({"case": case, "answer": answer(clients, case)}) + "\n")
                if len(clients) and len(next(iter(clients.values())).clients) > 20:
                    clients.clear()
        return
    with open(sys.argv[1], encoding="utf-8") as file:
        cases = json.load(file)
    with open(sys.argv[2], "w", encoding="utf-8") as out:
        json.dump({"botocore": botocore.__version__, "answers": [answer(clients, case) for case in cases]}, out)


if __name__ == "__main__":
    main()
