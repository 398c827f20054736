//! The certificate's file, as a form brings it.

use axum::{
    body::Bytes,
    extract::{FromRequest, Multipart, Request},
};
use platform::{
    payment::{CertificateError, LONGEST_CERTIFICATE, PaymentError},
    text::Text,
};
use utoipa::ToSchema;

use crate::problem::{Kind, Problem};

/// The only field of the form.
const FIELD: &str = "certificate";

/// The form with the certificate's file.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes the form, which is read a piece at a time")]
pub(crate) struct CertificateUpload {
    /// `apiclient_cert.p12`, 64 KB at most.
    #[schema(value_type = String, format = Binary)]
    certificate: Vec<u8>,
}

/// The file in the form, not longer than a certificate may be.
pub(super) struct Upload(pub(super) Bytes);

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let form = Multipart::from_request(request, state).await;
        let mut form = form.map_err(|_| malformed())?;
        let mut file = None;
        while let Some(field) = form.next_field().await.map_err(|_| malformed())? {
            if field.name() != Some(FIELD) || file.is_some() {
                return Err(only_one_file());
            }
            file = Some(bounded(field).await?);
        }
        file.map(Upload).ok_or_else(only_one_file)
    }
}

async fn bounded(mut field: axum::extract::multipart::Field<'_>) -> Result<Bytes, Problem> {
    let mut file = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|_| malformed())? {
        file.extend_from_slice(&chunk);
        if file.len() > LONGEST_CERTIFICATE {
            return Err(PaymentError::from(CertificateError::Size).into());
        }
    }
    Ok(file.into())
}

fn malformed() -> Problem {
    Problem::new(Kind::MalformedRequest)
        .detail(Text::fixed(
            "请求体不是完整的 multipart/form-data 表单",
            "the body is no complete form of multipart/form-data",
        ))
        .what_to_do(Text::fixed(
            "例如：curl -X PUT -F certificate=@apiclient_cert.p12 …",
            "such as: curl -X PUT -F certificate=@apiclient_cert.p12 …",
        ))
}

fn only_one_file() -> Problem {
    Problem::new(Kind::InvalidField)
        .field(FIELD)
        .detail(Text::fixed(
            "表单应只含一个文件，字段名为 certificate",
            "the form has one file and nothing else, in the field certificate",
        ))
        .what_to_do(Text::fixed(
            "例如：curl -X PUT -F certificate=@apiclient_cert.p12 …",
            "such as: curl -X PUT -F certificate=@apiclient_cert.p12 …",
        ))
}
