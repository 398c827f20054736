//! The checks: an answer of WeChat in, a finding out.

use wechat::endpoint::{
    ApiGetAuthorizerInfoResponse, AuditStatus, GetAccountBasicInfoResponse, GetCategoryResponse,
    GetCodePrivacyInfoResponse, GetEffectiveDomainResponse, GetIcpEntranceInfoResponse,
    GetLatestAuditStatusResponse, GetPrivacySettingResponse, GetVersionInfoResponse,
    QueryQuotaResponse,
};

use super::{Check, Status};
use crate::{
    call::CallError,
    releases::{ReviewState, Standing, verdict},
    text::Text,
};

const CONSOLE: &str = "https://mp.weixin.qq.com/";
const GUIDELINE: &str = "https://developers.weixin.qq.com/miniprogram/dev/framework/user-privacy/";
const FILING: &str =
    "https://developers.weixin.qq.com/miniprogram/product/record/record_guidelines.html";

/// "Development and data": every call about code needs it.
const DEVELOPMENT: i64 = 18;
/// `get_latest_auditstatus`: there was never a review.
const NO_REVIEW: i64 = 85_058;
/// `get_code_privacy_info`: it still runs; it found something that is not declared or granted.
const DETECTING: i64 = 61_039;
const UNDECLARED: i64 = 61_040;
/// So few reviews left for a whole platform are worth a word.
const FEW: i64 = 5;

type Answer<T> = Result<T, CallError>;

const AUTHORIZATION: (&str, Text) = (
    "authorization",
    Text::fixed("小程序已授权给本平台", "the mini program authorizes this platform"),
);

pub(super) fn authorized() -> Check {
    Check::pass(AUTHORIZATION)
}

pub(super) fn not_authorized(why: &str, link: String) -> Check {
    Check::fail(
        AUTHORIZATION,
        Text::new("小程序未授权，或授权已被取消", why),
        Text::fixed(
            "请把授权链接发给小程序管理员重新授权",
            "send the authorization link to the mini program's administrator",
        ),
    )
    .at(link)
}

pub(super) fn permission(answer: &Answer<ApiGetAuthorizerInfoResponse>, link: String) -> Check {
    let what = (
        "permission",
        Text::fixed(
            "已授予开发管理与数据分析权限（18）",
            "permission set 18 (development) is granted",
        ),
    );
    match answer {
        Err(error) => Check::unknown(what, error),
        Ok(answer) if answer.authorization_info.permission_sets().contains(&DEVELOPMENT) => {
            Check::pass(what)
        }
        Ok(_) => Check::fail(
            what,
            Text::fixed("缺少权限集 18", "permission set 18 is missing"),
            Text::fixed(
                "请让管理员通过授权链接重新授权，并勾选“小程序开发与数据分析”",
                "let the administrator authorize again by the link and tick development",
            ),
        )
        .at(link),
    }
}

pub(super) fn account_status(answer: &Answer<ApiGetAuthorizerInfoResponse>) -> Check {
    let what = ("account", Text::fixed("小程序账号状态正常", "the account is in good standing"));
    let status = match answer {
        Err(error) => return Check::unknown(what, error),
        Ok(answer) => answer.authorizer_info.account_status,
    };
    let (zh, en) = match status {
        None | Some(1) => return Check::pass(what),
        Some(14) => ("账号已注销", "the account was cancelled"),
        Some(16) => ("账号已封禁", "the account is banned"),
        Some(18) => {
            let finding = Text::fixed("账号被警告", "the account was warned");
            return Check::warn(what, finding, console_text()).at(CONSOLE);
        }
        Some(19) => ("账号已冻结", "the account is frozen"),
        Some(_) => ("账号状态异常", "the account is not in good standing"),
    };
    Check::fail(what, Text::fixed(zh, en), console_text()).at(CONSOLE)
}

fn console_text() -> Text {
    Text::fixed("请管理员登录微信公众平台查看并处理", "see to it in WeChat's console")
}

