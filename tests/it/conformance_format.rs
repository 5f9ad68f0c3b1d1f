//! The ancestor's answers about token formats and rate limits, case by case.

use std::net::IpAddr;

use jiff::Timestamp;
use serde_json::Value;
use tokenctl::auth::throttle::{LoginThrottle, RateLimit};
use tokenctl::format::checksum::{base62, crc32};
use tokenctl::format::{LegacySha1, TokenFormat as _, VendorChecksum};

/// A set of cases in which we answer otherwise than the ancestor, on purpose.
struct Difference {
    file: &'static str,
    cases: fn(&Value) -> bool,
    reason: &'static str,
}

/// Every case is equal or listed here; a case that is both, or neither, fails.
const DIFFERENCES: &[Difference] = &[
    Difference {
        file: "checksum.json",
        cases: |case| case["kind"] == "legacy_sha1.create",
        reason: "behaviour.md 1: creation does not seed from anything predictable",
    },
    Difference {
        file: "ratelimit.json",
        cases: |case| case["kind"] == "parse" && case["seconds"] == 0,
        reason: "behaviour.md 8.18: refuse period 0",
    },
    Difference {
        file: "ratelimit.json",
        cases: |case| case["kind"] == "parse" && case["big"] == true,
        reason: "behaviour.md 8.18: refuse huge numbers with a message",
    },
    Difference {
        file: "ratelimit.json",
        cases: |case| {
            let text = case["text"].as_str().unwrap_or_default();
            let is_tolerated = !text.is_ascii() || text.ends_with('\n');
            case["kind"] == "parse" && case["ok"] == true && is_tolerated
        },
        reason: "behaviour.md 8.18: same parse for ASCII input; trailing newline and Unicode digits accepted is a fault of the grammar",
    },
    Difference {
        file: "ratelimit.json",
        cases: |case| case["kind"] != "parse" && text_of(case).contains("ZeroDivisionError"),
        reason: "behaviour.md 8.18: `5/0m` is a ZeroDivisionError; refuse period 0 with a message",
    },
    Difference {
        file: "ratelimit.json",
        cases: |case| text_of(case).contains("\"time_left\":0"),
        reason: "behaviour.md 5: a period of exactly 1 s resets now (time_left 0); 8.17: Retry-After in the answer, and one of 0 s would ask for a try that is refused",
    },
    Difference {
        file: "ratelimit.json",
        cases: |case| {
            let text = text_of(case);
            text.contains("HTTP_X_REAL_IP") || text.contains("HTTP_X_FORWARDED_FOR")
        },
        reason: "behaviour.md, different on purpose: the throttle believes forwarded addresses only from configured proxies",
    },
    Difference {
        file: "ratelimit.json",
        cases: |case| case["one_session"] == true,
        reason: "behaviour.md 8.17: the key changes when a session is logged in; same counting, client key given explicitly",
    },
];

#[test]
fn checksum_cases_are_equal_or_listed() {
    let counts = run(
        "checksum.json",
        include_str!("../vectors/checksum.json"),
        checksum_case,
    );
    assert_eq!(
        counts,
        Counts {
            equal: 178,
            different: 7
        }
    );
}

#[test]
fn ratelimit_cases_are_equal_or_listed() {
    let counts = run(
        "ratelimit.json",
        include_str!("../vectors/ratelimit.json"),
        ratelimit_case,
    );
    assert_eq!(
        counts,
        Counts {
            equal: 109,
            different: 47
        }
    );
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    equal: usize,
    different: usize,
}

