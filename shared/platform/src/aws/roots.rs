//! Whom connections to AWS trust.

use std::fs;

use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

use crate::configuration::{ConfigurationError, Variables};

/// The variable that AWS's own tools read: a file of certificates in PEM, instead of the usual
/// roots, for networks whose proxy reads along.
const BUNDLE: &str = "AWS_CA_BUNDLE";

/// The roots that are built in, which a start need not read; or those of the file, and no others.
pub(super) fn from_variables(variables: &Variables) -> Result<RootCertStore, ConfigurationError> {
    let Some(path) = variables.optional(BUNDLE) else {
        return Ok(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.into() });
    };
    let malformed = |why: String| ConfigurationError::Malformed { name: BUNDLE, why };
    let pem = fs::read(path).map_err(|error| malformed(format!("its file: {error}")))?;
    let certificates = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| malformed(format!("its file is not PEM: {error}")))?;
    let mut roots = RootCertStore::empty();
    let (usable, _) = roots.add_parsable_certificates(certificates);
    match usable {
        0 => Err(malformed("there is no certificate in its file".to_owned())),
        _ => Ok(roots),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_bundle(path: &str) -> Result<RootCertStore, ConfigurationError> {
        from_variables(&Variables::from_pairs([(BUNDLE, path)]))
    }

    #[test]
    fn without_a_bundle_the_roots_are_those_of_browsers() {
        let roots = from_variables(&Variables::from_pairs([("AWS_CA_BUNDLE", " ")])).unwrap();
        assert_eq!(roots.len(), webpki_roots::TLS_SERVER_ROOTS.len());
    }

    #[test]
    fn a_bundle_that_cannot_be_used_stops_the_start_and_is_named() {
        for path in ["/nowhere/roots.pem", "/", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")]
        {
            let error = of_bundle(path).unwrap_err().to_string();
            assert!(error.contains(BUNDLE), "{error}");
        }
    }
}
