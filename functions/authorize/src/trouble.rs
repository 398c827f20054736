//! What can go wrong, in words for a merchant, and for operators in the log. The one place that
//! turns an error into a page.

use std::fmt::Display;

use axum::response::Response;
use http::StatusCode;
use platform::{
    AppId,
    authorization::StateError,
    call::CallError,
    grants::GrantError,
    registrations::{AgreeError, RegistrationError},
    secrets::ComponentError,
    storage::StorageError,
    text::Text,
    ticket::TicketError,
    tokens::TokenError,
};
use tokio::task::JoinError;

use crate::{App, pages, visitor::Visitor};

/// A problem as the merchant meets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The path names no component of this deployment.
    NoSuchPlatform,
    /// The link names an account that cannot be one.
    NoSuchAccount,
    /// The component's configuration is broken.
    Disabled,
    /// There is no ticket yet, or WeChat does not take it.
    NotReady,
    /// Another system runs the platform.
    Elsewhere,
    /// WeChat does not trust our address.
    AddressRefused,
    /// The day's calls are used up.
    QuotaUsed,
    /// WeChat or AWS does not answer at the moment.
    Unreachable,
    /// WeChat refuses for a reason that the merchant can do nothing about.
    Refused,
    /// The merchant came back without a code.
    NotFinished,
    /// The state is missing, forged or of another component.
    NotFromHere,
    /// The state has expired.
    TooLate,
    /// The state was used with another code.
    UsedLink,
    /// The code is used, expired or wrong.
    CodeRefused,
    /// The merchant has withdrawn meanwhile.
    Withdrawn,
    /// Somebody else is exchanging the code.
    StillWorking,
    /// The link to a mini program is malformed, too old, or was used with another ticket.
    NoOffer,
    /// The mini program is still being registered.
    StillRegistering,
}

/// What a problem's page says.
pub(crate) struct Words {
    pub(crate) status: StatusCode,
    pub(crate) title: Text,
    pub(crate) what_to_do: Text,
    /// Beginning again helps.
    pub(crate) restart: bool,
}

/// A problem on its way to the merchant and into the log, which share its reference.
pub(crate) struct Problem<'a> {
    visitor: &'a Visitor,
    component: Option<&'a AppId>,
    reference: String,
}

impl<'a> Problem<'a> {
    pub(crate) fn new(app: &App, visitor: &'a Visitor, component: Option<&'a AppId>) -> Self {
        let reference = app.platform.random.identifier(app.platform.clock.now());
        Problem { visitor, component, reference }
    }

    /// The page of something that no operator needs to know.
    pub(crate) fn page(self, trouble: Trouble) -> Response {
        pages::problem(self.visitor, self.component, &trouble.words(), &self.reference)
    }

    pub(crate) fn of_component(self, error: &ComponentError) -> Response {
        match error {
            ComponentError::Unknown(_) => self.page(Trouble::NoSuchPlatform),
            ComponentError::Disabled(..) => self.log_and_page(Trouble::Disabled, error),
        }
    }

    pub(crate) fn of_storage(self, error: &StorageError) -> Response {
        self.log_and_page(Trouble::Unreachable, error)
    }

    pub(crate) fn of_call(self, error: &CallError) -> Response {
        self.log_and_page(Trouble::of_call(error), error)
    }

    pub(crate) fn of_state(self, error: &StateError) -> Response {
        match error {
            StateError::Storage(error) => self.of_storage(error),
            StateError::Forged => self.page(Trouble::NotFromHere),
            StateError::Expired => self.page(Trouble::TooLate),
            StateError::Used => self.page(Trouble::UsedLink),
        }
    }

    pub(crate) fn of_grant(self, error: &GrantError) -> Response {
        let trouble = match error {
            GrantError::Storage(_) => Trouble::Unreachable,
            GrantError::Call(error) => Trouble::of_call(error),
            GrantError::CodeRefused(_) => Trouble::CodeRefused,
            GrantError::Withdrawn(_) => Trouble::Withdrawn,
            GrantError::Busy => Trouble::StillWorking,
        };
        self.log_and_page(trouble, error)
    }

    /// The link to a mini program is not good.
    pub(crate) fn of_offer(self, error: &StateError) -> Response {
        match error {
            StateError::Storage(error) => self.of_storage(error),
            StateError::Forged | StateError::Expired | StateError::Used => {
                self.page(Trouble::NoOffer)
            }
        }
    }

