//! Registrations, as they are shown.

use platform::{
    AppId,
    registrations::{Order, Registration, RegistrationKind, RegistrationState},
    text::Language,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The flows that WeChat has in force since 2026-04-30.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = RegistrationKind)]
pub(crate) enum FlowView {
    /// A company's mini program, which its legal person confirms.
    Enterprise,
    /// A person's mini program, which cannot take payments.
    Personal,
    /// A trial mini program, without a licence.
    Trial,
    /// A trial mini program becomes a company's.
    TrialVerification,
    /// A trial mini program becomes an ordinary one; its owner says whose.
    TrialConversion,
    /// A mini program of the owner of an official account.
    OfficialAccount,
}

/// How a registration stands.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = RegistrationState)]
pub(crate) enum StateView {
    /// WeChat is being asked for it.
    Beginning,
    /// WeChat did not answer. Should it have begun a task, nobody has its link.
    Unknown,
    /// The person has the link, or is to be given it.
    Waiting,
    /// There is a mini program.
    Registered,
    /// WeChat refused, or the person.
    Failed,
    /// Nobody came to the end of it in time.
    Expired,
}

/// A part of the registrations.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RegistrationList {
    /// The newest first. There may be fewer than asked for, and more to come, where little is of
    /// the wanted state.
    pub(super) registrations: Vec<RegistrationView>,
    /// For the next part; null on the last.
    pub(super) next_cursor: Option<String>,
}

/// A registration.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Registration)]
pub(crate) struct RegistrationView {
    /// Its id.
    #[schema(example = "01JDEXAMPLE0000000000000AA")]
    id: String,
    /// Which flow.
    kind: FlowView,
    /// How it stands.
    state: StateView,
    /// How it stands, in the caller's language.
    #[schema(example = "等待对方打开链接。")]
    text: String,
    /// What to do about it, in the caller's language; null where nothing is to be done.
    what_to_do: Option<String>,
    /// What the person is to be sent; null where there is no link that is good.
    invitation: Option<InvitationView>,
    /// WeChat's number for how far it is; its meaning, which differs from flow to flow, is in `text`.
    stage: Option<i64>,
    /// WeChat's code for why it failed.
    code: Option<i64>,
    /// The mini program: the new one, or the one that is converted.
    #[schema(value_type = Option<String>, example = "wxf8b4f85f3a794e77")]
    appid: Option<AppId>,
    /// The official account that it is registered from.
    #[schema(value_type = Option<String>)]
    official_account: Option<AppId>,
    /// The company's name; of a trial mini program, its own.
    #[schema(example = "城南面馆（北京）有限公司")]
    name: Option<String>,
    /// The company's unified social credit code.
    #[schema(example = "91110108MA01KPGK0T")]
    company_code: Option<String>,
    /// The person's WeChat id.
    wechat_id: Option<String>,
    /// The administrator's openid.
    openid: Option<String>,
    /// What WeChat calls it.
    task: Option<String>,
    /// How often it was begun.
    attempt: u32,
    /// When it was begun last.
    #[schema(format = DateTime)]
    begun_at: String,
    /// Until when the person can confirm.
    #[schema(format = DateTime)]
    deadline: Option<String>,
    /// When WeChat was asked last.
    #[schema(format = DateTime)]
    asked_at: Option<String>,
    /// When it was over.
    #[schema(format = DateTime)]
    ended_at: Option<String>,
    /// When somebody saw to it that it came to nothing.
    #[schema(format = DateTime)]
    acknowledged_at: Option<String>,
    /// When it was ordered.
    #[schema(format = DateTime)]
    created_at: String,
    /// The id of the key that ordered it.
    created_by: String,
    /// Goes up by one with every change.
    version: u64,
}

/// What the person is to be sent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Invitation)]
pub(crate) struct InvitationView {
    /// What is opened in WeChat, by the person and nobody else.
    #[schema(example = "https://mp.weixin.qq.com/wxawap/fastregister?taskid=1")]
    link: String,
    /// A message to be copied, in Chinese.
    message: String,
    /// Until when the link is good.
    #[schema(format = DateTime)]
    expires_at: String,
}

