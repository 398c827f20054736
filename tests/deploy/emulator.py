"""An AWS on this machine: ministack, which runs functions' bootstraps as processes, without containers.

What it lacks is made good here, a function for each gap; the names of all of them are in GAPS.
"""

import contextlib
import http.client
import http.server
import json
import os
import pathlib
import socket
import socketserver
import subprocess
import sys
import threading
import time
import urllib.request

import boto3
from botocore.config import Config

REGION = "us-east-1"

GAPS = {
    "CodeDeploy": "it has none: aliases are moved by CloudFormation at once, see stack.without_code_deploy",
    "generated secrets": "punctuation is not excluded, see stack.Stack.generate_secrets",
    "secrets": "their Ref is a name, on AWS an ARN, which policies need, see stack.with_secrets_arns",
    "metric math": "it has none: such an alarm looks at its first metric, see stack.without_metric_math",
    "email": "nobody subscribes by mail: the topic is made, the subscription is left out, see stack.parameters",
    "types": "CloudFormation knows no address, NAT gateway, instance and flow log: a function makes them, see stand_in",
    "images": "where AWS's images are found nobody else may write: a name of ours, see stack.with_image_of_ours",
    "web ACL's log": "the firewall has none: left out, and asserted by .ci/template.py, see stack.without_web_acl_log",
    "source check": "an instance's cannot be switched off: asserted by .ci/template.py",
    "VpcConfig": "CloudFormation leaves it out of a function: a variable tells what it came to, see stack.with_network_told",
    "domain": "a path of its own leads to the HTTP API, so that the domain in front of it is played, see Domain",
    "EMF": "CloudWatch Logs extracts no embedded metrics, see carry_metrics",
    "moments": "a table is restored as it is, not as it was: what is to be missing comes afterwards, see run.restored",
    "redrive": "StartMessageMoveTask is not there, see redrive",
    "SQS metrics": "SQS reports no metrics, see carry_queue_depths",
    "WeChat": "functions are told of a simulated WeChat, in variables that the template never sets, see stack.outside",
}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Emulator:
    """A running emulator, and clients for it."""

    def __init__(self, directory: pathlib.Path):
        self.port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.log = directory / "emulator.log"
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(directory),
            "TMPDIR": str(directory),
            # Handed on to functions, whose SDKs follow it.
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_REGION": REGION,
            # Roles may do what the template allows them, and no more.
            "AUTH": "true",
        }
        self.process = subprocess.Popen(
            [pathlib.Path(sys.executable).parent / "ministack"],
            env=environment, cwd=directory, stdout=self.log.open("wb"), stderr=subprocess.STDOUT,
        )
        for _ in range(300):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{self.endpoint}/_ministack/health", timeout=2).read()
                break
            if self.process.poll() is not None:
                sys.exit(f"the emulator ended: {self.log.read_text(encoding='utf8')[-2000:]}")
            time.sleep(0.1)
        else:
            sys.exit("the emulator did not start within half a minute")

    def client(self, service: str):
        return boto3.client(
            service, endpoint_url=self.endpoint, region_name=REGION, aws_access_key_id="test",
            aws_secret_access_key="test", config=Config(retries={"max_attempts": 1}, read_timeout=120),
        )

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()


class Domain:
    """The domain in front of the HTTP API: on a port of its own, with nothing in the path before ours."""

    def __init__(self, emulator: Emulator):
        self.prefix = None
        self.statuses = []
        domain = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def pass_on(self):
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                connection = http.client.HTTPConnection("127.0.0.1", emulator.port, timeout=40)
                headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
                connection.request(self.command, domain.prefix + self.path, body, headers)
                answer = connection.getresponse()
                content = answer.read()
                domain.statuses.append((self.command, self.path.split("?")[0], answer.status))
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server"):
                        self.send_header(name, value)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = pass_on

            def log_message(self, *arguments):
                del arguments

        class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
            daemon_threads = True

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def lead_to(self, api_id: str) -> None:
        self.prefix = f"/_aws/execute-api/{api_id}/$default"


class Logs:
    """What functions have logged so far."""

    def __init__(self, emulator: Emulator, stack: str):
        self.logs = emulator.client("logs")
        self.stack = stack

    def of(self, function: str) -> list[dict]:
        """A function's lines, the oldest first; text that is no JSON as `{"text": …}`."""
        lines, token = [], {}
        while True:
            page = self.logs.filter_log_events(logGroupName=f"/aws/lambda/{self.stack}-{function}", **token)
            for event in page["events"]:
                for line in event["message"].splitlines():
                    try:
                        value = json.loads(line)
                    except ValueError:
                        value = None
                    lines.append(value if isinstance(value, dict) else {"text": line})
            if not page.get("nextToken"):
                return lines
            token = {"nextToken": page["nextToken"]}


def carry_metrics(emulator: Emulator, logs: Logs, functions: list[str]) -> set[tuple[str, str]]:
    """Does what CloudWatch Logs does with lines in the embedded metric format. Answers namespaces and names."""
    cloudwatch = emulator.client("cloudwatch")
    found = {}
    for function in functions:
        for line in logs.of(function):
            for directive in line.get("_aws", {}).get("CloudWatchMetrics", []):
                of_namespace = found.setdefault(directive["Namespace"], [])
                of_namespace += [
                    {
                        "MetricName": metric["Name"],
                        "Dimensions": [{"Name": name, "Value": str(line[name])} for name in dimensions],
                        "Timestamp": line["_aws"]["Timestamp"] / 1000,
                        "Value": line[metric["Name"]],
                        "Unit": metric["Unit"],
                    }
                    for metric in directive["Metrics"]
                    for dimensions in directive["Dimensions"]
                ]
    for namespace, data in found.items():
        for start in range(0, len(data), 100):
            cloudwatch.put_metric_data(Namespace=namespace, MetricData=data[start:start + 100])
    return {(namespace, it["MetricName"]) for namespace, data in found.items() for it in data}


def carry_queue_depths(emulator: Emulator, urls: list[str]) -> None:
    """Does what SQS does every minute."""
    sqs, cloudwatch = emulator.client("sqs"), emulator.client("cloudwatch")
    for url in urls:
        depth = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
        cloudwatch.put_metric_data(
            Namespace="AWS/SQS",
            MetricData=[{
                "MetricName": "ApproximateNumberOfMessagesVisible",
                "Dimensions": [{"Name": "QueueName", "Value": url.rsplit("/", 1)[1]}],
                "Value": int(depth["Attributes"]["ApproximateNumberOfMessages"]),
                "Unit": "Count",
            }],
        )


def redrive(sqs, dead_letters: str, queue: str) -> None:
    """Does what StartMessageMoveTask does."""
    while messages := sqs.receive_message(QueueUrl=dead_letters, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            sqs.send_message(QueueUrl=queue, MessageBody=message["Body"])
            sqs.delete_message(QueueUrl=dead_letters, ReceiptHandle=message["ReceiptHandle"])
