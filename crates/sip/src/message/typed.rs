//! Typed reading of header fields.

use super::index::{Entry, Headers};
use crate::header::{
    Authorization, CSeq, Challenge, Contact, Contacts, Event, Fault, HeaderError, HeaderName,
    MediaType, RAck, Reason, RetryAfter, SessionExpires, SubscriptionState, Via,
};
use crate::method::Method;
use crate::syntax::{Elements, is_token, number};
use crate::text::Text;
use crate::uri::NameAddr;

type Read<T> = Result<T, HeaderError>;

fn at(name: &HeaderName) -> impl Fn(Fault) -> HeaderError + '_ {
    move |fault| HeaderError {
        name: name.clone(),
        fault,
    }
}

/// The elements of one value, sharing its bytes.
fn split(value: &Text, mut each: impl FnMut(Text) -> Result<(), Fault>) -> Result<(), Fault> {
    for element in Elements::new(value) {
        if element.is_empty() {
            return Err(Fault::Empty);
        }
        each(value.slice_ref(element))?;
    }
    Ok(())
}

impl Headers {
    fn one<T>(
        &self,
        name: &HeaderName,
        parse: impl Fn(Text) -> Result<T, Fault>,
    ) -> Read<Option<T>> {
        self.first(name)
            .map(|entry| parse(self.shared(entry)))
            .transpose()
            .map_err(at(name))
    }

    fn one_str<T>(
        &self,
        name: &HeaderName,
        parse: impl Fn(&str) -> Result<T, Fault>,
    ) -> Read<Option<T>> {
        self.get(name)
            .map(|value| parse(&value))
            .transpose()
            .map_err(at(name))
    }

    fn many<T>(&self, name: &HeaderName, parse: impl Fn(Text) -> Result<T, Fault>) -> Read<Vec<T>> {
        let mut out = Vec::new();
        for entry in self.entries_of(name) {
            split(&self.shared(entry), |element| {
                parse(element).map(|value| out.push(value))
            })
            .map_err(at(name))?;
        }
        Ok(out)
    }

    /// The first element of a list.
    fn head_of<T>(
        &self,
        name: &HeaderName,
        parse: impl Fn(Text) -> Result<T, Fault>,
    ) -> Read<Option<T>> {
        let first = |entry: &Entry| {
            let value = self.shared(entry);
            let element = Elements::new(&value).next().unwrap_or_default();
            let element = if element.len() == value.len() {
                value.clone()
            } else {
                value.slice_ref(element)
            };
            parse(element)
        };
        self.first(name).map(first).transpose().map_err(at(name))
    }

    /// Words of a list that are tokens; empty elements are let pass (`Supported:` may be empty).
    fn tokens(&self, name: &HeaderName) -> Read<Vec<Text>> {
        let mut out = Vec::new();
        for entry in self.entries_of(name) {
            let value = self.shared(entry);
            for word in Elements::new(&value).filter(|word| !word.is_empty()) {
                if !is_token(word) {
                    return Err(at(name)(Fault::Token));
                }
                out.push(value.slice_ref(word));
            }
        }
        Ok(out)
    }

