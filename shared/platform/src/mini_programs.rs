//! What is known of each merchant's account: its profile as WeChat showed it last, what it grants,
//! and whether the authorization stands. Lists answer from our own table and never ask WeChat.
//!
//! An account whose authorization is withdrawn keeps its record: a tombstone, never a gap.

mod labels;
mod row;

use std::sync::Arc;

use aws_sdk_dynamodb::types::{AttributeValue, Update};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wechat::{
    AppId,
    endpoint::{ApiGetAuthorizerInfo, ApiGetAuthorizerInfoResponse, AuthorizerInfo, CategoryNames},
};

pub use labels::{LabelError, MAX_TAGS, Tagged, Variables, check_tag, check_variables};
pub(crate) use row::{Change, Row, partition};

use crate::{
    attention::Attention,
    call::{CallError, Caller},
    clock::Clock,
    outbox::Outbox,
    storage::{StorageError, Table},
};

/// The permission sets that the platform works with: accounts (17), code, domains and testers
/// (18), basic information (30).
pub const NEEDED_PERMISSION_SETS: [i64; 3] = [17, 18, 30];
/// The permission set without which no code can be uploaded.
pub const CODE_PERMISSION_SET: i64 = 18;
/// Rows a page of a list, at most.
pub const MAX_PAGE: usize = 200;

/// How often a write is tried that somebody else's came before.
const ATTEMPTS: usize = 4;

/// One merchant's account.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MiniProgram {
    /// The component that it authorized.
    pub component: AppId,
    /// The account.
    pub appid: AppId,
    /// The profile; empty until WeChat was asked for the first time.
    #[serde(flatten)]
    pub profile: Profile,
    /// The permission sets that it granted, by number.
    pub permission_sets: Vec<i64>,
    /// Those of [`NEEDED_PERMISSION_SETS`] that it did not grant.
    pub missing_permission_sets: Vec<i64>,
    /// Whether the authorization stands.
    pub authorization: Authorization,
    /// Goes up by one with every change.
    pub version: u64,
    /// When the profile was read from WeChat.
    pub profile_refreshed_at: Option<Timestamp>,
    /// What operators sort it by.
    pub tags: Vec<String>,
    /// What the merchant's settings (`ext_json`) are filled in with.
    pub variables: Variables,
}

/// An account's profile, as `api_get_authorizer_info` shows it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// The original id, `gh_…`.
    #[serde(default)]
    pub user_name: String,
    /// The name that users see; empty for an account that has none yet.
    #[serde(default)]
    pub nick_name: String,
    /// The company or person that owns the account.
    #[serde(default)]
    pub principal_name: String,
    /// The address of the avatar.
    #[serde(default)]
    pub head_img: Option<String>,
    /// The introduction.
    #[serde(default)]
    pub signature: Option<String>,
    /// The address of the account's QR code.
    #[serde(default)]
    pub qrcode_url: Option<String>,
    /// Whether it is a mini program, and not an official account.
    #[serde(default)]
    pub is_mini_program: bool,
    /// 0 ordinary mini program, 4 game, 10 shop, 12 trial mini program, …
    #[serde(default)]
    pub service_type: Option<i64>,
    /// −1 not verified, 0 verified by WeChat, …
    #[serde(default)]
    pub verify_type: Option<i64>,
    /// 0 normal, 2 by official account, 6 enterprise face scan, 13 trial, …
    #[serde(default)]
    pub register_type: Option<i64>,
    /// 1 normal, 14 cancelled, 16 banned, 18 warned, 19 frozen.
    #[serde(default)]
    pub account_status: Option<i64>,
    /// The categories by name.
    #[serde(default)]
    pub categories: Vec<CategoryNames>,
}

/// Whether the authorization stands, and since when by WeChat's clock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Authorization {
    /// Whether it stands.
    pub state: AuthorizationState,
    /// The `CreateTime` of what made it so, in seconds; what is older changes nothing any more.
    pub order: i64,
    /// The order is not yet WeChat's `CreateTime` but the time at which the code was exchanged,
    /// which is a little later.
    #[serde(default)]
    pub provisional: bool,
    /// When it was last granted.
    #[serde(default)]
    pub authorized_at: Option<Timestamp>,
    /// When it was last withdrawn.
    #[serde(default)]
    pub unauthorized_at: Option<Timestamp>,
}

