//! WeChat's HTTP calls, one file a call: its path, the token it takes, what is sent, what comes
//! back. Fields are public, a struct literal is the builder.
//!
//! To add a call, copy the nearest file, change it, and add its `mod` line below and its path to
//! `tests/data/paths.txt`. Names follow WeChat's paths; where WeChat misspells, the wire keeps the
//! misspelling and the field does not.

use std::time::Duration;

use bytes::Bytes;
use http::Method;
use serde::Serialize;

use crate::{answer::Answer, client, token::Token};

/// One of WeChat's calls. `Self` is the request; serialized, it is the JSON body of a POST.
pub trait Endpoint: Serialize + Sync {
    /// The HTTP method.
    const METHOD: Method;
    /// The path, beginning with `/`, without a query.
    const PATH: &'static str;
    /// The kind of token the call takes.
    type Token: Token;
    /// How a success is read: [`Json`](crate::answer::Json) of the call's own response struct,
    /// [`Done`](crate::answer::Done) or [`Image`](crate::answer::Image).
    type Answer: Answer;
    /// The query parameter that carries the token. Tencent's own service sends `access_token`
    /// everywhere; the `sns` calls know only `component_access_token`.
    const TOKEN_PARAMETER: &'static str = "access_token";
    /// How long the call may take, connecting included.
    const TIMEOUT: Duration = Duration::from_secs(8);

    /// Whether the call may simply be sent again when its outcome is unknown: a second time does
    /// no more than the first did. Where this is `false`, ask WeChat what became of it instead.
    const REPEATABLE: bool = true;

    /// Query parameters beside the token.
    fn query(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// What is sent after the head: nothing in a GET, otherwise the request as JSON. A POST
    /// without a body is answered with 44002, so that a request without fields is `{}`.
    fn body(&self) -> Body {
        match Self::METHOD {
            Method::GET => Body::None,
            _ => Body::Json(client::to_json(self)),
        }
    }
}

/// What a request carries.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// Nothing.
    None,
    /// JSON in UTF-8; non-ASCII is sent as it is, never as `\uXXXX`.
    Json(Bytes),
    /// A form with a file in it; [`Upload::form`] writes it.
    Form {
        /// `multipart/form-data` with the boundary.
        content_type: String,
        /// The form.
        bytes: Bytes,
    },
}

mod account_fastregister;
mod addcategory;
mod addtotemplate;
mod api_authorizer_token;
mod api_component_token;
mod api_create_preauthcode;
mod api_get_authorizer_info;
mod api_get_authorizer_list;
mod api_get_authorizer_option;
mod api_query_auth;
mod api_set_authorizer_option;
mod api_start_push_ticket;
mod api_wxa_querynickname;
mod apply_icp_filing;
mod apply_privacy_interface;
mod applysetorderpathinfo;
mod auth_data;
mod authidentitytree;
mod bind_tester;
mod cancel_apply_icp_filing;
mod cancel_icp_filing;
mod change_visitstatus;
mod changewxasearchstatus;
mod checkwxverifynickname;
mod clear_quota;
mod commit;
mod component_clear_quota;
mod component_clear_quota_v2;
mod component_jscode2session;
mod create_icp_verifytask;
mod createwxaqrcode;
mod deletecategory;
mod deletetemplate;
mod devplugin;
mod fastnormalizebetaweapp;
mod fastregisterbetaweapp;
mod fastregisterenterpriseweapp;
mod fastregisterpersonalweapp;
mod fastregistertransactionweapp;
mod fastregisterweapp;
mod get_auditstatus;
mod get_authorizer_option;
mod get_category;
mod get_code_privacy_info;
mod get_domain_confirmfile;
mod get_effective_domain;
mod get_effective_webviewdomain;
mod get_icp_entrance_info;
mod get_latest_auditstatus;
mod get_online_icp_order;
mod get_page;
mod get_prefetchdnsdomain;
mod get_privacy_interface;
mod get_qrcode;
mod get_webviewdomain_confirmfile;
mod getaccountbasicinfo;
mod getallcategories;
mod getappealrecords;
mod getcategoriesbytype;
mod getcategory;
mod getgrayreleaseplan;
mod getillegalrecords;
mod getorderpathinfo;
mod getprivacysetting;
mod gettemplatedraftlist;
mod gettemplatelist;
mod getversioninfo;
mod getvisitstatus;
mod getweappsupportversion;
mod getwxacode;
mod getwxacodeunlimit;
mod getwxasearchstatus;
mod grayrelease;
mod icp_filing;
mod material_get_material;
mod media_upload;
mod memberauth;
mod message_custom_send;
mod modify_domain;
mod modify_domain_directly;
mod modify_wxa_jump_domain;
mod modify_wxa_server_domain;
mod modifycategory;
mod modifyheadimage;
mod modifysignature;
mod open_bind;
mod open_create;
mod open_get;
mod open_have;
mod open_unbind;
mod openapi_quota_get;
mod openapi_rid_get;
mod plugin;
mod query_auth_and_icp;
mod query_icp_certificate_types;
mod query_icp_district_code;
mod query_icp_nrlx_types;
mod query_icp_service_content_types;
mod query_icp_subject_types;
mod query_icp_verifytask;
mod queryauth;
mod queryquota;
mod reauth;
mod registration_task;
mod release;
mod revertcoderelease;
mod revertgrayrelease;
mod set_authorizer_option;
mod set_prefetchdnsdomain;
mod setbetaweappnickname;
mod setnickname;
mod setprivacysetting;
mod setweappsupportversion;
mod setwebviewdomain;
mod setwebviewdomain_directly;
mod speedupaudit;
mod submit_audit;
mod submit_auth_and_icp;
mod unbind_tester;
mod undocodeaudit;
mod upload;
mod upload_icp_media;
mod uploadauthmaterial;
mod uploadmedia;
mod uploadprivacyextfile;
mod verifybetaweapp;
mod wxaauth;

