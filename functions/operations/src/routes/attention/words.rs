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
                "请提醒管理员在 24 小时内按微信的通知完成；未通过或超时的请重新发起：\
                 POST …/filing/face-check",
                "remind the administrators, who have 24 hours; where it failed, begin it anew: \
                 POST …/filing/face-check",
            ),
        ),
        Need::FilingRejected => (
            "个小程序的备案被驳回",
            "mini programs had their filing sent back",
            Text::fixed(
                "请查看 GET …/filing 中的 remarks，修改后重新提交：POST …/filing",
                "look at the remarks of GET …/filing, correct them and apply again: POST …/filing",
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
                "请把 GET …/verification 中的链接发给管理员，24 小时内有效",
                "send the link of GET …/verification to the administrators; it is good for 24 hours",
            ),
        ),
        Need::VerificationSentBack => (
            "个小程序的微信认证被打回或未完成",
            "mini programs had their verification sent back, or it ended without one",
            Text::fixed(
                "请查看 GET …/verification 中的原因，补充资料后重新提交：POST …/verification",
                "look at the reason of GET …/verification, correct it and order it again: \
                 POST …/verification",
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
                "请查看 GET …/privacy/interfaces 中的原因，修改后重新申请",
                "look at the reason of GET …/privacy/interfaces, and apply again",
            ),
        ),
        Need::OrderPathRefused => (
            "个小程序的订单中心路径未通过",
            "mini programs had their order page refused",
            Text::fixed(
                "请查看 GET …/order-path 中的原因，修改后重新申请：PUT …/order-path",
                "look at the reason of GET …/order-path, and apply again: PUT …/order-path",
            ),
        ),
        Need::Punished => (
            "个小程序被微信处罚",
            "mini programs were punished by WeChat",
            Text::fixed(
                "请查看 GET …/punishments 并整改；如有异议可在微信公众平台申诉；处理后确认：\
                 POST …/punishments/{id}/acknowledgement",
                "look at GET …/punishments and mend it, or appeal in WeChat's console; then \
                 acknowledge it: POST …/punishments/{id}/acknowledgement",
            ),
        ),
    };
    let kind = match need {
        Need::Authorization => "authorization-needed",
        need => need.name(),
    };
    (kind, Text::new(format!("{count} {zh}"), format!("{count} {en}")), what_to_do)
}
