//! A store of sessions that tests look into, and that fails when it is told to.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use serde_json::Value;
use tower_sessions::session::{Id, Record};
use tower_sessions::{MemoryStore, Session, SessionStore, session_store};

use crate::http::wait;

/// A store of sessions that counts what is written to it, and fails as it is told to.
#[derive(Clone, Debug, Default)]
pub(crate) struct SpyStore {
    inner: MemoryStore,
    writes: Arc<AtomicUsize>,
    failing: Arc<Mutex<&'static [&'static str]>>,
}

impl SpyStore {
    /// Has these operations fail from now on, and no others: `create`, `save`, `load`, `delete`.
    pub(crate) fn fail(&self, operations: &'static [&'static str]) {
        *self.failing.lock().unwrap() = operations;
    }

    /// Returns how often anything but `load` was asked.
    pub(crate) fn writes(&self) -> usize {
        self.writes.load(Ordering::Relaxed)
    }

    fn works(&self, operation: &str) -> session_store::Result<()> {
        if operation != "load" {
            self.writes.fetch_add(1, Ordering::Relaxed);
        }
        if self.failing.lock().unwrap().contains(&operation) {
            return Err(session_store::Error::Backend("out of order".into()));
        }
        Ok(())
    }

    /// Makes a session with `values` in it, and returns its cookie.
    pub(crate) fn plant(&self, values: &[(&str, Value)]) -> String {
        let session = Session::new(None, Arc::new(self.inner.clone()), None);
        for (key, value) in values {
            wait(session.insert(key, value)).unwrap();
        }
        wait(session.save()).unwrap();
        format!("id={}", session.id().unwrap())
    }

    /// Returns whether it has the session of this cookie.
    pub(crate) fn has(&self, cookie: &str) -> bool {
        let id = cookie.strip_prefix("id=").unwrap().parse().unwrap();
        wait(self.inner.load(&id)).unwrap().is_some()
    }
}

#[async_trait]
impl SessionStore for SpyStore {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        self.works("create")?;
        self.inner.create(record).await
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        self.works("save")?;
        self.inner.save(record).await
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        self.works("load")?;
        self.inner.load(id).await
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        self.works("delete")?;
        self.inner.delete(id).await
    }
}
