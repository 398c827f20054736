//! What an application may choose from, as WeChat lists it.

use serde::Serialize;
use wechat::{
    AppId,
    endpoint::{
        IcpCertificateType, IcpDistrict, IcpServiceContentType, QueryIcpCertificateTypes,
        QueryIcpDistrictCode, QueryIcpNrlxTypes, QueryIcpServiceContentTypes, QueryIcpSubjectTypes,
    },
};

use super::Filings;
use crate::orders::OrderError;

/// One of WeChat's lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// Kinds of owners.
    SubjectTypes,
    /// Kinds of documents.
    CertificateTypes,
    /// What a mini program may offer.
    ServiceContentTypes,
    /// Approvals that come before a filing.
    ApprovalTypes,
    /// Provinces, cities and districts.
    Districts,
}

/// Something to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// What is sent: a number, or a district's code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// A remark.
    pub remark: Option<String>,
    /// The kind of owner that a document is for.
    pub subject_type: Option<i64>,
    /// What lies in it.
    pub within: Vec<Choice>,
}

impl Filings {
    /// One of WeChat's lists.
    pub async fn choices(
        &self,
        component: &AppId,
        appid: &AppId,
        list: List,
    ) -> Result<Vec<Choice>, OrderError> {
        let caller = &self.caller;
        let plain = |kind: i64, name: String, remark: Option<String>| Choice {
            code: kind.to_string(),
            name,
            remark,
            subject_type: None,
            within: Vec::new(),
        };
        Ok(match list {
            List::SubjectTypes => {
                let shown = caller.merchant(component, appid, &QueryIcpSubjectTypes {}).await?;
                shown.items.into_iter().map(|it| plain(it.kind, it.name, it.remark)).collect()
            }
            List::CertificateTypes => {
                let shown = caller.merchant(component, appid, &QueryIcpCertificateTypes {}).await?;
                let choice = |it: IcpCertificateType| Choice {
                    subject_type: it.subject_type,
                    ..plain(it.kind, it.name, it.remark)
                };
                shown.items.into_iter().map(choice).collect()
            }
            List::ServiceContentTypes => {
                let request = QueryIcpServiceContentTypes {};
                let shown = caller.merchant(component, appid, &request).await?;
                let is_within = |it: &&IcpServiceContentType, above: &IcpServiceContentType| {
                    it.parent_type == Some(above.kind)
                };
                let choice =
                    |it: &IcpServiceContentType| plain(it.kind, it.name.clone(), it.remark.clone());
                let all = &shown.items;
                all.iter()
                    .filter(|it| !all.iter().any(|above| is_within(it, above)))
                    .map(|above| {
                        let inner = all.iter().filter(|it| is_within(it, above));
                        Choice { within: inner.map(choice).collect(), ..choice(above) }
                    })
                    .collect()
            }
            List::ApprovalTypes => {
                let shown = caller.merchant(component, appid, &QueryIcpNrlxTypes {}).await?;
                shown.items.into_iter().map(|it| plain(it.kind, it.name, None)).collect()
            }
            List::Districts => {
                let shown = caller.merchant(component, appid, &QueryIcpDistrictCode {}).await?;
                shown.items.into_iter().map(district).collect()
            }
        })
    }
}

fn district(district: IcpDistrict) -> Choice {
    Choice {
        code: district.code,
        name: district.name,
        remark: None,
        subject_type: None,
        within: district.sub_list.into_iter().map(self::district).collect(),
    }
}
