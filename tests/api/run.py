#!/usr/bin/env python3
"""Every operation of the API as its description says, against the whole system on this machine.

schemathesis makes requests from the description, right ones and wrong ones, and holds each answer against it:
no 5xx, no status, header, content type or body that is not described. The seed is fixed, so that a failure
comes again.

    run.py --schemathesis BINARY [--binary target/debug/wechat-fleet] [--examples 6] [--operation ID] [-- MORE]

MORE is given to schemathesis as it stands, such as `--report ndjson`.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "sender"), str(HERE.parent / "sdk")]
from call import SHOP, ask  # noqa: E402: it lies beside us
from send import local_system  # noqa: E402: so does it

CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "missing_required_header",
    "unsupported_method",
    "allow_header_conformance",
    "ignored_auth",
]
SCOPES = ["relay", "token:read", "session:write", "payment:read"]
# What other operations cannot do without: they come last. A component whose tokens another system has, and a
# key that is revoked, would let all others be asked in vain.
LAST = ["change_mode", "revoke_key"]
PATIENCE = 30


def until(what, done):
    """Waits for something to come about."""
    end = time.monotonic() + PATIENCE
    while not done():
        if time.monotonic() > end:
            sys.exit(f"{what} did not come about within {PATIENCE} s")
        time.sleep(0.2)


def prepare(system):
    """A merchant with a trial version, a template and payment settings, so that there is something to ask
    for; and a machine's key for what machines alone may do."""
    base, admin, component = system["base_url"], system["admin_key"], system["component"]["appid"]
    root = f"{base}/v1/components/{component}"
    shop = f"{root}/mini-programs/{SHOP}"
    until("a ticket", lambda: ask("GET", root, admin)["ticket"] is not None)
    ask("POST", f"{system['simulator_url']}/simulator/authorize", body={"appid": SHOP})
    until("a merchant", lambda: ask("GET", f"{root}/mini-programs", admin)["mini_programs"])
    draft = ask("GET", f"{root}/drafts", admin)["drafts"][0]["draft_id"]
    template = ask("POST", f"{root}/templates", admin, {"draft_id": draft})["template_id"]
    trial = {"template_id": template, "user_version": "1.0.0", "user_desc": "首次发布"}
    ask("PUT", f"{shop}/trial", admin, trial)
    ask("PUT", f"{shop}/payment", admin, {"mchid": "1900009191"})
    machine = {"name": "支付服务", "role": "machine", "scopes": SCOPES, "accounts": ["*", "component"]}
    return ask("POST", f"{base}/v1/keys", admin, machine)["secret"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--schemathesis", required=True, help="its command")
    parser.add_argument("--binary", default="target/debug/wechat-fleet")
    parser.add_argument("--examples", default="6", help="for each operation")
    parser.add_argument("--operation", action="append", default=[], help="this one alone; may be repeated")
    parser.add_argument("more", nargs="*", help="for schemathesis")
    arguments = parser.parse_args()
    with local_system(arguments.binary) as system:
        machine = prepare(system)
        base, component = system["base_url"], system["component"]["appid"]
        environment = {
            **os.environ,
            "SCHEMATHESIS_HOOKS": str(HERE / "hooks.py"),
            "FLEET_ADMIN_KEY": system["admin_key"],
            "FLEET_MACHINE_KEY": machine,
            "FLEET_COMPONENT": component,
            "FLEET_APPID": SHOP,
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        command = [
            str(pathlib.Path(arguments.schemathesis).absolute()), "run", f"{base}/v1/openapi.json",
            "--url", base,
            "--exclude-path-regex", "^/relay/",  # What WeChat answers is not ours to describe.
            "--phases", "examples,coverage,fuzzing",
            "--checks", ",".join(CHECKS),
            "--max-examples", arguments.examples,
            "--seed", "20260430",
            "--workers", "1",  # CPython 3.11 does not parse in two threads at once: "AST constructor recursion …"
            "--continue-on-failure",
            "--suppress-health-check", "all",
            "--generation-database", "none",
            "--request-timeout", "30",
            "--warnings", "off",
            "--no-color",
            *arguments.more,
        ]
        if arguments.operation:
            parts = [selected("--include-operation-id", arguments.operation)]
        else:
            parts = [selected("--exclude-operation-id", LAST), selected("--include-operation-id", LAST)]
        with tempfile.TemporaryDirectory() as place:
            # All of them, whatever the first finds; in a place of its own for what it writes down for itself.
            results = [subprocess.run(command + part, env=environment, cwd=place, check=False) for part in parts]
        sys.exit(max(result.returncode for result in results))


def selected(option, operations):
    return [word for operation in operations for word in (option, operation)]


main()
