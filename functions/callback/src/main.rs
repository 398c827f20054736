//! The Lambda function `callback`.

use callback::{App, router};
use platform::{Outside, aws::Pace, configuration::Variables, logging};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    logging::start();
    let variables = Variables::of_process();
    let outside = Outside::real(&variables, Pace::PROMPT)?;
    let app = App::new(&variables, outside).await?;
    lambda_http::run(router(app)).await
}
