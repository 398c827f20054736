//! The embedded DynamoDB. This module alone knows which engine it is.

use std::path::PathBuf;

use serde_json::Value;
use tables::{TABLES, Table};
use tokio::{net::TcpListener, sync::watch};

/// The tables of the system in an engine that parses real expressions. Clones share the tables.
#[derive(Clone)]
pub struct Database(dynoxide::Database);

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{doing}")]
pub struct DatabaseError {
    doing: String,
    #[source]
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl DatabaseError {
    fn new(
        doing: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> DatabaseError {
        DatabaseError { doing: doing.into(), source: source.into() }
    }
}

impl Database {
    /// Opens the file, or tables in memory, and makes the tables that are not there yet.
    pub(super) fn open(file: Option<PathBuf>) -> Result<Database, DatabaseError> {
        let engine = match &file {
            None => dynoxide::Database::memory(),
            Some(path) => {
                let path = path.to_str().ok_or_else(|| {
                    DatabaseError::new(
                        format!("{} is not a path the engine can open", path.display()),
                        "it is not UTF-8",
                    )
                })?;
                dynoxide::Database::new(path)
            }
        };
        let engine = engine
            .map_err(|error| DatabaseError::new(format!("opening {}", name(&file)), error))?;
        let database = Database(engine);
        for table in &TABLES {
            database.make(table)?;
        }
        Ok(database)
    }

    /// Forgets the items whose `expires_at` has passed and says how many those were. AWS does so
    /// by itself within days; here somebody has to ask.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn forget_expired(&self) -> Result<usize, DatabaseError> {
        self.0.sweep_ttl().map_err(|error| DatabaseError::new("forgetting expired items", error))
    }

    /// Every item of a table in DynamoDB's JSON, for a test to look at.
    ///
    /// # Errors
    /// When there is no such table.
    pub fn items(&self, table: &str) -> Result<Vec<Value>, DatabaseError> {
        let doing = || format!("reading the table {table}");
        let mut items = Vec::new();
        let mut start = Value::Null;
        loop {
            let mut request = serde_json::json!({ "TableName": table });
            if !start.is_null() {
                request["ExclusiveStartKey"] = start;
            }
            let request = serde_json::from_value(request)
                .map_err(|error| DatabaseError::new(doing(), error))?;
            let page = self.0.scan(request).map_err(|error| DatabaseError::new(doing(), error))?;
            let mut page =
                serde_json::to_value(page).map_err(|error| DatabaseError::new(doing(), error))?;
            if let Value::Array(found) = page["Items"].take() {
                items.extend(found);
            }
            start = page["LastEvaluatedKey"].take();
            if start.is_null() {
                return Ok(items);
            }
        }
    }

    /// Answers DynamoDB's HTTP API until told to stop.
    pub(super) async fn serve(self, listener: TcpListener, mut stopped: watch::Receiver<bool>) {
        let stop = async move {
            // A sender that is gone means the same as one that says so.
            let _ = stopped.wait_for(|stop| *stop).await;
        };
        if let Err(error) = dynoxide::server::serve_with_shutdown(listener, self.0, stop).await {
            tracing::error!("the embedded DynamoDB stopped: {error}");
        }
    }

    fn make(&self, table: &Table) -> Result<(), DatabaseError> {
        let doing = || format!("making the table {}", table.name);
        let known = self
            .0
            .get_table_metadata(table.name)
            .map_err(|error| DatabaseError::new(doing(), error))?;
        if known.is_none() {
            let request = serde_json::from_value(table.create_request())
                .map_err(|error| DatabaseError::new(doing(), error))?;
            self.0.create_table(request).map_err(|error| DatabaseError::new(doing(), error))?;
            if table.expires {
                let request = serde_json::from_value(table.expiry_request())
                    .map_err(|error| DatabaseError::new(doing(), error))?;
                self.0
                    .update_time_to_live(request)
                    .map_err(|error| DatabaseError::new(doing(), error))?;
            }
        }
        Ok(())
    }
}

fn name(file: &Option<PathBuf>) -> String {
    file.as_ref().map_or_else(|| "tables in memory".to_owned(), |path| path.display().to_string())
}
