//! `tokenctl policy`.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

use insta::assert_snapshot;

use crate::harness::{TestEnv, set_mode};

const CATALOGUE: &str = r#"
[catalogue]
mode = "closed"

[catalogue.resources.review]
path = "/api/review-requests/{parent}/reviews/{id}"
methods = ["GET", "DELETE"]

[catalogue.resources.user]
path = "/api/users/{id}"
methods = ["GET"]
"#;

#[test]
fn check_tells_every_fault_with_its_place() {
    let env = TestEnv::without_store();
    env.write(
        "bad.json",
        "{\n  \"resources\": {\n    \"*\": {\"allow\": [\"get\"], \"deny\": []},\n    \"review\": {\"42\": {}}\n  },\n  \"note\": 1\n}\n",
    );
    assert_snapshot!(env.run("policy check bad.json"), @r#"
    line  column  pointer               message
    4     22      /resources/review/42  The "resources.review.42" section must have "allow" and/or "block" rules.
    3     21      /resources/*/allow/0  "get" in the "resources.*" section's "allow" rule must be in upper case.
    3     29      /resources/*/deny     "deny" is not a valid key of the "resources.*" section.
    6     3       /note                 "note" is not a valid key of the policy.
    ------- stderr -------
    bad.json: 4 faults
    [exit status: 65]
    "#);
    assert_snapshot!(env.run("policy check bad.json --format jsonl"), @r#"
    {"line":4,"column":22,"pointer":"/resources/review/42","message":"The \"resources.review.42\" section must have \"allow\" and/or \"block\" rules."}
    {"line":3,"column":21,"pointer":"/resources/*/allow/0","message":"\"get\" in the \"resources.*\" section's \"allow\" rule must be in upper case."}
    {"line":3,"column":29,"pointer":"/resources/*/deny","message":"\"deny\" is not a valid key of the \"resources.*\" section."}
    {"line":6,"column":3,"pointer":"/note","message":"\"note\" is not a valid key of the policy."}
    ------- stderr -------
    bad.json: 4 faults
    [exit status: 65]
    "#);
    env.write(
        "good.json",
        r#"{"resources": {"*": {"allow": ["GET"], "block": ["*"]}}}"#,
    );
    assert_snapshot!(env.run("policy check good.json"), @"
    ------- stderr -------
    good.json: 0 faults
    [exit status: 0]
    ");
    assert_eq!(
        env.run("policy check good.json --json").succeeds().stdout,
        "[]\n"
    );
    assert_snapshot!(env.run_with_stdin("policy check -", "{\n  \"resources\": {,}\n}"), @"
    line  column  pointer  message
    2     17               The policy is not valid JSON: key must be a string.
    ------- stderr -------
    stdin: 1 fault
    [exit status: 65]
    ");
    assert_snapshot!(env.run_with_stdin("policy check -", b"{\xff}"), @"
    ------- stderr -------
    error: stdin: the policy is not UTF-8 text
    [exit status: 65]
    ");
    assert_snapshot!(env.run("policy check gone.json"), @"
    ------- stderr -------
    error: failed to read `gone.json`: No such file or directory (os error 2)
    hint: nothing was done: name a file that can be read
    [exit status: 66]
    ");
    env.run("policy check").exits(2);
}

#[test]
fn check_knows_the_catalogue_of_the_configuration() {
    let env = TestEnv::without_store();
    env.configure(CATALOGUE);
    env.write(
        "policy.json",
        r#"{"resources": {"reveiw": {"*": {"block": ["*"]}}, "user": {"7": {"block": ["DELETE"]}}}}"#,
    );
    assert_snapshot!(env.run("policy check policy.json"), @r#"
    line  column  pointer                    message
    1     16      /resources/reveiw          "reveiw" is not a valid resource policy ID. Did you mean "review"?
    1     76      /resources/user/7/block/0  "DELETE" in the "resources.user.7" section is not offered by "user", which has GET.
    ------- stderr -------
    policy.json: 2 faults
    [exit status: 65]
    "#);
    env.run("init").succeeds();

    // With faults of other kinds, in the order of the ancestor.
    env.write(
        "policy.json",
        r#"{"resources": {"nope": {"*": {"allow": ["PUT"]}}, "review": {"*": {"allow": []}}}}"#,
    );
    assert_snapshot!(env.run("policy check policy.json"), @r#"
    line  column  pointer                    message
    1     16      /resources/nope            "nope" is not a valid resource policy ID.
    1     77      /resources/review/*/allow  The "resources.review.*" section's "allow" rule must not be empty.
    ------- stderr -------
    policy.json: 2 faults
    [exit status: 65]
    "#);
}

#[test]
fn method_is_explained_as_it_is_written() {
    let env = TestEnv::without_store();
    env.write(
        "policy.json",
        r#"{"resources": {"*": {"block": ["DELETE"]}}}"#,
    );
    env.run("policy explain policy.json --method DELETE")
        .exits(14);
    assert_snapshot!(env.run("policy explain policy.json --method delete"), @"
    allowed no rule: allowed by default
    ------- stderr -------
    warning: `delete` is not the method of a request; rules are compared with it as it is written
    /resources/*: has no opinion
    no rule: allowed by default
    [exit status: 0]
    ");
}

#[test]
fn policy_that_does_not_fit_the_catalogue_is_given_to_no_token() {
    let env = TestEnv::new();
    let token = env.issue("--full-access");
    env.configure(CATALOGUE);
    env.write(
        "policy.json",
        r#"{"resources": {"reveiw": {"*": {"block": ["*"]}}}}"#,
    );
    assert_snapshot!(env.run(&format!("restrict {} --policy policy.json", token.id)), @r#"
    ------- stderr -------
    error: policy.json:1:16 (/resources/reveiw): "reveiw" is not a valid resource policy ID. Did you mean "review"?
    hint: nothing was done: mend the policy
    [exit status: 65]
    "#);
    env.run("issue alice --policy policy.json").exits(65);
    for rule in ["--block reveiw:GET", "--allow user:DELETE"] {
        let refused = env.run(&format!("restrict {} {rule}", token.id)).exits(2);
        assert!(refused.stderr.contains("bad rule: "), "{refused}");
    }
    env.run(&format!("restrict {} --block review:GET", token.id))
        .succeeds();
}

#[test]
fn lint_finds_and_mends() {
    let env = TestEnv::without_store();
    let path = env.write("loose.json", r#"{"resources": {"*": {"allow": ["get"]}}}"#);
    set_mode(&path, 0o640);
    assert_snapshot!(env.run("policy lint loose.json"), @r#"
    code                 pointer               message                                                               fix
    wrong-case           /resources/*/allow/0  "get" is not in upper case, and matches nothing.                      Write `GET`.
    allow-without-block  /resources/*/allow    Only these methods seem to be meant, but all others are allowed too.  Add `"block": ["*"]` beside it.
    full-access                                This allows everything.                                               Write `{}` if that is meant, or block something.
    ------- stderr -------
    loose.json: 3 findings
    [exit status: 0]
    "#);
    assert_snapshot!(env.run("policy lint loose.json --exit-code --json"), @r#"
    [
      {
        "code": "wrong-case",
        "pointer": "/resources/*/allow/0",
        "message": "\"get\" is not in upper case, and matches nothing.",
        "fix": "Write `GET`."
      },
      {
        "code": "allow-without-block",
        "pointer": "/resources/*/allow",
        "message": "Only these methods seem to be meant, but all others are allowed too.",
        "fix": "Add `\"block\": [\"*\"]` beside it."
      },
      {
        "code": "full-access",
        "pointer": "",
        "message": "This allows everything.",
        "fix": "Write `{}` if that is meant, or block something."
      }
    ]
    [exit status: 17]
    "#);
    assert_snapshot!(env.run("policy lint loose.json --fix"), @r#"
    ------- stderr -------
    /resources/*/allow/0: "get" is not in upper case, and matches nothing. Write `GET`.
    /resources/*/allow: Only these methods seem to be meant, but all others are allowed too. Add `"block": ["*"]` beside it.
    the policy: This allows everything. Write `{}` if that is meant, or block something.
    loose.json: 3 findings, 0 left
    [exit status: 0]
    "#);
    assert_snapshot!(fs::read_to_string(&path).unwrap(), @r#"{"resources":{"*":{"allow":["GET"],"block":["*"]}}}"#);
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o640, "the mode is kept");
    env.run("policy check loose.json").succeeds();
    assert_snapshot!(env.run("policy lint loose.json --exit-code"), @"
    ------- stderr -------
    loose.json: 0 findings
    [exit status: 0]
    ");
    let names: Vec<_> = fs::read_dir(env.path("."))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .filter(|name| name != "home" && name != "tmp")
        .collect();
    assert_eq!(names, ["loose.json"], "nothing is left beside it");
}

#[test]
fn lint_reads_stdin_and_writes_stdout() {
    let env = TestEnv::without_store();
    let loose = r#"{"resources": {"*": {"allow": ["get"]}}}"#;
    let told = env.run_with_stdin("policy lint --fix -", loose);
    assert_snapshot!(told, @r#"
    {"resources":{"*":{"allow":["GET"],"block":["*"]}}}
    ------- stderr -------
    /resources/*/allow/0: "get" is not in upper case, and matches nothing. Write `GET`.
    /resources/*/allow: Only these methods seem to be meant, but all others are allowed too. Add `"block": ["*"]` beside it.
    the policy: This allows everything. Write `{}` if that is meant, or block something.
    stdin: 3 findings, 0 left
    [exit status: 0]
    "#);
    let again = env.run_with_stdin("policy lint --exit-code -", &told.stdout);
    assert_eq!(again.exit, 0, "{again}");
    env.run_with_stdin("policy lint --exit-code -", loose)
        .exits(17);
    assert_snapshot!(env.run_with_stdin("policy lint -", "[]"), @"
    ------- stderr -------
    error: stdin:1:1: The policy must be a JSON object.
    hint: a token with such a policy may do nothing; `tokenctl restrict ID --policy FILE --allow-widening` replaces it
    [exit status: 65]
    ");
    env.run("policy lint --fix --exit-code -").exits(2);
}

#[test]
fn lint_leaves_a_file_alone_that_it_cannot_mend() {
    let env = TestEnv::without_store();
    let good = "{\n  \"resources\": {\"*\": {\"allow\": [\"GET\"], \"block\": [\"*\"]}}\n}\n";
    let open = "{\"resources\": {\"*\": {\"allow\": [\"*\"]}}}";
    for (text, left) in [(good, "0 findings, 0 left"), (open, "1 finding, 1 left")] {
        let path = env.write("policy.json", text);
        let before = fs::metadata(&path).unwrap().ino();
        let told = env.run("policy lint --fix policy.json").succeeds();
        assert!(told.stderr.contains(left), "{told}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
        assert_eq!(fs::metadata(&path).unwrap().ino(), before);
    }
}

#[test]
fn lint_mends_no_link() {
    let env = TestEnv::without_store();
    let loose = r#"{"resources": {"*": {"allow": ["get"]}}}"#;
    let path = env.write("loose.json", loose);
    std::os::unix::fs::symlink(&path, env.path("link.json")).unwrap();
    assert_snapshot!(env.run("policy lint --fix link.json"), @"
    ------- stderr -------
    error: `link.json` is not a regular file
    [exit status: 2]
    ");
    assert_eq!(fs::read_to_string(&path).unwrap(), loose);
}

#[test]
fn explain_puts_a_policy_into_words_or_decides() {
    let env = TestEnv::new();
    env.write(
        "policy.json",
        r#"{"resources": {"*": {"allow": ["GET"], "block": ["*"]}, "review": {"42": {"block": ["GET"]}}}}"#,
    );
    assert_snapshot!(env.run("policy explain policy.json"), @"
    review 42: GET is refused, anything else as the rules below say
    otherwise: GET, nothing else
    [exit status: 0]
    ");
    assert_snapshot!(env.run("policy explain policy.json --resource review --id 42"), @"
    refused /resources/review/42/block/0
    ------- stderr -------
    /resources/review/42: refused by /resources/review/42/block/0
    [exit status: 14]
    ");
    assert_snapshot!(env.run("policy explain policy.json --method GET"), @"
    allowed /resources/*/allow/0
    ------- stderr -------
    /resources/*: allowed by /resources/*/allow/0
    [exit status: 0]
    ");
    assert_snapshot!(env.run("policy explain policy.json --method PUT --resource review --id 7 --json"), @r#"
    {
      "allowed": false,
      "consulted": [
        {
          "opinion": "missing",
          "pointer": "/resources/review/7",
          "rule": null
        },
        {
          "opinion": "missing",
          "pointer": "/resources/review/*",
          "rule": null
        },
        {
          "opinion": "refused",
          "pointer": "/resources/*",
          "rule": "/resources/*/block/0"
        }
      ],
      "rule": "/resources/*/block/0"
    }
    [exit status: 14]
    "#);
    env.run_with_stdin("policy explain - --method PUT", "{}")
        .succeeds();
    let token = env.issue("--policy policy.json");
    let of_token = env
        .run(&format!("policy explain --token {}", token.id))
        .succeeds();
    assert_eq!(
        of_token.stdout,
        env.run("policy explain policy.json").stdout
    );
    env.run(&format!("policy explain --token {} --method PUT", token.id))
        .exits(14);
    env.sql("UPDATE token SET policy = '[]'");
    assert_snapshot!(env.run(&format!("policy explain --token {}", token.id)), @"
    ------- stderr -------
    error: token [id]:1:1: The policy must be a JSON object.
    hint: a token with such a policy may do nothing; `tokenctl restrict ID --policy FILE --allow-widening` replaces it
    [exit status: 65]
    ");
    assert_snapshot!(env.run_with_stdin("policy explain -", "[]"), @"
    ------- stderr -------
    error: stdin:1:1: The policy must be a JSON object.
    hint: a token with such a policy may do nothing; `tokenctl restrict ID --policy FILE --allow-widening` replaces it
    [exit status: 65]
    ");
    env.run("policy explain").exits(2);
    env.run("policy explain policy.json --id 42").exits(2);
    env.run("policy explain --token zzzz").exits(3);
}

#[test]
fn policy_that_no_token_is_given_is_told_as_such() {
    let env = TestEnv::empty();
    env.write("good.json", "{}");
    env.write(
        "bad.json",
        r#"{"resources": {"*": {"allow": ["GET", 7]}}, "typo": 1}"#,
    );
    env.run("policy check bad.json").exits(65);
    assert_snapshot!(env.run("policy explain bad.json"), @r#"
    everything, not only GET: no rule blocks the rest
    ------- stderr -------
    warning: no token is given such a policy: bad.json:1:39 (/resources/*/allow/1): Each item of the "resources.*" section's "allow" rule must be a string.
    hint: `tokenctl policy check` tells all that is wrong with it
    [exit status: 0]
    "#);
    assert_snapshot!(env.run("policy diff good.json bad.json"), @r#"
    ------- stderr -------
    warning: no token is given such a policy: bad.json:1:39 (/resources/*/allow/1): Each item of the "resources.*" section's "allow" rule must be a string.
    hint: `tokenctl policy check` tells all that is wrong with it
    0 differences
    [exit status: 0]
    "#);
    let told = env.run("policy explain good.json");
    assert_eq!(told.succeeds().stderr, "");
    assert_eq!(env.run("policy explain bad.json -q").stderr, "");
}

#[test]
fn unreadable_policy_is_told_with_its_place() {
    let env = TestEnv::without_store();
    env.write("shape.json", "{\"resources\": {\n  \"review\": []}}");
    env.write("text.json", "{\"resources\":\n {]}");
    assert_snapshot!(env.run("policy explain shape.json"), @r#"
    ------- stderr -------
    error: shape.json:2:13 (/resources/review): The "resources.review" section must be a JSON object.
    hint: a token with such a policy may do nothing; `tokenctl restrict ID --policy FILE --allow-widening` replaces it
    [exit status: 65]
    "#);
    assert_snapshot!(env.run("policy lint text.json"), @"
    ------- stderr -------
    error: text.json:2:3: The policy is not valid JSON: key must be a string.
    hint: a token with such a policy may do nothing; `tokenctl restrict ID --policy FILE --allow-widening` replaces it
    [exit status: 65]
    ");
    assert_snapshot!(env.run("policy diff shape.json text.json"), @r#"
    ------- stderr -------
    error: shape.json:2:13 (/resources/review): The "resources.review" section must be a JSON object.
    hint: a token with such a policy may do nothing; `tokenctl restrict ID --policy FILE --allow-widening` replaces it
    [exit status: 65]
    "#);
}

#[test]
fn diff_shows_what_only_one_allows() {
    let env = TestEnv::without_store();
    env.write(
        "old.json",
        r#"{"resources": {"review": {"42": {"block": ["DELETE"]}}}}"#,
    );
    env.write("new.json", r#"{"resources": {"*": {"block": ["PUT"]}}}"#);
    env.write(
        "same.json",
        r#"{"resources": {"review": {"42": {"allow": ["GET"], "block": ["DELETE"]}}}}"#,
    );
    assert_snapshot!(env.run("policy diff old.json new.json"), @"
    access                           before   after    rule_before                   rule_after
    DELETE on review 42              refused  allowed  /resources/review/42/block/0  -
    PUT on review 42                 allowed  refused  -                             /resources/*/block/0
    PUT on review, any other object  allowed  refused  -                             /resources/*/block/0
    PUT on any other resource        allowed  refused  -                             /resources/*/block/0
    ------- stderr -------
    4 differences
    [exit status: 17]
    ");
    assert_snapshot!(env.run("policy diff old.json same.json"), @"
    ------- stderr -------
    0 differences
    [exit status: 0]
    ");
    let told = env
        .run_with_stdin("policy diff old.json - --json", "{}")
        .exits(17);
    assert_eq!(told.column("access"), ["DELETE on review 42"]);
    assert_snapshot!(env.run("policy diff - -"), @"
    ------- stderr -------
    error: only one of the two policies can come from stdin
    [exit status: 2]
    ");
    env.run("policy diff old.json gone.json").exits(66);
    env.run_with_stdin("policy diff old.json -", "[]").exits(65);
}

#[test]
fn table_of_expectations_is_checked() {
    let env = TestEnv::without_store();
    fs::create_dir(env.path("ci")).unwrap();
    env.write(
        "ci/deploy.json",
        r#"{"resources": {"*": {"allow": ["GET"], "block": ["*"]}}}"#,
    );
    env.write(
        "ci/good.toml",
        "policy = \"deploy.json\"\n\n[expect]\n\"GET review 42\" = \"allow\"\n\"DELETE\" = \"deny\"\n",
    );
    assert_snapshot!(env.run("policy test ci/good.toml"), @"
    ------- stderr -------
    2 expectations: 2 passed, 0 failed
    [exit status: 0]
    ");
    env.write(
        "ci/bad.json",
        r#"{"policy": "deploy.json", "expect": {"GET": "allow", "PUT review 42": "allow", "DELETE user": "deny"}}"#,
    );
    assert_snapshot!(env.run("policy test ci/bad.json"), @"
    access         expected  actual  rule
    PUT review 42  allow     deny    /resources/*/block/0
    ------- stderr -------
    3 expectations: 2 passed, 1 failed
    [exit status: 17]
    ");
    assert_snapshot!(env.run("policy test ci/bad.json --json"), @r#"
    [
      {
        "access": "PUT review 42",
        "expected": "allow",
        "actual": "deny",
        "rule": "/resources/*/block/0"
      }
    ]
    [exit status: 17]
    "#);
    env.write("other.json", "{}");
    assert_snapshot!(env.run("policy test ci/good.toml --policy other.json"), @"
    access  expected  actual  rule
    DELETE  deny      allow   -
    ------- stderr -------
    2 expectations: 1 passed, 1 failed
    [exit status: 17]
    ");
}

#[test]
fn table_that_is_none_is_bad_data() {
    let env = TestEnv::without_store();
    env.write("deploy.json", "{}");
    let cases = [
        (
            "syntax.toml",
            "policy = \"deploy.json\"\n[expect]\nGET review = \n",
        ),
        (
            "syntax.json",
            "{\"policy\": \"deploy.json\",\n \"expect\": {\"GET\": 1}}",
        ),
        (
            "key.toml",
            "policy = \"deploy.json\"\nexpects = 1\n[expect]\nGET = \"allow\"\n",
        ),
        ("empty.toml", "policy = \"deploy.json\"\n[expect]\n"),
        (
            "answer.toml",
            "policy = \"deploy.json\"\n[expect]\nGET = \"yes\"\n",
        ),
        (
            "case.toml",
            "policy = \"deploy.json\"\n[expect]\nDELETE = \"deny\"\n\"get x\" = \"allow\"\n",
        ),
        (
            "star.toml",
            "policy = \"deploy.json\"\n[expect]\n\"GET *\" = \"allow\"\n",
        ),
    ];
    let mut told = String::new();
    for (name, text) in cases {
        env.write(name, text);
        let output = env.run(&format!("policy test {name}")).exits(65);
        assert_eq!(output.stdout, "", "{name}: an answer that is none");
        for format in ["json", "jsonl"] {
            let output = env.run(&format!("policy test {name} --format {format}"));
            assert_eq!((output.exit, output.stdout.as_str()), (65, ""), "{name}");
        }
        told.push_str(&output.stderr);
    }
    assert_snapshot!(told, @r#"
    error: syntax.toml:3: the table of expectations is not understood
    hint: `policy = "FILE"`, then under `[expect]` lines such as "GET review 42" = "allow"
    error: syntax.json:2:20: the table of expectations is not understood
    hint: `policy = "FILE"`, then under `[expect]` lines such as "GET review 42" = "allow"
    error: key.toml:2: the table of expectations is not understood
    hint: `policy = "FILE"`, then under `[expect]` lines such as "GET review 42" = "allow"
    error: empty.toml: nothing is expected
    hint: under `[expect]`, write lines such as "GET review 42" = "allow"
    error: answer.toml: `GET`: an expectation ends in `= allow` or `= deny`
    hint: such as "GET review 42" = "allow"
    error: case.toml: `get x`: the method is not in upper case
    hint: such as "GET review 42" = "allow"
    error: star.toml: `GET *`: `*` is no single access: leave it out, or name one
    hint: such as "GET review 42" = "allow"
    "#);
    let failing: Vec<String> = (0..9_000)
        .map(|id| format!("\"GET review {id}\" = \"deny\"\n"))
        .collect();
    let text = format!(
        "policy = \"deploy.json\"\n[expect]\n{}get = \"deny\"\n",
        failing.concat()
    );
    env.write("long.toml", &text);
    let output = env.run("policy test long.toml --format jsonl").exits(65);
    assert_eq!(output.stdout, "", "half an answer");
    env.write("none.toml", "[expect]\nGET = \"allow\"\n");
    assert_snapshot!(env.run("policy test none.toml"), @r#"
    ------- stderr -------
    error: the table names no policy
    hint: write `policy = "FILE"` into it, or pass `--policy FILE`
    [exit status: 2]
    "#);
    env.write(
        "gone.toml",
        "policy = \"gone.json\"\n[expect]\nGET = \"allow\"\n",
    );
    assert_snapshot!(env.run("policy test gone.toml"), @"
    ------- stderr -------
    error: failed to read `gone.json`: No such file or directory (os error 2)
    hint: nothing was done: name a file that can be read
    [exit status: 66]
    ");
    env.run("policy test nothing.toml").exits(66);
    assert_snapshot!(env.run("policy test - --policy -"), @"
    ------- stderr -------
    error: only one of table and policy can come from stdin
    [exit status: 2]
    ");
    let table = "[expect]\nGET = \"allow\"\n";
    env.run_with_stdin("policy test - --policy deploy.json", table)
        .succeeds();
}

#[test]
fn presets_are_listed() {
    let env = TestEnv::without_store();
    assert_snapshot!(env.run("policy presets"), @r#"
    name         description                                             policy
    read-only    GET, HEAD and OPTIONS on everything, and nothing else.  {"resources":{"*":{"allow":["GET","HEAD","OPTIONS"],"block":["*"]}}}
    no-delete    Everything but DELETE.                                  {"resources":{"*":{"block":["DELETE"]}}}
    full-access  Everything that the user may do.                        {}
    [exit status: 0]
    "#);
    let presets = env.run("policy presets --json").succeeds().json();
    for preset in presets.as_array().unwrap() {
        let text = preset["policy"].to_string();
        env.run_with_stdin("policy check -", text).succeeds();
    }
}

#[test]
fn files_of_the_store_are_no_policies() {
    let env = TestEnv::new();
    let link = env.path("link.json");
    fs::hard_link(env.store(), &link).unwrap();
    assert_snapshot!(env.run("policy check tokens.db"), @"
    ------- stderr -------
    error: `tokens.db` is a file of the store
    hint: name another file
    [exit status: 2]
    ");
    for line in [
        "policy check link.json",
        "policy lint tokens.db --fix",
        "policy explain tokens.db",
        "policy diff tokens.db tokens.db",
        "policy test tokens.db",
    ] {
        env.run(line).exits(2);
    }
    fs::remove_file(link).unwrap();
    env.run("list").succeeds();
}
