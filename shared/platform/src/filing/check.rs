//! What is wrong with an application and can be seen without asking WeChat. Limits are those of
//! WeChat's page (apply_icp_filing); what only WeChat's lists know, WeChat checks.

use jiff::{Timestamp, tz};
use wechat::endpoint::{IcpOrganization, IcpPrincipal, IcpSubjectBase};

use super::Application;
use crate::{fault::Faults, text::Text};

/// The number of a resident's identity card among kinds of documents.
const IDENTITY_CARD: i64 = 2;
/// A document that never expires.
const FOR_EVER: &str = "长期";

/// Today in Beijing, `yyyyMMdd`.
pub(crate) fn today(now: Timestamp) -> String {
    now.to_zoned(tz::TimeZone::fixed(tz::offset(8))).strftime("%Y%m%d").to_string()
}

/// Everything that is wrong with an application.
pub(crate) fn application(application: &Application, today: &str) -> Faults {
    let mut faults = Faults::new();
    let subject = &application.subject;
    owner(&mut faults, &subject.base_info);
    if let Some(organization) = &subject.organize_info {
        document(&mut faults, organization);
    }
    if let Some(person) = &subject.legal_person_info {
        let at = "/subject/legal_person_info";
        faults.characters(format!("{at}/name"), &person.name, 1..=64);
        faults.characters(format!("{at}/certificate_number"), &person.certificate_number, 1..=64);
    }
    principal(&mut faults, "/subject/principal_info", &subject.principal_info, today);

    let applets = &application.applets;
    let at = "/applets/base_info";
    let contents = &applets.base_info.service_content_types;
    faults.entries(format!("{at}/service_content_types"), contents.len(), 1..=5);
    for (place, approval) in applets.base_info.nrlx_details.iter().enumerate() {
        let holds = approval.kind > 0;
        let pointer = format!("{at}/nrlx_details/{place}/type");
        faults.unless(holds, pointer, "请从前置审批类型中选择", "is one of the approval types");
    }
    principal(&mut faults, "/applets/principal_info", &applets.principal_info, today);
    faults
}

fn owner(faults: &mut Faults, base: &IcpSubjectBase) {
    let at = |name: &str| format!("/subject/base_info/{name}");
    faults.unless(base.kind > 0, at("type"), "请从主体类型中选择", "is one of the subject types");
    faults.characters(at("name"), &base.name, 1..=128);
    for (name, code) in
        [("province", &base.province), ("city", &base.city), ("district", &base.district)]
    {
        let holds = code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit());
        faults.unless(
            holds,
            at(name),
            "应为 6 位行政区划代码，见 filing/options/districts",
            "is a code of six digits from filing/options/districts",
        );
    }
    faults.characters(at("address"), &base.address, 1..=256);
}

fn document(faults: &mut Faults, organization: &IcpOrganization) {
    let at = |name: &str| format!("/subject/organize_info/{name}");
    certificate_type(faults, at("certificate_type"), organization.certificate_type);
    faults.characters(at("certificate_number"), &organization.certificate_number, 1..=64);
    faults.characters(at("certificate_address"), &organization.certificate_address, 1..=256);
    let photo = organization.certificate_photo.as_deref().unwrap_or_default();
    media(faults, at("certificate_photo"), photo);
}

fn principal(faults: &mut Faults, place: &str, principal: &IcpPrincipal, today: &str) {
    let at = |name: &str| format!("{place}/{name}");
    faults.characters(at("name"), &principal.name, 1..=64);
    faults.unless(
        is_mobile(&principal.mobile),
        at("mobile"),
        "应为 11 位手机号",
        "is a mobile number of eleven digits",
    );
    faults.unless(is_mail(&principal.email), at("email"), "应为邮箱地址", "is an e-mail address");
    faults.unless(
        is_telephone(&principal.emergency_contact),
        at("emergency_contact"),
        "应为电话号码",
        "is a telephone number",
    );
    certificate_type(faults, at("certificate_type"), principal.certificate_type);
    let number = principal.certificate_number.trim();
    if principal.certificate_type == IDENTITY_CARD {
        faults.unless(
            is_identity_number(number),
            at("certificate_number"),
            "不是有效的 18 位身份证号码",
            "is no valid number of identity of 18 characters",
        );
    } else {
        faults.characters(at("certificate_number"), number, 1..=64);
    }
    validity(faults, place, principal, today);
    media(faults, at("certificate_photo_front"), &principal.certificate_photo_front);
    media(faults, at("certificate_photo_back"), &principal.certificate_photo_back);
}

