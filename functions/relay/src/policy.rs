//! Which of WeChat's paths are open to whom.
//!
//! Three kinds are closed: what hands out or endangers credentials, always; what this platform's
//! own records follow, unless a key names that; and a user's session key, unless a key names that.

use platform::{
    operators::{Permit, Scope},
    text::Text,
};

use crate::{
    address::Address,
    problem::{Kind, Problem},
};

/// The rules, by the beginning of paths; a `*` at the end stands for any further characters. Any other path
/// takes [`Scope::Relay`] alone.
const RULES: [(&str, Access); 30] = [
    ("/cgi-bin/token", Access::Never(Why::Mints)),
    ("/cgi-bin/stable_token", Access::Never(Why::Mints)),
    ("/cgi-bin/component/api_component_token", Access::Never(Why::Mints)),
    ("/cgi-bin/component/api_authorizer_token", Access::Never(Why::Mints)),
    ("/cgi-bin/component/api_query_auth", Access::Never(Why::Mints)),
    ("/sns/oauth2/access_token", Access::Never(Why::TakesSecret)),
    ("/sns/oauth2/refresh_token", Access::Never(Why::TakesSecret)),
    ("/sns/jscode2session", Access::Never(Why::TakesSecret)),
    ("/cgi-bin/component/set_authorizer_option", Access::Never(Why::Options)),
    ("/cgi-bin/component/api_set_authorizer_option", Access::Never(Why::Options)),
    ("/cgi-bin/clear_quota*", Access::Never(Why::Quota)),
    ("/cgi-bin/component/clear_quota*", Access::Never(Why::Quota)),
    ("/cgi-bin/openapi/clear*", Access::Never(Why::Quota)),
    ("/cgi-bin/openapi/quota/clear*", Access::Never(Why::Quota)),
    ("/cgi-bin/component/api_start_push_ticket", Access::Never(Why::Ticket)),
    // A user's session key is in the answer.
    ("/sns/component/jscode2session", Access::Session),
    ("/wxa/commit", Access::StateMachine(TRIAL)),
    ("/wxa/submit_audit", Access::StateMachine(SUBMIT)),
    ("/wxa/undocodeaudit", Access::StateMachine(WITHDRAW)),
    ("/wxa/speedupaudit", Access::StateMachine(API)),
    ("/wxa/release", Access::StateMachine(RELEASE)),
    ("/wxa/revertcoderelease", Access::StateMachine(ROLLBACK)),
    ("/wxa/grayrelease", Access::StateMachine(API)),
    ("/wxa/revertgrayrelease", Access::StateMachine(API)),
    ("/wxa/change_visitstatus", Access::StateMachine(API)),
    ("/wxa/modify_domain*", Access::StateMachine(SERVER_DOMAINS)),
    ("/wxa/setwebviewdomain*", Access::StateMachine(BUSINESS_DOMAINS)),
    ("/wxa/set_prefetchdnsdomain", Access::StateMachine(API)),
    ("/cgi-bin/component/modify_wxa_server_domain", Access::StateMachine(API)),
    ("/cgi-bin/component/modify_wxa_jump_domain", Access::StateMachine(API)),
];

const TRIAL: &str = "PUT /v1/components/{component}/mini-programs/{appid}/trial";
const SUBMIT: &str = "POST /v1/components/{component}/mini-programs/{appid}/review";
const WITHDRAW: &str = "DELETE /v1/components/{component}/mini-programs/{appid}/review";
const RELEASE: &str = "POST /v1/components/{component}/mini-programs/{appid}/release";
const ROLLBACK: &str = "POST /v1/components/{component}/mini-programs/{appid}/rollback";
const SERVER_DOMAINS: &str = "PUT /v1/components/{component}/mini-programs/{appid}/server-domains";
const BUSINESS_DOMAINS: &str =
    "PUT /v1/components/{component}/mini-programs/{appid}/business-domains";
const API: &str = "GET /v1/openapi.json";

