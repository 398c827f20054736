//! WeChat's confirm files.

use http::{StatusCode, header};
use local::aws::{Fault, Service};
use platform::confirm_files::FileName;

use crate::world::{Browser, World};

#[tokio::test(flavor = "multi_thread")]
async fn a_confirm_file_is_served_as_plain_text_at_the_root() {
    let world = World::new().await;
    let name = FileName::parse("AbC-1_2.txt").unwrap();
    world.platform.confirm_files.put(&name, "0123456789abcdef").await.unwrap();

    let file = world.get(Browser::Pc, "/AbC-1_2.txt").await;

    assert_eq!((file.status, file.text.as_str()), (StatusCode::OK, "0123456789abcdef"));
    assert_eq!(file.header(header::CONTENT_TYPE), "text/plain; charset=utf-8");
    assert_eq!(file.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
}

#[tokio::test(flavor = "multi_thread")]
async fn any_other_name_is_not_found() {
    let world = World::new().await;
    for path in ["/other.txt", "/favicon.ico", "/%2e%2e%2fsecret.txt", "/a.txt.exe"] {
        let answer = world.get(Browser::Pc, path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_does_not_answer_is_not_taken_for_a_file_that_is_not_there() {
    let world = World::new().await;
    world.aws.inject(Service::DynamoDb, Fault::Failing);

    let answer = world.get(Browser::Pc, "/other.txt").await;

    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
}
