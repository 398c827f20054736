"""The ways out with fixed addresses, and the firewall: `infra/network.yaml` and `infra/firewall.yaml`, made."""

import ipaddress
import json

from emulator import Emulator
from journey import expect
from stack import Parts, as_parameters, delete, wait_for

ANYWHERE = "0.0.0.0/0"


class Network:
    """A network that was made, as EC2 has it."""

    def __init__(self, emulator: Emulator, name: str):
        self.ec2, self.logs = emulator.client("ec2"), emulator.client("logs")
        self.cloudwatch = emulator.client("cloudwatch")
        cloudformation = emulator.client("cloudformation")
        pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
        self.made = {
            it["LogicalResourceId"]: it["PhysicalResourceId"] for page in pages for it in page["StackResourceSummaries"]
        }
        outputs = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["Outputs"]
        self.outputs = {it["OutputKey"]: it["OutputValue"] for it in outputs}

    def check(self, mode: str, addresses: int, interface_endpoints: bool) -> None:
        self.subnets()
        translators = self.translators(mode, addresses)
        self.routes(translators)
        self.groups(mode, interface_endpoints)
        self.endpoints(interface_endpoints)
        self.flow_log()
        if mode == "nat-instance":
            self.instances(translators)

    def subnet(self, name: str) -> dict:
        return self.ec2.describe_subnets(SubnetIds=[self.made[name]])["Subnets"][0]

    def subnets(self) -> None:
        """Four blocks apart from each other, a public and a private one in each of two zones."""
        found = {name: self.subnet(name) for name in ("PublicSubnet1", "PublicSubnet2", "PrivateSubnet1", "PrivateSubnet2")}
        blocks = [ipaddress.ip_network(it["CidrBlock"]) for it in found.values()]
        expect(all(it.num_addresses == 64 for it in blocks), f"blocks: {blocks}")
        apart = all(not one.overlaps(other) for one in blocks for other in blocks if one is not other)
        expect(apart, f"blocks overlap: {blocks}")
        zones = [found[f"{kind}Subnet{number}"]["AvailabilityZone"] for kind in ("Public", "Private") for number in (1, 2)]
        expect(zones[:2] == zones[2:] and zones[0] != zones[1], f"zones: {zones}")
        private = f"{self.made['PrivateSubnet1']},{self.made['PrivateSubnet2']}"
        expect(self.outputs["SubnetIds"] == private, f"functions are told to lie in {self.outputs['SubnetIds']}")

    def translators(self, mode: str, addresses: int) -> list[str]:
        """What translates addresses, each with the address that the outputs name, in a public subnet of its own."""
        told = self.outputs["Addresses"].split(";")
        expect(len(set(told)) == addresses, f"to paste at WeChat: {told}")
        found = []
        for number, address in enumerate(told, start=1):
            known = next(it for it in self.ec2.describe_addresses()["Addresses"] if it["PublicIp"] == address)
            if mode == "nat-gateway":
                name = self.made[f"Gateway{number}"]
                gateway = self.ec2.describe_nat_gateways(NatGatewayIds=[name])["NatGateways"][0]
                with_it = [it["Value"] for it in gateway["Tags"] if it["Key"] == "AllocationId"]
                expect(with_it == [known["AllocationId"]], f"{name} has other addresses: {gateway}")
                subnet = gateway["SubnetId"]
            else:
                name = self.made[f"Instance{number}"]
                expect(known["InstanceId"] == name, f"{address} is with {known}")
                instance = self.ec2.describe_instances(InstanceIds=[name])["Reservations"][0]["Instances"][0]
                subnet = instance["SubnetId"]
            expect(subnet == self.made[f"PublicSubnet{number}"], f"{name} lies in {subnet}")
            found.append(name)
        others = {"Gateway1", "Gateway2", "Instance1", "Instance2"} & set(self.made)
        expect(len(others) == addresses, f"there is more that translates: {others}")
        return found

    def way_out(self, subnet: str) -> str:
        """Where a subnet's default route leads."""
        tables = self.ec2.describe_route_tables()["RouteTables"]
        of_it = [
            it for it in tables
            if any(held.get("SubnetId") == self.made[subnet] for held in it["Associations"])
        ]
        expect(len(of_it) == 1, f"{subnet} has {len(of_it)} tables of routes")
        leads = [it for it in of_it[0]["Routes"] if it.get("DestinationCidrBlock") == ANYWHERE]
        expect(len(leads) == 1, f"{subnet} has the routes {of_it[0]['Routes']}")
        return leads[0].get("NatGatewayId") or leads[0].get("InstanceId") or leads[0]["GatewayId"]

    def routes(self, translators: list[str]) -> None:
        """The public subnets lead to the internet, the private ones to the translator of their zone, or the only one."""
        for number in (1, 2):
            out = self.way_out(f"PublicSubnet{number}")
            expect(out == self.made["InternetGateway"], f"PublicSubnet{number} leads to {out}")
            out = self.way_out(f"PrivateSubnet{number}")
            expect(out == translators[min(number, len(translators)) - 1], f"PrivateSubnet{number} leads to {out}")

    def group(self, name: str) -> dict:
        found = self.ec2.describe_security_groups(GroupIds=[self.made[name]])["SecurityGroups"][0]
        return {
            "in": [self.allowed(it) for it in found["IpPermissions"]],
            "out": [self.allowed(it) for it in found["IpPermissionsEgress"]],
        }

    def allowed(self, permission: dict) -> tuple:
        ranges = [it["CidrIp"] for it in permission["IpRanges"]]
        groups = [it["GroupId"] for it in permission["UserIdGroupPairs"]]
        return (permission["IpProtocol"], permission.get("FromPort"), permission.get("ToPort"), *ranges, *groups)

    def groups(self, mode: str, interface_endpoints: bool) -> None:
        """Functions call over HTTPS and are never called; only they may use translators and endpoints."""
        expect(self.outputs["SecurityGroupId"] == self.made["FunctionsGroup"], "functions are in another group")
        functions = self.group("FunctionsGroup")
        expect(functions == {"in": [], "out": [("tcp", 443, 443, ANYWHERE)]}, f"functions: {functions}")
        of_functions = [("tcp", 443, 443, self.made["FunctionsGroup"])]
        for name, wanted in (("InstancesGroup", mode == "nat-instance"), ("EndpointsGroup", interface_endpoints)):
            expect((name in self.made) == wanted, f"{name} is {'not ' if wanted else ''}there")
            if wanted:
                expect(self.group(name)["in"] == of_functions, f"{name} lets in {self.group(name)['in']}")

    def endpoints(self, interface_endpoints: bool) -> None:
        """DynamoDB and S3 are reached past the translators, the rest where that was asked for."""
        ids = [made for name, made in self.made.items() if name.endswith("Endpoint")]
        found = self.ec2.describe_vpc_endpoints(VpcEndpointIds=ids)["VpcEndpoints"]
        by_service = {it["ServiceName"].rsplit(".", 1)[1]: it for it in found}
        wanted = {"dynamodb", "s3"} | ({"secretsmanager", "events"} if interface_endpoints else set())
        expect(set(by_service) == wanted, f"endpoints: {sorted(by_service)}")
        tables = {self.made["PrivateRoutes1"], self.made["PrivateRoutes2"]}
        subnets = {self.made["PrivateSubnet1"], self.made["PrivateSubnet2"]}
        for service, endpoint in by_service.items():
            if service in ("dynamodb", "s3"):
                expect(set(endpoint["RouteTableIds"]) == tables, f"{service} is reached from {endpoint['RouteTableIds']}")
            else:
                expect(set(endpoint["SubnetIds"]) == subnets, f"{service} is in {endpoint['SubnetIds']}")

    def flow_log(self) -> None:
        """What was let through by nobody is logged."""
        log = self.ec2.describe_flow_logs(FlowLogIds=[self.made["VpcLog"]])["FlowLogs"][0]
        expect(log["ResourceId"] == self.made["Vpc"] and log["TrafficType"] == "REJECT", f"the log: {log}")
        expect(log["LogDestination"] == self.made["VpcLogs"], f"the log goes to {log}")
        groups = self.logs.describe_log_groups(logGroupNamePrefix=self.made["VpcLogs"])["logGroups"]
        expect(groups and groups[0]["retentionInDays"] == 30, f"the log is kept: {groups}")

    def instances(self, translators: list[str]) -> None:
        """An alarm watches each, and starts it anew."""
        for number, name in enumerate(translators, start=1):
            alarms = self.cloudwatch.describe_alarms(AlarmNames=[self.made[f"Instance{number}Alarm"]])["MetricAlarms"]
            expect(alarms[0]["Dimensions"] == [{"Name": "InstanceId", "Value": name}], f"it watches {alarms[0]}")
            restarts = [it for it in alarms[0]["AlarmActions"] if it.endswith(":ec2:reboot")]
            expect(restarts, f"it does {alarms[0]['AlarmActions']}")


