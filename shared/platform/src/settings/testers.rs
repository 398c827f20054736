//! People who may use the trial version before it is reviewed. WeChat lists them by a string that
//! only the answer to `bind_tester` connects with a WeChat id: it is kept here.

use std::{collections::BTreeMap, sync::Arc};

use serde::Deserialize;
use wechat::{
    AppId,
    endpoint::{BindTester, MemberAuth, UnbindTester},
};

use super::{SettingsError, tell_changed};
use crate::{
    call::Caller,
    clock::Clock,
    fault::Faults,
    outbox::Outbox,
    storage::{StorageError, Table, number, text},
    text::Text,
};

/// Rows that one query reads. A mini program has far fewer testers than ten of these.
const ROWS: i32 = 200;
/// A WeChat id or a phone number is never longer.
const LONGEST_ID: usize = 64;

/// Testers of every mini program. Cheap to clone.
#[derive(Clone)]
pub struct Testers {
    /// How WeChat is called.
    pub caller: Caller,
    /// The table `fleet`.
    pub table: Table,
    /// Events on their way out.
    pub outbox: Outbox,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// Somebody who may use the trial version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tester {
    /// What WeChat calls this person to us; none where the person was bound elsewhere and WeChat
    /// does not tell who it is.
    pub user_str: Option<String>,
    /// The WeChat id; none where the person was bound elsewhere.
    pub wechat_id: Option<String>,
    /// When the person was bound through this platform, in seconds.
    pub bound_at: Option<i64>,
}

#[derive(Deserialize)]
struct Row {
    sk: String,
    wechat_id: String,
    bound_at: i64,
}

impl Testers {
    /// The WeChat id as WeChat takes it, or why it cannot be one.
    pub fn check(wechat_id: &str) -> Result<&str, Text> {
        let wechat_id = wechat_id.trim();
        let sound = |byte: u8| byte.is_ascii_graphic();
        if wechat_id.is_empty() || wechat_id.len() > LONGEST_ID || !wechat_id.bytes().all(sound) {
            return Err(Text::fixed(
                "请填写微信号（不是昵称），由字母、数字、下划线或减号组成",
                "a WeChat id is wanted (not a nickname): letters, digits, '_' or '-'",
            ));
        }
        Ok(wechat_id)
    }

    /// The testers as WeChat lists them; the administrator is always one and not among them.
    pub async fn list(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Vec<Tester>, SettingsError> {
        let answer = self.caller.merchant(component, appid, &MemberAuth {}).await?;
        let mut known = self.known(component, appid).await?;
        let testers = answer.members.into_iter().filter(|member| !member.userstr.is_empty());
        Ok(testers
            .map(|member| match known.remove(&member.userstr) {
                Some(tester) => tester,
                None => Tester { user_str: Some(member.userstr), wechat_id: None, bound_at: None },
            })
            .collect())
    }

    /// Lets a person use the trial version. Somebody who may already stays so.
    pub async fn bind(
        &self,
        component: &AppId,
        appid: &AppId,
        wechat_id: &str,
    ) -> Result<Tester, SettingsError> {
        let wechat_id = Testers::check(wechat_id)
            .map_err(|why| SettingsError::Invalid(Faults::one("/wechat_id", why)))?;
        let answer =
            self.caller.merchant(component, appid, &BindTester { wechatid: wechat_id }).await;
        let user_str = match answer {
            Ok(answer) => {
                tell_changed(&self.outbox, component, appid, "tester-added").await;
                answer.userstr
            }
            Err(error) if error.errcode() == Some(85004) => {
                self.identify(component, appid, wechat_id).await?
            }
            Err(error) => return Err(error.into()),
        };
        let Some(user_str) = user_str else {
            let wechat_id = Some(wechat_id.to_owned());
            return Ok(Tester { user_str: None, wechat_id, bound_at: None });
        };
        let bound_at = self.keep(component, appid, &user_str, wechat_id).await?;
        Ok(Tester {
            user_str: Some(user_str),
            wechat_id: Some(wechat_id.to_owned()),
            bound_at: Some(bound_at),
        })
    }

    /// Takes the trial version away from a person.
    pub async fn unbind(
        &self,
        component: &AppId,
        appid: &AppId,
        user_str: &str,
    ) -> Result<(), SettingsError> {
        if user_str.is_empty() || user_str.len() > 256 {
            return Err(SettingsError::invalid(
                "user_str",
                "请使用列表中的 user_str",
                "use a user_str of the list",
            ));
        }
        self.caller.merchant(component, appid, &UnbindTester::UserStr(user_str)).await?;
        tell_changed(&self.outbox, component, appid, "tester-removed").await;
        Ok(self.table.delete(&partition(component, appid), &row(user_str)).await?)
    }

    /// The string of a person who is bound already: known here, or the only one who is not.
    async fn identify(
        &self,
        component: &AppId,
        appid: &AppId,
        wechat_id: &str,
    ) -> Result<Option<String>, SettingsError> {
        let mut strangers = Vec::new();
        for tester in self.list(component, appid).await? {
            match &tester.wechat_id {
                Some(known) if known == wechat_id => return Ok(tester.user_str),
                Some(_) => {}
                None => strangers.extend(tester.user_str),
            }
        }
        Ok(strangers.pop().filter(|_| strangers.is_empty()))
    }

    async fn keep(
        &self,
        component: &AppId,
        appid: &AppId,
        user_str: &str,
        wechat_id: &str,
    ) -> Result<i64, StorageError> {
        let now = self.clock.now().as_second();
        let update = self
            .table
            .update(&partition(component, appid), &row(user_str))
            .update_expression(
                "SET wechat_id = :wechat_id, bound_at = if_not_exists(bound_at, :now)",
            )
            .expression_attribute_values(":wechat_id", text(wechat_id))
            .expression_attribute_values(":now", number(now));
        self.table.apply(update).await?;
        Ok(now)
    }

    async fn known(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<BTreeMap<String, Tester>, StorageError> {
        let mut known = BTreeMap::new();
        let mut after = None;
        loop {
            let (rows, next): (Vec<Row>, _) = self
                .table
                .page(&partition(component, appid), "tester#", after.as_deref(), ROWS)
                .await?;
            known.extend(rows.into_iter().map(|row| {
                let user_str = row.sk.trim_start_matches("tester#").to_owned();
                let tester = Tester {
                    user_str: Some(user_str.clone()),
                    wechat_id: Some(row.wechat_id),
                    bound_at: Some(row.bound_at),
                };
                (user_str, tester)
            }));
            match next {
                Some(next) => after = Some(next),
                None => return Ok(known),
            }
        }
    }
}

fn partition(component: &AppId, appid: &AppId) -> String {
    format!("app#{component}#{appid}")
}

fn row(user_str: &str) -> String {
    format!("tester#{user_str}")
}
