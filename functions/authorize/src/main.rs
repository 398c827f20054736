//! The Lambda function `authorize`.

use authorize::{App, router};
use platform::{Platform, logging};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    logging::start();
    let app = App { platform: Platform::from_environment().await? };
    lambda_http::run(router(app)).await
}
