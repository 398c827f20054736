#!/usr/bin/env python3
"""Runs the README's table of seventeen commands, one for each capability, and its way to decrypt payment
credentials, against the system as `cargo run` starts it; looks at what each of them shows.

    run.py [--binary target/debug/wechat-fleet]
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE.parent / "sender"), str(HERE.parent / "sdk")]
from call import SHOP, ask, prepare  # noqa: E402: it lies beside us
from send import local_system  # noqa: E402: so does it

README = (ROOT / "README.md").read_text(encoding="utf8")
CERTIFICATE = ROOT / "shared/platform/tests/data/payment/legacy.p12"

APPROVE = 'curl -sSf -H "Content-Type: application/json" $WECHAT/simulator/approve -d "{\\"appid\\":\\"$SHOP\\"}"'
# What has to happen elsewhere before a command: at WeChat, or by the privacy detection.
BEFORE = {
    10: 'DRAFT=$(api $V1/drafts | sed -E \'s/.*"draft_id":([0-9]+).*/\\1/\')\n'
    'TEMPLATE=$(api $V1/templates -d "{\\"draft_id\\":$DRAFT}" | sed -E \'s/.*"template_id":([0-9]+).*/\\1/\')',
    13: "sleep 4",
    15: f"api -X POST $A/review -d '{{}}'; sleep 1; {APPROVE}; sleep 3",
    16: 'api -X PUT $A/trial -d "{\\"template_id\\":$TEMPLATE,\\"user_version\\":\\"1.1.0\\",'
    '\\"user_desc\\":\\"第二版\\"}"; sleep 4\n'
    f"api -X POST $A/review -d '{{}}'; sleep 1; {APPROVE}; sleep 3; api -X POST $A/release\n"
    'VERSION=$(api $A/versions | sed -E \'s/.*"app_version":([0-9]+).*/\\1/\')',
}
# What each of them is to show.
SHOWS = {
    1: '"age_seconds":',
    2: '"access_token":"',
    3: '"state":"waiting"',
    4: "pre_auth_code=preauthcode%40%40%40",
    5: "<html",
    6: '"introduction":"招牌牛肉面',
    7: '"mchid":"1900009191"',
    8: "api.example.com",
    9: "www.example.com",
    10: '"user_version":"1.0.0"',
    11: '"user_str":',
    12: "trial.jpg",
    13: '"state":"in-review"',
    14: '"state":"withdrawn"',
    15: '"state":"released"',
    16: '"app_version":',
    17: "code.jpg",
}


def between(name, language):
    """The block of code between the README's markers."""
    block = re.search(rf"<!-- {name} -->\n```{language}\n(.*?)```\n<!-- /{name} -->", README, re.S)
    if not block:
        sys.exit(f"the README has no {name}")
    return block.group(1)


def rows():
    """The commands of the table, by the number of their capability."""
    table = re.findall(r"^\| (\d+) \|.*\| `(.+)` \|$", README, re.M)
    commands = {int(number): command for number, command in table}
    if sorted(commands) != list(range(1, 18)):
        sys.exit(f"the README's table has the commands {sorted(commands)}, not 1 to 17")
    return commands


def play(system, place):
    _, machine, _ = prepare(system)
    base, admin = system["base_url"], system["admin_key"]
    scopes = ["token:read", "payment:read"]
    wanted = {"name": "支付服务", "role": "machine", "scopes": scopes, "accounts": ["*", "component"]}
    machine = ask("POST", f"{base}/v1/keys", admin, wanted)["secret"]
    variables = {
        "BASE": base, "WECHAT": system["simulator_url"], "KEY": admin, "MACHINE_KEY": machine,
        "COMPONENT": system["component"]["appid"], "SHOP": SHOP,
    }
    (place / "apiclient_cert.p12").write_bytes(CERTIFICATE.read_bytes())
    lines = ["set -eu -o pipefail", *(f"{name}='{value}'" for name, value in variables.items())]
    lines.append(between("commands", "sh"))
    for number, command in sorted(rows().items()):
        lines += [f"{{ {BEFORE.get(number, ':')}\n}} >/dev/null", f"echo; echo '== {number}'", command]
    lines += ["echo; echo '== decrypt'", between("credentials", "sh")]
    script = "\n".join(lines)
    result = subprocess.run(["bash", "-c", script], cwd=place, capture_output=True, text=True, timeout=180, check=False)
    sys.stdout.write(result.stdout)
    if result.returncode != 0:
        sys.exit(f"{result.stderr}\na command failed")
    shown = dict(re.findall(r"^== (\w+)\n(.*?)(?=^== |\Z)", result.stdout, re.M | re.S))
    for number, words in SHOWS.items():
        if words not in shown[str(number)]:
            sys.exit(f"command {number} did not show {words}")
    for name, beginnings in {"trial.jpg": b"\xff\xd8\xff", "code.jpg": (b"\x89PNG", b"\xff\xd8\xff")}.items():
        if not (place / name).read_bytes().startswith(beginnings):
            sys.exit(f"{name} is no picture")


def decrypt(place):
    """Runs the README's Python on what its curl has fetched."""
    python = between("decrypt", "python")
    program = f"{python}\nimport json\nprint(json.dumps(credentials))"
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=place, capture_output=True, text=True, timeout=30, check=False
    )
    if result.returncode != 0:
        sys.exit(f"{result.stderr}\nthe credentials do not open as the README says")
    opened = json.loads(result.stdout.splitlines()[-1])
    if opened["mchid"] != "1900009191" or opened["certificate"]["password"] != "1900009191":
        sys.exit(f"the credentials hold {sorted(opened)} and not what was entered")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default="target/debug/wechat-fleet")
    binary = str(pathlib.Path(parser.parse_args().binary).resolve())
    with tempfile.TemporaryDirectory() as directory, local_system(binary) as system:
        place = pathlib.Path(directory)
        make_key(place)
        play(system, place)
        decrypt(place)
    print("the seventeen commands work, and the credentials open")


def make_key(place):
    """The payment service's pair of keys, as the README makes it."""
    program = between("recipient", "python")
    subprocess.run([sys.executable, "-c", program], cwd=place, check=True, timeout=30)


main()
