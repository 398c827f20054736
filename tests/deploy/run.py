"""Deploys template.yaml into an emulated AWS and runs the system there, each function as the process that Lambda would start.

    python3 tests/deploy/run.py --binaries DIRECTORY --simulator PROGRAM

Needs ministack in the environment of this Python; nothing else is installed, and no container started.
"""

import argparse
import contextlib
import json
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

from botocore.exceptions import BotoCoreError, ClientError

from emulator import GAPS, REGION, Domain, Emulator, Logs, carry_metrics, carry_queue_depths, free_port, redrive
from journey import (
    SHOP, Api, WeChat, authorize_by_link, delivery_noted, expect, first_release, relayed_call, rollout_of_one, until,
)
from outside import every_way_out, firewall
from stack import NAME, NETWORK, Stack, template

COMPONENT = {
    "appid": "wx570bc396a51b8ff8", "name": "演示平台", "secret": "0c79e1fa963cd80cc0be99b20a18faeb",
    "token": "deploytoken", "encoding_aes_key": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
}
FUNCTIONS = sorted(template.FUNCTIONS)
# A merchant of the simulator's who comes after the tables' backup, and what restored tables' names end in.
LATECOMER = "wx2d90f6b1e7a3c584"
SUFFIX = "-20260131"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--binaries", required=True, type=pathlib.Path, help="where the nine functions' binaries are")
    parser.add_argument("--simulator", required=True, type=pathlib.Path, help="the simulated WeChat")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        directory = pathlib.Path(place)
        emulator = Emulator(directory)
        domain = Domain(emulator)
        simulator, wechat = start_wechat(arguments.simulator.resolve(), domain.url, directory)
        try:
            play(Test(emulator, domain, wechat, arguments.binaries.resolve()))
        except SystemExit:
            sys.stderr.write(emulator.log.read_text(encoding="utf8", errors="replace")[-6000:])
            raise
        finally:
            simulator.terminate()
            emulator.stop()
    print("what the emulator lacks, and was made good:")
    for gap, words in GAPS.items():
        print(f"  {gap}: {words}")
    print("the template is deployed, and J1 runs through it")


def start_wechat(program: pathlib.Path, base: str, directory: pathlib.Path):
    url = f"http://127.0.0.1:{free_port()}"
    appid = COMPONENT["appid"]
    process = subprocess.Popen(
        [
            program, "--listen", url.removeprefix("http://"), "--appid", appid, "--secret", COMPONENT["secret"],
            "--token", COMPONENT["token"], "--encoding-aes-key", COMPONENT["encoding_aes_key"],
            "--event-url", f"{base}/wechat/{appid}/events", "--message-url", f"{base}/wechat/{appid}/messages/$APPID$",
            # Tickets are pushed when this says so.
            "--ticket-interval", "0", "--privacy-detection", "1",
        ],
        stdout=(directory / "wechat.log").open("wb"), stderr=subprocess.STDOUT, cwd=directory,
    )
    until("a simulated WeChat", 30, lambda: answers(f"{url}/simulator/state"))
    return process, WeChat(url)


def answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=30).read()
        return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


class Test:
    """The stack under test, and what it stands between."""

    def __init__(self, emulator: Emulator, domain: Domain, wechat: WeChat, binaries: pathlib.Path):
        self.emulator, self.domain, self.wechat = emulator, domain, wechat
        self.stack = Stack(emulator, binaries, domain.url, wechat.base)
        self.logs = Logs(emulator, NAME)
        self.outputs, self.resources, self.api, self.bell = {}, {}, None, None
        self.component = COMPONENT["appid"]
        self.merchants = 1

    def queue(self, logical_id: str) -> str:
        return self.resources[logical_id]["PhysicalResourceId"]


