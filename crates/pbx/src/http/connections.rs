//! How many WebSockets are open, and where from. Each costs memory and a place in the system's table
//! of files, so nobody has them all.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::config::Http;
use crate::peer::Peer;

/// Counts the WebSockets.
#[derive(Debug)]
pub struct Connections {
    most: usize,
    most_of_peer: usize,
    open: Mutex<BTreeMap<Peer, usize>>,
    total: watch::Sender<usize>,
    /// How often there were too many.
    refused: AtomicUsize,
}

/// One of them, for as long as it is kept.
#[derive(Debug)]
pub struct Connection {
    connections: Arc<Connections>,
    peer: Peer,
}

impl Connections {
    /// None yet, and no more than the configuration says.
    #[must_use]
    pub fn new(config: &Http) -> Arc<Self> {
        Arc::new(Self {
            most: config.max_connections,
            most_of_peer: config.max_connections_per_address,
            open: Mutex::default(),
            total: watch::Sender::new(0),
            refused: AtomicUsize::new(0),
        })
    }

    /// One more, if there may be one.
    #[must_use]
    pub fn open(self: &Arc<Self>, peer: Peer) -> Option<Connection> {
        let mut open = self.lock();
        let of_peer = open.get(&peer).copied().unwrap_or(0);
        if *self.total.borrow() >= self.most || of_peer >= self.most_of_peer {
            self.refused(peer, *self.total.borrow(), of_peer);
            return None;
        }
        open.insert(peer, of_peer + 1);
        self.total.send_modify(|total| *total += 1);
        Some(Connection {
            connections: Arc::clone(self),
            peer,
        })
    }

    /// Waits until none is open.
    pub async fn all_closed(&self) {
        let mut total = self.total.subscribe();
        // The sender is in `self`, so this ends by the number alone.
        let _ = total.wait_for(|total| *total == 0).await;
    }

    /// Says so, but not each time: whoever tries that often could fill the log.
    fn refused(&self, peer: Peer, total: usize, of_peer: usize) {
        let refused = self.refused.fetch_add(1, Ordering::Relaxed);
        if refused.is_multiple_of(100) {
            tracing::warn!(%peer, total, of_peer, "too many connections: one more is refused");
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Peer, usize>> {
        // A panic elsewhere leaves the numbers as they are: they are changed in one go.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let mut open = self.connections.lock();
        if let Entry::Occupied(mut of_peer) = open.entry(self.peer) {
            *of_peer.get_mut() -= 1;
            if *of_peer.get() == 0 {
                of_peer.remove();
            }
        }
        self.connections.total.send_modify(|total| *total -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn peer(address: &str) -> Peer {
        Peer::of(Some(address.parse().unwrap()))
    }

    #[tokio::test]
    async fn nobody_has_all_connections_and_closed_ones_are_free_again() {
        let mut config = Config::demo().unwrap().http;
        (config.max_connections, config.max_connections_per_address) = (3, 2);
        let connections = Connections::new(&config);
        let (an, binh) = (peer("192.0.2.1:5000"), peer("192.0.2.2:5000"));
        let first = connections.open(an).unwrap();
        let second = connections.open(peer("192.0.2.1:5001")).unwrap();
        assert!(connections.open(an).is_none(), "two of one address");
        let third = connections.open(binh).unwrap();
        assert!(connections.open(binh).is_none(), "three in all");
        drop(first);
        let fourth = connections.open(binh).unwrap();
        drop((second, third, fourth));
        connections.all_closed().await;
        assert!(connections.lock().is_empty(), "nothing is remembered");
    }
}