/// Which take the component's token under a name of their own.
const COMPONENT_TOKEN: [&str; 2] = ["/sns/component/*", "/sns/oauth2/component/*"];

/// A rule for some of WeChat's paths, for whoever lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// The paths, or their beginning followed by `*`.
    pub pattern: &'static str,
    /// The scopes that a key needs for them; none where no key opens them.
    pub scopes: Option<&'static [Scope]>,
    /// They are called for the component itself, with its own token.
    pub is_components: bool,
}

/// Every rule. Paths that none of them names take [`Scope::Relay`] alone.
pub fn rules() -> impl Iterator<Item = Rule> {
    RULES.iter().map(|(pattern, access)| Rule {
        pattern,
        scopes: access.scopes(),
        is_components: COMPONENT_TOKEN.iter().any(|of_component| fits(of_component, pattern)),
    })
}

/// What a rule says of its paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    /// Never passed on.
    Never(Why),
    /// Passed on for keys with [`Scope::SessionWrite`] too.
    Session,
    /// Passed on for keys with [`Scope::RelayStateMachine`] too, and what to use instead.
    StateMachine(&'static str),
}

impl Access {
    fn scopes(self) -> Option<&'static [Scope]> {
        match self {
            Access::Never(_) => None,
            Access::Session => Some(&[Scope::Relay, Scope::SessionWrite]),
            Access::StateMachine(_) => Some(&[Scope::Relay, Scope::RelayStateMachine]),
        }
    }
}

/// Why a path is never passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    Mints,
    TakesSecret,
    Options,
    Quota,
    Ticket,
}

/// How a path that is open is passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Open {
    /// It moves what this platform keeps a record of: on record, and to be checked afterwards.
    pub(crate) is_state_machine: bool,
    /// The query parameter that carries the token.
    pub(crate) token_parameter: &'static str,
}

/// Whether a key may make this call; `is_covered` says whether it is good for the account.
pub(crate) fn judge(permit: &Permit, is_covered: bool, address: &Address) -> Result<Open, Problem> {
    // Should WeChat not care for the case of letters, neither does a refusal.
    let path = address.path.to_ascii_lowercase();
    let rule = RULES.iter().find(|(pattern, _)| fits(pattern, &path)).map(|(_, access)| *access);
    if let Some(Access::Never(why)) = rule {
        return Err(why.problem());
    }
    if !is_covered {
        return Err(Problem::new(Kind::NotAllowed)
            .detail(Text::new(
                format!("此密钥不能用于 {}", address.account()),
                format!("the key is not good for {}", address.account()),
            ))
            .what_to_do(Text::fixed(
                "请使用 components、accounts 和 tags 包含该账号的密钥；第三方平台自身要写明 component",
                "use a key whose components, accounts and tags include it; the component itself \
                 has to be named, as component",
            )));
    }
    if !permit.grants(Scope::Relay) {
        return Err(missing(Scope::Relay));
    }
    if !permit.reaches(&path) {
        return Err(Problem::new(Kind::NotAllowed)
            .detail(Text::new(
                format!("此密钥不能调用 {}", address.path),
                format!("the key may not call {}", address.path),
            ))
            .what_to_do(Text::fixed(
                "请使用 paths 包含该路径的密钥",
                "use a key whose paths include it",
            )));
    }
    let is_component = COMPONENT_TOKEN.iter().any(|pattern| fits(pattern, &path));
    if is_component && address.account.is_some() {
        return Err(Problem::new(Kind::MalformedRequest)
            .detail(Text::fixed(
                "此接口使用第三方平台自身的令牌",
                "this call takes the component's own token",
            ))
            .what_to_do(Text::fixed(
                "请把地址中的 appid 换成 component",
                "put component in the place of the appid in the address",
            )));
    }
    if rule == Some(Access::Session) && !permit.grants(Scope::SessionWrite) {
        return Err(missing(Scope::SessionWrite));
    }
    if let Some(Access::StateMachine(instead)) = rule
        && !permit.grants(Scope::RelayStateMachine)
    {
        return Err(Problem::new(Kind::StateMachine)
            .detail(Text::new(
                format!("{} 由本平台记录和控制，直接调用会让记录与微信不一致", address.path),
                format!("this platform keeps a record of what {} does", address.path),
            ))
            .what_to_do(Text::new(
                format!("请改用 {instead}；确需直接调用时，使用带 relay:state-machine 的密钥"),
                format!("use {instead}; or, if it must be direct, a key with relay:state-machine"),
            )));
    }
    Ok(Open {
        is_state_machine: matches!(rule, Some(Access::StateMachine(_))),
        token_parameter: match is_component {
            true => "component_access_token",
            false => "access_token",
        },
    })
}

