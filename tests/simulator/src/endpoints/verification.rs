//! WeChat's verification of a merchant, alone and together with an ICP filing.

use serde_json::{Map, Value, json};

use super::{
    filing::{APPLETS, MATERIALS, SUBJECT, file, hints, with_hints},
    media::{keep, picture},
};
use crate::{
    endpoint::{Empty, Endpoint, Field, Kind, TokenKind},
    errand::Errand,
    reply::{Answer, Refusal, fields, refuse},
    scene::{Scene, integer, text, texts},
    state::Verification,
    verbs::verification_event,
};

const VAT: &[Field] = &[
    Field::required("id", Kind::Text),
    Field::optional("enterprise_phone", Kind::Text),
    Field::optional("enterprise_address", Kind::Text),
    Field::optional("bank_name", Kind::Text),
    Field::optional("bank_account", Kind::Text),
    Field::optional("mailing_address", Kind::Text),
    Field::optional("province", Kind::Text),
    Field::optional("city", Kind::Text),
    Field::optional("district", Kind::Text),
    Field::optional("address", Kind::Text),
    Field::optional("name", Kind::Text),
    Field::optional("phone", Kind::Text),
    Field::optional("desc", Kind::Text),
];

const DATA: &[Field] = &[
    Field::required("customer_type", Kind::Integer),
    Field::optional("taskid", Kind::Text),
    Field::required(
        "contact_info",
        Kind::Object(&[Field::required("name", Kind::Text), Field::required("email", Kind::Text)]),
    ),
    Field::optional("qualification", Kind::Text),
    Field::optional("qualification_other", Kind::Texts),
    Field::required("account_name", Kind::Text),
    Field::required("account_name_type", Kind::Integer),
    Field::optional("account_supplemental", Kind::Texts),
    Field::required("pay_type", Kind::Integer),
    Field::optional(
        "invoice_info",
        Kind::Object(&[
            Field::required("invoice_type", Kind::Integer),
            Field::optional("invoice_title", Kind::Text),
            Field::optional(
                "electronic",
                Kind::Object(&[
                    Field::required("id", Kind::Text),
                    Field::optional("desc", Kind::Text),
                ]),
            ),
            Field::optional("vat", Kind::Object(VAT)),
        ]),
    ),
    Field::optional("auth_identification", Kind::Text),
    Field::optional("auth_ident_material", Kind::Texts),
    Field::optional("third_party_phone", Kind::Text),
    Field::optional("service_appid", Kind::Text),
];

const AUTH_DATA: &[Field] = &[Field::required("auth_data", Kind::Object(DATA))];

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post("/wxa/sec/wxaauth", TokenKind::Merchant, AUTH_DATA, verify).sets(&[18]),
    Endpoint::post("/wxa/sec/reauth", TokenKind::Merchant, AUTH_DATA, again).sets(&[18]),
    Endpoint::post(
        "/wxa/sec/queryauth",
        TokenKind::Merchant,
        &[Field::required("taskid", Kind::Text)],
        query,
    )
    .sets(&[18]),
    Endpoint::upload("/wxa/sec/uploadauthmaterial", TokenKind::Merchant, "media", &[], upload)
        .sets(&[18]),
    Endpoint::post("/wxa/sec/authidentitytree", TokenKind::Merchant, &[], identities)
        .empty(Empty::Allowed)
        .sets(&[18]),
    Endpoint::post(
        "/wxa/sec/submit_auth_and_icp",
        TokenKind::Merchant,
        &[
            Field::required("auth_data", Kind::Object(DATA)),
            Field::required("icp_subject", Kind::Object(SUBJECT)),
            Field::required("icp_applets", Kind::Object(APPLETS)),
            Field::optional("icp_materials", Kind::Object(MATERIALS)),
        ],
        verify_and_file,
    )
    .sets(&[18]),
    Endpoint::post(
        "/wxa/sec/query_auth_and_icp",
        TokenKind::Merchant,
        &[Field::required("procedure_id", Kind::Text)],
        query_procedure,
    )
    .sets(&[18]),
];

fn verify(scene: &mut Scene<'_>) -> Answer {
    let data = data(scene)?;
    ready(scene)?;
    let task = begin(scene, &data, None);
    push_first(scene, &task)?;
    task_of(&task)
}

fn again(scene: &mut Scene<'_>) -> Answer {
    let data = data(scene)?;
    let task = text(&data, "taskid").to_owned();
    let found = scene.merchant().verifications.iter_mut().find(|it| it.task == task);
    match found.filter(|it| it.apply_status == 3) {
        None => refuse(40097, "invalid args: taskid was not sent back"),
        Some(verification) => {
            text(&data, "account_name").clone_into(&mut verification.account_name);
            verification.apply_status = 2;
            verification.reason = String::new();
            task_of(&task)
        }
    }
}

fn query(scene: &mut Scene<'_>) -> Answer {
    let (now, appid, task) = (scene.now, scene.appid.clone(), scene.text("taskid").to_owned());
    match scene.merchant().verifications.iter().find(|it| it.task == task) {
        None => refuse(40097, "invalid args: taskid"),
        Some(it) => fields(json!({
            "task_status": it.task_status(now),
            "apply_status": it.apply_status,
            "appid": appid,
            "orderid": it.order,
            "refill_reason": if it.apply_status == 3 { &it.reason } else { "" },
            "fail_reason": if it.apply_status == 5 { &it.reason } else { "" },
        })),
    }
}

fn upload(scene: &mut Scene<'_>) -> Answer {
    let file = picture(scene)?;
    let media_id = keep(scene, &file);
    fields(json!({ "type": "image", "media_id": media_id }))
}

