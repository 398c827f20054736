"""Pastes the README's tour into a shell, against the system as `cargo run` starts it.

    python3 tests/tour/run.py --binary target/debug/wechat-fleet
"""

import argparse
import json
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


def tour() -> str:
    """The shell commands between the README's markers."""
    readme = (ROOT / "README.md").read_text(encoding="utf8")
    between = re.search(r"<!-- tour -->\n```sh\n(.*?)```\n<!-- /tour -->", readme, re.S)
    if not between:
        sys.exit("the README has no tour")
    return between.group(1)


def wait_for(file: pathlib.Path, process: subprocess.Popen) -> dict:
    for _ in range(600):
        if file.exists():
            return json.loads(file.read_text(encoding="utf8"))
        if process.poll() is not None:
            sys.exit(f"the system ended with {process.returncode} before it was ready")
        time.sleep(0.1)
    sys.exit("the system was not ready within a minute")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    binary = str(pathlib.Path(parser.parse_args().binary).resolve())
    with tempfile.TemporaryDirectory() as directory:
        place = pathlib.Path(directory)
        ready = place / "ready.json"
        log = (place / "log").open("wb")
        system = subprocess.Popen(
            [binary, "--listen", "127.0.0.1:0", "--data", str(place / "data"), "--ready-file", str(ready)],
            stdout=log, stderr=log, cwd=place,
        )
        try:
            said = wait_for(ready, system)
            variables = {
                "BASE": said["base_url"], "WECHAT": said["simulator_url"],
                "KEY": said["admin_key"], "COMPONENT": said["component"]["appid"],
            }
            lines = [f"{name}='{value}'" for name, value in variables.items()]
            # A command that fails ends the tour, in a pipe too.
            script = "\n".join(["set -eu -o pipefail", *lines, tour()])
            result = subprocess.run(["bash", "-c", script], cwd=place, capture_output=True, text=True, timeout=120)
            sys.stdout.write(result.stdout)
            sys.stderr.write(result.stderr)
            if result.returncode != 0:
                sys.stderr.write((place / "log").read_text(encoding="utf8", errors="replace")[-6000:])
                sys.exit("a command of the tour failed")
            check(place, result.stdout)
        finally:
            system.send_signal(signal.SIGTERM)
            system.wait(timeout=10)
    print("the tour works")


def check(place: pathlib.Path, said: str) -> None:
    """What the tour is to have shown."""
    if not (place / "trial.jpg").read_bytes().startswith(b"\xff\xd8\xff"):
        sys.exit("trial.jpg is no picture")
    if not (place / "code.jpg").read_bytes().startswith((b"\x89PNG", b"\xff\xd8\xff")):
        sys.exit("code.jpg is no picture")
    for words in ['"state":"in-review"', '"state":"approved"', '"state":"released"', "城南面馆"]:
        if words not in said:
            sys.exit(f"the tour did not show {words}")


main()
