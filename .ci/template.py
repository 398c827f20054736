#!/usr/bin/env python3
"""Checks template.yaml as CloudFormation will see it.

Translates the template for one region of each partition, lints it for both, and asserts what must stay
true of it whatever is added: state that cannot be lost, queues that cannot lose, roles that may do no
more than their function does. Prints every violation, not only the first.

    template.py [TEMPLATE]
"""

import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
REGIONS = {"us-east-1": "aws", "cn-north-1": "aws-cn"}
FUNCTIONS = {
    "authorize", "callback", "console", "events", "operations", "refresh", "relay", "rollout",
    "webhooks",
}

# Actions that AWS lets nobody narrow to a resource.
NEEDS_ANY_RESOURCE = {
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
}

# The only functions whose role may name a resource.
MAY_USE = {
    "TokensTable": {"authorize", "events", "operations", "refresh", "relay", "rollout"},
    "FleetTable": {"authorize", "events", "operations", "refresh", "relay", "rollout", "webhooks"},
    "InboxTable": FUNCTIONS - {"webhooks"},
    "AdminKey": {"operations"},
    "PlatformSecret": FUNCTIONS,
    "SpillQueue": {"callback", "events"},
    "EventsQueue": {"events"},
    "RolloutQueue": {"rollout"},
    "WebhooksQueue": {"webhooks"},
    "Uploads": {"operations", "relay"},
    "AuditAnchors": {"operations", "refresh"},
}

# The variable that tells a function of a bucket.
BUCKETS = {"Uploads": "UPLOADS_BUCKET", "AuditAnchors": "AUDIT_BUCKET"}


def translate(template_path, region):
    """The template after SAM's transform, for one region."""
    from samtranslator.public.translator import ManagedPolicyLoader
    from samtranslator.translator.transform import transform
    from samtranslator.yaml_helper import yaml_parse

    os.environ["AWS_DEFAULT_REGION"] = region
    template = yaml_parse(template_path.read_text(encoding="utf-8"))
    # The translator uploads nothing; it only wants an address where the code would lie.
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://bucket/key"

    class NoManagedPolicies(ManagedPolicyLoader):
        def __init__(self):
            super().__init__(None)

        def load(self):
            return {}

    return transform(template, {}, NoManagedPolicies())


def mentions(value, logical_id):
    """Whether a value refers to a resource through Ref, Fn::GetAtt or Fn::Sub."""
    text = json.dumps(value)
    return any(
        pattern in text
        for pattern in (
            f'{{"Ref": "{logical_id}"}}',
            f'{{"Fn::GetAtt": ["{logical_id}"',
            f'{{"Fn::GetAtt": "{logical_id}.',
            f"${{{logical_id}}}",
            f"${{{logical_id}.",
        )
    )


def as_list(value):
    return value if isinstance(value, list) else [value]


