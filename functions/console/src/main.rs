//! The Lambda function `console`.

use console::{App, router};
use platform::{Outside, aws::Pace, configuration::Variables, logging};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    logging::start();
    let app = App::new(&Variables::of_process(), Outside::real(Pace::STEADY).await).await?;
    lambda_http::run(router(app)).await
}
