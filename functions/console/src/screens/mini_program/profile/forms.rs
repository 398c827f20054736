//! What is changed of a profile.

use http::Method;
use platform::text::Text;

use crate::{
    action::{Action, Field, Kind, Then, Upload},
    session::Role,
};

const MATERIAL: Upload = Upload {
    to: "components/{component}/mini-programs/{appid}/materials",
    member: "media_id",
    accept: "image/png,image/jpeg,image/gif,image/bmp",
};
const PICTURE: Text =
    Text::fixed("PNG、JPEG、GIF 或 BMP，最大 2 MB", "PNG, JPEG, GIF or BMP, 2 MB at most");
const EDGE: Text = Text::fixed("0 至 1，占宽高的比例", "0 to 1, as a fraction of width or height");
const PATH: &str = "components/{component}/mini-programs/{appid}/categories";

/// A document that a category takes: its name, itself, and how long it is good.
macro_rules! document_name {
    ($at:literal) => {
        Field::new(concat!($at, ".name"), Text::fixed("资质名称", "Document"), Kind::Line)
            .hint(Text::fixed("与微信列出的名称一致", "named as WeChat lists it"))
    };
}
macro_rules! document_file {
    ($at:literal) => {
        Field::new(
            concat!($at, ".media_id"),
            Text::fixed("资质图片", "Its picture"),
            Kind::Document(MATERIAL),
        )
        .hint(PICTURE)
    };
}
macro_rules! document_permanent {
    ($at:literal) => {
        Field::new(concat!($at, ".permanent"), Text::fixed("长期有效", "Good for ever"), Kind::Flag)
    };
}
macro_rules! document_end {
    ($at:literal) => {
        Field::new(concat!($at, ".expires_at"), Text::fixed("有效期至", "Good until"), Kind::Line)
            .hint(Text::fixed(
                "如 2027-06-30T00:00:00+08:00",
                "such as 2027-06-30T00:00:00+08:00",
            ))
    };
}

static CATEGORY: [Field; 18] = [
    Field::new(
        "categories.0.first",
        Text::fixed("一级类目编号", "Number of the first level"),
        Kind::Number,
    )
    .required(),
    Field::new(
        "categories.0.second",
        Text::fixed("二级类目编号", "Number of the second level"),
        Kind::Number,
    )
    .required(),
    Field::heading(Text::fixed("第一份资质", "The first document")),
    document_name!("categories.0.documents.0"),
    document_file!("categories.0.documents.0"),
    document_permanent!("categories.0.documents.0"),
    document_end!("categories.0.documents.0"),
    Field::heading(Text::fixed("第二份资质", "The second document")),
    document_name!("categories.0.documents.1"),
    document_file!("categories.0.documents.1"),
    document_permanent!("categories.0.documents.1"),
    document_end!("categories.0.documents.1"),
    Field::heading(Text::fixed("第三份资质", "The third document")),
    document_name!("categories.0.documents.2"),
    document_file!("categories.0.documents.2"),
    document_permanent!("categories.0.documents.2"),
    document_end!("categories.0.documents.2"),
    Field::new("reason", Text::fixed("增加类目的理由", "Why more are needed"), Kind::Line).hint(
        Text::fixed(
            "超过通常的五个、微信要求时填写，最多 300 个字符",
            "where WeChat asks for more than the usual five; 300 characters at most",
        ),
    ),
];

static DOCUMENTS: [Field; 15] = [
    Field::heading(Text::fixed("第一份资质", "The first document")),
    document_name!("documents.0"),
    document_file!("documents.0"),
    document_permanent!("documents.0"),
    document_end!("documents.0"),
    Field::heading(Text::fixed("第二份资质", "The second document")),
    document_name!("documents.1"),
    document_file!("documents.1"),
    document_permanent!("documents.1"),
    document_end!("documents.1"),
    Field::heading(Text::fixed("第三份资质", "The third document")),
    document_name!("documents.2"),
    document_file!("documents.2"),
    document_permanent!("documents.2"),
    document_end!("documents.2"),
];

