//! The check before a platform goes live (全网发布检测), as WeChat plays it with one of five pairs of
//! accounts.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};

use super::{Target, VerbError, component};
use crate::{
    Simulator,
    crypto::{CallbackKey, signature},
    grants,
    options::MerchantOptions,
    push::{Delivery, Tweaks, compose, element, xml},
    server::Inner,
    state::{Conversation, Merchant},
};

/// Official account and mini program, appid and original id, of each pair.
const PAIRS: [[(&str, &str); 2]; 5] = [
    [("wx570bc396a51b8ff8", "gh_3c884a361561"), ("wxd101a85aa106f53e", "gh_8dad206e9538")],
    [("wx9252c5e0bb1836fc", "gh_c0f28a78b318"), ("wxc39235c15087f6f3", "gh_905ae9d01059")],
    [("wx8e1097c5bc82cde9", "gh_3f222ed8d140"), ("wx7720d01d4b2a4500", "gh_393666f1fdf4")],
    [("wx14550af28c71a144", "gh_26128078e9ab"), ("wx05d483572dcd5d8b", "gh_39abb5d4e1b7")],
    [("wxa35b9c23cfe664eb", "gh_2b3713f184a6"), ("wx5910277cae6fd970", "gh_7818dcb60240")],
];

const TEXT: &str = "TESTCOMPONENT_MSG_TYPE_TEXT";
/// The event of older editions of the check.
const EVENT: &str = "LOCATION";
/// A reply and `success` are wanted within so many milliseconds.
const IN_TIME: u64 = 5000;
/// The customer-service message is waited for so long.
const PATIENCE: Duration = Duration::from_secs(10);

/// Which pair of accounts is taken.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CheckRelease {
    /// The component; the first if none is named.
    pub component: Option<String>,
    /// 1 to 5; the first if 0.
    pub pair: usize,
}

/// What the check found.
#[derive(Debug, Clone, Default, Serialize)]
#[non_exhaustive]
pub struct ReleaseCheck {
    /// Every step passed.
    pub passed: bool,
    /// Each of them.
    pub steps: Vec<CheckStep>,
}

/// A step of the check.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct CheckStep {
    /// What was done.
    pub step: &'static str,
    /// The account.
    pub appid: String,
    /// What was wrong; none if it passed.
    pub wrong: Option<String>,
}

impl Simulator {
    /// Plays the check with one pair of accounts.
    pub async fn check_release(&self, order: CheckRelease) -> Result<ReleaseCheck, VerbError> {
        check_release(&self.inner, order).await
    }
}

pub(super) async fn check_release(
    inner: &Arc<Inner>,
    order: CheckRelease,
) -> Result<ReleaseCheck, VerbError> {
    let pair = PAIRS.get(order.pair.saturating_sub(1));
    let pair = pair.ok_or_else(|| VerbError::new("there are the pairs 1 to 5"))?;
    let component = inner.change(|world, _| component(world, order.component.as_deref()))?;
    let mut check = ReleaseCheck::default();
    let (_, delivery) = inner.push_ticket(&component).await?;
    check.note("ticket", "", wrong_with_success(&delivery));
    for (place, (appid, user_name)) in pair.iter().enumerate() {
        let account = Account { inner, component: &component, appid, user_name };
        check.note("authorized", appid, wrong_with_success(&account.authorize(place == 0).await?));
        if place == 0 {
            let delivery = account.send(&[("MsgType", "text"), ("Content", TEXT)]).await?;
            check.note("text", appid, account.wrong_with(&delivery, &format!("{TEXT}_callback")));
            let delivery = account.send(&[("MsgType", "event"), ("Event", EVENT)]).await?;
            let wanted = format!("{EVENT}from_callback");
            check.note("event", appid, account.wrong_with(&delivery, &wanted));
        }
        let code = account.code();
        let content = format!("QUERY_AUTH_CODE:{code}");
        let delivery = account.send(&[("MsgType", "text"), ("Content", &content)]).await?;
        check.note("query-auth-code", appid, wrong_with_silence(&delivery));
        check.note("from-api", appid, account.wait_for(&format!("{code}_from_api")).await);
        check.note("unauthorized", appid, wrong_with_success(&account.revoke().await?));
    }
    check.passed = check.steps.iter().all(|step| step.wrong.is_none());
    Ok(check)
}

impl ReleaseCheck {
    fn note(&mut self, step: &'static str, appid: &str, wrong: Option<String>) {
        self.steps.push(CheckStep { step, appid: appid.to_owned(), wrong });
    }
}

/// One of the test accounts, and whom it checks.
struct Account<'a> {
    inner: &'a Arc<Inner>,
    component: &'a str,
    appid: &'a str,
    user_name: &'a str,
}

