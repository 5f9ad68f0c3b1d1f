//! What policies and the catalogue cost.
//!
//! Each login reads the policy of its token and decides by it, so that the worst document that can be stored bounds
//! what a token can make a server do. The goals, on an ordinary machine: a policy at the limits (64 KiB of text, 2,000
//! entries) is read and decided in under a millisecond, and one that is read already is decided in under 50
//! microseconds. They are goals of this benchmark and no tests: a busy machine would fail them.
//!
//! Criterion tells its own figures; the lines of medians at the end are measured in turn, so that a drift of the
//! machine hits all cases, and name the goal where there is one.

use std::fmt::Write as _;
use std::hint::black_box;
use std::io::Write as _;
use std::time::{Duration, Instant};

use criterion::Criterion;
use tokenctl::catalogue::{Catalogue, Entry, Mapped, Mode};
use tokenctl::policy::{Access, MAX_POLICY_BYTES, MAX_POLICY_ENTRIES, Policy};

const ROUNDS: usize = 21;
/// How long a round of one case takes.
const ROUND: Duration = Duration::from_millis(5);

const READ_AND_DECIDED: Option<f64> = Some(1_000.0);
const DECIDED: Option<f64> = Some(50.0);

/// What a token that posts reviews may have.
const SMALL: &str = r#"{"resources": {
  "*": {"allow": ["GET"], "block": ["*"]},
  "review": {"*": {"allow": ["POST"]}, "42": {"block": ["*"]}}
}}"#;

/// One thing to measure.
struct Case<'a> {
    name: &'static str,
    /// The most microseconds that it should take.
    goal: Option<f64>,
    call: Box<dyn FnMut() + 'a>,
}

impl<'a> Case<'a> {
    fn new<T>(name: &'static str, goal: Option<f64>, mut call: impl FnMut() -> T + 'a) -> Self {
        let call = Box::new(move || {
            black_box(call());
        });
        Self { name, goal, call }
    }

    /// Returns the microseconds of one call, in a round of as many as `ROUND` takes.
    fn time(&mut self) -> f64 {
        let (start, mut calls) = (Instant::now(), 0_u32);
        while start.elapsed() < ROUND {
            // Several, so that the clock is not what is measured.
            for _ in 0..8 {
                (self.call)();
            }
            calls += 8;
        }
        start.elapsed().as_secs_f64() * 1e6 / f64::from(calls)
    }
}