class Bell:
    """Rings for `refresh` every few seconds, beside the schedule and as the schedule does: ticks may overlap, and
    what waits for the next one need not wait for a minute."""

    def __init__(self, test: Test):
        self.functions, self.over = test.emulator.client("lambda"), threading.Event()
        self.refresh = test.resources["RefreshFunction"]["PhysicalResourceId"]
        threading.Thread(target=self.ring, daemon=True).start()

    def ring(self) -> None:
        while not self.over.wait(3):
            # It may be stopped, or about to be replaced.
            with contextlib.suppress(BotoCoreError, ClientError):
                self.functions.invoke(FunctionName=self.refresh, Qualifier="live", Payload=b"{}")


def play(test: Test) -> None:
    for part in (
        deployed, credentials_entered, ticket_kept, ways_out, firewall_before_it, clock_runs, journey, relay, webhooks,
        rollout, joined_by_their_ids, nothing_denied, out_of_the_dead_letters, alarms_see_it, restored,
        moved_into_a_network, uninstalled,
    ):
        start = time.monotonic()
        part(test)
        print(f"{time.monotonic() - start:6.1f} s  {part.__doc__.strip().splitlines()[0]}", flush=True)


def deployed(test: Test) -> None:
    """Every resource of the template is made; the health route answers."""
    wanted = test.stack.translated()
    test.stack.create()
    test.resources, test.outputs = test.stack.resources(), test.stack.outputs()
    conditional = {name for name, it in wanted["Resources"].items() if "Condition" in it}
    missing = set(wanted["Resources"]) - conditional - set(test.resources)
    expect(not missing, f"not made: {sorted(missing)}")
    expect(not conditional & set(test.resources), f"made without being asked for: {conditional & set(test.resources)}")
    parts = test.stack.resources(test.resources["Alarms"]["PhysicalResourceId"])
    alarms = [it for it in parts.values() if it["ResourceType"] == "AWS::CloudWatch::Alarm"]
    expect(len(alarms) > 15, f"alarms: {sorted(parts)}")
    test.domain.lead_to(test.stack.physical("HttpApi"))
    until("health", 60, lambda: answers(f"{test.domain.url}/health"))
    expect(test.domain.statuses[-1][2] == 200, f"health is answered {test.domain.statuses[-1]}")
    expect_network(test, "", "without a network")


def credentials_entered(test: Test) -> None:
    """The platform secret takes WeChat's credentials, and the first key signs in."""
    secrets = test.emulator.client("secretsmanager")
    secret = secrets.get_secret_value(SecretId=test.outputs["PlatformSecretArn"])
    value = json.loads(secret["SecretString"])
    expect(len(value["sealing_key"]) == 64 and value["components"] == [], "the secret was generated otherwise")
    value["components"].append(COMPONENT)
    secrets.put_secret_value(SecretId=test.outputs["PlatformSecretArn"], SecretString=json.dumps(value))
    key = secrets.get_secret_value(SecretId=test.outputs["AdminKeyArn"])["SecretString"]
    test.api = Api(test.domain.url, f"wf_admin_{key}")
    # What a running function knows of the secret is a minute old at most.
    until("the component", 90, lambda: test.api("GET", "/v1/components")["components"])


def ticket_kept(test: Test) -> None:
    """WeChat's ticket comes in by the HTTP API and is kept; a forged one is refused."""
    pushed = test.wechat("push-ticket")
    expect(pushed["delivery"]["accepted"], f"the ticket: {pushed['delivery']}")
    age = test.api("GET", f"/v1/components/{test.component}")["ticket"]["age_seconds"]
    expect(age < 60, f"the ticket is {age} s old")
    forged = urllib.request.Request(
        f"{test.domain.url}/wechat/{test.component}/events?timestamp=1&nonce=2&msg_signature={'0' * 40}",
        b"<xml><AppId>x</AppId><Encrypt>AAAA</Encrypt></xml>", {"Content-Type": "text/xml"},
    )
    try:
        status = urllib.request.urlopen(forged, timeout=40).status
    except urllib.error.HTTPError as error:
        status = error.code
    expect(400 <= status < 500, f"a forged ticket is answered {status}")


def ways_out(test: Test) -> None:
    """Gateways and instances are made with one fixed address and with two, and every subnet leads there."""
    every_way_out(test.emulator, test.stack.parts)


