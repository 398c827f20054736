//! Files for reviewers and for the privacy guideline.

use wechat::{
    Endpoint,
    endpoint::{Body, Boundary, Upload, UploadMedia, UploadPrivacyExtFile},
};

use super::{answer_of, whole};

fn upload(content_type: &'static str, name: &'static str) -> Upload<'static> {
    Upload { name, content_type, bytes: "file".into(), boundary: Boundary::new([7; 16]) }
}

/// The form that a call sends, as text.
#[track_caller]
fn form<E: Endpoint>(request: &E) -> String {
    match request.body() {
        Body::Form { content_type, bytes } => {
            assert!(content_type.starts_with("multipart/form-data; boundary="));
            String::from_utf8(bytes.to_vec()).unwrap()
        }
        other => panic!("{} sends {other:?}", E::PATH),
    }
}

#[test]
fn media_for_reviewers() {
    let sent = form(&UploadMedia { media: upload("video/mp4", "a.mp4") });
    assert!(sent.contains("name=\"media\"; filename=\"a.mp4\"\r\nContent-Type: video/mp4"));
    for (name, kind) in [("uploadmedia", "image"), ("uploadmedia.video", "video")] {
        let read = whole::<UploadMedia<'_>>(name);
        assert_eq!((read.kind.as_str(), read.media_id.as_str()), (kind, "xxxxxxxxxxxxxxxxx"));
    }
    let spelled = r#"{"errcode":0,"type":"image","media_id":"x"}"#;
    assert!(answer_of::<UploadMedia<'_>>(spelled).is_err(), "only mediaid is known here");
}

#[test]
fn a_file_of_the_privacy_guideline() {
    let sent = form(&UploadPrivacyExtFile { file: upload("text/plain", "隐私.txt") });
    assert!(sent.contains("name=\"file\"; filename=\"隐私.txt\""));
    let read = r#"{"errcode":0,"errmsg":"ok","ext_file_media_id":2113706500236918784}"#;
    let read = answer_of::<UploadPrivacyExtFile<'_>>(read).unwrap();
    assert_eq!(read.ext_file_media_id, "2113706500236918784");
}
