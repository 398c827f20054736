//! Checks of the code and of reviews: an answer of WeChat in, a finding out.

use wechat::endpoint::{
    AuditStatus, GetCodePrivacyInfoResponse, GetEffectiveDomainResponse,
    GetLatestAuditStatusResponse, GetOrderPathInfoResponse, GetVersionInfoResponse,
    OrderPathStatus, QueryQuotaResponse,
};

use super::{Answer, Check};
use crate::{
    releases::{ReviewState, Standing, verdict},
    text::Text,
};

/// `get_latest_auditstatus`: there was never a review.
const NO_REVIEW: i64 = 85_058;
/// `get_code_privacy_info`: it still runs; it found something that is not declared or granted.
const DETECTING: i64 = 61_039;
const UNDECLARED: i64 = 61_040;
/// `getorderpathinfo`: no page was set.
const NO_ORDER_PATH: i64 = 61_041;
/// So few reviews left for a whole platform are worth a word.
const FEW: i64 = 5;

pub(super) fn domains(answer: &Answer<GetEffectiveDomainResponse>) -> Check {
    let what = ("server-domains", Text::fixed("服务器域名", "the server domains"));
    match answer {
        Err(error) => Check::unanswered(what, error),
        Ok(answer) if !answer.effective_domain.requestdomain.is_empty() => Check::pass(what),
        Ok(_) => Check::warn(
            what,
            Text::fixed("没有生效的 request 合法域名", "no request domain is in force"),
            Text::fixed(
                "如果小程序需要访问服务器，请先设置服务器域名",
                "set the server domains if the mini program talks to a server",
            ),
        ),
    }
}

pub(super) fn trial(standing: &Standing, answer: &Answer<GetVersionInfoResponse>) -> Check {
    let what = (
        "trial",
        Text::fixed("体验版是本平台最后提交的代码", "on trial is what was committed here last"),
    );
    let Some(trial) = &standing.trial else {
        return Check::fail(
            what,
            Text::fixed("还没有提交过代码", "no code was committed"),
            Text::fixed("请先提交代码", "commit code first"),
        );
    };
    let shown = match answer {
        Err(error) => return Check::unanswered(what, error),
        Ok(answer) => answer.exp_info.as_ref(),
    };
    if !verdict::is_our_trial(trial, shown) {
        let seen =
            shown.map_or_else(String::new, |it| format!("{} {}", it.exp_version, it.exp_desc));
        return Check::fail(
            what,
            Text::new(format!("微信上的体验版是：{seen}"), format!("WeChat shows: {seen}")),
            Text::fixed(
                "请确认是否有其他人提交过代码，然后重新提交",
                "find out who else commits, then commit again",
            ),
        );
    }
    match standing.changed_outside.first() {
        None => Check::pass(what),
        Some(changed) => Check::fail(
            what,
            Text::new(
                format!("有不是由本平台完成的变更：{}", changed.seen),
                format!("changed outside this platform: {}", changed.seen),
            ),
            Text::fixed(
                "请确认变更来源，然后重新提交代码",
                "find out who did it, then commit again",
            ),
        ),
    }
}

pub(super) fn detection(answer: &Answer<GetCodePrivacyInfoResponse>) -> Check {
    let what = (
        "privacy-detection",
        Text::fixed("代码隐私接口检测", "WeChat's search for privacy interfaces in the code"),
    );
    let declare = Text::fixed(
        "请申请接口权限，并在代码或 ext 的 requiredPrivateInfos 中声明；确实没有使用时，\
         提交审核时设置 privacy_api_not_use",
        "apply for the interfaces and declare them in requiredPrivateInfos; if the code does not \
         use them, submit with privacy_api_not_use",
    );
    match answer {
        Ok(answer) => {
            let lists = [&answer.without_auth_list, &answer.without_conf_list];
            let names: Vec<&str> = lists.into_iter().flatten().map(String::as_str).collect();
            if names.is_empty() {
                return Check::pass(what);
            }
            let names = names.join(", ");
            let finding = Text::new(
                format!("未获授权或未声明的接口：{names}"),
                format!("not granted or not declared: {names}"),
            );
            Check::warn(what, finding, declare)
        }
        Err(error) if error.errcode() == Some(DETECTING) => Check::warn(
            what,
            Text::fixed("检测仍在进行", "it still runs"),
            Text::fixed(
                "可以直接提交审核，系统会等检测结束后自动提交",
                "submit all the same: the order waits for its end by itself",
            ),
        ),
        Err(error) if error.errcode() == Some(UNDECLARED) => Check::fail(
            what,
            Text::fixed(
                "代码使用了未声明或未获授权的隐私接口",
                "the code uses privacy interfaces that are not declared or not granted",
            ),
            declare,
        ),
        Err(error) => Check::unanswered(what, error),
    }
}

