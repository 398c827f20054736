//! The client against a real socket: what WeChat would see, and what we make of its answers.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, Uri},
    response::{IntoResponse, Response},
};
use secrecy::SecretString;
use tokio::{io::AsyncWriteExt, net::TcpListener};
use wechat::{
    Client, Endpoint, Error,
    endpoint::{
        ApiComponentToken, Boundary, Commit, GetHistoryVersion, GetPage, GetQrcode,
        GetTemplateList, GetVersionInfo, MediaUpload, Release, RevertCodeRelease, SubmitAudit,
        UndoCodeAudit, Upload,
    },
    token::{AuthorizerToken, ComponentToken, NoToken},
    transport::{HttpTransport, MAX_ANSWER, Transport, TransportError},
};

/// What stands in every token and body, and must stand in no error.
const CANARY: &str = "canary+token/=&?";

struct Seen {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
}

/// A WeChat that gives one answer to everything and remembers the last request.
struct Server {
    client: Client,
    seen: Arc<Mutex<Option<Seen>>>,
}

type Answering = fn() -> Response;

impl Server {
    async fn that_answers(answer: Answering) -> Self {
        let seen = Arc::new(Mutex::new(None));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = client_of(&listener);
        let router = Router::new().fallback(handle).with_state((seen.clone(), answer));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Server { client, seen }
    }

    fn seen(&self) -> Seen {
        self.seen.lock().unwrap().take().expect("a request was made")
    }
}

async fn handle(
    State((seen, answer)): State<(Arc<Mutex<Option<Seen>>>, Answering)>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    *seen.lock().unwrap() = Some(Seen { method, uri, headers, body });
    answer()
}

fn client_of(listener: &TcpListener) -> Client {
    let address = listener.local_addr().unwrap();
    Client::new(&format!("http://{address}/").parse().unwrap())
}

fn component() -> ComponentToken {
    ComponentToken(SecretString::from(CANARY))
}

fn authorizer() -> AuthorizerToken {
    AuthorizerToken(SecretString::from(CANARY))
}

/// The error with all its sources, which show neither token nor body.
#[track_caller]
fn printed(error: &Error) -> String {
    let mut text = format!("{error} {error:?}");
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text += &format!(" {cause} {cause:?}");
        source = cause.source();
    }
    assert!(!text.contains("canary"), "{text}");
    assert!(!text.contains("access_token"), "{text}");
    text
}

fn ok() -> Response {
    r#"{"errcode":0,"errmsg":"ok"}"#.into_response()
}

#[tokio::test]
async fn a_post_carries_its_token_in_the_query_and_its_text_unescaped() {
    let server = Server::that_answers(ok).await;

    let commit = Commit {
        template_id: 95,
        ext_json: r#"{"ext":{"name":"好店"}}"#,
        user_version: "V1.0",
        user_desc: "新版本 <&>",
    };
    server.client.send(&authorizer(), &commit).await.unwrap();

    let seen = server.seen();
    assert_eq!(seen.method, Method::POST);
    assert_eq!(seen.uri, "/wxa/commit?access_token=canary%2Btoken%2F%3D%26%3F");
    assert_eq!(seen.headers["content-type"], "application/json");
    let body = std::str::from_utf8(&seen.body).unwrap();
    assert_eq!(
        body,
        r#"{"template_id":95,"ext_json":"{\"ext\":{\"name\":\"好店\"}}","user_version":"V1.0","user_desc":"新版本 <&>"}"#
    );
}

#[tokio::test]
async fn a_call_without_a_token_has_no_query() {
    let server = Server::that_answers(|| {
        r#"{"component_access_token":"canary","expires_in":7200}"#.into_response()
    })
    .await;

    let request = ApiComponentToken {
        component_appid: "wx1",
        component_appsecret: CANARY,
        component_verify_ticket: "ticket@@@canary",
    };
    let token = server.client.send(&NoToken, &request).await.unwrap();

    assert_eq!(server.seen().uri, "/cgi-bin/component/api_component_token");
    assert!(!format!("{token:?} {request:?}").contains("canary"));
}

