//! The privacy guideline, and the interfaces that have to be applied for.

use serde_json::json;
use wechat::endpoint::{
    ApplyPrivacyInterface, GetPrivacyInterface, OwnerStatement, PrivacyInterfaceStatus,
    PrivacyStatement, SdkStatement, SetPrivacySetting,
};

use super::{published, sent, whole};

#[test]
fn a_guideline() {
    let statement = PrivacyStatement { privacy_key: "privacy_key", privacy_text: "privacy_text" };
    let statements = [statement.clone(), statement];
    let set = SetPrivacySetting {
        privacy_ver: Some(2),
        owner_setting: OwnerStatement {
            contact_email: Some("contact_email"),
            // As published.
            contact_phone: Some("contact_email"),
            contact_qq: Some("contact_qq"),
            contact_weixin: Some("contact_weixin"),
            notice_method: "notice_method",
            store_expire_timestamp: Some("store_expire_timestamp"),
            ext_file_media_id: Some("2113706500236918784"),
            store_region: None,
        },
        setting_list: Some(&statements),
        sdk_privacy_info_list: &[],
    };
    assert_eq!(sent(&set), published("setprivacysetting"));

    let used = [PrivacyStatement { privacy_key: "Location", privacy_text: "地图" }];
    let sdk = [SdkStatement { sdk_name: "地图", sdk_biz_name: "某公司", sdk_list: &used }];
    let owner = OwnerStatement { notice_method: "弹窗", ..Default::default() };
    let online = SetPrivacySetting {
        privacy_ver: Some(1),
        owner_setting: owner,
        setting_list: None,
        sdk_privacy_info_list: &sdk,
    };
    let expected = json!({
        "privacy_ver": 1,
        "owner_setting": { "notice_method": "弹窗" },
        "sdk_privacy_info_list": [{
            "sdk_name": "地图",
            "sdk_biz_name": "某公司",
            "sdk_list": [{ "privacy_key": "Location", "privacy_text": "地图" }],
        }],
    });
    assert_eq!(sent(&online), expected);
}

#[test]
fn interfaces_to_apply_for() {
    let pictures = ["pic_url1".to_owned(), "pic_url2".to_owned()];
    let videos = ["video_url1".to_owned(), "video_ul2".to_owned()];
    let pages = ["url1".to_owned(), "url2".to_owned()];
    let apply = ApplyPrivacyInterface {
        api_name: "wx.test",
        content: "1312",
        url_list: &pages,
        pic_list: &pictures,
        video_list: &videos,
    };
    assert_eq!(sent(&apply), published("apply_privacy_interface"));
    let bare = ApplyPrivacyInterface { api_name: "wx.test", content: "c", ..Default::default() };
    assert_eq!(sent(&bare), json!({ "api_name": "wx.test", "content": "c" }));
    // A success whose errmsg is not ok.
    let applied = whole::<ApplyPrivacyInterface<'_>>("apply_privacy_interface");
    assert_eq!(applied.audit_id, 123456);

    let list = whole::<GetPrivacyInterface>("get_privacy_interface").interface_list;
    assert_eq!(list.len(), 5);
    assert_eq!(list[0].status, Some(PrivacyInterfaceStatus::ToApply));
    assert_eq!(list[1].status, Some(PrivacyInterfaceStatus::Failed));
    assert_eq!(list[1].audit_id, Some(421610267));
}
