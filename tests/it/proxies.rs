//! Real proxies with the configurations that are printed for them, each before a service and beside the real
//! `tokenctl serve`.

mod service;
mod stack;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use tokenctl::http::profile::{
    METHOD_OVERRIDES, Original, Profile, TARGET_OVERRIDES, TOKEN_ID_HEADER, USER_HEADER,
};

use self::service::{Seen, listen};
use self::stack::{Proxy, Stack, send};
use crate::harness::{IssuedToken, TestEnv};

fn credentials(token: &IssuedToken) -> String {
    format!("Authorization: {}", token.header())
}

/// Returns every way to write `name` with `_` for some of its `-`.
fn spellings(name: &str) -> Vec<String> {
    let hyphens: Vec<usize> = name.match_indices('-').map(|(place, _)| place).collect();
    let spelt = |choice: usize| {
        let mut bytes = name.as_bytes().to_vec();
        for (bit, place) in hyphens.iter().enumerate() {
            if choice >> bit & 1 == 1 {
                bytes[*place] = b'_';
            }
        }
        String::from_utf8(bytes).unwrap()
    };
    (0..1 << hyphens.len()).map(spelt).collect()
}

#[track_caller]
fn assert_identity(seen: &Seen, token: &IssuedToken) {
    assert_eq!(seen.by_any_spelling(USER_HEADER), ["alice"]);
    assert_eq!(seen.by_any_spelling(TOKEN_ID_HEADER), [&token.id]);
}

#[test]
fn good_token_reaches_the_service_with_its_identity_and_without_the_secret() {
    for proxy in Proxy::installed() {
        let stack = Stack::start(proxy);
        let token = stack.env.issue("--full-access");
        for scheme in ["token", "Bearer"] {
            let header = format!("Authorization: {scheme} {}", token.secret);
            let answer = stack.ask("GET /hello", &[header]);
            assert_eq!(answer.status, 200, "{proxy:?}: {}", stack.logs());
            assert_eq!(answer.body, b"served");
            let asked = stack.service.asked_once();
            assert_identity(&asked, &token);
            let all = format!("{asked:?}");
            assert!(!all.contains(&token.secret), "{proxy:?}: {all}");
        }
    }
}

#[test]
fn service_gets_method_target_and_body_as_they_were_sent() {
    for proxy in Proxy::installed() {
        let stack = Stack::start(proxy);
        let token = stack.env.issue("--full-access");
        for (request, body) in [
            ("POST /a", "body"),
            ("DELETE /a/?x=%2F..&y=", ""),
            ("PUT /%E2%82%AC/a%20b?q", "{}"),
            ("REPORT /a", ""),
        ] {
            let mut client = stack.connect();
            let answer = send(&mut client, request, &[credentials(&token)], body);
            assert_eq!(answer.status, 200, "{proxy:?}: {request}");
            let asked = stack.service.asked_once();
            assert_eq!(asked.line, format!("{request} HTTP/1.1"), "{proxy:?}");
            assert_eq!(asked.body, body.as_bytes(), "{proxy:?}: {request}");
        }
    }
}

#[test]
fn no_and_bad_credentials_are_challenged() {
    for proxy in Proxy::installed() {
        let stack = Stack::start(proxy);
        let revoked = stack.env.issue("--full-access");
        stack
            .env
            .run(&format!("revoke {} --yes", revoked.id))
            .succeeds();
        for headers in [
            vec![],
            vec!["Authorization: token".to_owned()],
            vec!["Authorization: token tkc_0123456789_garbage".to_owned()],
            vec!["Authorization: Digest username=alice".to_owned()],
            vec![format!("X-Authorization: {}", revoked.header())],
            vec![credentials(&revoked)],
        ] {
            let answer = stack.ask("GET /", &headers);
            assert_eq!(answer.status, 401, "{proxy:?}: {headers:?}");
            let is_challenge = |(name, value): &(String, String)| {
                name == "www-authenticate" && value.starts_with("token realm=")
            };
            assert!(answer.headers.iter().any(is_challenge), "{answer:?}");
            assert_ne!(answer.body, b"served");
            stack.service.was_not_asked();
        }
    }
}

#[test]
fn policy_refuses_with_403() {
    for proxy in Proxy::installed() {
        let stack = Stack::start(proxy);
        let token = stack.env.issue("--read-only");
        for request in ["POST /", "DELETE /a/b", "PUT /?GET"] {
            let answer = stack.ask(request, &[credentials(&token)]);
            assert_eq!(answer.status, 403, "{proxy:?}: {request}");
            stack.service.was_not_asked();
        }
        assert_eq!(stack.ask("GET /", &[credentials(&token)]).status, 200);
    }
}

