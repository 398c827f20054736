use std::borrow::Cow;

use secrecy::SecretString;
use serde::Deserialize;

use super::{Unreadable, document};
use crate::{
    lenient,
    xml::{Node, NotXml, Scanner},
};

/// What decides where a message goes and what it is remembered by, and nothing of what it says.
/// Borrows from the message.
#[derive(Debug, Clone, Default)]
pub struct Summary<'a> {
    /// `InfoType`: the message is an [`AuthorizationEvent`](super::AuthorizationEvent).
    pub info_type: Option<Cow<'a, str>>,
    /// `MsgType`: the message is an [`AccountMessage`](super::AccountMessage).
    pub msg_type: Option<Cow<'a, str>>,
    /// `Event`, where `msg_type` is `event`.
    pub event: Option<Cow<'a, str>>,
    /// `CreateTime` in seconds of Unix time.
    pub create_time: Option<i64>,
    /// `AppId`: the component.
    pub app_id: Option<Cow<'a, str>>,
    /// `AuthorizerAppid`: the merchant's account.
    pub authorizer_appid: Option<Cow<'a, str>>,
    /// `appid`: the mini program, in events about registrations.
    pub appid: Option<Cow<'a, str>>,
    /// `ComponentVerifyTicket`, where `info_type` is `component_verify_ticket`.
    pub ticket: Option<SecretString>,
    /// `MsgId`.
    pub msg_id: Option<Cow<'a, str>>,
    /// `FromUserName`: the user's openid.
    pub from_user_name: Option<Cow<'a, str>>,
    /// `ToUserName`: the account's original id.
    pub to_user_name: Option<Cow<'a, str>>,
}

impl<'a> Summary<'a> {
    /// Reads what it needs from a message, in XML or JSON.
    pub fn scan(message: &'a [u8]) -> Result<Self, Unreadable> {
        let (text, is_json) = document::text(message)?;
        let mut summary: Summary<'_> = if is_json {
            let summary: JsonSummary =
                serde_json::from_str(text).map_err(|_| Unreadable::Syntax)?;
            summary.into()
        } else {
            from_xml(text).map_err(|NotXml| Unreadable::Syntax)?
        };
        // What merely carries a ticket is something else, and to be kept as that.
        if summary.info_type.as_deref() != Some("component_verify_ticket") {
            summary.ticket = None;
        }
        Ok(summary)
    }
}

/// Reads the elements right below the root. Of those that are there twice, the first counts.
fn from_xml(text: &str) -> Result<Summary<'_>, NotXml> {
    let mut summary = Summary::default();
    let mut scanner = Scanner::new(text);
    let Node::Open(_root) = scanner.next()? else { return Err(NotXml) };
    loop {
        let element = match scanner.next()? {
            Node::Open(element) => element,
            Node::Text(_) | Node::Literal(_) | Node::Close => continue,
            Node::End => return Ok(summary),
        };
        let place = match element.name() {
            "InfoType" => &mut summary.info_type,
            "MsgType" => &mut summary.msg_type,
            "Event" => &mut summary.event,
            "AppId" => &mut summary.app_id,
            "AuthorizerAppid" => &mut summary.authorizer_appid,
            "appid" => &mut summary.appid,
            "MsgId" => &mut summary.msg_id,
            "FromUserName" => &mut summary.from_user_name,
            "ToUserName" => &mut summary.to_user_name,
            "CreateTime" => {
                let time = scanner.text()?.parse().ok();
                summary.create_time = summary.create_time.or(time);
                continue;
            }
            "ComponentVerifyTicket" => {
                let ticket = scanner.text()?;
                if summary.ticket.is_none() && !ticket.is_empty() {
                    summary.ticket = Some(ticket.into_owned().into());
                }
                continue;
            }
            _ => {
                scanner.skip()?;
                continue;
            }
        };
        let text = scanner.text()?;
        if place.is_none() && !text.is_empty() {
            *place = Some(text);
        }
    }
}

#[derive(Deserialize)]
#[serde(default, rename_all = "PascalCase")]
#[derive(Default)]
struct JsonSummary {
    #[serde(deserialize_with = "lenient::optional_text")]
    info_type: Option<String>,
    #[serde(deserialize_with = "lenient::optional_text")]
    msg_type: Option<String>,
    #[serde(deserialize_with = "lenient::optional_text")]
    event: Option<String>,
    #[serde(deserialize_with = "lenient::integer_if_any")]
    create_time: Option<i64>,
    #[serde(deserialize_with = "lenient::optional_text")]
    app_id: Option<String>,
    #[serde(deserialize_with = "lenient::optional_text")]
    authorizer_appid: Option<String>,
    #[serde(rename = "appid", deserialize_with = "lenient::optional_text")]
    mini_program: Option<String>,
    #[serde(rename = "ComponentVerifyTicket", deserialize_with = "lenient::optional_secret")]
    ticket: Option<SecretString>,
    #[serde(deserialize_with = "lenient::optional_text")]
    msg_id: Option<String>,
    #[serde(deserialize_with = "lenient::optional_text")]
    from_user_name: Option<String>,
    #[serde(deserialize_with = "lenient::optional_text")]
    to_user_name: Option<String>,
}

impl From<JsonSummary> for Summary<'_> {
    fn from(json: JsonSummary) -> Self {
        Summary {
            info_type: json.info_type.map(Cow::Owned),
            msg_type: json.msg_type.map(Cow::Owned),
            event: json.event.map(Cow::Owned),
            create_time: json.create_time,
            app_id: json.app_id.map(Cow::Owned),
            authorizer_appid: json.authorizer_appid.map(Cow::Owned),
            appid: json.mini_program.map(Cow::Owned),
            ticket: json.ticket,
            msg_id: json.msg_id.map(Cow::Owned),
            from_user_name: json.from_user_name.map(Cow::Owned),
            to_user_name: json.to_user_name.map(Cow::Owned),
        }
    }
}
