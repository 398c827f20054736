//! Name, avatar, introduction, searching, categories and plugins.

use serde_json::json;
use wechat::endpoint::{
    AddCategory, ApiWxaQueryNickname, CategoryDocument, ChangeWxaSearchStatus,
    CheckWxVerifyNickname, DeleteCategory, DevPluginAgree, DevPluginApplyList, DevPluginDelete,
    DevPluginRefuse, GetCategoriesByType, ModifyCategory, ModifyHeadImage, ModifySignature,
    NewCategory, PluginApply, PluginList, PluginUnbind, PluginUpdate, SearchStatus, SetNickname,
};

use super::super::{published, sent};

#[test]
fn names() {
    let name = SetNickname {
        nick_name: "XXX公司",
        id_card: Some("3LaLzqiTrQcD20DlX_o-OV1"),
        license: Some("3LaLzqiTrQcD20DlX_o-OV22231"),
        naming_other_stuff_1: Some(
            "3LaLzqiTrQcD20DlX_o-OV1-nlYMu7sdVAL7SV2PrxVyjZFZZmB3O6LPGaYXlZWq",
        ),
        naming_other_stuff_2: Some(""),
        ..SetNickname::default()
    };
    assert_eq!(sent(&name), published("setnickname"));
    assert_eq!(sent(&ApiWxaQueryNickname { audit_id: 12345 }), published("api_wxa_querynickname"));
    let check = CheckWxVerifyNickname { nick_name: "腾讯" };
    assert_eq!(sent(&check), published("checkwxverifynickname"));
}

#[test]
fn avatar_introduction_and_searching() {
    let avatar = ModifyHeadImage {
        head_img_media_id: "mI-4E_sFh_2X3g-qmTIWD83RT78ytI1_6VfgFp_A3-Y2U5T_nLl3nm1xYTafFJ8p",
        x1: 0.0,
        y1: 0.0,
        x2: 0.7596899224806202,
        y2: 0.49,
    };
    assert_eq!(sent(&avatar), published("modifyheadimage"));
    let introduction = ModifySignature { signature: "提供好玩的服务。" };
    assert_eq!(sent(&introduction), published("modifysignature"));
    let shown = ChangeWxaSearchStatus { status: SearchStatus::Searchable };
    assert_eq!(sent(&shown), published("changewxasearchstatus"));
    let hidden = ChangeWxaSearchStatus { status: SearchStatus::Hidden };
    assert_eq!(sent(&hidden), json!({ "status": 1 }));
}

#[test]
fn categories() {
    let certificates = [CategoryDocument {
        key: "《因私出入境中介机构经营许可证》",
        value: "media_id",
        expire_time: Some(123456),
        is_permanent: Some(1),
    }];
    let categories = [NewCategory { first: 8, second: 39, certificates: &certificates }];
    let add = AddCategory { categories: &categories, apply_reason: None };
    assert_eq!(sent(&add), published("addcategory"));
    let modify = ModifyCategory { first: 8, second: 39, certificates: &certificates };
    assert_eq!(sent(&modify), published("modifycategory"));
    assert_eq!(sent(&DeleteCategory { first: 1, second: 10 }), published("deletecategory"));
    assert_eq!(sent(&GetCategoriesByType { verify_type: 0 }), published("getcategoriesbytype"));
}

#[test]
fn plugins() {
    let apply = PluginApply { plugin_appid: "aaaa", reason: "hello" };
    assert_eq!(sent(&apply), published("plugin.WxaPluginApply"));
    assert_eq!(sent(&PluginList {}), published("plugin.WxaPluginList"));
    let unbind = PluginUnbind { plugin_appid: "aaaa" };
    assert_eq!(sent(&unbind), published("plugin.WxaPluginUnbind"));
    let update = PluginUpdate { plugin_appid: "aaaa", user_version: "1.2" };
    let expected = json!({ "action": "update", "plugin_appid": "aaaa", "user_version": "1.2" });
    assert_eq!(sent(&update), expected);
    let list = DevPluginApplyList { page: 1, num: 10 };
    assert_eq!(sent(&list), published("plugin.WxaDevPluginDevApplyList"));
    let agree = DevPluginAgree { appid: "aaaa" };
    assert_eq!(sent(&agree), published("plugin.WxaDevPluginDevAgree"));
    let refuse = DevPluginRefuse { reason: "refuse reason" };
    assert_eq!(sent(&refuse), published("plugin.WxaDevPluginDevRefuse"));
    assert_eq!(sent(&DevPluginDelete {}), published("plugin.WxaDevPluginDevDelete"));
}
