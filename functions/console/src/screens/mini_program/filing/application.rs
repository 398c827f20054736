//! What is asked for a filing: WeChat's own fields (apply_icp_filing).

use platform::text::Text;

use crate::action::{Field, Kind, Upload};

/// Where a document of WeChat's field is handed over; documents of identity with their kind.
macro_rules! media {
    ($field:literal) => {
        concat!("components/{component}/mini-programs/{appid}/filing/media?field=", $field)
    };
    ($field:literal, $kind:literal) => {
        concat!(
            "components/{component}/mini-programs/{appid}/filing/media?field=",
            $field,
            "&certificate_type=",
            $kind
        )
    };
}

const PICTURE: &str = "image/png,image/jpeg";
const VIDEO: &str = "video/mp4";
const PICTURE_HINT: Text = Text::fixed("PNG 或 JPEG，最大 2 MB", "PNG or JPEG, 2 MB at most");
const PICTURES_HINT: Text = Text::fixed(
    "PNG 或 JPEG，每个最大 2 MB，可多选",
    "PNG or JPEG, 2 MB each at most; several may be chosen",
);
const VIDEO_HINT: Text = Text::fixed("MP4，合计最大 4 MB", "MP4, 4 MB in all at most");
const CODES: Text =
    Text::fixed("填代码，见备案页下方", "its code; the page of the filing lists them");
const CERTIFICATE_TYPE: Text =
    Text::fixed("填代码，2 为居民身份证", "its code; 2 is the identity card");
const DAY: Text = Text::fixed("如 20200101", "such as 20200101");
const LAST_DAY: Text = Text::fixed("如 20400101 或 长期", "such as 20400101, or 长期");
const SERVICES: Text =
    Text::fixed("1 至 5 个代码，用逗号隔开", "one to five codes with commas between");
const APPROVALS: Text = Text::fixed(
    "一个列表，每项含 type、code、media，可留空",
    "a list of objects with type, code and media; may be left empty",
);

