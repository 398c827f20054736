//! Mini programs that are registered for merchants.

mod views;

use axum::{
    Extension, Json as Answer,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use platform::{
    AppId,
    fault::Faults,
    operators::Operator,
    registrations::{MAX_PAGE, RegistrationFilter, RegistrationWish, qr_png, qr_svg},
    text::Text,
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use self::views::{FlowView, RegistrationList, RegistrationView, StateView};
use crate::{
    App,
    extract::{Checked, ComponentPath, Json, Meaning, MiniProgramPath, Path, Query},
    problem::{self, Kind, Problem},
};

/// Letters of an id.
const ID: usize = 26;
/// The width of a QR code in PNG, in pixels, unless the request says otherwise.
const SIZE: usize = 480;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list_registrations, begin_registration))
        .routes(routes!(offer_registration))
        .routes(routes!(show_registration))
        .routes(routes!(check_registration))
        .routes(routes!(renew_registration))
        .routes(routes!(acknowledge_registration))
        .routes(routes!(registration_qr_code))
        .routes(routes!(rename_trial_mini_program))
}

/// A mini program to be registered. Which fields it takes depends on the kind: all that belong to
/// it, and no others. Lengths are looked at together with that, so that all faults are named at once.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "enterprise", "name": "城南面馆（北京）有限公司", "code": "91110108MA01KPGK0T",
    "component_phone": "010-88880000",
}))]
pub(crate) struct BeginRegistration {
    /// Which flow: `enterprise` (`name`, `code`, `component_phone`), `personal` (`wechat_id`,
    /// `component_phone`), `trial` (`name`, `openid`), `trial-verification` (`appid`, `name`,
    /// `code`, `component_phone`), `trial-conversion` (`appid`, `component_phone`),
    /// `official-account` (`appid`, `ticket`; see `registration-links`). Mini programs for
    /// transactions (`fastregistertransactionweapp`) are registered through the relay, and are none
    /// of these.
    kind: FlowView,
    /// The company's name as its licence has it, for a sole trader without one 个体户 and the
    /// person's name; of a trial mini program its own name, 4 to 30 characters, to which WeChat adds
    /// 的体验小程序.
    name: Option<String>,
    /// The company's unified social credit code, 18 characters.
    code: Option<String>,
    /// The person's WeChat id, which is not the nickname; up to 64 characters.
    wechat_id: Option<String>,
    /// The future administrator's openid, of any account of the same owner that authorized this
    /// platform; 28 characters that begin with o.
    openid: Option<String>,
    /// The trial mini program that is to become an ordinary one; or the official account whose
    /// owner gets a mini program.
    #[schema(example = "wxf8b4f85f3a794e77")]
    appid: Option<String>,
    /// What WeChat's page sent back when the administrator of the official account had agreed. With
    /// a link of `registration-links` nobody has to handle it: the registration is begun when they
    /// come back.
    #[schema(value_type = Option<String>)]
    ticket: Option<SecretString>,
    /// The platform's telephone number, 7 to 15 digits.
    component_phone: Option<String>,
}

/// An official account whose owner is to get a mini program.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "appid": "wx5a5bf0bd1f9a8c6e" }))]
pub(crate) struct OfferRegistration {
    /// The official account. It has to have authorized this platform, with permission set 27.
    #[schema(example = "wx5a5bf0bd1f9a8c6e")]
    appid: String,
    /// Takes the account's verification over for the mini program, which it does where it is left
    /// out.
    #[serde(default = "yes")]
    #[schema(default = true)]
    copy_verification: bool,
}

/// A link for the administrator of an official account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RegistrationLink {
    /// A page of this platform, which leads to WeChat's, and back. Good for one registration.
    #[schema(
        example = "https://fleet.example.com/authorize/wx570bc396a51b8ff8/register?state=AAAA"
    )]
    link: String,
    /// Until when it is good.
    #[schema(format = DateTime)]
    expires_at: String,
}

