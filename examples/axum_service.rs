//! A service with two resources: a token in the header logs in, the cookie that comes back lasts as long as the token,
//! and the token's policy says what either may do.
//!
//! ```text
//! cargo run --example axum_service --features axum,session -- tokens.db 127.0.0.1:8080
//! curl -H "Authorization: token $TOKEN" -c cookies http://127.0.0.1:8080/whoami
//! curl -b cookies http://127.0.0.1:8080/api/review-requests
//! ```

use std::error::Error;
use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Path, Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use tokenctl::auth::Authenticator;
use tokenctl::auth::usage::{DEFAULT_RESOLUTION, UsageLog};
use tokenctl::catalogue::{Catalogue, CatalogueError, Entry, Mode};
use tokenctl::clock::SystemClock;
use tokenctl::http::session::{AuthSession, SessionStoreError};
use tokenctl::http::{ClientAddress, RequireToken};
use tokenctl::outcome::Login;
use tokenctl::store::{Location, OpenOptions};
use tokio::signal::unix::{SignalKind, signal};
use tower_sessions::{MemoryStore, SessionManagerLayer};

/// The review requests, by number; each is its author and its summary.
type Reviews = Arc<RwLock<Vec<String>>>;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(path), Some(address)) = (arguments.next(), arguments.next()) else {
        return Err("name the store and the address to listen on".into());
    };
    let store = Location::parse(&path)?.open(OpenOptions::default())?;
    let usage = Arc::new(UsageLog::new(Arc::clone(&store), DEFAULT_RESOLUTION));
    let _flusher = usage.flush_every(Duration::from_secs(60))?;

    let login = RequireToken::new(Arc::new(Authenticator::over(store)), Arc::new(SystemClock))
        .catalogue(Arc::new(catalogue()?))
        .usage(usage)
        .sessions();
    // In memory, sessions end with this process; a service of more than one process takes another store.
    let cookies = SessionManagerLayer::new(MemoryStore::default());
    let app = Router::new()
        .route("/whoami", get(whoami))
        .route("/api/review-requests", get(list).post(create))
        .route("/api/review-requests/{number}", get(show))
        .route("/api/users/{name}", get(user))
        .layer(login)
        // Beside the layer: whoever may only read can still log out.
        .route("/logout", post(logout))
        .layer(cookies)
        .layer(middleware::from_fn(note_address))
        .with_state(Reviews::default())
        .into_make_service_with_connect_info::<SocketAddr>();

    let mut terminate = signal(SignalKind::terminate())?;
    let listener = tokio::net::TcpListener::bind(&address).await?;
    let address = listener.local_addr()?;
    writeln!(std::io::stdout(), "listening on http://{address}")?;
    axum::serve(listener, app)
        .with_graceful_shutdown(async move { _ = terminate.recv().await })
        .await?;
    Ok(())
}

/// Says which paths are which resources of policies. It is closed: a route that is not in it is for nobody.
fn catalogue() -> Result<Catalogue, CatalogueError> {
    let resource = |name: &str, path: &str, methods: &[&str]| Entry {
        resource: name.to_owned(),
        paths: vec![path.to_owned()],
        methods: methods.iter().map(ToString::to_string).collect(),
    };
    Catalogue::new(
        Mode::Closed,
        [
            resource(
                "review-request",
                "/api/review-requests/{id:number}",
                &["GET", "POST"],
            ),
            resource("user", "/api/users/{id}", &["GET"]),
            resource("session", "/whoami", &["GET"]),
        ],
    )
}

/// Tells the layer whose address the request is from. Behind a proxy this is the proxy's.
async fn note_address(
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    request.extensions_mut().insert(ClientAddress(peer.ip()));
    next.run(request).await
}

async fn whoami(login: Login) -> String {
    match login.token {
        Some(token) => format!("{} by token {}\n", login.user, token.id),
        None => format!("{}\n", login.user),
    }
}

async fn list(State(reviews): State<Reviews>) -> String {
    let reviews = reviews.read().unwrap_or_else(PoisonError::into_inner);
    let numbered = reviews.iter().zip(1..);
    numbered
        .map(|(review, number)| format!("{number} {review}\n"))
        .collect()
}

async fn create(
    State(reviews): State<Reviews>,
    login: Login,
    summary: String,
) -> (StatusCode, String) {
    let mut reviews = reviews.write().unwrap_or_else(PoisonError::into_inner);
    reviews.push(format!("{}: {summary}", login.user));
    (StatusCode::CREATED, format!("{}\n", reviews.len()))
}

async fn show(
    State(reviews): State<Reviews>,
    Path(number): Path<usize>,
) -> Result<String, StatusCode> {
    let reviews = reviews.read().unwrap_or_else(PoisonError::into_inner);
    let review = number.checked_sub(1).and_then(|index| reviews.get(index));
    review.cloned().ok_or(StatusCode::NOT_FOUND)
}

/// The policy says which users a token may look at; that each sees only themselves is a rule of this service.
async fn user(login: Login, Path(name): Path<String>) -> Result<String, StatusCode> {
    if name != login.user.as_str() {
        return Err(StatusCode::NOT_FOUND);
    }
    Ok(format!("{name}\n"))
}

async fn logout(session: AuthSession) -> Result<&'static str, SessionStoreError> {
    session.logout().await?;
    Ok("logged out\n")
}
