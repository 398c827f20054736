//! The guideline's form, for either version, and an interface's.

use http::Method;
use platform::text::Text;

use crate::{
    action::{Action, Field, Kind, Then, Upload},
    session::Role,
};

const EMAIL: Field = Field::new("owner.email", Text::fixed("邮箱", "E-mail"), Kind::Line)
    .hint(Text::fixed("联系方式至少填一项", "one way to reach the owner at least"));
const PHONE: Field = Field::new("owner.phone", Text::fixed("电话", "Telephone"), Kind::Line);
const QQ: Field = Field::new("owner.qq", Text::fixed("QQ", "QQ"), Kind::Line);
const WECHAT: Field = Field::new("owner.wechat_id", Text::fixed("微信号", "WeChat id"), Kind::Line);
const NOTICE: Field = Field::new(
    "owner.notice_method",
    Text::fixed("变更时如何通知用户", "How users are told of a change"),
    Kind::Line,
)
.required()
.hint(Text::fixed("如 弹窗", "such as 弹窗"));
const DAYS: Field =
    Field::new("owner.days_kept", Text::fixed("保存天数", "Days that data are kept"), Kind::Number)
        .hint(Text::fixed("留空为必要的最短时间", "empty for as long as necessary"));
const REGION: Field =
    Field::new("owner.region", Text::fixed("存储地区", "Where data are kept"), Kind::Line)
        .hint(Text::fixed("境外主体填写", "asked of owners outside mainland China"));
const FILE: Field = Field::new(
    "owner.file",
    Text::fixed("补充文档（.txt）", "The guideline as a text (.txt)"),
    Kind::Document(Upload {
        to: "components/{component}/mini-programs/{appid}/privacy/files",
        member: "file",
        accept: "text/plain,.txt",
    }),
)
.hint(Text::fixed("UTF-8，最大 100 KB，可不传", "UTF-8, 100 KB at most; may be left out"));
const OWNER: Field = Field::heading(Text::fixed("开发者信息", "The owner"));

pub(in crate::screens::mini_program) static ACTIONS: [Action; 3] = [
    Action {
        name: "write-guideline",
        title: Text::fixed("填写隐私保护指引（开发版）", "Write the guideline (in development)"),
        rule: Text::fixed(
            "整体替换，随下一次发布生效。代码用到的每一项都要说明用途，否则提审会被拒绝",
            "replaces the whole of it and takes effect with the next release. Whatever the code uses has to be stated, or a review is refused",
        ),
        button: Text::fixed("保存", "Save"),
        done: Text::fixed("隐私保护指引已保存", "The guideline is written"),
        least: Role::Releaser,
        danger: false,
        method: Method::PUT,
        path: "components/{component}/mini-programs/{appid}/privacy/guideline/development",
        fields: &[
            Field::new(
                "statements",
                Text::fixed("用途说明", "What data are used for"),
                Kind::Pairs("key", "purpose"),
            )
            .hint(Text::fixed(
                "每行一项，如 UserInfo = 展示头像和昵称",
                "one a line, such as UserInfo = 展示头像和昵称",
            )),
            Field::new(
                "sdks",
                Text::fixed("插件或 SDK（JSON）", "Plugins and SDKs (JSON)"),
                Kind::Json,
            )
            .hint(Text::fixed(
                "一个列表，每项含 name、provider、statements，可留空",
                "a list of objects with name, provider and statements; may be left empty",
            )),
            OWNER,
            EMAIL,
            PHONE,
            QQ,
            WECHAT,
            NOTICE,
            DAYS,
            REGION,
            FILE,
        ],
        then: Then::Back,
    },
    Action {
        name: "write-online-guideline",
        title: Text::fixed("修改线上版的开发者信息", "Change the owner's part online"),
        rule: Text::fixed(
            "立即生效；线上版只能修改开发者信息，用途说明随发布更新",
            "in force at once; of the version online only the owner's part can be written",
        ),
        button: Text::fixed("保存", "Save"),
        done: Text::fixed("线上版的开发者信息已更新", "The owner's part is in force"),
        least: Role::Releaser,
        danger: true,
        method: Method::PUT,
        path: "components/{component}/mini-programs/{appid}/privacy/guideline/online",
        fields: &[EMAIL, PHONE, QQ, WECHAT, NOTICE, DAYS, REGION, FILE],
        then: Then::Back,
    },
    Action {
        name: "apply-for-interface",
        title: Text::fixed("申请接口", "Apply for an interface"),
        rule: Text::fixed(
            "由微信审核，须说明用途并给出使用页面",
            "WeChat reviews it; say what it is for, and where it is used",
        ),
        button: Text::fixed("提交申请", "Apply"),
        done: Text::fixed("已提交申请", "Applied for"),
        least: Role::Releaser,
        danger: false,
        method: Method::POST,
        path: "components/{component}/mini-programs/{appid}/privacy/interfaces",
        fields: &[
            Field::new("interface", Text::fixed("接口", "Interface"), Kind::Line).required().hint(
                Text::fixed("如 wx.choosePoi，区分大小写", "such as wx.choosePoi, case-sensitive"),
            ),
            Field::new("purpose", Text::fixed("用途", "What for"), Kind::Prose)
                .required()
                .hint(Text::fixed("最多 300 个字符", "300 characters at most")),
            Field::new("pages", Text::fixed("使用页面", "Pages"), Kind::FewLines)
                .hint(Text::fixed("每行一个", "one a line")),
            Field::new(
                "pictures",
                Text::fixed("截图地址", "Addresses of pictures"),
                Kind::FewLines,
            )
            .hint(Text::fixed("每行一个，最多 10 个", "one a line, ten at most")),
            Field::new("videos", Text::fixed("视频地址", "Address of a video"), Kind::FewLines)
                .hint(Text::fixed("MP4，最多一个", "MP4, one at most")),
        ],
        then: Then::Back,
    },
];
