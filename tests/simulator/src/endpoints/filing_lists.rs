//! What an ICP filing may choose from: kinds of owners, of documents, of contents, and places.

use serde_json::json;

use crate::{
    endpoint::{Endpoint, TokenKind},
    reply::{Answer, fields},
    scene::Scene,
};

const SETS: &[u32] = &[18, 156];

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/wxa/icp/query_icp_subject_types", TokenKind::Merchant, owners).sets(SETS),
    Endpoint::get("/wxa/icp/query_icp_certificate_types", TokenKind::Merchant, documents)
        .sets(SETS),
    Endpoint::get("/wxa/icp/query_icp_service_content_types", TokenKind::Merchant, contents)
        .sets(SETS),
    Endpoint::get("/wxa/icp/query_icp_nrlx_types", TokenKind::Merchant, approvals).sets(SETS),
    Endpoint::get("/wxa/icp/query_icp_district_code", TokenKind::Merchant, places).sets(SETS),
];

fn owners(_: &mut Scene<'_>) -> Answer {
    fields(json!({ "items": [
        { "type": 4, "name": "企业", "remark": "" },
        { "type": 5, "name": "个人", "remark": "" },
        { "type": 3, "name": "事业单位", "remark": "" },
    ] }))
}

fn documents(_: &mut Scene<'_>) -> Answer {
    fields(json!({ "items": [
        { "type": 1, "subject_type": 4, "name": "营业执照（个人或企业）", "remark": "" },
        { "type": 2, "subject_type": 5, "name": "居民身份证", "remark": "" },
        { "type": 4, "subject_type": 3, "name": "事业单位法人证书", "remark": "" },
    ] }))
}

fn contents(_: &mut Scene<'_>) -> Answer {
    fields(json!({ "items": [
        { "type": 2, "name": "网上购物", "remark": "" },
        { "type": 5, "name": "生活服务", "remark": "" },
        { "type": 501, "parent_type": 5, "name": "餐饮", "remark": "" },
    ] }))
}

fn approvals(_: &mut Scene<'_>) -> Answer {
    fields(json!({ "items": [
        { "type": 1, "name": "以上都不涉及" },
        { "type": 7, "name": "药品和医疗器械" },
    ] }))
}

fn places(_: &mut Scene<'_>) -> Answer {
    fields(json!({ "items": [
        { "type": 1, "code": 510000, "name": "四川省", "sub_list": [
            { "type": 2, "code": 510100, "name": "成都市", "sub_list": [
                { "type": 3, "code": 510107, "name": "武侯区" },
            ] },
        ] },
        { "type": 1, "code": 330000, "name": "浙江省", "sub_list": [
            { "type": 2, "code": 330100, "name": "杭州市", "sub_list": [
                { "type": 3, "code": 330106, "name": "西湖区" },
            ] },
        ] },
    ] }))
}
