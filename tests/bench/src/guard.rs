//! Holds what is stable against what it was when somebody last looked: the instructions of a start
//! and the length of a zip file, for the binaries that CI's tests are run with. Those of a release
//! take twenty minutes: infra/sizes.py tells how long they are, and `bench start` what they do.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{
    Failure, size,
    start::{Aws, FUNCTIONS, Subject, Way, can_count, middle_count, secret},
    table::{self, figure},
};

/// What the guard is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) binaries: PathBuf,
    pub(crate) budgets: PathBuf,
    /// Whether the budgets are written down anew.
    pub(crate) write: bool,
}

/// The file of the budgets.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Budgets {
    /// What the figures are of.
    about: String,
    /// So many hundredths more are not worth a word.
    margin_percent: u64,
    functions: BTreeMap<String, Budget>,
}

/// One function's.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Budget {
    /// Instructions in user space until the first poll, without TLS.
    pub(crate) instructions: u64,
    /// Bytes.
    pub(crate) zip: u64,
}

impl Budgets {
    pub(crate) fn read(path: &Path) -> Result<Budgets, Failure> {
        let text =
            fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()).into())
    }

    pub(crate) fn of(&self, function: &str) -> Option<Budget> {
        self.functions.get(function).copied()
    }
}

/// An error says what is over its budget.
pub(crate) async fn hold(settings: &Settings) -> Result<(), Failure> {
    let mut budgets = Budgets::read(&settings.budgets)?;
    let counts = can_count();
    if !counts {
        println!("valgrind is not here: instructions are not counted");
        if settings.write {
            return Err("budgets are written with both figures; install valgrind".into());
        }
    }
    let aws = Aws::start(&secret()).await?;
    let head = ["", "instructions", "of budget", "zip", "of budget"].map(str::to_owned);
    let (mut rows, mut over) = (vec![head.to_vec()], Vec::new());
    for name in FUNCTIONS {
        let function = Subject::function(name, &settings.binaries);
        let zip = size::zipped(&function.binary)
            .map_err(|error| format!("{}: {error}", function.binary.display()))?;
        let instructions = match counts {
            true => Some(middle_count(&function, &aws, Way::Plain).await?),
            false => None,
        };
        if let (true, Some(instructions)) = (settings.write, instructions) {
            budgets.functions.insert(name.to_owned(), Budget { instructions, zip });
        }
        let budget = budgets.of(name).ok_or_else(|| format!("{name} has no budget"))?;
        let mut row = vec![name.to_owned()];
        let figures =
            [("instructions", instructions, budget.instructions), ("zip", Some(zip), budget.zip)];
        for (what, measured, budget) in figures {
            let Some(measured) = measured else {
                row.extend(["", ""].map(str::to_owned));
                continue;
            };
            row.push(figure(measured as f64));
            row.push(format!("{:.1} %", 100.0 * measured as f64 / budget as f64));
            over.extend(judge(name, what, measured, budget, budgets.margin_percent));
        }
        rows.push(row);
    }
    table::print(&rows);
    if settings.write {
        let text = serde_json::to_string_pretty(&budgets)? + "\n";
        return Ok(fs::write(&settings.budgets, text)?);
    }
    match over.is_empty() {
        true => Ok(()),
        false => Err(format!(
            "{}\nIf that is what the change is worth, write the budgets down anew and say why in the \
             commit: bench guard --binaries DIR --write yes, with what `.ci/run programs` built. If not, `valgrind --tool=callgrind` and \
             `nm --size-sort` on a build with symbols tell where it comes from.",
            over.join("\n")
        )
        .into()),
    }
}

/// What is to be said of a figure that is over its budget.
fn judge(
    name: &str,
    what: &str,
    measured: u64,
    budget: u64,
    margin_percent: u64,
) -> Option<String> {
    let most = budget + budget * margin_percent / 100;
    (measured > most).then(|| {
        format!(
            "{name}: {what} {} are more than the budget of {} and {margin_percent} %",
            figure(measured as f64),
            figure(budget as f64),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_its_budget_is_told_with_both_figures_and_what_is_within_the_margin_is_not() {
        assert_eq!(judge("callback", "zip", 1_030, 1_000, 3), None);
        let told = judge("callback", "zip", 1_031, 1_000, 3).unwrap();
        assert!(told.contains("callback: zip 1,031") && told.contains("1,000"), "{told}");
    }
}
