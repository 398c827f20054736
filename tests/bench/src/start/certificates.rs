//! Certificates like those of AWS: a root, an authority below it, and a server. Made by `openssl`, for
//! two days.

use std::{fs, path::Path, process::Command};

use tokio_rustls::rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

use crate::Failure;

/// Leaves `root.pem` in the directory; answers how a server of the name `localhost` shows itself.
pub(super) fn make(directory: &Path) -> Result<ServerConfig, Failure> {
    openssl(directory, &format!("req -x509 {} -out root.pem -subj /CN=root -days 2", key("root")))?;
    let between = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n";
    signed(directory, "between", "root", between)?;
    signed(directory, "server", "between", "subjectAltName=DNS:localhost\n")?;

    let read = |name: &str| CertificateDer::from_pem_file(directory.join(name));
    let chain = vec![read("server.pem")?, read("between.pem")?];
    let key = PrivateKeyDer::from_pem_file(directory.join("server.key"))?;
    let mut server = ServerConfig::builder_with_provider(ring::default_provider().into())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    server.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(server)
}

/// A new key, and a certificate for it by `authority`.
fn signed(directory: &Path, name: &str, authority: &str, extensions: &str) -> Result<(), Failure> {
    fs::write(directory.join(format!("{name}.ext")), extensions)?;
    openssl(directory, &format!("req {} -out {name}.csr -subj /CN={name}", key(name)))?;
    let by = format!("-CA {authority}.pem -CAkey {authority}.key -CAcreateserial");
    openssl(
        directory,
        &format!("x509 -req -in {name}.csr -out {name}.pem -days 2 -extfile {name}.ext {by}"),
    )
}

/// What makes a key: of the curve that everybody has.
fn key(name: &str) -> String {
    format!("-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {name}.key")
}

fn openssl(directory: &Path, order: &str) -> Result<(), Failure> {
    let output = Command::new("openssl").args(order.split(' ')).current_dir(directory).output();
    let output = output.map_err(|error| format!("openssl makes the certificates: {error}"))?;
    match output.status.success() {
        true => Ok(()),
        false => {
            Err(format!("openssl {order}: {}", String::from_utf8_lossy(&output.stderr)).into())
        }
    }
}
