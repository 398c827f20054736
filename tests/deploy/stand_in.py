"""Makes, by the API of the service, what the emulator's CloudFormation has no type for.

The code of a function that runs within the emulator, behind custom resources. Each kind answers what `Ref` and
`Fn::GetAtt` are of the real type, so that the template needs no other change than the name of the type.
"""

import json
import urllib.request

import boto3


def address(properties):
    made = boto3.client("ec2").allocate_address(Domain=properties["Domain"])
    return made["PublicIp"], {"AllocationId": made["AllocationId"], "PublicIp": made["PublicIp"]}


def gateway(properties):
    wanted = {name: properties[name] for name in ("AllocationId", "SubnetId")}
    # The emulator forgets the address, so a tag holds it.
    tags = [{"ResourceType": "natgateway", "Tags": [{"Key": "AllocationId", "Value": properties["AllocationId"]}]}]
    made = boto3.client("ec2").create_nat_gateway(**wanted, TagSpecifications=tags)["NatGateway"]
    return made["NatGatewayId"], {}


def instance(properties):
    ec2 = boto3.client("ec2")
    template = properties["LaunchTemplate"]
    found = ec2.describe_launch_template_versions(
        LaunchTemplateId=template["LaunchTemplateId"], Versions=[template["Version"]]
    )
    data = found["LaunchTemplateVersions"][0]["LaunchTemplateData"]
    made = ec2.run_instances(
        ImageId=data["ImageId"], InstanceType=data["InstanceType"], MinCount=1, MaxCount=1,
        SubnetId=properties["SubnetId"], SecurityGroupIds=properties["SecurityGroupIds"], UserData=data["UserData"],
    )["Instances"][0]["InstanceId"]
    return made, {}


def association(properties):
    wanted = {name: properties[name] for name in ("AllocationId", "InstanceId")}
    return boto3.client("ec2").associate_address(**wanted)["AssociationId"], {}


def flow_log(properties):
    made = boto3.client("ec2").create_flow_logs(
        ResourceIds=[properties["ResourceId"]], ResourceType=properties["ResourceType"],
        TrafficType=properties["TrafficType"], LogDestinationType=properties["LogDestinationType"],
        LogGroupName=properties["LogGroupName"], DeliverLogsPermissionArn=properties["DeliverLogsPermissionArn"],
    )
    return made["FlowLogIds"][0], {}


# How each is made, and unmade; by the name of its type.
KINDS = {
    "AWS::EC2::EIP": (address, lambda ec2, it: ec2.release_address(AllocationId=allocation(ec2, it))),
    "AWS::EC2::NatGateway": (gateway, lambda ec2, it: ec2.delete_nat_gateway(NatGatewayId=it)),
    "AWS::EC2::Instance": (instance, lambda ec2, it: ec2.terminate_instances(InstanceIds=[it])),
    "AWS::EC2::EIPAssociation": (association, lambda ec2, it: ec2.disassociate_address(AssociationId=it)),
    "AWS::EC2::FlowLog": (flow_log, lambda ec2, it: ec2.delete_flow_logs(FlowLogIds=[it])),
}


def allocation(ec2, public_ip):
    return next(it["AllocationId"] for it in ec2.describe_addresses()["Addresses"] if it["PublicIp"] == public_ip)


def handler(event, _context):
    make, unmake = KINDS["AWS::" + event["ResourceType"].removeprefix("Custom::").replace("-", "::")]
    answer = {name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")} | {"Status": "SUCCESS"}
    try:
        match event["RequestType"]:
            case "Delete":
                answer["PhysicalResourceId"] = event["PhysicalResourceId"]
                unmake(boto3.client("ec2"), event["PhysicalResourceId"])
            case _:
                answer["PhysicalResourceId"], answer["Data"] = make(event["ResourceProperties"])
    except Exception as error:  # Whatever it is, CloudFormation waits for an answer.
        answer |= {"Status": "FAILED", "Reason": repr(error), "PhysicalResourceId": "FAILED_CREATE_MARKER"}
    body = json.dumps(answer).encode()
    request = urllib.request.Request(event["ResponseURL"], body, {"Content-Type": ""}, method="PUT")
    urllib.request.urlopen(request, timeout=30).read()