    pub(crate) fn of_agreement(self, error: &AgreeError) -> Response {
        let error = match error {
            AgreeError::State(error) => return self.of_offer(error),
            AgreeError::Registration(error) => error,
        };
        let trouble =
            match error {
                RegistrationError::Call(error)
                | RegistrationError::Grant(GrantError::Call(error)) => Trouble::of_call(error),
                RegistrationError::Storage(_)
                | RegistrationError::Grant(GrantError::Storage(_)) => Trouble::Unreachable,
                RegistrationError::Busy(_) | RegistrationError::Grant(GrantError::Busy) => {
                    Trouble::StillRegistering
                }
                // The ticket cannot be one.
                RegistrationError::Invalid(_) => Trouble::NotFinished,
                _ => Trouble::Refused,
            };
        self.log_and_page(trouble, error)
    }

    pub(crate) fn of_panic(self, error: &JoinError) -> Response {
        self.log_and_page(Trouble::Unreachable, error)
    }

    fn log_and_page(self, trouble: Trouble, error: &dyn Display) -> Response {
        let component = self.component.map(AppId::as_str).unwrap_or_default();
        let reference = &self.reference;
        if trouble.needs_an_operator() {
            tracing::error!(component, reference, %error, "merchant cannot authorize: {error}");
        } else {
            tracing::warn!(component, reference, %error, "authorization interrupted: {error}");
        }
        self.page(trouble)
    }
}

impl Trouble {
    fn of_call(error: &CallError) -> Self {
        let wechat = match error {
            CallError::WeChat(error) => error,
            CallError::Token(TokenError::WeChat(error)) => error,
            CallError::Token(TokenError::Ticket(TicketError::Never(_))) => {
                return Trouble::NotReady;
            }
            CallError::Token(TokenError::Shadow(_)) => return Trouble::Elsewhere,
            CallError::Token(TokenError::Component(_)) => return Trouble::Disabled,
            CallError::Token(_) => return Trouble::Unreachable,
        };
        match wechat.as_wechat() {
            None => Trouble::Unreachable,
            Some(refusal) if refusal.is_busy() => Trouble::Unreachable,
            Some(refusal) if refusal.is_ticket_invalid() => Trouble::NotReady,
            Some(refusal) if refusal.is_address_refused() => Trouble::AddressRefused,
            Some(refusal) if refusal.errcode == 45009 => Trouble::QuotaUsed,
            Some(_) => Trouble::Refused,
        }
    }

    /// It stays so until somebody does something about it.
    fn needs_an_operator(self) -> bool {
        matches!(
            self,
            Trouble::Disabled
                | Trouble::NotReady
                | Trouble::AddressRefused
                | Trouble::QuotaUsed
                | Trouble::Refused
        )
    }

