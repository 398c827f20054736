//! Confirm files.

use platform::confirm_files::{ConfirmFileError, FileName, MAX_CONTENT};

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_confirm_file_is_given_back_as_it_was_put_and_can_be_replaced() {
    let world = World::new().await;
    let files = &world.platform.confirm_files;
    let name = FileName::parse("MP_verify_abc.txt").unwrap();

    assert_eq!(files.read(&name).await.unwrap(), None);
    for content in ["first\n", "second"] {
        files.put(&name, content).await.unwrap();
        assert_eq!(files.read(&name).await.unwrap().as_deref(), Some(content));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirm_file_holds_a_little_plain_text() {
    let world = World::new().await;
    let files = &world.platform.confirm_files;
    let name = FileName::parse("a.txt").unwrap();

    for wrong in ["", "a\0b", &"x".repeat(MAX_CONTENT + 1)] {
        let refused = files.put(&name, wrong).await;
        assert!(matches!(refused, Err(ConfirmFileError::Content)), "{wrong:.9}");
    }
    files.put(&name, &"x".repeat(MAX_CONTENT)).await.unwrap();
}
