//! Writes what fuzzing begins with into `fuzz/corpus`: the vectors of the tests, the configurations of the pages, and
//! requests with tokens in each state.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use tokenctl::record::Record;
use tokenctl::secret::{Secret, TokenDigest};
use tokenctl::token_id::TokenId;
use tokenctl::transfer::lines::Writer;
use tokenctl::transfer::store::{Extent, Records};
use tokenctl_fuzz::{Known, Scene, Seeded, never_issued, now};

/// The root of the repository.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

fn main() {
    let tokens = Scene::new("{}").into_file().0;
    write("header", headers(&tokens));
    write(
        "middleware",
        headers(&tokens)
            .iter()
            .map(|header| asked(header))
            .collect(),
    );
    write(
        "forward_auth",
        headers(&tokens)
            .iter()
            .flat_map(|header| sent(header))
            .collect(),
    );
    write("token_format", texts(&["checksum"], "token"));
    write("policy_parse", policies());
    write("policy_decide", policies());
    write("catalogue_path", lines(PATHS));
    write("escaper", lines(TEXTS));
    write("configuration", configurations());
    write("scan", leaks(&tokens));
    write("damaged_store", edits());
    write("import_lines", imports());
    write("import_database", edited_databases());
}

const PATHS: &str = "/\n/api/reviews/42\n/api/reviews/42/?x=1\n/api/reviews/7/replies/%E2%82%AC\n/api/users/ada%2E\n\
                     /api//reviews\n/api/reviews/7/%2e%2e/42\n/api%2freviews/42\n/api/reviews/042\n/a;b\n/a%00";

const TEXTS: &str = "plain\nback\\slash\n\u{1b}[31mred\u{7}\nzo\u{eb} \u{4e2d}\u{6587}\na\u{301}\u{301}\u{301}\u{301}\u{301}\n\
                     \u{202e}gpj.exe\n\u{feff}\u{200b}\u{ad}\n\\u{9b}\n\u{e000}\u{10ffff}\u{9b}";

const TABLES: [&str; 4] = [
    "user,token,expires,note,created,last_used\n\
     dave,0123456789abcdef0123,2126-12-31,build,2024-01-31 12:00:00,\n\
     alice,fedcba9876543210fedc,2024-01-31T12:00:00Z,,,2025-01-31 12:00:00\n",
    "user,sha256,policy\n\
     alice,sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08,{}\n\
     bob,60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752,{broken\n",
    "token\n\"0123456789abcdef0123\"\n35ce0bb7859f1e16c6aa4e1eee91bea131c3dec5\n",
    "0123456789abcdef0123\n\n8600cd199f3c3e81110f8a0780e8420610801320\r\nshort\n",
];

/// Headers that carry a token in each state in each scheme, and those of the vectors.
fn headers(tokens: &[Known]) -> Vec<Vec<u8>> {
    let mut headers = texts(&["credentials"], "authorization");
    for known in tokens {
        let basic = known.basic().map(|basic| format!("Basic {basic}"));
        let bare = ["token", "Bearer"].map(|scheme| format!("{scheme} {}", known.secret));
        headers.extend(bare.into_iter().chain(basic).map(String::into_bytes));
    }
    headers.push(format!("token {}", never_issued()).into_bytes());
    headers
}

/// Returns a request to the middleware with this header.
fn asked(header: &[u8]) -> Vec<u8> {
    [b"GET /api/reviews/41\nauthorization:", header].concat()
}

/// Returns a question to the server with this header, in the way of each proxy.
fn sent(header: &[u8]) -> Vec<Vec<u8>> {
    let told = |method: &str, uri: &str| {
        format!("GET /auth HTTP/1.1\r\nHost: a\r\n{method}: GET\r\n{uri}: /api/reviews/42\r\n")
    };
    let forwarded = told("X-Forwarded-Method", "X-Forwarded-Uri");
    let whole = "GET /auth/api/reviews/42 HTTP/1.1\r\nHost: a\r\n".to_owned();
    let heads = [
        told("X-Original-Method", "X-Original-URI"),
        forwarded.clone(),
        forwarded,
        whole,
    ];
    let ask = |(number, head): (u8, &String)| {
        [
            &[number],
            head.as_bytes(),
            b"Authorization: ",
            header,
            b"\r\n\r\n",
        ]
        .concat()
    };
    (0..).zip(&heads).map(ask).collect()
}

/// Returns the texts that the cases of these vectors have under `key`.
fn texts(files: &[&str], key: &str) -> Vec<Vec<u8>> {
    let cases = files.iter().flat_map(|file| cases(file));
    let text = |case: Value| Some(case.get(key)?.as_str()?.as_bytes().to_vec());
    cases.filter_map(text).collect()
}

