//! Idle connections for reading, kept where the thread that used one finds it again.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use rusqlite::Connection;

use super::files::FileIdentity;
use super::lock;

/// How many threads can have a slot of their own; with more, some share one.
const SLOTS: usize = 32;

/// The idle connections of a store.
///
/// All that SQLite touches in a look-up hangs on the connection. When it wanders between threads, and so between
/// processors, each has to fetch that from the other, which takes longer than the look-up. So a thread gives a
/// connection back to its own slot, and looks there first. It looks into the others before a new one is opened: there
/// are never more connections than reads at the same time, however many threads come and go.
pub(super) struct Readers {
    slots: Box<[Slot]>,
}

/// Aligned to the pairs of cache lines that processors fetch, so that two slots do not share one.
#[repr(align(128))]
struct Slot(Mutex<Idle>);

/// Connections to the file that the path named when they were opened.
struct Idle {
    identity: FileIdentity,
    connections: Vec<Connection>,
}

impl Readers {
    /// Begins with one connection, to the file with `identity`.
    pub(super) fn new(identity: FileIdentity, connection: Connection) -> Self {
        let slot = || {
            Slot(Mutex::new(Idle {
                identity,
                connections: Vec::new(),
            }))
        };
        let readers = Self {
            slots: (0..SLOTS).map(|_| slot()).collect(),
        };
        readers.give_back(identity, connection);
        readers
    }

    /// Takes an idle connection to the file with `identity`, and closes those to other files that it comes upon.
    pub(super) fn take(&self, identity: FileIdentity) -> Option<Connection> {
        self.own_slot_first().find_map(|Slot(idle)| {
            let mut idle = lock(idle);
            idle.keep_those_to(identity);
            idle.connections.pop()
        })
    }

    /// Keeps `connection` for the next read, unless its file has been replaced meanwhile.
    pub(super) fn give_back(&self, identity: FileIdentity, connection: Connection) {
        if let Some(Slot(idle)) = self.own_slot_first().next() {
            let mut idle = lock(idle);
            if idle.identity == identity {
                idle.connections.push(connection);
            }
        }
    }

    /// Returns each slot, beginning with that of this thread.
    fn own_slot_first(&self) -> impl Iterator<Item = &Slot> {
        let (before, from) = self.slots.split_at(thread_number() % SLOTS);
        from.iter().chain(before)
    }
}

impl Idle {
    fn keep_those_to(&mut self, identity: FileIdentity) {
        if self.identity != identity {
            self.connections.clear();
            self.identity = identity;
        }
    }
}

/// Returns the number of this thread among those that have asked.
fn thread_number() -> usize {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static NUMBER: usize = ASKED.fetch_add(1, Ordering::Relaxed);
    }
    NUMBER.with(|number| *number)
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    const FILE: FileIdentity = FileIdentity::numbered(1);
    const OTHER_FILE: FileIdentity = FileIdentity::numbered(2);

    fn connection(mark: i32) -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .pragma_update(None, "user_version", mark)
            .unwrap();
        connection
    }

    fn mark(connection: &Connection) -> i32 {
        connection
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .unwrap()
    }

    /// Runs `work` on a thread whose slot is not that of this one.
    fn elsewhere(work: impl Fn() + Sync) {
        let own = thread_number() % SLOTS;
        let run = || {
            let is_elsewhere = thread_number() % SLOTS != own;
            if is_elsewhere {
                work();
            }
            is_elsewhere
        };
        while !thread::scope(|scope| scope.spawn(run).join().unwrap()) {}
    }

    #[test]
    fn thread_gets_back_what_it_gave_back_and_not_what_was_last() {
        let readers = Readers::new(FILE, connection(1));
        elsewhere(|| readers.give_back(FILE, connection(2)));
        assert_eq!(mark(&readers.take(FILE).unwrap()), 1);
    }

    #[test]
    fn thread_without_a_connection_takes_that_of_another() {
        let readers = Readers::new(FILE, connection(1));
        for _ in 0..3 {
            elsewhere(|| {
                let taken = readers.take(FILE).unwrap();
                assert_eq!(mark(&taken), 1);
                assert!(readers.take(FILE).is_none());
                readers.give_back(FILE, taken);
            });
        }
    }

    #[test]
    fn connections_to_a_file_that_was_replaced_are_closed() {
        let readers = Readers::new(FILE, connection(1));
        let used_meanwhile = connection(2);
        elsewhere(|| assert!(readers.take(OTHER_FILE).is_none()));
        readers.give_back(FILE, used_meanwhile);
        assert!(readers.take(FILE).is_none());
        readers.give_back(OTHER_FILE, connection(3));
        assert!(readers.take(FILE).is_none());
    }
}