#[test]
fn probe_of_a_deployed_proxy_passes() {
    for proxy in Proxy::installed() {
        let stack = Stack::start(proxy);
        let line = format!("probe http://{}/", stack.front);
        let output = stack.env.run(&line);
        assert_eq!(output.exit, 0, "{proxy:?}: {}", output.all());
    }
}

#[test]
fn identity_headers_of_clients_do_not_reach_the_service() {
    for proxy in Proxy::installed() {
        let stack = Stack::start(proxy);
        let token = stack.env.issue("--full-access");
        for name in [USER_HEADER, TOKEN_ID_HEADER] {
            for spelling in spellings(name) {
                let forms = [spelling.to_lowercase(), spelling.to_uppercase(), spelling];
                let mut headers = vec![credentials(&token)];
                headers.extend(forms.map(|form| format!("{form}: mallory")));
                let answer = stack.ask("GET /", &headers);
                assert_eq!(answer.status, 200, "{proxy:?}: {headers:?}");
                let asked = stack.service.asked_once();
                assert_identity(&asked, &token);
                assert!(!format!("{asked:?}").contains("mallory"), "{proxy:?}");
            }
        }
    }
}

#[test]
fn identity_headers_named_as_hop_by_hop_are_kept() {
    for proxy in Proxy::installed() {
        let stack = Stack::start(proxy);
        let token = stack.env.issue("--full-access");
        for connection in [
            "X-Auth-User, X-Auth-Token-Id",
            "close, x-auth-user",
            "keep-alive, X-AUTH-TOKEN-ID, x_auth_user",
        ] {
            let hop = format!("Connection: {connection}");
            let spoof = "X-Auth-User: mallory".to_owned();
            let answer = stack.ask("GET /", &[credentials(&token), hop, spoof]);
            assert_eq!(answer.status, 200, "{proxy:?}: {connection}");
            assert_identity(&stack.service.asked_once(), &token);
        }
    }
}

#[test]
fn question_cannot_be_thinned_by_naming_headers_as_hop_by_hop() {
    for proxy in Proxy::installed() {
        let stack = Stack::start(proxy);
        let token = stack.env.issue("--read-only");
        for name in [
            "X-Forwarded-Method",
            "X-Original-Method",
            "X-Forwarded-Uri",
            "X-Forwarded-For",
        ] {
            let hop = format!("Connection: close, {name}");
            let status = stack.ask("POST /", &[credentials(&token), hop]).status;
            assert!(matches!(status, 400 | 403), "{proxy:?}: {name}: {status}");
            stack.service.was_not_asked();
        }
    }
}

/// Returns the headers in which any proxy tells of the original request, those of methods and those of targets.
fn originals() -> (Vec<&'static str>, Vec<&'static str>) {
    let both = |profile: Profile| match profile.original() {
        Original::Headers { method, uri } => Some((method, uri)),
        Original::Request => None,
    };
    Profile::ALL.into_iter().filter_map(both).unzip()
}

#[test]
fn other_method_cannot_be_claimed() {
    for proxy in Proxy::installed() {
        let stack = Stack::start(proxy);
        let token = stack.env.issue("--read-only");
        let (methods, _) = originals();
        for name in methods.into_iter().chain(METHOD_OVERRIDES) {
            for spelling in spellings(name) {
                let claim = |method: &str| format!("{spelling}: {method}");
                let answer = stack.ask("POST /", &[credentials(&token), claim("GET")]);
                assert_eq!(answer.status, 403, "{proxy:?}: {spelling}");
                stack.service.was_not_asked();
                let answer = stack.ask("GET /", &[credentials(&token), claim("DELETE")]);
                assert_eq!(answer.status, 200, "{proxy:?}: {spelling}");
                let asked = stack.service.asked_once();
                assert!(
                    !format!("{asked:?}").contains("DELETE"),
                    "{proxy:?}: {asked:?}"
                );
            }
        }
    }
}

const CATALOGUE: &str = r#"
[catalogue.resources.page]
path = "/pages/{id}"
methods = ["GET", "DELETE"]
"#;

const ONE_PAGE: &str =
    r#"{"resources": {"*": {"block": ["*"]}, "page": {"open": {"allow": ["GET"]}}}}"#;