/// Returns a document with `resources` resources of 20 objects, two entries each, whose ids are `width` wide.
///
/// `first` is the number of the first object: documents of different ones overlap in part.
fn objects(resources: usize, first: usize, width: usize) -> String {
    let mut text = r#"{"resources":{"#.to_owned();
    for resource in 0..resources {
        let comma = if resource > 0 { "," } else { "" };
        write!(text, r#"{comma}"resource{resource:02}":{{"#).expect("a string takes it");
        for object in first..first + 20 {
            let comma = if object > first { "," } else { "" };
            write!(
                text,
                r#"{comma}"{object:0width$}":{{"allow":["GET"],"block":["*"]}}"#
            )
            .expect("a string takes it");
        }
        text.push('}');
    }
    text.push_str("}}");
    text
}

/// Returns a document of one section with as many methods as there may be entries, each `width` wide.
fn methods(width: usize) -> String {
    let methods: Vec<String> = (0..MAX_POLICY_ENTRIES)
        .map(|number| format!(r#""M{number:0width$}""#))
        .collect();
    format!(
        r#"{{"resources":{{"*":{{"block":[{}]}}}}}}"#,
        methods.join(",")
    )
}

/// Returns the widest document that fits, filled up to the last byte, and its width.
fn at_the_limits(document: impl Fn(usize) -> String) -> (String, usize) {
    let width = (1..)
        .find(|width| document(width + 1).len() > MAX_POLICY_BYTES)
        .expect("it grows with the width");
    let mut text = document(width);
    while text.len() < MAX_POLICY_BYTES {
        text.push(' ');
    }
    assert!(Policy::parse(&text).is_ok(), "within the limits");
    assert!(Policy::parse(&format!("{text} ")).is_err(), "not beyond");
    (text, width)
}

fn catalogue() -> Catalogue {
    let entries = (0..100).map(|number| Entry {
        resource: format!("resource{number}"),
        paths: vec![format!("/api/parents/{{parent}}/r{number}/{{id:number}}")],
        methods: vec!["GET".to_owned(), "DELETE".to_owned()],
    });
    Catalogue::new(Mode::Closed, entries).expect("no two paths are alike")
}

fn main() {
    let (wide, width) = at_the_limits(|width| objects(MAX_POLICY_ENTRIES / 40, 0, width));
    let (long, _) = at_the_limits(methods);
    let read = |text: &str| Policy::from_stored(text).expect("is a policy");
    let (parsed_wide, parsed_long, small) = (read(&wide), read(&long), read(SMALL));
    let (left, right) = (read(&objects(5, 0, 4)), read(&objects(5, 10, 4)));
    let catalogue = catalogue();
    let unmapped = Access::to_unmapped("DELETE");
    let unnamed = Access::to_object("DELETE", "resource49", "no such id");
    let last_id = format!("{:0width$}", 19);
    let named = Access::to_object("DELETE", "resource49", &last_id);
    assert!(!parsed_wide.decide(&named).allowed);

    let mut cases = [
        Case::new(
            "limits, many objects: read, decide",
            READ_AND_DECIDED,
            || read(&wide).decide(&named),
        ),
        Case::new(
            "limits, many methods: read, decide",
            READ_AND_DECIDED,
            || read(&long).decide(&unmapped),
        ),
        Case::new(
            "limits, many objects: read strictly",
            READ_AND_DECIDED,
            || Policy::parse(&wide),
        ),
        Case::new(
            "limits, many methods: read strictly",
            READ_AND_DECIDED,
            || Policy::parse(&long),
        ),
        Case::new("many objects: decide a named one", DECIDED, || {
            parsed_wide.decide(&named)
        }),
        Case::new("many objects: decide another one", DECIDED, || {
            parsed_wide.decide(&unnamed)
        }),
        Case::new("many objects: decide no resource", DECIDED, || {
            parsed_wide.decide(&unmapped)
        }),
        Case::new("many methods: decide no resource", DECIDED, || {
            parsed_long.decide(&unmapped)
        }),
        Case::new("many objects: visibility of one resource", None, || {
            parsed_wide.visibility("resource49")
        }),
        Case::new("small: read", None, || read(SMALL)),
        Case::new("small: decide", None, || {
            small.decide(&Access::to_object("POST", "review", "42"))
        }),
        Case::new("200 entries each: intersect", None, || {
            left.intersect(&right)
        }),
        Case::new("200 entries each: diff", None, || left.diff(&right).count()),
        Case::new("200 entries each: widening", None, || left.widening(&right)),
        Case::new("catalogue of 100: map a path", None, || {
            let mapped = catalogue.map("/api/parents/7/r99/42/?full=1");
            assert!(matches!(mapped, Ok(Mapped::Resource { .. })));
        }),
    ];

    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(800))
        .configure_from_args();
    let mut group = criterion.benchmark_group("policy");
    for case in &mut cases {
        group.bench_function(case.name, |bencher| bencher.iter(|| (case.call)()));
    }
    group.finish();
    criterion.final_summary();
    if !std::env::args().any(|argument| argument == "--test" || argument == "--list") {
        report(&mut cases);
    }
}

/// Prints the median of each case.
fn report(cases: &mut [Case<'_>]) {
    let mut times = vec![Vec::new(); cases.len()];
    for _ in 0..ROUNDS {
        for (case, times) in cases.iter_mut().zip(&mut times) {
            times.push(case.time());
        }
    }
    let mut report = String::new();
    for (case, mut times) in cases.iter().zip(times) {
        times.sort_by(f64::total_cmp);
        let median = times.get(times.len() / 2).copied().unwrap_or_default();
        let goal = case
            .goal
            .map(|goal| format!(", goal: under {goal} us"))
            .unwrap_or_default();
        writeln!(
            report,
            "median {}: {median:.3} us{goal} ({ROUNDS} rounds)",
            case.name
        )
        .expect("a string takes it");
    }
    std::io::stdout()
        .write_all(report.as_bytes())
        .expect("standard output takes it");
}
