//! The command as others see it: what it makes of bad headers, how soon it knows of a revocation, and what the system
//! shows of it meanwhile.

mod by_hand;
mod damaged;
mod headers;
mod revocation;

use crate::claim::{Claim, Findings, Needs};
use crate::setting::Setting;

pub(crate) const CLAIM: Claim = Claim {
    name: "command",
    says: "the command accepts no malformed header and no token whose revocation has ended, and no secret is in what it says of them or in what the system shows of its process",
    needs: Needs::Nothing,
    run,
};

fn run(setting: &Setting) -> anyhow::Result<Findings> {
    let mut findings = Findings::default();
    let mut dice = setting.dice();
    headers::run(setting, &mut dice, &mut findings)?;
    revocation::run(setting, &mut dice, &mut findings)?;
    Ok(findings)
}
