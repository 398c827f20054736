#!/usr/bin/env python3
"""Checks template.yaml, and the parts in infra/, as CloudFormation will see them.

Translates the template for regions of both partitions, lints what was written and what came of it, has
checkov look at that, and asserts what must stay true whatever is added: state that cannot be lost, queues
that cannot lose, roles that may do no more than their function does, deployments that undo themselves,
nothing that China lacks, a place in the runbook for every alarm. Prints every violation, not only the first.

    template.py [--checkov PROGRAM]
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parent.parent
REGIONS = {
    "us-east-1": "aws", "ap-east-1": "aws", "ap-southeast-1": "aws",
    "cn-north-1": "aws-cn", "cn-northwest-1": "aws-cn",
}
# Stacks that template.yaml makes, and one that stands before it: CloudFront and its firewall are made in
# us-east-1, and aws-cn has no such firewall.
PARTS = {"infra/network.yaml": list(REGIONS), "infra/alarms.yaml": list(REGIONS), "infra/firewall.yaml": ["us-east-1"]}
FUNCTIONS = {
    "authorize", "callback", "console", "events", "operations", "refresh", "relay", "rollout",
    "webhooks",
}

# What checkov asks for and this template does not do, and why. "*" is every resource of the check.
SUPPRESSED = {
    "CKV_AWS_18": (
        {"AuditAnchors", "Uploads"},
        "an anchor is written once and cannot be changed; bodies live a day, and each upload is in the audit log",
    ),
    "CKV_AWS_21": ({"Uploads"}, "nothing is written twice, and what is deleted must be gone"),
    "CKV_AWS_26": ({"AlarmTopic"}, "alarms may not publish under the key that AWS has for topics; they name no merchant"),
    "CKV_AWS_27": ("*", "SQS's own key encrypts them, which this check does not know; queues() below asserts it"),
    "CKV_AWS_86": ({"Distribution"}, "the API has a log; this one would hold the queries that it leaves out"),
    "CKV_AWS_115": ("*", "a reservation takes from the account for ever; callback's is a parameter, workers have MaximumConcurrency"),
    "CKV_AWS_116": ("*", "none is invoked asynchronously but refresh, whose next tick makes up for a lost one"),
    "CKV_AWS_117": (
        {"CallbackFunction", "ConsoleFunction", "WebhooksFunction"},
        "they do not call WeChat: the first must not wait, the last must reach nothing inside",
    ),
    "CKV_AWS_158": ("*", "CloudWatch encrypts logs with its own key, and nothing secret is logged"),
    "CKV_AWS_173": ("*", "variables are names and addresses; Lambda encrypts them with its own key"),
}

# Actions that AWS lets nobody narrow to a resource.
NEEDS_ANY_RESOURCE = {
    "cloudwatch:DescribeAlarms",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
}

# Those that need a fixed address, and no others lie in the network.
CALL_WECHAT = {"authorize", "events", "operations", "refresh", "relay", "rollout"}

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

# The values of the parameter Deployment, which must be names that CodeDeploy has for functions.
DEPLOYMENTS = {
    "AllAtOnce", "Canary10Percent5Minutes", "Canary10Percent15Minutes", "Linear10PercentEvery1Minute",
}

# The alarms that undo a deployment, as infra/alarms.yaml names them in its outputs.
UNDO = ("FunctionErrors", "ErrorRatio")

# What CodeDeploy needs to move an alias and to look at alarms, and no more.
DEPLOYS = {
    "lambda:GetAlias", "lambda:GetProvisionedConcurrencyConfig", "lambda:UpdateAlias", "cloudwatch:DescribeAlarms",
}

# Types that aws-cn has not, or not in both regions; and CloudFront, which there takes no firewall.
NOT_IN_CHINA = (
    "AWS::Cognito::", "AWS::Lambda::CodeSigningConfig", "AWS::Lambda::Url", "AWS::Signer::", "AWS::XRay::",
    "AWS::CloudFront::",
)

# What makes another network of the one that functions lie in: they have to be moved along.
REPLACES_NETWORK = {"EgressMode", "VpcCidr"}

# Lives of functions, in seconds, as the code counts on them: in which file, which functions, and whether they
# are no shorter than `Timeout` (whoever may still act must not be taken for dead) or the same (what is played).
LIVES = [
    (
        "shared/platform/src/releases.rs", r"const LIFE: Duration = Duration::from_secs\((\d+)\)",
        FUNCTIONS - {"rollout"}, int.__ge__,
    ),
    ("functions/rollout/src/lib.rs", r"const LIFE: Duration = Duration::from_secs\((\d+)\)", {"rollout"}, int.__ge__),
    *(
        (
            "tests/faults/src/world/node.rs", rf"const {name.upper()}: Limit = Limit\(Duration::from_secs\((\d+)\)\)",
            {name}, int.__eq__,
        )
        for name in ("callback", "events", "operations", "refresh", "rollout")
    ),
]

# The variable that tells a function of a bucket.
BUCKETS = {"Uploads": "UPLOADS_BUCKET", "AuditAnchors": "AUDIT_BUCKET"}


def translate(template_path, region, parameters=None):
    """The template after SAM's transform, for one region."""
    from samtranslator.public.translator import ManagedPolicyLoader
    from samtranslator.translator.transform import transform
    from samtranslator.yaml_helper import yaml_parse

    os.environ["AWS_DEFAULT_REGION"] = region
    template = yaml_parse(template_path.read_text(encoding="utf-8"))
    # The translator uploads nothing; it only wants to be told where code and parts will lie.
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::CloudFormation::Stack":
            part = resource["Properties"]["TemplateURL"]
            resource["Properties"]["TemplateURL"] = f"https://artifacts.s3.amazonaws.com/{part}"
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = f"s3://artifacts/{name}"

    class NoManagedPolicies(ManagedPolicyLoader):
        def __init__(self):
            super().__init__(None)

        def load(self):
            return {}

    return transform(template, parameters or {}, NoManagedPolicies())


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
        self.parameters = template["Parameters"]
        self.conditions = template["Conditions"]
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
        self.lives()
        self.state()
        self.buckets()
        self.data_keys()
        self.queues()
        self.listeners()
        self.roles()
        self.aliases()
        self.deployments()
        self.concurrency()
        self.front_door()
        self.partitions()
        self.china()
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
            self.require(
                function.get("TracingConfig") == {"Mode": {"Fn::If": ["Traces", "Active", "PassThrough"]}},
                f"{name} traces with X-Ray where that is not to be had",
            )
            self.require(function.get("Timeout", 0) > 0, f"{name} has no timeout of its own")
            role = json.dumps(function.get("Role"))
            self.require(role not in roles, f"{name} shares its role with another function")
            roles.add(role)
        callback = functions.get("CallbackFunction", {})
        self.require("VpcConfig" not in callback, "callback is in a VPC, where it would have to wait")
        for name in functions:
            self.require(
                ("VpcConfig" in functions[name]) == (self.function_of(name) in CALL_WECHAT),
                f"{name} is {'not ' if self.function_of(name) in CALL_WECHAT else ''}in the network",
            )
        webhooks = functions.get("WebhooksFunction", {})
        self.require("VpcConfig" not in webhooks, "webhooks is in a VPC, where operators' URLs could reach inside")
        self.require(callback.get("Timeout", 99) <= 5, "callback may run longer than WeChat waits")

    def lives(self):
        timeouts = {self.function_of(name): f.get("Timeout") for name, f in self.of_type("AWS::Lambda::Function").items()}
        for file, pattern, functions, holds in LIVES:
            found = re.findall(pattern, (ROOT / file).read_text(encoding="utf-8"))
            self.require(len(found) == 1, f"{file} has not one {pattern}")
            for name in sorted(functions):
                for life in map(int, found):
                    self.require(
                        holds(life, timeouts.get(name, 0)), f"{file} gives {name} {life} s, its Timeout {timeouts.get(name)}"
                    )

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
                    timeout = timeouts[mapping["FunctionName"]["Ref"].removesuffix("Aliaslive")]
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

    def aliases(self):
        """Nobody calls a version that no deployment has let through."""
        for name in self.of_type("AWS::Lambda::Function"):
            alias = self.resources.get(f"{name}Aliaslive", {})
            self.require("CodeDeployLambdaAliasUpdate" in alias.get("UpdatePolicy", {}), f"{name} is replaced at one blow")
        callers = [
            *self.of_type("AWS::ApiGatewayV2::Integration").values(),
            *self.of_type("AWS::Lambda::EventSourceMapping").values(),
            *self.of_type("AWS::Lambda::Permission").values(),
            *self.of_type("AWS::Scheduler::Schedule").values(),
        ]
        for caller in callers:
            called = caller.get("IntegrationUri") or caller.get("FunctionName") or caller["Target"]["Arn"]
            self.require("Aliaslive" in json.dumps(called), f"{json.dumps(called)} is called past its alias")
        # A parameter that no version's description holds would change nothing that anybody calls.
        for name, version in self.of_type("AWS::Lambda::Version").items():
            function = self.of_type("AWS::Lambda::Function")[version["FunctionName"]["Ref"]]
            held = json.dumps(version.get("Description"))
            told = json.dumps(function["Environment"]["Variables"].get("DEPLOYED_WITH"))
            self.require(held == told, f"{name} is described by other parameters than its function holds")
            without_concurrency = {k: v for k, v in function.items() if k != "ReservedConcurrentExecutions"}
            # A policy gets another name when its own description changes.
            policies = self.of_type("AWS::IAM::ManagedPolicy").items()
            holds = [version.get("Description")]
            holds += [it["Description"] for policy, it in policies if mentions(holds[0], policy)]
            for parameter in self.parameters:
                self.require(
                    not mentions(without_concurrency, parameter) or mentions(holds, parameter),
                    f"{name} would stay as it is when {parameter} changes",
                )
            if "VpcConfig" in function:
                for parameter in REPLACES_NETWORK:
                    self.require(
                        mentions(holds, parameter), f"{name} would stay in a network that {parameter} takes away"
                    )

    def deployments(self):
        """Each function's alias is moved by CodeDeploy, which puts it back when an alarm rings."""
        applications = self.of_type("AWS::CodeDeploy::Application")
        self.require(
            [it["ComputePlatform"] for it in applications.values()] == ["Lambda"], f"deployed by {applications}"
        )
        groups = self.of_type("AWS::CodeDeploy::DeploymentGroup")
        moved = set()
        for name in self.of_type("AWS::Lambda::Function"):
            moves = self.resources[f"{name}Aliaslive"]["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
            self.require(set(moves) == {"ApplicationName", "DeploymentGroupName"}, f"{name} has hooks: {sorted(moves)}")
            self.require(moves["ApplicationName"].get("Ref") in applications, f"{name} is of no application")
            moved.add(moves["DeploymentGroupName"].get("Ref"))
        self.require(moved == set(groups), f"aliases are moved by {sorted(map(str, moved))}, groups are {sorted(groups)}")
        for name, group in groups.items():
            undone = group.get("AutoRollbackConfiguration", {})
            self.require(
                undone.get("Enabled") is True
                and {"DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"} <= set(undone.get("Events", [])),
                f"{name} is not undone by itself: {undone}",
            )
            alarms = group.get("AlarmConfiguration", {})
            watched = [it["Name"] for it in alarms.get("Alarms", [])]
            outputs = [{"Fn::GetAtt": ["Alarms", f"Outputs.{alarm}"]} for alarm in UNDO]
            self.require(alarms.get("Enabled") is True and watched == outputs, f"{name} looks at {watched}")
            self.require(
                group.get("DeploymentStyle")
                == {"DeploymentType": "BLUE_GREEN", "DeploymentOption": "WITH_TRAFFIC_CONTROL"},
                f"{name} deploys in another style",
            )
            template, values = group["DeploymentConfigName"]["Fn::Sub"]
            self.require(
                template == "CodeDeployDefault.Lambda${ConfigName}" and values["ConfigName"] in DEPLOYMENTS,
                f"{name} deploys by {template} of {values}",
            )
            self.require(mentions(group["ServiceRoleArn"], "DeploymentRole"), f"{name} deploys by another role")
        allowed = {a for name, s in self.statements() if name == "DeploymentRole" for a in as_list(s["Action"])}
        self.require(allowed == DEPLOYS, f"who deploys may {sorted(allowed)}")
        values = set(self.parameters["Deployment"]["AllowedValues"])
        self.require(values == DEPLOYMENTS, f"deployments are {sorted(values)}")

    def concurrency(self):
        """callback alone may have instances of its own, and has none unless asked: a new account has no room."""
        reserved = {
            name: function["ReservedConcurrentExecutions"]
            for name, function in self.of_type("AWS::Lambda::Function").items()
            if "ReservedConcurrentExecutions" in function
        }
        wanted = {"Fn::If": ["ReservesCallback", {"Ref": "CallbackConcurrency"}, {"Ref": "AWS::NoValue"}]}
        self.require(reserved == {"CallbackFunction": wanted}, f"concurrency is reserved: {reserved}")
        self.require(self.parameters["CallbackConcurrency"]["Default"] == 0, "concurrency is reserved unasked")
        self.require(
            self.conditions["ReservesCallback"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "CallbackConcurrency"}, 0]}]},
            "0 does not mean that none is reserved",
        )
        for name, mapping in self.of_type("AWS::Lambda::EventSourceMapping").items():
            most = mapping.get("ScalingConfig", {}).get("MaximumConcurrency", 1000)
            self.require(most <= 10, f"{name} may take {most} instances from what WeChat and the operators wait for")

    def front_door(self):
        routes = {route["RouteKey"] for route in self.of_type("AWS::ApiGatewayV2::Route").values()}
        stage = self.of_type("AWS::ApiGatewayV2::Stage").get("HttpApiStage", {})
        limits = stage.get("RouteSettings", {})
        self.require(set(limits) == routes, f"limits and routes differ: {sorted(set(limits) ^ routes)}")
        whole = stage["DefaultRouteSettings"]["ThrottlingRateLimit"]
        for key, limit in limits.items():
            self.require(limit["ThrottlingRateLimit"] < whole, f"{key} alone may take what the stage has")
        waits = set(as_list(self.resources["HttpApiStage"].get("DependsOn", [])))
        self.require(
            waits == set(self.of_type("AWS::ApiGatewayV2::Route")), "the stage limits routes that are not there yet"
        )

    def partitions(self):
        for message in spelled_partitions(self.resources):
            self.require(False, message)

    def china(self):
        """Nothing is used that aws-cn lacks, and what is named otherwise there is named so."""
        for name, resource in self.resources.items():
            self.require(not resource["Type"].startswith(NOT_IN_CHINA), f"{name}: China has no {resource['Type']}")
        self.require(
            self.conditions["InChina"] == {"Fn::Equals": [{"Ref": "AWS::Partition"}, "aws-cn"]}, "China is elsewhere"
        )
        # Functions have no X-Ray there, and the right to use it is a role's only where it is of use.
        self.require({"Fn::Not": [{"Condition": "InChina"}]} in self.conditions["Traces"]["Fn::And"], "China traces")
        for name, statement in self.statements():
            if any(action.startswith("xray:") for action in as_list(statement["Action"])):
                self.require(self.resources[name].get("Condition") == "Traces", f"{name} may trace in China")
        # CodeDeploy is the one service whose name in a role has region and suffix there.
        trusted = [
            statement["Principal"]["Service"]
            for statement in self.resources["DeploymentRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        ]
        there = {"Fn::Sub": "codedeploy.${AWS::Region}.${AWS::URLSuffix}"}
        self.require(
            trusted == [{"Fn::If": ["InChina", there, "codedeploy.amazonaws.com"]}], f"who deploys is {trusted}"
        )
        # The key is used through services whose hosts end otherwise there: both ends are allowed.
        for name, statement in self.statements():
            through = statement.get("Condition", {}).get("StringEquals", {}).get("kms:ViaService", [])
            hosts = {it["Fn::Sub"] for it in as_list(through)}
            for host in hosts:
                stem = host.removesuffix(".amazonaws.com").removesuffix(".${AWS::URLSuffix}")
                both = {f"{stem}.amazonaws.com", f"{stem}.${{AWS::URLSuffix}}"}
                self.require(both <= hosts, f"{name} names {host} for one partition alone")
        # Every other host is asked of CloudFormation; services that roles trust are named the same in both.
        for host in re.findall(r'[^" ]*amazonaws\.com[^" ]*', json.dumps(self.resources)):
            service = re.fullmatch(r"[a-z-]+\.amazonaws\.com", host)
            through = re.fullmatch(r"[a-z]+\.\$\{AWS::Region\}\.amazonaws\.com", host)
            part = host.startswith("https://artifacts.s3.")
            self.require(service or through or part, f"{host} is spelled out, and is another in China")
        # A domain of one's own needs a filing there, which whoever enters one is told.
        self.require("ICP" in self.parameters["CustomDomain"]["Description"], "CustomDomain says nothing of ICP")


def spelled_partitions(resources):
    text = json.dumps(resources)
    for partition in ("arn:aws:", "arn:aws-cn:"):
        if partition in text:
            yield f"an ARN spells its partition: {partition}"


def parts():
    """What must stay true of the stacks within the stack, and beside it, that no emulator shows."""
    from samtranslator.yaml_helper import yaml_parse

    read = {part: yaml_parse((ROOT / part).read_text(encoding="utf-8"))["Resources"] for part in PARTS}
    for part, regions in PARTS.items():
        if set(regions) != set(REGIONS):
            continue
        for message in spelled_partitions(read[part]):
            yield f"{part}: {message}"
        for name, resource in read[part].items():
            if resource["Type"].startswith(NOT_IN_CHINA):
                yield f"{part}: {name}: China has no {resource['Type']}"
    for name, resource in read["infra/network.yaml"].items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::EC2::Instance" and properties.get("SourceDestCheck") is not False:
            yield f"{name} takes no packets that are for somebody else, and so translates nothing"
        if resource["Type"] == "AWS::EC2::VPCEndpoint" and properties["VpcEndpointType"] == "Interface":
            if properties.get("PrivateDnsEnabled") is not True:
                yield f"{name} is passed by: the service's name leads elsewhere"
        if resource["Type"] == "AWS::EC2::LaunchTemplate":
            if properties["LaunchTemplateData"].get("MetadataOptions", {}).get("HttpTokens") != "required":
                yield f"{name} answers for its role to anybody"
    log = read["infra/firewall.yaml"]["FirewallLogging"]["Properties"]
    for field in ({"SingleHeader": {"Name": "authorization"}}, {"SingleHeader": {"Name": "cookie"}}, {"QueryString": {}}):
        if field not in log["RedactedFields"]:
            yield f"the firewall logs {field}, where keys and codes are"


def alarms_and_runbook():
    """What is wrong between alarms and the runbook: each alarm ends in the anchor of one of its headings."""
    anchors = set(re.findall(r'^<a id="([a-z-]+)"></a>$', (ROOT / "docs/runbook.md").read_text(encoding="utf-8"), re.M))
    from samtranslator.yaml_helper import yaml_parse

    named = set()
    for part in PARTS:
        for name, resource in yaml_parse((ROOT / part).read_text(encoding="utf-8"))["Resources"].items():
            if resource["Type"] != "AWS::CloudWatch::Alarm":
                continue
            description = json.dumps(resource["Properties"].get("AlarmDescription"), ensure_ascii=False)
            anchor = re.search(r"\$\{Runbook\}#([a-z-]+)\"\}$", description)
            if not anchor:
                yield f"{part}: {name} does not end in a place of the runbook"
            elif anchor[1] not in anchors:
                yield f"{part}: {name} leads to #{anchor[1]}, which docs/runbook.md lacks"
            else:
                named.add(anchor[1])
            if "AlarmActions" not in resource["Properties"]:
                yield f"{part}: {name} tells nobody"
    for anchor in sorted(anchors - named):
        yield f"docs/runbook.md: no alarm leads to #{anchor}"


def findings(checkov, files, pool):
    """What checkov finds in templates and no suppression explains; and suppressions that explain nothing."""
    def scan(file):
        return subprocess.run(
            [checkov, "--file", file, "--framework", "cloudformation", "--output", "json", "--quiet", "--compact",
             "--skip-download"],
            cwd=ROOT, check=False, capture_output=True, text=True,
        )

    unused = set(SUPPRESSED)
    for file, answer in zip(files, pool.map(scan, files)):
        if answer.returncode not in (0, 1):
            yield f"checkov failed: {answer.stderr[-2000:]}"
            return
        report = json.loads(answer.stdout)
        # Where it knows no check for anything, it answers a bare summary.
        if report.get("summary", report)["parsing_errors"]:
            yield f"checkov cannot read {file}"
        for failed in report.get("results", {}).get("failed_checks", []):
            resource = failed["resource"].split(".")[-1]
            where, _ = SUPPRESSED.get(failed["check_id"], (set(), ""))
            unused.discard(failed["check_id"])
            if where != "*" and resource not in where:
                yield f"{file}: {resource}: {failed['check_id']}: {failed['check_name']}"
    for check in sorted(unused):
        yield f"{check} is suppressed, and nothing asks for it any more"


def run(*command):
    environment = {**os.environ, "SAM_CLI_TELEMETRY": "0", "SAM_CLI_CHECK_UPDATES": "0"}
    answer = subprocess.run(
        command, cwd=ROOT, env=environment, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    print("+", " ".join(str(part) for part in command), f"\n{answer.stdout}", end="", flush=True)
    return answer.returncode == 0


def report(where, violations):
    """Prints what is wrong; whether something is."""
    violations = list(violations)
    for violation in violations:
        print(f"{where}: {violation}", file=sys.stderr)
    print(f"{where}: {len(violations)} violations")
    return bool(violations)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--checkov", help="without it, checkov is left out")
    checkov = parser.parse_args().checkov
    template_path = ROOT / "template.yaml"
    tools = pathlib.Path(sys.executable).parent
    failed = False
    # Each of these tools works on one processor, for up to half a minute.
    with tempfile.TemporaryDirectory() as directory, ThreadPoolExecutor(os.cpu_count()) as pool:
        good = [
            pool.submit(
                run, tools / "sam", "validate", "--lint", "--region", "cn-north-1", "--template-file", template_path
            ),
            pool.submit(run, tools / "cfn-lint", "--regions", *REGIONS, "--template", template_path),
        ]
        for part, regions in PARTS.items():
            good.append(pool.submit(run, tools / "cfn-lint", "--regions", *regions, "--template", part))
        failed |= report("alarms and runbook", alarms_and_runbook())
        failed |= report("parts", parts())
        translated = []
        for region, partition in REGIONS.items():
            template = translate(template_path, region)
            failed |= report(f"{region} ({partition})", Checks(template).run())
            file = pathlib.Path(directory) / f"{region}.json"
            file.write_text(json.dumps(template), encoding="utf-8")
            # The translator has put one parameter's value (W2001) into what it made of it; W1030 as in template.yaml.
            good.append(pool.submit(
                run, tools / "cfn-lint", "--ignore-checks", "W1030", "W2001", "--regions", region, "--template", file
            ))
            translated.append(str(file))
        # SAM makes of this parameter what CodeDeploy is told.
        for deployment in sorted(DEPLOYMENTS):
            template = translate(template_path, "us-east-1", {"Deployment": deployment})
            failed |= report(f"Deployment={deployment}", Checks(template).run())
        if checkov:
            failed |= report("checkov", findings(checkov, [*translated, *PARTS], pool))
        failed |= not all([lint.result() for lint in good])
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