/// A mini program that sells something is rejected without it; whether it does, only its owner
/// knows. `live` is the page in force, `new` the one in review.
pub(super) fn order_path(
    live: &Answer<GetOrderPathInfoResponse>,
    new: &Answer<GetOrderPathInfoResponse>,
) -> Check {
    let what = ("order-path", Text::fixed("订单中心页面路径", "the page of the order centre"));
    let found = match (live, new) {
        (Ok(live), _) if live.msg.status == Some(OrderPathStatus::Passed) => {
            return Check::pass(what);
        }
        (_, Ok(new)) => new.msg.status,
        (Ok(live), _) => live.msg.status,
        (Err(error), _) if error.errcode() == Some(NO_ORDER_PATH) => None,
        (Err(error), _) => return Check::unanswered(what, error),
    };
    let (finding, what_to_do) = match found {
        Some(OrderPathStatus::Passed) => return Check::pass(what),
        Some(OrderPathStatus::Reviewing) => (
            Text::fixed("微信正在审核订单页面", "WeChat reviews the page"),
            Text::fixed("请等待审核结果", "wait for the decision"),
        ),
        Some(OrderPathStatus::Failed) => (
            Text::fixed("订单页面未通过审核", "the page was rejected"),
            Text::fixed("请修改后重新设置订单页面", "correct it and set the page again"),
        ),
        _ => (
            Text::fixed("没有设置订单页面", "no page is set"),
            Text::fixed(
                "有交易的小程序必须先设置订单页面，否则审核不会通过；没有交易可以忽略",
                "a mini program that sells something is rejected without it; others do not need it",
            ),
        ),
    };
    Check::warn(what, finding, what_to_do)
}

pub(super) fn quota(answer: &Answer<QueryQuotaResponse>) -> Check {
    let what =
        ("review-quota", Text::fixed("平台本月审核额度", "the platform's reviews of this month"));
    let quota = match answer {
        Err(error) => return Check::unanswered(what, error),
        Ok(quota) => quota,
    };
    let finding = Text::new(
        format!("剩余 {} 次，共 {} 次", quota.rest, quota.limit),
        format!("{} of {} are left", quota.rest, quota.limit),
    );
    let what_to_do = Text::fixed(
        "额度每月重置；不足时请在微信开放平台申请增加",
        "they come back each month; ask for more on WeChat's open platform",
    );
    match quota.rest {
        ..=0 => Check::fail(what, finding, what_to_do).at("https://open.weixin.qq.com/"),
        1..=FEW => Check::warn(what, finding, what_to_do).at("https://open.weixin.qq.com/"),
        _ => Check { finding: Some(finding), ..Check::pass(what) },
    }
}

pub(super) fn idle(standing: &Standing, answer: &Answer<GetLatestAuditStatusResponse>) -> Check {
    let what = ("review-idle", Text::fixed("没有正在审核的版本", "nothing is in review"));
    let latest = match answer {
        Err(error) if error.errcode() == Some(NO_REVIEW) => None,
        Err(error) => return Check::unanswered(what, error),
        Ok(latest) => Some(latest),
    };
    let under_way =
        latest.is_some_and(|it| matches!(it.status, AuditStatus::Reviewing | AuditStatus::Delayed));
    if under_way {
        let described = verdict::describe(latest);
        return Check::fail(
            what,
            Text::new(format!("正在审核：{described}"), format!("in review: {described}")),
            Text::fixed("请等待审核结果或撤回审核", "wait for the decision or withdraw the review"),
        );
    }
    match standing.review_state() {
        Some(ReviewState::Approved) => Check::warn(
            what,
            ReviewState::Approved.words(),
            Text::fixed("请先发布该版本", "release it first"),
        ),
        _ => Check::pass(what),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{call::CallError, check::Status};

    fn answer<T: serde::de::DeserializeOwned>(json: Value) -> Answer<T> {
        Ok(serde_json::from_value(json).unwrap())
    }

    #[test]
    fn an_order_page_is_wanted_of_those_who_sell() {
        let page = |status: i64| answer(json!({"msg": {"path": "pages/order", "status": status}}));
        let none = || -> Answer<GetOrderPathInfoResponse> {
            Err(CallError::WeChat(wechat::Error::WeChat(wechat::ApiError {
                path: "/wxa/security/getorderpathinfo",
                errcode: NO_ORDER_PATH,
                errmsg: String::new(),
                rid: None,
            })))
        };

        assert_eq!(order_path(&page(4), &none()).status, Status::Pass);
        assert_eq!(order_path(&none(), &none()).status, Status::Warn);
        assert_eq!(order_path(&none(), &page(4)).status, Status::Pass);
        assert_eq!(order_path(&none(), &page(2)).status, Status::Warn);
        let rejected = order_path(&none(), &page(3));
        assert!(rejected.finding.unwrap().en.contains("rejected"));
    }

    #[test]
    fn a_detection_that_runs_is_no_obstacle() {
        let refusal = |errcode| -> Answer<GetCodePrivacyInfoResponse> {
            Err(CallError::WeChat(wechat::Error::WeChat(wechat::ApiError {
                path: "/wxa/security/get_code_privacy_info",
                errcode,
                errmsg: String::new(),
                rid: None,
            })))
        };

        assert_eq!(detection(&refusal(DETECTING)).status, Status::Warn);
        assert_eq!(detection(&refusal(UNDECLARED)).status, Status::Fail);
        assert_eq!(detection(&refusal(-1)).status, Status::Unknown);
        assert_eq!(detection(&answer(json!({}))).status, Status::Pass);
        let found = detection(&answer(json!({"without_auth_list": ["wx.getLocation"]})));
        assert_eq!(found.status, Status::Warn);
        assert!(found.finding.unwrap().zh.contains("wx.getLocation"));
    }
}
