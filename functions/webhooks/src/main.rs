//! The Lambda function `webhooks`.

use std::time::Duration;

use aws_lambda_events::event::sqs::SqsEvent;
use lambda_runtime::{LambdaEvent, service_fn};
use platform::{Outside, aws::Pace, configuration::Variables, logging};
use webhooks::{App, handle};

/// No attempt begins so long before Lambda would stop the function: an attempt has ten seconds, and
/// what came of it is to be written down.
const MARGIN: Duration = Duration::from_secs(20);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    logging::start();
    let variables = Variables::of_process();
    let outside = Outside::real(&variables, Pace::STEADY)?;
    let app = App::new(&variables, outside).await?;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<SqsEvent>| {
        let left = event.context.deadline().duration_since(std::time::SystemTime::now());
        let time = left.unwrap_or_default().saturating_sub(MARGIN);
        Ok::<_, lambda_runtime::Error>(handle(&app, event.payload, time).await)
    }))
    .await
}
