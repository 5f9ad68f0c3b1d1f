//! The layer that lets requests with a good token or a good session through.

use std::pin::Pin;
use std::task::{Context, Poll};

use http::header::COOKIE;
use http::{HeaderMap, Request, Response};
use tower_layer::Layer;
use tower_service::Service;
use tower_sessions_core::Session;

use super::{AuthSession, Remembered, SessionStoreError};
use crate::http::reply::Reply;
use crate::http::{RequireToken, add_headers, hide};

/// A [`RequireToken`] whose logins last across requests; see [the module](super) for what that means.
///
/// It needs a [`Session`] in the extensions of each request, where the `SessionManagerLayer` of tower-sessions puts it,
/// and adds an [`AuthSession`].
#[derive(Clone, Debug)]
#[must_use]
pub struct RequireLogin {
    layer: RequireToken,
}

impl RequireToken {
    /// Lets logins last across requests, in the sessions of tower-sessions.
    pub fn sessions(self) -> RequireLogin {
        RequireLogin { layer: self }
    }
}

impl RequireLogin {
    /// Decides about a request as [`RequireToken`] does, and has the session follow before the service behind acts.
    async fn admit<B>(&self, request: &mut Request<B>) -> Result<HeaderMap, Box<Reply>> {
        let Some(session) = request.extensions().get::<Session>().cloned() else {
            tracing::error!(
                "there is no session: a layer of tower-sessions must stand outside of `RequireLogin`"
            );
            return Err(Box::new(Reply::misconfigured()));
        };
        let session = AuthSession::from(session);
        let mut remembered = Remembered::read(&session).await.map_err(unavailable)?;
        let admitted = self.layer.admit(request, &mut remembered);
        remembered.write(&session).await.map_err(unavailable)?;
        request.extensions_mut().insert(session);
        hide(request.headers_mut(), COOKIE);
        admitted
    }
}

fn unavailable(error: SessionStoreError) -> Box<Reply> {
    let error: &dyn std::error::Error = &error;
    tracing::error!(error, "a session could not be read or written");
    Box::new(Reply::unavailable())
}

impl<S> Layer<S> for RequireLogin {
    type Service = RequireLoginService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        RequireLoginService {
            inner,
            layer: self.clone(),
        }
    }
}

/// The service that [`RequireLogin`] makes of another one.
#[derive(Clone, Debug)]
pub struct RequireLoginService<S> {
    inner: S,
    layer: RequireLogin,
}

impl<S, B, R> Service<Request<B>> for RequireLoginService<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
    R: From<String>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        // The service that was polled ready goes along with the request; its clone waits to be polled for the next.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let layer = self.layer.clone();
        Box::pin(async move {
            let headers = match layer.admit(&mut request).await {
                Ok(headers) => headers,
                Err(reply) => return Ok(reply.into_response()),
            };
            let mut response = inner.call(request).await?;
            add_headers(&mut response, &headers);
            Ok(response)
        })
    }
}
