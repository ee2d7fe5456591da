"""The deployed system as its callers and its operators see it: an HTTP API, and AWS' interfaces."""

import base64
import contextlib
import hashlib
import hmac
import http.client
import json
import re
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import boto3

# The one that the tokens in events/ are signed with.
JWT_SECRET = "for-the-sample-events-only-never-deploy-this"


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(role, secret):
    """A token as the platform signs them."""
    now = int(time.time())
    claims = {"sub": role, "roles": [role], "token_type": "access", "iat": now, "exp": now + 3600}
    parts = ({"alg": "HS256", "typ": "JWT"}, claims)
    signed = ".".join(encoded(json.dumps(part).encode()) for part in parts)
    return f"{signed}.{encoded(hmac.digest(secret.encode(), signed.encode(), hashlib.sha256))}"


@dataclass
class Answer:
    status: int
    headers: dict
    body: object


class System:
    """One stack in one account of the emulator."""

    def __init__(self, stack, emulator):
        self.stack, self.emulator = stack, emulator

    def aws(self, service, **credentials):
        keys = {f"aws_{name}": value for name, value in (credentials or self.emulator.root).items()}
        return boto3.client(service, endpoint_url=self.emulator.url, region_name=self.emulator.region, **keys)

    @cached_property
    def template(self):
        """The template as CloudFormation runs it, its transform applied."""
        body = self.aws("cloudformation").get_template(StackName=self.stack, TemplateStage="Processed")["TemplateBody"]
        return json.loads(body) if isinstance(body, str) else body

    @cached_property
    def physical(self):
        """What each logical resource is called in the account."""
        pages = self.aws("cloudformation").get_paginator("list_stack_resources").paginate(StackName=self.stack)
        resources = [resource for page in pages for resource in page["StackResourceSummaries"]]
        return {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in resources}

    @cached_property
    def outputs(self):
        return {output["OutputKey"]: output["OutputValue"] for output in self.describe()["Outputs"]}

    def parameters(self):
        return {given["ParameterKey"]: given["ParameterValue"] for given in self.describe()["Parameters"]}

    def describe(self):
        (stack,) = self.aws("cloudformation").describe_stacks(StackName=self.stack)["Stacks"]
        return stack

    def call(self, method, path, role=None, body=None, secret=JWT_SECRET, **headers):
        """A call of the API, by somebody with that role, in a token signed with that secret, or by nobody."""
        # The address that AWS would give the API, with the emulator's name for AWS.
        host = f"{self.physical['HttpApi']}.execute-api.localhost:{self.emulator.port}"
        headers = {"Host": host, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if role:
            headers["Authorization"] = f"Bearer {token(role, secret)}"
        if body is not None:
            headers["Content-Type"] = "application/json"
        connection = http.client.HTTPConnection("127.0.0.1", self.emulator.port, timeout=60)
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read()
        told = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, told, json.loads(text) if text else None)

    def functions(self):
        """What each function declares, by what it is called in the account."""
        declared = self.template["Resources"].items()
        kind = "AWS::Lambda::Function"
        return {self.physical[name]: part["Properties"] for name, part in declared if part["Type"] == kind}

    def peaks(self):
        """The most memory that a process of each function has held, in MB; nothing where there is no /proc."""
        peaks = {}
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError, StopIteration):
                settings = (process / "environ").read_bytes().decode(errors="replace").split("\0")
                name = next(one for one in settings if one.startswith(f"AWS_LAMBDA_FUNCTION_NAME={self.stack}-"))
                short = name.removeprefix(f"AWS_LAMBDA_FUNCTION_NAME={self.stack}-").split("Function-")[0]
                held = re.search(r"VmHWM:\s*(\d+) kB", (process / "status").read_text())
                peaks[short] = max(peaks.get(short, 0), int(held[1]) / 1024 if held else 0)
        return peaks

    def log(self, **facts):
        """The functions' lines that say just that, the oldest first."""
        pages = self.aws("logs").get_paginator("filter_log_events").paginate(logGroupName=self.physical["FunctionLogs"])
        texts = (text for page in pages for event in page["events"] for text in event["message"].splitlines())
        lines = (json.loads(text) for text in texts if text.startswith("{"))
        return [line for line in lines if facts.items() <= line.items()]
