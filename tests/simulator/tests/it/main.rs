//! The simulator's own behaviour, written against WeChat's documentation.

mod support;
mod tokens;
