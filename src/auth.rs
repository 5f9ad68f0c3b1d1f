//! Who may log in: credentials of a request, judged against the stored tokens.

pub mod throttle;