def made_alone(emulator: Emulator, parts: Parts, part: str, name: str, **parameters: str) -> None:
    cloudformation = emulator.client("cloudformation")
    cloudformation.create_stack(
        StackName=name, TemplateBody=parts.prepared(part), Parameters=as_parameters(parameters),
        Capabilities=["CAPABILITY_IAM"],
    )
    wait_for(cloudformation, name, "CREATE_COMPLETE")


def every_way_out(emulator: Emulator, parts: Parts) -> None:
    """Both translators, with one address and with two, and with endpoints; and nothing of them is left."""
    ec2, cloudformation = emulator.client("ec2"), emulator.client("cloudformation")
    for mode in ("nat-gateway", "nat-instance"):
        for addresses in (1, 2):
            name = f"{mode}-{addresses}"
            # Asked for once with each.
            endpoints = (mode == "nat-gateway") == (addresses == 2)
            made_alone(
                emulator, parts, "infra/network.yaml", name, Mode=mode, Addresses=str(addresses),
                VpcCidr="10.90.0.0/22", InterfaceEndpoints="yes" if endpoints else "no",
            )
            network = Network(emulator, name)
            network.check(mode, addresses, endpoints)
            delete(cloudformation, name)
            left = [it["VpcId"] for it in ec2.describe_vpcs()["Vpcs"] if it["VpcId"] == network.made["Vpc"]]
            kept = [it["PublicIp"] for it in ec2.describe_addresses()["Addresses"]]
            expect(not left and not kept, f"{name} leaves {left} and {kept} behind")


