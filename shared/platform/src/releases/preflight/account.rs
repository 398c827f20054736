//! Checks of the account: an answer of WeChat in, a finding out.

use wechat::endpoint::{
    ApiGetAuthorizerInfoResponse, GetAccountBasicInfoResponse, GetCategoryResponse,
    GetIcpEntranceInfoResponse, GetPrivacySettingResponse,
};

use super::{Answer, Check};
use crate::text::Text;

pub(super) const CONSOLE: &str = "https://mp.weixin.qq.com/";
const GUIDELINE: &str = "https://developers.weixin.qq.com/miniprogram/dev/framework/user-privacy/";
const FILING: &str =
    "https://developers.weixin.qq.com/miniprogram/product/record/record_guidelines.html";

/// "Development and data": every call about code needs it.
const DEVELOPMENT: i64 = 18;

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
        Err(error) => Check::unanswered(what, error),
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
        Err(error) => return Check::unanswered(what, error),
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
        Err(error) => Check::unanswered((id, what), error),
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
        Err(error) => Check::unanswered(what, error),
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
        Err(error) => return Check::unanswered(what, error),
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

pub(in crate::releases) fn filing(answer: &Answer<GetIcpEntranceInfoResponse>) -> Check {
    let what = ("icp-filing", Text::fixed("小程序备案", "the ICP filing"));
    let info = match answer {
        Err(error) => return Check::unanswered(what, error),
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::check::Status;

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
}