    fn words(self) -> Words {
        let (status, title, what_to_do, restart) = match self {
            Trouble::NoSuchPlatform => (
                StatusCode::NOT_FOUND,
                Text::fixed("链接无效", "This link leads nowhere"),
                Text::fixed(
                    "请检查链接是否完整，或向给你链接的服务商要一个新的。",
                    "Please check that the link is complete, or ask whoever gave it to you for a \
                     new one.",
                ),
                false,
            ),
            Trouble::NoSuchAccount => (
                StatusCode::BAD_REQUEST,
                Text::fixed("链接中的小程序无效", "The link names no mini program"),
                Text::fixed(
                    "链接里的 biz_appid 应该是小程序的 AppID（wx 开头）。请向服务商要一个新的链接。",
                    "biz_appid in the link should be a mini program's AppID (wx…). Please ask your \
                     service provider for a new link.",
                ),
                true,
            ),
            Trouble::Disabled => (
                StatusCode::SERVICE_UNAVAILABLE,
                Text::fixed("平台暂停服务", "This platform is out of service"),
                Text::fixed(
                    "平台的配置需要修正。请把下面的编号告诉服务商。",
                    "Its configuration has to be mended. Please give the reference below to your \
                     service provider.",
                ),
                false,
            ),
            Trouble::NotReady => (
                StatusCode::SERVICE_UNAVAILABLE,
                Text::fixed("平台还没有准备好", "This platform is not ready yet"),
                Text::fixed(
                    "微信还没有让平台开始工作，通常十几分钟内会好。请稍后再试；若一直如此，请联系服务商。",
                    "WeChat has not let it begin yet, which usually takes some ten minutes. Please \
                     try again later; if it stays so, contact your service provider.",
                ),
                true,
            ),
            Trouble::Elsewhere => (
                StatusCode::SERVICE_UNAVAILABLE,
                Text::fixed("平台正在迁移", "This platform is being moved"),
                Text::fixed(
                    "目前不能从这里授权。请向服务商要现在使用的授权链接，或稍后再试。",
                    "It takes no authorizations here at the moment. Please ask your service \
                     provider for the link that is in use, or try again later.",
                ),
                false,
            ),
            Trouble::AddressRefused => (
                StatusCode::SERVICE_UNAVAILABLE,
                Text::fixed("平台暂时无法连接微信", "This platform cannot reach WeChat"),
                Text::fixed(
                    "微信不接受平台的服务器地址，需要服务商处理。请把下面的编号告诉服务商，稍后再试。",
                    "WeChat does not accept the address of its server, and only the service \
                     provider can mend that. Please give them the reference below, and try again \
                     later.",
                ),
                true,
            ),
            Trouble::QuotaUsed => (
                StatusCode::SERVICE_UNAVAILABLE,
                Text::fixed("今天的次数已用完", "Today's calls are used up"),
                Text::fixed(
                    "微信限制了平台每天的调用次数。请明天再试，或联系服务商。",
                    "WeChat limits how often this platform may ask in a day. Please try again \
                     tomorrow, or contact your service provider.",
                ),
                true,
            ),
            Trouble::Unreachable => (
                StatusCode::SERVICE_UNAVAILABLE,
                Text::fixed("暂时连接不上", "Not reachable at the moment"),
                Text::fixed(
                    "请过一会儿再试。若一直如此，请把下面的编号告诉服务商。",
                    "Please try again in a while. If it stays so, give the reference below to your \
                     service provider.",
                ),
                true,
            ),
            Trouble::Refused => (
                StatusCode::BAD_GATEWAY,
                Text::fixed("微信拒绝了请求", "WeChat refused"),
                Text::fixed(
                    "这需要服务商处理。请把下面的编号告诉服务商。",
                    "Your service provider has to look into it. Please give them the reference \
                     below.",
                ),
                true,
            ),
            Trouble::NotFinished => (
                StatusCode::BAD_REQUEST,
                Text::fixed("授权没有完成", "The authorization was not finished"),
                Text::fixed(
                    "微信没有带回授权结果，什么也没有改变。请重新开始。",
                    "WeChat brought no result back, and nothing has changed. Please start again.",
                ),
                true,
            ),
            Trouble::NotFromHere => (
                StatusCode::BAD_REQUEST,
                Text::fixed("这个返回地址无效", "This way back is not valid"),
                Text::fixed(
                    "授权需要从授权页开始。请重新开始。",
                    "An authorization begins on its own page. Please start again.",
                ),
                true,
            ),
            Trouble::TooLate => (
                StatusCode::GONE,
                Text::fixed("链接已过期", "The link has expired"),
                Text::fixed(
                    "从开始到确认的时间太长了。请重新开始。",
                    "Too much time went by between the start and the confirmation. Please start \
                     again.",
                ),
                true,
            ),
            Trouble::UsedLink => (
                StatusCode::CONFLICT,
                Text::fixed("链接已使用", "The link was used before"),
                Text::fixed(
                    "每次授权都需要一个新的链接。请重新开始。",
                    "Each authorization needs a new link. Please start again.",
                ),
                true,
            ),
            Trouble::CodeRefused => (
                StatusCode::GONE,
                Text::fixed("微信不再接受这次授权", "WeChat does not accept this authorization"),
                Text::fixed(
                    "授权码已使用或已过期。如果你刚刚在微信里确认过，平台可能已经收到授权，请先问服务商；否则请重新开始。",
                    "Its code is used or has expired. If you have just confirmed in WeChat, the \
                     platform may know already: please ask your service provider first. Otherwise \
                     start again.",
                ),
                true,
            ),
            Trouble::Withdrawn => (
                StatusCode::CONFLICT,
                Text::fixed("授权已被取消", "The authorization was withdrawn"),
                Text::fixed(
                    "这个小程序的授权随后被取消了。需要的话，请重新授权。",
                    "The mini program's authorization was withdrawn since. If that was not meant, \
                     please authorize again.",
                ),
                true,
            ),
            Trouble::NoOffer => (
                StatusCode::GONE,
                Text::fixed("链接已失效", "This link is not good any more"),
                Text::fixed(
                    "注册链接不完整、已过期或已使用。请向服务商要一个新的。",
                    "It is not complete, has expired or was used. Please ask your service provider \
                     for a new one.",
                ),
                false,
            ),
            Trouble::StillRegistering => (
                StatusCode::SERVICE_UNAVAILABLE,
                Text::fixed("正在注册小程序", "Still at it"),
                Text::fixed(
                    "请在几秒后刷新此页，不需要重新确认。",
                    "Please reload this page in a few seconds; there is no need to confirm again.",
                ),
                false,
            ),
            Trouble::StillWorking => (
                StatusCode::SERVICE_UNAVAILABLE,
                Text::fixed("正在处理授权", "Still working on it"),
                Text::fixed(
                    "请在几秒后刷新此页，不需要重新授权。",
                    "Please reload this page in a few seconds; there is no need to authorize \
                     again.",
                ),
                false,
            ),
        };
        Words { status, title, what_to_do, restart }
    }
}