class Checks:
    """The translated template and what is wrong with it."""

    def __init__(self, template):
        self.resources = template["Resources"]
        self.violations = []

    def require(self, condition, message):
        if not condition:
            self.violations.append(message)

    def of_type(self, kind):
        return {
            name: resource.get("Properties", {})
            for name, resource in self.resources.items()
            if resource["Type"] == kind
        }

    def function_of(self, logical_id):
        return logical_id.removesuffix("Function").lower()

    def run(self):
        self.functions()
        self.state()
        self.buckets()
        self.data_keys()
        self.queues()
        self.listeners()
        self.roles()
        self.partitions()
        return self.violations

    def functions(self):
        functions = self.of_type("AWS::Lambda::Function")
        self.require(
            {self.function_of(name) for name in functions} == FUNCTIONS,
            f"functions are {sorted(functions)}, expected one for each of {sorted(FUNCTIONS)}",
        )
        groups = self.of_type("AWS::Logs::LogGroup")
        for name, group in groups.items():
            self.require("RetentionInDays" in group, f"{name} keeps its logs for ever")
        roles = set()
        for name, function in functions.items():
            logging = function.get("LoggingConfig", {})
            group = logging.get("LogGroup", {}).get("Ref")
            self.require(group in groups, f"{name} has no log group of its own")
            self.require(logging.get("LogFormat") == "JSON", f"{name} does not log JSON")
            self.require(function.get("Runtime") == "provided.al2023", f"{name} runs on another runtime")
            self.require("TracingConfig" not in function, f"{name} traces with X-Ray, which aws-cn lacks")
            self.require(function.get("Timeout", 0) > 0, f"{name} has no timeout of its own")
            role = json.dumps(function.get("Role"))
            self.require(role not in roles, f"{name} shares its role with another function")
            roles.add(role)
        callback = functions.get("CallbackFunction", {})
        self.require("VpcConfig" not in callback, "callback is in a VPC, where it would have to wait")
        webhooks = functions.get("WebhooksFunction", {})
        self.require("VpcConfig" not in webhooks, "webhooks is in a VPC, where operators' URLs could reach inside")
        self.require(callback.get("Timeout", 99) <= 5, "callback may run longer than WeChat waits")

    def state(self):
        tables = self.of_type("AWS::DynamoDB::Table")
        self.require(len(tables) == 3, f"tables are {sorted(tables)}")
        for name, table in tables.items():
            self.require(
                table.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled") is True,
                f"{name} has no point-in-time recovery",
            )
            self.require(table.get("DeletionProtectionEnabled") is True, f"{name} can be deleted")
            encryption = table.get("SSESpecification", {})
            self.require(
                encryption.get("SSEEnabled") is True and mentions(encryption.get("KMSMasterKeyId"), "Key"),
                f"{name} is not encrypted with our key",
            )
            self.require(table.get("BillingMode") == "PAY_PER_REQUEST", f"{name} is not on demand")
            keys = [key["AttributeName"] for key in table["KeySchema"]]
            self.require(keys == ["pk", "sk"], f"{name} has keys {keys}")
            for index in table.get("GlobalSecondaryIndexes", []):
                self.require(index["IndexName"] == "due", f"{name} has an unknown index {index['IndexName']}")
        self.require(
            "TimeToLiveSpecification" not in tables.get("TokensTable", {}),
            "TokensTable has a time to live, so refresh tokens could vanish",
        )
        for name in ("InboxTable", "FleetTable"):
            ttl = tables.get(name, {}).get("TimeToLiveSpecification", {})
            self.require(
                ttl == {"AttributeName": "expires_at", "Enabled": True}, f"{name} does not expire by expires_at"
            )
        secrets = self.of_type("AWS::SecretsManager::Secret")
        for name, secret in secrets.items():
            self.require(mentions(secret.get("KmsKeyId"), "Key"), f"{name} is not encrypted with our key")
        # A change of these lines makes CloudFormation generate the secrets anew, and lose what is in them.
        self.require(
            secrets.get("PlatformSecret", {}).get("GenerateSecretString")
            == {
                "SecretStringTemplate": '{"previous_sealing_keys":[],"components":[]}',
                "GenerateStringKey": "sealing_key",
                "PasswordLength": 64,
                "ExcludePunctuation": True,
            },
            "PlatformSecret is generated differently: a deployment would throw the sealing key away",
        )
        self.require(
            secrets.get("AdminKey", {}).get("GenerateSecretString")
            == {"PasswordLength": 43, "ExcludePunctuation": True},
            "AdminKey is generated differently: a deployment would replace the key",
        )
        for name in [*tables, *secrets, *self.of_type("AWS::KMS::Key")]:
            resource = self.resources[name]
            for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
                self.require(resource.get(policy) == "Retain", f"{name} has no {policy}: Retain")

    def buckets(self):
        buckets = self.of_type("AWS::S3::Bucket")
        self.require(sorted(buckets) == sorted(BUCKETS), f"buckets are {sorted(buckets)}")
        closed = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
        over_tls = set()
        for policy in self.of_type("AWS::S3::BucketPolicy").values():
            for statement in policy["PolicyDocument"]["Statement"]:
                self.require(statement["Effect"] == "Deny", "a bucket's policy allows something")
                if statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}:
                    over_tls |= {name for name in buckets if mentions(policy["Bucket"], name)}
        for name, bucket in buckets.items():
            access = bucket.get("PublicAccessBlockConfiguration", {})
            self.require(all(access.get(way) is True for way in closed), f"{name} could become public")
            self.require("BucketEncryption" in bucket, f"{name} is not encrypted")
            self.require(name in over_tls, f"{name} can be reached without TLS")
            for function_name, function in self.of_type("AWS::Lambda::Function").items():
                variables = function.get("Environment", {}).get("Variables", {})
                told = self.function_of(function_name) in MAY_USE[name]
                self.require(
                    (BUCKETS[name] in variables) == told,
                    f"{function_name} is {'not ' if told else ''}told of {name}",
                )
        self.forgets(buckets.get("Uploads", {}))
        self.keeps(buckets.get("AuditAnchors", {}))

    def forgets(self, bucket):
        forgets = [
            rule
            for rule in bucket.get("LifecycleConfiguration", {}).get("Rules", [])
            if rule.get("Status") == "Enabled"
            and rule.get("ExpirationInDays") == 1
            and rule.get("AbortIncompleteMultipartUpload") == {"DaysAfterInitiation": 1}
        ]
        self.require(forgets, "Uploads keeps what is uploaded for more than a day")

    def keeps(self, bucket):
        rule = bucket.get("ObjectLockConfiguration", {}).get("Rule", {}).get("DefaultRetention", {})
        self.require(bucket.get("ObjectLockEnabled") is True, "AuditAnchors has no Object Lock")
        self.require("Mode" in rule and "Days" in rule, "AuditAnchors gives up what is put there")
        self.require(
            bucket.get("VersioningConfiguration") == {"Status": "Enabled"}, "AuditAnchors has no versions"
        )
        self.require("LifecycleConfiguration" not in bucket, "AuditAnchors forgets by itself")
        resource = self.resources.get("AuditAnchors", {})
        for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
            self.require(resource.get(policy) == "Retain", f"AuditAnchors has no {policy}: Retain")
        for name, statement in self.statements():
            if mentions(statement["Resource"], "AuditAnchors"):
                extra = set(as_list(statement["Action"])) - {"s3:GetObject", "s3:ListBucket", "s3:PutObject"}
                self.require(not extra, f"{name} may do {sorted(extra)} to AuditAnchors")

    def data_keys(self):
        """The key is used through other services, or for what its encryption context names."""
        direct = set()
        for name, statement in self.statements():
            if not any(action.startswith("kms:") for action in as_list(statement["Action"])):
                continue
            equals = statement.get("Condition", {}).get("StringEquals", {})
            if equals.get("kms:EncryptionContext:purpose") == "payment":
                direct.add(name)
            else:
                self.require("kms:ViaService" in equals, f"{name} may use the key for anything")
        self.require(direct == {"OperationsRole"}, f"{sorted(direct)} may open payment secrets")
        for name, function in self.of_type("AWS::Lambda::Function").items():
            variables = function.get("Environment", {}).get("Variables", {})
            told = self.function_of(name) == "operations"
            self.require(("KMS_KEY" in variables) == told, f"{name} is {'not ' if told else ''}told of the key")

    def queues(self):
        queues = self.of_type("AWS::SQS::Queue")
        timeouts = {name: f.get("Timeout", 3) for name, f in self.of_type("AWS::Lambda::Function").items()}
        dead_letters = set()
        for queue in queues.values():
            for name in queues:
                if mentions(queue.get("RedrivePolicy"), name):
                    dead_letters.add(name)
        for rule in self.of_type("AWS::Events::Rule").values():
            for target in rule["Targets"]:
                for name in queues:
                    if mentions(target.get("DeadLetterConfig"), name):
                        dead_letters.add(name)
        for name, queue in queues.items():
            encrypted = queue.get("SqsManagedSseEnabled") is True or "KmsMasterKeyId" in queue
            self.require(encrypted, f"{name} is not encrypted")
            self.require("FifoQueue" not in queue, f"{name} is no standard queue")
            self.require(
                queue.get("MessageRetentionPeriod") == 14 * 86400, f"{name} does not keep messages for fourteen days"
            )
            if name not in dead_letters:
                attempts = queue.get("RedrivePolicy", {}).get("maxReceiveCount", 0)
                self.require(attempts >= 5, f"{name} has no dead-letter queue, or gives up before five attempts")
        for name, mapping in self.of_type("AWS::Lambda::EventSourceMapping").items():
            self.require(
                mapping.get("FunctionResponseTypes") == ["ReportBatchItemFailures"],
                f"{name} repeats a whole batch for one failure",
            )
            for queue_name, queue in queues.items():
                if mentions(mapping["EventSourceArn"], queue_name):
                    timeout = timeouts[mapping["FunctionName"]["Ref"]]
                    self.require(
                        queue.get("VisibilityTimeout", 30) >= 6 * timeout,
                        f"{queue_name} hands a message out again before six timeouts of its function have passed",
                    )

    def listeners(self):
        for name, rule in self.of_type("AWS::Events::Rule").items():
            self.require(mentions(rule.get("EventBusName"), "Bus"), f"{name} listens to another bus")
            self.require(
                set(rule.get("EventPattern", {})) == {"source", "detail-type"}
                and rule["EventPattern"]["source"] == ["wechat-fleet"],
                f"{name} matches on more than source and detail-type, which the local system does not",
            )
            for target in rule.get("Targets", []):
                self.require("DeadLetterConfig" in target, f"{name} loses what it cannot deliver")
        schedules = self.of_type("AWS::Scheduler::Schedule")
        self.require(
            [s["ScheduleExpression"] for s in schedules.values()] == ["rate(1 minute)"],
            "refresh does not run once a minute",
        )

    def statements(self):
        """Every statement of every role and managed policy, with the resource it stands in."""
        for name, role in self.of_type("AWS::IAM::Role").items():
            for policy in role.get("Policies", []):
                for statement in policy["PolicyDocument"]["Statement"]:
                    yield name, statement
        for name, policy in self.of_type("AWS::IAM::ManagedPolicy").items():
            for statement in policy["PolicyDocument"]["Statement"]:
                yield name, statement

    def roles(self):
        shared = {}
        for name, role in self.of_type("AWS::IAM::Role").items():
            for policy in as_list(role.get("ManagedPolicyArns", [])):
                self.require("arn:" not in json.dumps(policy), f"{name} takes a policy from outside the template")
                for managed in self.of_type("AWS::IAM::ManagedPolicy"):
                    if mentions(policy, managed):
                        shared.setdefault(managed, set()).add(name)
        used = {logical_id: set() for logical_id in MAY_USE}
        for name, statement in self.statements():
            actions = as_list(statement["Action"])
            for action in actions:
                self.require("*" not in action, f"{name} allows the wildcard {action}")
            if statement.get("Resource") == "*":
                extra = set(actions) - NEEDS_ANY_RESOURCE
                self.require(not extra, f"{name} allows {sorted(extra)} on every resource")
            holders = shared.get(name, set()) if name not in self.of_type("AWS::IAM::Role") else {name}
            for logical_id in used:
                if mentions(statement["Resource"], logical_id):
                    used[logical_id] |= {holder.removesuffix("Role").lower() for holder in holders}
        for logical_id, functions in used.items():
            extra = functions - MAY_USE[logical_id]
            self.require(not extra, f"{sorted(extra)} may use {logical_id}")
        callback = [s for name, s in self.statements() if name == "CallbackRole"]
        writes = sorted(a for s in callback for a in as_list(s["Action"]) if a.startswith("dynamodb:"))
        self.require(
            writes == ["dynamodb:PutItem", "dynamodb:UpdateItem"],
            f"callback may do {writes}",
        )

    def partitions(self):
        text = json.dumps(self.resources)
        for partition in ("arn:aws:", "arn:aws-cn:"):
            self.require(partition not in text, f"an ARN spells its partition: {partition}")


def run(*command):
    environment = {**os.environ, "SAM_CLI_TELEMETRY": "0", "SAM_CLI_CHECK_UPDATES": "0"}
    print("+", " ".join(str(part) for part in command), flush=True)
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode == 0


def main():
    template_path = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "template.yaml").resolve()
    tools = pathlib.Path(sys.executable).parent
    failed = False
    for region in REGIONS:
        failed |= not run(tools / "sam", "validate", "--lint", "--region", region, "--template-file", template_path)
    failed |= not run(tools / "cfn-lint", "--regions", *REGIONS, "--template", template_path)
    for region, partition in REGIONS.items():
        violations = Checks(translate(template_path, region)).run()
        for violation in violations:
            print(f"{region}: {violation}", file=sys.stderr)
        failed |= bool(violations)
        print(f"{region} ({partition}): {len(violations)} violations")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