fn identities(_: &mut Scene<'_>) -> Answer {
    fields(json!({ "identity_tree_list": [
        { "node_id": 1, "name": "医疗健康", "root_info": { "type": 1 }, "node_list": [
            { "node_id": 11, "name": "医生", "leaf_info": { "requirement": "《医师资格证书》" } },
        ] },
        { "node_id": 2, "name": "法律", "root_info": { "type": 1 }, "node_list": [
            { "node_id": 21, "name": "律师", "leaf_info": { "requirement": "《律师执业证》" } },
        ] },
    ] }))
}

fn verify_and_file(scene: &mut Scene<'_>) -> Answer {
    let data = data(scene)?;
    ready(scene)?;
    let hints = hints(scene);
    if !hints.is_empty() {
        return with_hints(&hints);
    }
    file(scene);
    // The filing waits until the owner is verified.
    scene.merchant().account.icp_status = 1024;
    let merchant_pays = integer(&data, "pay_type") == Some(2);
    let procedure = begin(scene, &data, Some(if merchant_pays { 15 } else { 17 }));
    match merchant_pays {
        true => {
            let pay_url = format!("https://mp.weixin.qq.com/wxawap/pay?procedure_id={procedure}");
            fields(json!({ "procedure_id": procedure, "pay_url": pay_url }))
        }
        false => fields(json!({ "procedure_id": procedure })),
    }
}

fn query_procedure(scene: &mut Scene<'_>) -> Answer {
    let procedure = scene.text("procedure_id").to_owned();
    let merchant = scene.merchant();
    let filing = merchant.filing.clone().unwrap_or_default();
    let found = merchant.verifications.iter().find(|it| it.task == procedure);
    match found.and_then(|it| Some((it, it.procedure?))) {
        None => refuse(40097, "invalid args: procedure_id"),
        Some((it, status)) => fields(json!({
            "procedure_status": status,
            "orderid": it.order,
            "refill_reason": if status == 18 { &it.reason } else { "" },
            "fail_reason": if status == 20 { &it.reason } else { "" },
            "icp_audit": {
                "hints": if status == 21 { json!(filing.remarks) } else { json!([]) },
                "audit_data": if matches!(status, 23 | 25) { json!(filing.remarks) } else { json!([]) },
                "sms_verify_status": if status == 24 { filing.sms } else { 0 },
            },
        })),
    }
}

/// What the verification says, checked.
fn data(scene: &mut Scene<'_>) -> Result<Map<String, Value>, Refusal> {
    let data = scene.body.get("auth_data").and_then(Value::as_object).cloned();
    let data = data.unwrap_or_default();
    let kind = integer(&data, "customer_type");
    if !matches!(kind, Some(1 | 12 | 15)) {
        return refuse(40097, "invalid args: customer_type");
    }
    if !matches!(integer(&data, "pay_type"), Some(1 | 2)) {
        return refuse(40097, "invalid args: pay_type");
    }
    let licence = text(&data, "qualification");
    if kind != Some(15) && licence.is_empty() {
        return refuse(40097, "invalid args: qualification");
    }
    let mut ids = vec![licence.to_owned()];
    for name in ["qualification_other", "account_supplemental", "auth_ident_material"] {
        ids.extend(texts(&data, name).unwrap_or_default());
    }
    let now = scene.now;
    let merchant = scene.merchant();
    match ids.iter().any(|id| !id.is_empty() && merchant.media(id, now).is_none()) {
        true => refuse(40007, "invalid media_id"),
        false => Ok(data),
    }
}

/// A person or a company owns it; a category, an avatar and an introduction have to be there, and
/// nothing else under way. No codes are documented for it.
fn ready(scene: &mut Scene<'_>) -> Result<(), Refusal> {
    let now = scene.now;
    let merchant = scene.merchant();
    let account = &merchant.account;
    let missing = if !matches!(account.principal_type, 0 | 1) {
        "an owner of another kind"
    } else if !account.categories.iter().any(crate::options::Category::is_approved) {
        "no approved category"
    } else if account.head_image.is_empty() {
        "no avatar"
    } else if account.signature.is_empty() {
        "no introduction"
    } else if merchant.verifications.iter().any(|it| it.is_open(now)) {
        "a verification is under way"
    } else {
        return Ok(());
    };
    refuse(40097, format!("invalid args: {missing}"))
}

fn begin(scene: &mut Scene<'_>, data: &Map<String, Value>, procedure: Option<i64>) -> String {
    let verification = Verification {
        task: scene.world.random.hex(32),
        component: scene.component_appid.clone(),
        account_name: text(data, "account_name").to_owned(),
        order: scene.world.number(),
        begun: scene.now,
        task_status: 0,
        apply_status: 0,
        reason: String::new(),
        procedure,
    };
    let task = verification.task.clone();
    scene.merchant().verifications.push(verification);
    task
}

/// The event that the administrator is waited for.
fn push_first(scene: &mut Scene<'_>, task: &str) -> Result<(), Refusal> {
    let (now, appid) = (scene.now, scene.appid.clone());
    let message = "资料检验成功，等待管理员授权";
    match verification_event(scene.world, now, now, &appid, task, message) {
        Ok(outgoing) => {
            scene.errands.push(Errand::Deliver(Box::new(outgoing)));
            Ok(())
        }
        Err(error) => refuse(-1, error.to_string()),
    }
}

fn task_of(task: &str) -> Answer {
    let url = format!("https://mp.weixin.qq.com/wxawap/wxaauth?taskid={task}");
    fields(json!({ "taskid": task, "auth_url": url }))
}
