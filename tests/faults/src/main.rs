//! `cargo run -p faults --release -- --seeds N`.

fn main() {}
