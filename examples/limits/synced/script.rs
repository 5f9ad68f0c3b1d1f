//! The commands that are traced: each that changes something, and each that only reads.

use std::fs::File;

use anyhow::{Context as _, ensure};
use rusqlite::Connection;

use super::bench::Bench;
use super::bench::Does::{Change, Note, Nothing, Publish};
use crate::server;

const STORE: &str = "new/directory/tokens.db";

pub(super) fn play(bench: &mut Bench<'_>) -> anyhow::Result<()> {
    bench.on(STORE, Change, &["init"])?;
    bench.on(STORE, Change, &["user", "add", "alice"])?;
    bench.put(
        "policy.json",
        br#"{"resources":{"*":{"allow":["GET"],"block":["*"]}}}"#,
    )?;
    bench.put("careless.json", br#"{"resources":{"*":{"allow":["get"]}}}"#)?;
    change_tokens(bench)?;
    rotate_and_use(bench)?;
    revoke_by_server(bench)?;
    change_users(bench)?;
    bring_in(bench)?;
    look_after(bench)?;
    bench.on(STORE, Change, &["policy", "lint", "--fix", "careless.json"])?;
    read(bench)
}

fn issue(bench: &mut Bench<'_>, words: &[&str]) -> anyhow::Result<(String, String)> {
    let words = [&["issue", "alice"], words].concat();
    let secret = bench.on(STORE, Change, &words)?;
    let id = secret.split('_').nth(1).context("no secret was printed")?;
    Ok((id.to_owned(), secret.trim_end().to_owned()))
}

fn change_tokens(bench: &mut Bench<'_>) -> anyhow::Result<()> {
    let (one, _) = issue(bench, &["--full-access"])?;
    let (other, _) = issue(bench, &["--read-only", "--label", "ci=yes"])?;
    let (third, _) = issue(bench, &["--policy", "policy.json"])?;
    for words in [
        &["issue", "alice", "--full-access", "--out", "secret"] as &[&str],
        &["issue", "bob", "--full-access", "--create-user", "--json"],
        &["restrict", &one, "--read-only"],
        &["restrict", "--label", "ci=yes", "--block", "HEAD", "--yes"],
        &["extend", &one, "--expires", "100d"],
        &["edit", &one, "--note", "nightly", "--label", "team=infra"],
        &["suspend", &one, &other],
        &["resume", &one, &other],
        &["revoke", &one, "--yes", "--reason", "left"],
        &["revoke", &other, &third, "--yes"],
        &["revoke", "--user", "bob", "--yes"],
    ] {
        bench.on(STORE, Change, words)?;
    }
    // The default store, and the directories that lead to it.
    bench.on(
        "",
        Change,
        &["issue", "carol", "--full-access", "--create-user"],
    )?;
    Ok(())
}

fn rotate_and_use(bench: &mut Bench<'_>) -> anyhow::Result<()> {
    let (old, secret) = issue(bench, &["--full-access"])?;
    bench.on(STORE, Change, &["rotate", &old, "--overlap", "1h"])?;
    let header = format!("token {secret}");
    bench.on(STORE, Note, &["verify", "--record-use", &header])?;
    bench.on(STORE, Nothing, &["verify", &header])?;
    let (old, _) = issue(bench, &["--full-access"])?;
    bench.on(
        STORE,
        Change,
        &["rotate", &old, "--yes", "--out", "rotated"],
    )?;
    let (_, found) = issue(bench, &["--full-access"])?;
    bench.put("build.log", found.as_bytes())?;
    bench.on(STORE, Nothing, &["scan", "build.log"])?;
    let input = File::open(bench.path("build.log"))?;
    bench.with_input(input.into(), STORE, Nothing, &["identify"])?;
    bench.on(STORE, Change, &["scan", "--revoke", "--yes", "build.log"])?;
    Ok(())
}

fn revoke_by_server(bench: &mut Bench<'_>) -> anyhow::Result<()> {
    let (operator, operator_secret) = issue(bench, &["--full-access"])?;
    let (id, client_secret) = issue(bench, &["--full-access"])?;
    let configuration = format!("[serve]\nrevoke = ['{operator}']\n");
    bench.put("serve.toml", configuration.as_bytes())?;
    let words = ["serve", "--listen", "127.0.0.1:0", "--config", "serve.toml"];
    bench.serve(STORE, &words, |address| {
        let form = format!("token={client_secret}");
        let answer = server::post(address, "/revoke", &operator_secret, &form)?;
        ensure!(answer.starts_with("HTTP/1.1 200"), "not revoked: {answer}");
        Ok(())
    })?;
    let shown = bench.on(STORE, Nothing, &["show", &id])?;
    ensure!(shown.contains("revoked"), "the server has not revoked");
    Ok(())
}

fn change_users(bench: &mut Bench<'_>) -> anyhow::Result<()> {
    for words in [
        &["user", "rename", "bob", "robert"] as &[&str],
        &["user", "disable", "robert"],
        &["user", "enable", "robert"],
        &["user", "delete", "robert", "--yes"],
    ] {
        bench.on(STORE, Change, words)?;
    }
    Ok(())
}

fn bring_in(bench: &mut Bench<'_>) -> anyhow::Result<()> {
    let digest = "00".repeat(32);
    let list = format!("user,sha256,expires\ndave,{digest},2020-01-01\n");
    bench.put("tokens.csv", list.as_bytes())?;
    let map = "user=user,sha256=sha256,expires=expires";
    let words = ["import", "csv", "tokens.csv", "--map", map, "--full-access"];
    bench.on(STORE, Change, &words)?;
    bench.on(STORE, Change, &["prune", "--older-than", "30d", "--yes"])?;
    bench.on(STORE, Change, &["export", "--out", "tokens.jsonl"])?;
    bench.on("second.db", Change, &["init"])?;
    bench.on("second.db", Change, &["import", "tokenctl", "tokens.jsonl"])?;

    // One that is in use has to be copied first.
    let elsewhere = tempfile::tempdir()?;
    let django = elsewhere.path().join("django.sqlite3");
    let connection = Connection::open(&django)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; \
         CREATE TABLE auth_user (id INTEGER, username TEXT, is_active INTEGER); \
         CREATE TABLE authtoken_token (key TEXT, created TEXT, user_id INTEGER); \
         INSERT INTO auth_user VALUES (1, 'erin', 1); \
         INSERT INTO authtoken_token VALUES ('00000000000000000000000000000000000000aa', '2026-01-01 00:00:00', 1);",
    )?;
    let django = django.to_str().context("a path that is no text")?;
    bench.on(STORE, Change, &["import", "drf", django])?;
    Ok(())
}

