//! Ratios of what tokenctl does to what the machine can do, all in one run.
//!
//! The benchmarks measure the library and print; whole processes and servers are measured here.

mod aims;
mod benches;
mod cold;
mod hyperfine;
#[path = "../../benches/store/kept.rs"]
mod kept;
pub(crate) mod page;
mod peers;
mod plot;
mod proxy;
pub(crate) mod tools;

use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;

use self::cold::Flavour;
use crate::claim::{Claim, Findings, Needs};
use crate::setting::{Scale, Setting};

pub(crate) const CLAIM: Claim = Claim {
    name: "performance",
    says: "each piece of work costs little more than the least that the machine and SQLite take for it",
    needs: Needs::Quiet,
    run,
};

/// How much is measured.
struct Plan {
    /// Sizes of stores, ascending.
    sizes: &'static [&'static str],
    /// The size of a store that most goals are about.
    usual: &'static str,
    /// How many tokens are brought in and written out.
    moved: &'static str,
    scanned_mebibytes: &'static str,
    /// Where filled stores are kept between runs.
    stores: PathBuf,
}

impl Plan {
    fn of(setting: &Setting) -> anyhow::Result<Self> {
        let stores = setting.target()?.join("limits");
        fs::create_dir_all(&stores)?;
        let full: &[_] = &["10k", "100k", "1M", "10M"];
        Ok(Self {
            sizes: setting.scale.of(&["10k", "100k"], full, full),
            usual: setting.scale.of("100k", "1M", "1M"),
            moved: setting.scale.of("20000", "1000000", "1000000"),
            scanned_mebibytes: setting.scale.of("64", "1024", "1024"),
            stores,
        })
    }
}

fn run(setting: &Setting) -> anyhow::Result<Findings> {
    let plan = Plan::of(setting)?;
    // Once, and before the benchmarks, for which cargo builds another one in its place.
    let program = match setting.scale {
        Scale::Quick => setting.program.clone(),
        Scale::Full | Scale::Soak => Flavour::Dynamic.build(setting, &plan)?,
    };
    let setting = &Setting {
        program,
        ..*setting
    };
    let mut findings = Findings::default();
    let sizes = plan.sizes.join(",");
    let store = benches::run(
        setting,
        "store",
        &[
            ("TOKENCTL_BENCH_SIZES", sizes.as_ref()),
            ("TOKENCTL_BENCH_STORES", plan.stores.as_os_str()),
        ],
    )?;
    cold::measure(setting, &plan, &mut findings)?;
    let size = |name, value: &'static str| [(name, OsStr::new(value))];
    let mut printed = store;
    for (bench, environment) in [
        ("transfer", &size("TOKENCTL_BENCH_TOKENS", plan.moved)[..]),
        ("http", &[]),
        ("scan", &size("TOKENCTL_SCAN_MIB", plan.scanned_mebibytes)),
    ] {
        printed.extend(benches::run(setting, bench, environment)?);
    }
    aims::judge(&plan, &printed, &mut findings);
    proxy::measure(setting, &mut findings)?;
    peers::measure(setting, &plan, &printed, &mut findings)?;
    findings.notes.push(
        "P2: that no statement is prepared anew is asserted by the tests of `store::sqlite`".into(),
    );
    if setting.scale == Scale::Quick {
        let quick = "the sizes are small, to show that it works: the figures say nothing";
        findings.notes.push(quick.into());
    }
    Ok(findings)
}
