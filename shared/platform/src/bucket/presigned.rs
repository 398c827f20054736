//! Addresses that carry their own permission (Signature Version 4, in the query).
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{
        PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningParams,
        SigningSettings, UriPathNormalizationMode, sign,
    },
    sign::v4,
};
use http::{Method, Request};
use jiff::Timestamp;
use secrecy::SecretString;

/// An address that could not be signed.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// It is no address.
    #[error("it is no address")]
    Address,
    /// A part of what is signed with is missing.
    #[error("something is missing")]
    Incomplete(#[source] v4::signing_params::BuildError),
    /// It cannot be signed.
    #[error("it cannot be signed")]
    Unsignable(#[source] aws_sigv4::http_request::SigningError),
}

/// Who signs, where and when.
pub(super) struct Signer<'a> {
    pub(super) credentials: Credentials,
    pub(super) region: &'a str,
    pub(super) at: Timestamp,
}

impl Signer<'_> {
    /// `url` with the permission to send one kind of request there: by this method, and with
    /// exactly these headers. The body is not signed.
    pub(super) fn presign(
        self,
        method: &Method,
        url: &str,
        headers: &[(&str, &str)],
        good_for: Duration,
    ) -> Result<SecretString, SigningError> {
        let mut settings = SigningSettings::default();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(good_for);
        // S3 takes paths as they are.
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        let identity = self.credentials.into();
        let parameters: SigningParams<'_> = v4::SigningParams::builder()
            .identity(&identity)
            .region(self.region)
            .name("s3")
            .time(SystemTime::from(self.at))
            .settings(settings)
            .build()
            .map_err(SigningError::Incomplete)?
            .into();
        let body = SignableBody::UnsignedPayload;
        let request = SignableRequest::new(method.as_str(), url, headers.iter().copied(), body)
            .map_err(SigningError::Unsignable)?;
        let signed = sign(request, &parameters).map_err(SigningError::Unsignable)?;
        let (instructions, _) = signed.into_parts();
        let request = Request::builder().method(method).uri(url);
        let mut request = request.body(()).map_err(|_| SigningError::Address)?;
        instructions.apply_to_request_http1x(&mut request);
        Ok(SecretString::from(request.uri().to_string()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use secrecy::ExposeSecret;
    use url::Url;

    use super::*;

    /// The credentials of AWS's examples.
    fn credentials(session: Option<&str>) -> Credentials {
        let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        let session = session.map(str::to_owned);
        Credentials::new("AKIAIOSFODNN7EXAMPLE", secret, session, None, "test")
    }

    fn presign(
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        seconds: u64,
        session: Option<&str>,
    ) -> BTreeMap<String, String> {
        let at = "2013-05-24T00:00:00Z".parse().unwrap();
        let signer = Signer { credentials: credentials(session), region: "us-east-1", at };
        let signed = signer.presign(&method, url, headers, Duration::from_secs(seconds)).unwrap();
        let signed = Url::parse(signed.expose_secret()).unwrap();
        assert_eq!(&signed[..url::Position::AfterPath], url);
        signed.query_pairs().into_owned().collect()
    }

    /// The example of the page above, "Example of a query string parameter".
    #[test]
    fn the_signature_is_the_one_that_aws_publishes() {
        let url = "https://examplebucket.s3.amazonaws.com/test.txt";

        let query = presign(Method::GET, url, &[], 86400, None);

        let expected = [
            ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
            ("X-Amz-Credential", "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"),
            ("X-Amz-Date", "20130524T000000Z"),
            ("X-Amz-Expires", "86400"),
            ("X-Amz-Signature", "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"),
            ("X-Amz-SignedHeaders", "host"),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(query, BTreeMap::from(expected));
    }

    #[test]
    fn another_length_or_type_or_method_is_another_signature() {
        let url = "https://uploads.s3.us-east-1.amazonaws.com/a/b/c";
        let put = |length, kind| {
            let headers = [("content-length", length), ("content-type", kind)];
            presign(Method::PUT, url, &headers, 900, None)
        };
        let one = put("6", "video/mp4");
        assert_eq!(one["X-Amz-SignedHeaders"], "content-length;content-type;host");
        let others = [
            put("7", "video/mp4"),
            put("6", "video/mpeg"),
            presign(Method::PUT, url, &[], 900, None),
            presign(Method::GET, url, &[], 900, None),
        ];
        for other in others {
            assert_ne!(one["X-Amz-Signature"], other["X-Amz-Signature"]);
        }
    }

    #[test]
    fn the_token_of_a_roles_credentials_goes_along() {
        let url = "https://uploads.s3.us-east-1.amazonaws.com/a";
        let with = presign(Method::PUT, url, &[], 900, Some("session/+="));
        let without = presign(Method::PUT, url, &[], 900, None);
        assert_eq!(with["X-Amz-Security-Token"], "session/+=");
        assert_ne!(with["X-Amz-Signature"], without["X-Amz-Signature"]);
    }
}
