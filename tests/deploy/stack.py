"""The stack, as `sam build` and `sam deploy` would make it: bootstraps zipped, template translated, parts uploaded."""

import importlib.util
import functools
import io
import json
import pathlib
import random
import string
import sys
import time
import zipfile

import stand_in
from emulator import Emulator

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAME = "fleet"
BUCKET = "artifacts"
# A variable that tells which network a function was to lie in.
NETWORK = "DEPLOYED_INTO"
# Where the name of a NAT instance's image is found, and what it is.
IMAGE, IMAGE_ID = "/images/nat", "ami-0c1a2b3d4e5f60718"

_specification = importlib.util.spec_from_file_location("template", ROOT / ".ci/template.py")
template = importlib.util.module_from_spec(_specification)
_specification.loader.exec_module(template)


def zipped(bootstrap: pathlib.Path) -> bytes:
    """What Lambda is given: the binary, executable, under the name that the runtime starts."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, bootstrap.read_bytes())
    return content.getvalue()


def without_code_deploy(resources: dict) -> None:
    for name in [name for name, it in resources.items() if it["Type"].startswith("AWS::CodeDeploy::")]:
        del resources[name]
    for resource in resources.values():
        if "CodeDeployLambdaAliasUpdate" in resource.get("UpdatePolicy", {}):
            del resource["UpdatePolicy"]


def with_secrets_arns(resources: dict) -> None:
    """The Ref of a secret is its ARN on AWS, and a policy without an ARN allows nothing."""
    secrets = {name for name, it in resources.items() if it["Type"] == "AWS::SecretsManager::Secret"}

    def arn(value):
        if isinstance(value, list):
            return [arn(it) for it in value]
        if isinstance(value, dict) and value.get("Ref") in secrets:
            name = value["Ref"]
            return {"Fn::Sub": f"arn:${{AWS::Partition}}:secretsmanager:*:${{AWS::AccountId}}:secret:${{{name}}}-*"}
        return value

    for resource in resources.values():
        for policy in resource["Properties"].get("Policies", []) if resource["Type"] == "AWS::IAM::Role" else []:
            for statement in policy["PolicyDocument"]["Statement"]:
                statement["Resource"] = arn(statement["Resource"])


def with_network_told(resources: dict) -> None:
    """What VpcConfig comes to, in a variable beside it: `subnets|groups`, each with commas between."""
    for resource in resources.values():
        if "VpcConfig" in resource.get("Properties", {}):
            condition, wanted, otherwise = resource["Properties"]["VpcConfig"]["Fn::If"]
            assert otherwise == {"Ref": "AWS::NoValue"}
            lists = [{"Fn::Join": [",", wanted[name]]} for name in ("SubnetIds", "SecurityGroupIds")]
            told = {"Fn::If": [condition, {"Fn::Join": ["|", lists]}, ""]}
            resource["Properties"]["Environment"]["Variables"][NETWORK] = told


def without_metric_math(part: dict) -> dict:
    for resource in part["Resources"].values():
        metrics = resource.get("Properties", {}).pop("Metrics", None)
        if metrics:
            stat = next(it["MetricStat"] for it in metrics if it["Id"] == "m1")
            resource["Properties"] |= {**stat["Metric"], "Period": stat["Period"], "Statistic": stat["Stat"]}
    return part


def without_web_acl_log(part: dict) -> dict:
    part["Resources"].pop("FirewallLogging", None)
    return part


def with_stand_ins(part: dict, function: str) -> dict:
    """What CloudFormation has no type for, as custom resources of that function."""
    for resource in part["Resources"].values():
        if resource["Type"] in stand_in.KINDS:
            resource["Type"] = "Custom::" + resource["Type"].removeprefix("AWS::").replace("::", "-")
            resource["Properties"]["ServiceToken"] = function
    return part


def with_image_of_ours(part: dict) -> dict:
    """Nobody but AWS may write where its images' names are found."""
    if "InstanceImage" in part["Parameters"]:
        part["Parameters"]["InstanceImage"]["Default"] = IMAGE
    return part


def part_as_written(part: str) -> dict:
    from samtranslator.yaml_helper import yaml_parse

    return yaml_parse((ROOT / part).read_text(encoding="utf8"))


def outside(public_url: str, wechat_url: str) -> dict:
    return {
        "PUBLIC_URL": public_url,
        "WECHAT_API_URL": wechat_url, "WECHAT_MP_URL": wechat_url, "WECHAT_OPEN_URL": wechat_url,
    }


