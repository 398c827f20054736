//! stub
use secrecy::SecretString;
pub struct Summary {
    pub ticket: Option<SecretString>,
    pub create_time: i64,
}
impl Summary {
    pub fn name(&self) -> &str {
        ""
    }
    pub fn is_user_message(&self) -> bool {
        false
    }
}
