//! Counts that must not grow, kept in a file beside this package. They are the same on every machine, so
//! that a test can hold them; times are not, and no guard knows any.

use std::{collections::BTreeMap, fs};

use crate::Failure;

/// By what is done, and by what is counted of it.
pub(crate) type Counts = BTreeMap<String, BTreeMap<String, f64>>;

/// What may be done with the counts of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Only print them.
    Show,
    /// Hold them against the file.
    Check,
    /// Write the file.
    Write,
}

/// The counts of one command.
pub(crate) struct Guard {
    /// The command's name.
    pub(crate) name: &'static str,
    /// Where they are kept.
    pub(crate) file: &'static str,
    /// How many times as much each may be; one that is not here may not be any more.
    pub(crate) slack: &'static [(&'static str, f64)],
}

impl Guard {
    /// Does with `counts` what is asked for.
    pub(crate) fn apply(&self, mode: Mode, counts: &Counts) -> Result<(), Failure> {
        match mode {
            Mode::Show => Ok(()),
            Mode::Check => self.check(counts),
            Mode::Write => {
                let text = serde_json::to_string_pretty(counts)?;
                Ok(fs::write(self.file, text + "\n")?)
            }
        }
    }

    /// An error that names each count that has grown.
    pub(crate) fn check(&self, counts: &Counts) -> Result<(), Failure> {
        let kept = fs::read_to_string(self.file).map_err(|error| format!("{}: {error}", self.file));
        let kept: Counts = serde_json::from_str(&kept?)?;
        let grown = self.grown(&kept, counts);
        let Guard { name, .. } = self;
        match grown.is_empty() {
            true => Ok(()),
            false => Err(format!(
                "more than it was:\n  {}\nIf that is meant: cargo run -p bench -- {name} --write",
                grown.join("\n  ")
            )
            .into()),
        }
    }

    fn grown(&self, kept: &Counts, counts: &Counts) -> Vec<String> {
        let mut grown = Vec::new();
        for (what, row) in counts {
            for (unit, now) in row {
                let slack =
                    self.slack.iter().find(|(of, _)| of == unit).map_or(1.0, |slack| slack.1);
                match kept.get(what).and_then(|row| row.get(unit)) {
                    // Halves and tenths are no exact numbers.
                    Some(before) if *now <= before * slack + 1e-6 => {}
                    Some(before) => grown.push(format!("{what}: {unit} {now}, was {before}")),
                    None => grown.push(format!("{what}: {unit} {now}, was not counted")),
                }
            }
        }
        for what in kept.keys().filter(|what| !counts.contains_key(*what)) {
            grown.push(format!("{what}: is not counted any more"));
        }
        grown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(rows: &[(&str, &[(&str, f64)])]) -> Counts {
        let row = |row: &[(&str, f64)]| {
            row.iter().map(|(unit, value)| ((*unit).to_owned(), *value)).collect()
        };
        rows.iter().map(|(what, of)| ((*what).to_owned(), row(of))).collect()
    }

    #[test]
    fn what_grows_or_is_gone_is_named_and_what_shrinks_is_not() {
        let guard = Guard { name: "units", file: "", slack: &[("bytes", 1.1)] };
        let kept = counts(&[("a push", &[("writes", 1.0), ("bytes", 100.0)]), ("a tick", &[])]);
        let of_push = |writes, bytes| {
            counts(&[("a push", &[("writes", writes), ("bytes", bytes)]), ("a tick", &[])])
        };
        assert!(guard.grown(&kept, &of_push(1.0, 110.0)).is_empty());
        assert!(guard.grown(&kept, &of_push(0.0, 90.0)).is_empty());
        assert_eq!(
            guard.grown(&kept, &of_push(1.5, 111.0)),
            ["a push: bytes 111, was 100", "a push: writes 1.5, was 1",]
        );
        assert_eq!(
            guard.grown(&kept, &counts(&[("a relay", &[("reads", 1.0)])])),
            [
                "a relay: reads 1, was not counted",
                "a push: is not counted any more",
                "a tick: is not counted any more",
            ]
        );
    }
}