/// Runs each case of a file; `case` tells in words where our answer is another.
fn run(file: &str, text: &str, case: fn(&Value) -> Result<(), String>) -> Counts {
    let vectors: Value = serde_json::from_str(text).unwrap();
    let listed: Vec<&Difference> = DIFFERENCES.iter().filter(|d| d.file == file).collect();
    let mut used = vec![false; listed.len()];
    let mut counts = Counts::default();
    let mut faults = Vec::new();
    for vector in vectors["cases"].as_array().unwrap() {
        let id = &vector["id"];
        let reason = listed.iter().position(|d| (d.cases)(vector));
        match (case(vector), reason) {
            (Ok(()), None) => counts.equal += 1,
            (Err(_), Some(index)) => {
                used[index] = true;
                counts.different += 1;
            }
            (Ok(()), Some(index)) => {
                faults.push(format!("{id}: equal, but listed: {}", listed[index].reason));
            }
            (Err(fault), None) => faults.push(format!("{id}: {fault}")),
        }
    }
    for (difference, used) in listed.iter().zip(used) {
        if !used {
            faults.push(format!("no case differs: {}", difference.reason));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    counts
}

fn checksum_case(case: &Value) -> Result<(), String> {
    match case["kind"].as_str().unwrap() {
        "vendor_checksum.validate" => {
            let token = case["token"].as_str().unwrap();
            // Without a type the ancestor says no; ours cannot be asked without one.
            let valid = case["token_info"]["token_type"]
                .as_str()
                .is_some_and(|known| VendorChecksum::check_for_type(token, known).is_ok());
            same("valid", &case["valid"], valid)
        }
        "legacy_sha1.validate" => {
            let token = case["token"].as_str().unwrap();
            same("valid", &case["valid"], LegacySha1.check(token).is_ok())
        }
        "crc" => {
            let crc = crc32(case["data"].as_str().unwrap().as_bytes());
            same("crc32", &case["crc32"], crc)?;
            same("checksum", &case["checksum"], digits(crc))?;
            same("base62", &case["base62"], without_padding(crc))
        }
        "base62" => {
            let number = u32::try_from(case["num"].as_u64().unwrap()).unwrap();
            same("base62", &case["base62"], without_padding(number))
        }
        "legacy_sha1.create" => Err("we create from random bits alone".to_owned()),
        other => panic!("a kind of case nobody knows: {other}"),
    }
}

fn ratelimit_case(case: &Value) -> Result<(), String> {
    match case["kind"].as_str().unwrap() {
        "parse" => match RateLimit::parse(case["text"].as_str().unwrap()) {
            Ok(limit) => {
                same("ok", &case["ok"], true)?;
                same("count", &case["count"], limit.count())?;
                same("seconds", &case["seconds"], limit.period_seconds())
            }
            // The words of an error are ours.
            Err(_) => same("ok", &case["ok"], false),
        },
        "reset" => {
            let limit = limit_of(&case["limit"])?.ok_or("a limit")?;
            let now = case["now"].as_u64().unwrap();
            let left = limit.seconds_left(at(now));
            same("reset", &case["reset"], now + left)?;
            same("time_left", &case["time_left"], left)
        }
        "usage" => usage_case(case),
        "login-sequence" => login_case(case),
        other => panic!("a kind of case nobody knows: {other}"),
    }
}

/// The bare counter: each step counts one failure, or asks what one more would be.
fn usage_case(case: &Value) -> Result<(), String> {
    let steps = case["steps"].as_array().unwrap();
    let limit = match limit_of(&case["limit"]) {
        Ok(limit) => limit,
        Err(_)
            if steps
                .iter()
                .all(|step| text_of(step).contains("ValueError")) =>
        {
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    let throttle = limit.map(LoginThrottle::new);
    for step in steps {
        let now = at(case["t0"].as_u64().unwrap() + step["at"].as_u64().unwrap());
        let (Some(limit), Some(throttle)) = (limit, &throttle) else {
            same("limit", &step["limit"], Value::Null)?;
            same("limited", &step["limited"], false)?;
            continue;
        };
        let (count, limited) = if step["increment"] == true {
            let count = throttle.record_failure(None, now);
            (count, count > limit.count())
        } else {
            (
                throttle.failures(None, now) + 1,
                throttle.check(None, now).is_err(),
            )
        };
        same("count", &step["count"], count)?;
        same("limit", &step["limit"], limit.count())?;
        same("limited", &step["limited"], limited)?;
        same("time_left", &step["time_left"], limit.seconds_left(now))?;
    }
    Ok(())
}

/// A sequence of logins, of which the vector says how each would end if it were not refused.
fn login_case(case: &Value) -> Result<(), String> {
    let throttle = limit_of(&case["login_limit_rate"])?.map(LoginThrottle::new);
    let peer: IpAddr = case["default_client"]["REMOTE_ADDR"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    for (number, step) in case["steps"].as_array().unwrap().iter().enumerate() {
        let now = at(case["t0"].as_u64().unwrap() + step["at"].as_u64().unwrap());
        let is_tried = step["authorization"].is_string();
        let refused = is_tried
            && throttle
                .as_ref()
                .is_some_and(|throttle| throttle.check(Some(peer), now).is_err());
        same(&format!("step {number}"), &step["refused_by_rate"], refused)?;
        let has_failed = !refused && step["result"]["success"] == false;
        if let Some(throttle) = throttle.as_ref().filter(|_| has_failed) {
            throttle.record_failure(Some(peer), now);
        }
    }
    Ok(())
}

/// Reads a limit as the vectors write it: `DEFAULT` is five a minute, and null none at all.
fn limit_of(value: &Value) -> Result<Option<RateLimit>, String> {
    match value.as_str() {
        None => Ok(None),
        Some("DEFAULT") => Ok(RateLimit::parse("5/m").ok()),
        Some(text) => RateLimit::parse(text)
            .map(Some)
            .map_err(|error| error.to_string()),
    }
}

fn same(what: &str, theirs: &Value, ours: impl Into<Value>) -> Result<(), String> {
    let ours = ours.into();
    if *theirs == ours {
        Ok(())
    } else {
        Err(format!("{what}: {theirs} there, {ours} here"))
    }
}

fn text_of(case: &Value) -> String {
    case.to_string()
}

fn at(second: u64) -> Timestamp {
    Timestamp::from_second(i64::try_from(second).unwrap()).unwrap()
}

fn digits(number: u32) -> String {
    base62(number).map(char::from).iter().collect()
}

fn without_padding(number: u32) -> String {
    match digits(number).trim_start_matches('0') {
        "" => "0".to_owned(),
        digits => digits.to_owned(),
    }
}