#[test]
fn other_target_cannot_be_claimed() {
    for proxy in Proxy::installed() {
        let env = TestEnv::new();
        env.configure(CATALOGUE);
        env.write("policy.json", ONE_PAGE);
        let stack = Stack::start_in(env, proxy);
        let token = stack.env.issue("--policy policy.json");
        let (_, targets) = originals();
        for name in targets.into_iter().chain(TARGET_OVERRIDES) {
            for spelling in spellings(name) {
                let claim = |target: &str| format!("{spelling}: {target}");
                let open = claim("/pages/open");
                let answer = stack.ask("GET /pages/closed", &[credentials(&token), open]);
                assert_eq!(answer.status, 403, "{proxy:?}: {spelling}");
                stack.service.was_not_asked();
                let closed = claim("/pages/closed");
                let answer = stack.ask("GET /pages/open", &[credentials(&token), closed]);
                assert_eq!(answer.status, 200, "{proxy:?}: {spelling}");
                let asked = stack.service.asked_once();
                assert!(
                    !format!("{asked:?}").contains("closed"),
                    "{proxy:?}: {asked:?}"
                );
            }
        }
    }
}

#[test]
fn other_address_cannot_be_claimed() {
    for proxy in Proxy::installed() {
        let stack = Stack::start(proxy);
        let elsewhere = stack.env.issue("--full-access --network 198.51.100.0/24");
        let here = stack.env.issue("--full-access --network 127.0.0.0/8");
        for claim in [
            "X-Forwarded-For: 198.51.100.7",
            "X_Forwarded_For: 198.51.100.7",
            "X-Real-IP: 198.51.100.7",
            "Forwarded: for=198.51.100.7",
        ] {
            let ask = |token| stack.ask("GET /", &[credentials(token), claim.to_owned()]);
            assert_eq!(ask(&elsewhere).status, 403, "{proxy:?}: {claim}");
            stack.service.was_not_asked();
            // Envoy puts the address of its own machine in the place of loopback.
            if proxy == Proxy::Envoy {
                continue;
            }
            assert_eq!(ask(&here).status, 200, "{proxy:?}: {claim}");
            stack.service.asked_once();
        }
    }
}

#[test]
fn paths_that_can_be_read_in_two_ways_are_refused_or_put_in_one_form() {
    for proxy in Proxy::installed() {
        let env = TestEnv::new();
        env.configure(CATALOGUE);
        env.write("policy.json", ONE_PAGE);
        let stack = Stack::start_in(env, proxy);
        let token = stack.env.issue("--policy policy.json");
        for path in [
            "/pages/closed/../open",
            "/pages/open/../closed",
            "/pages/open/%2e%2e/closed",
            "/pages/open%2f..%2fclosed",
            "/pages//open",
            "//pages/open",
            "/./pages/open",
            "/pages/open;/closed",
            "/pages/open%00",
            "/PAGES/open",
            "/_tokenctl_auth",
            "/auth",
        ] {
            let answer = stack.ask(&format!("GET {path}"), &[credentials(&token)]);
            // These two take dots and double slashes out of a path before they ask about it.
            let has_one_form = matches!(proxy, Proxy::Traefik | Proxy::Envoy);
            if has_one_form && answer.status == 200 {
                let seen = stack.service.asked_once();
                assert_eq!(seen.line, "GET /pages/open HTTP/1.1", "{proxy:?}: {path}");
                continue;
            }
            assert!(
                (300..500).contains(&answer.status),
                "{proxy:?}: {path}: {answer:?}"
            );
            stack.service.was_not_asked();
        }
    }
}

#[test]
fn two_authorization_headers_are_never_accepted() {
    for proxy in Proxy::installed() {
        let stack = Stack::start(proxy);
        let token = credentials(&stack.env.issue("--full-access"));
        let other = credentials(&stack.env.issue("--full-access"));
        for second in [
            token.as_str(),
            other.as_str(),
            "Authorization: token x",
            "authorization:",
            "Authorization: Basic YTpi",
        ] {
            // Envoy drops an empty one, so that there is but one.
            if proxy == Proxy::Envoy && second == "authorization:" {
                continue;
            }
            for headers in [[token.as_str(), second], [second, token.as_str()]] {
                let answer = stack.ask("GET /", &headers.map(str::to_owned));
                assert!(
                    (400..404).contains(&answer.status),
                    "{proxy:?}: {headers:?}: {answer:?}"
                );
                stack.service.was_not_asked();
            }
        }
    }
}

