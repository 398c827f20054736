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
pub fn run(only: Option<&str>) -> Result<bool, io::Error> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    let target = target(&root);
    let scratch = target.join("mutations");
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
        let verdict = build(&scratch, &target).and_then(|built| search(&built, mutation));
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

/// Bugs that cannot be planted, for what they replace does not stand in the sources below `root`
/// exactly once; with how often it does.
pub fn unplantable(root: &Path) -> Result<Vec<(&'static str, usize)>, io::Error> {
    let mut found = Vec::new();
    for mutation in &MUTATIONS {
        let whole = fs::read_to_string(root.join(mutation.file))?;
        match whole.matches(mutation.text).count() {
            1 => {}
            times => found.push((mutation.name, times)),
        }
    }
    Ok(found)
}

/// Where cargo builds.
fn target(root: &Path) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    target.unwrap_or_else(|| root.join("target"))
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

/// Builds the copy, optimized: some bugs show in one schedule of thousands. Answers where the binary
/// is. By a profile of its own, so that nothing of it gets into a build of the original.
fn build(scratch: &Path, target: &Path) -> io::Result<PathBuf> {
    let built = Command::new("cargo")
        .args([
            "build",
            "--quiet",
            "--profile",
            "planted",
            "--package",
            "faults",
            "--bin",
            "faults",
        ])
        .env("CARGO_TARGET_DIR", target)
        .current_dir(scratch)
        .status()?;
    if !built.success() {
        return Err(io::Error::other("the copy does not build"));
    }
    Ok(target.join("planted/faults"))
}

/// Class and seed of the first schedule that breaks something.
fn search(binary: &Path, mutation: &Mutation) -> io::Result<Option<String>> {
    for class in mutation.classes {
        let searched = Command::new(binary)
            .args(["--first-broken", "--seeds", SEEDS, "--class", &class.to_string()])
            .output()?;
        let told = String::from_utf8_lossy(&searched.stdout).trim().to_owned();
        if !told.is_empty() {
            return Ok(Some(told));
        }
    }
    Ok(None)
}
