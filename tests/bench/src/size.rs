//! How long the zip files are that are given to Lambda.

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use flate2::{Compression, write::DeflateEncoder};

use crate::{
    Failure,
    guard::Budgets,
    start::FUNCTIONS,
    table::{self, figure},
};

/// What is around a deflated file named `bootstrap`, in bytes: its header, its entry in the directory,
/// and the directory's end.
const AROUND: u64 = 30 + 46 + 22 + 2 * "bootstrap".len() as u64;

/// Prints how long they are, beside the budgets if there are any.
pub(crate) fn measure(binaries: &Path, budgets: Option<&Path>) -> Result<(), Failure> {
    let budgets = budgets.map(Budgets::read).transpose()?;
    let head = ["", "bootstrap", "zip", "budget"].map(str::to_owned);
    let mut rows = vec![head.to_vec()];
    for name in FUNCTIONS {
        let binary = binaries.join(name);
        if !binary.exists() {
            continue;
        }
        let budget = budgets.as_ref().and_then(|budgets| budgets.of(name));
        rows.push(vec![
            name.to_owned(),
            format!("{} MB", figure(fs::metadata(&binary)?.len() as f64 / 1e6)),
            format!("{} MB", figure(zipped(&binary)? as f64 / 1e6)),
            budget
                .map(|budget| format!("{} MB", figure(budget.zip as f64 / 1e6)))
                .unwrap_or_default(),
        ]);
    }
    table::print(&rows);
    Ok(())
}

/// The bytes of a zip file with this binary alone, deflated as zip programs do unless they are told
/// otherwise.
pub(crate) fn zipped(binary: &Path) -> Result<u64, Failure> {
    let mut deflated = DeflateEncoder::new(Counter(0), Compression::default());
    io::copy(&mut fs::File::open(binary)?, &mut deflated)?;
    Ok(deflated.finish()?.0 + AROUND)
}

/// Counts what is written.
struct Counter(u64);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
