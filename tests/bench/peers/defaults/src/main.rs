//! The function `callback` over the AWS SDK as it comes: what its defaults cost.

use std::sync::Arc;

use callback::{App, router};
use platform::{
    Outside, clock::SystemClock, configuration::Variables, logging, random::SystemRandom,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    logging::start();
    let outside = Outside {
        aws: aws_config::load_from_env().await,
        tables: None,
        wechat: None,
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
    };
    let app = App::new(&Variables::of_process(), outside).await?;
    lambda_http::run(router(app)).await
}
