//! Small media and read-only ones, which take root to mount.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A mounted medium, which is unmounted however the harness ends.
pub(crate) struct Mount {
    at: PathBuf,
}

/// Why a medium was not mounted.
pub(crate) struct NotMounted(pub(crate) String);

impl Mount {
    /// Mounts a medium of `kibibytes` in memory at the directory `at`.
    pub(crate) fn memory(at: &Path, kibibytes: u64) -> Result<Self, NotMounted> {
        let options = format!("size={kibibytes}k,mode=700");
        mount(&["-t", "tmpfs", "-o", &options, "tokenctl"], at)?;
        Ok(Self { at: at.to_owned() })
    }

    /// Shows the directory `from` at the directory `at`, where nothing can be written.
    pub(crate) fn read_only(from: &Path, at: &Path) -> Result<Self, NotMounted> {
        mount(&["--bind", &from.to_string_lossy()], at)?;
        let mounted = Self { at: at.to_owned() };
        mount(&["-o", "remount,ro,bind"], at)?;
        Ok(mounted)
    }

    /// Makes a medium in memory as large as `kibibytes`.
    pub(crate) fn grow(&self, kibibytes: u64) -> Result<(), NotMounted> {
        mount(&["-o", &format!("remount,size={kibibytes}k")], &self.at)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.at
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let unmount = |arguments: &[&str]| {
            let status = Command::new("umount")
                .args(arguments)
                .arg(&self.at)
                .status();
            status.is_ok_and(|status| status.success())
        };
        // Whatever still has it open must not keep it in the tree.
        if !unmount(&[]) {
            unmount(&["--lazy"]);
        }
    }
}

fn mount(arguments: &[&str], at: &Path) -> Result<(), NotMounted> {
    match Command::new("mount").args(arguments).arg(at).output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(NotMounted(format!(
            "nothing can be mounted here: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        ))),
        Err(error) => Err(NotMounted(format!("there is no `mount`: {error}"))),
    }
}
