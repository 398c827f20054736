//! The places of the menu.

use platform::text::Text;

use crate::session::Role;

/// A place in the menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Today,
    MiniPrograms,
    Reviews,
    Templates,
    Events,
    Webhooks,
    Keys,
    Audit,
    Doctor,
    Errcodes,
}

impl Place {
    /// The menu: what is done daily, what is looked into, and what is set up.
    pub(crate) const GROUPS: [&[Place]; 3] = [
        &[Place::Today, Place::MiniPrograms, Place::Reviews, Place::Templates],
        &[Place::Events, Place::Webhooks, Place::Doctor, Place::Errcodes],
        &[Place::Keys, Place::Audit],
    ];

    pub(crate) fn title(self) -> Text {
        match self {
            Place::Today => Text::fixed("今日", "Today"),
            Place::MiniPrograms => Text::fixed("小程序", "Mini programs"),
            Place::Reviews => Text::fixed("审核", "Reviews"),
            Place::Templates => Text::fixed("模板", "Templates"),
            Place::Events => Text::fixed("事件", "Events"),
            Place::Webhooks => Text::fixed("Webhook", "Webhooks"),
            Place::Keys => Text::fixed("密钥与角色", "Keys and roles"),
            Place::Audit => Text::fixed("操作记录", "Audit log"),
            Place::Doctor => Text::fixed("体检", "Doctor"),
            Place::Errcodes => Text::fixed("错误码", "Error codes"),
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
            Place::Reviews => of_component("reviews"),
            Place::Templates => of_component("templates"),
            Place::Events => of_component("events"),
            Place::Webhooks => Some("/console/webhooks".to_owned()),
            Place::Keys => Some("/console/keys".to_owned()),
            Place::Audit => Some("/console/audit".to_owned()),
            Place::Doctor => Some("/console/doctor".to_owned()),
            Place::Errcodes => Some("/console/errcodes".to_owned()),
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
            Place::Reviews => "M4 3h9l3 3v11H4zM7 11l2 2 4-4",
            Place::Templates => "M3 4h14v4H3zM3 11h6v5H3zM12 11h5v5h-5z",
            Place::Events => "M2 11h4l2-6 4 11 2-5h4",
            Place::Webhooks => {
                "M7 13a3 3 0 1 1-3-3M10 5a3 3 0 1 1 2.6 4.5L10 14M13 13h-6M13 13a3 3 0 1 0 3-3"
            }
            Place::Keys => "M7 8a4 4 0 1 1 3.4 3.9L8 14.5V17H3v-3l4.4-4.4A4 4 0 0 1 7 8z",
            Place::Audit => "M5 3h10v14H5zM8 7h4M8 10h4M8 13h2",
            Place::Doctor => "M3 10h3l2-4 3 8 2-4h4",
            Place::Errcodes => "M10 3l8 14H2zM10 8v4M10 14.5v.5",
        }
    }
}
