//! Clients of AWS: one HTTP stack (rustls with ring, the roots built in), every call with a limit for
//! each attempt and for all attempts together.
//!
//! A function is told by its environment who it is and where AWS is. So that is all that is looked
//! at: no profile and no metadata of an instance, which a start would have to search through.

mod connections;
mod endpoints;
mod roots;

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_sdk_dynamodb::config::{
    BehaviorVersion, IdentityCache, Region, retry::RetryConfig, timeout::TimeoutConfig,
};
use aws_types::SdkConfig;

use crate::configuration::{ConfigurationError, Variables};
use connections::Connections;
use endpoints::Endpoints;

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

/// Region, credentials and endpoints, from the variables that AWS's own tools read; the HTTP stack
/// is ours. Trusts the roots that are built in, or those in the file that `AWS_CA_BUNDLE` names.
///
/// # Errors
/// When a variable is missing, or there are no roots in that file.
pub fn configuration(variables: &Variables, pace: Pace) -> Result<SdkConfig, ConfigurationError> {
    assemble(variables, pace, |_, _| ())
}

/// The same for a deployed function, within a runtime. The connection to DynamoDB is begun at once,
/// for whoever needs it first, and nobody waits for it: an invocation has a fraction of a processor,
/// but a start has a whole one.
pub(crate) fn connected(
    variables: &Variables,
    pace: Pace,
) -> Result<SdkConfig, ConfigurationError> {
    assemble(variables, pace, |connections, endpoints| {
        let Some(tables) = endpoints.of_tables() else { return };
        let connections = connections.clone();
        // Whoever needs the connection makes it, and says what is wrong if that fails, too.
        tokio::spawn(async move { drop(connections.open(&tables).await) });
    })
}

fn assemble(
    variables: &Variables,
    pace: Pace,
    ahead: impl FnOnce(&Connections, &Endpoints),
) -> Result<SdkConfig, ConfigurationError> {
    let region = variables.required("AWS_REGION", "the region")?;
    let credentials = Credentials::new(
        variables.required("AWS_ACCESS_KEY_ID", "the id of the credentials of AWS")?,
        variables.required("AWS_SECRET_ACCESS_KEY", "the secret of the credentials of AWS")?,
        variables.optional("AWS_SESSION_TOKEN"),
        None,
        "environment",
    );
    let is_true = |name| variables.optional(name).is_some_and(|value| value == "true");
    let (fips, dual_stack) =
        (is_true("AWS_USE_FIPS_ENDPOINT"), is_true("AWS_USE_DUALSTACK_ENDPOINT"));
    let connections = Connections::trusting(roots::from_variables(variables)?);
    let endpoints = Endpoints::new(variables, &region, !fips && !dual_stack);
    ahead(&connections, &endpoints);
    let mut configuration = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        // They stay the same as long as the process lives.
        .identity_cache(IdentityCache::no_cache())
        .use_fips(fips)
        .use_dual_stack(dual_stack)
        .http_client(connections)
        .timeout_config(timeouts(pace))
        .retry_config(RetryConfig::standard().with_max_attempts(pace.attempts));
    // For those who call a service without an SDK.
    configuration.set_endpoint_url(variables.optional("AWS_ENDPOINT_URL"));
    Ok(configuration.service_config(endpoints).build())
}

/// A client that is made when it is first needed. Whatever it is told, it reads a document of all
/// partitions when it is made: as many instructions as twice the start of a function that does nothing.
pub(crate) type Later<C> = Arc<LazyLock<C, Box<dyn FnOnce() -> C + Send>>>;

/// What `make` makes of `aws`, later.
pub(crate) fn later<C: 'static>(aws: &SdkConfig, make: fn(&SdkConfig) -> C) -> Later<C> {
    let aws = aws.clone();
    Arc::new(LazyLock::new(Box::new(move || make(&aws))))
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

/// The limits of `pace` in the SDK's terms. Connecting is a part of an attempt.
pub fn timeouts(pace: Pace) -> TimeoutConfig {
    TimeoutConfig::builder()
        .operation_attempt_timeout(pace.attempt)
        .operation_timeout(pace.total)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAMBDA: [(&str, &str); 4] = [
        ("AWS_REGION", "cn-north-1"),
        ("AWS_ACCESS_KEY_ID", "id"),
        ("AWS_SECRET_ACCESS_KEY", "s3cr3t"),
        ("AWS_SESSION_TOKEN", "session"),
    ];

    #[test]
    fn a_variable_of_lambda_that_is_missing_is_named() {
        for missing in ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
            let variables = LAMBDA.into_iter().filter(|(name, _)| *name != missing);
            let error = configuration(&Variables::from_pairs(variables), Pace::STEADY).unwrap_err();
            assert!(error.to_string().contains(missing), "{error}");
        }
    }

    #[test]
    fn one_services_own_endpoint_counts_more_than_everybodys() {
        let endpoints = [
            ("AWS_ENDPOINT_URL", "http://localhost:1"),
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://localhost:2"),
        ];
        let variables = Variables::from_pairs(LAMBDA.into_iter().chain(endpoints));
        let aws = configuration(&variables, Pace::STEADY).unwrap();
        let asked = |service: &str| {
            let key = aws_types::service_config::ServiceConfigKey::builder();
            let key = key.service_id(service).env("AWS_ENDPOINT_URL").profile("endpoint_url");
            aws.service_config().unwrap().load_config(key.build().unwrap())
        };
        assert_eq!(asked("Secrets Manager").as_deref(), Some("http://localhost:2"));
        assert_eq!(
            asked("DynamoDB").or(aws.endpoint_url().map(str::to_owned)).as_deref(),
            Some("http://localhost:1")
        );
    }
}
