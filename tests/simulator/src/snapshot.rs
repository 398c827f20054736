//! The state on disk.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{server::StartError, state::World};

/// A file that always holds one whole state.
#[derive(Debug)]
pub(crate) struct Snapshot {
    path: PathBuf,
    last: String,
}

impl Snapshot {
    /// Opens `path` and reads the state in it, if there is one.
    pub(crate) fn open(path: &Path) -> Result<(Self, Option<World>), StartError> {
        let unreadable = |source| StartError::State { path: path.to_owned(), source };
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(unreadable(error)),
        };
        let world = match text.as_str() {
            "" => None,
            text => Some(serde_json::from_str(text).map_err(|error| unreadable(error.into()))?),
        };
        Ok((Snapshot { path: path.to_owned(), last: text }, world))
    }

    /// Writes the state if it changed. A new file takes the old one's place in one step, so that
    /// a kill at any moment leaves one or the other.
    pub(crate) fn save(&mut self, world: &World) -> io::Result<()> {
        let text = serde_json::to_string(world)?;
        if text == self.last {
            return Ok(());
        }
        let beside = self.path.with_extension("new");
        fs::write(&beside, &text)?;
        fs::rename(&beside, &self.path)?;
        self.last = text;
        Ok(())
    }
}
