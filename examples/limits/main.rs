//! What tokenctl promises, put to the test: a harness for each claim, which leaves its result in `docs/evidence`.
//!
//! `cargo run --release --example limits` runs all of them; `-- --list` names them, `-- --scale quick` is what each full
//! run of the tests does, `-- --scale soak` takes hours. It ends with 0 only if every claim that was asked for was
//! tried, whole, and holds.

mod attempt;
mod binary;
mod claim;
mod clock;
mod command;
mod contention;
mod crash;
mod damage;
mod dice;
mod evidence;
mod faults;
mod first_open;
mod full_disk;
mod hostile;
mod links;
mod machine;
mod medium;
mod memory;
mod monotonic;
mod mount;
mod one_user;
mod peak;
mod performance;
mod power_cut;
mod read_only;
mod role;
mod sample;
mod secrets;
mod server;
mod setting;
mod strace;
mod synced;
mod threads;
mod trial;
mod trouble;
mod undelivered;
mod waits;
#[path = "../../tests/it/wire.rs"]
#[expect(
    dead_code,
    clippy::unwrap_used,
    reason = "of the tests, which use all of it"
)]
mod wire;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Parser;

use claim::{CLAIMS, Claim, Needs, Verdict};
use evidence::Evidence;
use setting::{Scale, Setting};

/// Put what tokenctl promises to the test
#[derive(Parser)]
struct Arguments {
    /// The claims to try [default: all, but at the quick scale none that measures time]
    claims: Vec<String>,
    /// How long to try
    #[arg(long, value_enum, default_value_t = Scale::Full)]
    scale: Scale,
    /// What the random choices are made from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where results are written, but for those of `--scale quick`; the page of `performance` is put beside it
    #[arg(long, default_value = "docs/evidence")]
    evidence: PathBuf,
    /// Name the claims and try none
    #[arg(long)]
    list: bool,
}

fn main() -> anyhow::Result<ExitCode> {
    if let Some(played) = role::play() {
        return played.map(|()| ExitCode::SUCCESS);
    }
    let arguments = Arguments::parse();
    let mut out = std::io::stdout().lock();
    if arguments.list {
        for claim in CLAIMS {
            writeln!(out, "{:<14} {}", claim.name, claim.says)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let chosen = choose(&arguments.claims, arguments.scale)?;
    let setting = Setting::prepare(arguments.scale, arguments.seed)?;
    let mut all_hold = true;
    for claim in chosen {
        writeln!(out, "{}: {}", claim.name, claim.says)?;
        let evidence = Evidence::gather(claim, &setting)?;
        writeln!(out, "{evidence}")?;
        all_hold &= evidence.verdict == Verdict::Holds;
        if arguments.scale != Scale::Quick {
            evidence.write(&arguments.evidence)?;
        }
    }
    // Made of what is there, also when nothing was added: a page that differs afterwards was stale.
    evidence::write_table(&arguments.evidence).context("write the table of all the evidence")?;
    performance::page::write(&arguments.evidence).context("write the page of figures")?;
    Ok(if all_hold {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn choose(names: &[String], scale: Scale) -> anyhow::Result<Vec<&'static Claim>> {
    if names.is_empty() {
        // The quick scale is for machines that do other things too: what takes time there says nothing.
        let fits = |claim: &&Claim| scale != Scale::Quick || claim.needs == Needs::Nothing;
        return Ok(CLAIMS.iter().filter(fits).collect());
    }
    let mut chosen = Vec::new();
    for name in names {
        let Some(claim) = CLAIMS.iter().find(|claim| claim.name == name) else {
            bail!("no claim is called `{name}`; `--list` names them");
        };
        chosen.push(claim);
    }
    Ok(chosen)
}