#[tokio::test]
async fn an_empty_post_sends_an_empty_object() {
    let server = Server::that_answers(ok).await;
    server.client.send(&authorizer(), &GetVersionInfo {}).await.unwrap();
    let seen = server.seen();
    assert_eq!((seen.method, seen.body.as_ref()), (Method::POST, b"{}".as_slice()));
}

#[tokio::test]
async fn a_file_goes_as_a_form_whatever_its_name_and_bytes() {
    let server = Server::that_answers(|| r#"{"media_id":"m"}"#.into_response()).await;
    let media = Upload {
        name: "头像\"\r\nX-Evil: 1.png",
        content_type: "image/png",
        bytes: Bytes::from_static(b"\x89PNG\r\n--\r\n\0canary"),
        boundary: Boundary::new([7; 16]),
    };
    let request = MediaUpload { media };
    let kept = server.client.send(&authorizer(), &request).await.unwrap();

    assert_eq!(kept.media_id, "m");
    let seen = server.seen();
    assert!(seen.uri.query().unwrap().ends_with("&type=image"));
    let boundary = "----07070707070707070707070707070707";
    let expected = format!("multipart/form-data; boundary={boundary}");
    assert_eq!(seen.headers["content-type"], *expected);
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"media\"; \
         filename=\"头像%22%0D%0AX-Evil: 1.png\"\r\nContent-Type: image/png\r\n\r\n"
    );
    let end = format!("\r\n--{boundary}--\r\n");
    let body = [head.as_bytes(), b"\x89PNG\r\n--\r\n\0canary", end.as_bytes()].concat();
    assert_eq!(seen.body, body);
    assert_eq!(seen.headers["content-length"], body.len().to_string());
    assert!(!format!("{request:?}").contains("canary"));
}

#[tokio::test]
async fn a_get_has_its_parameters_encoded_once_and_no_body() {
    let server = Server::that_answers(ok).await;
    let _ = server.client.send(&authorizer(), &GetQrcode { path: Some("a/b?c=1&d=好") }).await;
    let seen = server.seen();
    assert_eq!((seen.method, seen.body.len()), (Method::GET, 0));
    assert!(!seen.headers.contains_key("content-type"));
    let path = seen.uri.query().unwrap().split_once('&').unwrap().1;
    assert_eq!(path, "path=a%2Fb%3Fc%3D1%26d%3D%E5%A5%BD");

    server.client.send(&authorizer(), &UndoCodeAudit {}).await.unwrap();
    assert_eq!(server.seen().uri.path(), "/wxa/undocodeaudit");
    server.client.send(&component(), &GetTemplateList { template_type: Some(0) }).await.unwrap();
    assert!(server.seen().uri.query().unwrap().ends_with("&template_type=0"));
    server.client.send(&authorizer(), &RevertCodeRelease { app_version: Some(3) }).await.unwrap();
    assert!(server.seen().uri.query().unwrap().ends_with("&app_version=3"));
    server.client.send(&authorizer(), &RevertCodeRelease { app_version: None }).await.unwrap();
    assert!(!server.seen().uri.query().unwrap().contains("app_version"));
    server.client.send(&authorizer(), &GetHistoryVersion {}).await.unwrap();
    let seen = server.seen();
    assert_eq!(seen.uri.path(), "/wxa/revertcoderelease");
    assert!(seen.uri.query().unwrap().ends_with("&action=get_history_version"));
}

#[tokio::test]
async fn a_refusal_with_status_200_is_an_error_with_its_code_text_and_rid() {
    let server = Server::that_answers(|| {
        r#"{"errcode":40001,"errmsg":"invalid credential rid: 61725984-6126f6f9-040f19c4"}"#
            .into_response()
    })
    .await;

    let error = server.client.send(&authorizer(), &GetPage {}).await.unwrap_err();

    let refusal = error.as_wechat().unwrap();
    assert_eq!((refusal.errcode, refusal.path), (40001, "/wxa/get_page"));
    assert_eq!(refusal.errmsg, "invalid credential");
    assert_eq!(refusal.rid.as_deref(), Some("61725984-6126f6f9-040f19c4"));
    assert!(error.is_token_invalid() && !error.is_outcome_unknown());
    printed(&error);
}

