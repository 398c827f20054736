//! Events in words. Every kind about a mini program stands here, for its timeline shows it.

use serde_json::Value;

use super::{Event, kind};
use crate::{
    approvals::Decision,
    text::{Language, Text},
};

/// A kind, and what happened in both languages; `{name}` is what the event says under that name.
const WORDS: &[(&str, &str, &str)] = &[
    (
        kind::MERCHANT_AUTHORIZED,
        "商家授权了本平台，或更改了授权范围",
        "the merchant authorized the platform, or changed what it grants",
    ),
    (kind::MERCHANT_UNAUTHORIZED, "商家取消了授权", "the merchant withdrew its authorization"),
    (
        kind::RELEASE_COMMITTED,
        "上传了代码 {user_version}，已成为体验版",
        "code {user_version} was uploaded and is the trial version",
    ),
    (
        kind::RELEASE_SUBMITTED,
        "版本 {user_version} 已提交审核",
        "version {user_version} was submitted for review",
    ),
    (kind::RELEASE_APPROVED, "版本 {user_version} 审核通过", "version {user_version} was approved"),
    (
        kind::RELEASE_REJECTED,
        "版本 {user_version} 审核被驳回：{reason}",
        "version {user_version} was rejected: {reason}",
    ),
    (
        kind::RELEASE_FAILED,
        "版本 {user_version} 未能提交审核",
        "version {user_version} could not be submitted",
    ),
    (
        kind::RELEASE_DELAYED,
        "版本 {user_version} 审核延期：{reason}",
        "the review of version {user_version} is delayed: {reason}",
    ),
    (
        kind::RELEASE_WITHDRAWN,
        "撤回了版本 {user_version} 的审核",
        "the review of version {user_version} was withdrawn",
    ),
    (kind::RELEASE_RELEASED, "版本 {user_version} 已上线", "version {user_version} is online"),
    (
        kind::RELEASE_ROLLED_BACK,
        "已回退到版本 {user_version}",
        "version {user_version} is online again",
    ),
    (
        kind::RELEASE_CHANGED_OUTSIDE,
        "在本系统之外发生了变更：{seen}",
        "something was changed outside this platform: {seen}",
    ),
    (kind::PAYMENT_CHANGED, "修改了支付设置：{what}", "the payment settings were changed: {what}"),
    (
        kind::PAYMENT_CREDENTIALS_READ,
        "支付服务领取了支付凭据（密钥 {key}）",
        "a payment service was told the payment credentials, with the key {key}",
    ),
    (kind::FILING_FACE_BEGUN, "发起了备案人脸核验", "a face check for the filing was begun"),
    (kind::FILING_FACE_PASSED, "备案人脸核验通过", "the administrator's face was recognized"),
    (
        kind::FILING_FACE_FAILED,
        "备案人脸核验未通过或超时",
        "the administrator's face was not recognized, or not shown in time",
    ),
    (kind::FILING_SUBMITTED, "提交了备案申请", "the filing was applied for"),
    (
        kind::FILING_PASSED_ON,
        "平台审核通过，备案已提交管局",
        "WeChat passed the filing on to the authority",
    ),
    (kind::FILING_REJECTED, "备案被驳回：{reason}", "the filing was sent back: {reason}"),
    (kind::FILING_COMPLETED, "备案成功", "the filing is in force"),
    (kind::FILING_WITHDRAWN, "撤回了备案申请", "the application for the filing was taken back"),
    (kind::FILING_CANCELING, "申请注销备案", "the filing is to be cancelled"),
    (kind::FILING_CANCELLED, "备案已注销", "the filing is in force no longer"),
    (kind::VERIFICATION_BEGUN, "发起了微信认证", "the owner's verification was begun"),
    (kind::VERIFICATION_SUBMITTED, "微信认证已提交审核", "the verification is being reviewed"),
    (
        kind::VERIFICATION_SENT_BACK,
        "微信认证被打回：{reason}",
        "the verification was sent back: {reason}",
    ),
    (kind::VERIFICATION_COMPLETED, "微信认证通过", "the owner is verified"),
    (
        kind::VERIFICATION_FAILED,
        "微信认证未完成或未通过：{reason}",
        "it ended without a verification: {reason}",
    ),
    (
        kind::VERIFICATION_EXPIRES,
        "微信认证即将到期：{reason}",
        "the owner's verification is about to expire: {reason}",
    ),
    (kind::PRIVACY_GUIDELINE_CHANGED, "更新了隐私保护指引", "the privacy guideline was written"),
    (
        kind::PRIVACY_INTERFACE_APPLIED,
        "申请了隐私接口 {interface}",
        "the interface {interface} was applied for",
    ),
    (
        kind::PRIVACY_INTERFACE_GRANTED,
        "隐私接口 {interface} 已开通",
        "the interface {interface} may be used",
    ),
    (
        kind::PRIVACY_INTERFACE_REFUSED,
        "隐私接口 {interface} 未通过：{reason}",
        "the interface {interface} was refused: {reason}",
    ),
    (
        kind::ORDER_PATH_APPLIED,
        "申请了订单中心路径 {path}",
        "the order page {path} was applied for",
    ),
    (
        kind::ORDER_PATH_NOT_TAKEN,
        "微信没有受理订单中心路径的申请（{ret_code}）",
        "WeChat did not take the application for the order page ({ret_code})",
    ),
    (kind::ORDER_PATH_GRANTED, "订单中心路径审核通过", "the order page is in force"),
    (
        kind::ORDER_PATH_REFUSED,
        "订单中心路径未通过：{reason}",
        "the order page was refused: {reason}",
    ),
    (
        kind::PUNISHMENT_RECORDED,
        "小程序被处罚：{reason}",
        "WeChat punished the mini program: {reason}",
    ),
    (kind::APPEAL_CHANGED, "申诉状态变为 {state}", "an appeal is {state}"),
    (
        kind::RELEASE_GRAY,
        "灰度发布版本 {user_version}，比例 {percentage}%",
        "{percentage} % of the users have version {user_version}",
    ),
    (
        kind::RELEASE_GRAY_REVERTED,
        "取消了版本 {user_version} 的灰度发布",
        "version {user_version} was taken back from the users that had it",
    ),
    (kind::REGISTRATION_BEGUN, "发起了小程序注册", "a registration was begun"),
    (kind::REGISTRATION_REGISTERED, "小程序注册成功", "the mini program was registered"),
    (kind::REGISTRATION_FAILED, "小程序注册失败（{code}）", "a registration failed ({code})"),
    (
        kind::REGISTRATION_EXPIRED,
        "小程序注册超时未完成",
        "nobody came to the end of a registration in time",
    ),
    (kind::ONBOARDING_BEGAN, "上线流程开始", "the onboarding began"),
    (kind::ONBOARDING_STEP, "上线流程：“{step_zh}”已完成", "onboarding: {step_en} is done"),
    (
        kind::ONBOARDING_WAITS,
        "上线流程停在“{step_zh}”：{why_zh}",
        "the onboarding stops at {step_en}: {why_en}",
    ),
    (kind::ONBOARDING_FINISHED, "上线流程全部完成", "the onboarding is finished"),
    (kind::ONBOARDING_STOPPED, "上线流程已中止", "the onboarding was stopped"),
    (kind::MINI_PROGRAM_TAGGED, "修改了标签：{tags}", "the tags were changed: {tags}"),
    (kind::MINI_PROGRAM_VARIABLES, "修改了变量：{names}", "the variables were changed: {names}"),
    (kind::SETTINGS_CHANGED, "修改了设置：{what}", "a setting was changed: {what}"),
    (kind::PROFILE_CHANGED, "更新了资料：{what}", "the profile was changed: {what}"),
    (kind::PROFILE_NAME_APPROVED, "名称“{name}”已生效", "the name {name} is in force"),
    (
        kind::PROFILE_NAME_REFUSED,
        "名称“{name}”未通过：{reason}",
        "the name {name} was refused: {reason}",
    ),
    (
        kind::PROFILE_CATEGORY_APPROVED,
        "类目 {first}-{second} 审核通过",
        "the category {first}-{second} was approved",
    ),
    (
        kind::PROFILE_CATEGORY_REFUSED,
        "类目 {first}-{second} 未通过：{reason}",
        "the category {first}-{second} was rejected: {reason}",
    ),
    (
        kind::ROLLOUT_TARGET,
        "批量发布中的状态：{state}（版本 {user_version}）",
        "in a rollout of version {user_version}: {state}",
    ),
    (
        kind::APPROVAL_REQUESTED,
        "提交了双人审批申请：{decision}",
        "a second person was asked to approve: {decision}",
    ),
    (
        kind::APPROVAL_GIVEN,
        "审批通过，开始执行：{decision}",
        "a second person approved: {decision}",
    ),
    (kind::APPROVAL_REFUSED, "审批被拒绝：{decision}", "a second person refused: {decision}"),
    (
        kind::APPROVAL_WITHDRAWN,
        "撤回了审批申请：{decision}",
        "what waited for approval was taken back: {decision}",
    ),
    (
        kind::APPROVAL_EXPIRED,
        "审批申请已过期：{decision}",
        "nobody approved it in time: {decision}",
    ),
    (kind::APPROVAL_PERFORMED, "审批通过后已执行：{decision}", "done, as approved: {decision}"),
    (
        kind::APPROVAL_FAILED,
        "审批通过后执行未成功（{status}）：{decision}",
        "approved, and it did not work ({status}): {decision}",
    ),
    (
        kind::APPROVAL_OUTCOME_UNKNOWN,
        "审批通过，执行结果未知：{decision}",
        "approved, and nobody saw the end of it: {decision}",
    ),
    (
        kind::WECHAT_EVENT,
        "微信推送了事件 {name}，系统未作处理",
        "WeChat pushed the event {name}, from which nothing follows here",
    ),
];

