#!/usr/bin/env python3
"""Holds what each function asked of AWS in the journeys against its role in template.yaml, both ways.

A right that was taken and is not in the role is an outage after the deployment; one that is in the role
and that nothing takes is more than the function may have. Prints every difference.

    AWS_RIGHTS=DIRECTORY cargo test --workspace
    rights.py DIRECTORY [TEMPLATE]
"""

import json
import pathlib
import sys

from template import ROOT, Checks, as_list, mentions, translate

# Resources as the system on a laptop names them.
RESOURCES = {
    "inbox": "InboxTable",
    "tokens": "TokensTable",
    "fleet": "FleetTable",
    "platform": "PlatformSecret",
    "admin-key": "AdminKey",
    "wechat-fleet": "Bus",
    "spill": "SpillQueue",
    "uploads/*": "Uploads",
    "audit/*": "AuditAnchors",
    "key": "Key",
}

# What a role needs and no function asks for, with the reason.
ASKED_BY_NOBODY = {
    "logs:CreateLogStream": "Lambda writes the log",
    "logs:PutLogEvents": "Lambda writes the log",
    "sqs:DeleteMessage": "Lambda works the queue off",
    "sqs:GetQueueAttributes": "Lambda works the queue off",
    "sqs:ReceiveMessage": "Lambda works the queue off",
    "s3:ListBucket": "without it S3 answers 403 for an object that is not there, and nobody could say 404",
    "ec2:AssignPrivateIpAddresses": "Lambda makes the network interface",
    "ec2:CreateNetworkInterface": "Lambda makes the network interface",
    "ec2:DeleteNetworkInterface": "Lambda makes the network interface",
    "ec2:DescribeNetworkInterfaces": "Lambda makes the network interface",
    "ec2:DescribeSubnets": "Lambda makes the network interface",
    "ec2:UnassignPrivateIpAddresses": "Lambda makes the network interface",
}


def taken(directory):
    """Rights that were taken: function, action, logical id of the resource, which of its indexes."""
    rights = set()
    for file in sorted(directory.glob("*.txt")):
        for line in file.read_text(encoding="utf-8").splitlines():
            function, action, resource = line.split("\t")
            resource, _, index = resource.partition("/index/")
            rights.add((function, action, RESOURCES.get(resource, resource), index))
    return rights


def granted(checks):
    """The same of what roles allow."""
    rights = set()
    for role, statement in checks.statements():
        function = role.removesuffix("Role").lower()
        for action in as_list(statement["Action"]):
            for resource in as_list(statement["Resource"]):
                names = [name for name in checks.resources if mentions(resource, name)]
                _, _, index = json.dumps(resource).strip('"}').partition("/index/")
                rights.update((function, action, name, index) for name in names)
    return rights


def main():
    directory = pathlib.Path(sys.argv[1])
    template = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT / "template.yaml"
    checks = Checks(translate(template, "us-east-1"))
    functions = {checks.function_of(name) for name in checks.of_type("AWS::Lambda::Function")}
    asked = {right for right in taken(directory) if right[0] in functions}
    allowed = {right for right in granted(checks) if right[0] in functions}
    missing = asked - allowed
    needless = {right for right in allowed - asked if right[1] not in ASKED_BY_NOBODY}

    def words(right):
        function, action, resource, index = right
        return f"{function}: {action} on {resource}{' by its index ' + index if index else ''}"

    for right in sorted(missing):
        print(f"not in the role: {words(right)}")
    for right in sorted(needless):
        print(f"in the role, and nothing in the journeys takes it: {words(right)}")
    silent = functions - {right[0] for right in asked}
    for function in sorted(silent):
        print(f"{function} asked for nothing: were the journeys recorded?")
    print(f"{len(asked)} rights of {len(functions)} functions")
    return 1 if missing or needless or silent else 0


if __name__ == "__main__":
    sys.exit(main())
