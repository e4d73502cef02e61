//! Publications of a user agent, and its verbs for them.

use super::acts;
use super::agent::UserAgent;
use super::tables::{Account, PublicationEntry};
use crate::ids::{FlowId, PublicationId};
use crate::publication::{Publication, PublicationStep, Publish};
use crate::time::Instant;

impl UserAgent {
    /// Publish one's own state, refresh it, and publish it anew where the server loses it (412), until
    /// [`unpublish`](UserAgent::unpublish).
    pub fn publish(&mut self, now: Instant, flow: FlowId, publish: Publish) -> PublicationId {
        self.now = now;
        let id = PublicationId(self.tables.next_id());
        let credentials = publish.credentials.clone();
        let publication = Publication::new(publish, &mut self.rng);
        self.tables
            .publications
            .insert(id, PublicationEntry { publication, flow });
        if let Some(credentials) = credentials {
            self.begin_account(Account::Publication(id), flow, credentials);
        }
        self.with_publication(id, |publication, step| publication.go("asked for", step));
        id
    }

    /// Publish another body in place of the one before, at once. While a PUBLISH is under way it waits, and
    /// the newest of those that wait is published.
    pub fn republish(&mut self, now: Instant, id: PublicationId, body: Vec<u8>) {
        self.now = now;
        self.with_publication(id, |publication, step| publication.replace(body, step));
    }

    /// Remove the publication; [`Unpublished`](super::PublicationEvent::Unpublished) follows.
    pub fn unpublish(&mut self, now: Instant, id: PublicationId) {
        self.now = now;
        self.with_publication(id, Publication::remove);
    }

    /// One step of a publication, and what it asks for.
    pub(super) fn with_publication(
        &mut self,
        id: PublicationId,
        run: impl FnOnce(&mut Publication, &mut PublicationStep<'_>),
    ) {
        let Some(flow) = self.tables.publications.get(&id).map(|entry| entry.flow) else {
            return;
        };
        let reachable = self.is_open(flow);
        let Some(entry) = self.tables.publications.get_mut(&id) else {
            return;
        };
        let mut step = acts::step(&self.config, self.now, reachable, &mut self.rng);
        run(&mut entry.publication, &mut step);
        let acts = step.acts;
        if self.carry_out(id, flow, acts) {
            self.tables.publications.remove(&id);
            self.forget_account(Account::Publication(id));
            self.forget_flow(flow);
        }
    }

    /// Publications move, and are refreshed: a server that was started anew has forgotten them.
    pub(super) fn move_publications(&mut self, old: FlowId, new: FlowId) {
        let all = self.tables.publications.iter();
        let moved: Vec<PublicationId> = all
            .filter(|(_, entry)| entry.flow == old)
            .map(|(id, _)| *id)
            .collect();
        for id in moved {
            if let Some(entry) = self.tables.publications.get_mut(&id) {
                entry.flow = new;
            }
            self.with_publication(id, Publication::moved);
        }
    }
}
