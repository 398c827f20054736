//! The page that WeChat's order centre (订单中心) opens. Mini programs that sell are rejected in
//! review without one.
//!
//! One application is for up to a hundred mini programs; WeChat tells by events what became of it in
//! each. A password for the reviewer goes to WeChat and is kept nowhere.

mod record;

pub use record::{OrderPage, OrderPageState, OrderPath};

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use url::Url;
use wechat::{
    AppId,
    endpoint::{ApplySetOrderPathInfo, GetOrderPathInfo, OrderPathApplication, OrderPathInfo},
    message::{OrderPathApplyResult, OrderPathAuditResult},
};

use crate::{
    call::Caller,
    clock::Clock,
    event::kind,
    fault::Faults,
    mini_programs::MiniPrograms,
    orders::OrderError,
    records::{Current, Records},
    storage::StorageError,
};

/// Mini programs in one application, at most.
pub const MOST_APPIDS: usize = 100;
/// A question that failed is asked again after this long.
const AGAIN: SignedDuration = SignedDuration::from_mins(30);
/// Ours, on an account for the reviewer and on its password.
const CREDENTIAL: usize = 128;
/// The longest address.
const ADDRESS: usize = 1024;
/// No page was set.
const NONE_SET: i64 = 61_041;

/// Order pages of every mini program. Cheap to clone.
#[derive(Clone)]
pub struct OrderPaths {
    /// Where they are kept.
    pub records: Records,
    /// Who has authorized.
    pub mini_programs: MiniPrograms,
    /// How WeChat is called.
    pub caller: Caller,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// An application for a page, and how the reviewer gets there.
#[derive(Debug, Clone, Default)]
pub struct OrderPageOrder {
    /// The page, such as `pages/orders/index`.
    pub path: String,
    /// Addresses of pictures.
    pub pictures: Vec<String>,
    /// The address of a video.
    pub video: Option<String>,
    /// An account for the reviewer.
    pub test_account: Option<String>,
    /// Its password.
    pub test_password: Option<SecretString>,
    /// A word to the reviewer.
    pub remark: Option<String>,
}

impl OrderPageOrder {
    /// Everything that is wrong with it.
    pub fn check(&self) -> Faults {
        let mut faults = Faults::new();
        let path = &self.path;
        let plain = !path.starts_with('/') && !path.contains(['?', '#']) && !path.contains("://");
        faults.characters("/path", path, 1..=256);
        faults.visible("/path", path, false);
        faults.unless(
            plain,
            "/path",
            "应为小程序页面路径，不以 / 开头，不带参数，如 pages/orders/index",
            "is a page without a leading slash or a query, such as pages/orders/index",
        );
        faults.entries("/pictures", self.pictures.len(), 0..=10);
        let pictures = self.pictures.iter().enumerate();
        let pictures = pictures.map(|(place, address)| (format!("/pictures/{place}"), address));
        let video = self.video.iter().map(|address| ("/video".to_owned(), address));
        for (pointer, address) in pictures.chain(video) {
            let why = ("应为网址，如 https://cdn.example.com/a.mp4", "is a web address");
            faults.unless(is_web_address(address), pointer, why.0, why.1);
        }
        let remark = self.remark.as_deref().unwrap_or_default();
        faults.characters("/remark", remark, 0..=200);
        faults.visible("/remark", remark, true);
        if let Some(account) = &self.test_account {
            faults.characters("/test_account", account, 1..=CREDENTIAL);
            faults.visible("/test_account", account, false);
        }
        if let Some(password) = &self.test_password {
            faults.characters("/test_password", password.expose_secret(), 1..=CREDENTIAL);
            faults.visible("/test_password", password.expose_secret(), false);
        }
        let alone = self.test_password.is_some() && self.test_account.is_none();
        let why = ("请同时填写测试账号", "goes with a test_account");
        faults.unless(!alone, "/test_password", why.0, why.1);
        faults
    }
}

/// Whether WeChat could fetch something there.
fn is_web_address(address: &str) -> bool {
    let url = Url::parse(address);
    let is_plain = address.bytes().all(|byte| byte.is_ascii_graphic());
    is_plain
        && address.len() <= ADDRESS
        && url.is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

impl OrderPaths {
    /// How the page of a mini program stands, as last known. WeChat is not asked.
    pub async fn show(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Current<OrderPath>, StorageError> {
        self.records.read(component, appid).await
    }

    /// Applies for the page of one mini program.
    pub async fn apply(
        &self,
        component: &AppId,
        appid: &AppId,
        order: &OrderPageOrder,
    ) -> Result<Current<OrderPath>, OrderError> {
        order.check().into_result::<OrderError>()?;
        self.send(component, std::slice::from_ref(appid), order).await?;
        Ok(self.show(component, appid).await?)
    }

    /// Applies for one page in many mini programs.
    pub async fn apply_in_many(
        &self,
        component: &AppId,
        appids: &[AppId],
        order: &OrderPageOrder,
    ) -> Result<(), OrderError> {
        let mut faults = Faults::new();
        faults.within("/page", order.check());
        faults.entries("/appids", appids.len(), 1..=MOST_APPIDS);
        for (place, appid) in appids.iter().take(MOST_APPIDS).enumerate() {
            let known = self.mini_programs.find(component, appid).await?;
            let why = ("没有授权本平台", "has not authorized this platform");
            let authorized = known.is_some_and(|known| known.is_authorized());
            faults.unless(authorized, format!("/appids/{place}"), why.0, why.1);
        }
        faults.into_result::<OrderError>()?;
        self.send(component, appids, order).await
    }

    /// WeChat tells afterwards, by an event for each, whether the application was taken. Where the
    /// same one is open nothing happens.
    async fn send(
        &self,
        component: &AppId,
        appids: &[AppId],
        order: &OrderPageOrder,
    ) -> Result<(), OrderError> {
        let list: Vec<String> = appids.iter().map(|appid| appid.as_str().to_owned()).collect();
        let request = ApplySetOrderPathInfo {
            batch_req: OrderPathApplication {
                appid_list: &list,
                path: &order.path,
                img_list: &order.pictures,
                video: order.video.as_deref(),
                test_account: order.test_account.as_deref(),
                test_password: order.test_password.as_ref().map(|it| it.expose_secret()),
                test_remark: order.remark.as_deref(),
            },
        };
        // Before the call, for its event may be quicker than its answer.
        for appid in appids {
            let change = |kept: &mut OrderPath, now: Timestamp| {
                kept.applied(&order.path, now);
                Ok::<_, OrderError>(Vec::new())
            };
            self.records.change(component, appid, change).await?;
        }
        let sent = self.caller.component(component, &request).await;
        for appid in appids {
            let change = |kept: &mut OrderPath, now: Timestamp| {
                let told = (kind::ORDER_PATH_APPLIED, json!({ "path": order.path }));
                if sent.is_err() {
                    // What stands now, WeChat is asked.
                    kept.next_poll = Some(now);
                }
                Ok::<_, OrderError>(sent.is_ok().then_some(told).into_iter().collect())
            };
            self.records.change(component, appid, change).await?;
        }
        Ok(sent?)
    }

    /// Asks WeChat for the page in force and the one in review, and keeps them. Safe to repeat.
    pub async fn ask(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Current<OrderPath>, OrderError> {
        let (live, review) =
            tokio::join!(self.page(component, appid, 0), self.page(component, appid, 1));
        let (live, review) = (live?, review?);
        let change = |kept: &mut OrderPath, now: Timestamp| {
            Ok::<_, OrderError>(kept.shown(live.as_ref(), review.as_ref(), now))
        };
        self.records.change(component, appid, change).await
    }

    /// Asks because it is time; what cannot be asked is asked again later.
    pub async fn poll(&self, component: &AppId, appid: &AppId) -> Result<(), OrderError> {
        match self.ask(component, appid).await {
            Ok(_) => Ok(()),
            Err(error) => {
                let later = self.clock.now() + AGAIN;
                self.records.postpone::<OrderPath>(component, appid, later).await?;
                Err(error)
            }
        }
    }

    /// WeChat's event: whether an application was taken.
    pub async fn note_applied(
        &self,
        component: &AppId,
        appid: &AppId,
        result: &OrderPathApplyResult,
    ) -> Result<(), OrderError> {
        let change = |kept: &mut OrderPath, _| {
            Ok::<_, OrderError>(match kept.taken(result.ret_code) {
                true => Vec::new(),
                false => {
                    let details = json!({ "ret_code": result.ret_code });
                    vec![(kind::ORDER_PATH_NOT_TAKEN, details)]
                }
            })
        };
        self.records.change(component, appid, change).await.map(drop)
    }

    /// WeChat's event: how a page was reviewed. WeChat is asked which one is in force now; only the
    /// event says why.
    pub async fn note_audited(
        &self,
        component: &AppId,
        appid: &AppId,
        result: &OrderPathAuditResult,
    ) -> Result<(), OrderError> {
        let change = |kept: &mut OrderPath, _| {
            Ok::<_, OrderError>(kept.audited(result.audit_id, result.status, result.reason.clone()))
        };
        self.records.change(component, appid, change).await?;
        self.ask(component, appid).await.map(drop)
    }

    async fn page(
        &self,
        component: &AppId,
        appid: &AppId,
        info_type: u8,
    ) -> Result<Option<OrderPathInfo>, OrderError> {
        match self.caller.merchant(component, appid, &GetOrderPathInfo { info_type }).await {
            Ok(shown) => Ok(Some(shown.msg)),
            Err(error) if error.errcode() == Some(NONE_SET) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_right_is_named_before_wechat_is_asked() {
        let right = OrderPageOrder {
            path: "pages/orders/index".to_owned(),
            pictures: vec!["https://cdn.example.com/a.png".to_owned()],
            video: Some("https://cdn.example.com/a.mp4?x=1".to_owned()),
            test_account: Some("reviewer".to_owned()),
            test_password: Some("secret".into()),
            remark: Some("先登录\n再下单".to_owned()),
        };
        assert!(right.check().is_empty(), "{:?}", right.check());
        let wrong = OrderPageOrder {
            pictures: vec!["https://".to_owned()],
            video: Some("not a url\0".to_owned()),
            test_account: Some("a\0".to_owned()),
            test_password: Some("x".repeat(3000).into()),
            remark: Some("\u{202e}".to_owned()),
            ..right
        };
        let faults = wrong.check();
        let pointers: Vec<&str> = faults.list().iter().map(|it| &*it.pointer).collect();
        assert_eq!(
            pointers,
            ["/pictures/0", "/video", "/remark", "/test_account", "/test_password"]
        );
    }
}
