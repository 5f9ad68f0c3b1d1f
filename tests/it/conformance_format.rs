//! The ancestor's answers about token formats and rate limits, case by case.

use std::fmt::Write as _;
use std::net::IpAddr;

use jiff::Timestamp;
use serde_json::Value;
use tokenctl::auth::throttle::{LoginThrottle, RateLimit};
use tokenctl::format::checksum::{base62, crc32};
use tokenctl::format::{LegacySha1, TokenFormat as _, VendorChecksum};

use crate::vectors::{Case, Comparison, Vectors};

#[test]
fn checksum_cases_are_equal_or_listed() {
    run("checksum.json", checksum_case).finish(178, 7);
}

#[test]
fn ratelimit_cases_are_equal_or_listed() {
    run("ratelimit.json", ratelimit_case).finish(109, 47);
}

fn run(file: &'static str, answer: fn(&Case) -> Answers) -> Comparison {
    let vectors = Vectors::read(file);
    let mut comparison = Comparison::of(&vectors);
    for case in &vectors.cases {
        let answers = answer(case);
        comparison.check(case, &answers.ours, &answers.theirs);
    }
    comparison
}

/// Both answers to a case, put together of their parts.
#[derive(Default)]
struct Answers {
    ours: String,
    theirs: String,
}

impl Answers {
    fn of(ours: impl Into<String>, theirs: impl Into<String>) -> Self {
        Self {
            ours: ours.into(),
            theirs: theirs.into(),
        }
    }

    fn add(&mut self, what: &str, ours: impl Into<Value>, theirs: &Value) {
        let ours = ours.into();
        write!(self.ours, "{what}={ours} ").unwrap();
        write!(self.theirs, "{what}={theirs} ").unwrap();
    }
}

fn checksum_case(case: &Case) -> Answers {
    let mut answers = Answers::default();
    match case.string("kind").unwrap() {
        "vendor_checksum.validate" => {
            let token = case.string("token").unwrap();
            // Without a type the ancestor says no; ours cannot be asked without one.
            let valid = case
                .at("/token_info/token_type")
                .as_str()
                .is_some_and(|known| VendorChecksum::check_for_type(token, known).is_ok());
            answers.add("valid", valid, case.field("valid"));
        }
        "legacy_sha1.validate" => {
            let valid = LegacySha1.check(case.string("token").unwrap()).is_ok();
            answers.add("valid", valid, case.field("valid"));
        }
        "crc" => {
            let crc = crc32(case.string("data").unwrap().as_bytes());
            answers.add("crc32", crc, case.field("crc32"));
            answers.add("checksum", digits(crc), case.field("checksum"));
            answers.add("base62", without_padding(crc), case.field("base62"));
        }
        "base62" => {
            let number = u32::try_from(case.field("num").as_u64().unwrap()).unwrap();
            answers.add("base62", without_padding(number), case.field("base62"));
        }
        "legacy_sha1.create" => return Answers::of("from random bits alone", case.text("token")),
        other => panic!("a kind of case nobody knows: {other}"),
    }
    answers
}

fn ratelimit_case(case: &Case) -> Answers {
    match case.string("kind").unwrap() {
        "parse" => parse_case(case),
        "reset" => {
            let limit = match limit_of(case.field("limit")) {
                Ok(limit) => limit.unwrap(),
                Err(error) => return Answers::of(error, "a crash"),
            };
            let now = case.field("now").as_u64().unwrap();
            let left = limit.seconds_left(at(now));
            let mut answers = Answers::default();
            answers.add("reset", now + left, case.field("reset"));
            answers.add("time_left", left, case.field("time_left"));
            answers
        }
        "usage" => usage_case(case),
        "login-sequence" => login_case(case),
        other => panic!("a kind of case nobody knows: {other}"),
    }
}

fn parse_case(case: &Case) -> Answers {
    let mut answers = Answers::default();
    let parsed = RateLimit::parse(case.string("text").unwrap()).ok();
    answers.add("ok", parsed.is_some(), case.field("ok"));
    // The words of an error are ours.
    let count = parsed.map(|limit| limit.count());
    let seconds = parsed.map(|limit| limit.period_seconds());
    answers.add("count", count, case.field("count"));
    answers.add("seconds", seconds, case.field("seconds"));
    answers
}

/// The bare counter: each step counts one failure, or asks what one more would be.
fn usage_case(case: &Case) -> Answers {
    let steps = case.list("steps");
    let limit = match limit_of(case.field("limit")) {
        Ok(limit) => limit,
        Err(error) => {
            let is_refused = |step: &Value| step.to_string().contains("ValueError");
            return match steps.iter().all(is_refused) {
                true => Answers::of("no limit", "no limit"),
                false => Answers::of(error, "a crash at each step"),
            };
        }
    };
    let throttle = limit.map(LoginThrottle::new);
    let mut answers = Answers::default();
    for step in steps {
        let now = at(case.field("t0").as_u64().unwrap() + step["at"].as_u64().unwrap());
        let (Some(limit), Some(throttle)) = (limit, &throttle) else {
            answers.add("limit", Value::Null, &step["limit"]);
            answers.add("limited", false, &step["limited"]);
            continue;
        };
        let (count, limited) = if step["increment"] == true {
            let count = throttle.record_failure(None, now);
            (count, count > limit.count())
        } else {
            let count = throttle.failures(None, now) + 1;
            (count, throttle.check(None, now).is_err())
        };
        answers.add("count", count, &step["count"]);
        answers.add("limit", limit.count(), &step["limit"]);
        answers.add("limited", limited, &step["limited"]);
        answers.add("time_left", limit.seconds_left(now), &step["time_left"]);
    }
    answers
}

/// A sequence of logins, of which the vector says how each would end if it were not refused.
fn login_case(case: &Case) -> Answers {
    let throttle = match limit_of(case.field("login_limit_rate")) {
        Ok(limit) => limit.map(LoginThrottle::new),
        Err(error) => return Answers::of(error, "a crash at each step"),
    };
    let peer: IpAddr = case
        .at("/default_client/REMOTE_ADDR")
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let mut answers = Answers::default();
    for step in case.list("steps") {
        let now = at(case.field("t0").as_u64().unwrap() + step["at"].as_u64().unwrap());
        let is_tried = step["authorization"].is_string();
        let refused = is_tried
            && throttle
                .as_ref()
                .is_some_and(|throttle| throttle.check(Some(peer), now).is_err());
        answers.add("refused", refused, &step["refused_by_rate"]);
        let has_failed = !refused && step["result"]["success"] == false;
        if let Some(throttle) = throttle.as_ref().filter(|_| has_failed) {
            throttle.record_failure(Some(peer), now);
        }
    }
    answers
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
