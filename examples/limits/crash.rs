//! Processes that are killed at random moments: what was acknowledged is there, and nothing is half done.

mod base;
mod batches;
mod examiner;
mod journal;
mod migrating;
mod stage;
mod tally;
mod task;

use self::base::Base;
pub(crate) use self::migrating::MIGRATOR;
use self::stage::{Compound, Scene, Stage};
use self::tally::Tally;
use self::task::Executioner;
use crate::claim::{Claim, Findings, Needs};
use crate::dice::Dice;
use crate::setting::Setting;

pub(crate) const CLAIM: Claim = Claim {
    name: "crash",
    says: "kill -9 loses nothing that was acknowledged and leaves nothing half done, and the next command works",
    needs: Needs::Nothing,
    run,
};

/// How many processes there are in a cycle, at least and at most.
const PROCESSES: (usize, usize) = (2, 8);

/// Each cycle of this number kills again at the first open.
const COMPOUND: u32 = 10;

fn run(setting: &Setting) -> anyhow::Result<Findings> {
    let cycles: u32 = setting.scale.of(200, 1_000, 20_000);
    let base = Base::make()?;
    let mut dice = setting.dice();
    let mut executioner = Executioner::new(Dice::new(dice.roll()));
    let mut tally = Tally::default();
    let mut everyday = Stage::new(setting, &base, Scene::Everyday)?;
    for cycle in setting.watch(1..=cycles) {
        let compound = match cycle % COMPOUND {
            0 => Compound::Yes,
            _ => Compound::No,
        };
        let (least, most) = PROCESSES;
        let span = most - least + 1;
        let more = dice.below(span);
        // Fewer processes cost less; each number of them comes, the small ones more often.
        let count = least + setting.scale.of(more.min(dice.below(span)), more, more);
        let scene = match dice.below(10) {
            0 => Scene::Restore,
            1 => Scene::Migrate,
            _ => Scene::Everyday,
        };
        if scene == Scene::Everyday {
            everyday.cycle(count, compound, &mut dice, &mut executioner, &mut tally)?;
            if everyday.is_used_up() {
                let next = Stage::new(setting, &base, Scene::Everyday)?;
                std::mem::replace(&mut everyday, next).finish(&mut tally)?;
            }
        } else {
            let mut stage = Stage::new(setting, &base, scene)?;
            stage.cycle(count, compound, &mut dice, &mut executioner, &mut tally)?;
            stage.finish(&mut tally)?;
        }
    }
    everyday.finish(&mut tally)?;
    batches::kill_prunes(setting, &base, &mut dice, &mut tally)?;
    let mut findings = tally.findings(cycles, setting.scale);
    findings.notes.extend([
        "2 to 8 processes run side by side in each cycle, each killed at a random moment around that at which it answers; \
         an answer is what stands on stdout, or the exit 0"
            .to_owned(),
        "the whole store is checked after each cycle, as `tokenctl check` does, and by that command before a store is \
         left for a new one, when each secret that is known is verified too"
            .to_owned(),
        "what is left behind are unfinished copies of killed backups, restores and migrations, under names of their own \
         that begin with `.tokenctl-`: `check` tells of them until somebody removes them"
            .to_owned(),
        "there is no store of an older schema yet: migrations are of the function behind `tokenctl migrate`, in a \
         process of its own, with one step after those of this build"
            .to_owned(),
    ]);
    Ok(findings)
}
