//! Lists to be taken along: comma-separated values (RFC 4180), as spreadsheets open them.

use axum::response::{IntoResponse, Response};
use http::header;

/// A list under a name.
pub(crate) struct Csv {
    name: String,
    text: String,
}

impl Csv {
    /// A list with these columns. `name` is the file's, without its ending.
    pub(crate) fn new(name: impl Into<String>, columns: &[&str]) -> Self {
        // By this mark spreadsheets know UTF-8.
        let mut csv = Csv { name: name.into(), text: "\u{feff}".to_owned() };
        csv.row(columns.iter().copied());
        csv
    }

    /// Adds a row.
    pub(crate) fn row<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) {
        for (place, cell) in cells.into_iter().enumerate() {
            if place > 0 {
                self.text.push(',');
            }
            self.cell(cell);
        }
        self.text.push_str("\r\n");
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

impl IntoResponse for Csv {
    fn into_response(self) -> Response {
        let headers = [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
            (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}.csv\"", self.name)),
        ];
        (headers, self.text).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_formulas_are_words() {
        let mut csv = Csv::new("list", &["name", "tags"]);
        csv.row(["面馆, \"老店\"", "=HYPERLINK(\"x\")"]);
        csv.row(["a", ""]);
        let wanted =
            "\u{feff}name,tags\r\n\"面馆, \"\"老店\"\"\",\"'=HYPERLINK(\"\"x\"\")\"\r\na,\r\n";
        assert_eq!(csv.text, wanted);
    }
}
