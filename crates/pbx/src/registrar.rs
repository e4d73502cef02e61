//! Who is reachable, and where (RFC 3261 section 10.3, RFC 5626).
//!
//! A binding ties an account to a contact *and the connection it registered over*: a browser cannot
//! be dialled, so what matters is the flow (RFC 5626 section 5.3). Bindings are told apart by
//! `+sip.instance` and `reg-id`, so a phone that comes back on a new connection takes its own place
//! again, and several tabs of one account stand side by side.

use std::collections::BTreeMap;
use std::time::Duration;

use alo_sip::time::Instant;
use alo_sip::ua::FlowId;

/// What a registrar allows.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Shortest lifetime that is granted.
    pub min_expires: Duration,
    /// Longest lifetime that is granted.
    pub max_expires: Duration,
    /// Most bindings of one account.
    pub max_bindings: usize,
}

/// A place where an account can be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Contact URI as it was registered.
    pub contact: String,
    /// `+sip.instance` and `reg-id`, where given.
    pub instance: Option<(String, u32)>,
    /// The connection.
    pub flow: FlowId,
    /// Whether the connection is open.
    pub open: bool,
    /// When it ends.
    pub expires_at: Instant,
    call_id: String,
    cseq: u32,
}

/// A contact that a REGISTER asks for.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Contact URI.
    pub contact: String,
    /// `+sip.instance` and `reg-id`, where given.
    pub instance: Option<(String, u32)>,
    /// Lifetime; zero removes the binding.
    pub expires: Duration,
}

/// What happens to a registrar. Requests come here when their credentials are known to be good.
#[derive(Debug, Clone)]
pub enum Input {
    /// A REGISTER.
    Register {
        /// The account.
        account: String,
        /// The connection that it came over.
        flow: FlowId,
        /// Its Call-ID.
        call_id: String,
        /// Its CSeq number.
        cseq: u32,
        /// The contacts; none: a query.
        contacts: Vec<Wanted>,
    },
    /// A REGISTER with `Contact: *` and `Expires: 0`.
    RemoveAll {
        /// The account.
        account: String,
    },
    /// A connection is gone. Its bindings are kept, but do not ring.
    FlowClosed(FlowId),
    /// Time passed.
    Timeout,
}

/// What became of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Registered {
    /// All bindings of the account now.
    pub bindings: Vec<Binding>,
    /// A phone came back on another connection: from, to.
    pub moved: Vec<(FlowId, FlowId)>,
}

/// Why a REGISTER is refused; nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// 423 with `Min-Expires`.
    TooBrief(Duration),
    /// 500: older than what is known (RFC 3261 section 10.3, step 7).
    OutOfOrder,
    /// 403: the account has as many bindings as it may have.
    TooMany(usize),
}

/// The bindings of all accounts.
#[derive(Debug)]
pub struct Registrar {
    limits: Limits,
    bindings: BTreeMap<String, Vec<Binding>>,
}