pub(super) fn profile(answer: &Answer<GetAccountBasicInfoResponse>) -> [Check; 3] {
    let part = |id, what: Text, present: fn(&GetAccountBasicInfoResponse) -> bool| match answer {
        Err(error) => Check::unknown((id, what), error),
        Ok(account) if present(account) => Check::pass((id, what)),
        Ok(_) => Check::fail(
            (id, what),
            Text::fixed("尚未设置", "not set"),
            Text::fixed("请先设置，微信要求名称、头像和简介齐全", "set it; WeChat wants all three"),
        )
        .at(CONSOLE),
    };
    [
        part("name", Text::fixed("小程序名称", "the mini program's name"), |account| {
            account.nickname_info.as_ref().is_some_and(|it| !it.nickname.trim().is_empty())
                || account
                    .other
                    .get("nickname")
                    .and_then(|name| name.as_str())
                    .is_some_and(|name| !name.trim().is_empty())
        }),
        part("avatar", Text::fixed("小程序头像", "the mini program's avatar"), |account| {
            account.head_image_info.as_ref().is_some_and(|it| !it.head_image_url.trim().is_empty())
        }),
        part(
            "introduction",
            Text::fixed("小程序简介", "the mini program's introduction"),
            |account| {
                account.signature_info.as_ref().is_some_and(|it| !it.signature.trim().is_empty())
            },
        ),
    ]
}

pub(super) fn category(answer: &Answer<GetCategoryResponse>) -> Check {
    let what = ("category", Text::fixed("有审核通过的类目", "a category is approved"));
    match answer {
        Err(error) => Check::unknown(what, error),
        Ok(answer) if !answer.category_list.is_empty() => Check::pass(what),
        Ok(_) => Check::fail(
            what,
            Text::fixed("没有审核通过的类目", "no category is approved"),
            Text::fixed("请添加类目并等待审核通过", "add a category and wait for its approval"),
        )
        .at(CONSOLE),
    }
}

pub(super) fn guideline(answer: &Answer<GetPrivacySettingResponse>) -> Check {
    let what = ("privacy-guideline", Text::fixed("用户隐私保护指引", "the privacy guideline"));
    let answer = match answer {
        Err(error) => return Check::unknown(what, error),
        Ok(answer) => answer,
    };
    let undeclared: Vec<&str> = answer
        .privacy_list
        .iter()
        .filter(|key| !answer.setting_list.iter().any(|setting| setting.privacy_key == **key))
        .map(String::as_str)
        .collect();
    if !undeclared.is_empty() {
        let list = undeclared.join(", ");
        return Check::fail(
            what,
            Text::new(format!("代码使用但指引未声明：{list}"), format!("not declared: {list}")),
            Text::fixed("请在隐私指引中补充声明这些信息", "declare them in the guideline"),
        )
        .at(GUIDELINE);
    }
    let reachable = answer.owner_setting.as_ref().is_some_and(|owner| {
        let ways =
            [&owner.contact_email, &owner.contact_phone, &owner.contact_qq, &owner.contact_weixin];
        ways.into_iter().any(Option::is_some)
    });
    if reachable {
        return Check::pass(what);
    }
    let finding = Text::fixed("没有填写联系方式", "no way to reach the owner is named");
    let what_to_do = Text::fixed(
        "请在隐私指引中至少填写一种联系方式",
        "name at least one way to reach the owner in the guideline",
    );
    Check::fail(what, finding, what_to_do).at(GUIDELINE)
}

pub(super) fn filing(answer: &Answer<GetIcpEntranceInfoResponse>) -> Check {
    let what = ("icp-filing", Text::fixed("小程序备案", "the ICP filing"));
    let info = match answer {
        Err(error) => return Check::unknown(what, error),
        Ok(answer) if answer.info.is_filed() => return Check::pass(what),
        Ok(answer) => &answer.info,
    };
    let (finding, what_to_do) = match info.status {
        2 => (
            Text::fixed("平台正在审核备案", "WeChat reviews the filing"),
            Text::fixed("请等待，通常需要 1–2 个工作日", "wait, as a rule one or two working days"),
        ),
        4 => (
            Text::fixed("管局正在审核备案", "the authority reviews the filing"),
            Text::fixed("请等待，通常需要 1–20 个工作日", "wait, as a rule up to 20 working days"),
        ),
        3 | 5 => {
            let remarks: Vec<String> = info
                .audit_data
                .iter()
                .map(|remark| {
                    format!("{}：{}（{}）", remark.key_name, remark.error, remark.suggest)
                })
                .collect();
            let remarks = remarks.join("；");
            (
                Text::new(
                    format!("备案被驳回 {remarks}"),
                    format!("the filing was rejected {remarks}"),
                ),
                Text::fixed("请修改后重新提交备案", "correct it and file again"),
            )
        }
        status => (
            Text::new(format!("尚未备案（状态 {status}）"), format!("not filed (status {status})")),
            Text::fixed("未备案的小程序不能上线，请先备案", "file it: nothing goes online without"),
        ),
    };
    Check::fail(what, finding, what_to_do).at(FILING)
}

