//! The dictionary of WeChat's codes.

use axum::{Json as Answer, http::HeaderMap};
use platform::{
    explain::{Class, Explanation, dictionary, meanings},
    text::{Language, Text},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    App,
    extract::{Path, Query},
    problem::{self, Kind, Problem},
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(list_errcodes)).routes(routes!(show_errcode))
}

/// Codes of WeChat.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErrcodeList {
    /// Each code once, in order.
    errcodes: Vec<Errcode>,
}

/// A code of WeChat.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Errcode {
    /// WeChat's code.
    #[schema(example = 85009)]
    errcode: i64,
    /// What it means; what it means in general comes first.
    meanings: Vec<Meaning>,
}

/// What a code means.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Meaning {
    /// WeChat's calls on which it means this, or the kinds of events; none where it means this in
    /// general.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    paths: Vec<&'static str>,
    /// What kind of refusal it is.
    class: ErrcodeClass,
    /// Who can do something about it.
    #[schema(example = "操作人员：先完成前置步骤。")]
    who_acts: String,
    /// Why WeChat refuses.
    #[schema(example = "已有一个版本正在审核。")]
    cause: String,
    /// What to do about it.
    #[schema(example = "请等待结果，或先撤回审核（每天 5 次、每月 10 次）。")]
    what_to_do: String,
}

/// Kinds of refusals, by who can do something about them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ErrcodeClass {
    /// A value of the request is wrong.
    Parameter,
    /// The mini program is not in a state for it.
    State,
    /// The merchant lacks a permission, or is restricted.
    Permission,
    /// A limit is used up.
    Quota,
    /// The same call may work in a moment.
    Busy,
    /// The platform's credentials or its address are not accepted.
    Credentials,
    /// The platform's rights at WeChat's open platform do not suffice.
    Platform,
    /// The merchant has to authorize again.
    Authorization,
}

/// Which codes to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Filter {
    /// Only what is of this class.
    class: Option<ErrcodeClass>,
}

/// A code in the path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct ErrcodePath {
    /// WeChat's code.
    #[param(example = 85009)]
    errcode: i64,
}

/// Lists the codes that WeChat can answer, with what to do about each.
#[utoipa::path(
    get, path = "/v1/errcodes", tag = "errcodes", params(Filter),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The codes.", body = ErrcodeList)),
)]
async fn list_errcodes(
    Query(filter): Query<Filter>,
    headers: HeaderMap,
) -> Result<Answer<ErrcodeList>, Problem> {
    let language = problem::language(&headers);
    let wanted = |known: &&Explanation| {
        filter.class.is_none_or(|class| ErrcodeClass::from(known.class) == class)
    };
    let mut errcodes: Vec<Errcode> = Vec::new();
    for known in dictionary().iter().filter(wanted) {
        let meaning = Meaning::of(known, language);
        match errcodes.last_mut() {
            Some(last) if last.errcode == known.errcode => last.meanings.push(meaning),
            _ => errcodes.push(Errcode { errcode: known.errcode, meanings: vec![meaning] }),
        }
    }
    Ok(Answer(ErrcodeList { errcodes }))
}

/// Shows what a code of WeChat means.
#[utoipa::path(
    get, path = "/v1/errcodes/{errcode}", tag = "errcodes", params(ErrcodePath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "What it means.", body = Errcode)),
)]
async fn show_errcode(
    Path(ErrcodePath { errcode }): Path<ErrcodePath>,
    headers: HeaderMap,
) -> Result<Answer<Errcode>, Problem> {
    let language = problem::language(&headers);
    let meanings: Vec<_> =
        meanings(errcode).iter().map(|known| Meaning::of(known, language)).collect();
    if meanings.is_empty() {
        return Err(unknown(errcode));
    }
    Ok(Answer(Errcode { errcode, meanings }))
}

fn unknown(errcode: i64) -> Problem {
    Problem::new(Kind::NotFound)
        .field("errcode")
        .detail(Text::new(
            format!("字典中没有错误码 {errcode}"),
            format!("the code {errcode} is not in the dictionary"),
        ))
        .what_to_do(Text::fixed(
            "请核对错误码；微信也可能新增了它，请按 wechat_message 的原文处理，或凭 rid 咨询微信",
            "check the code; WeChat may have added it: go by its words in wechat_message, or give \
             the rid to WeChat's support",
        ))
}

impl Meaning {
    fn of(known: &Explanation, language: Language) -> Self {
        Meaning {
            paths: known.paths.clone(),
            class: known.class.into(),
            who_acts: known.class.who_acts().sentence(language),
            cause: known.cause.sentence(language),
            what_to_do: known.what_to_do.sentence(language),
        }
    }
}

impl From<Class> for ErrcodeClass {
    fn from(class: Class) -> Self {
        match class {
            Class::Parameter => ErrcodeClass::Parameter,
            Class::State => ErrcodeClass::State,
            Class::Permission => ErrcodeClass::Permission,
            Class::Quota => ErrcodeClass::Quota,
            Class::Busy => ErrcodeClass::Busy,
            Class::Credentials => ErrcodeClass::Credentials,
            Class::Platform => ErrcodeClass::Platform,
            Class::Authorization => ErrcodeClass::Authorization,
        }
    }
}