def as_parameters(given: dict[str, str]) -> list[dict]:
    return [{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()]


def wait_for(cloudformation, name: str, status: str) -> None:
    for _ in range(480):
        now = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
        if now == status:
            return
        if not now.endswith("_IN_PROGRESS"):
            for event in cloudformation.describe_stack_events(StackName=name)["StackEvents"]:
                if "FAILED" in event["ResourceStatus"]:
                    print(event["LogicalResourceId"], event.get("ResourceStatusReason"), file=sys.stderr)
            sys.exit(f"the stack {name} is {now}")
        time.sleep(0.25)
    sys.exit(f"the stack {name} is not {status} after two minutes")


def delete(cloudformation, name: str) -> None:
    cloudformation.delete_stack(StackName=name)
    for _ in range(480):
        try:
            stacks = cloudformation.describe_stacks(StackName=name)["Stacks"]
        except cloudformation.exceptions.ClientError:
            return
        if stacks[0]["StackStatus"] == "DELETE_COMPLETE":
            return
        if stacks[0]["StackStatus"] == "DELETE_FAILED":
            sys.exit(f"the stack {name} could not be deleted")
        time.sleep(0.25)
    sys.exit(f"the stack {name} was not deleted within two minutes")


class Parts:
    """The files that stand beside the template, as stacks of their own or within it."""

    def __init__(self, emulator: Emulator):
        self.emulator = emulator
        emulator.client("ssm").put_parameter(Name=IMAGE, Value=IMAGE_ID, Type="String")

    @functools.cached_property
    def stand_in(self) -> str:
        """The function that stands in for types which the emulator's CloudFormation lacks."""
        iam = self.emulator.client("iam")
        trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        rights = {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}
        document = {"Version": "2012-10-17", "Statement": [trust]}
        role = iam.create_role(RoleName="stand-in", AssumeRolePolicyDocument=json.dumps(document))["Role"]["Arn"]
        document = {"Version": "2012-10-17", "Statement": [rights]}
        iam.put_role_policy(RoleName="stand-in", PolicyName="ec2", PolicyDocument=json.dumps(document))
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.write(stand_in.__file__, "stand_in.py")
        return self.emulator.client("lambda").create_function(
            FunctionName="stand-in", Runtime="python3.12", Role=role, Handler="stand_in.handler", Timeout=60,
            Code={"ZipFile": code.getvalue()},
        )["FunctionArn"]

    def prepared(self, part: str) -> str:
        """A part as the emulator can make it."""
        body = without_web_acl_log(without_metric_math(part_as_written(part)))
        return json.dumps(with_stand_ins(with_image_of_ours(body), self.stand_in))


class Stack:
    """The stack in an emulator."""

    def __init__(self, emulator: Emulator, binaries: pathlib.Path, public_url: str, wechat_url: str):
        self.emulator = emulator
        self.cloudformation = emulator.client("cloudformation")
        self.outside = outside(public_url, wechat_url)
        self.parts = Parts(emulator)
        s3 = emulator.client("s3")
        s3.create_bucket(Bucket=BUCKET)
        for function in sorted(template.FUNCTIONS):
            s3.put_object(Bucket=BUCKET, Key=f"{function.title()}Function", Body=zipped(binaries / function))
        for part in template.PARTS:
            s3.put_object(Bucket=BUCKET, Key=part, Body=self.parts.prepared(part).encode())
        # With a topic of one's own, no mail is subscribed to.
        topic = emulator.client("sns").create_topic(Name="alarms")["TopicArn"]
        self.parameters = {"AlarmTopicArn": topic, "Deployment": "AllAtOnce"}

    def translated(self) -> dict:
        """The template as CloudFormation would have it of SAM, less what the emulator lacks."""
        whole = template.translate(ROOT / "template.yaml", "us-east-1", dict(self.parameters))
        resources = whole["Resources"]
        without_code_deploy(resources)
        with_secrets_arns(resources)
        with_network_told(resources)
        for resource in resources.values():
            properties = resource.get("Properties", {})
            if resource["Type"] == "AWS::Lambda::Function":
                properties["Environment"]["Variables"].update(self.outside)
                # It runs what is for this machine's processor.
                properties["Architectures"] = ["x86_64"]
            if resource["Type"] == "AWS::CloudFormation::Stack":
                part = properties["TemplateURL"].partition(".com/")[2]
                properties["TemplateURL"] = f"{self.emulator.endpoint}/{BUCKET}/{part}"
        return whole

    def create(self) -> None:
        self.deploy("create")
        self.generate_secrets()

    def generate_secrets(self) -> None:
        """What CloudFormation would have generated: letters and digits."""
        secrets = self.emulator.client("secretsmanager")
        for name, resource in self.translated()["Resources"].items():
            if resource["Type"] == "AWS::SecretsManager::Secret":
                wanted = resource["Properties"]["GenerateSecretString"]
                generated = "".join(
                    random.choices(string.ascii_letters + string.digits, k=wanted["PasswordLength"])
                )
                if "GenerateStringKey" in wanted:
                    template = json.loads(wanted["SecretStringTemplate"])
                    generated = json.dumps({**template, wanted["GenerateStringKey"]: generated})
                secrets.put_secret_value(SecretId=self.physical(name), SecretString=generated)

    def deploy(self, verb: str, **parameters: str) -> None:
        """Creates or updates it, with these parameters beside those that were given before."""
        self.parameters |= parameters
        body = json.dumps(self.translated())
        self.emulator.client("s3").put_object(Bucket=BUCKET, Key="template.json", Body=body.encode())
        call = {"create": self.cloudformation.create_stack, "update": self.cloudformation.update_stack}[verb]
        call(
            StackName=NAME, TemplateURL=f"{self.emulator.endpoint}/{BUCKET}/template.json",
            Parameters=as_parameters(self.parameters), Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            Tags=[{"Key": "project", "Value": "wechat-fleet"}],
        )
        wait_for(self.cloudformation, NAME, {"create": "CREATE_COMPLETE", "update": "UPDATE_COMPLETE"}[verb])

    def delete(self) -> None:
        delete(self.cloudformation, NAME)

    def resources(self, name: str = NAME) -> dict[str, dict]:
        """By their logical ids."""
        pages = self.cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
        return {it["LogicalResourceId"]: it for page in pages for it in page["StackResourceSummaries"]}

    def physical(self, logical_id: str) -> str:
        return self.resources()[logical_id]["PhysicalResourceId"]

    def outputs(self, name: str = NAME) -> dict[str, str]:
        stack = self.cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        return {it["OutputKey"]: it["OutputValue"] for it in stack.get("Outputs", [])}