pub(super) fn domains(answer: &Answer<GetEffectiveDomainResponse>) -> Check {
    let what = ("server-domains", Text::fixed("服务器域名", "the server domains"));
    match answer {
        Err(error) => Check::unknown(what, error),
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
        Err(error) => return Check::unknown(what, error),
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
        Err(error) => Check::unknown(what, error),
    }
}

pub(super) fn quota(answer: &Answer<QueryQuotaResponse>) -> Check {
    let what =
        ("review-quota", Text::fixed("平台本月审核额度", "the platform's reviews of this month"));
    let quota = match answer {
        Err(error) => return Check::unknown(what, error),
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
        Err(error) => return Check::unknown(what, error),
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

impl Check {
    fn new((id, title): (&'static str, Text), status: Status) -> Self {
        Check { id, status, title, finding: None, what_to_do: None, link: None }
    }

    fn pass(what: (&'static str, Text)) -> Self {
        Check::new(what, Status::Pass)
    }

    fn warn(what: (&'static str, Text), finding: Text, what_to_do: Text) -> Self {
        let check = Check::new(what, Status::Warn);
        Check { finding: Some(finding), what_to_do: Some(what_to_do), ..check }
    }

    fn fail(what: (&'static str, Text), finding: Text, what_to_do: Text) -> Self {
        Check { status: Status::Fail, ..Check::warn(what, finding, what_to_do) }
    }

    fn unknown(what: (&'static str, Text), error: &CallError) -> Self {
        let finding =
            Text::new(format!("暂时无法向微信查询：{error}"), format!("could not ask: {error}"));
        let what_to_do = Text::fixed("请稍后重新检查", "check again later");
        Check { status: Status::Unknown, ..Check::warn(what, finding, what_to_do) }
    }

    fn at(self, link: impl Into<String>) -> Self {
        Check { link: Some(link.into()), ..self }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn answer<T: serde::de::DeserializeOwned>(json: Value) -> Answer<T> {
        Ok(serde_json::from_value(json).unwrap())
    }

    #[test]
    fn nothing_goes_online_without_a_filing() {
        assert_eq!(filing(&answer(json!({"info": {"status": 6}}))).status, Status::Pass);
        for status in [2, 3, 4, 5, 1024, 77] {
            let check = filing(&answer(json!({"info": {"status": status}})));
            assert_eq!(check.status, Status::Fail, "{status}");
            assert!(check.what_to_do.is_some());
        }
    }

    #[test]
    fn a_guideline_names_everything_that_the_code_uses_and_a_way_to_reach_the_owner() {
        let owner = json!({"contact_email": "a@example.com", "contact_phone": ""});
        let complete = json!({"privacy_list": ["UserInfo"], "owner_setting": owner,
            "setting_list": [{"privacy_key": "UserInfo", "privacy_text": "show it"}]});
        let incomplete = json!({"privacy_list": ["UserInfo", "Location"], "owner_setting": owner,
            "setting_list": [{"privacy_key": "UserInfo", "privacy_text": "show it"}]});
        let unreachable = json!({"owner_setting": {"contact_email": ""}});

        assert_eq!(guideline(&answer(complete)).status, Status::Pass);
        let check = guideline(&answer(incomplete));
        assert_eq!(check.status, Status::Fail);
        assert!(check.finding.unwrap().en.contains("Location"));
        assert_eq!(guideline(&answer(unreachable)).status, Status::Fail);
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