/// See [`Authorization`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuthorizationState {
    /// The platform may act for the account.
    Authorized,
    /// The merchant withdrew.
    Unauthorized,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Page {
    /// The accounts, in the order of their appids.
    pub items: Vec<MiniProgram>,
    /// Where the next page begins; none on the last.
    pub next: Option<String>,
}

/// Why a record cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum MiniProgramError {
    /// Storage failed; try again.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// WeChat did not show the profile.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The cursor is not one that a list gave.
    #[error("cursor is malformed; begin the list again without one")]
    Cursor,
    /// The account never authorized this component, or has withdrawn.
    #[error("{0} is not authorized; send it the authorization link")]
    NotAuthorized(AppId),
    /// The record changed again and again while WeChat was asked; try again.
    #[error("record of {0} is being changed by somebody else; try again")]
    Busy(AppId),
}

impl MiniProgramError {
    /// The account has withdrawn: nobody can ask about it.
    pub fn is_gone(&self) -> bool {
        match self {
            MiniProgramError::NotAuthorized(_) => true,
            MiniProgramError::Call(error) => error.is_gone(),
            _ => false,
        }
    }
}

/// The records of merchants' accounts. Cheap to clone.
#[derive(Clone)]
pub struct MiniPrograms {
    /// The table `fleet`.
    pub table: Table,
    /// WeChat, with tokens.
    pub caller: Caller,
    /// Events on their way out.
    pub outbox: Outbox,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl MiniPrograms {
    /// The accounts of a component, a page at a time: those after `cursor`, which the page before
    /// gave. `limit` is at most [`MAX_PAGE`].
    pub async fn list(
        &self,
        component: &AppId,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Page, MiniProgramError> {
        let after = cursor.map(read_cursor).transpose()?;
        let limit = limit.clamp(1, MAX_PAGE) as i32;
        let pk = row::partition(component);
        let after = after.as_ref().map(AppId::as_str);
        let (rows, next) = self.table.page::<Row>(&pk, "", after, limit).await?;
        Ok(Page {
            items: rows.into_iter().map(MiniProgram::from).collect(),
            next: next.map(write_cursor),
        })
    }

    /// One account, authorized or not.
    pub async fn find(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Option<MiniProgram>, StorageError> {
        Ok(self.row(component, appid).await?.map(MiniProgram::from))
    }

    /// Reads the profile from WeChat and keeps it, if the authorization is still the same
    /// afterwards. Safe to repeat.
    pub async fn refresh_profile(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<MiniProgram, MiniProgramError> {
        for _ in 0..ATTEMPTS {
            let row = self.row(component, appid).await?;
            let row = row
                .filter(|row| row.authorization.state == AuthorizationState::Authorized)
                .ok_or_else(|| MiniProgramError::NotAuthorized(appid.clone()))?;
            let shown = self.ask(component, appid).await?;
            if let Some(row) = self.keep_profile(row, &shown).await? {
                return Ok(row.into());
            }
        }
        Err(MiniProgramError::Busy(appid.clone()))
    }

    /// What WeChat shows of an account at the moment.
    pub(crate) async fn ask(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<ApiGetAuthorizerInfoResponse, CallError> {
        let request = ApiGetAuthorizerInfo {
            component_appid: component.as_str(),
            authorizer_appid: appid.as_str(),
        };
        self.caller.component(component, &request).await
    }

    /// The records of a component, a page at a time: those after `after` (an appid), and where the
    /// next page begins.
    pub(crate) async fn rows(
        &self,
        component: &AppId,
        after: Option<&str>,
        limit: i32,
    ) -> Result<(Vec<Row>, Option<String>), StorageError> {
        self.table.page(&row::partition(component), "", after, limit).await
    }

    pub(crate) async fn row(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Option<Row>, StorageError> {
        self.table.read(&row::partition(component), appid.as_str()).await
    }

    /// The row as it is now, or nothing if it was changed since it was read.
    pub(crate) async fn keep_profile(
        &self,
        row: Row,
        shown: &ApiGetAuthorizerInfoResponse,
    ) -> Result<Option<Row>, StorageError> {
        let value = |error: serde_dynamo::Error| self.table.error("write", error.to_string());
        let profile = Profile::from(&shown.authorizer_info);
        let item = AttributeValue::M(self.table.item(&profile)?);
        let now = self.clock.now();
        let sets = shown.authorization_info.permission_sets();
        let update = Update::builder()
            .update_expression(
                "SET profile = :profile, permission_sets = :sets, profile_refreshed_at = :now, \
                 version = :next",
            )
            .expression_attribute_values(":profile", item)
            .expression_attribute_values(
                ":sets",
                serde_dynamo::to_attribute_value(&sets).map_err(value)?,
            )
            .expression_attribute_values(
                ":now",
                serde_dynamo::to_attribute_value(now).map_err(value)?,
            );
        // Before the row, by which the next one sees whether this was done.
        if missing_permission_sets(&sets) != missing_permission_sets(&row.permission_sets) {
            let attention = Attention { table: self.table.clone() };
            let mark = attention.permissions(&row.component, &row.sk, &sets, now)?;
            self.table.transact(vec![mark]).await?;
        }
        if !self.write(&row, update, &[]).await? {
            return Ok(None);
        }
        Ok(Some(Row {
            version: row.version + 1,
            profile: Some(profile),
            permission_sets: sets,
            profile_refreshed_at: Some(now),
            ..row
        }))
    }
}

/// The needed permission sets that are not among `granted`.
pub fn missing_permission_sets(granted: &[i64]) -> Vec<i64> {
    NEEDED_PERMISSION_SETS.into_iter().filter(|needed| !granted.contains(needed)).collect()
}

pub(crate) fn write_cursor(appid: String) -> String {
    URL_SAFE_NO_PAD.encode(appid)
}

pub(crate) fn read_cursor(cursor: &str) -> Result<AppId, MiniProgramError> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| MiniProgramError::Cursor)?;
    let text = String::from_utf8(bytes).map_err(|_| MiniProgramError::Cursor)?;
    text.parse().map_err(|_| MiniProgramError::Cursor)
}

impl MiniProgram {
    /// The platform may act for it.
    pub fn is_authorized(&self) -> bool {
        self.authorization.state == AuthorizationState::Authorized
    }
}

impl From<&AuthorizerInfo> for Profile {
    fn from(info: &AuthorizerInfo) -> Self {
        let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let mini_program = info.mini_program_info.as_ref();
        Profile {
            user_name: info.user_name.clone(),
            nick_name: info.nick_name.clone(),
            principal_name: info.principal_name.clone(),
            head_img: filled(&info.head_img),
            signature: filled(&info.signature),
            qrcode_url: filled(&info.qrcode_url),
            is_mini_program: mini_program.is_some(),
            service_type: info.service_type_info.as_ref().map(|kind| kind.id),
            verify_type: info.verify_type_info.as_ref().map(|kind| kind.id),
            register_type: info.register_type,
            account_status: info.account_status,
            categories: mini_program.map(|info| info.categories.clone()).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_that_no_list_gave_is_refused() {
        for wrong in ["", "%", "AAAA", &URL_SAFE_NO_PAD.encode("a b")] {
            assert!(matches!(read_cursor(wrong), Err(MiniProgramError::Cursor)), "{wrong}");
        }
        let right = URL_SAFE_NO_PAD.encode("wx0000000000000001");
        assert_eq!(read_cursor(&right).unwrap().as_str(), "wx0000000000000001");
    }

    #[test]
    fn permission_sets_that_are_needed_and_not_granted_are_named() {
        assert_eq!(missing_permission_sets(&[1, 18, 25]), [17, 30]);
        assert!(missing_permission_sets(&[30, 17, 18, 4]).is_empty());
    }
}