def firewall_before_it(test: Test) -> None:
    """The firewall's stack stands before the API, and pushes pass it."""
    # The address that AWS gives an API; the emulator's is one of this machine.
    api = test.resources["HttpApi"]["PhysicalResourceId"]
    firewall(test.emulator, test.stack.parts, f"https://{api}.execute-api.{REGION}.amazonaws.com")


def clock_runs(test: Test) -> None:
    """The schedule calls refresh each minute, through its alias, without repeating what failed."""
    ticks = until("two ticks", 200, lambda: [it for it in test.logs.of("refresh") if it.get("message") == "tick"][1:])
    expect(ticks[-1]["components"] == 1, f"the last tick: {ticks[-1]}")
    name = test.resources["RefreshSchedule"]["PhysicalResourceId"].split("|")[-1].split("/")[-1]
    schedule = test.emulator.client("scheduler").get_schedule(Name=name)
    expect(schedule["ScheduleExpression"] == "rate(1 minute)", f"{schedule}")
    expect(schedule["Target"]["Arn"].endswith(":live"), f"the schedule calls {schedule['Target']['Arn']}")
    expect(schedule["Target"]["RetryPolicy"]["MaximumRetryAttempts"] == 0, "a failed tick is scheduled again")
    functions = test.emulator.client("lambda")
    refresh = test.resources["RefreshFunction"]["PhysicalResourceId"]
    asynchronous = functions.get_function_event_invoke_config(FunctionName=refresh, Qualifier="live")
    expect(asynchronous["MaximumRetryAttempts"] == 0, "a failed tick is invoked again")
    # Ticks may overlap: nothing holds the next one back.
    reserved = functions.get_function_concurrency(FunctionName=refresh)
    expect("ReservedConcurrentExecutions" not in reserved, f"ticks are held back: {reserved}")
    # The schedule has been seen to work.
    test.bell = Bell(test)


def journey(test: Test) -> None:
    """J1: a merchant authorizes by link, and its mini program is released."""
    first_release(test.domain.url, test.component, test.api, test.wechat)


def relay(test: Test) -> None:
    """A machine's call goes through the relay."""
    relayed_call(test.domain.url, test.component, test.api)


def webhooks(test: Test) -> None:
    """A delivery is tried, and what came of it written down."""
    delivery_noted(test.api)


def rollout(test: Test) -> None:
    """A rollout of one is planned, started, submitted, approved and released."""
    rollout_of_one(test.component, test.api, test.wechat)


def joined_by_their_ids(test: Test) -> None:
    """From a push's request to everything it led to: callback, bus, rule, queue, events, and from there two more."""
    def look():
        kept = [it for it in test.logs.of("callback") if it.get("name") == "weapp_audit_success" and it.get("inbox")]
        done = {it.get("inbox"): it for it in test.logs.of("events") if it.get("message") == "item is worked off"}
        pairs = [(push, done[push["inbox"]]) for push in kept if push["inbox"] in done]
        # The first approval was the journey's, the second the rollout's.
        return pairs if len(pairs) == 2 else None

    push, worked_off = until("both approvals in both logs", 60, look)[-1]
    expect(request_of(push), f"no request's id at {push}")
    event = [span for span in worked_off["spans"] if span.get("event")]
    expect(event and event[0]["inbox"] == push["inbox"], f"no event's id at {worked_off}")
    announced = [it["event"] for it in test.logs.of("callback") if it.get("message") == "event told"]
    expect(event[0]["event"] in announced, "the event that was worked off is not the one that callback told")
    told = [it for it in test.logs.of("events") if it.get("message") == "event told" and push["inbox"] in json.dumps(it)]
    approved = [it["event"] for it in told if it["kind"] == "release.approved"]
    expect(len(approved) == 1, f"what the push led to: {told}")

    # The same id, in the logs of the functions behind the other two rules of the bus.
    steps = {"rollout": ("event is worked off",), "webhooks": ("event goes out", "attempt")}
    for function, messages in steps.items():
        for message in messages:
            line = until(f"{approved[0]} in the log of {function}", 60, lambda: of_event(test, function, message, approved[0]))
            expect(request_of(line), f"no request's id at {line}")


