//! The addresses of WeChat's authorization pages. WeChat checks where the browser comes from:
//! the PC page must be opened from a page on the registered domain.

use secrecy::{ExposeSecret, SecretString};
use url::Url;
use wechat::AppId;

use crate::configuration::Addresses;

/// Which of WeChat's pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// Shows a QR code, which the merchant scans.
    Pc,
    /// Opens within WeChat's own browser.
    H5,
}

/// Which kinds of account WeChat offers to the merchant, `auth_type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountKinds {
    /// Official accounts, 1.
    Official,
    /// Mini programs, 2.
    MiniPrograms,
    /// Both, 3.
    Both,
}

/// A link to one of WeChat's authorization pages.
#[derive(Debug)]
pub struct Link<'a> {
    /// The component that is to be authorized.
    pub component: &'a AppId,
    /// From `api_create_preauthcode`; one for each link.
    pub pre_auth_code: &'a SecretString,
    /// Where WeChat sends the browser afterwards, see [`Link::way_back`].
    pub redirect: Url,
    /// Which accounts are offered.
    pub kinds: AccountKinds,
    /// The one account that may authorize, whatever the kinds.
    pub account: Option<&'a AppId>,
}

impl Link<'_> {
    /// Our page that takes the redirect, with the state in its query.
    pub fn way_back(addresses: &Addresses, component: &AppId, state: &str) -> Url {
        let mut url = addresses.public.clone();
        url.set_path(&format!("/authorize/{component}/return"));
        url.query_pairs_mut().append_pair("state", state);
        url
    }

    /// The link's address.
    pub fn url(&self, addresses: &Addresses, page: Page) -> Url {
        let mut url = match page {
            Page::Pc => addresses.mp.clone(),
            Page::H5 => addresses.open.clone(),
        };
        url.set_path(match page {
            Page::Pc => "/cgi-bin/componentloginpage",
            Page::H5 => "/wxaopen/safe/bindcomponent",
        });
        let mut query = url.query_pairs_mut();
        if page == Page::H5 {
            query.append_pair("action", "bindcomponent").append_pair("no_scan", "1");
        }
        query
            .append_pair("component_appid", self.component.as_str())
            .append_pair("pre_auth_code", self.pre_auth_code.expose_secret())
            .append_pair("redirect_uri", self.redirect.as_str())
            .append_pair("auth_type", self.kinds.code());
        if let Some(account) = self.account {
            query.append_pair("biz_appid", account.as_str());
        }
        drop(query);
        if page == Page::H5 {
            url.set_fragment(Some("wechat_redirect"));
        }
        url
    }
}

impl AccountKinds {
    fn code(self) -> &'static str {
        match self {
            AccountKinds::Official => "1",
            AccountKinds::MiniPrograms => "2",
            AccountKinds::Both => "3",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::Variables;

    fn url(page: Page, account: Option<&str>) -> String {
        let variables = Variables::from_pairs([("PUBLIC_URL", "https://fleet.example.com")]);
        let addresses = Addresses::from_variables(&variables).unwrap();
        let component: AppId = "wx0000000000000001".parse().unwrap();
        let account = account.map(|appid| appid.parse().unwrap());
        let link = Link {
            component: &component,
            pre_auth_code: &SecretString::from("preauthcode@@@a b"),
            redirect: Link::way_back(&addresses, &component, "st-ate_1"),
            kinds: AccountKinds::MiniPrograms,
            account: account.as_ref(),
        };
        link.url(&addresses, page).into()
    }

    const BACK: &str = "https%3A%2F%2Ffleet.example.com%2Fauthorize%2Fwx0000000000000001\
                        %2Freturn%3Fstate%3Dst-ate_1";

    #[test]
    fn the_pc_page_is_addressed_as_wechat_documents_it() {
        assert_eq!(
            url(Page::Pc, None),
            format!(
                "https://mp.weixin.qq.com/cgi-bin/componentloginpage\
                 ?component_appid=wx0000000000000001&pre_auth_code=preauthcode%40%40%40a+b\
                 &redirect_uri={BACK}&auth_type=2"
            )
        );
    }

    #[test]
    fn the_h5_page_needs_its_fragment_and_may_fix_one_account() {
        assert_eq!(
            url(Page::H5, Some("wx00000000000000aa")),
            format!(
                "https://open.weixin.qq.com/wxaopen/safe/bindcomponent\
                 ?action=bindcomponent&no_scan=1\
                 &component_appid=wx0000000000000001&pre_auth_code=preauthcode%40%40%40a+b\
                 &redirect_uri={BACK}&auth_type=2&biz_appid=wx00000000000000aa#wechat_redirect"
            )
        );
    }
}
