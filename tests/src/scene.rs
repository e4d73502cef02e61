//! What a story starts from: the configuration of the call centre, and what is beyond it.

use std::borrow::Cow;

use anyhow::Result;

use crate::baresip::{Answers, Baresip, G711_FIRST, Subscriber};
use crate::config;
use crate::kamailio::Kamailio;
use crate::ports;
use crate::sipp::Sipp;
use crate::story::Who;

/// What a story starts from; the default is the demo as it stands.
#[derive(Debug, Clone, Default)]
pub struct Scene {
    changes: Vec<Cow<'static, str>>,
    network: Network,
    registrar: Registrar,
}

/// Whose SIP server the phones of the agents are at; the app comes from the call centre all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Registrar {
    /// The call centre's own.
    #[default]
    Own,
    /// A plain registrar and proxy, [`Kamailio`].
    Proxy,
}

/// The phone network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Network {
    /// The call centre's own simulation.
    #[default]
    Simulated,
    /// A trunk to one real telephone, [`Who::Mobile`]'s.
    Telephone(Answers),
    /// A trunk to a network that plays [`Who::Mobile`]'s tone before it answers.
    Announcing,
    /// A trunk to a network in which every number answers with the SIP response code of its last
    /// three digits.
    Refusing,
}

impl Scene {
    /// The demo with this piece of TOML; see [`config::demo_with`].
    #[must_use]
    pub fn with(mut self, change: impl Into<Cow<'static, str>>) -> Self {
        self.changes.push(change.into());
        self
    }

    /// With this network beyond.
    #[must_use]
    pub fn network(mut self, network: Network) -> Self {
        self.network = network;
        self
    }

    /// With the phones at this SIP server.
    #[must_use]
    pub fn registrar(mut self, registrar: Registrar) -> Self {
        self.registrar = registrar;
        self
    }

    /// The whole configuration, where it is not the demo's.
    pub(crate) fn config(&self, beyond: &Beyond) -> Result<Option<String>> {
        let trunk = beyond.far_port().map(|far| {
            let own = beyond.trunk;
            format!("[trunk]\naddress = \"127.0.0.1:{far}\"\nbind = \"127.0.0.1:{own}\"\n")
        });
        let elsewhere = beyond.proxy.as_ref();
        let elsewhere = elsewhere.map(|proxy| format!("[http]\nsip_url = \"{}\"\n", proxy.url()));
        let changes = self.changes.iter().map(AsRef::as_ref);
        let changes = changes.chain(trunk.as_deref()).chain(elsewhere.as_deref());
        let changes: Vec<&str> = changes.collect();
        if changes.is_empty() {
            return Ok(None);
        }
        config::demo_with(&changes).map(Some)
    }
}

/// What stands at the far end of the trunk, and beside the call centre.
#[derive(Default)]
pub(crate) struct Beyond {
    /// The call centre's own SIP port.
    trunk: u16,
    telephone: Option<Baresip>,
    sipp: Option<Sipp>,
    proxy: Option<Kamailio>,
}

impl Beyond {
    /// Starts what the scene has there.
    pub(crate) async fn start(scene: &Scene) -> Result<Self> {
        let mut beyond = Self {
            trunk: ports::free()?,
            ..Self::default()
        };
        match scene.network {
            Network::Simulated => {}
            Network::Telephone(answers) => {
                let subscriber = Subscriber {
                    who: Who::Mobile.name().into(),
                    number: Who::Mobile.extension(),
                    tone: Who::Mobile.tone(),
                    answers,
                    codecs: G711_FIRST,
                };
                beyond.telephone = Some(Baresip::start(&subscriber).await?);
            }
            Network::Announcing => {
                beyond.sipp = Some(Sipp::announcing(Who::Mobile.tone()).await?);
            }
            Network::Refusing => beyond.sipp = Some(Sipp::refusing().await?),
        }
        if scene.registrar == Registrar::Proxy {
            beyond.proxy = Some(Kamailio::start().await?);
        }
        Ok(beyond)
    }

    /// The call centre's own SIP port towards it.
    pub(crate) fn trunk(&self) -> u16 {
        self.trunk
    }

    pub(crate) fn telephone(&self) -> Option<&Baresip> {
        self.telephone.as_ref()
    }

    pub(crate) fn proxy(&self) -> Option<&Kamailio> {
        self.proxy.as_ref()
    }

    /// Where its SIP is.
    fn far_port(&self) -> Option<u16> {
        let telephone = self.telephone.as_ref().map(Baresip::port);
        telephone.or_else(|| self.sipp.as_ref().map(Sipp::port))
    }
}
