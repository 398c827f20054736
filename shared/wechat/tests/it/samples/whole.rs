//! Published responses, each read and written again: nothing of them is lost. Those that hold a
//! secret are not written; their tests look at every field. `get_latest_auditstatus` is spelled
//! otherwise than it is read, and has a test of its own.

use wechat::endpoint::{
    ApiWxaQueryNickname, BindTester, CheckWxVerifyNickname, DevPluginApplyList,
    FastRegisterBetaWeapp, FastRegisterPersonalWeapp, FastRegisterPersonalWeappQuery,
    GetAccountBasicInfo, GetAllCategories, GetAuditStatus, GetCategoriesByType, GetCategory,
    GetCodePrivacyInfo, GetDomainConfirmFile, GetEffectiveDomain, GetEffectiveWebviewDomain,
    GetHistoryVersion, GetPage, GetPrivacySetting, GetTemplateDraftList, GetTemplateList,
    GetVersionInfo, GetVisitStatus, GetWebviewDomainConfirmFile, GetWxaSearchStatus, MediaUpload,
    MemberAuth, ModifyDomain, ModifyWxaJumpDomain, ModifyWxaServerDomain, PluginList, QueryQuota,
    SetNickname, SetWebviewDomain, SubmitAudit, WxopenGetCategory,
};

use super::whole;

#[test]
fn registration_and_basic_information() {
    whole::<FastRegisterPersonalWeapp<'_>>("fastregisterpersonalweapp.create");
    whole::<FastRegisterPersonalWeappQuery<'_>>("fastregisterpersonalweapp.query");
    whole::<FastRegisterBetaWeapp<'_>>("fastregisterbetaweapp");
    whole::<GetAccountBasicInfo>("getaccountbasicinfo");
    whole::<GetAccountBasicInfo>("getaccountbasicinfo.wxjava");
    whole::<SetNickname<'_>>("setnickname");
    whole::<ApiWxaQueryNickname>("api_wxa_querynickname");
    whole::<CheckWxVerifyNickname<'_>>("checkwxverifynickname");
    whole::<GetWxaSearchStatus>("getwxasearchstatus");
    whole::<MediaUpload<'_>>("media_upload");
    whole::<GetAllCategories>("getallcategories");
    whole::<GetAllCategories>("getallcategories.wxjava");
    whole::<GetCategoriesByType>("getcategoriesbytype");
    for name in ["getcategory", "getcategory.wxjava", "getcategory.community"] {
        whole::<WxopenGetCategory>(name);
    }
    whole::<GetCategory>("wxa_get_category");
    whole::<PluginList>("plugin.WxaPluginList");
    whole::<DevPluginApplyList>("plugin.WxaDevPluginDevApplyList");
}

#[test]
fn domains() {
    whole::<ModifyDomain<'_>>("modify_domain");
    whole::<GetEffectiveDomain>("get_effective_domain");
    whole::<SetWebviewDomain<'_>>("setwebviewdomain");
    whole::<GetEffectiveWebviewDomain>("get_effective_webviewdomain");
    whole::<GetWebviewDomainConfirmFile>("get_webviewdomain_confirmfile");
    whole::<ModifyWxaServerDomain<'_>>("modify_wxa_server_domain");
    whole::<ModifyWxaJumpDomain<'_>>("modify_wxa_jump_domain");
    whole::<GetDomainConfirmFile>("get_domain_confirmfile");
}

#[test]
fn templates_code_and_testers() {
    for name in ["gettemplatedraftlist", "gettemplatedraftlist.doc"] {
        whole::<GetTemplateDraftList>(name);
    }
    for name in ["gettemplatelist", "gettemplatelist.doc"] {
        whole::<GetTemplateList>(name);
    }
    whole::<GetPage>("get_page");
    whole::<GetCodePrivacyInfo>("get_code_privacy_info");
    whole::<SubmitAudit<'_>>("submit_audit");
    whole::<GetAuditStatus>("get_auditstatus");
    whole::<QueryQuota>("queryquota");
    whole::<GetHistoryVersion>("revertcoderelease.get_history_version");
    whole::<GetVisitStatus>("getvisitstatus");
    whole::<GetVersionInfo>("getversioninfo");
    for name in ["getprivacysetting", "getprivacysetting.community"] {
        whole::<GetPrivacySetting>(name);
    }
    whole::<BindTester<'_>>("bind_tester");
    whole::<MemberAuth>("memberauth");
}