#[tokio::test]
async fn a_refusal_that_repeats_a_secret_is_told_without_it() {
    let server = Server::that_answers(|| {
        r#"{"errcode":40001,"errmsg":"bad token 61W3mEpU66027wgNZ_MhGHNQDHnFATkDa9-2llqrMBjUwxRSNPbV, secret: 28c223a63f7de0d5a1b2c3d4e5f60718; hint: [fc6be054-709e-4928-b2ca-49cd762ef896], ip 203.0.113.7, 请重试"}"#
            .into_response()
    })
    .await;

    let error = server.client.send(&authorizer(), &GetPage {}).await.unwrap_err();

    assert_eq!(
        error.as_wechat().unwrap().errmsg,
        "bad token [REDACTED], secret: [REDACTED]; hint: [fc6be054-709e-4928-b2ca-49cd762ef896], \
         ip 203.0.113.7, 请重试"
    );
}

#[tokio::test]
async fn a_system_error_leaves_the_outcome_open() {
    let server =
        Server::that_answers(|| r#"{"errcode":-1,"errmsg":"system error"}"#.into_response()).await;
    let error = server.client.send(&authorizer(), &Release {}).await.unwrap_err();
    assert!(error.is_outcome_unknown() && error.as_wechat().unwrap().is_busy());
    const { assert!(!Release::REPEATABLE) };
}

#[tokio::test]
async fn html_and_json_that_was_cut_are_unreadable_and_not_quoted() {
    let answers: [Answering; 4] = [
        || "<html><body>canary 502</body></html>".into_response(),
        || (axum::http::StatusCode::BAD_GATEWAY, "<html>canary</html>").into_response(),
        || r#"{"errcode":0,"auditid":123456,"other":"cana"#.into_response(),
        || r#"{"errcode":0,"auditid":"canary"}"#.into_response(),
    ];
    for answer in answers {
        let server = Server::that_answers(answer).await;
        let request = SubmitAudit::default();
        let error = server.client.send(&authorizer(), &request).await.unwrap_err();
        assert!(matches!(error, Error::Unreadable { path: "/wxa/submit_audit", .. }), "{error:?}");
        assert!(error.is_outcome_unknown());
        printed(&error);
    }
}

#[tokio::test]
async fn an_answer_as_plain_text_is_read_all_the_same() {
    let server = Server::that_answers(|| {
        ([("content-type", "text/plain")], r#"{"errcode":"0","page_list":["a"]}"#).into_response()
    })
    .await;
    let pages = server.client.send(&authorizer(), &GetPage {}).await.unwrap();
    assert_eq!(pages.page_list, ["a"]);
}

#[tokio::test]
async fn a_status_that_is_no_success_is_an_error_without_an_errcode() {
    let server = Server::that_answers(|| {
        (axum::http::StatusCode::INTERNAL_SERVER_ERROR, r#"{"page_list":["a"]}"#).into_response()
    })
    .await;
    let error = server.client.send(&authorizer(), &GetPage {}).await.unwrap_err();
    assert!(matches!(error, Error::Unreadable { status: 500, .. }), "{error:?}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let server = Server::that_answers(|| {
        (axum::http::StatusCode::FOUND, [("location", "/elsewhere")]).into_response()
    })
    .await;
    let error = server.client.send(&authorizer(), &GetPage {}).await.unwrap_err();
    assert!(matches!(error, Error::Unreadable { status: 302, .. }), "{error:?}");
    assert_eq!(server.seen().uri.path(), "/wxa/get_page");
}

#[tokio::test]
async fn a_picture_is_told_from_an_error_by_its_first_bytes() {
    let pictures: [(Answering, &str); 3] = [
        (|| b"\x89PNG\r\n\x1a\nrest".into_response(), "image/png"),
        (|| b"\xFF\xD8\xFF\xE0rest".into_response(), "image/jpeg"),
        // Whatever the header says.
        (
            || ([("content-type", "application/json")], b"GIF89arest".as_slice()).into_response(),
            "image/gif",
        ),
    ];
    for (answer, media_type) in pictures {
        let server = Server::that_answers(answer).await;
        let picture = server.client.send(&authorizer(), &GetQrcode { path: None }).await.unwrap();
        assert_eq!(picture.media_type, media_type);
        assert!(picture.bytes.ends_with(b"rest"));
        assert!(!format!("{picture:?}").contains("rest"));
    }

    let server = Server::that_answers(|| {
        ([("content-type", "image/jpeg")], r#"{"errcode":40001,"errmsg":"no"}"#).into_response()
    })
    .await;
    let error = server.client.send(&authorizer(), &GetQrcode { path: None }).await.unwrap_err();
    assert_eq!(error.errcode(), Some(40001));
}

#[tokio::test]
async fn the_clock_of_wechat_comes_with_an_answer() {
    let server = Server::that_answers(ok).await;
    let dated = server.client.send_dated(&authorizer(), &Release {}).await.unwrap();
    assert!(dated.date.unwrap().ends_with(" GMT"));
}

#[tokio::test]
async fn a_connection_that_is_refused_has_sent_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = client_of(&listener);
    drop(listener);

    let error = client.send(&authorizer(), &Release {}).await.unwrap_err();

    assert!(
        matches!(error, Error::Transport { source: TransportError::NotSent(_), .. }),
        "{error:?}"
    );
    assert!(!error.is_outcome_unknown());
    printed(&error);
}

#[tokio::test]
async fn a_connection_that_is_cut_leaves_the_outcome_open() {
    // Before an answer, and in the middle of one.
    for part in ["", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"errcode\":0"] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = client_of(&listener);
        tokio::spawn(async move {
            loop {
                let (mut socket, _) = listener.accept().await.unwrap();
                let mut request = [0; 4096];
                socket.readable().await.unwrap();
                let _ = socket.try_read(&mut request);
                socket.write_all(part.as_bytes()).await.unwrap();
                socket.shutdown().await.unwrap();
            }
        });

        let error = client.send(&authorizer(), &Release {}).await.unwrap_err();

        assert!(
            matches!(error, Error::Transport { source: TransportError::Interrupted(_), .. }),
            "{error:?}"
        );
        assert!(error.is_outcome_unknown());
        printed(&error);
    }
}

#[tokio::test]
async fn an_answer_that_does_not_come_in_time_leaves_the_outcome_open() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/x?access_token={CANARY}", listener.local_addr().unwrap());
    let request = http::Request::get(url).body(Bytes::new()).unwrap();

    let timeout = Duration::from_millis(200);
    let error = HttpTransport::new().send(request, timeout).await.unwrap_err();

    assert!(matches!(error, TransportError::TimedOut(after) if after == timeout), "{error:?}");
    let error = Error::Transport { path: "/x", source: error };
    assert!(error.is_outcome_unknown());
    printed(&error);
}

#[tokio::test]
async fn an_answer_that_is_too_long_is_an_error_and_not_memory() {
    let server = Server::that_answers(|| vec![b' '; MAX_ANSWER + 1].into_response()).await;
    let error = server.client.send(&authorizer(), &GetPage {}).await.unwrap_err();
    assert!(matches!(error, Error::Transport { source: TransportError::TooLong, .. }), "{error:?}");
    assert!(error.is_outcome_unknown());
}

#[test]
fn a_client_and_its_tokens_do_not_print() {
    let client = Client::new(&wechat::client::WECHAT.parse().unwrap());
    let text = format!("{client:?} {:?} {:?} {NoToken:?}", component(), authorizer());
    assert!(text.contains("https://api.weixin.qq.com") && !text.contains("canary"), "{text}");
}
