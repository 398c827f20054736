//! Interfaces that have to be applied for, and what WeChat finds of them in the code.

use jiff::{SignedDuration, Timestamp};
use wechat::{
    AppId,
    endpoint::{
        ApplyPrivacyInterface, GetCodePrivacyInfo, GetCodePrivacyInfoResponse, GetPrivacyInterface,
        PrivacyInterface,
    },
};

use super::{Privacy, PrivacyInterfaces};
use crate::{fault::Faults, orders::OrderError};

/// A question that failed is asked again after this long.
const AGAIN: SignedDuration = SignedDuration::from_mins(30);
/// The detection still runs.
const DETECTING: i64 = 61_039;

/// What is applied for.
#[derive(Debug, Clone, Default)]
pub struct InterfaceOrder {
    /// The interface, case-sensitive, such as `wx.choosePoi`.
    pub interface: String,
    /// What for.
    pub purpose: String,
    /// Pages that help the reviewer.
    pub pages: Vec<String>,
    /// Addresses of pictures.
    pub pictures: Vec<String>,
    /// Addresses of MP4 videos.
    pub videos: Vec<String>,
}

/// What WeChat found in the code that was committed last.
#[derive(Debug, Clone, PartialEq)]
pub enum Detection {
    /// It still looks.
    Running,
    /// It has looked.
    Done(GetCodePrivacyInfoResponse),
}

impl InterfaceOrder {
    /// Everything that is wrong with it.
    pub fn check(&self) -> Faults {
        let mut faults = Faults::new();
        faults.unless(
            self.interface.starts_with("wx.") && self.interface.len() > 3,
            "/interface",
            "应为接口名称，区分大小写，如 wx.choosePoi",
            "is the interface's name, case-sensitive, such as wx.choosePoi",
        );
        faults.characters("/purpose", self.purpose.trim(), 1..=300);
        faults.entries("/pages", self.pages.len(), 0..=10);
        faults.entries("/pictures", self.pictures.len(), 0..=10);
        faults.entries("/videos", self.videos.len(), 0..=1);
        for (name, list) in
            [("pages", &self.pages), ("pictures", &self.pictures), ("videos", &self.videos)]
        {
            for (place, address) in list.iter().enumerate() {
                let is_address = address.starts_with("https://") || address.starts_with("http://");
                let why = ("应为网址", "is a web address");
                faults.unless(is_address, format!("/{name}/{place}"), why.0, why.1);
            }
        }
        for (place, video) in self.videos.iter().enumerate() {
            let why = ("应为 MP4 视频", "is an MP4");
            faults.unless(video.ends_with(".mp4"), format!("/videos/{place}"), why.0, why.1);
        }
        faults
    }
}

impl Privacy {
    /// The interfaces as WeChat shows them; applications are kept. Safe to repeat.
    pub async fn ask(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Vec<PrivacyInterface>, OrderError> {
        let shown = self.caller.merchant(component, appid, &GetPrivacyInterface {}).await?;
        let list = &shown.interface_list;
        let change = |kept: &mut PrivacyInterfaces, now: Timestamp| {
            Ok::<_, OrderError>(kept.shown(list, now))
        };
        self.records.change(component, appid, change).await?;
        Ok(shown.interface_list)
    }

    /// Asks because it is time; what cannot be asked is asked again later.
    pub async fn poll(&self, component: &AppId, appid: &AppId) -> Result<(), OrderError> {
        match self.ask(component, appid).await {
            Ok(_) => Ok(()),
            Err(error) => {
                let later = self.clock.now() + AGAIN;
                self.records.postpone::<PrivacyInterfaces>(component, appid, later).await?;
                Err(error)
            }
        }
    }

    /// Applies for an interface and answers the application's number. While one is open, WeChat
    /// refuses another, so that it is not made twice.
    pub async fn apply(
        &self,
        component: &AppId,
        appid: &AppId,
        order: &InterfaceOrder,
    ) -> Result<i64, OrderError> {
        order.check().into_result::<OrderError>()?;
        let request = ApplyPrivacyInterface {
            api_name: &order.interface,
            content: order.purpose.trim(),
            url_list: &order.pages,
            pic_list: &order.pictures,
            video_list: &order.videos,
        };
        let audit_id = self.caller.merchant(component, appid, &request).await?.audit_id;
        let change = |kept: &mut PrivacyInterfaces, now: Timestamp| {
            Ok::<_, OrderError>(kept.applied(&order.interface, audit_id, now))
        };
        self.records.change(component, appid, change).await?;
        Ok(audit_id)
    }

    /// What WeChat found in the code that was committed last.
    pub async fn detection(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Detection, OrderError> {
        match self.caller.merchant(component, appid, &GetCodePrivacyInfo {}).await {
            Ok(found) => Ok(Detection::Done(found)),
            Err(error) if error.errcode() == Some(DETECTING) => Ok(Detection::Running),
            Err(error) => Err(error.into()),
        }
    }
}