/// Names by which an event says what changed, and into what, in both languages; an empty kind is any.
const NAMES: &[(&str, &str, &str, &str)] = &[
    ("", "avatar", "头像", "the avatar"),
    ("", "introduction", "简介", "the introduction"),
    ("", "searchability", "能否被搜索", "whether it is found"),
    ("", "categories", "服务类目", "the categories"),
    ("", "server-domains", "服务器域名", "the server domains"),
    ("", "business-domains", "业务域名", "the business domains"),
    ("", "prefetch-domains", "DNS 预解析域名", "the prefetched domains"),
    ("", "tester-added", "添加了体验者", "a tester was added"),
    ("", "tester-removed", "移除了体验者", "a tester was removed"),
    ("", "suspended", "暂停了服务", "it serves its users no longer"),
    ("", "resumed", "恢复了服务", "it serves its users again"),
    ("", "support-version", "最低基础库版本", "the oldest base library"),
    ("", "settings", "商户号和密钥", "the merchant number and keys"),
    ("", "certificate", "商户证书", "the certificate"),
    ("", "certificate-removed", "删除了商户证书", "the certificate was removed"),
    ("", "removed", "全部删除", "all of them were removed"),
    (kind::APPEAL_CHANGED, "running", "处理中", "being decided"),
    (kind::APPEAL_CHANGED, "accepted", "成功", "accepted"),
    (kind::APPEAL_CHANGED, "refused", "失败", "refused"),
    (kind::APPEAL_CHANGED, "withdrawn", "已撤回", "withdrawn"),
    (kind::APPEAL_CHANGED, "other", "其他", "in a state that is not known"),
    (kind::ROLLOUT_TARGET, "waiting", "等待", "waiting"),
    (kind::ROLLOUT_TARGET, "queued", "已排队", "queued"),
    (kind::ROLLOUT_TARGET, "committed", "已上传代码", "code uploaded"),
    (kind::ROLLOUT_TARGET, "in-review", "审核中", "in review"),
    (kind::ROLLOUT_TARGET, "approved", "审核通过", "approved"),
    (kind::ROLLOUT_TARGET, "released", "已上线", "online"),
    (kind::ROLLOUT_TARGET, "rejected", "审核被驳回", "rejected"),
    (kind::ROLLOUT_TARGET, "failed", "失败", "failed"),
    (kind::ROLLOUT_TARGET, "skipped", "已跳过", "skipped"),
    (kind::ROLLOUT_TARGET, "rolling-back", "正在回退", "being rolled back"),
    (kind::ROLLOUT_TARGET, "rolled-back", "已回退", "rolled back"),
    (kind::ROLLOUT_TARGET, "kept", "保持现状", "left as it is"),
];

