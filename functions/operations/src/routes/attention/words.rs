//! What needs a person about mini programs, in words.

use platform::{attention::Need, text::Text};

/// What it is called, what is wrong, and what to do about it.
pub(super) fn of(need: Need, count: usize) -> (&'static str, Text, Text) {
    let (zh, en, what_to_do) = match need {
        Need::Authorization => (
            "个小程序的授权已失效，无法代其调用微信",
            "mini programs have a grant that WeChat accepts no longer",
            Text::fixed(
                "请把授权链接发给商家，由小程序管理员重新授权",
                "send the link to the merchants, whose administrators authorize again",
            ),
        ),
        Need::Permission => (
            "个小程序没有授予所需的全部权限集，部分操作会被微信拒绝",
            "mini programs did not grant every permission set, so that WeChat refuses some orders",
            Text::fixed(
                "请把授权链接发给商家，由小程序管理员重新授权并勾选全部权限",
                "send the link to the merchants, whose administrators authorize again and grant \
                 every set",
            ),
        ),
        Need::ReviewRejected => (
            "个小程序的审核被驳回",
            "mini programs had their review rejected",
            Text::fixed(
                "请查看驳回原因，修改后重新上传代码并提交审核",
                "look at the reason, mend it, upload code again and submit it",
            ),
        ),
        Need::ReviewFailed => (
            "个小程序的版本未能提交审核",
            "mini programs have a version that could not be submitted for review",
            Text::fixed(
                "请查看未能提交的原因，解决后重新提交审核",
                "look at why, mend it and submit it for review again",
            ),
        ),
        Need::ChangedOutside => (
            "个小程序在本系统之外被改动，其发布已暂停",
            "mini programs were changed elsewhere; their releases pause",
            Text::fixed(
                "请查看该小程序的发布情况，确认后重新上传代码",
                "look at what is there, and upload code again to go on",
            ),
        ),
        Need::UnknownOutcome => (
            "个小程序有操作超过十分钟仍不知结果",
            "mini programs have an order whose outcome is not known for long",
            Text::fixed(
                "系统会继续核对；请在微信后台查看该小程序的版本，并检查其授权是否有效",
                "it goes on being found out; look at the versions at WeChat, and whether the \
                 authorization stands",
            ),
        ),
        Need::FilingFace => (
            "个小程序的备案等待管理员人脸核验",
            "mini programs wait for their administrators to show their faces for the filing",
            Text::fixed(
                "请提醒管理员在 24 小时内按微信的通知完成；未通过或超时的请重新发起人脸核验",
                "remind the administrators, who have 24 hours; where it failed, begin it anew",
            ),
        ),
        Need::FilingRejected => (
            "个小程序的备案被驳回",
            "mini programs had their filing sent back",
            Text::fixed(
                "请按备案中逐项列出的驳回意见修改，然后重新提交",
                "correct what the remarks of the filing name, one by one, and apply again",
            ),
        ),
        Need::FilingMessage => (
            "个小程序的备案等待负责人完成工信部短信核验",
            "mini programs wait for the ministry's short message to be answered",
            Text::fixed(
                "请负责人在收到短信后 24 小时内完成核验，超时将被管局驳回",
                "the persons in charge answer it within 24 hours, or the authority sends the \
                 filing back",
            ),
        ),
        Need::VerificationWaits => (
            "个小程序的微信认证等待管理员确认或支付",
            "mini programs wait for their administrators to agree to the verification, or to pay",
            Text::fixed(
                "请把认证中的链接发给管理员，24 小时内有效",
                "send the verification's link to the administrators; it is good for 24 hours",
            ),
        ),
        Need::VerificationSentBack => (
            "个小程序的微信认证被打回或未完成",
            "mini programs had their verification sent back, or it ended without one",
            Text::fixed(
                "请查看打回原因，补充资料后重新提交认证",
                "look at the reason, correct it and order the verification again",
            ),
        ),
        Need::VerificationExpires => (
            "个小程序的微信认证即将到期",
            "mini programs have a verification that is about to expire",
            Text::fixed(
                "请在到期前重新认证，逾期将影响搜索和分享",
                "have them verified again before that; without it they are neither found nor shared",
            ),
        ),
        Need::PrivacyRefused => (
            "个小程序申请的隐私接口未通过",
            "mini programs were refused a privacy interface",
            Text::fixed(
                "请查看隐私接口未通过的原因，修改后重新申请",
                "look at the reason at the privacy interface, and apply again",
            ),
        ),
        Need::OrderPathRefused => (
            "个小程序的订单中心路径未通过",
            "mini programs had their order page refused",
            Text::fixed(
                "请查看订单中心路径未通过的原因，修改后重新申请",
                "look at the reason at the order path, and apply again",
            ),
        ),
        Need::Punished => (
            "个小程序被微信处罚",
            "mini programs were punished by WeChat",
            Text::fixed(
                "请查看处罚原因并整改；如有异议可在微信公众平台申诉；处理后请确认",
                "look at the reason and mend it, or appeal in WeChat's console; then acknowledge it",
            ),
        ),
        Need::OnboardingWaits => (
            "个小程序的上线流程在等待商家或运营人员",
            "mini programs wait for their merchants or an operator on their way to the first \
             release",
            Text::fixed(
                "请查看各自的上线流程，按其中的提示处理，完成后自动继续",
                "look at each one's onboarding and do what it says; it goes on by itself then",
            ),
        ),
        Need::OnboardingFailed => (
            "个小程序的上线流程有步骤失败",
            "mini programs have a step of their onboarding that failed",
            Text::fixed(
                "请查看失败原因并处理，然后重试",
                "look at why, mend it, then try it again",
            ),
        ),
    };
    let kind = match need {
        Need::Authorization => "authorization-needed",
        need => need.name(),
    };
    (kind, Text::new(format!("{count} {zh}"), format!("{count} {en}")), what_to_do)
}

