//! Rotations that are killed: the old token or the new one, never something between.

use std::path::Path;
use std::process::{Child, Output};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokenctl::auth::Authenticator;
use tokenctl::outcome::OutcomeCode;
use tokenctl::store::Store;
use tokenctl::token::Token;
use tokenctl::token_id::TokenId;

use super::killed::{KILLS, delay, life, tokenctl};
use super::{check_whole, new_store, open, say, verify};

fn id_of(secret: &str) -> TokenId {
    TokenId::parse(secret.split('_').nth(1).unwrap()).unwrap()
}

fn find(store: &Arc<dyn Store>, id: &TokenId) -> Token {
    store.find_token(id).unwrap().unwrap()
}

fn issue(path: &Path) -> String {
    let output = tokenctl(path, &["issue", "alice", "--read-only", "--note", "ci"]).output();
    let output = output.unwrap();
    assert!(output.status.success());
    secret_in(&output).unwrap()
}

/// Returns the secret that was printed, which is a whole one or none.
fn secret_in(output: &Output) -> Option<String> {
    let printed = std::str::from_utf8(&output.stdout).unwrap();
    if printed.is_empty() {
        return None;
    }
    let secret = printed
        .strip_suffix('\n')
        .expect("half a secret was printed");
    assert!(!secret.contains('\n'), "two secrets were printed");
    Some(secret.to_owned())
}

/// Checks that `old` is as it was, or wholly replaced; returns its successor.
fn replaced(store: &Arc<dyn Store>, before: &Token, code: OutcomeCode) -> Option<Token> {
    let after = find(store, &before.id);
    let Some(successor) = after.rotated_to else {
        assert_eq!(code, OutcomeCode::Accepted);
        assert_eq!(
            &after, before,
            "it was not replaced, and yet it is not as it was"
        );
        return None;
    };
    assert_eq!(code, OutcomeCode::Rotated);
    let new = find(store, &successor);
    assert_eq!(new.policy, before.policy);
    assert_eq!(
        (&new.note, new.expires_at),
        (&before.note, before.expires_at)
    );
    assert_eq!((new.family, new.revision), (before.family, 1));
    assert_eq!(new.state(new.created_at).as_str(), "active");
    Some(new)
}

/// Starts two rotations of one token, of which one can win, and kills both.
fn rotate_and_kill(path: &Path, id: &TokenId, delay: Duration) -> Vec<Output> {
    let line = ["rotate", id.as_str(), "--yes"];
    let mut rivals: Vec<Child> = (0..2)
        .map(|_| tokenctl(path, &line).spawn().unwrap())
        .collect();
    thread::sleep(delay);
    for rival in &mut rivals {
        rival.kill().unwrap();
    }
    let outputs = rivals.into_iter().map(Child::wait_with_output);
    outputs.map(Result::unwrap).collect()
}

#[test]
fn killed_rotation_leaves_the_old_token_or_the_new_one() {
    let (_directory, path) = new_store();
    let (mut dead, mut won, mut lost, mut untouched) = (Vec::new(), 0, 0, 0);
    let life = life(&path);
    let mut current = issue(&path);
    for number in 0..KILLS {
        // Nobody holds the store open meanwhile: the next to open it finds all that the killed have left in its log.
        let before = find(&open(&path), &id_of(&current));
        let outputs = rotate_and_kill(&path, &before.id, delay(number, life));
        let printed: Vec<String> = outputs.iter().filter_map(secret_in).collect();
        assert!(printed.len() <= 1, "both have won");

        let store = open(&path);
        let authenticator = Authenticator::over(Arc::clone(&store));
        let code = verify(&authenticator, &current);
        match (replaced(&store, &before, code), printed.first()) {
            (Some(new), Some(secret)) => {
                assert_eq!(id_of(secret), new.id);
                assert_eq!(verify(&authenticator, secret), OutcomeCode::Accepted);
                dead.push(std::mem::replace(&mut current, secret.clone()));
                won += 1;
            }
            // Killed between the commit and the output: whoever rotated has to issue anew.
            (Some(_), None) => {
                dead.push(std::mem::replace(&mut current, issue(&path)));
                lost += 1;
            }
            (None, None) => untouched += 1,
            (None, Some(_)) => panic!("a secret was printed of what was not done"),
        }
    }
    say(&format!(
        "rotations: {won} answered, {lost} done and not answered, {untouched} not done"
    ));
    assert!(won > 0 && untouched > 0);
    let authenticator = Authenticator::over(open(&path));
    for secret in &dead {
        assert_eq!(verify(&authenticator, secret), OutcomeCode::Rotated);
    }
    assert_eq!(verify(&authenticator, &current), OutcomeCode::Accepted);
    check_whole(&path);
}

#[test]
fn of_two_commands_that_rotate_one_token_the_other_is_told() {
    let (_directory, path) = new_store();
    for _ in 0..10 {
        let secret = issue(&path);
        let line = ["rotate", id_of(&secret).as_str(), "--yes"].map(str::to_owned);
        let line = line.each_ref().map(String::as_str);
        let rivals: Vec<Child> = (0..2)
            .map(|_| tokenctl(&path, &line).spawn().unwrap())
            .collect();
        let mut exits: Vec<Option<i32>> = Vec::new();
        for rival in rivals {
            let output = rival.wait_with_output().unwrap();
            assert_eq!(secret_in(&output).is_some(), output.status.success());
            exits.push(output.status.code());
        }
        exits.sort_unstable();
        assert_eq!(exits, [Some(0), Some(4)]);
    }
    check_whole(&path);
}
