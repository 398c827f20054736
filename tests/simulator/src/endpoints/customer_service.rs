//! Messages to users in a mini program's or an official account's name.

use crate::{
    endpoint::{Endpoint, Field, Kind, TokenKind},
    reply::{Answer, done, refuse},
    scene::Scene,
    state::CustomerMessage,
};

/// Seconds in which a user who wrote may be answered.
const WINDOW: i64 = 48 * 3600;
/// Answers to one message of a user's.
const MOST_ANSWERS: usize = 5;

pub(super) const ENDPOINTS: &[Endpoint] = &[Endpoint::post(
    "/cgi-bin/message/custom/send",
    TokenKind::Merchant,
    &[
        Field::required("touser", Kind::Text).missing(40003, "invalid openid"),
        Field::required("msgtype", Kind::Text).missing(40008, "invalid message type"),
        Field::optional("text", Kind::Object(&[Field::required("content", Kind::Text)])),
    ],
    send,
)
// Of an official account, of a mini program.
.sets(&[1, 49])];

fn send(scene: &mut Scene<'_>) -> Answer {
    let (user, now, appid) = (scene.text("touser").to_owned(), scene.now, scene.appid.clone());
    if scene.text("msgtype") != "text" {
        return refuse(40008, "invalid message type");
    }
    let text = scene.body.get("text").and_then(|text| text.get("content"));
    let content = text.and_then(|content| content.as_str()).unwrap_or_default().to_owned();
    if content.is_empty() {
        return refuse(44004, "empty content");
    }
    let Some(conversation) = scene.world.conversations.get_mut(&format!("{user}@{appid}")) else {
        return refuse(40003, "invalid openid");
    };
    if now - conversation.written >= WINDOW {
        return refuse(45015, "response out of time limit or subscription is canceled");
    }
    if conversation.answers.len() >= MOST_ANSWERS {
        return refuse(45047, "out of response count limit");
    }
    conversation.answers.push(CustomerMessage { content, sent: now });
    done()
}