fn yes() -> bool {
    true
}

/// Another name for a trial mini program.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RenameTrial {
    /// 4 to 30 characters; WeChat adds 的体验小程序.
    #[schema(min_length = 2, max_length = 30, example = "城南面馆")]
    name: String,
}

/// Which registrations, and where in their list to begin.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RegistrationsQuery {
    /// Those in this state.
    state: Option<StateView>,
    /// Those of this flow.
    kind: Option<FlowView>,
    /// `next_cursor` of the part before.
    cursor: Option<String>,
    /// 1 to 100; 50 where it is left out.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
}

/// A registration in the path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct RegistrationPath {
    /// The component's appid.
    #[param(value_type = String, example = "wx570bc396a51b8ff8")]
    component: AppId,
    /// The registration's id.
    id: String,
}

/// What the QR code is to be.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct QrCodeQuery {
    /// `svg`, or `png`, which it is where nothing is said.
    #[param(inline)]
    format: Option<QrCodeFormat>,
    /// The width of a PNG in pixels; 480 where it is left out.
    #[param(minimum = 120, maximum = 2000)]
    size: Option<usize>,
}

/// A format of pictures.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum QrCodeFormat {
    /// PNG, to be sent in a chat.
    Png,
    /// SVG, to be shown on a page.
    Svg,
}

/// Lists the registrations of a component, as last known, the newest first.
#[utoipa::path(
    get, path = "/v1/components/{component}/registrations", tag = "registrations",
    params(ComponentPath, RegistrationsQuery),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The registrations.", body = RegistrationList)),
)]
async fn list_registrations(
    State(app): State<App>,
    headers: HeaderMap,
    Path(path): Path<ComponentPath>,
    Query(query): Query<RegistrationsQuery>,
) -> Result<Answer<RegistrationList>, Problem> {
    if query.cursor.as_deref().is_some_and(|cursor| !is_id(cursor)) {
        return Err(Problem::malformed_cursor());
    }
    let filter =
        RegistrationFilter { state: query.state.map(Into::into), kind: query.kind.map(Into::into) };
    let (before, limit) = (query.cursor.as_deref(), query.limit.unwrap_or(50).min(MAX_PAGE));
    let page = app.platform.registrations.list(&path.component, filter, before, limit).await?;
    let language = problem::language(&headers);
    let view = |registration| RegistrationView::of(registration, language);
    Ok(Answer(RegistrationList {
        registrations: page.items.into_iter().map(view).collect(),
        next_cursor: page.next,
    }))
}

/// Begins a registration. WeChat sends nothing to anybody: `invitation` has the link, and a message
/// to be copied, for the person who has to confirm within 24 hours. There is one at a time for each
/// company, person and account.
#[utoipa::path(
    post, path = "/v1/components/{component}/registrations", tag = "registrations",
    params(ComponentPath), request_body = BeginRegistration,
    security(("operator_key" = ["release"])),
    responses(
        (status = 201, description = "It is begun.", body = RegistrationView),
        (status = 202, description = "WeChat did not answer. Should it have begun a task, nobody \
            has its link: renew it.", body = RegistrationView),
    ),
)]
async fn begin_registration(
    State(app): State<App>,
    Extension(operator): Extension<Operator>,
    headers: HeaderMap,
    Path(path): Path<ComponentPath>,
    Checked(wanted): Checked<BeginRegistration>,
) -> Result<Response, Problem> {
    let (registrations, component) = (&app.platform.registrations, &path.component);
    let begun =
        registrations.begin(component, wanted.kind.into(), wanted.into(), &operator.key).await?;
    let status = if begun.is_answered() { StatusCode::CREATED } else { StatusCode::ACCEPTED };
    let location = format!("/v1/components/{component}/registrations/{}", begun.id);
    let location = HeaderValue::try_from(location).expect("an id is letters and digits");
    let answer = Answer(RegistrationView::of(begun, problem::language(&headers)));
    Ok((status, [(header::LOCATION, location)], answer).into_response())
}

