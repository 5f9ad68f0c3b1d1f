//! The command line: what is the same for every verb.

pub(crate) mod escape;
pub(crate) mod json;
