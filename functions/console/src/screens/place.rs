//! The places of the menu.

use platform::text::Text;

use crate::session::Role;

/// A place in the menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Today,
    MiniPrograms,
    Registrations,
    Onboarding,
    Rollouts,
    Reviews,
    Templates,
    Events,
    Webhooks,
    Keys,
    Approvals,
    Audit,
    Doctor,
    Errcodes,
    SelfTest,
    Settings,
}

impl Place {
    /// The menu: what is done daily, what is looked into, and what is set up.
    pub(crate) const GROUPS: [&[Place]; 3] = [
        &[
            Place::Today,
            Place::Approvals,
            Place::MiniPrograms,
            Place::Registrations,
            Place::Onboarding,
            Place::Rollouts,
            Place::Reviews,
            Place::Templates,
        ],
        &[Place::Events, Place::Webhooks, Place::Doctor, Place::Errcodes],
        &[Place::Settings, Place::SelfTest, Place::Keys, Place::Audit],
    ];

    pub(crate) fn title(self) -> Text {
        match self {
            Place::Today => Text::fixed("今日", "Today"),
            Place::MiniPrograms => Text::fixed("小程序", "Mini programs"),
            Place::Onboarding => Text::fixed("上线看板", "Onboarding"),
            Place::Rollouts => Text::fixed("批量发布", "Rollouts"),
            Place::Reviews => Text::fixed("审核", "Reviews"),
            Place::Templates => Text::fixed("模板", "Templates"),
            Place::Events => Text::fixed("事件", "Events"),
            Place::Webhooks => Text::fixed("Webhook", "Webhooks"),
            Place::Keys => Text::fixed("密钥与角色", "Keys and roles"),
            Place::Approvals => Text::fixed("待批准", "Approvals"),
            Place::Audit => Text::fixed("操作记录", "Audit log"),
            Place::Doctor => Text::fixed("体检", "Doctor"),
            Place::Errcodes => Text::fixed("错误码", "Error codes"),
            Place::Registrations => Text::fixed("注册", "Registrations"),
            Place::SelfTest => Text::fixed("全网发布自检", "Self-test"),
            Place::Settings => Text::fixed("平台设置", "Settings"),
        }
    }

    /// Who sees it.
    pub(crate) fn least(self) -> Role {
        match self {
            Place::Keys | Place::Audit => Role::Admin,
            _ => Role::Viewer,
        }
    }

    /// Where it is; nowhere, if it is a component's and there is none.
    pub(crate) fn address(self, component: Option<&str>) -> Option<String> {
        let of_component = |name: &str| Some(format!("/console/{}/{name}", component?));
        match self {
            Place::Today => Some("/console".to_owned()),
            Place::MiniPrograms => of_component("mini-programs"),
            Place::Onboarding => of_component("onboarding"),
            Place::Rollouts => of_component("rollouts"),
            Place::Reviews => of_component("reviews"),
            Place::Templates => of_component("templates"),
            Place::Events => of_component("events"),
            Place::Webhooks => Some("/console/webhooks".to_owned()),
            Place::Keys => Some("/console/keys".to_owned()),
            Place::Approvals => Some("/console/approvals".to_owned()),
            Place::Audit => Some("/console/audit".to_owned()),
            Place::Doctor => Some("/console/doctor".to_owned()),
            Place::Errcodes => Some("/console/errcodes".to_owned()),
            Place::Registrations => of_component("registrations"),
            Place::SelfTest => of_component("self-tests"),
            Place::Settings => of_component("settings"),
        }
    }

    pub(crate) fn icon(self) -> &'static str {
        match self {
            Place::Today => {
                "M10 2v2M10 16v2M2 10h2M16 10h2M4.3 4.3l1.4 1.4M14.3 14.3l1.4 1.4M4.3 15.7l1.4-1.4M14.3 5.7l1.4-1.4M10 6.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7z"
            }
            Place::MiniPrograms => {
                "M3 3h5.5v5.5H3zM11.5 3H17v5.5h-5.5zM3 11.5h5.5V17H3zM11.5 11.5H17V17h-5.5z"
            }
            Place::Onboarding => "M3 5h4v11H3zM8 5h4v8H8zM13 5h4v5h-4z",
            Place::Rollouts => "M3 16h3v-3h4V9h4V5h3M14 3l3 2-2 3",
            Place::Reviews => "M4 3h9l3 3v11H4zM7 11l2 2 4-4",
            Place::Templates => "M3 4h14v4H3zM3 11h6v5H3zM12 11h5v5h-5z",
            Place::Events => "M2 11h4l2-6 4 11 2-5h4",
            Place::Webhooks => {
                "M7 13a3 3 0 1 1-3-3M10 5a3 3 0 1 1 2.6 4.5L10 14M13 13h-6M13 13a3 3 0 1 0 3-3"
            }
            Place::Keys => "M7 8a4 4 0 1 1 3.4 3.9L8 14.5V17H3v-3l4.4-4.4A4 4 0 0 1 7 8z",
            Place::Approvals => "M2 10l3 3 6-7M8 12l1 1 7-8",
            Place::Audit => "M5 3h10v14H5zM8 7h4M8 10h4M8 13h2",
            Place::Doctor => "M3 10h3l2-4 3 8 2-4h4",
            Place::Registrations => {
                "M8 3a3.2 3.2 0 1 1 0 6.4A3.2 3.2 0 0 1 8 3zM2 17c0-3.5 2.5-5.5 6-5.5s6 2 6 5.5M16 6v6M13 9h6"
            }
            Place::SelfTest => "M10 2l7 3v5c0 4-3 7-7 8-4-1-7-4-7-8V5zM7 10l2 2 4-4",
            Place::Settings => "M3 6h8M15 6h2M13 4v4M3 14h2M9 14h8M7 12v4",
            Place::Errcodes => "M10 3l8 14H2zM10 8v4M10 14.5v.5",
        }
    }
}
