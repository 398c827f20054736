//! Lists to be taken along, under a name.

use axum::response::{IntoResponse, Response};
use http::header;
use platform::csv;

/// A list under a name.
pub(crate) struct Csv {
    name: String,
    list: csv::Csv,
}

impl Csv {
    /// A list with these columns. `name` is the file's, without its ending.
    pub(crate) fn new(name: impl Into<String>, columns: &[&str]) -> Self {
        Csv { name: name.into(), list: csv::Csv::new(columns) }
    }

    /// Adds a row.
    pub(crate) fn row<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) {
        self.list.row(cells);
    }
}

impl IntoResponse for Csv {
    fn into_response(self) -> Response {
        let headers = [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
            (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}.csv\"", self.name)),
        ];
        (headers, self.list.into_text()).into_response()
    }
}
