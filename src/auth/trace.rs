//! The way to an answer, step by step, for the operator.

use serde::Serialize;

/// What was looked at on the way to an answer, in order.
///
/// It tells more than a client may know (why a token is refused, which rule decided), so it is for the operator's eyes:
/// the command prints it, a server may log it. It holds nothing of a header or a secret.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    steps: Option<Vec<TraceStep>>,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TraceStep {
    /// What kind of thing.
    pub check: TraceCheck,
    /// Which: a backend, a token, a level of a policy.
    pub subject: String,
    /// What was found.
    pub finding: String,
}

/// The kinds of things that are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TraceCheck {
    /// The failures counted for the address.
    Throttle,
    /// Whether the header is of the scheme of a web backend.
    WebBackend,
    /// The format of the token: length, alphabet, checksum.
    Format,
    /// Whether an auth backend knows the credentials.
    AuthBackend,
    /// Revoked, rotated, suspended, expired or active.
    State,
    /// Whether the owner is disabled.
    User,
    /// Whether the token may be used from the address.
    Network,
    /// A level of the policy, or its decision.
    Policy,
}

impl TraceCheck {
    /// Returns the word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Throttle => "throttle",
            Self::WebBackend => "web backend",
            Self::Format => "format",
            Self::AuthBackend => "auth backend",
            Self::State => "state",
            Self::User => "user",
            Self::Network => "network",
            Self::Policy => "policy",
        }
    }
}

impl Trace {
    /// Makes a trace that keeps nothing and costs nothing.
    #[must_use]
    pub fn off() -> Self {
        Self::default()
    }

    /// Makes a trace that keeps each step.
    #[must_use]
    pub fn on() -> Self {
        Self {
            steps: Some(Vec::new()),
        }
    }

    /// Returns whether steps are kept.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.steps.is_some()
    }

    /// Returns the steps that were kept.
    #[must_use]
    pub fn steps(&self) -> &[TraceStep] {
        self.steps.as_deref().unwrap_or_default()
    }

    /// Keeps a step, which `tell` puts into words only when it is kept.
    pub(crate) fn note(&mut self, check: TraceCheck, tell: impl FnOnce() -> (String, String)) {
        if let Some(steps) = &mut self.steps {
            let (subject, finding) = tell();
            steps.push(TraceStep {
                check,
                subject,
                finding,
            });
        }
    }
}
