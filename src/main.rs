//! The binary.

#[expect(dead_code, reason = "the verbs that use it come next")]
mod cli;

fn main() {}