def request_of(line: dict) -> str | None:
    """Lambda's id of the request during which a line was written."""
    return next((span["requestId"] for span in line.get("spans", []) if span.get("requestId")), None)


def of_event(test: Test, function: str, message: str, event: str) -> dict | None:
    """A function's line with these words about an event."""
    lines = [it for it in test.logs.of(function) if it.get("message") == message]
    return next((it for it in lines if event in [it.get("event"), *(span.get("event") for span in it.get("spans", []))]), None)


def out_of_the_dead_letters(test: Test) -> None:
    """What cannot be worked off ends in the dead-letter queue, and a redrive brings it back."""
    sqs, iam = test.emulator.client("sqs"), test.emulator.client("iam")
    role = test.resources["EventsRole"]["PhysicalResourceId"]
    queue, dead = test.queue("EventsQueue"), test.queue("EventsDeadLetters")
    # Six minutes between two attempts are a second here.
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "1"})
    outage = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "dynamodb:*", "Resource": "*"}]}
    iam.put_role_policy(RoleName=role, PolicyName="outage", PolicyDocument=json.dumps(outage))
    before = len(test.logs.of("events"))
    detail = {
        "id": "01JD3S8W3X8Q6J9V3Q1F6M2N4P", "component": test.component, "version": 0,
        "at": "2026-11-20T08:15:29.812Z", "inbox": f"event#{test.component}#0f3a",
    }
    entry = {"Source": "wechat-fleet", "DetailType": "inbox.received", "Detail": json.dumps(detail)}
    put = test.emulator.client("events").put_events(Entries=[{**entry, "EventBusName": test.outputs["BusName"]}])
    expect(put["FailedEntryCount"] == 0, f"the bus does not take it: {put}")
    until("a dead letter", 180, lambda: depth(sqs, dead))
    failures = [it for it in test.logs.of("events")[before:] if it.get("message") == "message goes back to its queue"]
    expect(len(failures) == 5, f"{len(failures)} attempts, expected five")
    carry_queue_depths(test.emulator, [dead])
    iam.delete_role_policy(RoleName=role, PolicyName="outage")
    redrive(sqs, dead, queue)
    gone = "item is gone, it expired"
    until("the redriven message", 90, lambda: [it for it in test.logs.of("events")[before:] if it.get("message") == gone])
    until("an empty dead-letter queue", 30, lambda: not depth(sqs, dead))


def depth(sqs, url: str) -> int:
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return int(attributes["ApproximateNumberOfMessages"])


def nothing_denied(test: Test) -> None:
    """So far no role lacked a right: the emulator enforces them."""
    found = denied(test)
    expect(not found, "\n".join(found))


def denied(test: Test) -> list[str]:
    """What functions have logged of rights that they lacked."""
    return [
        f"{function}: {json.dumps(line, ensure_ascii=False)}"
        for function in FUNCTIONS
        for line in test.logs.of(function)
        if "not authorized to perform" in json.dumps(line)
    ]


def alarms_see_it(test: Test) -> None:
    """The functions' counters become the metrics that alarms look at, and an alarm rings."""
    namespace = f"WechatFleet/{NAME}"
    carried = carry_metrics(test.emulator, test.logs, FUNCTIONS)
    for name in ("TicketAge", "TokenLife", "Refusals"):
        expect((namespace, name) in carried, f"{name} was not counted: {sorted(carried)}")
    cloudwatch = test.emulator.client("cloudwatch")
    known = {
        metric["MetricName"] for metric in cloudwatch.list_metrics(Namespace=namespace)["Metrics"]
        if not metric["Dimensions"]
    }
    expect({"TicketAge", "TokenLife", "Refusals"} <= known, f"no such metrics: {sorted(known)}")
    alarms = cloudwatch.describe_alarms()["MetricAlarms"]
    watched = {alarm["MetricName"] for alarm in alarms if alarm["Namespace"] == namespace}
    expect({"TicketAge", "TokenLife", "Refusals"} <= watched, f"alarms look at {sorted(watched)}")
    dead = test.queue("EventsDeadLetters").rsplit("/", 1)[1]

    def rings():
        for alarm in cloudwatch.describe_alarms(StateValue="ALARM")["MetricAlarms"]:
            if {"Name": "QueueName", "Value": dead} in alarm["Dimensions"]:
                return alarm

    alarm = until("the alarm of the dead letters", 120, rings)
    expect(alarm["AlarmDescription"].endswith("docs/runbook.md#dead-letters"), f"{alarm['AlarmDescription']}")


