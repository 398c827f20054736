//! WeChat's HTTP calls, one file a call: its path, the token it takes, what is sent, what comes
//! back. Fields are public, a struct literal is the builder.
//!
//! To add a call, copy the nearest file, change it, and add its `mod` line below. Names follow
//! WeChat's paths; where WeChat misspells, the wire keeps the misspelling and the field does not.

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
mod apply_privacy_interface;
mod applysetorderpathinfo;
mod bind_tester;
mod change_visitstatus;
mod clear_quota;
mod commit;
mod component_clear_quota;
mod component_clear_quota_v2;
mod component_jscode2session;
mod createwxaqrcode;
mod deletetemplate;
mod get_auditstatus;
mod get_authorizer_option;
mod get_category;
mod get_code_privacy_info;
mod get_domain_confirmfile;
mod get_effective_domain;
mod get_effective_webviewdomain;
mod get_icp_entrance_info;
mod get_latest_auditstatus;
mod get_page;
mod get_prefetchdnsdomain;
mod get_privacy_interface;
mod get_qrcode;
mod get_webviewdomain_confirmfile;
mod getaccountbasicinfo;
mod getappealrecords;
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
mod grayrelease;
mod material_get_material;
mod media_upload;
mod memberauth;
mod modify_domain;
mod modify_domain_directly;
mod modify_wxa_jump_domain;
mod modify_wxa_server_domain;
mod open_bind;
mod open_create;
mod open_get;
mod open_have;
mod open_unbind;
mod openapi_quota_get;
mod openapi_rid_get;
mod queryquota;
mod release;
mod revertcoderelease;
mod revertgrayrelease;
mod set_authorizer_option;
mod set_prefetchdnsdomain;
mod setprivacysetting;
mod setweappsupportversion;
mod setwebviewdomain;
mod setwebviewdomain_directly;
mod speedupaudit;
mod submit_audit;
mod unbind_tester;
mod undocodeaudit;
mod upload;
mod uploadmedia;
mod uploadprivacyextfile;

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
pub use apply_privacy_interface::*;
pub use applysetorderpathinfo::*;
pub use bind_tester::*;
pub use change_visitstatus::*;
pub use clear_quota::*;
pub use commit::*;
pub use component_clear_quota::*;
pub use component_clear_quota_v2::*;
pub use component_jscode2session::*;
pub use createwxaqrcode::*;
pub use deletetemplate::*;
pub use get_auditstatus::*;
pub use get_authorizer_option::*;
pub use get_category::*;
pub use get_code_privacy_info::*;
pub use get_domain_confirmfile::*;
pub use get_effective_domain::*;
pub use get_effective_webviewdomain::*;
pub use get_icp_entrance_info::*;
pub use get_latest_auditstatus::*;
pub use get_page::*;
pub use get_prefetchdnsdomain::*;
pub use get_privacy_interface::*;
pub use get_qrcode::*;
pub use get_webviewdomain_confirmfile::*;
pub use getaccountbasicinfo::*;
pub use getappealrecords::*;
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
pub use grayrelease::*;
pub use material_get_material::*;
pub use media_upload::*;
pub use memberauth::*;
pub use modify_domain::*;
pub use modify_domain_directly::*;
pub use modify_wxa_jump_domain::*;
pub use modify_wxa_server_domain::*;
pub use open_bind::*;
pub use open_create::*;
pub use open_get::*;
pub use open_have::*;
pub use open_unbind::*;
pub use openapi_quota_get::*;
pub use openapi_rid_get::*;
pub use queryquota::*;
pub use release::*;
pub use revertcoderelease::*;
pub use revertgrayrelease::*;
pub use set_authorizer_option::*;
pub use set_prefetchdnsdomain::*;
pub use setprivacysetting::*;
pub use setweappsupportversion::*;
pub use setwebviewdomain::*;
pub use setwebviewdomain_directly::*;
pub use speedupaudit::*;
pub use submit_audit::*;
pub use unbind_tester::*;
pub use undocodeaudit::*;
pub use upload::*;
pub use uploadmedia::*;
pub use uploadprivacyextfile::*;