fn look_after(bench: &mut Bench<'_>) -> anyhow::Result<()> {
    bench.on("", Change, &["copy", STORE, "third.db"])?;
    bench.on(STORE, Change, &["backup", "monday.backup"])?;
    issue(bench, &["--full-access"])?;
    let restore = ["restore", "monday.backup", "--yes"];
    bench.on(STORE, Change, &restore)?;
    // Into a place where no store is, and where a damaged one is.
    bench.on("other/place/tokens.db", Change, &restore)?;
    bench.put("damaged.db", b"this was a store once\n")?;
    bench.on("damaged.db", Change, &restore)?;
    bench.on(STORE, Nothing, &["migrate"])?;
    Ok(())
}

fn read(bench: &mut Bench<'_>) -> anyhow::Result<()> {
    let (id, _) = issue(bench, &["--full-access"])?;
    for words in [
        &["list"] as &[&str],
        &["show", &id],
        &["can", &id, "GET", "review"],
        &["user", "list"],
        &["user", "show", "alice"],
        &["audit", "list"],
        &["audit", "verify"],
        &["audit", "head"],
        &["stats"],
        &["export"],
        &["check"],
        &["config"],
        &["completions", "bash"],
        &["man"],
        &["proxy-config", "nginx"],
        &["policy", "check", "policy.json"],
        &["policy", "lint", "policy.json"],
        &["policy", "explain", "policy.json"],
        &["policy", "diff", "policy.json", "policy.json"],
        &["policy", "presets"],
        &["restrict", &id, "--read-only", "--dry-run"],
        &["revoke", &id, "--dry-run"],
        &["rotate", &id, "--dry-run"],
        &["prune", "--dry-run"],
        &["restore", "monday.backup", "--dry-run"],
    ] {
        bench.on(STORE, Nothing, words)?;
    }
    bench.on(STORE, Publish, &["man", "pages"])?;
    Ok(())
}