impl RegistrationView {
    pub(super) fn of(registration: Registration, language: Language) -> Self {
        let invitation = registration.invitation().map(|invitation| InvitationView {
            link: invitation.link,
            message: invitation.message,
            expires_at: invitation.expires_at.to_string(),
        });
        let (text, what_to_do) = (registration.words(), registration.what_to_do());
        let kind = registration.order.kind();
        let mut view = RegistrationView {
            id: registration.id,
            kind: kind.into(),
            state: registration.state.into(),
            text: text.sentence(language),
            what_to_do: what_to_do.map(|words| words.sentence(language)),
            invitation,
            stage: registration.stage,
            code: registration.trouble.and_then(|trouble| trouble.code),
            appid: registration.appid,
            official_account: None,
            name: None,
            company_code: None,
            wechat_id: None,
            openid: None,
            task: registration.task,
            attempt: registration.attempt,
            begun_at: registration.begun_at.to_string(),
            deadline: registration.deadline.map(|at| at.to_string()),
            asked_at: registration.asked_at.map(|at| at.to_string()),
            ended_at: registration.ended_at.map(|at| at.to_string()),
            acknowledged_at: registration.acknowledged_at.map(|at| at.to_string()),
            created_at: registration.created_at.to_string(),
            created_by: registration.by,
            version: registration.version,
        };
        match registration.order {
            Order::Enterprise { name, code, .. } => {
                (view.name, view.company_code) = (Some(name), Some(code));
            }
            Order::Personal { wechat_id, .. } => view.wechat_id = Some(wechat_id),
            Order::Trial { name, openid } => {
                (view.name, view.openid) = (Some(name), Some(openid));
            }
            Order::TrialVerification { appid, name, code, .. } => {
                (view.name, view.company_code) = (Some(name), Some(code));
                view.appid = Some(appid);
            }
            Order::TrialConversion { appid, .. } => view.appid = Some(appid),
            Order::OfficialAccount { appid, .. } => view.official_account = Some(appid),
        }
        view
    }
}

impl From<RegistrationKind> for FlowView {
    fn from(kind: RegistrationKind) -> Self {
        match kind {
            RegistrationKind::Enterprise => FlowView::Enterprise,
            RegistrationKind::Personal => FlowView::Personal,
            RegistrationKind::Trial => FlowView::Trial,
            RegistrationKind::TrialVerification => FlowView::TrialVerification,
            RegistrationKind::TrialConversion => FlowView::TrialConversion,
            RegistrationKind::OfficialAccount => FlowView::OfficialAccount,
        }
    }
}

impl From<FlowView> for RegistrationKind {
    fn from(kind: FlowView) -> Self {
        match kind {
            FlowView::Enterprise => RegistrationKind::Enterprise,
            FlowView::Personal => RegistrationKind::Personal,
            FlowView::Trial => RegistrationKind::Trial,
            FlowView::TrialVerification => RegistrationKind::TrialVerification,
            FlowView::TrialConversion => RegistrationKind::TrialConversion,
            FlowView::OfficialAccount => RegistrationKind::OfficialAccount,
        }
    }
}

impl From<RegistrationState> for StateView {
    fn from(state: RegistrationState) -> Self {
        match state {
            RegistrationState::Beginning => StateView::Beginning,
            RegistrationState::Unknown => StateView::Unknown,
            RegistrationState::Waiting => StateView::Waiting,
            RegistrationState::Registered => StateView::Registered,
            RegistrationState::Failed => StateView::Failed,
            RegistrationState::Expired => StateView::Expired,
        }
    }
}

impl From<StateView> for RegistrationState {
    fn from(state: StateView) -> Self {
        match state {
            StateView::Beginning => RegistrationState::Beginning,
            StateView::Unknown => RegistrationState::Unknown,
            StateView::Waiting => RegistrationState::Waiting,
            StateView::Registered => RegistrationState::Registered,
            StateView::Failed => RegistrationState::Failed,
            StateView::Expired => RegistrationState::Expired,
        }
    }
}
