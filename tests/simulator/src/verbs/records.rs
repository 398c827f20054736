//! WeChat punishes, owners appeal.

use serde::{Deserialize, Serialize};

use super::{VerbError, component, known, review::REVIEWERS};
use crate::{
    Simulator,
    endpoints::{RULES_NAME, RULES_URL},
    push::{Delivery, Outgoing, Tweaks, compose, node, xml, xml_around},
    server::Inner,
    state::{Appeal, AppealStatus, IllegalRecord, World},
    verbs::Target,
};

/// A rule that was broken.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Punish {
    /// The mini program.
    pub appid: String,
    /// Why.
    pub reason: String,
    /// What it was.
    pub content: String,
    /// Whether it serves nobody from now on.
    pub suspended: bool,
}

/// An appeal that is made or decided.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AppealOrder {
    /// The mini program.
    pub appid: String,
    /// The punishment, from [`Simulator::punish`].
    pub illegal_record_id: String,
    /// What becomes of the appeal: `running` makes a new one.
    pub status: AppealStatus,
    /// What the owner says, or why it was decided so.
    pub reason: String,
}

/// A record that was made or changed.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Recorded {
    /// The punishment's or the appeal's id.
    pub id: String,
    /// What came of the push.
    pub push: Delivery,
}

impl Simulator {
    /// WeChat finds that a mini program broke a rule.
    pub async fn punish(&self, order: Punish) -> Result<Recorded, VerbError> {
        punish(&self.inner, order).await
    }

    /// The owner appeals against a punishment, or the appeal is decided.
    pub async fn appeal(&self, order: AppealOrder) -> Result<Recorded, VerbError> {
        appeal(&self.inner, order).await
    }
}

pub(super) async fn punish(inner: &Inner, order: Punish) -> Result<Recorded, VerbError> {
    let (id, outgoing) = inner.change(|world, now| {
        known(world, &order.appid)?;
        let id = format!("2_{}", 11_000 + world.number());
        let merchant = world.merchant(&order.appid);
        merchant.suspended |= order.suspended;
        merchant.illegal_records.push(IllegalRecord {
            id: id.clone(),
            created: now,
            reason: order.reason.clone(),
            content: order.content.clone(),
        });
        let user_name = merchant.account.user_name.clone();
        let message = xml(&[
            ("ToUserName", &user_name),
            ("FromUserName", REVIEWERS),
            ("CreateTime", &now.to_string()),
            ("MsgType", "event"),
            ("Event", "wxa_illegal_record"),
            ("illegal_record_id", &id),
            ("appid", &order.appid),
            ("create_time", &now.to_string()),
            ("illegal_reason", &order.reason),
            ("illegal_content", &order.content),
            ("rule_url", RULES_URL),
            ("rule_name", RULES_NAME),
        ]);
        Ok::<_, VerbError>((id, tell(world, now, &order.appid, &message)?))
    })?;
    Ok(Recorded { id, push: inner.deliver(outgoing).await })
}

pub(super) async fn appeal(inner: &Inner, order: AppealOrder) -> Result<Recorded, VerbError> {
    let (id, outgoing) = inner.change(|world, now| {
        known(world, &order.appid)?;
        let number = 4_111_000 + world.number();
        let merchant = world.merchant(&order.appid);
        let wanted = &order.illegal_record_id;
        let Some(record) = merchant.illegal_records.iter().find(|it| it.id == *wanted).cloned()
        else {
            return Err(VerbError::new(format!("there is no punishment {wanted}")));
        };
        let of_record = |appeal: &&mut Appeal| appeal.record == record.id;
        let last = merchant.appeals.iter_mut().rfind(of_record);
        let open = last.filter(|appeal| appeal.status == AppealStatus::Running);
        let appeal = match (open, order.status) {
            (Some(_), AppealStatus::Running) => {
                return Err(VerbError::new("an appeal is open already"));
            }
            (None, AppealStatus::Running) => {
                let appeal = Appeal {
                    id: number,
                    record: record.id.clone(),
                    made: now,
                    reason: order.reason.clone(),
                    status: order.status,
                    decided: None,
                    decision: String::new(),
                };
                merchant.appeals.push(appeal.clone());
                appeal
            }
            (None, _) => return Err(VerbError::new("no appeal is open")),
            (Some(appeal), status) => {
                appeal.status = status;
                appeal.decided = Some(now);
                appeal.decision.clone_from(&order.reason);
                appeal.clone()
            }
        };
        let count = merchant.appeals.iter().filter(|it| it.record == record.id).count();
        let user_name = merchant.account.user_name.clone();
        let message = appeal_message(&user_name, &order.appid, &record, &appeal, count, now);
        Ok((appeal.id.to_string(), tell(world, now, &order.appid, &message)?))
    })?;
    Ok(Recorded { id, push: inner.deliver(outgoing).await })
}

fn appeal_message(
    user_name: &str,
    appid: &str,
    record: &IllegalRecord,
    appeal: &Appeal,
    count: usize,
    now: i64,
) -> String {
    let found = node("illegal_material", &[("content", &record.content), ("content_url", "")]);
    let said = node("appeal_material", &[("reason", &appeal.reason)]);
    let (id, made) = (appeal.id.to_string(), appeal.made.to_string());
    let (count, status) = (count.to_string(), (appeal.status as i64).to_string());
    let (now, decided) = (now.to_string(), appeal.decided.map(|time| time.to_string()));
    let mut elements = vec![
        ("ToUserName", user_name),
        ("FromUserName", REVIEWERS),
        ("CreateTime", &now),
        ("MsgType", "event"),
        ("Event", "wxa_appeal_record"),
        ("appeal_record_id", &id),
        ("appid", appid),
        ("appeal_time", &made),
        ("appeal_count", &count),
        ("appeal_from", "0"),
        ("appeal_status", &status),
    ];
    if let Some(decided) = &decided {
        elements.push(("audit_time", decided));
        elements.push(("audit_reason", &appeal.decision));
    }
    elements.push(("punish_description", &record.reason));
    xml_around(&elements, &format!("<material>{found}{said}</material>"))
}

/// A message for the mini program's message URL at the platform that it authorized.
fn tell(world: &mut World, now: i64, appid: &str, message: &str) -> Result<Outgoing, VerbError> {
    let grants = &world.merchant(appid).grants;
    let granted = grants.iter().find(|(_, grant)| grant.authorized).map(|(name, _)| name.clone());
    let component = component(world, granted.as_deref())?;
    let to = Target::Messages { appid: appid.to_owned() };
    Ok(compose(world, now, &component, &to, message, &Tweaks::default())?)
}
