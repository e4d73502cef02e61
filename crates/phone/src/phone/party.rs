//! Who somebody is, from an address of the wire.

use alo_sip::uri::NameAddr;

use super::text::clean;
use crate::language::Party;

/// The name and number of an address. Everything in it comes from the network.
pub(crate) fn party(address: &NameAddr, longest: usize) -> Party {
    let user = address.uri().user();
    let number = user.as_deref().unwrap_or_else(|| address.uri().host_str());
    Party {
        name: address
            .display()
            .map(|name| clean(&name, longest))
            .filter(|name| !name.is_empty()),
        number: clean(number, longest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_from_the_wire_is_made_harmless() {
        let address = NameAddr::parse("\"Bình \u{202e}T\u{200b}rần\" <sip:102@alo.test>").unwrap();
        let shown = party(&address, 120);
        assert_eq!(shown.name.as_deref(), Some("Bình Trần"));
        assert_eq!(shown.number, "102");
        let nobody = party(&NameAddr::parse("<sip:alo.test>").unwrap(), 120);
        assert_eq!(nobody.name, None);
        assert_eq!(nobody.number, "alo.test");
    }
}
