//! Erasure: what is kept of a merchant who has withdrawn is deleted on request, in portions, and what
//! stays is said with its reason. Every step may be repeated: what is gone is gone.
//!
//! A merchant who comes back meanwhile wins. What stands under the merchant's own name is deleted, and the
//! end is written down, only in transactions that the account has to be withdrawn for; before each portion of
//! the rest it is looked whether it is.

mod writes;

use std::{collections::BTreeMap, sync::Arc};

use aws_sdk_dynamodb::types::{Put, TransactWriteItem, Update};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use wechat::AppId;

use self::writes::Named;
use crate::{
    attention::Need,
    clock::Clock,
    inbox::{Inbox, State},
    mini_programs::MiniPrograms,
    onboarding::Onboarding,
    payment::{PaymentError, Payments},
    records::{Kept, rows},
    registrations::Registrations,
    storage::{Place, StorageError, Table, text},
    text::Text,
    timeline, witness,
};

/// How often a write is tried that somebody else's came before.
const ATTEMPTS: usize = 4;

/// Erasures. Cheap to clone.
#[derive(Clone)]
pub struct Erasures {
    /// The table `fleet`.
    pub table: Table,
    /// What WeChat pushed.
    pub inbox: Inbox,
    /// Whom it is about.
    pub mini_programs: MiniPrograms,
    /// What their payments need.
    pub payments: Payments,
    /// How they came about.
    pub registrations: Registrations,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// How an erasure stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// The id of the key that ordered it.
    pub by: String,
    /// When it was ordered.
    pub began_at: Timestamp,
    /// When everything was gone; none while it goes on.
    #[serde(default)]
    pub finished_at: Option<Timestamp>,
    /// How many items were deleted, by what they were.
    #[serde(default)]
    pub deleted: BTreeMap<String, u64>,
    /// The order of the withdrawal that it follows; after another one it begins anew.
    #[serde(default)]
    withdrawal: i64,
    /// How far the inbox was looked through.
    #[serde(default)]
    inbox: Look,
}

/// A place in the inbox: one of [`LOOKED_THROUGH`], and where in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Look {
    state: usize,
    #[serde(default)]
    after: Option<Place>,
}

