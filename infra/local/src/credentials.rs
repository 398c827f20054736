//! What is made up at the first start and must be the same at the next: the sealing key, the
//! administrator's key and, for the simulated WeChat, its components.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{file, random};

/// The generated secrets of one data directory.
#[derive(Debug, Clone, Deserialize)]
pub struct Credentials {
    /// What secrets at rest are sealed with.
    pub sealing_key: SecretString,
    /// The random part of the key to sign in with, see [`Credentials::sign_in_key`].
    pub admin_key: SecretString,
    /// The first component that the simulated WeChat knows.
    pub component: Component,
    /// The others, if it ever knew more.
    #[serde(default)]
    pub more_components: Vec<Component>,
}

/// A third-party platform's account at WeChat.
#[derive(Debug, Clone, Deserialize)]
pub struct Component {
    /// The component's appid.
    pub appid: String,
    /// The component's secret.
    pub secret: SecretString,
    /// The token that signatures are made with.
    pub token: SecretString,
    /// The key that messages are encrypted with: 43 letters and digits.
    pub encoding_aes_key: SecretString,
}

/// Why the credentials cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// The file cannot be read or written.
    #[error("the file of generated secrets, {}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What went wrong.
        #[source]
        source: std::io::Error,
    },
    /// The file was changed by somebody and can no longer be understood. The cause is left out,
    /// for it may quote the file.
    #[error("the file of generated secrets, {}, cannot be understood", .0.display())]
    Unreadable(PathBuf),
}

impl Credentials {
    /// Makes new ones.
    pub fn generate() -> Credentials {
        let secret = |length| SecretString::from(random::letters_and_digits(length));
        Credentials {
            sealing_key: secret(64),
            admin_key: secret(48),
            component: Component::generate(),
            more_components: Vec::new(),
        }
    }

    /// Reads the file, or makes it. New credentials are on the disk before they are answered, so
    /// that nothing can be sealed with a key that is then forgotten.
    ///
    /// # Errors
    /// When the file can be neither read nor made, or holds something else.
    pub fn load_or_generate(path: &Path) -> Result<Credentials, CredentialsError> {
        let failed = |source| CredentialsError::File { path: path.to_owned(), source };
        match fs::read(path) {
            Ok(content) => serde_json::from_slice(&content)
                .map_err(|_| CredentialsError::Unreadable(path.to_owned())),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let credentials = Credentials::generate();
                credentials.save(path)?;
                Ok(credentials)
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// The first `count` components. Those that are missing are made, and are in the file, if
    /// there is one, when this returns.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn components(
        &mut self,
        count: usize,
        file: Option<&Path>,
    ) -> Result<Vec<Component>, CredentialsError> {
        if self.more_components.len() + 1 < count {
            self.more_components.resize_with(count - 1, Component::generate);
            if let Some(file) = file {
                self.save(file)?;
            }
        }
        let all = std::iter::once(&self.component).chain(&self.more_components);
        Ok(all.take(count).cloned().collect())
    }

    fn save(&self, path: &Path) -> Result<(), CredentialsError> {
        let content = format!("{:#}\n", self.to_json());
        file::replace(path, content.as_bytes())
            .map_err(|source| CredentialsError::File { path: path.to_owned(), source })
    }

    /// The key to sign in with.
    pub fn sign_in_key(&self) -> SecretString {
        SecretString::from(format!("wf_admin_{}", self.admin_key.expose_secret()))
    }

    /// The platform secret, as functions read it from Secrets Manager, for these components.
    pub fn platform_secret(&self, components: &[Component]) -> SecretString {
        let components: Vec<Value> = components.iter().map(Component::to_json).collect();
        let secret = json!({
            "sealing_key": self.sealing_key.expose_secret(),
            "previous_sealing_keys": [],
            "components": components,
        });
        SecretString::from(secret.to_string())
    }

    fn to_json(&self) -> Value {
        json!({
            "sealing_key": self.sealing_key.expose_secret(),
            "admin_key": self.admin_key.expose_secret(),
            "component": self.component.to_json(),
            "more_components":
                self.more_components.iter().map(Component::to_json).collect::<Vec<_>>(),
        })
    }
}

impl Component {
    fn generate() -> Component {
        Component {
            appid: format!("wx{}", random::hexadecimal(16)),
            secret: SecretString::from(random::hexadecimal(32)),
            token: SecretString::from(random::letters_and_digits(32)),
            encoding_aes_key: SecretString::from(random::letters_and_digits(43)),
        }
    }

    fn to_json(&self) -> Value {
        json!({
            "appid": self.appid,
            "secret": self.secret.expose_secret(),
            "token": self.token.expose_secret(),
            "encoding_aes_key": self.encoding_aes_key.expose_secret(),
        })
    }
}