/// A document's days: `yyyyMMdd`, the end also 长期.
fn validity(faults: &mut Faults, place: &str, principal: &IcpPrincipal, today: &str) {
    let (start, end) = (
        principal.certificate_validity_date_start.as_str(),
        principal.certificate_validity_date_end.as_str(),
    );
    let starts = is_day(start);
    faults.unless(
        starts,
        format!("{place}/certificate_validity_date_start"),
        "应为 yyyyMMdd 格式的日期",
        "is a day, yyyyMMdd",
    );
    let at = format!("{place}/certificate_validity_date_end");
    let is_over = is_day(end) && (end < today || starts && end <= start);
    match is_day(end) || end == FOR_EVER {
        true => faults.unless(!is_over, at, "证件已过期", "lies in the past"),
        false => {
            faults.push(at, Text::fixed("应为 yyyyMMdd 格式的日期或“长期”", "is a day, or 长期"));
        }
    }
}

fn certificate_type(faults: &mut Faults, pointer: String, kind: i64) {
    faults.unless(kind > 0, pointer, "请从证件类型中选择", "is one of the certificate types");
}

fn media(faults: &mut Faults, pointer: String, media_id: &str) {
    faults.unless(
        !media_id.trim().is_empty(),
        pointer,
        "请先上传材料：POST …/filing/media，再填写其 media_id",
        "is the media_id of an upload: POST …/filing/media",
    );
}

fn is_mobile(text: &str) -> bool {
    text.len() == 11 && text.starts_with('1') && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_telephone(text: &str) -> bool {
    (5..=20).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b' '))
}

pub(crate) fn is_mail(text: &str) -> bool {
    let sound = text.len() <= 254 && !text.chars().any(char::is_whitespace);
    sound
        && text.split_once('@').is_some_and(|(name, host)| {
            !name.is_empty() && host.contains('.') && !host.starts_with('.') && !host.ends_with('.')
        })
}

fn is_day(text: &str) -> bool {
    text.len() == 8
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && jiff::civil::Date::strptime("%Y%m%d", text).is_ok()
}

/// 17 digits and a check character, GB 11643-1999.
fn is_identity_number(text: &str) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECKS: [u8; 11] = *b"10X98765432";
    let bytes = text.as_bytes();
    let Some((check, digits)) = bytes.split_last().filter(|_| bytes.len() == 18) else {
        return false;
    };
    if !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let sum: u32 =
        digits.iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    check.to_ascii_uppercase() == CHECKS[(sum % 11) as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_identity_is_known_by_its_check_character() {
        assert!(is_identity_number("11010519491231002X"));
        assert!(is_identity_number("440524188001010014"));
        for wrong in [
            "110105194912310021",
            "11010519491231002",
            "",
            "1101051949123100字",
            "X10105194912310021",
        ] {
            assert!(!is_identity_number(wrong), "{wrong}");
        }
    }

    #[test]
    fn an_empty_application_lists_everything_that_it_lacks() {
        let faults = Application::default().check("20261128");
        let pointers: Vec<&str> = faults.list().iter().map(|it| it.pointer.as_str()).collect();
        for wanted in [
            "/subject/base_info/name",
            "/subject/base_info/district",
            "/subject/principal_info/mobile",
            "/applets/base_info/service_content_types",
            "/applets/principal_info/certificate_photo_back",
        ] {
            assert!(pointers.contains(&wanted), "{wanted} is not among {pointers:#?}");
        }
    }

    #[test]
    fn a_document_is_good_today_and_its_days_are_days() {
        let at = |start: &str, end: &str| {
            let principal = IcpPrincipal {
                certificate_validity_date_start: start.to_owned(),
                certificate_validity_date_end: end.to_owned(),
                ..IcpPrincipal::default()
            };
            let mut faults = Faults::new();
            validity(&mut faults, "", &principal, "20261128");
            faults.list().len()
        };
        assert_eq!(at("20200101", "20300101"), 0);
        assert_eq!(at("20200101", "20261128"), 0, "its last day");
        assert_eq!(at("20200101", "长期"), 0);
        assert_eq!(at("20200101", "20261127"), 1);
        assert_eq!(at("20300101", "20290101"), 1);
        assert_eq!(at("20200230", "forever"), 2);
    }

    #[test]
    fn telephones_and_mail_are_known_by_their_form() {
        assert!(is_mobile("13812345678") && is_telephone("0571-8888 6666"));
        assert!(!is_mobile("23812345678") && !is_mobile("1381234567") && !is_telephone("call me"));
        assert!(is_mail("a@b.cn"));
        for wrong in ["", "a", "a@b", "@b.cn", "a@.cn", "a b@c.cn"] {
            assert!(!is_mail(wrong), "{wrong}");
        }
    }

    #[test]
    fn today_is_beijings() {
        assert_eq!(today("2026-11-28T16:00:00Z".parse().unwrap()), "20261129");
    }
}
