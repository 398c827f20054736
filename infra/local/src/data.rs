//! The directory that holds all state between runs.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

/// A data directory that nobody else uses while this value lives, nor after a crash of ours: the
/// operating system gives the lock back when the process ends, however it ends.
#[derive(Debug)]
pub struct DataDirectory {
    path: PathBuf,
    _lock: File,
}

/// Why the directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// Another process uses it.
    #[error(
        "数据目录正被另一个进程使用 / another process is using the data directory {}: stop it, or \
         choose another directory with --data", .0.display()
    )]
    InUse(PathBuf),
    /// It cannot be made or written to.
    #[error("无法使用数据目录 / the data directory {} cannot be used", path.display())]
    Unusable {
        /// The directory.
        path: PathBuf,
        /// What went wrong.
        #[source]
        source: io::Error,
    },
}

impl DataDirectory {
    /// Makes the directory, readable to its owner only, if it is not there, and takes it.
    ///
    /// # Errors
    /// When another process uses it, or it cannot be made or written to.
    pub fn open(path: &Path) -> Result<DataDirectory, DataError> {
        let unusable = |source| DataError::Unusable { path: path.to_owned(), source };
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(path).map_err(unusable)?;
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join("lock"))
            .map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => Ok(DataDirectory { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(DataError::InUse(path.to_owned())),
            Err(TryLockError::Error(error)) => Err(unusable(error)),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}
