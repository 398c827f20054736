//! Who is compared, and how each is had: ours is built as it is deployed, the others are installed at their
//! pinned versions, beside what else is built.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::peer::Peer;
use crate::Failure;

/// A file of `tests/bench/peers`.
pub(super) fn source(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers").join(path)
}

/// Runs something to its end, which has to be a good one.
pub(super) fn run(command: &mut Command) -> Result<(), Failure> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.status().map_err(|error| format!("{program}: {error}"))?;
    match status.success() {
        true => Ok(()),
        false => Err(format!("{program} ended with {status}").into()),
    }
}

/// The target directory: this program is in a profile's directory of it.
pub(crate) fn target() -> Result<PathBuf, Failure> {
    let program = std::env::current_exe()?;
    let target = program.ancestors().nth(2).ok_or("this program is in no target directory")?;
    Ok(target.to_owned())
}

/// Ours, by the profile `release`.
pub(super) fn ours(target: &Path) -> Result<Peer, Failure> {
    build("peer", target)?;
    Peer::start(&mut Command::new(target.join("release/peer")))
}

/// Builds a package as it is deployed.
pub(crate) fn build(package: &str, target: &Path) -> Result<(), Failure> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    run(Command::new(cargo)
        .args(["build", "--locked", "--quiet", "--release", "--package", package, "--target-dir"])
        .arg(target)
        .current_dir(env!("CARGO_MANIFEST_DIR")))
}

/// Those from npm. Without npm there are none.
pub(super) fn node(directory: &Path) -> Result<Vec<Peer>, Failure> {
    if Command::new("npm").arg("--version").output().is_err() {
        eprintln!("no npm here: nobody from there is compared");
        return Ok(Vec::new());
    }
    let place = directory.join("node");
    let lock = "package-lock.json";
    let pinned = fs::read(source("node").join(lock))?;
    if fs::read(place.join("installed")).ok().as_ref() != Some(&pinned) {
        fs::create_dir_all(&place)?;
        for file in ["package.json", lock] {
            fs::copy(source("node").join(file), place.join(file))?;
        }
        run(Command::new("npm")
            .args(["ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(&place))?;
        fs::write(place.join("installed"), pinned)?;
    }
    let start = |name: &str| {
        let mut command = Command::new("node");
        command.arg("--no-deprecation").arg(source("node/peer.cjs")).arg(&place).arg(name);
        Peer::start(&mut command)
    };
    ["wecom", "wechat-crypto", "easywechat"].into_iter().map(start).collect()
}

/// wechatpy, as it is pinned for `tests/sender`. Without Python there is none.
pub(super) fn wechatpy(directory: &Path) -> Result<Option<Peer>, Failure> {
    if Command::new("python3").arg("--version").output().is_err() {
        eprintln!("no python3 here: wechatpy is not compared");
        return Ok(None);
    }
    let place = directory.join("wechatpy");
    let requirements = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sender/requirements.txt");
    let pinned = fs::read(&requirements)?;
    if fs::read(place.join("installed")).ok().as_ref() != Some(&pinned) {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&place))?;
        run(Command::new(place.join("bin/pip"))
            .args([
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--no-deps",
                "--requirement",
            ])
            .arg(&requirements))?;
        fs::write(place.join("installed"), pinned)?;
    }
    let mut command = Command::new(place.join("bin/python"));
    Peer::start(command.arg(source("wechatpy/peer.py"))).map(Some)
}
