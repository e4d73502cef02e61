//! Who this user agent is: challenges and their answers (RFC 3261 22).
//!
//! Each session, registration, subscription, publication and request answers its own challenges. What a
//! registrar asks its phones for whenever they call, it is given at once from the second call on, which
//! spares a round trip between click and ring: whatever is sent with the credentials of a registration over
//! the same flow begins with the last nonce of the realm of that registration, and goes on counting (RFC
//! 7616 3.4, 3.6).
//!
//! RFC 3261 22.3: challenges of a proxy are not remembered across dialogs unless it is the own outbound
//! proxy, and in its realm. The server at the other end of a flow that one registers over is that, and the
//! realm is the one that it asks for at REGISTER.

use super::agent::UserAgent;
use super::tables::{Account, Owner};
use crate::auth::{Credentials, DigestClient};
use crate::dialog::{Draft, HeaderFields};
use crate::ids::{FlowId, RegistrationId, TxId};
use crate::message::Response;
use crate::session::Asked;

/// How often a request is sent with credentials.
const MOST_TRIES: u8 = 4;

impl UserAgent {
    /// Something begins that will answer challenges.
    pub(super) fn begin_account(
        &mut self,
        account: Account,
        flow: FlowId,
        credentials: Credentials,
    ) {
        let known = self
            .home(flow, &credentials)
            .and_then(|home| self.tables.accounts.get(&Account::Calls(home)));
        let client = known
            .cloned()
            .unwrap_or_else(|| DigestClient::new(credentials));
        self.tables.accounts.insert(account, client);
    }

    /// The registration over a flow that has these credentials.
    fn home(&self, flow: FlowId, credentials: &Credentials) -> Option<RegistrationId> {
        let mut registrations = self.registrations_on(flow).into_iter();
        registrations.find(|id| {
            let client = self.tables.accounts.get(&Account::Registration(*id));
            client.is_some_and(|client| client.credentials() == credentials)
        })
    }

    /// Credentials live as long as a transaction or their owner may need them.
    pub(super) fn forget_account(&mut self, account: Account) {
        if !self.tables.accounts.contains_key(&account) {
            return;
        }
        let used = self
            .tables
            .clients
            .entries
            .values()
            .any(|entry| entry.owner.account() == Some(account));
        let owned = match account {
            Account::Session(id) => {
                let remnants = &self.tables.usages.remnants;
                self.tables.sessions.contains_key(&id) || remnants.contains_key(&id)
            }
            Account::Registration(id) | Account::Calls(id) => {
                self.tables.registrations.contains_key(&id)
            }
            Account::Subscription(id) => self.tables.subscriptions.contains_key(&id),
            Account::Publication(id) => self.tables.publications.contains_key(&id),
            Account::Request(_) => false,
        };
        if !used && !owned {
            self.tables.accounts.remove(&account);
        }
    }

    /// `Authorization` fields for a request.
    pub(super) fn credentials(&mut self, owner: Owner, draft: &Draft) -> HeaderFields {
        let Some(client) = owner
            .account()
            .and_then(|account| self.tables.accounts.get_mut(&account))
        else {
            return HeaderFields::new();
        };
        if !client.is_challenged() {
            return HeaderFields::new();
        }
        let body = draft
            .body
            .as_ref()
            .map(|(_, bytes)| bytes.as_slice())
            .unwrap_or_default();
        let uri = draft.target.without_headers();
        client.headers(&draft.method, uri.as_str(), body, &self.rng.token())
    }

    /// Answers a challenge (22.1) by sending the request again. False where that would not help.
    pub(super) fn authenticate(&mut self, id: TxId, response: &Response) -> bool {
        let Some(entry) = self.tables.clients.entries.get(&id) else {
            return false;
        };
        let (owner, flow, tries) = (entry.owner, entry.flow, entry.tries);
        let (Some(mut draft), Some(account)) = (entry.draft.clone(), owner.account()) else {
            return false;
        };
        let Some(client) = self.tables.accounts.get_mut(&account) else {
            return false;
        };
        let taken = client.challenged(entry.machine.request(), response);
        self.share_challenge(account, flow, taken.is_ok());
        if tries >= MOST_TRIES || taken.is_err() {
            return false;
        }
        let Some(cseq) = self.next_seq(owner, &draft) else {
            return false;
        };
        draft.cseq = cseq;
        self.send(owner, flow, draft, tries + 1);
        true
    }

    /// What others of the same registration begin with from now on: the newest nonce, whoever was told it;
    /// nothing until one of them was challenged, nor where one was refused.
    fn share_challenge(&mut self, account: Account, flow: FlowId, taken: bool) {
        let accounts = &mut self.tables.accounts;
        let Some(newest) = accounts.get(&account).cloned() else {
            return;
        };
        if let Account::Registration(id) = account {
            if let Some(calls) = accounts.get_mut(&Account::Calls(id)) {
                calls.renew(&newest);
            }
            return;
        }
        let Some(home) = self.home(flow, newest.credentials()) else {
            return;
        };
        let accounts = &mut self.tables.accounts;
        let registration = accounts.get(&Account::Registration(home));
        match registration.filter(|_| taken) {
            Some(registration) => {
                if let Some(calls) = newest.within(registration) {
                    accounts.insert(Account::Calls(home), calls);
                }
            }
            None => {
                accounts.remove(&Account::Calls(home));
            }
        }
    }

    /// The sequence number of another try; `None` where its owner does not want one.
    fn next_seq(&mut self, owner: Owner, draft: &Draft) -> Option<u32> {
        match owner {
            Owner::Session(id, asked) => {
                let session = &mut self.tables.sessions.get_mut(&id)?.session;
                // A call that was hung up is not tried again; its BYE is.
                let wanted = asked != Asked::Invite || !session.is_over();
                wanted.then(|| session.next_seq(draft))
            }
            Owner::Registration(id) => {
                let entry = self.tables.registrations.get_mut(&id)?;
                entry
                    .registration
                    .is_current(draft.cseq)
                    .then(|| entry.registration.next_seq())
            }
            Owner::Subscription(id) => {
                let entry = self.tables.subscriptions.get_mut(&id)?;
                entry.subscription.next_seq(draft.cseq)
            }
            Owner::Publication(id) => {
                let entry = self.tables.publications.get_mut(&id)?;
                entry.publication.next_seq(draft.cseq)
            }
            Owner::Referral(id, _) => {
                let next = self.with_referral(id, |it, place, _| it.next_seq(draft.cseq, place));
                next.flatten()
            }
            Owner::Referred(id, _) => {
                let next = self.with_referred(id, |it, place, _| it.next_seq(draft.cseq, place));
                next.flatten()
            }
            Owner::Request(_) | Owner::Stray(_) => Some(draft.cseq + 1),
            Owner::Notifier(_) | Owner::Cancel => None,
        }
    }
}