#[test]
fn revoked_token_is_refused_at_the_next_request_of_the_connection() {
    for proxy in Proxy::installed() {
        let stack = Stack::start(proxy);
        let token = stack.env.issue("--full-access");
        let mut client = stack.connect();
        for _ in 0..3 {
            assert_eq!(
                send(&mut client, "GET /", &[credentials(&token)], "").status,
                200
            );
        }
        assert_eq!(stack.service.asked().len(), 3);
        stack
            .env
            .run(&format!("revoke {} --yes", token.id))
            .succeeds();
        assert_eq!(
            send(&mut client, "GET /", &[credentials(&token)], "").status,
            401
        );
        stack.service.was_not_asked();
    }
}

#[test]
fn without_the_server_nothing_passes_and_with_it_all_is_as_before() {
    for proxy in Proxy::installed() {
        let mut stack = Stack::start(proxy);
        let token = stack.env.issue("--full-access");
        let mut client = stack.connect();
        assert_eq!(
            send(&mut client, "GET /", &[credentials(&token)], "").status,
            200
        );
        stack.service.asked_once();
        stack.stop_serve();
        let status = send(&mut client, "GET /", &[credentials(&token)], "").status;
        assert!(proxy.is_closed(status), "{proxy:?}: {status}");
        for _ in 0..3 {
            let status = stack.ask("GET /", &[credentials(&token)]).status;
            assert!(proxy.is_closed(status), "{proxy:?}: {status}");
        }
        stack.service.was_not_asked();
        stack.start_serve();
        assert_eq!(stack.ask("GET /", &[credentials(&token)]).status, 200);
        assert_identity(&stack.service.asked_once(), &token);
    }
}

#[test]
fn server_on_a_socket_is_asked_alike() {
    for proxy in Proxy::installed_but(Proxy::Traefik) {
        let mut stack = Stack::start_on_socket(proxy);
        let token = stack.env.issue("--read-only");
        assert_eq!(stack.ask("GET /", &[credentials(&token)]).status, 200);
        assert_identity(&stack.service.asked_once(), &token);
        assert_eq!(stack.ask("POST /", &[credentials(&token)]).status, 403);
        assert_eq!(stack.ask("GET /", &[]).status, 401);
        stack.stop_serve();
        let status = stack.ask("GET /", &[credentials(&token)]).status;
        assert!(proxy.is_closed(status), "{proxy:?}: {status}");
        stack.service.was_not_asked();
        stack.start_serve();
        assert_eq!(stack.ask("GET /", &[credentials(&token)]).status, 200);
    }
}

/// What a server may say that is not a yes.
const ODD_ANSWERS: [&str; 10] = [
    "",
    "\r\n\r\n",
    "yes\r\n\r\n",
    "HTTP/1.1 200",
    "HTTP/1.1 200 OK\r\nX-Auth-User: alice",
    "HTTP/1.1 100 Continue\r\n\r\n",
    "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 404 Not Found\r\nX-Auth-User: alice\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n",
];

#[test]
fn odd_answers_of_a_server_are_no_yes() {
    for proxy in Proxy::installed() {
        for odd in ODD_ANSWERS {
            let address = listen(move |mut stream: TcpStream| {
                // One read takes the whole question, which is short.
                let _ = stream.read(&mut [0; 4096]);
                let _ = stream.write_all(odd.as_bytes());
            });
            let stack = Stack::before(TestEnv::new(), proxy, address.to_string());
            let status = stack.ask("GET /", &[]).status;
            assert!(status >= 300, "{proxy:?}: {odd:?}: {status}");
            stack.service.was_not_asked();
        }
    }
}

#[test]
fn server_that_does_not_answer_is_not_waited_for() {
    // Traefik waits for 30 seconds, which cannot be set.
    for proxy in Proxy::installed_but(Proxy::Traefik) {
        let address = listen(|stream| {
            thread::sleep(Duration::from_secs(60));
            drop(stream);
        });
        let stack = Stack::before(TestEnv::new(), proxy, address.to_string());
        let began = std::time::Instant::now();
        let status = stack.ask("GET /", &[]).status;
        assert!(proxy.is_closed(status), "{proxy:?}: {status}");
        assert!(began.elapsed() < Duration::from_secs(10), "{proxy:?}");
        stack.service.was_not_asked();
    }
}
