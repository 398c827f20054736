//! Lists to be taken along: comma-separated values (RFC 4180), as spreadsheets open them.

/// A list.
#[derive(Debug, Default)]
pub struct Csv {
    text: String,
}

impl Csv {
    /// A list with these columns.
    pub fn new(columns: &[&str]) -> Self {
        // By this mark spreadsheets know UTF-8.
        let mut csv = Csv { text: "\u{feff}".to_owned() };
        csv.row(columns.iter().copied());
        csv
    }

    /// Rows that go on with another list.
    pub fn without_columns() -> Self {
        Csv::default()
    }

    /// Adds a row.
    pub fn row<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) {
        for (place, cell) in cells.into_iter().enumerate() {
            if place > 0 {
                self.text.push(',');
            }
            self.cell(cell);
        }
        self.text.push_str("\r\n");
    }

    /// How long it is, in bytes.
    pub fn length(&self) -> usize {
        self.text.len()
    }

    /// The list as text.
    pub fn into_text(self) -> String {
        self.text
    }

    fn cell(&mut self, cell: &str) {
        // What looks like a formula would be calculated: names are merchants' to choose.
        let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
        if !formula && !cell.contains([',', '"', '\n', '\r']) {
            return self.text.push_str(cell);
        }
        self.text.push('"');
        if formula {
            self.text.push('\'');
        }
        self.text.push_str(&cell.replace('"', "\"\""));
        self.text.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_formulas_are_words() {
        let mut csv = Csv::new(&["name", "tags"]);
        csv.row(["面馆, \"老店\"", "=HYPERLINK(\"x\")"]);
        csv.row(["a", ""]);
        let wanted =
            "\u{feff}name,tags\r\n\"面馆, \"\"老店\"\"\",\"'=HYPERLINK(\"\"x\"\")\"\r\na,\r\n";
        assert_eq!(csv.length(), wanted.len());
        assert_eq!(csv.into_text(), wanted);
    }
}
