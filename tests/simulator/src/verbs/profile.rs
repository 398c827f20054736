//! Reviewers decide about names and categories, owners about plugins.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{VerbError, known};
use crate::{
    Simulator,
    clock::year,
    push::{Delivery, Outgoing, Tweaks, compose, xml},
    server::Inner,
    state::World,
    verbs::Target,
};

/// The account that these events come from.
const REVIEWERS: &str = "od1P50M-fNQI5Gcq-trm4a7apsU8";

/// What the reviewers have to say about the name that a mini program asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReviewName {
    /// The mini program.
    pub appid: String,
    /// Whether the name is in force now.
    pub passed: bool,
    /// Why not.
    pub reason: String,
    /// `CreateTime` of the push; now if none is given.
    pub create_time: Option<i64>,
    /// Push nothing.
    pub silent: bool,
}

/// What the reviewers have to say about a category that waits for them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReviewCategory {
    /// The mini program.
    pub appid: String,
    /// The first level's number; the first category that waits if none is given.
    pub first: Option<i64>,
    /// The second level's number.
    pub second: Option<i64>,
    /// Whether the mini program may use it.
    pub passed: bool,
    /// Why not.
    pub reason: String,
    /// `CreateTime` of the push; now if none is given.
    pub create_time: Option<i64>,
    /// Push nothing.
    pub silent: bool,
}

/// What becomes of a plugin that a mini program asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DecidePlugin {
    /// The mini program.
    pub appid: String,
    /// The plugin.
    pub plugin_appid: String,
    /// 2 granted, 3 refused, 4 expired.
    pub status: i64,
}

/// What WeChat thinks of a word.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Word {
    /// The word.
    pub word: String,
    /// What a name with it is answered with: 53010-53019, or 91009 for one that needs a proof and
    /// a review. 53201 is about introductions. 0 forgets the word.
    pub errcode: i64,
}

/// What came of a decision.
#[derive(Debug, Clone, Default, Serialize)]
#[non_exhaustive]
pub struct Decided {
    /// What came of the push, if there was one.
    pub push: Option<Delivery>,
}

impl Simulator {
    /// The name that waits is put in force or refused; an error if none waits.
    pub async fn review_name(&self, order: ReviewName) -> Result<Decided, VerbError> {
        review_name(&self.inner, order).await
    }

    /// A category that waits is approved or rejected; an error if none waits.
    pub async fn review_category(&self, order: ReviewCategory) -> Result<Decided, VerbError> {
        review_category(&self.inner, order).await
    }

    /// A plugin's owner decides, or does not in time.
    pub fn decide_plugin(&self, order: &DecidePlugin) -> Result<(), VerbError> {
        decide_plugin(&self.inner, order)
    }

    /// Sets what WeChat thinks of a word.
    pub fn set_word(&self, word: Word) {
        set_word(&self.inner, word);
    }
}

pub(super) async fn review_name(
    inner: &Arc<Inner>,
    order: ReviewName,
) -> Result<Decided, VerbError> {
    let outgoing = inner.change(|world, now| {
        known(world, &order.appid)?;
        let merchant = world.merchant(&order.appid);
        let waiting = merchant.name_reviews.last_mut().filter(|review| review.status == 1);
        let Some(review) = waiting else {
            return Err(VerbError::new(format!("{} waits for no name", order.appid)));
        };
        review.status = if order.passed { 3 } else { 2 };
        review.reason.clone_from(&order.reason);
        review.decided = Some(now);
        let (name, component) = (review.name.clone(), review.component.clone());
        if order.passed {
            merchant.names.add(&year(now));
            merchant.account.nick_name.clone_from(&name);
        }
        let ret = if order.passed { "3" } else { "2" };
        let about = [("ret", ret), ("nickname", &name), ("reason", &order.reason)];
        let event = Event { name: "wxa_nickname_audit", create_time: order.create_time };
        event.compose(world, now, &component, &order.appid, &about)
    })?;
    Decided::by(inner, outgoing.filter(|_| !order.silent)).await
}

pub(super) async fn review_category(
    inner: &Arc<Inner>,
    order: ReviewCategory,
) -> Result<Decided, VerbError> {
    let outgoing = inner.change(|world, now| {
        known(world, &order.appid)?;
        let merchant = world.merchant(&order.appid);
        let waiting = merchant.account.categories.iter_mut().find(|category| {
            category.audit_status == 1
                && order.first.is_none_or(|first| first == category.first_id)
                && order.second.is_none_or(|second| second == category.second_id)
        });
        let Some(category) = waiting else {
            return Err(VerbError::new(format!("{} waits for no such category", order.appid)));
        };
        category.audit_status = if order.passed { 3 } else { 2 };
        category.audit_reason.clone_from(&order.reason);
        let (first, second) = (category.first_id.to_string(), category.second_id.to_string());
        let authorized = merchant.grants.iter().find(|(_, grant)| grant.authorized);
        let Some(component) = authorized.map(|(component, _)| component.clone()) else {
            return Ok(None);
        };
        let ret = if order.passed { "3" } else { "2" };
        let about =
            [("ret", ret), ("first", &first), ("second", &second), ("reason", &order.reason)];
        let event = Event { name: "wxa_category_audit", create_time: order.create_time };
        event.compose(world, now, &component, &order.appid, &about)
    })?;
    Decided::by(inner, outgoing.filter(|_| !order.silent)).await
}

pub(super) fn decide_plugin(inner: &Inner, order: &DecidePlugin) -> Result<(), VerbError> {
    inner.change(|world, now| {
        known(world, &order.appid)?;
        let mut plugins = world.merchant(&order.appid).plugins.iter_mut();
        let Some(plugin) = plugins.find(|it| it.appid == order.plugin_appid) else {
            let message = format!("{} did not ask for {}", order.appid, order.plugin_appid);
            return Err(VerbError::new(message));
        };
        plugin.status = order.status;
        plugin.since = now;
        Ok(())
    })
}

pub(super) fn set_word(inner: &Inner, word: Word) {
    inner.change(|world, _| match word.errcode {
        0 => world.words.remove(&word.word),
        errcode => world.words.insert(word.word, errcode),
    });
}

/// An event about a mini program.
struct Event {
    name: &'static str,
    create_time: Option<i64>,
}

impl Event {
    fn compose(
        &self,
        world: &mut World,
        now: i64,
        component: &str,
        appid: &str,
        about: &[(&str, &str)],
    ) -> Result<Option<Outgoing>, VerbError> {
        let user_name = world.merchant(appid).account.user_name.clone();
        let create_time = self.create_time.unwrap_or(now).to_string();
        let mut elements = vec![
            ("ToUserName", user_name.as_str()),
            ("FromUserName", REVIEWERS),
            ("CreateTime", &create_time),
            ("MsgType", "event"),
            ("Event", self.name),
        ];
        elements.extend_from_slice(about);
        let to = Target::Messages { appid: appid.to_owned() };
        let outgoing = compose(world, now, component, &to, &xml(&elements), &Tweaks::default())?;
        Ok(Some(outgoing))
    }
}

impl Decided {
    /// Sends what there is to send.
    pub(super) async fn by(
        inner: &Arc<Inner>,
        outgoing: Option<Outgoing>,
    ) -> Result<Self, VerbError> {
        Ok(match outgoing {
            Some(outgoing) => Decided { push: Some(inner.deliver(outgoing).await) },
            None => Decided::default(),
        })
    }
}
