use serde_json::json;
use wechat::endpoint::{
    ApiWxaQueryNickname, CheckWxVerifyNickname, DevPluginApplyList, GetAllCategories,
    GetCategoriesByType, GetWxaSearchStatus, NicknameAudit, PluginList, PluginStatus, SearchStatus,
    SetNickname,
};

use super::super::{answer, answer_of};

#[test]
fn names() {
    let set = answer::<SetNickname<'_>>("setnickname").unwrap();
    assert_eq!((set.review(), set.wording), (Some(12345), None));
    for at_once in [r#"{"errcode":0}"#, r#"{"errcode":0,"audit_id":0,"wording":""}"#] {
        assert_eq!(answer_of::<SetNickname<'_>>(at_once).unwrap().review(), None);
    }
    let name = answer::<ApiWxaQueryNickname>("api_wxa_querynickname").unwrap();
    assert_eq!((name.nickname.as_str(), name.audit_stat), ("xxx", NicknameAudit::Failed));
    assert_eq!(name.fail_reason.as_deref(), Some("xxx"));
    assert_eq!((name.create_time, name.audit_time), (Some(1519724071), Some(1519724950)));
    let check = answer::<CheckWxVerifyNickname<'_>>("checkwxverifynickname").unwrap();
    assert!(check.hit_condition && check.wording.unwrap().starts_with("你申请的名称可能涉及"));
}

#[test]
fn searching_is_hidden_by_a_one() {
    let search = answer::<GetWxaSearchStatus>("getwxasearchstatus").unwrap();
    assert_eq!(search.status, SearchStatus::Hidden);
    let other = answer_of::<GetWxaSearchStatus>(r#"{"status":"7"}"#).unwrap();
    assert_eq!(other.status, SearchStatus::Unknown(7));
}

#[test]
fn categories() {
    let all = answer::<GetAllCategories>("getallcategories").unwrap();
    let by_type = answer::<GetCategoriesByType>("getcategoriesbytype").unwrap();
    assert_eq!(all, by_type);
    let [root, post, lawyer] = &all.categories_list.categories[..] else { panic!() };
    assert_eq!((root.id, &root.name, &root.children[..]), (0, &None, &[1, 402][..]));
    assert_eq!((post.level, post.father, post.sensitive_type), (Some(1), Some(0), Some(0)));
    let documents = &lawyer.qualify.as_ref().unwrap().exter_list[0].inner_list;
    assert_eq!((documents[0].name.as_str(), &documents[0].url), ("《律师执业资格证》", &None));

    let more = answer::<GetAllCategories>("getallcategories.wxjava").unwrap();
    let education = &more.categories_list.categories[1];
    assert_eq!((education.id, education.children.len()), (8, 11));
    assert_eq!(education.other["type"], json!("NORMAL"));
    assert_eq!(education.other["available_for_plugin"], json!(true));
    let renamed = r#"{"category_list":{"categories":[{"id":"3"}]}}"#;
    let renamed = answer_of::<GetAllCategories>(renamed).unwrap();
    assert_eq!(renamed.categories_list.categories[0].id, 3);
}

#[test]
fn plugins() {
    let list = answer::<PluginList>("plugin.WxaPluginList").unwrap().plugin_list;
    assert_eq!((list[0].appid.as_str(), list[0].status), ("aaaa", PluginStatus::Applying));
    assert_eq!(list[0].headimgurl.as_deref(), Some("http://plugin.qq.com"));
    let asking = answer::<DevPluginApplyList>("plugin.WxaDevPluginDevApplyList").unwrap();
    let asking = &asking.apply_list[0];
    assert_eq!(asking.reason.as_deref(), Some("polo has gone"));
    assert_eq!(asking.create_time, Some(1536305096));
    assert_eq!(asking.categories[0].second, "硬件与设备");
    assert!(asking.other.is_empty());
}