fn policies() -> Vec<Vec<u8>> {
    let cases = ["policy_decide", "policy_validate"]
        .into_iter()
        .flat_map(cases);
    let policies = cases.map(|case| case["policy"].to_string().into_bytes());
    policies.chain(texts(&["policy_text"], "text")).collect()
}

fn cases(file: &str) -> Vec<Value> {
    let path = format!("{ROOT}/tests/vectors/{file}.json");
    let vectors: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    vectors["cases"].as_array().unwrap().clone()
}

/// Returns the blocks of TOML in the pages.
fn configurations() -> Vec<Vec<u8>> {
    let pages = ["README.md", "docs/serve.md"]
        .map(|page| fs::read_to_string(format!("{ROOT}/{page}")).unwrap());
    let blocks = pages
        .iter()
        .flat_map(|page| page.split("```toml\n").skip(1));
    blocks
        .filter_map(|block| Some(block.split_once("```")?.0.as_bytes().to_vec()))
        .collect()
}

fn leaks(tokens: &[Known]) -> Vec<Vec<u8>> {
    let secrets = tokens.iter().map(|known| known.secret.clone().into_bytes());
    let log = format!(
        "a=1\n+ key: \"{}\"\nda39a3ee5e6b4b0d3255bfef95601890afd80709\n",
        tokens[0].secret
    );
    secrets
        .chain(texts(&["checksum"], "token"))
        .chain([log.into_bytes()])
        .collect()
}

/// One edit of each kind in the header of the file and on some pages.
fn edits() -> Vec<Vec<u8>> {
    let places = [0_u32, 18, 24, 100, 5_000, 9_000, 20_000, 40_000, 80_000];
    let edit = |(place, kind): (u32, u8)| [&place.to_be_bytes()[1..], &[kind, 0x81]].concat();
    places
        .into_iter()
        .flat_map(|place| (0..6).map(move |kind| (place, kind)))
        .map(edit)
        .chain([misled()])
        .collect()
}

/// The edit by which the index of digests leads from the revoked token to the good one.
fn misled() -> Vec<u8> {
    let (tokens, file) = Scene::new("{}").into_file();
    let digest = TokenDigest::of(&Secret::new(tokens[1].secret.clone()));
    // In the index the digest stands before the number of the row.
    let entry = [digest.as_bytes(), &[2]].concat();
    let place = file.windows(entry.len()).position(|found| found == entry);
    let row = u32::try_from(place.unwrap() + entry.len() - 1).unwrap();
    [&row.to_be_bytes()[1..], &[1, 1]].concat()
}

/// Exports of one token in each state, as it is and under another id and digest; tables and lists.
fn imports() -> Vec<Vec<u8>> {
    let scene = Scene::new("{}");
    let records: Vec<Record> = Records::of(Arc::clone(&scene.store), Extent::Whole, now())
        .map(Result::unwrap)
        .collect();
    let strangers = records.iter().cloned().zip(1..).filter_map(stranger);
    let exports = records.iter().cloned().chain(strangers).map(export);
    let tables = TABLES.iter().map(|table| table.as_bytes().to_vec());
    exports.chain(tables).collect()
}

/// Returns the token of `record` as one that no store here has.
fn stranger((record, seed): (Record, u64)) -> Option<Record> {
    let Record::Token(mut record) = record else {
        return None;
    };
    let id = TokenId::generate(&mut Seeded(seed)).unwrap();
    record.digest = TokenDigest::of(&Secret::new(id.to_string()));
    (record.token.id, record.token.family) = (id, id);
    Some(Record::Token(record))
}

fn export(record: Record) -> Vec<u8> {
    let mut writer = Writer::begin(Vec::new(), now()).unwrap();
    writer.push(record).unwrap();
    writer.finish().unwrap().1
}

/// One edit of each kind on each of the first pages of the databases of the tests, and none.
fn edited_databases() -> Vec<Vec<u8>> {
    let edits = edits();
    let edited = |system: u8| {
        let none = vec![system];
        let one = edits
            .iter()
            .map(move |edit| [&[system], &edit[..]].concat());
        one.chain([none])
    };
    (0..4).flat_map(edited).collect()
}

fn lines(text: &str) -> Vec<Vec<u8>> {
    text.split('\n')
        .map(|line| line.as_bytes().to_vec())
        .collect()
}

/// Writes each input once.
fn write(target: &str, inputs: Vec<Vec<u8>>) {
    let directory = Path::new(ROOT).join("fuzz/corpus").join(target);
    fs::create_dir_all(&directory).unwrap();
    let inputs: BTreeSet<_> = inputs.into_iter().collect();
    for (number, input) in inputs.iter().enumerate() {
        fs::write(directory.join(format!("seed-{number:04}")), input).unwrap();
    }
}
