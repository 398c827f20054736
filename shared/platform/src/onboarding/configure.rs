//! The steps before code: authorization, domains, guideline, testers, categories. Each asks first
//! how things are, and changes only what is not as the plan has it.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use wechat::{AppId, endpoint::GetPrivacySettingResponse};

use super::{
    Onboardings,
    record::{Look, Onboarding, Outcome},
    step::Whom,
    trouble::{SELDOM, Trouble, failed, not_authorized, waits},
};
use crate::{
    mini_programs::MiniProgram,
    privacy::{Guideline, GuidelineVersion},
    profile::Category,
    text::Text,
};

/// Reviewers of categories take a day or two; and an event tells sooner.
const REVIEWERS: SignedDuration = SignedDuration::from_hours(2);

type Looked = Result<Outcome, Trouble>;

impl Onboardings {
    pub(super) async fn authorization(&self, component: &AppId, appid: &AppId) -> Looked {
        let account = self.mini_programs.find(component, appid).await?;
        let Some(account) = account.filter(MiniProgram::is_authorized) else {
            return Ok(not_authorized());
        };
        let account = match account.profile_refreshed_at {
            Some(_) => account,
            None => self.mini_programs.refresh_profile(component, appid).await?,
        };
        if !account.profile.is_mini_program {
            return Ok(failed(
                Whom::Operator,
                Text::fixed("这是公众号，不是小程序", "it is an official account"),
                Text::fixed("请中止它的上线流程", "stop its onboarding"),
            ));
        }
        let missing: Vec<String> =
            account.missing_permission_sets.iter().map(i64::to_string).collect();
        if missing.is_empty() {
            return Ok(Outcome::Done);
        }
        let missing = missing.join(", ");
        Ok(waits(
            Whom::Merchant,
            Text::new(
                format!("授权时没有授予权限集 {missing}"),
                format!("the permission sets {missing} were not granted"),
            ),
            Text::fixed(
                "请把授权链接发给小程序管理员重新授权，并勾选全部权限",
                "send the authorization link to the administrator, who authorizes again and ticks \
                 all permissions",
            ),
            Look::In(SELDOM),
        ))
    }

    pub(super) async fn server_domains(
        &self,
        component: &AppId,
        appid: &AppId,
        record: &Onboarding,
    ) -> Looked {
        let Some(part) = record.plan.server_domains.clone() else { return Ok(Outcome::Done) };
        self.domains.set_server(component, appid, part.domains, part.direct).await?;
        Ok(Outcome::Done)
    }

    pub(super) async fn business_domains(
        &self,
        component: &AppId,
        appid: &AppId,
        record: &Onboarding,
    ) -> Looked {
        let Some(part) = record.plan.business_domains.clone() else { return Ok(Outcome::Done) };
        if part.direct != Some(false) {
            // WeChat looks for it on each of them.
            self.domains.fetch_confirm_file(component, appid).await?;
        }
        self.domains.set_business(component, appid, part.domains, part.direct).await?;
        Ok(Outcome::Done)
    }

    pub(super) async fn guideline(
        &self,
        component: &AppId,
        appid: &AppId,
        record: &Onboarding,
    ) -> Looked {
        let Some(wanted) = &record.plan.privacy else { return Ok(Outcome::Done) };
        let version = GuidelineVersion::Development;
        let shown = self.privacy.guideline(component, appid, version).await?;
        if !is_shown(wanted, &shown) {
            self.privacy.write_guideline(component, appid, version, wanted).await?;
        }
        Ok(Outcome::Done)
    }

    pub(super) async fn bind_testers(
        &self,
        component: &AppId,
        appid: &AppId,
        record: &Onboarding,
    ) -> Looked {
        let Some(wanted) = record.plan.testers.as_ref().filter(|wanted| !wanted.is_empty()) else {
            return Ok(Outcome::Done);
        };
        let bound = self.testers.list(component, appid).await?;
        let bound: BTreeSet<&str> =
            bound.iter().filter_map(|tester| tester.wechat_id.as_deref()).collect();
        for wechat_id in wanted.iter().filter(|wanted| !bound.contains(wanted.trim())) {
            self.testers.bind(component, appid, wechat_id).await?;
        }
        Ok(Outcome::Done)
    }

    pub(super) async fn categories(
        &self,
        component: &AppId,
        appid: &AppId,
        record: &Onboarding,
    ) -> Looked {
        let Some(part) = &record.plan.categories else { return Ok(Outcome::Done) };
        let reason = part.reason.as_deref();
        let profiles = &self.profiles;
        let shown = profiles.add_categories(component, appid, &part.categories, reason).await?;
        let wanted = |category: &&Category| {
            let numbers = (category.first, category.second);
            part.categories.iter().any(|order| (order.first, order.second) == numbers)
        };
        let ours: Vec<&Category> = shown.categories.iter().filter(wanted).collect();
        if let Some(rejected) = ours.iter().find(|category| category.is_rejected()) {
            let reason = rejected.reason.as_deref().unwrap_or_default();
            let (first, second) = (&rejected.first_name, &rejected.second_name);
            return Ok(failed(
                Whom::Operator,
                Text::new(
                    format!("类目 {first}-{second} 审核未通过：{reason}"),
                    format!("the category {first}-{second} was rejected: {reason}"),
                ),
                Text::fixed(
                    "请为该类目重新提交材料，通过后自动继续",
                    "show other documents for it; it goes on by itself when it is approved",
                ),
            ));
        }
        if ours.iter().any(|category| category.is_in_review()) {
            return Ok(waits(
                Whom::WeChat,
                Text::fixed("类目正在审核", "WeChat reviews the categories"),
                Text::fixed(
                    "请等待，通常需要 1–3 个工作日",
                    "wait, as a rule up to three working days",
                ),
                Look::In(REVIEWERS),
            ));
        }
        Ok(Outcome::Done)
    }
}

/// Whether WeChat shows this guideline already. It does not show what SDKs use.
fn is_shown(wanted: &Guideline, shown: &GetPrivacySettingResponse) -> bool {
    let Some(owner) = &shown.owner_setting else { return false };
    let same = |wanted: &Option<String>, shown: &Option<String>| {
        wanted.as_deref().unwrap_or_default() == shown.as_deref().unwrap_or_default()
    };
    let days = wanted.owner.days_kept.map(|days| format!("{days}天"));
    let stated: BTreeSet<(&str, &str)> =
        shown.setting_list.iter().map(|it| (&*it.privacy_key, &*it.privacy_text)).collect();
    let to_state: BTreeSet<(&str, &str)> =
        wanted.statements.iter().map(|it| (it.key.trim(), it.purpose.trim())).collect();
    wanted.sdks.is_empty()
        && stated == to_state
        && same(&wanted.owner.email, &owner.contact_email)
        && same(&wanted.owner.phone, &owner.contact_phone)
        && same(&wanted.owner.qq, &owner.contact_qq)
        && same(&wanted.owner.wechat_id, &owner.contact_weixin)
        && same(&Some(wanted.owner.notice_method.clone()), &owner.notice_method)
        && same(&days, &owner.store_expire_timestamp)
        && same(&wanted.owner.file, &owner.ext_file_media_id)
        && same(&wanted.owner.region, &owner.store_region)
}
