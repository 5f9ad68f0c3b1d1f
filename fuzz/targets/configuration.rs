//! The configuration file: it is taken or refused with a place in it, and all that was taken can be shown.

#![no_main]
#![expect(
    dead_code,
    reason = "the modules are those of the binary, which uses more of them"
)]

use std::fs::OpenOptions;
use std::io::{Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

use self::cli::settings::{Flags, Places, Settings};

#[path = "../../src/cli"]
mod cli {
    pub(crate) mod exit;
    pub(crate) mod listen;
    pub(crate) mod mask;
    pub(crate) mod place;
    pub(crate) mod settings;
    pub(crate) mod when;
}

static DIRECTORY: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());

fuzz_target!(|input: &[u8]| {
    let path = DIRECTORY.path().join("config.toml");
    let mut options = OpenOptions::new();
    let options = options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options.open(&path).unwrap();
    file.write_all(input).unwrap();
    file.rewind().unwrap();
    let flags = Flags {
        config: Some(path.clone().into_os_string()),
        ..Flags::default()
    };
    let places = Places {
        configs: Vec::new(),
        store: Some(PathBuf::from("/nowhere/tokens.db")),
    };
    match Settings::resolve(flags, |_| None, &places) {
        Ok(settings) => {
            assert_eq!(settings.config, Some(path));
            assert!(settings.rows().iter().all(|(key, ..)| !key.is_empty()));
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