pub use account_fastregister::*;
pub use addcategory::*;
pub use addtotemplate::*;
pub use api_authorizer_token::*;
pub use api_component_token::*;
pub use api_create_preauthcode::*;
pub use api_get_authorizer_info::*;
pub use api_get_authorizer_list::*;
pub use api_get_authorizer_option::*;
pub use api_query_auth::*;
pub use api_set_authorizer_option::*;
pub use api_start_push_ticket::*;
pub use api_wxa_querynickname::*;
pub use apply_icp_filing::*;
pub use apply_privacy_interface::*;
pub use applysetorderpathinfo::*;
pub use auth_data::*;
pub use authidentitytree::*;
pub use bind_tester::*;
pub use cancel_apply_icp_filing::*;
pub use cancel_icp_filing::*;
pub use change_visitstatus::*;
pub use changewxasearchstatus::*;
pub use checkwxverifynickname::*;
pub use clear_quota::*;
pub use commit::*;
pub use component_clear_quota::*;
pub use component_clear_quota_v2::*;
pub use component_jscode2session::*;
pub use create_icp_verifytask::*;
pub use createwxaqrcode::*;
pub use deletecategory::*;
pub use deletetemplate::*;
pub use devplugin::*;
pub use fastnormalizebetaweapp::*;
pub use fastregisterbetaweapp::*;
pub use fastregisterenterpriseweapp::*;
pub use fastregisterpersonalweapp::*;
pub use fastregistertransactionweapp::*;
pub use fastregisterweapp::*;
pub use get_auditstatus::*;
pub use get_authorizer_option::*;
pub use get_category::*;
pub use get_code_privacy_info::*;
pub use get_domain_confirmfile::*;
pub use get_effective_domain::*;
pub use get_effective_webviewdomain::*;
pub use get_icp_entrance_info::*;
pub use get_latest_auditstatus::*;
pub use get_online_icp_order::*;
pub use get_page::*;
pub use get_prefetchdnsdomain::*;
pub use get_privacy_interface::*;
pub use get_qrcode::*;
pub use get_webviewdomain_confirmfile::*;
pub use getaccountbasicinfo::*;
pub use getallcategories::*;
pub use getappealrecords::*;
pub use getcategoriesbytype::*;
pub use getcategory::*;
pub use getgrayreleaseplan::*;
pub use getillegalrecords::*;
pub use getorderpathinfo::*;
pub use getprivacysetting::*;
pub use gettemplatedraftlist::*;
pub use gettemplatelist::*;
pub use getversioninfo::*;
pub use getvisitstatus::*;
pub use getweappsupportversion::*;
pub use getwxacode::*;
pub use getwxacodeunlimit::*;
pub use getwxasearchstatus::*;
pub use grayrelease::*;
pub use icp_filing::*;
pub use material_get_material::*;
pub use media_upload::*;
pub use memberauth::*;
pub use message_custom_send::*;
pub use modify_domain::*;
pub use modify_domain_directly::*;
pub use modify_wxa_jump_domain::*;
pub use modify_wxa_server_domain::*;
pub use modifycategory::*;
pub use modifyheadimage::*;
pub use modifysignature::*;
pub use open_bind::*;
pub use open_create::*;
pub use open_get::*;
pub use open_have::*;
pub use open_unbind::*;
pub use openapi_quota_get::*;
pub use openapi_rid_get::*;
pub use plugin::*;
pub use query_auth_and_icp::*;
pub use query_icp_certificate_types::*;
pub use query_icp_district_code::*;
pub use query_icp_nrlx_types::*;
pub use query_icp_service_content_types::*;
pub use query_icp_subject_types::*;
pub use query_icp_verifytask::*;
pub use queryauth::*;
pub use queryquota::*;
pub use reauth::*;
pub use registration_task::*;
pub use release::*;
pub use revertcoderelease::*;
pub use revertgrayrelease::*;
pub use set_authorizer_option::*;
pub use set_prefetchdnsdomain::*;
pub use setbetaweappnickname::*;
pub use setnickname::*;
pub use setprivacysetting::*;
pub use setweappsupportversion::*;
pub use setwebviewdomain::*;
pub use setwebviewdomain_directly::*;
pub use speedupaudit::*;
pub use submit_audit::*;
pub use submit_auth_and_icp::*;
pub use unbind_tester::*;
pub use undocodeaudit::*;
pub use upload::*;
pub use upload_icp_media::*;
pub use uploadauthmaterial::*;
pub use uploadmedia::*;
pub use uploadprivacyextfile::*;
pub use verifybetaweapp::*;
pub use wxaauth::*;
