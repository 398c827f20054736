//! What is done about a filing.

use http::Method;
use platform::text::Text;

use super::application::APPLICATION;
use crate::{
    action::{Action, Field, Kind, Then},
    session::Role,
};

static WHAT: [(&str, Text); 3] = [
    ("mini-program", Text::fixed("这个小程序", "the mini program")),
    ("wechat-mini-program", Text::fixed("仅微信上的备案", "its filing at WeChat alone")),
    ("subject", Text::fixed("整个主体（其全部备案）", "the owner, with everything it has filed")),
];

pub(in crate::screens::mini_program) static ACTIONS: [Action; 5] = [
    Action {
        name: "apply-for-filing",
        title: Text::fixed("申请备案", "Apply for the filing"),
        rule: Text::fixed(
            "先由管理员通过人脸核身。资料直接交给微信，本系统不保存；不对的地方会一次全部列出",
            "the administrator's face is checked first. What is entered goes to WeChat and is kept nowhere here; all that is wrong is listed at once",
        ),
        button: Text::fixed("提交备案", "Apply"),
        done: Text::fixed("备案已提交，平台审核中", "Applied; it is in review"),
        least: Role::Releaser,
        danger: false,
        method: Method::POST,
        path: "components/{component}/mini-programs/{appid}/filing",
        fields: &APPLICATION,
        then: Then::Back,
    },
    Action {
        name: "begin-face-check",
        title: Text::fixed("发起人脸核身", "Begin the face check"),
        rule: Text::fixed(
            "微信会通知管理员，三天内完成；与微信认证合办时为一天，并给出链接",
            "WeChat notifies the administrator, who has three days; along with WeChat's verification one day, and a link",
        ),
        button: Text::fixed("发起", "Begin"),
        done: Text::fixed("已发起，等待管理员", "Begun; it waits for the administrator"),
        least: Role::Releaser,
        danger: false,
        method: Method::POST,
        path: "components/{component}/mini-programs/{appid}/filing/face-check",
        fields: &[Field::new(
            "along_with_auth",
            Text::fixed("同时用于微信认证", "It serves WeChat's verification too"),
            Kind::Check,
        )],
        then: Then::Back,
    },
    Action {
        name: "refresh-filing",
        title: Text::fixed("向微信查询", "Ask WeChat"),
        rule: Text::fixed(
            "读取备案和人脸核身的状态",
            "reads how the filing and the face check stand",
        ),
        button: Text::fixed("查询", "Ask"),
        done: Text::fixed("已查询", "WeChat was asked"),
        least: Role::Releaser,
        danger: false,
        method: Method::POST,
        path: "components/{component}/mini-programs/{appid}/filing/refresh",
        fields: &[],
        then: Then::Back,
    },
    Action {
        name: "withdraw-filing",
        title: Text::fixed("撤回备案申请", "Withdraw the application"),
        rule: Text::fixed(
            "审核中或被退回的申请作废，需要时重新填写",
            "ends the application that is reviewed or was sent back; it is filled in anew afterwards",
        ),
        button: Text::fixed("撤回", "Withdraw"),
        done: Text::fixed("备案申请已撤回", "Withdrawn"),
        least: Role::Releaser,
        danger: true,
        method: Method::DELETE,
        path: "components/{component}/mini-programs/{appid}/filing/application",
        fields: &[],
        then: Then::Back,
    },
    Action {
        name: "cancel-filing",
        title: Text::fixed("注销备案", "Cancel the filing"),
        rule: Text::fixed(
            "所选范围内的小程序会下线，不能撤销",
            "what was filed goes offline, for good",
        ),
        button: Text::fixed("注销备案", "Cancel the filing"),
        done: Text::fixed("正在注销", "It is being cancelled"),
        least: Role::Admin,
        danger: true,
        method: Method::DELETE,
        path: "components/{component}/mini-programs/{appid}/filing",
        fields: &[
            Field::new("what", Text::fixed("注销什么", "What"), Kind::Choice(&WHAT)).required()
        ],
        then: Then::Back,
    },
];
