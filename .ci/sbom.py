#!/usr/bin/env python3
"""A bill of materials for each function: CycloneDX 1.6 in JSON, of what is linked into its binary.

    sbom.py [--target TRIPLE] [--output DIRECTORY]

Writes DIRECTORY/FUNCTION.cdx.json (target/sbom). The same sources give the same files, byte for byte: there
is no time in them, and the serial number is made of what they say. Licences, sources and checksums are
those of Cargo.lock and of the crates' own manifests.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tomllib
import uuid

ROOT = pathlib.Path(__file__).resolve().parent.parent
NAMESPACE = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")
LINE = re.compile(r"^(\d+)([\w-]+) v(\S+)")


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT).stdout


def functions():
    """The packages of the functions."""
    return sorted(manifest.parent.name for manifest in ROOT.glob("functions/*/Cargo.toml"))


def linked(function, target):
    """(name, version) of everything below a function, and what each needs directly."""
    tree = run("cargo", "tree", "--locked", "--package", function, "--target", target, "--edges", "normal",
               "--prefix", "depth", "--no-dedupe", "--format", " {p}")
    above, needs = [], {}
    for line in tree.splitlines():
        found = LINE.match(line.replace(" ", "", 1))
        if not found:
            sys.exit(f"cargo tree says something new: {line}")
        depth, crate = int(found[1]), (found[2], found[3])
        needs.setdefault(crate, set())
        del above[depth:]
        if above:
            needs[above[-1]].add(crate)
        above.append(crate)
    return needs


def reference(crate):
    name, version = crate
    return f"pkg:cargo/{name}@{version}"


def document(function, target, packages, checksums):
    needs = linked(function, target)
    (root,) = [crate for crate in needs if crate[0] == function]
    components = []
    for crate in sorted(needs):
        package = packages[crate]
        component = {
            "type": "application" if crate == root else "library",
            "bom-ref": reference(crate),
            "name": crate[0],
            "version": crate[1],
            "purl": reference(crate),
            "licenses": [{"expression": package["license"].replace("/", " OR ")}],
        }
        if crate in checksums:
            component["hashes"] = [{"alg": "SHA-256", "content": checksums[crate]}]
        if crate == root:
            application = component
        else:
            components.append(component)
    bill = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": application,
            "properties": [{"name": "wechat-fleet:target", "value": target}],
        },
        "components": components,
        "dependencies": [
            {"ref": reference(crate), "dependsOn": sorted(map(reference, below))}
            for crate, below in sorted(needs.items())
        ],
    }
    serial = uuid.uuid5(NAMESPACE, json.dumps(bill, sort_keys=True))
    return {**bill, "serialNumber": f"urn:uuid:{serial}"}


def check(bill):
    """What a reader of CycloneDX relies on, and what must hold of a function of ours."""
    wrong = []
    own = bill["metadata"]["component"]
    references = [component["bom-ref"] for component in [own, *bill["components"]]]
    if len(set(references)) != len(references):
        wrong.append("a component stands there twice")
    if {one["ref"] for one in bill["dependencies"]} != set(references):
        wrong.append("not every component says what it needs")
    if any(set(one["dependsOn"]) - set(references) for one in bill["dependencies"]):
        wrong.append("something is needed that is no component")
    if not re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", bill["serialNumber"]):
        wrong.append("the serial number is none")
    for component in [own, *bill["components"]]:
        if not component["licenses"][0]["expression"]:
            wrong.append(f"{component['name']} has no licence")
    names = [component["name"] for component in bill["components"]]
    if names.count("rustls") != 1 or names.count("ring") != 1:
        wrong.append("rustls and ring are to be there, once")
    for name in ("openssl", "openssl-sys", "native-tls", "aws-lc-rs", "aws-lc-sys", "dynoxide-rs", "local"):
        if name in names:
            wrong.append(f"{name} has no place in a function")
    unsigned = [one["name"] for one in bill["components"] if "hashes" not in one]
    if set(unsigned) - {"platform", "wechat"}:
        wrong.append(f"without a checksum: {unsigned}")
    return wrong


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--target", default="aarch64-unknown-linux-gnu")
    arguments.add_argument("--output", type=pathlib.Path, default=ROOT / "target" / "sbom")
    arguments = arguments.parse_args()
    metadata = json.loads(run("cargo", "metadata", "--locked", "--format-version", "1",
                              "--filter-platform", arguments.target))
    packages = {(package["name"], package["version"]): package for package in metadata["packages"]}
    lock = tomllib.loads((ROOT / "Cargo.lock").read_text())
    checksums = {
        (package["name"], package["version"]): package["checksum"]
        for package in lock["package"] if "checksum" in package
    }
    arguments.output.mkdir(parents=True, exist_ok=True)
    wrong = []
    for function in functions():
        bill = document(function, arguments.target, packages, checksums)
        wrong += [f"{function}: {words}" for words in check(bill)]
        file = arguments.output / f"{function}.cdx.json"
        file.write_text(json.dumps(bill, indent=1, sort_keys=True) + "\n")
        print(f"{function:<12} {len(bill['components']):>4} components")
    for words in wrong:
        print(words, file=sys.stderr)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