def restored(test: Test) -> None:
    """The drill of the README: tables as of a moment, another epoch; what came after it is read from WeChat."""
    functions = test.emulator.client("lambda")
    # The dead letters' outage is among them.
    denied_before = denied(test)
    refresh = test.resources["RefreshFunction"]["PhysicalResourceId"]
    workers = [test.resources[f"{name}Function"]["PhysicalResourceId"] for name in ("Refresh", "Events", "Rollout")]
    for worker in workers:
        functions.put_function_concurrency(FunctionName=worker, ReservedConcurrentExecutions=0)
    tables = [test.outputs[f"{name}TableName"] for name in ("Inbox", "Tokens", "Fleet")]
    for table in tables:
        restore(test, table, timed="Tokens" not in table)
    # After that moment: a merchant comes, and somebody writes something down.
    authorize_by_link(test.domain.url, test.component, LATECOMER)
    shop = f"/v1/components/{test.component}/mini-programs/{SHOP}"
    test.api("POST", f"/v1/components/{test.component}/tags", {"appids": [SHOP], "add": ["since"]})

    before = functions.get_alias(FunctionName=refresh, Name="live")["FunctionVersion"]
    test.stack.deploy("update", Epoch="1", TablesSuffix=SUFFIX)
    live = functions.get_function_configuration(FunctionName=refresh, Qualifier="live")
    told = live["Environment"]["Variables"]
    expect(told["EPOCH"] == "1", f"the alias leads to epoch {told['EPOCH']}")
    expect(told["FLEET_TABLE"] == tables[2] + SUFFIX, f"the alias leads to {told['FLEET_TABLE']}")
    expect(live["Version"] != before, f"no new version was published beside {before}")
    for worker in workers:
        functions.delete_function_concurrency(FunctionName=worker)

    expect("since" not in test.api("GET", shop)["tags"], "what was written after the moment is still there")
    late = f"/v1/components/{test.component}/mini-programs/{LATECOMER}"
    test.api("GET", late, wanted=(404,))
    runs = f"/v1/components/{test.component}/reconciliations"
    run = f"{runs}/{test.api('POST', runs, {})['id']}"
    done = until("the reconciliation", 180, lambda: finished(test.api("GET", run)))
    expect(done["taken_in"] == 1, f"the merchant who came after the moment: {done}")
    expect(test.api("GET", late)["authorized"], "the merchant who came after the moment is not known")
    test.merchants = 2
    still_answers(test)
    # What WeChat pushes from now on is kept in the restored table alone.
    dynamodb = test.emulator.client("dynamodb")
    kept = dynamodb.scan(TableName=tables[0])["Items"]
    expect(test.wechat("push-ticket")["delivery"]["accepted"], "a ticket is refused")
    age = test.api("GET", f"/v1/components/{test.component}")["ticket"]["age_seconds"]
    expect(age < 60, f"the ticket is {age} s old")
    expect(dynamodb.scan(TableName=tables[0])["Items"] == kept, "the former table is still written to")
    more = [it for it in denied(test) if it not in denied_before]
    expect(not more, "\n".join(more))


