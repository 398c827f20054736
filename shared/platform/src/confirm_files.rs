//! WeChat's confirm files: to prove that a domain is ours, a small text that WeChat names and
//! gives is served at the domain's root.

use serde::Deserialize;

use crate::storage::{StorageError, Table, text};

/// A confirm file has so many bytes at most; real ones have 32.
pub const MAX_CONTENT: usize = 4096;
const MAX_NAME: usize = 64;

/// A confirm file that cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum ConfirmFileError {
    /// Storage failed; try again.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The name is not one that WeChat gives.
    #[error("a confirm file's name is 1 to {MAX_NAME} letters, digits, '_' or '-', then .txt")]
    Name,
    /// The content is empty, too long or no plain text.
    #[error("a confirm file holds 1 to {MAX_CONTENT} bytes of plain text")]
    Content,
}

/// The name of a confirm file: `[A-Za-z0-9_-]{1,64}.txt`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileName(String);

impl FileName {
    /// Checks a name.
    pub fn parse(name: &str) -> Result<Self, ConfirmFileError> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        match name.strip_suffix(".txt") {
            Some(stem) if (1..=MAX_NAME).contains(&stem.len()) && stem.bytes().all(allowed) => {
                Ok(FileName(name.to_owned()))
            }
            _ => Err(ConfirmFileError::Name),
        }
    }

    /// The name, with `.txt`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn key(&self) -> String {
        format!("confirm-file#{}", self.0)
    }
}

/// The confirm files of this deployment. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ConfirmFiles {
    /// The table `fleet`.
    pub table: Table,
}

#[derive(Deserialize)]
struct Entry {
    content: String,
}

impl ConfirmFiles {
    /// Keeps a file; one of the same name is replaced.
    pub async fn put(&self, name: &FileName, content: &str) -> Result<(), ConfirmFileError> {
        let plain = |character: char| !character.is_control() || "\r\n\t".contains(character);
        if !(1..=MAX_CONTENT).contains(&content.len()) || !content.chars().all(plain) {
            return Err(ConfirmFileError::Content);
        }
        let update = self
            .table
            .update(&name.key(), "confirm-file")
            .update_expression("SET content = :content")
            .expression_attribute_values(":content", text(content));
        self.table.apply(update).await?;
        Ok(())
    }

    /// The content of a file, if there is one of this name.
    pub async fn read(&self, name: &FileName) -> Result<Option<String>, StorageError> {
        let entry: Option<Entry> = self.table.read(&name.key(), "confirm-file").await?;
        Ok(entry.map(|entry| entry.content))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_wechat_gives_are_names() {
        for right in ["a.txt", "MP_verify_8HnDq0v-x.txt", &format!("{}.txt", "x".repeat(64))] {
            assert_eq!(FileName::parse(right).unwrap().as_str(), right);
        }
        let long = format!("{}.txt", "x".repeat(65));
        for wrong in ["", ".txt", "a.TXT", "a.html", "a/b.txt", "..txt", "a.b.txt", "é.txt", &long]
        {
            assert!(FileName::parse(wrong).is_err(), "{wrong}");
        }
    }
}