impl Account<'_> {
    /// It exists from here on, and grants everything.
    async fn authorize(&self, official_account: bool) -> Result<Delivery, VerbError> {
        let (component, appid) = (self.component, self.appid);
        let outgoing = self.inner.change(|world, now| {
            let account = MerchantOptions {
                appid: appid.to_owned(),
                user_name: self.user_name.to_owned(),
                nick_name: "全网发布检测".to_owned(),
                official_account,
                ..MerchantOptions::default()
            };
            world.merchants.entry(appid.to_owned()).or_insert_with(|| Merchant::new(account));
            let granted = grants::grant_everything(world, component, appid, now);
            let pre = grants::issue_pre_authorization_code(world, component, now);
            let message =
                grants::granted_message(component, appid, "authorized", &granted, &pre, now);
            compose(world, now, component, &Target::Events, &message, &Tweaks::default())
        })?;
        Ok(self.inner.deliver(outgoing).await)
    }

    async fn revoke(&self) -> Result<Delivery, VerbError> {
        let (component, appid) = (self.component, self.appid);
        let outgoing = self.inner.change(|world, now| {
            grants::revoke(world, component, appid, now);
            let message = grants::revoked_message(component, appid, now);
            compose(world, now, component, &Target::Events, &message, &Tweaks::default())
        })?;
        Ok(self.inner.deliver(outgoing).await)
    }

    /// A user writes, or something happens to one.
    async fn send(&self, fields: &[(&str, &str)]) -> Result<Delivery, VerbError> {
        let (component, appid) = (self.component, self.appid);
        let outgoing = self.inner.change(|world, now| {
            let user = world.user_id("检测员", appid);
            let conversation = Conversation { written: now, ..Conversation::default() };
            world.conversations.insert(format!("{user}@{appid}"), conversation);
            let (create_time, id) = (now.to_string(), world.number().to_string());
            let mut elements = vec![
                ("ToUserName", self.user_name),
                ("FromUserName", &user),
                ("CreateTime", &create_time),
            ];
            elements.extend(fields);
            elements.push(("MsgId", &id));
            let to = Target::Messages { appid: appid.to_owned() };
            compose(world, now, component, &to, &xml(&elements), &Tweaks::default())
        })?;
        Ok(self.inner.deliver(outgoing).await)
    }

    /// A code of its own for this step.
    fn code(&self) -> String {
        self.inner.change(|world, now| {
            grants::grant_everything(world, self.component, self.appid, now).code
        })
    }

    /// What is wrong with an encrypted reply.
    fn wrong_with(&self, delivery: &Delivery, wanted: &str) -> Option<String> {
        let body = match in_time(delivery) {
            Ok(body) => body,
            Err(wrong) => return Some(wrong),
        };
        let (settings, user) = self.inner.change(|world, _| {
            let settings = world.component(self.component).settings.clone();
            (settings, world.user_id("检测员", self.appid))
        });
        let part = |name: &str| element(body, name).unwrap_or_default();
        let (encrypt, timestamp, nonce) = (part("Encrypt"), part("TimeStamp"), part("Nonce"));
        if part("MsgSignature") != signature(&[&settings.token, timestamp, nonce, encrypt]) {
            return Some(format!("the reply is not signed: {body}"));
        }
        let key = CallbackKey::parse(&settings.encoding_aes_key);
        let Some((reply, id)) = key.and_then(|key| key.decrypt(encrypt)) else {
            return Some(format!("the reply does not open: {body}"));
        };
        let said = |name: &str| element(&reply, name).unwrap_or_default();
        let right = id == self.component
            && said("ToUserName") == user
            && said("FromUserName") == self.user_name
            && said("MsgType") == "text"
            && said("Content") == wanted;
        (!right).then(|| format!("the reply is {reply} for {id}"))
    }

    /// Waits for the customer-service message, or says that it has not come.
    async fn wait_for(&self, wanted: &str) -> Option<String> {
        let begun = Instant::now();
        loop {
            let answers: Vec<String> = self.inner.change(|world, _| {
                let user = world.user_id("检测员", self.appid);
                let conversation = world.conversations.get(&format!("{user}@{}", self.appid));
                let answers = conversation.map(|it| it.answers.clone()).unwrap_or_default();
                answers.into_iter().map(|answer| answer.content).collect()
            });
            match answers.as_slice() {
                [only] if only == wanted => return None,
                [] if begun.elapsed() < PATIENCE => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                [] => return Some("no customer-service message came".to_owned()),
                others => return Some(format!("the messages are {others:?}")),
            }
        }
    }
}

/// The body of the first answer; WeChat does not repeat a step of the check.
fn in_time(delivery: &Delivery) -> Result<&str, String> {
    match delivery.attempts.first() {
        Some(first) if first.status == Some(200) && first.milliseconds <= IN_TIME => {
            Ok(first.body.trim())
        }
        Some(first) => Err(format!("the answer is {first:?}")),
        None => Err("the component has no address for it".to_owned()),
    }
}

fn wrong_with_success(delivery: &Delivery) -> Option<String> {
    match in_time(delivery) {
        Ok("success") => None,
        Ok(body) => Some(format!("the answer is {body}")),
        Err(wrong) => Some(wrong),
    }
}

fn wrong_with_silence(delivery: &Delivery) -> Option<String> {
    match in_time(delivery) {
        Ok("" | "success") => None,
        Ok(body) => Some(format!("the answer is {body}")),
        Err(wrong) => Some(wrong),
    }
}
