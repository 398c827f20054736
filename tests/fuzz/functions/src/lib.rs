//! What the targets share: the functions' own routers over tables in memory, in one thread, with
//! nothing else of AWS and with a WeChat that answers what it is told.

mod connector;
mod deployment;
mod input;

pub use deployment::{
    COMPONENT, COMPONENT_TOKEN, Deployment, ENCODING_AES_KEY, MERCHANT_TOKEN, MINI_PROGRAM,
    Operation, TOKEN, with,
};
pub use input::Input;

/// The component's path in the API, and what follows.
pub fn component(rest: &str) -> String {
    format!("/v1/components/{COMPONENT}/{rest}")
}

/// The mini program's path in the API, and what follows.
pub fn mini_program(rest: &str) -> String {
    component(&format!("mini-programs/{MINI_PROGRAM}/{rest}"))
}
