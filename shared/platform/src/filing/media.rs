//! Documents of an application.

use wechat::{AppId, endpoint::UploadIcpMedia};

use super::Filings;
use crate::{
    document::{Document, Kind},
    fault::Faults,
    orders::OrderError,
};

impl Filings {
    /// Uploads a document and answers its media id. `field` is the field of WeChat's application
    /// that it is for, such as `icp_subject.principal_info.certificate_photo_front`.
    pub async fn upload(
        &self,
        component: &AppId,
        appid: &AppId,
        document: Document,
        field: &str,
        certificate_type: Option<i64>,
    ) -> Result<String, OrderError> {
        let mut faults = Faults::new();
        let parts = ["icp_subject.", "icp_applets.", "icp_materials."];
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
        faults.unless(
            parts.iter().any(|part| field.starts_with(part)) && field.bytes().all(plain),
            "/field",
            "应为备案字段，如 icp_subject.principal_info.certificate_photo_front",
            "is a field such as icp_subject.principal_info.certificate_photo_front",
        );
        faults.into_result::<OrderError>()?;
        let kind = if document.kind == Kind::Mp4 { "video" } else { "image" };
        let request = UploadIcpMedia {
            media: document.upload(self.random.as_ref()),
            kind,
            certificate_type,
            icp_order_field: field,
        };
        Ok(self.caller.merchant(component, appid, &request).await?.media_id)
    }
}
