"""The stack, as `sam build` and `sam deploy` would make it: bootstraps zipped, template translated, parts uploaded."""

import importlib.util
import io
import json
import pathlib
import random
import string
import sys
import time
import zipfile

from emulator import Emulator

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAME = "fleet"
BUCKET = "artifacts"

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


def without_metric_math(part: dict) -> dict:
    for resource in part["Resources"].values():
        metrics = resource.get("Properties", {}).pop("Metrics", None)
        if metrics:
            stat = next(it["MetricStat"] for it in metrics if it["Id"] == "m1")
            resource["Properties"] |= {**stat["Metric"], "Period": stat["Period"], "Statistic": stat["Stat"]}
    return part


def part_as_written(part: str) -> dict:
    from samtranslator.yaml_helper import yaml_parse

    return yaml_parse((ROOT / part).read_text(encoding="utf8"))


def outside(public_url: str, wechat_url: str) -> dict:
    return {
        "PUBLIC_URL": public_url,
        "WECHAT_API_URL": wechat_url, "WECHAT_MP_URL": wechat_url, "WECHAT_OPEN_URL": wechat_url,
    }


class Stack:
    """The stack in an emulator."""

    def __init__(self, emulator: Emulator, binaries: pathlib.Path, public_url: str, wechat_url: str):
        self.emulator = emulator
        self.cloudformation = emulator.client("cloudformation")
        self.outside = outside(public_url, wechat_url)
        s3 = emulator.client("s3")
        s3.create_bucket(Bucket=BUCKET)
        for function in sorted(template.FUNCTIONS):
            s3.put_object(Bucket=BUCKET, Key=f"{function.title()}Function", Body=zipped(binaries / function))
        for part in template.PARTS:
            body = without_metric_math(part_as_written(part))
            s3.put_object(Bucket=BUCKET, Key=part, Body=json.dumps(body).encode())

    def translated(self, epoch: int) -> dict:
        """The template as CloudFormation would have it of SAM, less what the emulator lacks."""
        whole = template.translate(ROOT / "template.yaml", "us-east-1", {"Epoch": str(epoch)})
        resources = whole["Resources"]
        without_code_deploy(resources)
        with_secrets_arns(resources)
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

    def parameters(self, epoch: int) -> list[dict]:
        # With a topic of one's own, no mail is subscribed to.
        topic = self.emulator.client("sns").create_topic(Name="alarms")["TopicArn"]
        given = {"Epoch": str(epoch), "AlarmTopicArn": topic, "Deployment": "AllAtOnce"}
        return [{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()]

    def create(self) -> None:
        self.deploy("create", epoch=0)
        self.generate_secrets()

    def generate_secrets(self) -> None:
        """What CloudFormation would have generated: letters and digits."""
        secrets = self.emulator.client("secretsmanager")
        for name, resource in self.translated(epoch=0)["Resources"].items():
            if resource["Type"] == "AWS::SecretsManager::Secret":
                wanted = resource["Properties"]["GenerateSecretString"]
                generated = "".join(
                    random.choices(string.ascii_letters + string.digits, k=wanted["PasswordLength"])
                )
                if "GenerateStringKey" in wanted:
                    template = json.loads(wanted["SecretStringTemplate"])
                    generated = json.dumps({**template, wanted["GenerateStringKey"]: generated})
                secrets.put_secret_value(SecretId=self.physical(name), SecretString=generated)

    def deploy(self, verb: str, epoch: int) -> None:
        body = json.dumps(self.translated(epoch))
        self.emulator.client("s3").put_object(Bucket=BUCKET, Key="template.json", Body=body.encode())
        call = {"create": self.cloudformation.create_stack, "update": self.cloudformation.update_stack}[verb]
        call(
            StackName=NAME, TemplateURL=f"{self.emulator.endpoint}/{BUCKET}/template.json",
            Parameters=self.parameters(epoch), Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            Tags=[{"Key": "project", "Value": "wechat-fleet"}],
        )
        self.wait_for({"create": "CREATE_COMPLETE", "update": "UPDATE_COMPLETE"}[verb])

    def wait_for(self, status: str) -> None:
        for _ in range(240):
            now = self.cloudformation.describe_stacks(StackName=NAME)["Stacks"][0]["StackStatus"]
            if now == status:
                return
            if not now.endswith("_IN_PROGRESS"):
                for event in self.cloudformation.describe_stack_events(StackName=NAME)["StackEvents"]:
                    if "FAILED" in event["ResourceStatus"]:
                        print(event["LogicalResourceId"], event.get("ResourceStatusReason"), file=sys.stderr)
                sys.exit(f"the stack is {now}")
            time.sleep(0.5)
        sys.exit(f"the stack is not {status} after two minutes")

    def delete(self) -> None:
        self.cloudformation.delete_stack(StackName=NAME)
        for _ in range(240):
            try:
                stacks = self.cloudformation.describe_stacks(StackName=NAME)["Stacks"]
            except self.cloudformation.exceptions.ClientError:
                return
            if stacks[0]["StackStatus"] == "DELETE_COMPLETE":
                return
            if stacks[0]["StackStatus"] == "DELETE_FAILED":
                sys.exit("the stack could not be deleted")
            time.sleep(0.5)
        sys.exit("the stack was not deleted within two minutes")

    def resources(self, name: str = NAME) -> dict[str, dict]:
        """By their logical ids."""
        pages = self.cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
        return {it["LogicalResourceId"]: it for page in pages for it in page["StackResourceSummaries"]}

    def physical(self, logical_id: str) -> str:
        return self.resources()[logical_id]["PhysicalResourceId"]

    def outputs(self) -> dict[str, str]:
        stack = self.cloudformation.describe_stacks(StackName=NAME)["Stacks"][0]
        return {it["OutputKey"]: it["OutputValue"] for it in stack.get("Outputs", [])}
