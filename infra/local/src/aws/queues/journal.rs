//! The file of a queue: one JSON object a line, each saying what became of a message.

use std::{
    fs::{File, OpenOptions},
    io::{self, ErrorKind, Write},
    path::Path,
};

use serde::{Deserialize, Serialize};

use super::Message;
use crate::file;

/// Appends to a queue's file.
pub(super) struct Journal(File);

/// What a file held.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) waiting: Vec<Message>,
    pub(super) dead: Vec<Message>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Line {
    Sent { id: String, body: String },
    Deleted { id: String },
    Died { id: String },
}

impl Journal {
    /// Reads the file, writes it anew with only what is still there, and opens it to append.
    pub(super) fn open(path: &Path) -> io::Result<(Journal, Kept)> {
        let kept = match std::fs::read_to_string(path) {
            Ok(text) => replay(&text)?,
            Err(error) if error.kind() == ErrorKind::NotFound => Kept::default(),
            Err(error) => return Err(error),
        };
        let mut lines = String::new();
        for message in kept.waiting.iter().chain(&kept.dead) {
            lines += &line(&sent(message))?;
        }
        for message in &kept.dead {
            lines += &line(&Line::Died { id: message.id.clone() })?;
        }
        file::replace(path, lines.as_bytes())?;
        let file = OpenOptions::new().append(true).open(path)?;
        Ok((Journal(file), kept))
    }

    /// Records a message; on return it is on the disk.
    pub(super) fn sent(&mut self, message: &Message) -> io::Result<()> {
        self.append(&sent(message))?;
        self.0.sync_data()
    }

    /// Records the end of a message; if nothing is left, the file starts anew. Not synced: after
    /// a crash the message would come once more, which may happen at any time.
    pub(super) fn deleted(&mut self, id: &str, nothing_left: bool) -> io::Result<()> {
        if nothing_left {
            self.0.set_len(0)
        } else {
            self.append(&Line::Deleted { id: id.to_owned() })
        }
    }

    /// Records that a message was given up.
    pub(super) fn died(&mut self, id: &str) -> io::Result<()> {
        self.append(&Line::Died { id: id.to_owned() })
    }

    fn append(&mut self, entry: &Line) -> io::Result<()> {
        // One write, so that a process killed in between leaves at most one torn line at the end.
        self.0.write_all(line(entry)?.as_bytes())
    }
}

fn sent(message: &Message) -> Line {
    Line::Sent { id: message.id.clone(), body: message.body.clone() }
}

fn line(entry: &Line) -> io::Result<String> {
    Ok(serde_json::to_string(entry)? + "\n")
}

/// Follows the lines to what is left at their end.
fn replay(text: &str) -> io::Result<Kept> {
    let mut kept = Kept::default();
    for line in text.split_inclusive('\n') {
        let entry: Line = match serde_json::from_str(line) {
            Ok(entry) => entry,
            // The line that was being written when the process was killed: nobody was told that
            // the message was accepted.
            Err(_) if !line.ends_with('\n') => break,
            Err(error) => return Err(error.into()),
        };
        match entry {
            Line::Sent { id, body } => {
                kept.dead.retain(|message| message.id != id);
                kept.waiting.push(Message { id, body, receives: 0 });
            }
            Line::Deleted { id } => kept.waiting.retain(|message| message.id != id),
            Line::Died { id } => {
                if let Some(at) = kept.waiting.iter().position(|message| message.id == id) {
                    kept.dead.push(kept.waiting.remove(at));
                }
            }
        }
    }
    Ok(kept)
}