/// Makes a link for the administrator of an official account, who agrees on WeChat's page to a mini
/// program of the same owner. When they come back it is registered: a registration of the kind
/// `official-account`, in whose list it stands from then on. The link is good for a day, and once.
#[utoipa::path(
    post, path = "/v1/components/{component}/registration-links", tag = "registrations",
    params(ComponentPath), request_body = OfferRegistration,
    security(("operator_key" = ["release"])),
    responses((status = 201, description = "The link.", body = RegistrationLink)),
)]
async fn offer_registration(
    State(app): State<App>,
    Extension(operator): Extension<Operator>,
    Path(path): Path<ComponentPath>,
    Json(wanted): Json<OfferRegistration>,
) -> Result<(StatusCode, Answer<RegistrationLink>), Problem> {
    let OfferRegistration { appid, copy_verification } = wanted;
    let (registrations, addresses) = (&app.platform.registrations, &app.platform.addresses);
    let by = &operator.key;
    let offer =
        registrations.offer(addresses, &path.component, &appid, copy_verification, by).await?;
    let link = offer.link.into();
    let answer = RegistrationLink { link, expires_at: offer.expires_at.to_string() };
    Ok((StatusCode::CREATED, Answer(answer)))
}

/// Shows a registration, as last known.
#[utoipa::path(
    get, path = "/v1/components/{component}/registrations/{id}", tag = "registrations",
    params(RegistrationPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The registration.", body = RegistrationView)),
)]
async fn show_registration(
    State(app): State<App>,
    headers: HeaderMap,
    Path(path): Path<RegistrationPath>,
) -> Result<Answer<RegistrationView>, Problem> {
    let registration = app.platform.registrations.find(&path.component, &path.id).await?;
    Ok(Answer(RegistrationView::of(registration, problem::language(&headers))))
}

/// Asks WeChat how a registration stands, where it can be asked, and shows it. It is asked by itself
/// too, and its events are taken in: this is for whoever cannot wait.
#[utoipa::path(
    post, path = "/v1/components/{component}/registrations/{id}/check", tag = "registrations",
    params(RegistrationPath),
    security(("operator_key" = ["release"])),
    responses((status = 200, description = "The registration.", body = RegistrationView)),
)]
async fn check_registration(
    State(app): State<App>,
    headers: HeaderMap,
    Path(path): Path<RegistrationPath>,
) -> Result<Answer<RegistrationView>, Problem> {
    let registration = app.platform.registrations.check(&path.component, &path.id).await?;
    Ok(Answer(RegistrationView::of(registration, problem::language(&headers))))
}

/// Begins a registration once more that failed or whose day has passed, with a new link. Refused
/// while the last link is good, about which WeChat is asked first.
#[utoipa::path(
    post, path = "/v1/components/{component}/registrations/{id}/renewal", tag = "registrations",
    params(RegistrationPath),
    security(("operator_key" = ["release"])),
    responses(
        (status = 200, description = "It is begun.", body = RegistrationView),
        (status = 202, description = "WeChat did not answer: renew it once more.",
            body = RegistrationView),
    ),
)]
async fn renew_registration(
    State(app): State<App>,
    headers: HeaderMap,
    Path(path): Path<RegistrationPath>,
) -> Result<(StatusCode, Answer<RegistrationView>), Problem> {
    let renewed = app.platform.registrations.renew(&path.component, &path.id).await?;
    let status = if renewed.is_answered() { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok((status, Answer(RegistrationView::of(renewed, problem::language(&headers)))))
}

/// Says that somebody has seen to a registration that came to nothing: it is not begun again, and
/// `/v1/attention` names it no longer. Of any other nothing is changed.
#[utoipa::path(
    post, path = "/v1/components/{component}/registrations/{id}/acknowledgement",
    tag = "registrations", params(RegistrationPath),
    security(("operator_key" = ["release"])),
    responses((status = 200, description = "The registration.", body = RegistrationView)),
)]
async fn acknowledge_registration(
    State(app): State<App>,
    headers: HeaderMap,
    Path(path): Path<RegistrationPath>,
) -> Result<Answer<RegistrationView>, Problem> {
    let registration = app.platform.registrations.acknowledge(&path.component, &path.id).await?;
    Ok(Answer(RegistrationView::of(registration, problem::language(&headers))))
}

