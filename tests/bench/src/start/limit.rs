//! A share of a processor, as Lambda gives it to an invocation: by a control group of Linux.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

/// What a function with 128 MB gets: 128 of the 1,769 MB that are a whole processor.
pub(crate) const SHARE: f64 = 128.0 / 1769.0;
/// How often the share is given out anew, on Lambda and here.
const PERIOD: Duration = Duration::from_millis(20);

/// A control group, removed when dropped.
pub(crate) struct Limit(PathBuf);

impl Limit {
    /// None where this process may not make control groups.
    pub(crate) fn new() -> Option<Limit> {
        let quota = PERIOD.mul_f64(SHARE).as_micros();
        let period = PERIOD.as_micros();
        let name = format!("bench-{}", std::process::id());
        // The first version of control groups has a directory for each kind, the second one for all.
        let first = Path::new("/sys/fs/cgroup/cpu").join(&name);
        let made = Limit::with(first, |group| {
            fs::write(group.join("cpu.cfs_period_us"), period.to_string())?;
            fs::write(group.join("cpu.cfs_quota_us"), quota.to_string())
        });
        made.or_else(|_| {
            let second = Path::new("/sys/fs/cgroup").join(&name);
            Limit::with(second, |group| {
                fs::write(group.join("cpu.max"), format!("{quota} {period}"))
            })
        })
        .ok()
    }

    fn with(group: PathBuf, set: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<Limit> {
        fs::create_dir(&group)?;
        let limit = Limit(group);
        set(&limit.0)?;
        Ok(limit)
    }

    /// From now on the process of this number has no more than the share.
    pub(crate) fn hold(&self, process: u32) -> io::Result<()> {
        fs::write(self.0.join("cgroup.procs"), process.to_string())
    }
}

impl Drop for Limit {
    fn drop(&mut self) {
        // It stays if a process is still in it; nobody is hurt.
        let _ = fs::remove_dir(&self.0);
    }
}
