//! The Lambda function `relay`.

use platform::{Outside, aws::Pace, configuration::Variables, logging};
use relay::{App, router};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    logging::start();
    let app = App::new(&Variables::of_process(), Outside::real(Pace::STEADY).await).await?;
    lambda_http::run(router(app)).await
}
