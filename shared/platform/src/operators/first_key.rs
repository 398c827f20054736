//! The key that is made with the deployment: a secret of its own holds its random part.

use std::{sync::Arc, time::Duration};

use secrecy::ExposeSecret;
use tokio::{sync::Mutex, time::Instant};

use super::key::Digest;
use crate::secrets::{self, SecretsError};

/// After a mismatch the secret is read again at most this often: it may have been changed.
const DOUBT: Duration = Duration::from_secs(60);
/// And when it was last read this long ago, so that a key that was replaced stops working.
const STALE: Duration = Duration::from_secs(300);

/// Knows the digest of the first key, once somebody signs in with it. Cheap to clone.
#[derive(Clone)]
pub(super) struct FirstKey {
    client: aws_sdk_secretsmanager::Client,
    id: Arc<str>,
    known: Arc<Mutex<Option<Known>>>,
}

#[derive(Clone, Copy)]
struct Known {
    digest: Digest,
    read_at: Instant,
}

impl FirstKey {
    pub(super) fn new(client: aws_sdk_secretsmanager::Client, id: String) -> Self {
        FirstKey { client, id: id.into(), known: Arc::default() }
    }

    /// Whether this is the first key's digest.
    pub(super) async fn is(&self, digest: &Digest) -> Result<bool, SecretsError> {
        let mut known = self.known.lock().await;
        if let Some(Known { digest: right, read_at }) = *known {
            let matches = right.is(digest);
            if read_at.elapsed() < if matches { STALE } else { DOUBT } {
                return Ok(matches);
            }
        }
        match secrets::read(&self.client, &self.id).await {
            Ok(secret) => {
                let right = Digest::of(secret.expose_secret().trim());
                *known = Some(Known { digest: right, read_at: Instant::now() });
                Ok(right.is(digest))
            }
            Err(error) => match known.as_mut() {
                // What is known stays in force, and the secret is left alone for a while.
                Some(known) => {
                    known.read_at = Instant::now();
                    tracing::warn!(%error, "secret of the first key not read again");
                    Ok(known.digest.is(digest))
                }
                None => Err(error),
            },
        }
    }
}
