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
        retry_at: Option<Millis>,
    },
}

/// What a registration event means for the rest of the phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RegistrationNews {
    /// Nothing new.
    Same,
    /// It was confirmed, and was not before.
    Confirmed,
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
                why: Trouble::WrongPassword | Trouble::NotAllowed { .. },
                ..
            }
        )
    }

    /// Asked for (again).
    pub(crate) fn asked(&mut self, id: RegistrationId) {
        *self = Registration::Asked { id };
    }

    /// The connection is gone: what was confirmed counts no more.
    pub(crate) fn connection_lost(&mut self) {
        if let Some(id) = self.id().filter(|_| !self.is_final()) {
            self.asked(id);
        }
    }

    /// The user agent reports.
    pub(crate) fn on_event(
        &mut self,
        event: RegistrationEvent,
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
                let refused = Registration::Refused {
                    id,
                    why: refusal(status, clean(&reason, longest_text)),
                    retry_at: retry_at.map(|at| at.as_millis()),
                };
                if status == StatusCode::REQUEST_TIMEOUT {
                    (refused, RegistrationNews::Silence)
                } else {
                    (refused, RegistrationNews::Same)
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
        registration.on_event(refused(StatusCode::UNAUTHORIZED), 20);
        registration.connection_lost();
        assert!(registration.is_final());
        registration.asked(id);
        let confirmed = RegistrationEvent::Registered {
            expires: core::time::Duration::from_secs(60),
            first: true,
        };
        assert_eq!(
            registration.on_event(confirmed.clone(), 20),
            RegistrationNews::Confirmed
        );
        assert_eq!(registration.on_event(confirmed, 20), RegistrationNews::Same);
    }

    #[test]
    fn the_reason_is_cleaned() {
        let mut registration = Registration::Asked {
            id: RegistrationId(1),
        };
        registration.on_event(refused(StatusCode::FORBIDDEN), 20);
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
}
