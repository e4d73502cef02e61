//! The one look into STUN that finds the leg of a far end which is not known yet (RFC 8489).

/// Binding request, and that the message is STUN at all.
const BINDING_REQUEST: [u8; 2] = [0, 1];
const MAGIC_COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
const HEADER: usize = 20;
const USERNAME: u16 = 0x0006;

/// The user name fragment that a connectivity check asks for: what stands before the colon of its
/// `USERNAME` (RFC 8445 section 7.2.2). `None` for everything else. Nothing is proved by it.
pub(super) fn asked_for(datagram: &[u8]) -> Option<&str> {
    let header = datagram.get(..HEADER)?;
    if header[..2] != BINDING_REQUEST || header[4..8] != MAGIC_COOKIE {
        return None;
    }
    let mut rest = &datagram[HEADER..];
    loop {
        let (head, after) = rest.split_at_checked(4)?;
        let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
        let value = after.get(..length)?;
        if u16::from_be_bytes([head[0], head[1]]) == USERNAME {
            let (asked_for, _own) = std::str::from_utf8(value).ok()?.split_once(':')?;
            return Some(asked_for);
        }
        // Attributes begin at multiples of four.
        rest = after.get(length.next_multiple_of(4)..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The request of RFC 5769 section 2.1, as far as its user name.
    const REQUEST: &[u8] = b"\x00\x01\x00\x58\x21\x12\xa4\x42\
        \xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87\xdf\xae\
        \x80\x22\x00\x10STUN test client\
        \x00\x24\x00\x04\x6e\x00\x01\xff\
        \x80\x29\x00\x08\x93\x2f\xf9\xb1\x51\x26\x3b\x36\
        \x00\x06\x00\x09evtj:h6vY\x20\x20\x20";

    #[test]
    fn a_check_names_whom_it_asks_for() {
        assert_eq!(asked_for(REQUEST), Some("evtj"));
    }

    #[test]
    fn what_is_no_check_names_nobody() {
        for length in 0..REQUEST.len() - 3 {
            assert_eq!(asked_for(&REQUEST[..length]), None, "{length} bytes");
        }
        for (at, byte) in [(0, 0x80), (1, 0), (4, 0)] {
            let mut broken = REQUEST.to_vec();
            broken[at] = byte;
            assert_eq!(asked_for(&broken), None, "byte {at}");
        }
        assert_eq!(asked_for(&[0xff; 1500]), None);
    }
}