    /// The topmost Via.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn via(&self) -> Read<Option<Via>> {
        self.head_of(&HeaderName::Via, Via::from_text)
    }

    /// Every Via, topmost first.
    ///
    /// # Errors
    /// If one is malformed.
    pub fn vias(&self) -> Read<Vec<Via>> {
        self.many(&HeaderName::Via, Via::from_text)
    }

    /// From.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn from(&self) -> Read<Option<NameAddr>> {
        self.one(&HeaderName::From, NameAddr::from_text)
    }

    /// To.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn to(&self) -> Read<Option<NameAddr>> {
        self.one(&HeaderName::To, NameAddr::from_text)
    }

    /// The first Contact address.
    ///
    /// # Errors
    /// If it is malformed, `*` included.
    pub fn contact(&self) -> Read<Option<Contact>> {
        self.head_of(&HeaderName::Contact, Contact::from_text)
    }

    /// Every Contact, or `*`.
    ///
    /// # Errors
    /// If one is malformed, or `*` is not alone.
    pub fn contacts(&self) -> Read<Contacts> {
        let is_star = |entry: &Entry| self.raw(entry) == "*";
        if self.entries_of(&HeaderName::Contact).any(is_star) {
            return match self.count(&HeaderName::Contact) {
                1 => Ok(Contacts::All),
                _ => Err(at(&HeaderName::Contact)(Fault::Repeated)),
            };
        }
        self.many(&HeaderName::Contact, Contact::from_text)
            .map(Contacts::List)
    }

    /// Call-ID.
    ///
    /// # Errors
    /// If it is empty or has spaces. Other characters are let pass: the value is only compared.
    pub fn call_id(&self) -> Read<Option<Text>> {
        self.one(&HeaderName::CallId, |value| {
            if value.is_empty() {
                return Err(Fault::Empty);
            }
            if value.bytes().any(|b| b <= b' ' || b == 0x7f) {
                Err(Fault::Token)
            } else {
                Ok(value)
            }
        })
    }

    /// CSeq.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn cseq(&self) -> Read<Option<CSeq>> {
        self.one_str(&HeaderName::CSeq, str::parse)
    }

    /// Max-Forwards, 0 to 255.
    ///
    /// # Errors
    /// If it is no such number.
    pub fn max_forwards(&self) -> Read<Option<u8>> {
        self.one_str(&HeaderName::MaxForwards, |text| {
            number(text)?.try_into().map_err(|_| Fault::Number)
        })
    }

    /// Expires in seconds. What is no number or too large counts as an hour, as in a Contact
    /// (RFC 3261 10.2.1.1, 20.19).
    #[must_use]
    pub fn expires(&self) -> Option<u32> {
        self.get(&HeaderName::Expires)
            .map(|text| number(&text).unwrap_or(3600))
    }

    /// Min-Expires in seconds.
    ///
    /// # Errors
    /// If it is no number.
    pub fn min_expires(&self) -> Read<Option<u32>> {
        self.one_str(&HeaderName::MinExpires, number)
    }

    /// Record-Route, in the order of the message.
    ///
    /// # Errors
    /// If one is malformed.
    pub fn record_route(&self) -> Read<Vec<NameAddr>> {
        self.many(&HeaderName::RecordRoute, NameAddr::from_text)
    }

    /// Route, in the order of the message.
    ///
    /// # Errors
    /// If one is malformed.
    pub fn route(&self) -> Read<Vec<NameAddr>> {
        self.many(&HeaderName::Route, NameAddr::from_text)
    }

    /// Any other list of addresses: Path, Service-Route, P-Asserted-Identity, ...
    ///
    /// # Errors
    /// If one is malformed.
    pub fn addresses(&self, name: &HeaderName) -> Read<Vec<NameAddr>> {
        self.many(name, NameAddr::from_text)
    }

    /// Any other single address: Refer-To, Referred-By, Reply-To.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn address(&self, name: &HeaderName) -> Read<Option<NameAddr>> {
        self.one(name, NameAddr::from_text)
    }

    /// Require.
    ///
    /// # Errors
    /// If it is no list of tokens.
    pub fn require(&self) -> Read<Vec<Text>> {
        self.tokens(&HeaderName::Require)
    }

    /// Proxy-Require.
    ///
    /// # Errors
    /// If it is no list of tokens.
    pub fn proxy_require(&self) -> Read<Vec<Text>> {
        self.tokens(&HeaderName::ProxyRequire)
    }

    /// Supported.
    ///
    /// # Errors
    /// If it is no list of tokens.
    pub fn supported(&self) -> Read<Vec<Text>> {
        self.tokens(&HeaderName::Supported)
    }

    /// Unsupported.
    ///
    /// # Errors
    /// If it is no list of tokens.
    pub fn unsupported(&self) -> Read<Vec<Text>> {
        self.tokens(&HeaderName::Unsupported)
    }

    /// Whether a list of option tags (Require, Supported, ...) has this one.
    #[must_use]
    pub fn has_option(&self, name: &HeaderName, tag: &str) -> bool {
        self.list(name).any(|found| found.eq_ignore_ascii_case(tag))
    }

    /// Allow; `None` where there is no such field.
    ///
    /// # Errors
    /// If it is no list of methods.
    pub fn allow(&self) -> Read<Option<Vec<Method>>> {
        if !self.has(&HeaderName::Allow) {
            return Ok(None);
        }
        let methods = self.tokens(&HeaderName::Allow)?;
        methods
            .iter()
            .map(|method| {
                method
                    .parse()
                    .map_err(|_| at(&HeaderName::Allow)(Fault::Token))
            })
            .collect::<Result<_, _>>()
            .map(Some)
    }

    /// Accept; `None` where there is no such field, which means `application/sdp` (RFC 3261 20.1).
    ///
    /// # Errors
    /// If it is no list of media types.
    pub fn accept(&self) -> Read<Option<Vec<MediaType>>> {
        if !self.has(&HeaderName::Accept) {
            return Ok(None);
        }
        let name = &HeaderName::Accept;
        self.list(name)
            .map(|range| range.parse().map_err(at(name)))
            .collect::<Result<_, _>>()
            .map(Some)
    }

    /// Content-Type.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn content_type(&self) -> Read<Option<MediaType>> {
        self.one(&HeaderName::ContentType, MediaType::from_text)
    }

    /// Content-Length.
    ///
    /// # Errors
    /// If it is no number.
    pub fn content_length(&self) -> Read<Option<u32>> {
        self.one_str(&HeaderName::ContentLength, number)
    }

    /// RSeq (RFC 3262 7.1), 1 and above.
    ///
    /// # Errors
    /// If it is no such number.
    pub fn rseq(&self) -> Read<Option<u32>> {
        self.one_str(&HeaderName::RSeq, |text| {
            number(text).and_then(|n| if n == 0 { Err(Fault::Number) } else { Ok(n) })
        })
    }

    /// RAck.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn rack(&self) -> Read<Option<RAck>> {
        self.one_str(&HeaderName::RAck, str::parse)
    }

    /// Session-Expires.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn session_expires(&self) -> Read<Option<SessionExpires>> {
        self.one_str(&HeaderName::SessionExpires, str::parse)
    }

    /// Min-SE in seconds.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn min_se(&self) -> Read<Option<u32>> {
        self.one_str(&HeaderName::MinSe, |text| {
            text.parse::<SessionExpires>().map(|value| value.seconds)
        })
    }

    /// Reason, every one that can be read (RFC 3326 2: one for each protocol).
    #[must_use]
    pub fn reasons(&self) -> Vec<Reason> {
        self.list(&HeaderName::Reason)
            .filter_map(|reason| reason.parse().ok())
            .collect()
    }

    /// Retry-After.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn retry_after(&self) -> Read<Option<RetryAfter>> {
        self.one_str(&HeaderName::RetryAfter, str::parse)
    }

    /// Event.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn event(&self) -> Read<Option<Event>> {
        self.one_str(&HeaderName::Event, str::parse)
    }

    /// Subscription-State.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn subscription_state(&self) -> Read<Option<SubscriptionState>> {
        self.one_str(&HeaderName::SubscriptionState, str::parse)
    }

    /// WWW-Authenticate, in the order of the message, which is that of preference (RFC 8760 2.4).
    ///
    /// # Errors
    /// If one is malformed.
    pub fn www_authenticate(&self) -> Read<Vec<Challenge>> {
        self.each(&HeaderName::WwwAuthenticate, Challenge::from_text)
    }

    /// Proxy-Authenticate, in the order of the message.
    ///
    /// # Errors
    /// If one is malformed.
    pub fn proxy_authenticate(&self) -> Read<Vec<Challenge>> {
        self.each(&HeaderName::ProxyAuthenticate, Challenge::from_text)
    }

    /// Authorization, in the order of the message.
    ///
    /// # Errors
    /// If one is malformed.
    pub fn authorization(&self) -> Read<Vec<Authorization>> {
        self.each(&HeaderName::Authorization, Authorization::from_text)
    }

    /// Proxy-Authorization, in the order of the message.
    ///
    /// # Errors
    /// If one is malformed.
    pub fn proxy_authorization(&self) -> Read<Vec<Authorization>> {
        self.each(&HeaderName::ProxyAuthorization, Authorization::from_text)
    }

    /// One value for each field: commas belong to the value (RFC 3261 7.3.1).
    fn each<T>(&self, name: &HeaderName, parse: impl Fn(Text) -> Result<T, Fault>) -> Read<Vec<T>> {
        self.entries_of(name)
            .map(|entry| parse(self.shared(entry)).map_err(at(name)))
            .collect()
    }
}
