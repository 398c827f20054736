//! The Lambda function `refresh`.

use std::time::Duration;

use lambda_runtime::{LambdaEvent, service_fn};
use platform::{Platform, logging};
use refresh::{App, tick};
use serde_json::Value;

/// A tick stops beginning new work so long before Lambda would stop it.
const MARGIN: Duration = Duration::from_secs(12);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    logging::start();
    let app = App::new(Platform::from_environment().await?);
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| {
        let left = event.context.deadline().duration_since(std::time::SystemTime::now());
        let time = left.unwrap_or_default().saturating_sub(MARGIN);
        Ok::<_, lambda_runtime::Error>(tick(&app, time).await)
    }))
    .await
}
