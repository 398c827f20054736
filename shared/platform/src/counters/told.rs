//! WeChat's own numbers, where it tells them.

use wechat::{
    AppId,
    endpoint::{GetAccountBasicInfoResponse, QueryQuotaResponse, WxopenGetCategoryResponse},
};

use super::{Counted, Counters, Told};
use crate::{storage::StorageError, tokens::Subject};

impl Counters {
    /// Takes over what `queryquota` says: the component's reviews of this month.
    pub async fn reviews_told(
        &self,
        component: &AppId,
        quota: &QueryQuotaResponse,
    ) -> Result<(), StorageError> {
        let whose = Subject::Component(component.clone());
        let reviews = told(Some(quota.limit), Some(quota.limit - quota.rest));
        let rest = quota.speedup_rest.zip(quota.speedup_limit);
        let speed_ups = told(quota.speedup_limit, rest.map(|(rest, limit)| limit - rest));
        self.told_if_any(&whose, Counted::Reviews, reviews).await?;
        self.told_if_any(&whose, Counted::SpeedUps, speed_ups).await
    }

    /// Takes over what `getaccountbasicinfo` says: changes of name, avatar and introduction.
    pub async fn account_told(
        &self,
        whose: &Subject,
        account: &GetAccountBasicInfoResponse,
    ) -> Result<(), StorageError> {
        let name = account.nickname_info.as_ref();
        let avatar = account.head_image_info.as_ref();
        let introduction = account.signature_info.as_ref();
        for (counted, numbers) in [
            (Counted::Names, name.and_then(|it| told(it.modify_quota, it.modify_used_count))),
            (Counted::Avatars, avatar.and_then(|it| told(it.modify_quota, it.modify_used_count))),
            (
                Counted::Introductions,
                introduction.and_then(|it| told(it.modify_quota, it.modify_used_count)),
            ),
        ] {
            self.told_if_any(whose, counted, numbers).await?;
        }
        Ok(())
    }

    /// Takes over what `getcategory` says: additions of categories.
    pub async fn categories_told(
        &self,
        whose: &Subject,
        categories: &WxopenGetCategoryResponse,
    ) -> Result<(), StorageError> {
        let left = categories.limit.zip(categories.quota);
        let numbers = told(categories.limit, left.map(|(limit, left)| limit - left));
        self.told_if_any(whose, Counted::Categories, numbers).await
    }

    async fn told_if_any(
        &self,
        whose: &Subject,
        counted: Counted,
        numbers: Option<Told>,
    ) -> Result<(), StorageError> {
        match numbers {
            Some(numbers) => self.told(whose, counted, numbers).await,
            None => Ok(()),
        }
    }
}

/// Numbers that can be right; WeChat leaves them out, or tells zero of zero, where it does not
/// count.
fn told(most: Option<i64>, used: Option<i64>) -> Option<Told> {
    let (most, used) = most.zip(used)?;
    (most > 0 && used >= 0).then_some(Told { used, most })
}
