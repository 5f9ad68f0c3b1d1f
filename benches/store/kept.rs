//! Where filled stores are kept for the next run; the harness of the claim `performance` looks for them there too.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use tokenctl::store::sqlite::SCHEMA_VERSION;

/// Counts how often what is filled in was changed: stores of another count are not used again.
const FILLING: u32 = 1;

/// Returns the place in `directory` of the store with `size` tokens.
pub(crate) fn path_in(directory: &Path, size: impl Display) -> PathBuf {
    directory.join(format!("tokens-{size}-{SCHEMA_VERSION}.{FILLING}.db"))
}