impl Registrar {
    /// Without bindings.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            bindings: BTreeMap::new(),
        }
    }

    /// Something happened.
    ///
    /// # Errors
    /// Where a REGISTER is refused.
    pub fn step(&mut self, now: Instant, input: Input) -> Result<Registered, Refusal> {
        self.expire(now);
        match input {
            Input::Register {
                account,
                flow,
                call_id,
                cseq,
                contacts,
            } => self.register(now, account, (flow, &call_id, cseq), contacts),
            Input::RemoveAll { account } => {
                self.bindings.remove(&account);
                Ok(Registered::default())
            }
            Input::FlowClosed(flow) => {
                for binding in self.bindings.values_mut().flatten() {
                    binding.open &= binding.flow != flow;
                }
                Ok(Registered::default())
            }
            Input::Timeout => Ok(Registered::default()),
        }
    }

    /// When the next binding ends.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Instant> {
        self.bindings
            .values()
            .flatten()
            .map(|binding| binding.expires_at)
            .min()
    }

    /// Where an account can be reached now.
    pub fn reachable(&self, account: &str) -> impl Iterator<Item = &Binding> {
        let all = self.bindings.get(account).into_iter().flatten();
        all.filter(|binding| binding.open)
    }

    /// Whether an account has proved itself on this connection and is bound to it.
    #[must_use]
    pub fn is_bound(&self, account: &str, flow: FlowId) -> bool {
        self.reachable(account).any(|binding| binding.flow == flow)
    }

    fn register(
        &mut self,
        now: Instant,
        account: String,
        (flow, call_id, cseq): (FlowId, &str, u32),
        contacts: Vec<Wanted>,
    ) -> Result<Registered, Refusal> {
        let known = self.bindings.get(&account).map_or(&[][..], Vec::as_slice);
        let mut bindings = known.to_vec();
        let mut moved = Vec::new();
        for wanted in contacts {
            let brief = !wanted.expires.is_zero() && wanted.expires < self.limits.min_expires;
            if brief {
                return Err(Refusal::TooBrief(self.limits.min_expires));
            }
            let same = |binding: &Binding| match (&binding.instance, &wanted.instance) {
                (Some(a), Some(b)) => a == b,
                _ => binding.contact == wanted.contact,
            };
            if let Some(index) = bindings.iter().position(same) {
                let old = bindings.remove(index);
                if old.call_id == call_id && cseq <= old.cseq {
                    return Err(Refusal::OutOfOrder);
                }
                if old.flow != flow {
                    moved.push((old.flow, flow));
                }
            }
            if wanted.expires.is_zero() {
                continue;
            }
            bindings.push(Binding {
                contact: wanted.contact,
                instance: wanted.instance,
                flow,
                open: true,
                expires_at: now + wanted.expires.min(self.limits.max_expires),
                call_id: call_id.to_owned(),
                cseq,
            });
        }
        if bindings.len() > self.limits.max_bindings {
            // A tab that is gone makes room before a new one is refused.
            bindings.retain(|binding| binding.open);
        }
        if bindings.len() > self.limits.max_bindings {
            return Err(Refusal::TooMany(self.limits.max_bindings));
        }
        self.bindings.insert(account, bindings.clone());
        Ok(Registered { bindings, moved })
    }

    fn expire(&mut self, now: Instant) {
        self.bindings.retain(|_, bindings| {
            bindings.retain(|binding| binding.expires_at > now);
            !bindings.is_empty()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn registrar() -> Registrar {
        Registrar::new(Limits {
            min_expires: Duration::from_secs(30),
            max_expires: 10 * MINUTE,
            max_bindings: 2,
        })
    }

    fn at(seconds: u64) -> Instant {
        Instant::from_millis(seconds * 1000)
    }

    /// A REGISTER of 101 by the tab of this name over this flow.
    fn register(tab: &str, flow: u64, cseq: u32, expires: Duration) -> Input {
        Input::Register {
            account: "101".into(),
            flow: FlowId(flow),
            call_id: tab.into(),
            cseq,
            contacts: vec![Wanted {
                contact: format!("sip:{tab}@{flow}.invalid"),
                instance: Some((format!("urn:uuid:{tab}"), 1)),
                expires,
            }],
        }
    }

    fn flows(registrar: &Registrar) -> Vec<u64> {
        registrar
            .reachable("101")
            .map(|binding| binding.flow.0)
            .collect()
    }

    #[test]
    fn several_tabs_of_one_account_stand_side_by_side() {
        let mut registrar = registrar();
        registrar.step(at(0), register("a", 1, 1, MINUTE)).unwrap();
        let registered = registrar.step(at(1), register("b", 2, 1, MINUTE)).unwrap();
        assert_eq!(registered.bindings.len(), 2);
        assert_eq!(flows(&registrar), [1, 2]);
        assert!(registrar.is_bound("101", FlowId(2)));
        assert!(!registrar.is_bound("102", FlowId(2)));
    }

    #[test]
    fn a_phone_that_comes_back_takes_its_own_place() {
        let mut registrar = registrar();
        registrar.step(at(0), register("a", 1, 1, MINUTE)).unwrap();
        registrar.step(at(5), Input::FlowClosed(FlowId(1))).unwrap();
        assert_eq!(
            flows(&registrar),
            [0; 0],
            "a closed connection does not ring"
        );
        let registered = registrar.step(at(9), register("a", 7, 2, MINUTE)).unwrap();
        assert_eq!(registered.moved, [(FlowId(1), FlowId(7))]);
        assert_eq!(flows(&registrar), [7]);
    }

    #[test]
    fn a_refresh_moves_nothing_and_lives_longer() {
        let mut registrar = registrar();
        registrar.step(at(0), register("a", 1, 1, MINUTE)).unwrap();
        let registered = registrar.step(at(50), register("a", 1, 2, MINUTE)).unwrap();
        assert_eq!(registered.moved, []);
        assert_eq!(registrar.next_timeout(), Some(at(110)));
        registrar.step(at(109), Input::Timeout).unwrap();
        assert_eq!(flows(&registrar), [1]);
        registrar.step(at(110), Input::Timeout).unwrap();
        assert_eq!(flows(&registrar), [0; 0]);
        assert_eq!(registrar.next_timeout(), None);
    }

    #[test]
    fn lifetimes_are_bounded_at_both_ends() {
        let mut registrar = registrar();
        let brief = registrar.step(at(0), register("a", 1, 1, Duration::from_secs(5)));
        assert_eq!(brief, Err(Refusal::TooBrief(Duration::from_secs(30))));
        registrar
            .step(at(0), register("a", 1, 2, 100 * MINUTE))
            .unwrap();
        assert_eq!(registrar.next_timeout(), Some(at(600)));
    }

    #[test]
    fn zero_removes_one_and_a_star_all() {
        let mut registrar = registrar();
        registrar.step(at(0), register("a", 1, 1, MINUTE)).unwrap();
        registrar.step(at(0), register("b", 2, 1, MINUTE)).unwrap();
        registrar
            .step(at(1), register("a", 1, 2, Duration::ZERO))
            .unwrap();
        assert_eq!(flows(&registrar), [2]);
        let all = Input::RemoveAll {
            account: "101".into(),
        };
        registrar.step(at(2), all).unwrap();
        assert_eq!(flows(&registrar), [0; 0]);
    }

    #[test]
    fn an_old_register_that_comes_late_changes_nothing() {
        let mut registrar = registrar();
        registrar.step(at(0), register("a", 1, 5, MINUTE)).unwrap();
        let late = registrar.step(at(1), register("a", 1, 4, Duration::ZERO));
        assert_eq!(late, Err(Refusal::OutOfOrder));
        assert_eq!(flows(&registrar), [1]);
    }

    #[test]
    fn a_tab_that_is_gone_makes_room() {
        let mut registrar = registrar();
        registrar.step(at(0), register("a", 1, 1, MINUTE)).unwrap();
        registrar.step(at(0), register("b", 2, 1, MINUTE)).unwrap();
        let third = registrar.step(at(1), register("c", 3, 1, MINUTE));
        assert_eq!(third, Err(Refusal::TooMany(2)));
        registrar.step(at(2), Input::FlowClosed(FlowId(1))).unwrap();
        registrar.step(at(3), register("c", 3, 2, MINUTE)).unwrap();
        assert_eq!(flows(&registrar), [2, 3]);
    }

    #[test]
    fn a_query_tells_and_changes_nothing() {
        let mut registrar = registrar();
        registrar.step(at(0), register("a", 1, 1, MINUTE)).unwrap();
        let query = Input::Register {
            account: "101".into(),
            flow: FlowId(9),
            call_id: "q".into(),
            cseq: 1,
            contacts: Vec::new(),
        };
        assert_eq!(registrar.step(at(1), query).unwrap().bindings.len(), 1);
        assert_eq!(flows(&registrar), [1]);
    }
}
