//! What WeChat shows of a mini program, with the changes that are left.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wechat::{
    AppId,
    endpoint::{
        GetAccountBasicInfo, GetAccountBasicInfoResponse, GetWxaSearchStatus, HeadImageInfo,
        NicknameInfo, OwnCategory, SearchStatus, SignatureInfo, WxopenGetCategory,
        WxopenGetCategoryResponse,
    },
};

use super::{Category, Profiles};
use crate::call::CallError;

/// What WeChat showed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// When.
    pub seen_at: Timestamp,
    /// The name; empty where there is none yet.
    pub name: String,
    /// Its changes: in a calendar year.
    pub name_changes: Changes,
    /// The avatar's address; empty where there is none yet.
    pub avatar: String,
    /// Its changes: in a month.
    pub avatar_changes: Changes,
    /// The introduction; empty where there is none yet.
    pub introduction: String,
    /// Its changes: in a month.
    pub introduction_changes: Changes,
    /// The company or person that owns it.
    pub principal_name: String,
    /// 0 person, 1 company, 2 media, 3 government, 4 other.
    #[serde(default)]
    pub principal_type: Option<i64>,
    /// 1 done, 2 pending, 3 failed.
    #[serde(default)]
    pub realname_status: Option<i64>,
    /// Whether WeChat has verified the owner.
    #[serde(default)]
    pub verified: Option<bool>,
    /// Until when the yearly renewal of the verification must be done, in seconds.
    #[serde(default)]
    pub verification_due: Option<i64>,
    /// Whether it can be found by searching.
    #[serde(default)]
    pub searchable: Option<bool>,
    /// The categories with their reviews.
    pub categories: Vec<Category>,
    /// Additions of categories: in a month.
    pub category_changes: Changes,
    /// How many categories there may be.
    #[serde(default)]
    pub category_limit: Option<i64>,
}

/// How often something may be changed, as WeChat counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// Changes made in this period.
    #[serde(default)]
    pub used: Option<i64>,
    /// Changes allowed in a period.
    #[serde(default)]
    pub limit: Option<i64>,
}

impl Changes {
    /// Changes left in this period; none where WeChat does not tell.
    pub fn left(self) -> Option<i64> {
        Some((self.limit? - self.used?).max(0))
    }
}

impl Profiles {
    /// Asks WeChat for everything there is to see.
    pub(super) async fn ask(&self, component: &AppId, appid: &AppId) -> Result<Shown, CallError> {
        let (basic, search, categories) = tokio::try_join!(
            self.basic(component, appid),
            self.search_status(component, appid),
            self.own_categories(component, appid),
        )?;
        Ok(Shown::new(self.clock.now(), basic, search, categories))
    }

    pub(super) async fn basic(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<GetAccountBasicInfoResponse, CallError> {
        self.caller.merchant(component, appid, &GetAccountBasicInfo {}).await
    }

    pub(super) async fn search_status(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<SearchStatus, CallError> {
        Ok(self.caller.merchant(component, appid, &GetWxaSearchStatus {}).await?.status)
    }

    pub(super) async fn own_categories(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<WxopenGetCategoryResponse, CallError> {
        self.caller.merchant(component, appid, &WxopenGetCategory {}).await
    }
}

impl Shown {
    fn new(
        seen_at: Timestamp,
        basic: GetAccountBasicInfoResponse,
        search: SearchStatus,
        categories: WxopenGetCategoryResponse,
    ) -> Self {
        let (name, avatar, introduction) =
            (basic.nickname_info, basic.head_image_info, basic.signature_info);
        let verification = basic.wx_verify_info;
        Shown {
            seen_at,
            name_changes: name.as_ref().map(Changes::from).unwrap_or_default(),
            name: name.map(|it| it.nickname).unwrap_or_default(),
            avatar_changes: avatar.as_ref().map(Changes::from).unwrap_or_default(),
            avatar: avatar.map(|it| it.head_image_url).unwrap_or_default(),
            introduction_changes: introduction.as_ref().map(Changes::from).unwrap_or_default(),
            introduction: introduction.map(|it| it.signature).unwrap_or_default(),
            principal_name: basic.principal_name,
            principal_type: basic.principal_type,
            realname_status: basic.realname_status,
            verified: verification.as_ref().and_then(|it| it.qualification_verify),
            verification_due: verification.and_then(|it| it.annual_review_end_time),
            searchable: match search {
                SearchStatus::Searchable => Some(true),
                SearchStatus::Hidden => Some(false),
                _ => None,
            },
            category_changes: Changes::from(&categories),
            category_limit: categories.category_limit,
            categories: categories.categories.into_iter().map(Category::from).collect(),
        }
    }
}

impl From<&NicknameInfo> for Changes {
    fn from(name: &NicknameInfo) -> Self {
        Changes { used: name.modify_used_count, limit: name.modify_quota }
    }
}

impl From<&HeadImageInfo> for Changes {
    fn from(avatar: &HeadImageInfo) -> Self {
        Changes { used: avatar.modify_used_count, limit: avatar.modify_quota }
    }
}

impl From<&SignatureInfo> for Changes {
    fn from(introduction: &SignatureInfo) -> Self {
        Changes { used: introduction.modify_used_count, limit: introduction.modify_quota }
    }
}

impl From<&WxopenGetCategoryResponse> for Changes {
    fn from(categories: &WxopenGetCategoryResponse) -> Self {
        let limit = categories.limit;
        Changes { used: limit.zip(categories.quota).map(|(limit, left)| limit - left), limit }
    }
}

impl From<OwnCategory> for Category {
    fn from(own: OwnCategory) -> Self {
        Category {
            first: own.first,
            first_name: own.first_name,
            second: own.second,
            second_name: own.second_name,
            // An answer without it speaks of one that is in force.
            audit_status: own.audit_status.unwrap_or(3),
            reason: own.audit_reason.filter(|reason| !reason.is_empty()),
            decided_at: None,
        }
    }
}
