# SPDX-License-Identifier: Apache-2.0
"""What botocore makes of configuration files, environments and credential sources.

Reads a JSON list of cases from the file named first and writes a JSON list of answers to the file named second. Every case
has a kind: "ini", "words", "configuration" or "credentials". No network is used: AssumeRole is answered here.
"""

import datetime
import json
import os
import shlex
import sys
import tempfile
import urllib.request

import botocore.client
import botocore.configloader
import botocore.httpsession
import botocore.loaders
import botocore.retries.standard
import botocore.session
import botocore.utils

# One loader for all sessions: it keeps the service models that it has read.
LOADER = botocore.loaders.create_loader()


def failure(error):
    return {"error": type(error).__name__, "message": str(error)}


def ini(case, folder):
    path = os.path.join(folder, "file")
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(case["text"])
    try:
        return {"sections": botocore.configloader.raw_config_parse(path)}
    except Exception as error:
        return failure(error)


def words(case, folder):
    try:
        return {"words": shlex.split(case["text"])}
    except ValueError as error:
        return failure(error)


def session_of(case, folder):
    """A session in an environment of the case's variables and files; {HOME} stands for its home folder."""
    os.environ.clear()
    os.environ["HOME"] = folder
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    for name, value in case["environment"].items():
        os.environ[name] = value.replace("{HOME}", folder)
    for name, text in case["files"].items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(text)
    session = botocore.session.Session()
    session.register_component("data_loader", LOADER)
    # As boto3.Session does with its arguments.
    if case.get("profile") is not None:
        session.set_config_variable("profile", case["profile"])
    if case.get("region") is not None:
        session.set_config_variable("region", case["region"])
    return session


def endpoint(session, service, client):
    store = session.get_component("config_store")
    if store.get_config_variable("ignore_configured_endpoint_urls"):
        return None
    url = botocore.configprovider.ConfiguredEndpointProvider(
        full_config=session.full_config, scoped_config=session.get_scoped_config(), client_name=service
    ).provide()
    if url:
        assert client.meta.endpoint_url == url, (client.meta.endpoint_url, url)
    return url


def attempts(session, client):
    retries = client.meta.config.retries
    if "total_max_attempts" in retries:
        return max(1, retries["total_max_attempts"])
    if retries["mode"] == "legacy":
        loader = session.get_component("data_loader")
        return loader.load_data("_retry")["retry"]["__default__"]["max_attempts"]
    return botocore.retries.standard.DEFAULT_MAX_ATTEMPTS


def configuration(case, folder):
    try:
        session = session_of(case, folder)
        region = session.get_config_variable("region")
        clients = {
            service: session.create_client(
                service,
                region_name=region if region is not None else "us-east-1",
                aws_access_key_id="a",
                aws_secret_access_key="b",
            )
            for service in ("sts", "organizations")
        }
        config = clients["sts"].meta.config
        verify = clients["sts"]._endpoint.http_session._verify
        environment_proxies = urllib.request.getproxies()
        proxies = botocore.httpsession.ProxyConfiguration(proxies=environment_proxies)
        answer = {
            "region": region,
            "sts": endpoint(session, "sts", clients["sts"]),
            "organizations": endpoint(session, "organizations", clients["organizations"]),
            "caBundle": None if verify is True else verify,
            "retryMode": config.retries["mode"],
            "maxAttempts": attempts(session, clients["sts"]),
            "connectTimeout": config.connect_timeout,
            "readTimeout": config.read_timeout,
            "useFIPS": bool(config.use_fips_endpoint),
            "useDualStack": bool(config.use_dualstack_endpoint),
            "stsRegionalEndpoints": session.get_config_variable("sts_regional_endpoints") or "regional",
            "httpProxy": proxies.proxy_url_for("http://a/"),
            "httpsProxy": proxies.proxy_url_for("https://a/"),
            "noProxy": environment_proxies.get("no"),
            "profileName": session.profile,
        }
        return {name: unplaced(value, folder) for name, value in answer.items() if value is not None}
    except Exception as error:
        return {name: unplaced(value, folder) for name, value in failure(error).items()}


def unplaced(value, folder):
    return value.replace(folder, "{HOME}") if isinstance(value, str) else value


def credentials(case, folder):
    calls = []

    def answer(client, operation, arguments):
        assert operation == "AssumeRole", operation
        source = client._request_signer._credentials.get_frozen_credentials()
        name = arguments["RoleArn"].split("/")[-1]
        session_name = arguments["RoleSessionName"]
        if session_name.startswith("botocore-session-"):
            session_name = "(default)"
        calls.append(
            {
                "role": arguments["RoleArn"],
                "session": session_name,
                "external": arguments.get("ExternalId"),
                "duration": arguments.get("DurationSeconds"),
                "source": source.access_key,
            }
        )
        return {
            "Credentials": {
                "AccessKeyId": "ASIA" + name,
                "SecretAccessKey": "secret-of-" + name,
                "SessionToken": "token-of-" + name,
                "Expiration": datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1),
            },
            "AssumedRoleUser": {"Arn": "arn:aws:sts::111111111111:assumed-role/x/y", "AssumedRoleId": "x"},
        }

    original = botocore.client.BaseClient._make_api_call
    botocore.client.BaseClient._make_api_call = answer
    try:
        session = session_of(case, folder)
        session._last_client_region_used = "us-east-1"
        found = session.get_credentials()
        if found is None:
            return {"error": "NoCredentialsError", "message": "Unable to locate credentials"}
        frozen = found.get_frozen_credentials()
        return {
            "accessKeyID": frozen.access_key,
            "secretAccessKey": frozen.secret_key,
            "sessionToken": frozen.token,
            "calls": [{name: value for name, value in call.items() if value is not None} for call in calls],
        }
    except Exception as error:
        return failure(error)
    finally:
        botocore.client.BaseClient._make_api_call = original


KINDS = {"ini": ini, "words": words, "configuration": configuration, "credentials": credentials}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        cases = json.load(file)
    path = os.environ.get("PATH", "/usr/bin:/bin")
    answers = []
    for case in cases:
        case.setdefault("environment", {}).setdefault("PATH", path)
        with tempfile.TemporaryDirectory() as folder:
            answers.append(KINDS[case["kind"]](case, os.path.realpath(folder)))
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        json.dump({"botocore": botocore.__version__, "answers": answers}, file)


main()
