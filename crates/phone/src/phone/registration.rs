//! The registration machine: what the server last said about this phone's registration.

use alo_sip::status::StatusCode;
use alo_sip::ua::{RegistrationEvent, RegistrationId};

use super::text::clean;
use crate::language::{Millis, Trouble};

/// State of the registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Registration {
    /// None: signed out, not yet connected, or a guest.
    None,
    /// Asked for over the present connection, not yet confirmed.
    Asked { id: RegistrationId },
    /// Confirmed over the present connection.
    Good { id: RegistrationId },
    /// Refused.
    Refused {
        id: RegistrationId,
        why: Trouble,
        retry: Retry,
    },
}

/// When a registration that was refused is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Retry {
    /// Never: it will not be confirmed until the person does something about it.
    Never,
    /// When the person asks for it.
    WhenAsked,
    /// By the user agent, then.
    UserAgent { at: Millis },
    /// By this phone, then.
    Here { at: Millis },
    /// It is under way.
    Asked,
}

/// What a registration event means for the rest of the phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RegistrationNews {
    /// Nothing new.
    Same,
    /// It was confirmed, and was not before.
    Confirmed,
    /// It was refused: requests are answered, though not as one would like.
    Refused,
    /// Nobody answered: the connection may be dead without knowing it.
    Silence,
    /// It was removed.
    Removed,
}

impl Registration {
    pub(crate) fn id(&self) -> Option<RegistrationId> {
        match self {
            Registration::None => None,
            Registration::Asked { id }
            | Registration::Good { id }
            | Registration::Refused { id, .. } => Some(*id),
        }
    }

    pub(crate) fn is_good(&self) -> bool {
        matches!(self, Registration::Good { .. })
    }

    /// It will not be confirmed until the person does something.
    pub(crate) fn is_final(&self) -> bool {
        matches!(
            self,
            Registration::Refused {
                retry: Retry::Never,
                ..
            }
        )
    }

    /// Asked for (again).
    pub(crate) fn asked(&mut self, id: RegistrationId) {
        *self = Registration::Asked { id };
    }

    /// When it is tried again, where that is known.
    pub(crate) fn retry_at(&self) -> Option<Millis> {
        match self {
            Registration::Refused {
                retry: Retry::UserAgent { at } | Retry::Here { at },
                ..
            } => Some(*at),
            _ => None,
        }
    }

    /// When this phone is to try it again.
    pub(crate) fn wakes_at(&self) -> Option<Millis> {
        match self {
            Registration::Refused {
                retry: Retry::Here { at },
                ..
            } => Some(*at),
            _ => None,
        }
    }

    /// A refused one is tried again; which. Until it is confirmed, it counts as refused: calls in
    /// progress can be signalled, as before.
    pub(crate) fn try_again(&mut self) -> Option<RegistrationId> {
        match self {
            Registration::Refused { id, retry, .. } => {
                *retry = Retry::Asked;
                Some(*id)
            }
            _ => None,
        }
    }

    /// The connection is gone: what was confirmed counts no more.
    pub(crate) fn connection_lost(&mut self) {
        if let Some(id) = self.id().filter(|_| !self.is_final()) {
            self.asked(id);
        }
    }

    /// The user agent reports. `again_at`: where this registration worked before, when it is tried
    /// again even if the refusal says that it is no use. A registrar whose database is away for a
    /// minute knows nobody.
    pub(crate) fn on_event(
        &mut self,
        event: RegistrationEvent,
        again_at: Option<Millis>,
        longest_text: usize,
    ) -> RegistrationNews {
        let Some(id) = self.id() else {
            return RegistrationNews::Same;
        };
        let (next, news) = match event {
            RegistrationEvent::Registered { .. } if self.is_good() => {
                return RegistrationNews::Same;
            }
            RegistrationEvent::Registered { .. } => {
                (Registration::Good { id }, RegistrationNews::Confirmed)
            }
            RegistrationEvent::Unregistered => (Registration::None, RegistrationNews::Removed),
            RegistrationEvent::Refused {
                status,
                reason,
                retry_at,
            } => {
                let why = refusal(status, clean(&reason, longest_text));
                let retry = match (retry_at, again_at, &why) {
                    (_, _, Trouble::WrongPassword) => Retry::Never,
                    (Some(at), _, _) => Retry::UserAgent { at: at.as_millis() },
                    (None, Some(at), _) => Retry::Here { at },
                    (None, None, Trouble::NotAllowed { .. }) => Retry::Never,
                    (None, None, _) => Retry::WhenAsked,
                };
                let refused = Registration::Refused { id, why, retry };
                if status == StatusCode::REQUEST_TIMEOUT {
                    (refused, RegistrationNews::Silence)
                } else {
                    (refused, RegistrationNews::Refused)
                }
            }
        };
        tracing::debug!(old = self.name(), new = next.name(), "registration");
        *self = next;
        news
    }

    fn name(&self) -> &'static str {
        match self {
            Registration::None => "none",
            Registration::Asked { .. } => "asked",
            Registration::Good { .. } => "good",
            Registration::Refused { .. } => "refused",
        }
    }
}

/// What a refusal of REGISTER means: 401 and 407 are final only when the credentials were wrong,
/// 403 and 404 say that the account is not allowed or not known (RFC 3261, section 10.3).
fn refusal(status: StatusCode, reason: String) -> Trouble {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
            Trouble::WrongPassword
        }
        StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => Trouble::NotAllowed {
            status: status.code(),
            reason,
        },
        _ => Trouble::RegistrationFailed {
            status: status.code(),
            reason,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: StatusCode) -> RegistrationEvent {
        RegistrationEvent::Refused {
            status,
            reason: "No\r\nway".into(),
            retry_at: None,
        }
    }

    #[test]
    fn a_wrong_password_stays_wrong_when_the_connection_comes_back() {
        let id = RegistrationId(1);
        let mut registration = Registration::Asked { id };
        registration.on_event(refused(StatusCode::UNAUTHORIZED), Some(9), 20);
        registration.connection_lost();
        assert!(registration.is_final());
        registration.asked(id);
        let confirmed = RegistrationEvent::Registered {
            expires: core::time::Duration::from_secs(60),
            first: true,
        };
        assert_eq!(
            registration.on_event(confirmed.clone(), None, 20),
            RegistrationNews::Confirmed
        );
        assert_eq!(
            registration.on_event(confirmed, None, 20),
            RegistrationNews::Same
        );
    }

    #[test]
    fn the_reason_is_cleaned() {
        let mut registration = Registration::Asked {
            id: RegistrationId(1),
        };
        registration.on_event(refused(StatusCode::FORBIDDEN), None, 20);
        let Registration::Refused { why, .. } = registration else {
            panic!("refused")
        };
        let reason = "No way".into();
        assert_eq!(
            why,
            Trouble::NotAllowed {
                status: 403,
                reason
            }
        );
    }

    #[test]
    fn a_refusal_is_final_unless_it_worked_before() {
        let id = RegistrationId(1);
        let mut registration = Registration::Asked { id };
        registration.on_event(refused(StatusCode::NOT_FOUND), None, 20);
        assert!(registration.is_final());
        registration.on_event(refused(StatusCode::NOT_FOUND), Some(7), 20);
        assert!(!registration.is_final());
        assert_eq!(registration.wakes_at(), Some(7));
        assert_eq!(registration.try_again(), Some(id));
        assert_eq!(registration.wakes_at(), None);
        assert!(!registration.is_final(), "not before it is answered");
    }
}