def firewall(emulator: Emulator, parts: Parts, api: str) -> None:
    """CloudFront hands everything to the API but what the firewall takes for an attack; pushes always pass."""
    certificate = "arn:aws:acm:us-east-1:000000000000:certificate/4d6b1c0a-0f6c-4f0e-8a51-8f6d6c2f9f10"
    made_alone(
        emulator, parts, "infra/firewall.yaml", "firewall", ApiEndpoint=api, DomainName="fleet.example.com",
        CertificateArn=certificate,
    )
    waf, cloudfront = emulator.client("wafv2"), emulator.client("cloudfront")
    found = waf.list_web_acls(Scope="CLOUDFRONT")["WebACLs"]
    expect(len(found) == 1, f"firewalls: {found}")
    acl = waf.get_web_acl(Name=found[0]["Name"], Scope="CLOUDFRONT", Id=found[0]["Id"])["WebACL"]
    rules = sorted(acl["Rules"], key=lambda it: it["Priority"])
    expect(rules[0]["Action"] == {"Allow": {}} and "ByteMatchStatement" in rules[0]["Statement"], f"first: {rules[0]}")
    expect([it["Name"] for it in rules] == ["pushes-pass", "rate", "known-bad", "bad-addresses"], f"rules: {rules}")
    distributions = cloudfront.list_distributions()["DistributionList"]["Items"]
    expect(len(distributions) == 1, f"distributions: {distributions}")
    config = cloudfront.get_distribution_config(Id=distributions[0]["Id"])["DistributionConfig"]
    expect(config["WebACLId"] == found[0]["ARN"], f"no firewall in front: {config['WebACLId']}")
    origin = config["Origins"]["Items"][0]["DomainName"]
    expect(f"https://{origin}" == api, f"it leads to {origin}")
    methods = set(config["DefaultCacheBehavior"]["AllowedMethods"]["Items"])
    expect({"GET", "POST", "PUT", "PATCH", "DELETE"} <= methods, f"methods: {methods}")
    expect(config["Aliases"]["Items"] == ["fleet.example.com"], f"names: {config['Aliases']}")
    outputs = emulator.client("cloudformation").describe_stacks(StackName="firewall")["Stacks"][0]["Outputs"]
    told = {it["OutputKey"]: it["OutputValue"] for it in outputs}
    expect(told["Target"] == distributions[0]["DomainName"], f"DNS is to name {told['Target']}")
    expect(told["PublicUrl"] == "https://fleet.example.com", json.dumps(told))
    delete(emulator.client("cloudformation"), "firewall")
