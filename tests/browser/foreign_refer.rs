//! REFER between this project's SIP and a telephone that others wrote, over real UDP, with no server and no
//! browser between them: baresip is sent to somebody else, and sends somebody else away.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Instant;

use alo_browser_tests::baresip::{Answers, Baresip, G711_FIRST, Subscriber};
use alo_browser_tests::until::PATIENCE;
use alo_sip::header::ReferTo;
use alo_sip::sipfrag::Fragment;
use alo_sip::status::StatusCode;
use alo_sip::time;
use alo_sip::ua::{
    Config, Event, FlowId, FlowInfo, Invite, Output, Refer, ReferralEvent, ReferredId,
    SessionEvent, SessionId, Transport, UserAgent,
};
use alo_sip::uri::{NameAddr, Uri};
use anyhow::{Context as _, Result, bail, ensure};
use bytes::Bytes;
use tokio::net::UdpSocket;

use crate::Teller;

/// Where media would go; nobody listens there.
const SDP: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
    m=audio 9 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n";

pub(crate) fn add(teller: &mut Teller) {
    teller.add_bare("a_foreign_telephone_goes_where_it_is_sent", async |_| {
        a_foreign_telephone_goes_where_it_is_sent().await
    });
    teller.add_bare(
        "a_foreign_telephone_comes_back_where_nobody_answers",
        async |_| a_foreign_telephone_comes_back_where_nobody_answers().await,
    );
    teller.add_bare("a_foreign_telephone_sends_somebody_away", async |_| {
        a_foreign_telephone_sends_somebody_away().await
    });
}

/// A user agent with a socket.
struct Peer {
    ua: UserAgent,
    socket: UdpSocket,
    started: Instant,
    /// One flow for each address that it talks with.
    flows: BTreeMap<SocketAddr, FlowId>,
    events: Vec<Event>,
}

impl Peer {
    async fn start(seed: u8) -> Result<Self> {
        let config = Config {
            user_agent: "Alo".into(),
            ..Config::default()
        };
        Ok(Self {
            ua: UserAgent::new(config, [seed; 32]),
            socket: UdpSocket::bind("127.0.0.1:0").await?,
            started: Instant::now(),
            flows: BTreeMap::new(),
            events: Vec::new(),
        })
    }

    fn now(&self) -> time::Instant {
        let millis = self.started.elapsed().as_millis();
        time::Instant::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
    }

    fn port(&self) -> Result<u16> {
        Ok(self.socket.local_addr()?.port())
    }

    fn uri(&self, user: &str) -> Result<Uri> {
        Ok(Uri::sip(
            Some(user),
            &format!("127.0.0.1:{}", self.port()?),
        )?)
    }

    /// The flow to an address.
    fn flow(&mut self, to: SocketAddr) -> Result<FlowId> {
        if let Some(flow) = self.flows.get(&to) {
            return Ok(*flow);
        }
        let flow = FlowId(self.flows.len() as u64 + 1);
        let info = FlowInfo {
            transport: Transport::Udp,
            sent_by: format!("127.0.0.1:{}", self.port()?),
            remote: Some(to),
            keep_alive: None,
        };
        self.ua.flow_opened(self.now(), flow, info);
        self.flows.insert(to, flow);
        Ok(flow)
    }

    /// Calls the telephone at a port.
    fn call(&mut self, number: &str, port: u16) -> Result<SessionId> {
        let flow = self.flow(SocketAddr::from(([127, 0, 0, 1], port)))?;
        let target = Uri::sip(Some(number), &format!("127.0.0.1:{port}"))?;
        let own = self.uri("alice")?;
        let invite = Invite {
            target: target.clone(),
            from: NameAddr::new(own.clone()),
            to: NameAddr::new(target),
            contact: own,
            headers: Vec::new(),
            route: Vec::new(),
            offer: Some(SDP.into()),
            credentials: None,
        };
        Ok(self.ua.invite(self.now(), flow, invite))
    }

    /// Sends and takes in what there is.
    async fn turn(&mut self) -> Result<()> {
        let mut buffer = [0; 8192];
        while let Ok((length, from)) = self.socket.try_recv_from(&mut buffer) {
            let flow = self.flow(from)?;
            let bytes = Bytes::copy_from_slice(&buffer[..length]);
            self.ua.handle_input(self.now(), flow, bytes);
        }
        self.ua.handle_timeout(self.now());
        loop {
            match self.ua.poll_output() {
                Output::Transmit { flow, bytes } => {
                    let known = self.flows.iter().find(|(_, known)| **known == flow);
                    let (to, _) = known.context("a flow to nobody")?;
                    self.socket.send_to(&bytes, to).await?;
                }
                Output::Event(event) => self.events.push(event),
                Output::Timeout(_) => return Ok(()),
            }
        }
    }

    /// Takes out the first event of this kind.
    fn take<T>(&mut self, wanted: impl Fn(&Event) -> Option<T>) -> Option<T> {
        let found = self.events.iter().enumerate();
        let (at, found) = found
            .filter_map(|(at, event)| Some((at, wanted(event)?)))
            .next()?;
        self.events.remove(at);
        Some(found)
    }
}

/// Waits until something happens at the first of these; all of them go on meanwhile.
async fn wait<T>(
    what: &str,
    peers: &mut [&mut Peer],
    wanted: impl Fn(&Event) -> Option<T>,
) -> Result<T> {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        for peer in &mut *peers {
            peer.turn().await?;
        }
        if let Some(found) = peers[0].take(&wanted) {
            return Ok(found);
        }
        let sockets = peers.iter().map(|peer| peer.socket.readable());
        let readable = futures_util::future::select_all(sockets.map(Box::pin));
        let nap = std::time::Duration::from_millis(20);
        let _ = tokio::time::timeout(nap, readable).await;
    }
    bail!("waited for {what}; instead: {:?}", peers[0].events)
}

