//! Clients of AWS: one HTTP stack (rustls with ring), every call with a limit for each attempt and
//! for all attempts together.

use std::{sync::Arc, time::Duration};

use aws_config::{BehaviorVersion, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};

use crate::configuration::ConfigurationError;

/// How long calls to AWS may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// One attempt.
    pub attempt: Duration,
    /// All attempts with the pauses between them.
    pub total: Duration,
    /// How many attempts.
    pub attempts: u32,
}

impl Pace {
    /// For `callback`, which has four seconds for everything: the inbox, and the spill queue when
    /// the inbox does not answer.
    pub const PROMPT: Pace = Pace {
        attempt: Duration::from_millis(900),
        total: Duration::from_millis(1900),
        attempts: 2,
    };
    /// For everything else.
    pub const STEADY: Pace =
        Pace { attempt: Duration::from_secs(3), total: Duration::from_secs(10), attempts: 4 };
}

/// Region, credentials and endpoints from the standard variables; the HTTP stack is ours.
pub async fn configuration(pace: Pace) -> SdkConfig {
    let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .timeout_config(timeouts(pace))
        .retry_config(RetryConfig::standard().with_max_attempts(pace.attempts))
        .load()
        .await
}

/// What requests are signed with that no SDK sends: the region, and where credentials come from.
pub(crate) fn signing(
    aws: &SdkConfig,
) -> Result<(Arc<str>, SharedCredentialsProvider), ConfigurationError> {
    let region = aws.region().map(|region| Arc::from(region.as_ref()));
    let region = region.ok_or(ConfigurationError::Missing("AWS_REGION", "the region"))?;
    let credentials = aws.credentials_provider().ok_or(ConfigurationError::Missing(
        "AWS_ACCESS_KEY_ID",
        "the id of the credentials of AWS",
    ))?;
    Ok((region, credentials))
}

/// The limits of `pace` in the SDK's terms.
pub fn timeouts(pace: Pace) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(pace.attempt)
        .operation_attempt_timeout(pace.attempt)
        .operation_timeout(pace.total)
        .build()
}
