//! A Lambda function that does nothing: what `lambda_runtime` itself costs.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_runtime::run(service_fn(async |_: LambdaEvent<Value>| {
        Ok::<_, Error>(json!({ "statusCode": 200, "isBase64Encoded": false, "body": "success" }))
    }))
    .await
}
