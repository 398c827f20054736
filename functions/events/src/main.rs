//! The Lambda function `events`.

use aws_lambda_events::event::sqs::SqsEvent;
use events::{App, handle};
use lambda_runtime::{LambdaEvent, service_fn};
use platform::{Platform, logging};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    logging::start();
    let app = App::new(Platform::from_environment().await?);
    lambda_runtime::run(service_fn(async |event: LambdaEvent<SqsEvent>| {
        Ok::<_, lambda_runtime::Error>(handle(&app, event.payload).await)
    }))
    .await
}