pub(super) static APPLICATION: [Field; 56] = [
    Field::heading(Text::fixed("主体", "The owner")),
    Field::new("subject.base_info.type", Text::fixed("主体类型", "Kind of owner"), Kind::Number)
        .required()
        .hint(CODES),
    Field::new(
        "subject.base_info.name",
        Text::fixed("主体名称", "Name as it is registered"),
        Kind::Line,
    )
    .required(),
    Field::new("subject.base_info.province", Text::fixed("省", "Province"), Kind::Line)
        .required()
        .hint(CODES),
    Field::new("subject.base_info.city", Text::fixed("市", "City"), Kind::Line)
        .required()
        .hint(CODES),
    Field::new("subject.base_info.district", Text::fixed("区县", "District"), Kind::Line)
        .required()
        .hint(CODES),
    Field::new("subject.base_info.address", Text::fixed("通信地址", "Postal address"), Kind::Line)
        .required(),
    Field::new("subject.base_info.comment", Text::fixed("备注", "Remark"), Kind::Line),
    Field::new(
        "subject.personal_info.residence_permit",
        Text::fixed("居住证（个人主体）", "Residence permit, of a person"),
        Kind::Document(Upload {
            to: media!("icp_subject.personal_info.residence_permit"),
            member: "media_id",
            accept: PICTURE,
        }),
    )
    .hint(PICTURE_HINT),
    Field::heading(Text::fixed("单位证件（个人主体不填）", "The organisation (not for a person)")),
    Field::new(
        "subject.organize_info.certificate_type",
        Text::fixed("证件类型", "Kind of document"),
        Kind::Number,
    )
    .hint(CODES),
    Field::new(
        "subject.organize_info.certificate_number",
        Text::fixed("证件号码", "The document's number"),
        Kind::Line,
    ),
    Field::new(
        "subject.organize_info.certificate_address",
        Text::fixed("证件住所", "The address in the document"),
        Kind::Line,
    ),
    Field::new(
        "subject.organize_info.certificate_photo",
        Text::fixed("证件照片", "The document"),
        Kind::Document(Upload {
            to: media!("icp_subject.organize_info.certificate_photo"),
            member: "media_id",
            accept: PICTURE,
        }),
    )
    .hint(PICTURE_HINT),
    Field::heading(Text::fixed("主体负责人", "Who answers for the owner")),
    Field::new("subject.principal_info.name", Text::fixed("姓名", "Name"), Kind::Line).required(),
    Field::new("subject.principal_info.mobile", Text::fixed("手机号", "Mobile number"), Kind::Line)
        .required(),
    Field::new("subject.principal_info.email", Text::fixed("邮箱", "E-mail"), Kind::Line)
        .required(),
    Field::new(
        "subject.principal_info.emergency_contact",
        Text::fixed("应急联系电话", "Another telephone number"),
        Kind::Line,
    )
    .required(),
    Field::new(
        "subject.principal_info.certificate_type",
        Text::fixed("证件类型", "Kind of document"),
        Kind::Number,
    )
    .required()
    .hint(CERTIFICATE_TYPE),
    Field::new(
        "subject.principal_info.certificate_number",
        Text::fixed("证件号码", "The document's number"),
        Kind::Line,
    )
    .required(),
    Field::new(
        "subject.principal_info.certificate_validity_date_start",
        Text::fixed("证件有效期起", "Good since"),
        Kind::Line,
    )
    .required()
    .hint(DAY),
    Field::new(
        "subject.principal_info.certificate_validity_date_end",
        Text::fixed("证件有效期止", "Good until"),
        Kind::Line,
    )
    .required()
    .hint(LAST_DAY),
    Field::new(
        "subject.principal_info.certificate_photo_front",
        Text::fixed("证件正面", "Its front"),
        Kind::Document(Upload {
            to: media!(
                "icp_subject.principal_info.certificate_photo_front",
                "{subject.principal_info.certificate_type}"
            ),
            member: "media_id",
            accept: PICTURE,
        }),
    )
    .required()
    .hint(PICTURE_HINT),
    Field::new(
        "subject.principal_info.certificate_photo_back",
        Text::fixed("证件反面", "Its back"),
        Kind::Document(Upload {
            to: media!(
                "icp_subject.principal_info.certificate_photo_back",
                "{subject.principal_info.certificate_type}"
            ),
            member: "media_id",
            accept: PICTURE,
        }),
    )
    .required()
    .hint(PICTURE_HINT),
    Field::new(
        "subject.principal_info.authorization_letter",
        Text::fixed("授权书（非法定代表人时）", "Letter of authority, unless the legal person"),
        Kind::Document(Upload {
            to: media!("icp_subject.principal_info.authorization_letter"),
            member: "media_id",
            accept: PICTURE,
        }),
    )
    .hint(PICTURE_HINT),
    Field::heading(Text::fixed(
        "法定代表人（与主体负责人不同时）",
        "The legal person, where it is somebody else",
    )),
    Field::new("subject.legal_person_info.name", Text::fixed("姓名", "Name"), Kind::Line),
    Field::new(
        "subject.legal_person_info.certificate_number",
        Text::fixed("证件号码", "Number of identity"),
        Kind::Line,
    ),
    Field::heading(Text::fixed("小程序", "The mini program")),
    Field::new(
        "applets.base_info.service_content_types",
        Text::fixed("服务内容", "Services"),
        Kind::Numbers,
    )
    .required()
    .hint(SERVICES),
    Field::new(
        "applets.base_info.nrlx_details",
        Text::fixed("前置审批（JSON）", "Approvals (JSON)"),
        Kind::Json,
    )
    .hint(APPROVALS),
    Field::new("applets.base_info.comment", Text::fixed("备注", "Remark"), Kind::Line),
    Field::heading(Text::fixed(
        "小程序负责人（由其人脸核身）",
        "Who answers for it, whose face is checked",
    )),
    Field::new("applets.principal_info.name", Text::fixed("姓名", "Name"), Kind::Line).required(),
    Field::new("applets.principal_info.mobile", Text::fixed("手机号", "Mobile number"), Kind::Line)
        .required(),
    Field::new("applets.principal_info.email", Text::fixed("邮箱", "E-mail"), Kind::Line)
        .required(),
    Field::new(
        "applets.principal_info.emergency_contact",
        Text::fixed("应急联系电话", "Another telephone number"),
        Kind::Line,
    )
    .required(),
    Field::new(
        "applets.principal_info.certificate_type",
        Text::fixed("证件类型", "Kind of document"),
        Kind::Number,
    )
    .required()
    .hint(CERTIFICATE_TYPE),
    Field::new(
        "applets.principal_info.certificate_number",
        Text::fixed("证件号码", "The document's number"),
        Kind::Line,
    )
    .required(),
    Field::new(
        "applets.principal_info.certificate_validity_date_start",
        Text::fixed("证件有效期起", "Good since"),
        Kind::Line,
    )
    .required()
    .hint(DAY),
    Field::new(
        "applets.principal_info.certificate_validity_date_end",
        Text::fixed("证件有效期止", "Good until"),
        Kind::Line,
    )
    .required()
    .hint(LAST_DAY),
    Field::new(
        "applets.principal_info.certificate_photo_front",
        Text::fixed("证件正面", "Its front"),
        Kind::Document(Upload {
            to: media!(
                "icp_applets.principal_info.certificate_photo_front",
                "{applets.principal_info.certificate_type}"
            ),
            member: "media_id",
            accept: PICTURE,
        }),
    )
    .required()
    .hint(PICTURE_HINT),
    Field::new(
        "applets.principal_info.certificate_photo_back",
        Text::fixed("证件反面", "Its back"),
        Kind::Document(Upload {
            to: media!(
                "icp_applets.principal_info.certificate_photo_back",
                "{applets.principal_info.certificate_type}"
            ),
            member: "media_id",
            accept: PICTURE,
        }),
    )
    .required()
    .hint(PICTURE_HINT),
    Field::new(
        "applets.principal_info.authorization_letter",
        Text::fixed("授权书（非法定代表人时）", "Letter of authority, unless the legal person"),
        Kind::Document(Upload {
            to: media!("icp_applets.principal_info.authorization_letter"),
            member: "media_id",
            accept: PICTURE,
        }),
    )
    .hint(PICTURE_HINT),
    Field::heading(Text::fixed("其他材料", "Other documents")),
    Field::new(
        "materials.commitment_letter",
        Text::fixed("互联网信息服务承诺书", "The promise about services on the internet"),
        Kind::Documents(Upload {
            to: media!("icp_materials.commitment_letter"),
            member: "media_id",
            accept: PICTURE,
        }),
    )
    .hint(PICTURES_HINT),
    Field::new(
        "materials.business_name_change_letter",
        Text::fixed("主体名称变更说明", "About a change of the name"),
        Kind::Documents(Upload {
            to: media!("icp_materials.business_name_change_letter"),
            member: "media_id",
            accept: PICTURE,
        }),
    )
    .hint(PICTURES_HINT),
    Field::new(
        "materials.party_building_confirmation_letter",
        Text::fixed("党建确认函", "About party building"),
        Kind::Documents(Upload {
            to: media!("icp_materials.party_building_confirmation_letter"),
            member: "media_id",
            accept: PICTURE,
        }),
    )
    .hint(PICTURES_HINT),
    Field::new(
        "materials.promise_video",
        Text::fixed("承诺视频", "The promise as a video"),
        Kind::Documents(Upload {
            to: media!("icp_materials.promise_video"),
            member: "media_id",
            accept: VIDEO,
        }),
    )
    .hint(VIDEO_HINT),
    Field::new(
        "materials.authenticity_responsibility_letter",
        Text::fixed("真实性责任告知书", "The notice of responsibility"),
        Kind::Documents(Upload {
            to: media!("icp_materials.authenticity_responsibility_letter"),
            member: "media_id",
            accept: PICTURE,
        }),
    )
    .hint(PICTURES_HINT),
    Field::new(
        "materials.authenticity_commitment_letter",
        Text::fixed("真实性承诺书", "The promise that everything is true"),
        Kind::Documents(Upload {
            to: media!("icp_materials.authenticity_commitment_letter"),
            member: "media_id",
            accept: PICTURE,
        }),
    )
    .hint(PICTURES_HINT),
    Field::new(
        "materials.website_construction_proposal",
        Text::fixed("建设方案书", "The plan of construction"),
        Kind::Documents(Upload {
            to: media!("icp_materials.website_construction_proposal"),
            member: "media_id",
            accept: PICTURE,
        }),
    )
    .hint(PICTURES_HINT),
    Field::new(
        "materials.holding_certificate_photo",
        Text::fixed("手持证件照", "With the document in hand"),
        Kind::Documents(Upload {
            to: media!("icp_materials.holding_certificate_photo"),
            member: "media_id",
            accept: PICTURE,
        }),
    )
    .hint(PICTURES_HINT),
    Field::new(
        "materials.subject_other_materials",
        Text::fixed("主体其他材料", "The owner's other documents"),
        Kind::Documents(Upload {
            to: media!("icp_materials.subject_other_materials"),
            member: "media_id",
            accept: PICTURE,
        }),
    )
    .hint(PICTURES_HINT),
    Field::new(
        "materials.applets_other_materials",
        Text::fixed("小程序其他材料", "The mini program's other documents"),
        Kind::Documents(Upload {
            to: media!("icp_materials.applets_other_materials"),
            member: "media_id",
            accept: PICTURE,
        }),
    )
    .hint(PICTURES_HINT),
];