pub(in crate::screens::mini_program) static ACTIONS: [Action; 8] = [
    Action {
        name: "set-name",
        title: Text::fixed("修改名称", "Give it a name"),
        rule: Text::fixed(
            "1 至 30 个字符，不含“小程序”，每个自然年可改两次。需要证明的名称由微信审核；证明材料按微信的要求上传",
            "1 to 30 characters without 小程序, two changes in a calendar year. Names that need proof are reviewed, with the proofs that WeChat asks for",
        ),
        button: Text::fixed("提交", "Submit"),
        done: Text::fixed("名称已提交", "The name is submitted"),
        least: Role::Releaser,
        danger: false,
        method: Method::PUT,
        path: "components/{component}/mini-programs/{appid}/profile/name",
        fields: &[
            Field::new("name", Text::fixed("名称", "Name"), Kind::Line).required(),
            Field::new(
                "license",
                Text::fixed("营业执照（企业）", "Licence, of a company"),
                Kind::Document(MATERIAL),
            )
            .hint(PICTURE),
            Field::new(
                "id_card",
                Text::fixed("身份证（个人）", "Identity card, of a person"),
                Kind::Document(MATERIAL),
            )
            .hint(PICTURE),
            Field::new(
                "other_materials",
                Text::fixed("其他证明，如商标证", "Other proofs, such as a trade mark's"),
                Kind::Documents(MATERIAL),
            )
            .hint(Text::fixed("最多 5 个，每个最大 2 MB", "five at most, 2 MB each at most")),
        ],
        then: Then::Back,
    },
    Action {
        name: "set-avatar",
        title: Text::fixed("修改头像", "Change the avatar"),
        rule: Text::fixed(
            "最大 2 MB；不填裁剪范围时取中间最大的正方形",
            "2 MB at most; without edges the largest square in the middle is cut out",
        ),
        button: Text::fixed("上传", "Upload"),
        done: Text::fixed("头像已更新", "The avatar is changed"),
        least: Role::Releaser,
        danger: false,
        method: Method::PUT,
        path: "components/{component}/mini-programs/{appid}/profile/avatar",
        fields: &[
            Field::new(
                "picture",
                Text::fixed("图片", "Picture"),
                Kind::File("image/png,image/jpeg,image/gif,image/bmp"),
            )
            .required()
            .hint(PICTURE),
            Field::new("x1", Text::fixed("左边", "Left edge"), Kind::Line).in_query().hint(EDGE),
            Field::new("y1", Text::fixed("上边", "Upper edge"), Kind::Line).in_query(),
            Field::new("x2", Text::fixed("右边", "Right edge"), Kind::Line).in_query(),
            Field::new("y2", Text::fixed("下边", "Lower edge"), Kind::Line).in_query(),
        ],
        then: Then::Back,
    },
    Action {
        name: "set-introduction",
        title: Text::fixed("修改简介", "Change the introduction"),
        rule: Text::fixed(
            "4 至 120 个字符；每月次数有限，见上",
            "4 to 120 characters; a month allows few changes, see above",
        ),
        button: Text::fixed("保存", "Save"),
        done: Text::fixed("简介已更新", "The introduction is changed"),
        least: Role::Releaser,
        danger: false,
        method: Method::PUT,
        path: "components/{component}/mini-programs/{appid}/profile/introduction",
        fields: &[
            Field::new("introduction", Text::fixed("简介", "Introduction"), Kind::Prose).required()
        ],
        then: Then::Back,
    },
    Action {
        name: "set-searchability",
        title: Text::fixed("能否被搜索", "Searchability"),
        rule: Text::fixed("用户能否在微信中搜到它", "whether users find it by searching in WeChat"),
        button: Text::fixed("保存", "Save"),
        done: Text::fixed("已更新", "It is set"),
        least: Role::Releaser,
        danger: false,
        method: Method::PUT,
        path: "components/{component}/mini-programs/{appid}/profile/searchability",
        fields: &[Field::new(
            "searchable",
            Text::fixed("可以被搜索到", "It can be found"),
            Kind::Check,
        )],
        then: Then::Back,
    },
    Action {
        name: "rename-trial",
        title: Text::fixed("修改试用小程序名称", "Rename a trial mini program"),
        rule: Text::fixed(
            "仅用于试用小程序；4 至 30 个字符，微信会加上“的体验小程序”",
            "of trial mini programs alone; 4 to 30 characters, to which WeChat adds 的体验小程序",
        ),
        button: Text::fixed("修改", "Rename"),
        done: Text::fixed("名称已修改", "Renamed"),
        least: Role::Releaser,
        danger: false,
        method: Method::PUT,
        path: "components/{component}/mini-programs/{appid}/profile/trial-name",
        fields: &[Field::new("name", Text::fixed("名称", "Name"), Kind::Line).required()],
        then: Then::Back,
    },
    Action {
        name: "add-category",
        title: Text::fixed("增加类目", "Add a category"),
        rule: Text::fixed(
            "每月次数有限。需要资质的类目由微信审核，最多三份资质",
            "a month allows few. Categories that take documents are reviewed; three documents at most",
        ),
        button: Text::fixed("增加", "Add"),
        done: Text::fixed("类目已提交", "The category is submitted"),
        least: Role::Releaser,
        danger: false,
        method: Method::POST,
        path: PATH,
        fields: &CATEGORY,
        then: Then::Back,
    },
    Action {
        name: "change-category",
        title: Text::fixed("更新资质", "Show other documents"),
        rule: Text::fixed(
            "重新提交这个类目的全部资质，由微信审核",
            "replaces the category's documents; WeChat reviews them",
        ),
        button: Text::fixed("提交", "Submit"),
        done: Text::fixed("资质已提交", "The documents are submitted"),
        least: Role::Releaser,
        danger: false,
        method: Method::PUT,
        path: "components/{component}/mini-programs/{appid}/categories/{first}/{second}",
        fields: &DOCUMENTS,
        then: Then::Back,
    },
    Action {
        name: "delete-category",
        title: Text::fixed("删除类目", "Delete the category"),
        rule: Text::fixed(
            "以后提审不能再选它；至少要保留一个类目",
            "no review can name it from then on; one category has to stay",
        ),
        button: Text::fixed("删除", "Delete"),
        done: Text::fixed("类目已删除", "Deleted"),
        least: Role::Releaser,
        danger: true,
        method: Method::DELETE,
        path: "components/{component}/mini-programs/{appid}/categories/{first}/{second}",
        fields: &[],
        then: Then::Back,
    },
];
