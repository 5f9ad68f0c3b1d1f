//! Policies in files that the operator names.

use std::path::Path;

use tokenctl::format::find_token;
use tokenctl::policy::{Policy, PolicyFault, PolicyFaults};

use super::context::Context;
use super::exit::{CliError, Exit};
use super::input::{self, POLICY_LIMIT};
use super::mask::NO_SECRET;
use super::place::line_and_column;

/// Reads the policy in `path`, or on stdin for `-`, as strictly as when one is written to a token.
///
/// # Errors
///
/// [`Exit::Data`] with the place of each fault; [`Exit::Input`] when the file cannot be read.
pub(crate) fn read(path: &Path, context: &Context) -> anyhow::Result<Policy> {
    let text = text(path, context)?;
    check(&text, context).map_err(|faults| {
        let listed: Vec<String> = faults
            .iter()
            .map(|fault| told(&name(path), fault))
            .collect();
        CliError::new(Exit::Data, listed.join("; "))
            .with_hint("nothing was done: mend the policy")
            .into()
    })
}

/// Reads the policy in `path`, or on stdin for `-`, as leniently as one that is stored: what it says is asked, not
/// whether it may be written.
///
/// # Errors
///
/// [`Exit::Data`] when it cannot be read as a policy at all; [`Exit::Input`] when the file cannot be read.
pub(crate) fn read_stored(path: &Path, context: &Context) -> anyhow::Result<Policy> {
    Ok(stored(&text(path, context)?, &name(path))?)
}

/// Reads a policy as [`read_stored`] does, and says so where no token is given such a policy.
///
/// # Errors
///
/// As [`read_stored`].
pub(crate) fn read_to_ask(path: &Path, context: &Context) -> anyhow::Result<Policy> {
    let text = text(path, context)?;
    let policy = stored(&text, &name(path))?;
    warn_of_faults(path, &text, context);
    Ok(policy)
}

/// Reads the policy `text`, which is called `name`, as leniently as one that is stored.
///
/// # Errors
///
/// [`Exit::Data`] with the place, when it cannot be read as a policy at all.
pub(crate) fn stored(text: &str, name: &str) -> Result<Policy, CliError> {
    Policy::from_stored(text).map_err(|error| {
        CliError::new(Exit::Data, told(name, &error.locate(text)))
            .with_hint(
                "a token with such a policy may do nothing; `tokenctl restrict ID --policy FILE --allow-widening` replaces it",
            )
    })
}

/// Says so where no token is given the policy `text` of `path`, which is asked about.
fn warn_of_faults(path: &Path, text: &str, context: &Context) {
    let faults = check(text, context).err().unwrap_or_default();
    let Some(first) = faults.first() else {
        return;
    };
    let output = &context.output;
    output.warning(&format!(
        "no token is given such a policy: {}",
        told(&name(path), first)
    ));
    output.hint("`tokenctl policy check` tells all that is wrong with it");
}

/// Reads the text of the policy in `path`, or on stdin for `-`.
pub(crate) fn text(path: &Path, context: &Context) -> anyhow::Result<String> {
    context.refuse_store_file(path)?;
    let content = input::read_file_or_stdin(path, POLICY_LIMIT)?;
    let text = String::from_utf8(content).map_err(|_| {
        CliError::new(
            Exit::Data,
            format!("{}: the policy is not UTF-8 text", name(path)),
        )
    })?;
    // Whatever is done with it, its names are stored or shown.
    if let Some(start) = find_token(&text) {
        let (line, _) = line_and_column(&text, start);
        return Err(CliError::new(
            Exit::Data,
            format!("{}:{line}: the policy holds a token", name(path)),
        )
        .with_hint(NO_SECRET)
        .into());
    }
    Ok(text)
}

/// Returns the policy, or all its faults; with a catalogue, a resource or method that there is not is one too.
pub(crate) fn check(text: &str, context: &Context) -> Result<Policy, Vec<PolicyFault>> {
    let listed = |faults: PolicyFaults| faults.iter().cloned().collect::<Vec<_>>();
    let Some(catalogue) = &context.settings.catalogue.value else {
        return Policy::parse(text).map_err(listed);
    };
    // Faults of other kinds are told with those of the catalogue, in the order of the text.
    let policy = Policy::parse(text)
        .or_else(|_| Policy::parse_known(text, &catalogue.resources()))
        .map_err(listed)?;
    let misfits: Vec<PolicyFault> = catalogue
        .misfits(&policy)
        .into_iter()
        .map(|misfit| misfit.fault)
        .collect();
    if misfits.is_empty() {
        Ok(policy)
    } else {
        Err(misfits)
    }
}

/// Returns the name to call `path` by.
pub(crate) fn name(path: &Path) -> String {
    if path == Path::new("-") {
        "stdin".to_owned()
    } else {
        path.display().to_string()
    }
}

fn told(name: &str, fault: &PolicyFault) -> String {
    let place = format!("{name}:{}:{}", fault.line, fault.column);
    match fault.pointer.as_str() {
        "" => format!("{place}: {}", fault.message),
        pointer => format!("{place} ({pointer}): {}", fault.message),
    }
}
