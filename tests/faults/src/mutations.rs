//! Protocol bugs, planted one at a time into a copy of the sources: a harness that does not catch
//! them proves nothing. Each is built and searched for the seed that catches it.

mod list;

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use list::MUTATIONS;

/// Each is to be caught within so many seeds of one of its classes.
const SEEDS: &str = "10000";

/// One bug.
struct Mutation {
    /// What it forgets.
    name: &'static str,
    /// The file, from the root.
    file: &'static str,
    /// What stands there, once.
    text: &'static str,
    /// What is planted in its place.
    planted: &'static str,
    /// The classes that are searched.
    classes: &'static [u8],
}

/// Plants one bug after another, or those alone whose name has `only` in it. True if all are caught.
pub(crate) fn run(only: Option<&str>) -> Result<bool, io::Error> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    let scratch = scratch(&root);
    copy(&root, &scratch)?;
    let mut caught_all = true;
    let wanted = |mutation: &&Mutation| only.is_none_or(|only| mutation.name.contains(only));
    for mutation in MUTATIONS.iter().filter(wanted) {
        let file = scratch.join(mutation.file);
        let whole = fs::read_to_string(&file)?;
        if whole.matches(mutation.text).count() != 1 {
            println!("MISSING  {}: {} has changed", mutation.name, mutation.file);
            caught_all = false;
            continue;
        }
        fs::write(&file, whole.replacen(mutation.text, mutation.planted, 1))?;
        let verdict = build(&scratch).and_then(|()| search(&scratch, mutation));
        fs::write(&file, whole)?;
        match verdict? {
            Some(seed) => println!("caught   {}: {seed}", mutation.name),
            None => {
                println!("ESCAPED  {}", mutation.name);
                caught_all = false;
            }
        }
    }
    Ok(caught_all)
}

/// Where the copy is: beside what cargo builds, so that it goes with it.
fn scratch(root: &Path) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    target.unwrap_or_else(|| root.join("target")).join("mutations")
}

/// Copies what is under version control, and leaves alone what has not changed, so that cargo does.
fn copy(root: &Path, scratch: &Path) -> io::Result<()> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()?;
    for file in String::from_utf8_lossy(&listed.stdout).lines() {
        let (from, to) = (root.join(file), scratch.join(file));
        let Ok(content) = fs::read(&from) else { continue };
        if fs::read(&to).is_ok_and(|there| there == content) {
            continue;
        }
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(to, content)?;
    }
    Ok(())
}

fn build(scratch: &Path) -> io::Result<()> {
    let built = Command::new("cargo")
        .args(["build", "--quiet", "--package", "faults", "--bin", "faults", "--profile", "ci"])
        .env("CARGO_TARGET_DIR", scratch.join("target"))
        .env("RUSTFLAGS", "--cap-lints=allow")
        .current_dir(scratch)
        .status()?;
    match built.success() {
        true => Ok(()),
        false => Err(io::Error::other("the copy does not build")),
    }
}

/// Class and seed of the first schedule that breaks something.
fn search(scratch: &Path, mutation: &Mutation) -> io::Result<Option<String>> {
    for class in mutation.classes {
        let searched = Command::new(scratch.join("target/ci/faults"))
            .args(["--first-broken", "--seeds", SEEDS, "--class", &class.to_string()])
            .output()?;
        let told = String::from_utf8_lossy(&searched.stdout).trim().to_owned();
        if !told.is_empty() {
            return Ok(Some(told));
        }
    }
    Ok(None)
}
