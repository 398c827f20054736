"""How large the functions are that Lambda is given, as docs/sizes.md shows it.

    sizes.py                     builds both architectures as `sam build` does, and writes docs/sizes.md
    sizes.py ARCHITECTURE=DIR …  the same of what `sam build --build-dir DIR` has built already
    sizes.py --list DIR          prints what is in such a directory (.aws-sam/build by default)

Needs what `sam build` needs, see .ci/build.txt, on the path. Built from nothing it takes about twenty minutes of
two cores for each architecture.
"""

import argparse
import datetime
import io
import pathlib
import resource
import subprocess
import sys
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/sizes.md"
ARCHITECTURES = ("arm64", "x86_64")
FUNCTIONS = sorted(it.name for it in (ROOT / "functions").iterdir() if (it / "Cargo.toml").exists())
MB = 1e6


def build(architecture):
    """Where `sam build` puts the functions, and the seconds of CPU that it took."""
    directory = ROOT / ".aws-sam" / f"sizes-{architecture}"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        ["sam", "build", "--parameter-overrides", f"Architecture={architecture}", "--build-dir", directory],
        cwd=ROOT, check=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return directory, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def zipped(bootstrap):
    """Bytes of the archive that `sam deploy` uploads."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(bootstrap, "bootstrap")
    return len(content.getvalue())


def sizes(directory):
    """By function: bytes of its program, and of its archive."""
    found = {}
    for function in FUNCTIONS:
        bootstrap = directory / f"{function.title()}Function" / "bootstrap"
        if not bootstrap.exists():
            sys.exit(f"{bootstrap} is not there: {function} was not built")
        found[function] = (bootstrap.stat().st_size, zipped(bootstrap))
    return found


def table(by_architecture):
    names = [it.replace("_", "-") + ": " if it else "" for it in by_architecture]
    head = "".join(f" {name}程序 / binary | zip |" for name in names)
    lines = [f"| 函数 / function |{head}", "|---|" + "---:|---:|" * len(names)]
    together = [0] * (2 * len(names))
    for function in FUNCTIONS:
        row = [size for found in by_architecture.values() for size in found[function]]
        together = [one + other for one, other in zip(together, row)]
        lines.append(f"| {function} | " + " | ".join(f"{size / MB:.1f}" for size in row) + " |")
    lines.append("| **合计 / together** | " + " | ".join(f"**{size / MB:.1f}**" for size in together) + " |")
    return lines


def version(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[1]


def zig():
    """As pip knows it: cargo-lambda calls it as a module of Python, or by its own name."""
    shown = subprocess.run(["pip", "show", "ziglang"], check=False, capture_output=True, text=True).stdout
    return next((it.split()[1] for it in shown.splitlines() if it.startswith("Version:")), "?")


def page(by_architecture, seconds):
    tools = f"cargo-lambda {version('cargo', 'lambda', '--version')}, zig {zig()}, Rust {version('rustc', '--version')}"
    took = "; ".join(f"{name.replace('_', '-')} {cpu:,.0f} s" for name, cpu in seconds.items())
    return "\n".join([
        "# 大小 / Sizes", "",
        f"发布版（`opt-level = \"z\"`，推送所经的几个为 3、fat LTO、strip），由 `infra/sizes.py` 以 `sam build` 构建并列出，{datetime.date.today()}，MB（10⁶ 字节）；"
        "zip 即上传给 Lambda 的。",
        "Release builds (`\"z\"`, and 3 for what a push goes through), made and listed by `infra/sizes.py` with `sam build`, in MB (10⁶ bytes); the zip is what Lambda is given.",
        f"{tools}{'。CPU: ' + took if took else ''}。", "",
        *table(by_architecture),
    ]) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("built", nargs="*", metavar="ARCHITECTURE=DIR")
    parser.add_argument("--list", nargs="?", const=ROOT / ".aws-sam/build", type=pathlib.Path, metavar="DIR")
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(table({"": sizes(arguments.list)})))
        return
    built, seconds = {}, {}
    for entry in arguments.built:
        architecture, _, directory = entry.partition("=")
        if architecture not in ARCHITECTURES:
            parser.error(f"{architecture} is none of {', '.join(ARCHITECTURES)}")
        built[architecture] = pathlib.Path(directory)
    if not built:
        for architecture in ARCHITECTURES:
            built[architecture], seconds[architecture] = build(architecture)
    found = {architecture: sizes(directory) for architecture, directory in built.items()}
    PAGE.write_text(page(found, seconds), encoding="utf-8")
    print(PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
