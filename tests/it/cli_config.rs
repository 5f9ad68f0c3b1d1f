//! `tokenctl config`, and settings from flags, environment and file.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use insta::assert_snapshot;

use crate::harness::{TOKENCTL, TestEnv, set_mode};

#[cfg(feature = "server")]
#[test]
fn settings_come_with_their_origin() {
    let env = TestEnv::without_store();
    assert_snapshot!(env.run("config --store /s.db --config /dev/null"), @"
    key                         value                     origin
    store                       /s.db                     flag
    timeout                     30s                       default
    issue.default_policy        -                         default
    issue.default_expiry        90d                       default
    issue.max_lifetime          -                         default
    issue.prefix                tkc                       default
    issue.generator             tokenctl_v1               default
    auth.web_backends           token,bearer,basic        default
    auth.realm                  Web API                   default
    auth.prefixes               tkc                       default
    auth.vendor_types                                     default
    auth.deprecated_generators  legacy_sha1               default
    usage.resolution            60s                       default
    rotation.on_reuse           log                       default
    catalogue                   -                         default
    serve.listen                127.0.0.1:9180            default
    serve.profile               nginx                     default
    serve.trusted_proxies       127.0.0.0/8,::1/128,unix  default
    serve.throttle              -                         default
    serve.introspect                                      default
    serve.revoke                                          default
    ------- stderr -------
    Configuration file: none
    [exit status: 0]
    ");
}

#[test]
fn flag_beats_environment_beats_file() {
    let mut env = TestEnv::without_store();
    env.configure("store = '/file.db'\ntimeout = '5s'\n[issue]\nmax_lifetime = '1y'\n");
    let origin = |env: &TestEnv, flags: &str, key: &str| {
        let settings = env.run(&format!("config --json {flags}")).succeeds().json();
        let found = settings
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["key"] == key);
        let found = found.unwrap();
        let text = format!(
            "{} from {}",
            found["value"].as_str().unwrap(),
            found["origin"].as_str().unwrap()
        );
        text.replace(env.path("").to_str().unwrap(), "[dir]/")
    };
    let file = "from file [dir]/home/.config/tokenctl/config.toml";
    assert_eq!(origin(&env, "", "store"), format!("/file.db {file}"));
    assert_eq!(origin(&env, "", "timeout"), format!("5s {file}"));
    assert_eq!(origin(&env, "--timeout 7s", "timeout"), "7s from flag");
    assert_eq!(origin(&env, "", "issue.max_lifetime"), format!("1y {file}"));
    env.use_store("/env.db".into());
    assert_eq!(
        origin(&env, "", "store"),
        "/env.db from environment (TOKENCTL_STORE)"
    );
    assert_eq!(
        origin(&env, "--store /flag.db", "store"),
        "/flag.db from flag"
    );
}

#[test]
fn machine_forms_hold_the_same() {
    let env = TestEnv::without_store();
    env.configure("[auth]\nrealm = 'Depot'\n");
    let csv = env.run("config --store /s.db --format csv").succeeds();
    assert!(
        csv.stdout
            .starts_with("key,value,origin\nstore,/s.db,flag\ntimeout,30s,default\n"),
        "{csv}"
    );
    assert!(csv.stdout.contains("auth.realm,Depot,file "), "{csv}");
    let lines = env.run("config --store /s.db --format jsonl").succeeds();
    assert_eq!(
        lines.stdout.lines().next().unwrap(),
        r#"{"key":"store","value":"/s.db","origin":"flag"}"#
    );
    assert_eq!(lines.stdout.lines().count() + 1, csv.stdout.lines().count());
}

#[test]
fn configuration_is_named_by_flag_or_environment() {
    let env = TestEnv::without_store();
    let path = env.write("named.toml", "timeout = '9s'\n");
    set_mode(&path, 0o600);
    let by_flag = env
        .run("config --config named.toml --format csv --store /s.db")
        .succeeds();
    assert!(
        by_flag.stdout.contains("timeout,9s,file named.toml"),
        "{by_flag}"
    );
    let by_environment = env
        .command(TOKENCTL)
        .args(["config", "--format", "csv", "--store", "/s.db"])
        .env("TOKENCTL_CONFIG", &path)
        .output()
        .unwrap();
    let told = String::from_utf8(by_environment.stdout).unwrap();
    assert!(told.contains("timeout,9s,file "), "{told}");
}