/// Why nothing, or not everything, was erased.
#[derive(Debug, thiserror::Error)]
pub enum ErasureError {
    /// It never authorized this platform: there is nothing of it here.
    #[error("nothing is kept of {0}")]
    Unknown(AppId),
    /// It is authorized: what is here is needed.
    #[error("{0} is authorized; its data can be erased when it has withdrawn")]
    Authorized(AppId),
    /// The payment settings were not removed.
    #[error(transparent)]
    Payment(#[from] PaymentError),
    /// Storage failed; go on later.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Pushes that are looked through. What is still to be worked off is not touched; when it is, erasing
/// once more finds it.
const LOOKED_THROUGH: [State; 2] = [State::Done, State::Dead];

/// What stays, and why.
pub const STAYS: [(&str, Text); 6] = [
    (
        "audit-log",
        Text::fixed(
            "操作记录不可更改，须能证明谁做过什么；其中不含密码、密钥和个人身份信息",
            "the audit log is immutable and shows who did what; it holds no secret, and hides what \
             identifies persons",
        ),
    ),
    (
        "tombstone",
        Text::fixed(
            "AppID、授权与取消授权的时间：防止迟到的旧事件恢复授权",
            "appid and the times of authorization and withdrawal, so that no late event brings the \
             authorization back",
        ),
    ),
    (
        "counters",
        Text::fixed("微信计次的用量，只有数字", "what WeChat counts, which is numbers alone"),
    ),
    (
        "rollouts",
        Text::fixed(
            "批量发布中的目标：AppID、版本和结果",
            "targets of rollouts: appid, version and outcome",
        ),
    ),
    (
        "expiring",
        Text::fixed(
            "自动过期的内容：投递记录 30 天、名册分片 14 天、幂等应答和上传 1 天；尚未处理的推送处理后 30 天内",
            "what expires by itself: deliveries after 30 days, chunks of the roster after 14, answers \
             kept for repetition and uploads after one; pushes that are not worked off yet within 30",
        ),
    ),
    (
        "backups",
        Text::fixed(
            "时间点恢复的备份，最长 35 天",
            "backups for point-in-time recovery, for 35 days at most",
        ),
    ),
];

impl Erasures {
    /// How the erasure of a merchant stands, if one was ordered.
    pub async fn find(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Option<Erasure>, StorageError> {
        self.table.read(&partition(component, appid), ROW).await
    }

    /// Erases, beginning nothing new after `time`; `by` is the id of the operator's key. Where it is not
    /// finished, the next call goes on.
    ///
    /// # Errors
    /// What was deleted before is gone.
    pub async fn advance(
        &self,
        by: &str,
        component: &AppId,
        appid: &AppId,
        time: Instant,
    ) -> Result<Erasure, ErasureError> {
        // The audit log is told how much was deleted, and nothing of what it was.
        let erasure = witness::unseen(self.erase(by, component, appid, time)).await?;
        witness::report("erasure", None::<&Erasure>, Some(&erasure.deleted));
        Ok(erasure)
    }

    async fn erase(
        &self,
        by: &str,
        component: &AppId,
        appid: &AppId,
        time: Instant,
    ) -> Result<Erasure, ErasureError> {
        let withdrawal = self.withdrawn(component, appid).await?.authorization.order;
        let under_way = self.find(component, appid).await?;
        let under_way =
            under_way.filter(|it| it.finished_at.is_none() && it.withdrawal == withdrawal);
        let mut erasure = under_way.unwrap_or_else(|| Erasure {
            by: by.to_owned(),
            began_at: self.clock.now(),
            finished_at: None,
            deleted: BTreeMap::new(),
            withdrawal,
            inbox: Look::default(),
        });
        self.keep(component, appid, &erasure).await?;
        self.withdrawn(component, appid).await?;
        self.payments.remove(by, component, appid).await?;
        self.strip_account(component, appid).await?;
        let rest = self.delete_what_is_its(component, appid, &mut erasure).await?;
        self.keep(component, appid, &erasure).await?;
        if !rest {
            return Ok(erasure);
        }
        while Instant::now() < time {
            let Some(state) = LOOKED_THROUGH.get(erasure.inbox.state) else {
                erasure.finished_at = Some(self.clock.now());
                break;
            };
            self.withdrawn(component, appid).await?;
            let after = erasure.inbox.after.take();
            let (deleted, next) = self.inbox.forget(component, appid, *state, after).await?;
            erasure.count("pushes", deleted);
            erasure.inbox = match next {
                Some(next) => Look { state: erasure.inbox.state, after: Some(next) },
                None => Look { state: erasure.inbox.state + 1, after: None },
            };
        }
        self.keep(component, appid, &erasure).await?;
        Ok(erasure)
    }

    /// Everything that stands under its own name. False if some of it has to be told to others first.
    async fn delete_what_is_its(
        &self,
        component: &AppId,
        appid: &AppId,
        erasure: &mut Erasure,
    ) -> Result<bool, ErasureError> {
        // Of payment settings their version is left, so that a receiver of events never sees it go back.
        let stays = [ROW, "payment"];
        let pk = partition(component, appid);
        let goes = |item: &Named| !stays.contains(&item.sk.as_str());
        let deleted = self.delete_all(component, appid, &pk, goes).await?;
        erasure.count("records", deleted);
        let mut marks = vec![self.deletion(&rows(Onboarding::NAME, component), appid.as_str())?];
        for need in Need::ALL {
            marks.push(self.attention().unmark(component, appid, need)?);
        }
        self.write(component, appid, &marks).await?;
        self.withdrawn(component, appid).await?;
        let registrations = self.registrations.forget(component, appid).await?;
        erasure.count("registrations", registrations);
        let pk = timeline::partition(component, appid);
        // What is not on the bus yet is told first.
        let goes = |item: &Named| item.due_shard.is_none();
        let deleted = self.delete_all(component, appid, &pk, goes).await?;
        erasure.count("events", deleted);
        let (left, _): (Vec<Named>, _) = self.table.page(&pk, "", None, 1).await?;
        Ok(left.is_empty())
    }

    /// What is left of the account is a tombstone.
    async fn strip_account(&self, component: &AppId, appid: &AppId) -> Result<(), ErasureError> {
        for _ in 0..ATTEMPTS {
            let row = self.withdrawn(component, appid).await?;
            if row.profile.is_none() && row.tags.is_empty() && row.variables.is_empty() {
                return Ok(());
            }
            let update = Update::builder().update_expression(
                "SET version = :next REMOVE profile, profile_refreshed_at, tags, #variables, #grant",
            );
            let update = update
                .expression_attribute_names("#variables", "variables")
                .expression_attribute_names("#grant", "grant");
            if self.mini_programs.write(&row, update, &[]).await? {
                return Ok(());
            }
        }
        Err(self.table.error("erase an account", crate::storage::BUSY).into())
    }

    fn attention(&self) -> crate::attention::Attention {
        crate::attention::Attention { table: self.table.clone() }
    }

    /// Writes down how far it is.
    async fn keep(
        &self,
        component: &AppId,
        appid: &AppId,
        erasure: &Erasure,
    ) -> Result<(), ErasureError> {
        let mut item = self.table.item(erasure)?;
        item.extend([
            ("pk".to_owned(), text(partition(component, appid))),
            ("sk".to_owned(), text(ROW)),
        ]);
        let put = Put::builder()
            .table_name(self.table.name())
            .set_item(Some(item))
            .build()
            .map_err(|error| self.table.error("build a transaction", error.to_string()))?;
        self.write(component, appid, &[TransactWriteItem::builder().put(put).build()]).await
    }
}

impl Erasure {
    fn count(&mut self, what: &str, deleted: u64) {
        if deleted > 0 {
            *self.deleted.entry(what.to_owned()).or_default() += deleted;
        }
    }
}

const ROW: &str = "erasure";

/// Where everything about one mini program is.
fn partition(component: &AppId, appid: &AppId) -> String {
    format!("app#{component}#{appid}")
}
