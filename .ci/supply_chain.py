#!/usr/bin/env python3
"""What is built in: advisories, licences, sources, and one TLS stack, by cargo-deny and deny.toml.

The advisories stand in advisories.toml beside this script, because CI cannot reach the RustSec database;
they are written out in the database's own shape. Every crate that is built for Linux must have been looked
up there. With ADVISORY_DB, the URL or the path of a clone, the database itself is used.

    supply_chain.py --cargo-deny BINARY --database DIRECTORY
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
# The workspace, and the one that stands alone.
MANIFESTS = ["Cargo.toml", "tests/fuzz/Cargo.toml"]
TARGETS = ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"]
# One that a crate we have had, for the test of the test: it must be found.
PLANTED = {
    "id": "RUSTSEC-2099-0001", "package": "rustls", "date": "2099-01-01", "title": "planted",
    "patched": [">= 9999.0.0"],
}


def git(directory, *arguments):
    subprocess.run(
        ["git", "-c", "user.name=ci", "-c", "user.email=ci@invalid", *arguments],
        cwd=directory, check=True, stdout=subprocess.DEVNULL,
    )


def write_database(directory, advisories):
    """A repository of one commit with an advisory a file, as cargo-deny reads them."""
    shutil.rmtree(directory, ignore_errors=True)
    for advisory in advisories:
        file = directory / "crates" / advisory["package"] / f"{advisory['id']}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        lines = ["```toml", "[advisory]"]
        for name in ("id", "package", "date", "informational", "withdrawn"):
            if name in advisory:
                lines.append(f'{name} = "{advisory[name]}"')
        lines += ["[versions]", f"patched = {json.dumps(advisory['patched'])}"]
        if "unaffected" in advisory:
            lines.append(f"unaffected = {json.dumps(advisory['unaffected'])}")
        lines += ["```", "", f"# {advisory['title']}", "", "See the RustSec database.", ""]
        file.write_text("\n".join(lines))
    git(directory, "init", "--quiet", "--initial-branch=main")
    git(directory, "add", ".")
    git(directory, "commit", "--quiet", "--message", "advisories")
    # cargo-deny looks at when it was fetched.
    (directory / ".git" / "FETCH_HEAD").touch()


def crates(manifest):
    """The names of all crates of a registry that are built for Linux."""
    names = set()
    for target in TARGETS:
        metadata = subprocess.run(
            ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", target,
             "--manifest-path", ROOT / manifest],
            check=True, stdout=subprocess.PIPE,
        )
        metadata = json.loads(metadata.stdout)
        built = {node["id"] for node in metadata["resolve"]["nodes"]}
        names |= {
            package["name"] for package in metadata["packages"]
            if package["source"] and package["id"] in built
        }
    return names


def deny(binary, manifest, configuration, checks, quiet=False):
    answer = subprocess.run(
        [binary, "--frozen", "--manifest-path", ROOT / manifest, "--config", configuration, "check",
         "--hide-inclusion-graph", *checks],
        stdout=subprocess.DEVNULL if quiet else None, stderr=subprocess.PIPE, text=True, cwd=ROOT,
    )
    if answer.returncode and not quiet:
        print(answer.stderr, file=sys.stderr)
    return answer.returncode == 0


def configured(database, url):
    """deny.toml with the database at its place; the caller removes the file."""
    text = (ROOT / "deny.toml").read_text()
    text = re.sub(r'(?m)^db-path = .*$', f"db-path = {json.dumps(str(database))}", text)
    text = re.sub(r'(?m)^db-urls = .*$', f"db-urls = [{json.dumps(url)}]", text)
    file = tempfile.NamedTemporaryFile("w", suffix=".toml", delete=False)
    with file:
        file.write(text)
    return pathlib.Path(file.name)


def place_of(binary, database, url):
    """Where cargo-deny looks for the database of a URL: it says so when it is not there."""
    configuration = configured(database, url)
    try:
        answer = subprocess.run(
            [binary, "--frozen", "--config", configuration, "check", "advisories"],
            stderr=subprocess.PIPE, text=True, cwd=ROOT,
        )
    finally:
        configuration.unlink()
    found = re.search(rf"{re.escape(str(database))}/[\w.-]+", answer.stderr)
    if not found:
        sys.exit(f"cargo-deny does not say where the database belongs:\n{answer.stderr}")
    return pathlib.Path(found.group())


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--cargo-deny", required=True)
    arguments.add_argument("--database", required=True, type=pathlib.Path)
    arguments = arguments.parse_args()
    binary, database = arguments.cargo_deny, arguments.database.absolute()
    shutil.rmtree(database, ignore_errors=True)
    database.mkdir(parents=True)

    known = tomllib.loads((ROOT / ".ci" / "advisories.toml").read_text())
    advisories = [
        {name: str(value) if name in ("date", "withdrawn") else value for name, value in one.items()}
        for one in known["advisory"]
    ]
    failed = []
    full = os.environ.get("ADVISORY_DB")
    url = full or "https://github.com/RustSec/advisory-db"
    # This also fetches what cargo-deny then reads without the network.
    built = set().union(*(crates(manifest) for manifest in MANIFESTS))
    place = place_of(binary, database, url)
    if full:
        git(database, "clone", "--quiet", "--depth=1", full, place)
        (place / ".git" / "FETCH_HEAD").touch()
    else:
        for name in sorted(built - set(known["looked_up"])):
            failed.append(f"{name} is built and was not looked up, see .ci/advisories.toml")
        # That an advisory would be found, and where the words of this file may go wrong.
        write_database(place, [*advisories, PLANTED])
        configuration = configured(database, url)
        if deny(binary, MANIFESTS[0], configuration, ["advisories"], quiet=True):
            failed.append("a planted advisory was not found")
        configuration.unlink()
        write_database(place, advisories)

    configuration = configured(database, url)
    for manifest in MANIFESTS:
        if not deny(binary, manifest, configuration, ["advisories", "bans", "licenses", "sources"]):
            failed.append(f"{manifest}: cargo-deny refuses it")
    configuration.unlink()
    for failure in failed:
        print(failure, file=sys.stderr)
    where = full or f"the snapshot of {known['snapshot']}, {len(advisories)} advisories"
    print(f"supply chain: {'FAILED' if failed else 'clean'}, by {where}")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
