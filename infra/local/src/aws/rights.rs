//! What each function asked of AWS, in IAM's words: to be held against its role in `template.yaml`.
//!
//! Every function signs with credentials of its own, whose id is the function's name, so that a
//! request says whose it is.

use std::{
    collections::BTreeSet,
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use http::{HeaderMap, Method, Uri, header};
use serde_json::Value;
use url::form_urlencoded;

use super::faults::Service;

/// A right that a request takes: an action, and on what.
type Right = (String, String);

/// The rights that were taken, as lines of a file: function, action, resource. Each stands there
/// once for each AWS of the process.
#[derive(Clone, Default)]
pub(crate) struct Rights(Option<Arc<Record>>);

struct Record {
    file: PathBuf,
    seen: Mutex<BTreeSet<String>>,
}

impl Rights {
    /// A file of this process's own in `directory`; nothing is recorded without one.
    pub(super) fn open(directory: Option<&Path>) -> io::Result<Rights> {
        let Some(directory) = directory else { return Ok(Rights(None)) };
        fs::create_dir_all(directory)?;
        let file = directory.join(format!("{}.txt", std::process::id()));
        Ok(Rights(Some(Arc::new(Record { file, seen: Mutex::default() }))))
    }

    /// Notes what a request takes, whatever comes of it.
    pub(super) fn note(
        &self,
        service: Service,
        target: &str,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        body: &[u8],
    ) {
        let Some(record) = &self.0 else { return };
        let function = signed_by(uri, headers).unwrap_or_else(|| "nobody".to_owned());
        let operation = target.split_once('.').map_or(target, |(_, operation)| operation);
        let rights = match service {
            Service::S3 => of_objects(method, uri),
            _ => {
                let request = serde_json::from_slice(body).unwrap_or(Value::Null);
                taken(service, operation, &request)
            }
        };
        for (action, resource) in rights {
            record.note(format!("{function}\t{action}\t{resource}\n"));
        }
    }
}

impl Record {
    fn note(&self, line: String) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.contains(&line) {
            return;
        }
        let written = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.file)
            .and_then(|mut file| file.write_all(line.as_bytes()));
        // Without the line the comparison would find fewer rights than were taken, and pass.
        written
            .unwrap_or_else(|error| panic!("{} cannot be written: {error}", self.file.display()));
        seen.insert(line);
    }
}

/// The id of the credentials: in the header, or in a presigned address.
fn signed_by(uri: &Uri, headers: &HeaderMap) -> Option<String> {
    let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let credential = match header {
        Some(header) => header.split_once("Credential=")?.1.to_owned(),
        None => form_urlencoded::parse(uri.query()?.as_bytes())
            .find(|(name, _)| name == "X-Amz-Credential")
            .map(|(_, value)| value.into_owned())?,
    };
    credential.split_once('/').map(|(id, _)| id.to_owned())
}

fn of_objects(method: &Method, uri: &Uri) -> Vec<Right> {
    let action = match *method {
        Method::PUT => "s3:PutObject",
        Method::DELETE => "s3:DeleteObject",
        _ => "s3:GetObject",
    };
    let bucket = uri.path().split('/').nth(1).unwrap_or_default();
    vec![(action.to_owned(), format!("{bucket}/*"))]
}

/// The rights that a request takes: a transaction takes those of its parts.
fn taken(service: Service, operation: &str, request: &Value) -> Vec<Right> {
    let name = |value: &Value| value.as_str().unwrap_or("?").to_owned();
    let one = |service: &str, resource: String| vec![(format!("{service}:{operation}"), resource)];
    match service {
        Service::DynamoDb => of_tables(operation, request),
        Service::SecretsManager => one("secretsmanager", name(&request["SecretId"])),
        // A sealed data key says itself which key opens it; there is one.
        Service::Kms => one("kms", "key".to_owned()),
        Service::EventBridge => {
            let entries = request["Entries"].as_array().into_iter().flatten();
            let action = format!("events:{operation}");
            entries.map(|entry| (action.clone(), name(&entry["EventBusName"]))).collect()
        }
        Service::Sqs => {
            let url = name(&request["QueueUrl"]);
            one("sqs", url.rsplit('/').next().unwrap_or_default().to_owned())
        }
        Service::S3 => Vec::new(),
    }
}

fn of_tables(operation: &str, request: &Value) -> Vec<Right> {
    let table = |part: &Value| part["TableName"].as_str().unwrap_or("?").to_owned();
    let action = |name: &str| format!("dynamodb:{name}");
    match operation {
        "TransactWriteItems" | "TransactGetItems" => {
            let items = request["TransactItems"].as_array().into_iter().flatten();
            let parts = items.filter_map(Value::as_object).flatten();
            let right = |(kind, part): (&String, &Value)| {
                let name = match kind.as_str() {
                    "Put" => "PutItem",
                    "Update" => "UpdateItem",
                    "Delete" => "DeleteItem",
                    "Get" => "GetItem",
                    "ConditionCheck" => "ConditionCheckItem",
                    _ => "?",
                };
                (action(name), table(part))
            };
            parts.map(right).collect()
        }
        "BatchGetItem" | "BatchWriteItem" => {
            let tables = request["RequestItems"].as_object().into_iter().flatten();
            tables.map(|(table, _)| (action(operation), table.clone())).collect()
        }
        _ => {
            let index = request["IndexName"].as_str();
            let table = table(request);
            let resource = index.map_or(table.clone(), |index| format!("{table}/index/{index}"));
            vec![(action(operation), resource)]
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_transaction_takes_the_rights_of_its_parts() {
        let request = json!({ "TransactItems": [
            { "Put": { "TableName": "fleet" } },
            { "ConditionCheck": { "TableName": "tokens" } },
        ] });

        let rights = taken(Service::DynamoDb, "TransactWriteItems", &request);

        let right = |action: &str, table: &str| (action.to_owned(), table.to_owned());
        assert_eq!(
            rights,
            [right("dynamodb:PutItem", "fleet"), right("dynamodb:ConditionCheckItem", "tokens"),]
        );
    }

    #[test]
    fn an_index_is_a_resource_of_its_own() {
        let request = json!({ "TableName": "inbox", "IndexName": "due" });

        let rights = taken(Service::DynamoDb, "Query", &request);

        assert_eq!(rights, [("dynamodb:Query".to_owned(), "inbox/index/due".to_owned())]);
    }

    #[test]
    fn whoever_signed_is_found_in_a_header_and_in_an_address() {
        let mut headers = HeaderMap::new();
        let none = signed_by(&Uri::from_static("/"), &headers);
        let address =
            Uri::from_static("/uploads/a?X-Amz-Credential=operations%2F20261129%2Fus-east-1");
        let presigned = signed_by(&address, &headers);
        let value = "AWS4-HMAC-SHA256 Credential=refresh/20261129/us-east-1/dynamodb/aws4_request";
        headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        let signed = signed_by(&Uri::from_static("/"), &headers);

        assert_eq!(none, None);
        assert_eq!(presigned.as_deref(), Some("operations"));
        assert_eq!(signed.as_deref(), Some("refresh"));
    }
}