impl Event {
    /// What happened, in words. A kind that has none is named by itself.
    pub fn words(&self) -> Text {
        match WORDS.iter().find(|(kind, ..)| *kind == self.kind) {
            Some((_, zh, en)) => {
                Text::new(self.filled(zh, Language::Chinese), self.filled(en, Language::English))
            }
            None => Text::new(self.kind.clone(), self.kind.clone()),
        }
    }

    /// What a name stands for, in words; itself where it has none.
    fn named<'a>(&self, name: &'a str, language: Language) -> &'a str {
        let is_it = |kind: &str, known: &str| known == name && ["", &*self.kind].contains(&kind);
        match NAMES.iter().find(|(kind, known, ..)| is_it(kind, known)) {
            Some((_, _, zh, en)) => match language {
                Language::Chinese => zh,
                Language::English => en,
            },
            None => name,
        }
    }

    /// A sentence with the event's details in it. What the event does not say leaves no gap.
    fn filled(&self, sentence: &str, language: Language) -> String {
        let mut words = String::with_capacity(sentence.len());
        let mut rest = sentence;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            words.push_str(before);
            match self.details.get(name) {
                Some(Value::String(text)) if matches!(name, "what" | "state") => {
                    words.push_str(self.named(text, language));
                }
                Some(Value::String(text)) if name == "decision" => match text.parse::<Decision>() {
                    Ok(decision) => words.push_str(decision.title().read(language)),
                    Err(_) => words.push_str(text),
                },
                Some(Value::String(text)) => words.push_str(text),
                Some(Value::Array(list)) => {
                    let texts: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
                    let between = match language {
                        Language::Chinese => "、",
                        Language::English => ", ",
                    };
                    words.push_str(&texts.join(between));
                }
                None | Some(Value::Null) => {}
                Some(other) => words.push_str(&other.to_string()),
            }
            rest = after;
        }
        words.push_str(rest);
        words.trim_end_matches([' ', ':', '：']).replace("  ", " ")
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::actor::Actor;

    fn event(kind: &str, details: Value) -> Event {
        let Value::Object(details) = details else { panic!("details are an object") };
        Event {
            id: String::new(),
            kind: kind.to_owned(),
            component: "wx570bc396a51b8ff8".parse().unwrap(),
            appid: None,
            version: 1,
            at: Timestamp::UNIX_EPOCH,
            by: Actor::WeChat,
            details,
        }
    }

    #[test]
    fn what_an_event_says_stands_in_its_words_and_what_it_does_not_leaves_no_gap() {
        let rejected = |details| event(kind::RELEASE_REJECTED, details).words();
        let whole = rejected(json!({ "user_version": "1.2.0", "reason": "首页无法打开" }));
        assert_eq!(whole.zh, "版本 1.2.0 审核被驳回：首页无法打开");
        assert_eq!(whole.en, "version 1.2.0 was rejected: 首页无法打开");
        let bare = rejected(json!({ "user_version": "1.2.0", "reason": null }));
        assert_eq!(bare.zh, "版本 1.2.0 审核被驳回");
        assert_eq!(event("shop.opened", json!({})).words().en, "shop.opened");
    }

    #[test]
    fn a_name_is_said_in_the_readers_language() {
        let words = |kind, what| event(kind, json!({ "what": what })).words();
        for (kind, what) in [
            (kind::SETTINGS_CHANGED, "server-domains"),
            (kind::SETTINGS_CHANGED, "suspended"),
            (kind::PROFILE_CHANGED, "avatar"),
            (kind::PAYMENT_CHANGED, "certificate-removed"),
        ] {
            let words = words(kind, what);
            let latin = words.zh.chars().any(|letter| letter.is_ascii_alphabetic());
            assert!(!latin, "{what}: {words}");
        }
        let asked = event(kind::APPROVAL_REQUESTED, json!({ "decision": "rollback" })).words();
        assert_eq!(asked.zh, "提交了双人审批申请：版本回退");
        assert_eq!(asked.en, "a second person was asked to approve: rollbacks");
        let target =
            event(kind::ROLLOUT_TARGET, json!({ "state": "in-review", "user_version": "2" }));
        assert_eq!(target.words().zh, "批量发布中的状态：审核中（版本 2）");
        assert_eq!(words(kind::SETTINGS_CHANGED, "new").en, "a setting was changed: new");
    }

    #[test]
    fn every_kind_about_a_mini_program_has_words() {
        // About a component, or about the platform's own work; of a rollout, only its targets.
        let others = [
            "inbox.",
            "webhook.",
            "component.",
            "adoption.",
            "self-test.",
            kind::WECHAT_USER_EVENT,
        ];
        let is_other = |kind: &str| {
            let of_rollout = kind.starts_with("rollout.") && kind != kind::ROLLOUT_TARGET;
            of_rollout || others.iter().any(|it| kind.starts_with(it))
        };
        let declared = include_str!("../event.rs").lines().filter_map(|line| {
            let (_, value) = line.trim().strip_prefix("pub const ")?.split_once(": &str = \"")?;
            value.strip_suffix("\";")
        });
        let kinds: Vec<&str> =
            declared.filter(|kind| kind.contains('.') && !is_other(kind)).collect();
        assert!(kinds.len() > 10, "{kinds:?}");
        let unlisted: Vec<_> = kinds.iter().filter(|it| !kind::ALL.contains(it)).collect();
        assert!(unlisted.is_empty(), "{unlisted:?} are not in kind::ALL");
        for kind in kinds {
            assert!(
                WORDS.iter().any(|(known, ..)| *known == kind),
                "{kind} has no words in event/words.rs"
            );
        }
    }
}
