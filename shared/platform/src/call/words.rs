//! Why a call gave no answer and what to do about it, for people.

use wechat::ApiError;

use super::CallError;
use crate::{explain::explain, text::Text, tokens::TokenError};

impl CallError {
    /// Why there is no answer.
    pub fn words(&self) -> Text {
        match self {
            CallError::WeChat(error) => of_wechat(error),
            CallError::Token(TokenError::WeChat(error)) => of_wechat(error),
            CallError::Token(TokenError::Halted(open)) => open.words(),
            CallError::Token(
                TokenError::NotAuthorized(_)
                | TokenError::Revoked(_)
                | TokenError::NeedsAuthorization(_),
            ) => Text::fixed(
                "商家未授权，或授权已失效",
                "the merchant does not authorize this platform, or not any more",
            ),
            CallError::Token(TokenError::Shadow(_)) => {
                Text::fixed("令牌由其他系统掌管", "another system has the tokens")
            }
            CallError::Token(_) => {
                Text::fixed("暂时没有可用的令牌", "there is no token at the moment")
            }
        }
    }

    /// What to do about it.
    pub fn what_to_do(&self) -> Text {
        match self {
            CallError::WeChat(wechat::Error::WeChat(refusal))
            | CallError::Token(TokenError::WeChat(wechat::Error::WeChat(refusal))) => {
                match explain(refusal.path, refusal.errcode) {
                    Some(known) => known.what_to_do.clone(),
                    None => Text::fixed(
                        "请按微信的原文处理；仍不清楚时，请凭 rid 咨询微信",
                        "go by WeChat's own words, or give the rid to WeChat's support",
                    ),
                }
            }
            CallError::Token(TokenError::Halted(open)) => open.what_to_do(),
            CallError::Token(
                TokenError::NotAuthorized(_)
                | TokenError::Revoked(_)
                | TokenError::NeedsAuthorization(_),
            ) => Text::fixed(
                "请把授权链接发给小程序管理员重新授权",
                "send the authorization link to the mini program's administrator",
            ),
            CallError::Token(TokenError::Shadow(_)) => {
                Text::fixed("请在原系统中操作", "do it in that system")
            }
            CallError::WeChat(_) | CallError::Token(_) => {
                Text::fixed("请稍后重试", "try again in a little while")
            }
        }
    }

    /// WeChat's own refusal of this call, if that is what it is.
    pub fn refusal(&self) -> Option<&ApiError> {
        match self {
            CallError::WeChat(error) => error.as_wechat(),
            CallError::Token(_) => None,
        }
    }
}

fn of_wechat(error: &wechat::Error) -> Text {
    match error {
        wechat::Error::WeChat(refusal) => refused(refusal),
        wechat::Error::Transport { .. } => {
            Text::fixed("微信没有应答", "there was no answer from WeChat")
        }
        wechat::Error::Unreadable { .. } => {
            Text::fixed("微信的应答无法识别", "WeChat's answer is not readable")
        }
    }
}

fn refused(refusal: &ApiError) -> Text {
    if let Some(known) = explain(refusal.path, refusal.errcode) {
        return known.cause.clone();
    }
    let ApiError { errcode, errmsg, .. } = refusal;
    Text::new(
        format!("微信返回 {errcode}：{errmsg}"),
        format!("WeChat answered {errcode}: {errmsg}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused_with(errcode: i64) -> CallError {
        let errmsg = "api is unauthorized to component".to_owned();
        let refusal = ApiError { path: "/wxa/get_category", errcode, errmsg, rid: None };
        CallError::WeChat(refusal.into())
    }

    #[test]
    fn a_code_that_is_known_speaks_chinese_in_chinese() {
        let error = refused_with(61_007);
        assert!(error.words().zh.contains("权限集"), "{error}");
        assert!(!error.words().zh.contains("unauthorized"), "{error}");
        assert!(error.what_to_do().zh.contains("重新授权"), "{error}");
    }

    #[test]
    fn a_code_that_nobody_has_met_keeps_wechats_words() {
        let error = refused_with(-123_456);
        assert_eq!(error.words().zh, "微信返回 -123456：api is unauthorized to component");
        assert!(error.what_to_do().zh.contains("rid"));
    }

    #[test]
    fn no_answer_is_no_refusal() {
        let source = wechat::transport::TransportError::TimedOut(std::time::Duration::from_secs(8));
        let error = wechat::Error::Transport { path: "/wxa/get_category", source };
        let error = CallError::WeChat(error);
        assert_eq!(error.words(), Text::fixed("微信没有应答", "there was no answer from WeChat"));
        assert_eq!(error.refusal(), None);
    }
}
