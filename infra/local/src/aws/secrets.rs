//! Secrets Manager: names and what stands behind them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::{
    ACCOUNT, REGION,
    answer::{Refusal, text},
};

/// The secrets, held in memory only. Clones share them.
#[derive(Clone, Default)]
pub struct Secrets(Arc<Mutex<HashMap<String, Versions>>>);

struct Versions {
    current: SecretString,
    previous: Option<SecretString>,
    number: u64,
}

impl Secrets {
    /// Sets a secret; what it was until now becomes its previous version.
    pub fn put(&self, name: &str, value: SecretString) {
        let mut secrets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match secrets.get_mut(name) {
            Some(versions) => {
                versions.previous = Some(std::mem::replace(&mut versions.current, value));
                versions.number += 1;
            }
            None => {
                secrets.insert(
                    name.to_owned(),
                    Versions { current: value, previous: None, number: 1 },
                );
            }
        }
    }

    /// Takes a secret away.
    pub fn remove(&self, name: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }

    pub(super) fn answer(&self, operation: &str, request: &Value) -> Result<Value, Refusal> {
        let id = text(request, "SecretId")?;
        // A caller may name a secret by its ARN, which ends in its name.
        let name = id.rsplit_once(":secret:").map_or(id, |(_, name)| name);
        match operation {
            "GetSecretValue" => self.value(name, request["VersionStage"].as_str()),
            "PutSecretValue" => {
                self.put(name, SecretString::from(text(request, "SecretString")?));
                Ok(json!({ "ARN": arn(name), "Name": name, "VersionStages": ["AWSCURRENT"] }))
            }
            _ => Err(Refusal::new(
                "UnknownOperationException",
                format!("Secrets Manager here has no {operation}"),
            )),
        }
    }

    fn value(&self, name: &str, stage: Option<&str>) -> Result<Value, Refusal> {
        let missing = || {
            Refusal::new(
                "ResourceNotFoundException",
                "Secrets Manager can't find the specified secret.",
            )
        };
        let secrets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let versions = secrets.get(name).ok_or_else(missing)?;
        let stage = stage.unwrap_or("AWSCURRENT");
        let (value, number) = match stage {
            "AWSCURRENT" => (&versions.current, versions.number),
            "AWSPREVIOUS" => (versions.previous.as_ref().ok_or_else(missing)?, versions.number - 1),
            _ => return Err(missing()),
        };
        Ok(json!({
            "ARN": arn(name),
            "Name": name,
            "VersionId": format!("00000000-0000-4000-8000-{number:012}"),
            "VersionStages": [stage],
            "SecretString": value.expose_secret(),
        }))
    }
}

fn arn(name: &str) -> String {
    format!("arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}")
}