#[test]
fn faults_of_a_configuration_are_placed() {
    let env = TestEnv::empty();
    env.configure("timeout = '30s'\n[issue]\nprefx = 'acme'\n");
    assert_snapshot!(env.run("list"), @"
    ------- stderr -------
    error: bad configuration at [dir]/home/.config/tokenctl/config.toml:3:1: there is no key `issue.prefx`
    [exit status: 65]
    ");
    assert_snapshot!(env.run("list --json"), @r#"
    ------- stderr -------
    {"error":{"code":"data","exit":65,"message":"bad configuration at [dir]/home/.config/tokenctl/config.toml:3:1: there is no key `issue.prefx`","hint":null}}
    [exit status: 65]
    "#);
    env.configure("[issue]\nmax_lifetime = 'never'\n");
    assert_snapshot!(env.run("list"), @"
    ------- stderr -------
    error: bad configuration at [dir]/home/.config/tokenctl/config.toml:2:16: bad value for `issue.max_lifetime`: a duration in whole units above zero, such as `90d`, `12h`, `1w`, `6mo`, `1y` or `P90D`, is expected
    [exit status: 65]
    ");
    env.configure("[issue]\nprefix = 'A B'\n");
    assert_snapshot!(env.run("list"), @"
    ------- stderr -------
    error: bad configuration at [dir]/home/.config/tokenctl/config.toml:2:10: bad value for `issue.prefix`: a token prefix is 2 to 10 of `a-z` and `0-9` and begins with a letter
    [exit status: 65]
    ");
    env.configure("[issue]\ngenerator = 'nope'\n");
    assert_snapshot!(env.run("list"), @"
    ------- stderr -------
    error: bad configuration `[dir]/home/.config/tokenctl/config.toml`: bad value for `issue.generator`: no token format has the id `nope`; known: tokenctl_v1, vendor_checksum, legacy_sha1
    [exit status: 65]
    ");
}

#[test]
fn configuration_that_others_can_write_is_refused() {
    let env = TestEnv::empty();
    env.configure("timeout = '30s'\n");
    set_mode(&env.path("home/.config/tokenctl/config.toml"), 0o666);
    assert_snapshot!(env.run("list"), @"
    ------- stderr -------
    error: the configuration `[dir]/home/.config/tokenctl/config.toml` can be written by its group or by others
    hint: run `chmod go-w` on it
    [exit status: 25]
    ");
}

#[test]
fn missing_configuration_that_was_named_is_unreadable_input() {
    let env = TestEnv::empty();
    assert_snapshot!(env.run("list --config missing.toml"), @"
    ------- stderr -------
    error: failed to read the configuration `missing.toml`: No such file or directory (os error 2)
    hint: nothing was done: see to the file, or name another with `--config`
    [exit status: 66]
    ");
}

#[test]
fn nonsense_of_global_flags_is_a_usage_error() {
    let env = TestEnv::empty();
    assert_snapshot!(env.run("list --timeout soon"), @"
    ------- stderr -------
    error: bad value for `--timeout`: a duration in seconds, minutes, hours, days or weeks, such as `30s`, is expected
    [exit status: 2]
    ");
    assert_snapshot!(env.run("list --timeout 0s"), @"
    ------- stderr -------
    error: bad value for `--timeout`: a duration in seconds, minutes, hours, days or weeks, such as `30s`, is expected
    [exit status: 2]
    ");
    assert_snapshot!(env.run("list --timeout -1s"), @"
    ------- stderr -------
    error: bad value for `--timeout`: a duration in seconds, minutes, hours, days or weeks, such as `30s`, is expected
    [exit status: 2]
    ");
    assert_snapshot!(env.run("list --format xml"), @"
    ------- stderr -------
    error: bad value for `--format <FORMAT>`: one of `table`, `json`, `jsonl`, `csv` is expected
    hint: try 'tokenctl list --help'
    [exit status: 2]
    ");
    assert_snapshot!(env.run("list --color sometimes"), @"
    ------- stderr -------
    error: bad value for `--color <WHEN>`: one of `auto`, `always`, `never` is expected
    hint: try 'tokenctl list --help'
    [exit status: 2]
    ");
    assert_snapshot!(env.run("list --json --format csv"), @r#"
    ------- stderr -------
    {"error":{"code":"usage","exit":2,"message":"`--json` means `--format json` and cannot be used with another format","hint":null}}
    [exit status: 2]
    "#);
    assert_snapshot!(env.run("list --jsn"), @"
    ------- stderr -------
    error: an argument is not expected here
    hint: perhaps `--json` was meant; try 'tokenctl list --help'
    [exit status: 2]
    ");
    assert_snapshot!(env.run("lst"), @"
    ------- stderr -------
    error: there is no such command
    hint: perhaps `list` was meant; try 'tokenctl --help'
    [exit status: 2]
    ");
    assert_snapshot!(env.run(""), @"
    ------- stderr -------
    error: a command is required
    hint: try 'tokenctl --help'
    [exit status: 2]
    ");
    assert_snapshot!(env.run("list list"), @"
    ------- stderr -------
    error: an argument is not expected here
    hint: try 'tokenctl list --help'
    [exit status: 2]
    ");
}

#[test]
fn long_wait_is_as_long_as_it_gets() {
    let env = TestEnv::new();
    for timeout in ["1s", "5w", "999w", "9999999h"] {
        env.run(&format!("user list --timeout {timeout}"))
            .succeeds();
        env.run(&format!("issue alice --read-only --timeout {timeout}"))
            .succeeds();
    }
}

#[test]
fn usage_errors_come_as_json_when_that_was_asked_for() {
    let env = TestEnv::empty();
    for line in [
        "--json",
        "list --json --jsn",
        "--json lst",
        "list --json --timeout soon",
        "list --json --format csv",
        "list --json --columns nope",
        "list --json --limit 0",
        "list --json --state odd",
        "issue --json",
        "issue alice --json",
        "issue alice --json --read-only --full-access",
        "issue alice --json --read-only --expires 0d",
        "verify --json --address nowhere x",
        "verify --json --at tomorrow x",
        "verify --json --id 4 x",
        "identify --json x",
        "revoke --json",
        "revoke --json 7gk2 --all",
        "show --json",
        "show --json 7g",
        "user --json",
        "user add --json a!",
        "completions --json tcsh",
        "init --json --store pg://x",
        "-vvv list --json --columns nope",
    ] {
        let output = env.run(line).exits(2);
        assert_eq!(output.error()["code"], "usage", "{line}");
        assert_eq!(output.stdout, "", "{line}");
    }
    assert_snapshot!(env.run("list --json --jsn"), @r#"
    ------- stderr -------
    {"error":{"code":"usage","exit":2,"message":"an argument is not expected here","hint":"perhaps `--json` was meant; try 'tokenctl list --help'"}}
    [exit status: 2]
    "#);
    assert_eq!(
        env.run("list --format json --json").succeeds().stdout,
        "[]\n"
    );
    env.run("list --format=json --state odd").exits(2).error();
}

#[test]
fn colour_comes_only_when_it_is_asked_for() {
    let env = TestEnv::empty();
    let coloured = env.run("list --color always --columns nope").exits(2);
    assert!(
        coloured.stderr.starts_with("\u{1b}[1;31merror: \u{1b}[0m"),
        "{coloured}"
    );
    for flags in ["", "--color auto", "--color never"] {
        let plain = env.run(&format!("list --columns nope {flags}")).exits(2);
        assert!(!plain.stderr.contains('\u{1b}'), "{plain}");
    }
    let help = env.run("list --help").succeeds();
    assert!(!help.all().contains('\u{1b}'), "{help}");
}

#[test]
fn terminal_has_colours_unless_told_otherwise() {
    let env = TestEnv::empty();
    for (before, flags, has_colour) in [
        ("", "", true),
        ("NO_COLOR=1", "", false),
        ("NO_COLOR=", "", true),
        ("", "--color never", false),
        ("NO_COLOR=1", "--color always", true),
    ] {
        let command = format!("{before} $TOKENCTL list --columns nope {flags}");
        let Some((exit, shown)) = env.on_terminal(&command, "") else {
            return;
        };
        assert_eq!(exit, 2, "{shown}");
        assert_eq!(shown.contains('\u{1b}'), has_colour, "{command}: {shown}");
    }
}

#[test]
fn quiet_silences_all_but_errors() {
    let env = TestEnv::new();
    for line in [
        "list -q",
        "user list -q",
        "config -q",
        "user add -q bob",
        "-q issue alice --read-only",
        "-q -v list",
    ] {
        let output = env.run(line).succeeds();
        assert_eq!(output.stderr, "", "{line}");
    }
    assert_ne!(env.run("show 0000 -q").exits(3).stderr, "");
}

#[test]
fn help_and_version_are_answers() {
    let env = TestEnv::without_store();
    assert_snapshot!(env.run("--version"), @"
    tokenctl 0.1.0
    [exit status: 0]
    ");
    for line in [
        "--help",
        "help",
        "issue --help",
        "user add --help",
        "help revoke",
    ] {
        let output = env.run(line).succeeds();
        assert!(
            output.stdout.contains("Usage: tokenctl"),
            "{line}: {output}"
        );
        assert_eq!(output.stderr, "", "{line}");
    }
}

#[test]
fn completions_and_man_pages_need_no_store() {
    let env = TestEnv::without_store();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = env.run(&format!("completions {shell}")).succeeds();
        assert!(script.stdout.contains("revoke"), "{shell}");
    }
    assert!(env.run("man").succeeds().stdout.contains(".TH"));
    env.run("man pages").succeeds();
    let pages: Vec<_> = fs::read_dir(env.path("pages")).unwrap().collect();
    assert!(pages.len() > 12, "{}", pages.len());
    let page = fs::read_to_string(env.path("pages/tokenctl-user-add.1")).unwrap();
    assert!(page.contains("tokenctl\\-user\\-add"), "{page}");
}

#[test]
fn man_page_takes_the_place_of_a_link_and_leaves_what_it_leads_to() {
    let env = TestEnv::without_store();
    let pages = env.path("man");
    fs::create_dir(&pages).unwrap();
    let plain = env.write("plain", "mine");
    let linked = env.write("linked", "mine");
    for file in [&plain, &linked] {
        set_mode(file, 0o600);
    }
    symlink(&plain, pages.join("tokenctl.1")).unwrap();
    fs::hard_link(&linked, pages.join("tokenctl-list.1")).unwrap();
    env.run("man man").succeeds();
    for file in [&plain, &linked] {
        let metadata = fs::metadata(file).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_to_string(file).unwrap(), "mine");
    }
    for name in ["tokenctl.1", "tokenctl-list.1", "tokenctl-user.1"] {
        let metadata = fs::symlink_metadata(pages.join(name)).unwrap();
        assert!(metadata.is_file());
        assert_eq!(metadata.permissions().mode() & 0o777, 0o644);
    }
}

#[test]
fn store_without_a_name_is_not_the_default_one() {
    let env = TestEnv::without_store();
    assert_snapshot!(env.run_with("list --store", ""), @"
    ------- stderr -------
    error: the name of the store is empty
    hint: pass `--store PATH`
    [exit status: 2]
    ");
}

#[test]
fn hint_names_the_whole_command() {
    let env = TestEnv::new();
    assert_snapshot!(env.run("policy explain p.json --method="), @"
    ------- stderr -------
    error: bad value for `--method <METHOD>`: a name is expected, and this one is empty
    hint: try 'tokenctl policy explain --help'
    [exit status: 2]
    ");
}

#[test]
fn verbose_command_tells_its_configuration_its_store_and_its_steps() {
    let env = TestEnv::new();
    assert_snapshot!(env.run("list -v"), @"
    ------- stderr -------
     INFO there is no configuration
     INFO opened the store path=[dir]/tokens.db
    0 tokens
    [exit status: 0]
    ");
    env.configure("timeout = \"5s\"\n");
    assert_snapshot!(env.run("user add bob -vv"), @"
    name         bob
    state        active
    created_at   [time]
    disabled_at  -
    ------- stderr -------
     INFO read the configuration file=[dir]/home/.config/tokenctl/config.toml
    DEBUG opened a connection that reads medium=Writable
     INFO opened the store path=[dir]/tokens.db
    DEBUG waiting for the turn to write
    DEBUG opened a connection that writes
    DEBUG committed
    DEBUG made changes changes=1 tokens=0 mode=Commit
    Added user bob
    [exit status: 0]
    ");
    assert_snapshot!(env.run("check -v"), @"
    ------- stderr -------
     INFO read the configuration file=[dir]/home/.config/tokenctl/config.toml
     INFO checking the store path=[dir]/tokens.db
    Nothing is wrong with the store: 0 tokens and 2 events.
    [exit status: 0]
    ");
    assert_eq!(env.run("user show bob -vv -q").stderr, "");
}
