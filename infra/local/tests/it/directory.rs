//! A directory for one test.

use std::path::{Path, PathBuf};

/// A fresh directory, removed with this value.
pub(crate) struct TestDirectory(PathBuf);

impl TestDirectory {
    /// `name` tells the tests of this process apart.
    pub(crate) fn new(name: &str) -> TestDirectory {
        let path = std::env::temp_dir().join(format!("wechat-fleet-{}-{name}", std::process::id()));
        // Left over from a process that had the same number.
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        TestDirectory(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TestDirectory {
    fn drop(&mut self) {
        // What is left over lies in the system's temporary directory.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