/// The company's policy closes what moves releases to machines: it takes two people.
pub(crate) fn takes_two(address: &Address) -> Problem {
    Problem::new(Kind::StateMachine)
        .detail(Text::new(
            format!("按双人审批策略，不能经中转调用 {}", address.path),
            format!("by the approval policy, {} does not go through the relay", address.path),
        ))
        .what_to_do(Text::fixed(
            "请改用 /v1 的对应操作，由另一人批准；策略见 GET /v1/approval-policy",
            "use the operation of /v1, which another person approves; see GET /v1/approval-policy",
        ))
}

/// Whether a path is the pattern's, or below it.
fn fits(pattern: &str, path: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => path.starts_with(beginning),
        None => {
            path.strip_prefix(pattern).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        }
    }
}

fn missing(scope: Scope) -> Problem {
    Problem::new(Kind::NotAllowed)
        .detail(Text::new(
            format!("此密钥没有 {scope} 权限"),
            format!("the key does not have the scope {scope}"),
        ))
        .what_to_do(Text::new(
            format!("请管理员用 POST /v1/keys 新建一个 role 为 machine、scopes 含 {scope} 的密钥"),
            format!(
                "have an administrator make a key of the role machine with {scope}: POST /v1/keys"
            ),
        ))
}

impl Why {
    fn problem(self) -> Problem {
        let (detail, what_to_do) = match self {
            Why::Mints => (
                Text::fixed(
                    "此接口换取令牌，会使本平台保存的令牌失效",
                    "this call makes tokens, and would make those of this platform void",
                ),
                Text::fixed(
                    "直接调用业务接口即可，令牌由本平台填入；确需持有令牌时，用 \
                     GET /v1/components/{component}/mini-programs/{appid}/access-token",
                    "just call what you need, the token is put in here; to hold a token, use \
                     GET /v1/components/{component}/mini-programs/{appid}/access-token",
                ),
            ),
            Why::TakesSecret => (
                Text::fixed(
                    "此接口需要账号自己的 AppSecret，本平台没有",
                    "this call takes the account's own AppSecret, which this platform has not",
                ),
                Text::fixed(
                    "小程序登录请用 POST /v1/components/{component}/mini-programs/{appid}/sessions",
                    "to log users of a mini program in, use \
                     POST /v1/components/{component}/mini-programs/{appid}/sessions",
                ),
            ),
            Why::Options => (
                Text::fixed(
                    "此接口修改授权方的选项，不能经中转调用",
                    "this call changes options of an account, which is not done through the relay",
                ),
                Text::fixed(
                    "请由管理员在本平台操作",
                    "have an administrator do it on this platform",
                ),
            ),
            Why::Quota => (
                Text::fixed(
                    "此接口清零调用次数，每月次数有限，不能经中转调用",
                    "this call resets counters, a few times a month for everybody, and is not made \
                     through the relay",
                ),
                Text::fixed(
                    "请由管理员在本平台操作",
                    "have an administrator do it on this platform",
                ),
            ),
            Why::Ticket => (
                Text::fixed(
                    "ticket 的推送由本平台管理",
                    "this platform looks after the pushes of tickets",
                ),
                Text::fixed("无需调用", "there is no need to call it"),
            ),
        };
        Problem::new(Kind::PathRefused).detail(detail).what_to_do(what_to_do)
    }
}
