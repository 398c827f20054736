//! The Lambda function `rollout`.

use std::time::Duration;

use aws_lambda_events::event::sqs::SqsEvent;
use lambda_runtime::{LambdaEvent, service_fn};
use platform::{Platform, logging};
use rollout::{App, handle};

/// No step begins so long before Lambda would stop the function: a commit has forty seconds, and
/// what came of it is to be written down.
const MARGIN: Duration = Duration::from_secs(60);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    logging::start();
    let app = App::new(Platform::from_environment().await?);
    lambda_runtime::run(service_fn(async |event: LambdaEvent<SqsEvent>| {
        let left = event.context.deadline().duration_since(std::time::SystemTime::now());
        let time = left.unwrap_or_default().saturating_sub(MARGIN);
        Ok::<_, lambda_runtime::Error>(handle(&app, event.payload, time).await)
    }))
    .await
}
