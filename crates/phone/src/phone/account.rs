//! Whose phone it is, and the SIP addresses that follow from it.

use alo_sip::auth::Credentials;
use alo_sip::ua::{Invite, Register};
use alo_sip::uri::{NameAddr, Uri};

use super::PhoneConfig;
use super::line::Dialling;
use super::rng::Rng;
use super::text::{clean, dialled};
use crate::language::{AccountState, Millis, Party, SignIn};

/// The account that is signed in.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) shown: AccountState,
    /// Address of record; of a guest, a made-up one.
    aor: NameAddr,
    /// Where this phone is reached over its WebSocket (RFC 7118, section 5).
    contact: Uri,
    contact_user: String,
    sent_by: String,
    user: String,
    domain: String,
    credentials: Option<Credentials>,
    /// It was confirmed once: what comes now is a reconnection.
    pub(crate) was_ready: bool,
    /// When the person signed in.
    pub(crate) since: Millis,
}

impl Account {
    /// The account of a sign-in; `None` where extension and domain make no SIP address.
    pub(crate) fn new(
        now: Millis,
        sign_in: &SignIn,
        config: &PhoneConfig,
        sent_by: &str,
        rng: &mut Rng,
    ) -> Option<Self> {
        let typed = sign_in.extension.trim();
        let (user, domain) = typed
            .split_once('@')
            .unwrap_or((typed, config.domain.as_str()));
        let guest = sign_in.password.is_none();
        let user = if guest && user.is_empty() {
            ["guest-", &rng.token()].concat()
        } else {
            user.to_owned()
        };
        if user.is_empty() {
            return None;
        }
        let name = sign_in
            .name
            .as_deref()
            .map(|name| clean(name, config.limits.text))
            .filter(|name| !name.is_empty());
        let plain = NameAddr::new(Uri::sip(Some(&user), domain).ok()?);
        let aor = match &name {
            Some(name) => plain.with_display(name),
            None => plain,
        };
        // Unguessable, so that nobody can call past the server (RFC 7118, section 5, and RFC 3261,
        // section 26.1.1).
        let contact_user = rng.token();
        let contact = Uri::sip(Some(&contact_user), sent_by)
            .ok()?
            .with_param("transport", Some("ws"));
        Some(Self {
            credentials: sign_in
                .password
                .as_ref()
                .map(|password| Credentials::password(user.as_str(), password.0.as_str())),
            shown: AccountState {
                extension: if guest {
                    String::new()
                } else {
                    typed.to_owned()
                },
                name,
                guest,
            },
            aor,
            user,
            contact,
            contact_user,
            sent_by: sent_by.to_owned(),
            domain: domain.to_owned(),
            was_ready: false,
            since: now,
        })
    }

    /// Host of the contact, and of Via.
    pub(crate) fn sent_by(&self) -> &str {
        &self.sent_by
    }

    /// Address of record, with the display name.
    pub(crate) fn aor(&self) -> NameAddr {
        self.aor.clone()
    }

    /// User part of the address of record.
    pub(crate) fn user(&self) -> &str {
        &self.user
    }

    /// User part of the contact.
    pub(crate) fn contact_user(&self) -> &str {
        &self.contact_user
    }

    pub(crate) fn credentials(&self) -> Option<Credentials> {
        self.credentials.clone()
    }

    /// Whose presence the own one is: Request-URI, and `From` or `To`.
    pub(crate) fn own_presence(&self) -> (Uri, NameAddr) {
        (self.aor.uri().clone(), self.aor.clone())
    }

    /// The presence of a colleague: Request-URI and `To`. `None` where that is no SIP address.
    pub(crate) fn presence_of(&self, extension: &str) -> Option<(Uri, NameAddr)> {
        let target = self.target(extension)?;
        Some((target.clone(), NameAddr::new(target)))
    }

    /// The server itself, and who asks it something.
    pub(crate) fn server(&self) -> Option<(Uri, NameAddr)> {
        Some((Uri::sip(None, &self.domain).ok()?, self.aor.clone()))
    }

    /// What is registered; `None`: a guest is not.
    pub(crate) fn register(&self, config: &PhoneConfig) -> Option<Register> {
        if self.shown.guest {
            return None;
        }
        Some(Register {
            registrar: Uri::sip(None, &self.domain).ok()?,
            aor: self.aor.clone(),
            contact_user: self.contact_user.clone(),
            instance: config.instance.clone(),
            reg_id: 1,
            expires: config.register_expires_s,
            credentials: self.credentials.clone(),
            headers: vec![],
        })
    }

    /// An INVITE to what a person typed: a number, an extension, or a SIP URI. `None` where it is
    /// none of these.
    pub(crate) fn dialling(
        &self,
        typed: &str,
        hotline: Option<String>,
        video: bool,
        longest: usize,
    ) -> Option<Dialling> {
        let target = self.target(typed)?;
        // What another domain asks for would be a proof of the password to work on (RFC 7616, section 5.8).
        let credentials = self.credentials.clone();
        let credentials = credentials.filter(|_| self.is_at_home(&target));
        let number = target
            .user()
            .map_or_else(|| target.host_str().to_owned(), |user| user.into_owned());
        Some(Dialling {
            remote: Party {
                name: None,
                number: clean(&number, longest),
            },
            invite: Invite {
                to: NameAddr::new(target.clone()),
                target,
                from: self.aor.clone(),
                contact: self.contact.clone(),
                headers: vec![],
                route: vec![],
                offer: None,
                credentials,
            },
            hotline: hotline.filter(|hotline| !hotline.is_empty()),
            video,
        })
    }

    /// Whether an address is one of the own domain.
    pub(crate) fn is_at_home(&self, address: &Uri) -> bool {
        let home = self.aor.uri();
        address.is_sip()
            && address.host_str().eq_ignore_ascii_case(home.host_str())
            && address.port() == home.port()
    }

    /// The address of what a person typed; `None` where it is none.
    pub(crate) fn target(&self, typed: &str) -> Option<Uri> {
        let typed = typed.trim();
        let lower = typed.to_ascii_lowercase();
        if lower.starts_with("sip:") || lower.starts_with("sips:") {
            return Uri::parse(typed).ok().map(|uri| uri.without_headers());
        }
        let typed = match lower.strip_prefix("tel:") {
            // RFC 3966: parameters of a tel URI mean nothing here.
            Some(_) => typed.get(4..)?.split(';').next()?,
            None => typed,
        };
        let user = dialled(typed);
        if user.is_empty() {
            return None;
        }
        match user.split_once('@') {
            Some((user, domain)) if !user.is_empty() => Uri::sip(Some(user), domain).ok(),
            Some(_) => None,
            None => Uri::sip(Some(&user), &self.domain).ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Secret;

    #[test]
    fn a_password_proves_nothing_to_another_domain() {
        let config = PhoneConfig::new("alo.test", "urn:uuid:1");
        let sign_in = SignIn {
            extension: "101".into(),
            name: None,
            password: Some(Secret("alo-101".into())),
        };
        let mut rng = Rng::from_seed(&[7; 32]);
        let account = Account::new(0, &sign_in, &config, "a.invalid", &mut rng).unwrap();
        let shows = |to| {
            let dialling = account.dialling(to, None, false, 120).unwrap();
            dialling.invite.credentials.is_some()
        };
        assert!(shows("102") && shows("sip:102@ALO.test") && shows("tel:+84901"));
        assert!(!shows("sip:102@alo.test:5099") && !shows("102@elsewhere.example"));
    }
}
