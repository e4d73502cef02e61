//! Which port of the peer a message goes to.
//!
//! Most peers send from the port that they listen on. Some gateways do not: what they sent says where
//! they listen. Only the port is taken from it, never the address: a peer does not send our messages
//! to somebody else.

use std::net::{IpAddr, SocketAddr};

use alo_sip::bounds::Limits;
use alo_sip::message::{Message, Request, Response, parse_datagram};
use alo_sip::uri::{Host, Uri};
use bytes::Bytes;

/// Port of SIP where none is named (RFC 3261 section 19.1.2).
const SIP: u16 = 5060;

/// Where a message goes that is for a flow to this address: a response to where its request came from if
/// that asked for it (`rport`, RFC 3581 section 4), else to the port of its `Via` (RFC 3261 section 18.2.2);
/// a request in a dialog to the port of its next hop, where that is at the same address (RFC 3261 section
/// 12.2.1.1). All else goes to the address of the flow, which the configuration names, whatever the
/// Request-URI says (RFC 3261 section 8.1.2: an outbound proxy).
#[must_use]
pub fn of_message(bytes: &Bytes, flow: SocketAddr) -> SocketAddr {
    let port = match parse_datagram(bytes.clone(), &Limits::default()) {
        Ok(Message::Response(response)) => of_response(&response),
        Ok(Message::Request(request)) => of_request(&request, flow.ip()),
        // A keep-alive.
        Err(_) => None,
    };
    port.map_or(flow, |port| SocketAddr::new(flow.ip(), port))
}

fn of_response(response: &Response) -> Option<u16> {
    let via = response.headers().via().ok().flatten()?;
    match via.rport() {
        Some(port) => port,
        None => Some(via.port().unwrap_or(SIP)),
    }
}

fn of_request(request: &Request, address: IpAddr) -> Option<u16> {
    let to = request.headers().to().ok().flatten()?;
    // None: outside of any dialog.
    to.tag()?;
    let routes = request.headers().route().unwrap_or_default();
    let first = routes.first().map(|route| route.uri().clone());
    let next = first.or_else(|| request.target().ok())?;
    is_at(&next, address).then(|| next.port().unwrap_or(SIP))
}

fn is_at(uri: &Uri, address: IpAddr) -> bool {
    match uri.host() {
        Some(Host::V4(ip)) => address == ip,
        Some(Host::V6(ip)) => address == ip.to_canonical(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where a message goes that is for a flow to port 7000.
    fn port(first: &str, fields: &str) -> u16 {
        let text = format!(
            "{first}\r\n{fields}From: <sip:a@x>;tag=1\r\nTo: <sip:b@x>;tag=2\r\nCall-ID: 1\r\n\
             CSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n"
        );
        let flow = "192.0.2.1:7000".parse().unwrap();
        let to = of_message(&Bytes::from(text), flow);
        assert_eq!(to.ip(), flow.ip());
        to.port()
    }

    #[test]
    fn a_response_goes_where_its_request_wanted_it() {
        let to = |via: &str| port("SIP/2.0 200 OK", &format!("Via: SIP/2.0/UDP {via}\r\n"));
        assert_eq!(
            to("192.0.2.1:5080;branch=z9hG4bK1;received=192.0.2.1;rport=7000"),
            7000
        );
        assert_eq!(to("192.0.2.1:5080;branch=z9hG4bK1"), 5080);
        assert_eq!(
            to("gateway.example;branch=z9hG4bK1;received=192.0.2.1"),
            5060
        );
    }

    #[test]
    fn a_request_goes_to_its_next_hop_at_the_same_address() {
        let via = "Via: SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bK1;rport\r\n";
        let to = |target: &str, route: &str| {
            port(&format!("BYE {target} SIP/2.0"), &format!("{via}{route}"))
        };
        assert_eq!(to("sip:gateway@192.0.2.1:5070", ""), 5070);
        assert_eq!(to("sip:gateway@192.0.2.1", ""), 5060);
        assert_eq!(
            to(
                "sip:gateway@192.0.2.1:5070",
                "Route: <sip:192.0.2.1:5062;lr>\r\n"
            ),
            5062
        );
        // Somebody else's address, and a name: as it came.
        assert_eq!(to("sip:gateway@203.0.113.9:5070", ""), 7000);
        assert_eq!(to("sip:gateway@inside.example:5070", ""), 7000);
    }

    #[test]
    fn a_registration_goes_where_the_configuration_says() {
        let text = "REGISTER sip:192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.7;branch=z9hG4bK1\r\n\
            From: <sip:a@x>;tag=1\r\nTo: <sip:a@x>\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\n\
            Content-Length: 0\r\n\r\n";
        let flow = "192.0.2.1:7000".parse().unwrap();
        assert_eq!(of_message(&Bytes::from_static(text.as_bytes()), flow), flow);
    }

    #[test]
    fn what_is_no_message_goes_where_the_flow_goes() {
        let flow = "192.0.2.1:7000".parse().unwrap();
        assert_eq!(of_message(&Bytes::from_static(b"\r\n\r\n"), flow), flow);
    }
}
