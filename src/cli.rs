//! The command line: what is the same for every verb.

pub(crate) mod clap_error;
pub(crate) mod escape;
pub(crate) mod exit;
pub(crate) mod input;
pub(crate) mod json;
pub(crate) mod output;
pub(crate) mod process;
pub(crate) mod prompt;
pub(crate) mod records;
pub(crate) mod settings;
pub(crate) mod when;