def restore(test: Test, table: str, timed: bool) -> None:
    """What the README has done with each table: a restored one has neither recovery, protection nor expiry."""
    dynamodb = test.emulator.client("dynamodb")
    key = test.resources["Key"]["PhysicalResourceId"]
    dynamodb.restore_table_to_point_in_time(
        SourceTableName=table, TargetTableName=table + SUFFIX, RestoreDateTime=time.time(),
        SSESpecificationOverride={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key},
    )
    dynamodb.get_waiter("table_exists").wait(TableName=table + SUFFIX)
    dynamodb.update_continuous_backups(
        TableName=table + SUFFIX, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
    )
    dynamodb.update_table(TableName=table + SUFFIX, DeletionProtectionEnabled=True)
    if timed:
        dynamodb.update_time_to_live(
            TableName=table + SUFFIX, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires_at"},
        )


def finished(run: dict) -> dict | None:
    return run if run["finished_at"] else None


def moved_into_a_network(test: Test) -> None:
    """The functions that call WeChat, and they alone, move into a network of the stack's, then into one of ours."""
    test.stack.deploy("update", EgressMode="nat-gateway", EgressAddresses="2")
    outputs = test.stack.outputs()
    made = test.stack.outputs(test.stack.physical("Network"))
    expect(outputs["EgressAddresses"] == made["Addresses"], f"to paste at WeChat: {outputs['EgressAddresses']}")
    expect(len(made["Addresses"].split(";")) == 2, f"addresses: {made['Addresses']}")
    expect_network(test, f"{made['SubnetIds']}|{made['SecurityGroupId']}", "with a NAT gateway")
    still_answers(test)

    # Any network will do that somebody has: here, what the first one was.
    ec2 = test.emulator.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.77.0.0/24")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.77.0.0/26")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="ours", Description="ours", VpcId=vpc)["GroupId"]
    test.stack.deploy("update", EgressMode="existing", SubnetIds=subnet, SecurityGroupIds=group)
    expect_network(test, f"{subnet}|{group}", "with a network of ours")
    expect("Network" not in test.stack.resources(), "the network that is not used any more is still there")
    expect("EgressAddresses" not in test.stack.outputs(), "addresses are told that are not known")
    still_answers(test)


def expect_network(test: Test, network: str, when: str) -> None:
    """What the aliases lead to lies in that network, if it calls WeChat, and otherwise in none."""
    functions = test.emulator.client("lambda")
    for name, resource in test.stack.resources().items():
        if resource["ResourceType"] != "AWS::Lambda::Function":
            continue
        live = functions.get_function_configuration(FunctionName=resource["PhysicalResourceId"], Qualifier="live")
        found = live["Environment"]["Variables"].get(NETWORK, "")
        function = name.removesuffix("Function").lower()
        inside = network if function in template.CALL_WECHAT else ""
        expect(found == inside, f"{when}, {function} lies in {found}, not in {inside}")


def still_answers(test: Test) -> None:
    """The functions do their work as they are deployed now."""
    shops = test.api("GET", f"/v1/components/{test.component}/mini-programs")["mini_programs"]
    expect(len(shops) == test.merchants, f"mini programs: {shops}")
    relayed_call(test.domain.url, test.component, test.api)


def uninstalled(test: Test) -> None:
    """A deleted stack leaves tables, secrets and key behind."""
    test.bell.over.set()
    tables = [test.outputs[f"{name}TableName"] for name in ("Inbox", "Tokens", "Fleet")]
    tables += [f"{table}{SUFFIX}" for table in tables]
    test.stack.delete()
    dynamodb, secrets = test.emulator.client("dynamodb"), test.emulator.client("secretsmanager")
    for table in tables:
        expect(dynamodb.scan(TableName=table, Limit=1)["Items"], f"{table} is empty")
    value = json.loads(secrets.get_secret_value(SecretId=test.outputs["PlatformSecretArn"])["SecretString"])
    expect(value["components"] == [COMPONENT], "the platform secret lost its component")
    key = test.resources["Key"]["PhysicalResourceId"]
    expect(test.emulator.client("kms").describe_key(KeyId=key)["KeyMetadata"]["Enabled"], "the key is gone")
    left = {name for name in FUNCTIONS if f"{name.title()}Function" in str(test.emulator.client("lambda").list_functions())}
    expect(not left, f"still there: {left}")


if __name__ == "__main__":
    main()
