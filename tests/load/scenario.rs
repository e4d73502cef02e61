//! What sipp plays: a customer, and an agent who answers.

const SDP: &str = "v=0
o=- 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0 101
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
a=ptime:20
";

/// Calls, stays so long, and hangs up.
pub(crate) fn customer(stays_ms: u32) -> String {
    let head = "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:+849[pid]@[local_ip]:[local_port]>;tag=[pid]-[call_number]
Call-ID: [call_id]
Contact: <sip:customer@[local_ip]:[local_port]>
Max-Forwards: 70";
    format!(
        r#"<?xml version="1.0"?>
<scenario name="customer">
  <send retrans="500"><![CDATA[
INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
{head}
To: <sip:[service]@[remote_ip]:[remote_port]>
CSeq: 1 INVITE
Content-Type: application/sdp
Content-Length: [len]

{SDP}]]></send>
  <recv response="100" optional="true"/>
  <recv response="180" optional="true"/>
  <recv response="183" optional="true"/>
  <recv response="200" rrs="true"/>
  <send><![CDATA[
ACK [next_url] SIP/2.0
{head}
[routes]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
CSeq: 1 ACK
Content-Length: 0

]]></send>
  <pause milliseconds="{stays_ms}"/>
  <send retrans="500"><![CDATA[
BYE [next_url] SIP/2.0
{head}
[routes]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
CSeq: 2 BYE
Content-Length: 0

]]></send>
  <recv response="200"/>
</scenario>
"#
    )
}

/// Answers at once, and stays until the other one hangs up.
pub(crate) fn agent() -> String {
    format!(
        r#"<?xml version="1.0"?>
<scenario name="agent">
  <recv request="INVITE" rrs="true"/>
  <send><![CDATA[
SIP/2.0 180 Ringing
[last_Via:]
[last_Record-Route:]
[last_From:]
[last_To:];tag=[pid]-[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:agent@[local_ip]:[local_port]>
Content-Length: 0

]]></send>
  <send retrans="500"><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_Record-Route:]
[last_From:]
[last_To:];tag=[pid]-[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:agent@[local_ip]:[local_port]>
Content-Type: application/sdp
Content-Length: [len]

{SDP}]]></send>
  <recv request="ACK"/>
  <recv request="BYE"/>
  <send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
</scenario>
"#
    )
}