fn answered(event: &Event) -> Option<()> {
    let Event::Session { event, .. } = event else {
        return None;
    };
    matches!(event, SessionEvent::Answered { .. }).then_some(())
}

fn ended(event: &Event) -> Option<SessionId> {
    match event {
        Event::Session {
            id,
            event: SessionEvent::Ended { .. },
        } => Some(*id),
        _ => None,
    }
}

fn accepted(event: &Event) -> Option<bool> {
    match event {
        Event::Referral {
            event: ReferralEvent::Accepted { followed },
            ..
        } => Some(*followed),
        _ => None,
    }
}

/// The final state of what was referred.
fn outcome(event: &Event) -> Option<Fragment> {
    match event {
        Event::Referral {
            event: ReferralEvent::Progress { fragment },
            ..
        } => fragment.is_final().then(|| fragment.clone()),
        _ => None,
    }
}

fn invited(event: &Event) -> Option<SessionId> {
    match event {
        Event::Invited { session, .. } => Some(*session),
        _ => None,
    }
}

async fn telephone(answers: Answers) -> Result<Baresip> {
    Baresip::start(&Subscriber {
        who: "the foreign telephone".into(),
        number: "84901234567",
        tone: 600.0,
        answers,
        codecs: G711_FIRST,
    })
    .await
}

/// Alice talks with the telephone, and sends it to Carol.
async fn sent_to_carol(alice: &mut Peer, carol: &mut Peer, phone: &Baresip) -> Result<SessionId> {
    let call = alice.call("84901234567", phone.port())?;
    wait("the telephone to answer", &mut [&mut *alice], answered).await?;
    let refer = Refer {
        to: ReferTo::new(NameAddr::new(carol.uri("carol")?)),
        referred_by: Some(NameAddr::new(alice.uri("alice")?)),
        headers: Vec::new(),
    };
    alice.ua.refer(alice.now(), call, refer)?;
    let followed = wait("202", &mut [&mut *alice, &mut *carol], accepted).await?;
    ensure!(followed, "it says nothing of what becomes of it");
    Ok(call)
}

async fn a_foreign_telephone_goes_where_it_is_sent() -> Result<()> {
    let (mut alice, mut carol) = (Peer::start(1).await?, Peer::start(2).await?);
    let phone = telephone(Answers::AtOnce).await?;
    let call = sent_to_carol(&mut alice, &mut carol, &phone).await?;
    let rings = wait("a call at Carol's", &mut [&mut carol, &mut alice], invited).await?;
    carol
        .ua
        .accept(carol.now(), rings, SDP.into(), Vec::new())?;
    let told = wait("the outcome", &mut [&mut alice, &mut carol], outcome).await?;
    ensure!(told.status == StatusCode::OK, "{told:?}");
    // The call that it was asked in may be over already; what was told of it does not depend on that.
    let _ = alice.ua.hang_up(alice.now(), call, None);
    let over = wait(
        "the first call to end",
        &mut [&mut alice, &mut carol],
        ended,
    )
    .await?;
    ensure!(over == call, "another call ended");
    carol.ua.hang_up(carol.now(), rings, None)?;
    wait("the end", &mut [&mut carol, &mut alice], ended).await?;
    Ok(())
}

async fn a_foreign_telephone_comes_back_where_nobody_answers() -> Result<()> {
    let (mut alice, mut carol) = (Peer::start(3).await?, Peer::start(4).await?);
    let phone = telephone(Answers::AtOnce).await?;
    sent_to_carol(&mut alice, &mut carol, &phone).await?;
    let rings = wait("a call at Carol's", &mut [&mut carol, &mut alice], invited).await?;
    let (now, busy) = (carol.now(), StatusCode::BUSY_HERE);
    carol.ua.reject(now, rings, busy, Vec::new())?;
    let told = wait("the outcome", &mut [&mut alice, &mut carol], outcome).await?;
    ensure!(told.status.is_failure(), "{told:?}");
    Ok(())
}

async fn a_foreign_telephone_sends_somebody_away() -> Result<()> {
    let mut alice = Peer::start(5).await?;
    let phone = telephone(Answers::AtOnce).await?;
    let call = alice.call("84901234567", phone.port())?;
    wait("the telephone to answer", &mut [&mut alice], answered).await?;
    phone.talks().await?;
    phone.transfer("sip:carol@127.0.0.1:9").await?;
    let (id, session, user): (ReferredId, _, _) =
        wait("REFER", &mut [&mut alice], |event| match event {
            Event::Referred {
                id, session, refer, ..
            } => Some((*id, *session, refer.target().user()?.into_owned())),
            _ => None,
        })
        .await?;
    ensure!(
        session == Some(call) && user == "carol",
        "{session:?} {user}"
    );
    alice.ua.accept_refer(alice.now(), id)?;
    for status in [StatusCode::RINGING, StatusCode::OK] {
        alice
            .ua
            .refer_progress(alice.now(), id, Fragment::new(status))?;
        alice.turn().await?;
    }
    // It hangs up when it is told that the call was answered.
    let over = wait("the telephone to hang up", &mut [&mut alice], ended).await?;
    ensure!(over == call, "another call ended");
    let late = alice
        .ua
        .refer_progress(alice.now(), id, Fragment::new(StatusCode::OK));
    ensure!(late.is_err(), "the outcome was told twice");
    Ok(())
}
