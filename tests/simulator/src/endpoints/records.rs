//! How a mini program broke the rules, and what was said to it.

use serde_json::{Value, json};

use crate::{
    endpoint::{Endpoint, Field, Kind, TokenKind},
    reply::{Answer, fields, refuse},
    scene::Scene,
};

/// The rules.
pub(crate) const RULES_URL: &str = "https://developers.weixin.qq.com/miniprogram/product/";
pub(crate) const RULES_NAME: &str = "《微信小程序平台运营规范》";

/// Seconds between a time that is given and one that is not.
const SPAN: i64 = 90 * 86_400;

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post(
        "/wxa/getillegalrecords",
        TokenKind::Merchant,
        &[Field::optional("start_time", Kind::Integer), Field::optional("end_time", Kind::Integer)],
        punishments,
    )
    .sets(&[18, 76]),
    Endpoint::post(
        "/wxa/getappealrecords",
        TokenKind::Merchant,
        &[Field::required("illegal_record_id", Kind::Text).missing(40097, "invalid args")],
        appeals,
    )
    .sets(&[18, 76]),
];

fn punishments(scene: &mut Scene<'_>) -> Answer {
    let (start, end) = (scene.integer("start_time"), scene.integer("end_time"));
    let end = end.or(start.map(|start| start + SPAN)).unwrap_or(scene.now);
    let start = start.unwrap_or(end - SPAN);
    if start > end {
        return refuse(40097, "invalid args: start_time is after end_time");
    }
    let records: Vec<Value> = scene
        .merchant()
        .illegal_records
        .iter()
        .filter(|record| (start..=end).contains(&record.created))
        .map(|record| {
            json!({
                "illegal_record_id": record.id,
                "create_time": record.created,
                "illegal_reason": record.reason,
                "illegal_content": record.content,
                "rule_url": RULES_URL,
                "rule_name": RULES_NAME,
            })
        })
        .collect();
    fields(json!({ "records": records }))
}

fn appeals(scene: &mut Scene<'_>) -> Answer {
    let wanted = scene.text("illegal_record_id").to_owned();
    let merchant = scene.merchant();
    let Some(record) = merchant.illegal_records.iter().find(|record| record.id == wanted) else {
        return refuse(40097, "invalid args: illegal_record_id");
    };
    let of_record: Vec<_> =
        merchant.appeals.iter().filter(|appeal| appeal.record == wanted).collect();
    let records: Vec<Value> = of_record
        .iter()
        .enumerate()
        .map(|(before, appeal)| {
            let mut shown = json!({
                "appeal_record_id": appeal.id,
                "appeal_time": appeal.made,
                "appeal_count": before + 1,
                "appeal_from": 0,
                "appeal_status": appeal.status as i64,
                "punish_description": record.reason,
                "materials": [{
                    "illegal_material": { "content": record.content, "content_url": "" },
                    "appeal_material": { "reason": appeal.reason, "proof_material_ids": [] },
                }],
            });
            if let Some(decided) = appeal.decided {
                shown["audit_time"] = json!(decided);
                shown["audit_reason"] = json!(appeal.decision);
            }
            shown
        })
        .collect();
    fields(json!({ "records": records }))
}