/// Draws the invitation's link as a QR code, to be scanned in WeChat.
#[utoipa::path(
    get, path = "/v1/components/{component}/registrations/{id}/qr-code", tag = "registrations",
    params(RegistrationPath, QrCodeQuery),
    security(("operator_key" = ["read"])),
    responses(
        (status = 200, description = "The picture.", content(
            (Vec<u8> = "image/png"),
            (String = "image/svg+xml"),
        )),
    ),
)]
async fn registration_qr_code(
    State(app): State<App>,
    Path(path): Path<RegistrationPath>,
    Query(query): Query<QrCodeQuery>,
) -> Result<Response, Problem> {
    let size = query.size.unwrap_or(SIZE);
    if !(120..=2000).contains(&size) {
        return Err(Problem::new(Kind::MalformedRequest)
            .field("size")
            .detail(Text::fixed("size 应为 120 至 2000 像素", "size is 120 to 2000 pixels")));
    }
    let registration = app.platform.registrations.find(&path.component, &path.id).await?;
    let Some(invitation) = registration.invitation() else {
        let problem = Problem::new(Kind::WrongState).detail(registration.words());
        return Err(match registration.what_to_do() {
            Some(what_to_do) => problem.what_to_do(what_to_do),
            None => problem,
        });
    };
    let format = query.format.unwrap_or(QrCodeFormat::Png);
    let (media_type, ending, picture) = match format {
        QrCodeFormat::Png => ("image/png", "png", qr_png(&invitation.link, size)),
        QrCodeFormat::Svg => {
            ("image/svg+xml", "svg", qr_svg(&invitation.link).map(String::into_bytes))
        }
    };
    let picture = picture.ok_or_else(|| {
        Problem::new(Kind::WeChatUnreadable).detail(Text::fixed(
            "微信给出的链接太长，画不成二维码，请直接发送链接",
            "WeChat's link is too long for a QR code: send the link itself",
        ))
    })?;
    let disposition = format!("inline; filename=\"registration-{}.{ending}\"", path.id);
    let headers =
        [(header::CONTENT_TYPE, media_type.to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    Ok((headers, picture).into_response())
}

/// Renames a trial mini program.
#[utoipa::path(
    put, path = "/v1/components/{component}/mini-programs/{appid}/profile/trial-name",
    tag = "registrations", params(MiniProgramPath), request_body = RenameTrial,
    security(("operator_key" = ["release"])),
    responses((status = 204, description = "It has the new name.")),
)]
async fn rename_trial_mini_program(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
    Json(wanted): Json<RenameTrial>,
) -> Result<StatusCode, Problem> {
    let registrations = &app.platform.registrations;
    registrations.rename_trial(&path.component, &path.appid, &wanted.name).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl Meaning for BeginRegistration {
    fn faults(&self) -> Faults {
        RegistrationWish::from(self.clone()).faults(self.kind.into())
    }
}

impl From<BeginRegistration> for RegistrationWish {
    fn from(wanted: BeginRegistration) -> Self {
        RegistrationWish {
            name: wanted.name,
            code: wanted.code,
            wechat_id: wanted.wechat_id,
            openid: wanted.openid,
            appid: wanted.appid,
            ticket: wanted.ticket,
            component_phone: wanted.component_phone,
        }
    }
}

fn is_id(text: &str) -> bool {
    text.len() == ID && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
