//! Verifies an exported audit log, on any machine: no table, no key and no network is needed.

use std::{fs, io, path::Path, path::PathBuf};

use platform::audit::{
    KeptAnchor,
    exported::{Exported, MalformedExport, verify},
};

use crate::arguments::VerifyAudit;

/// Something that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// A file.
    #[error("cannot read {0}")]
    File(PathBuf, #[source] io::Error),
    /// An anchor.
    #[error("{0} is no anchor")]
    Anchor(PathBuf, #[source] serde_json::Error),
    /// The export.
    #[error("the export cannot be read")]
    Export(#[from] MalformedExport),
}

/// Reads the parts of an export, and the anchors, and goes along the chain.
///
/// # Errors
/// When a file is not what it should be; that says nothing about the chain.
pub fn run(what: &VerifyAudit) -> Result<Exported, VerifyError> {
    let mut text = String::new();
    for file in &what.files {
        text.push_str(&read(file)?);
        text.push('\n');
    }
    let anchors = match &what.anchors {
        Some(directory) => anchors(directory)?,
        None => Vec::new(),
    };
    Ok(verify(text.lines(), &anchors)?)
}

/// What was found, in both languages.
pub fn words(exported: &Exported) -> String {
    let mut words = match exported.minutes {
        Some((first, last)) => format!(
            "{first} – {last} (UTC): {} 节 / links, {} 行 / lines, {} 个锚点 / anchors",
            exported.links,
            exported.lines,
            exported.anchored.len()
        ),
        None => "没有链节 / no links".to_owned(),
    };
    if exported.not_chained > 0 {
        let count = exported.not_chained;
        words.push_str(&format!("\n尚未链接 / not chained yet: {count} 行 / lines"));
    }
    match &exported.broken {
        None => words.push_str("\n完好 / intact"),
        Some(broken) => {
            let text = broken.flaw.words();
            words
                .push_str(&format!("\n断裂 / broken: {} {} / {}", broken.minute, text.zh, text.en));
            if let Some(entry) = &broken.entry {
                words.push_str(&format!(" ({entry})"));
            }
        }
    }
    words
}

fn anchors(directory: &Path) -> Result<Vec<KeptAnchor>, VerifyError> {
    let failed = |error| VerifyError::File(directory.to_owned(), error);
    let mut anchors = Vec::new();
    for file in fs::read_dir(directory).map_err(failed)? {
        let path = file.map_err(failed)?.path();
        if path.extension().is_some_and(|ending| ending == "json") {
            let text = read(&path)?;
            let anchor = serde_json::from_str(&text);
            anchors.push(anchor.map_err(|error| VerifyError::Anchor(path, error))?);
        }
    }
    Ok(anchors)
}

fn read(file: &Path) -> Result<String, VerifyError> {
    fs::read_to_string(file).map_err(|error| VerifyError::File(file.to_owned(), error))
}