/// What to send for it: method, and path under the mini program.
pub(super) fn requests(need: Need) -> &'static [&'static str] {
    match need {
        Need::Authorization | Need::Permission => &[],
        Need::ReviewRejected => &["GET …/review", "PUT …/trial", "POST …/review"],
        Need::ReviewFailed => &["GET …/review", "GET …/preflight", "POST …/review"],
        Need::ChangedOutside => &["GET …/release", "PUT …/trial"],
        Need::UnknownOutcome => &["GET …/release", "GET …/versions"],
        Need::FilingFace => &["GET …/filing", "POST …/filing/face-check"],
        Need::FilingRejected => &["GET …/filing", "POST …/filing"],
        Need::FilingMessage => &["GET …/filing"],
        Need::VerificationWaits => &["GET …/verification"],
        Need::VerificationSentBack => &["GET …/verification", "POST …/verification"],
        Need::VerificationExpires => &["GET …/verification", "POST …/verification"],
        Need::PrivacyRefused => &["GET …/privacy/interfaces", "POST …/privacy/interfaces"],
        Need::OrderPathRefused => &["GET …/order-path", "PUT …/order-path"],
        Need::Punished => &["GET …/punishments", "POST …/punishments/{id}/acknowledgement"],
        Need::OnboardingWaits => &["GET …/onboarding"],
        Need::OnboardingFailed => &["GET …/onboarding", "POST …/onboarding/retry"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_to_be_sent_exists() {
        let (_, description) = crate::routes::signed_in().split_for_parts();
        let paths = serde_json::json!(description)["paths"].clone();
        for request in Need::ALL.into_iter().flat_map(requests) {
            let (method, path) = request.split_once(" …").unwrap();
            let path = format!("/v1/components/{{component}}/mini-programs/{{appid}}{path}");
            let known = &paths[&path][method.to_lowercase()];
            assert!(known.is_object(), "{request}");
        }
    }
}
