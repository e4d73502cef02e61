//! Working states and colleagues, as part of the phone.

use alo_api::working::{AFTER_CALL_WORK, AVAILABLE};
use alo_sip::ua::{PublicationEvent, PublicationId};

use super::Refusal;
use super::connection::Link;
use super::machine::{Phone, Presence};
use super::presence::{Desk, DeskNews, Tools};
use super::registration::Registration;
use super::text::clean;
use crate::language::{Command, Millis, PersonPresence, PhoneActions, Working, WorkingState};

impl Phone {
    /// Does something at the desk of the agent who is signed in, and carries the news on.
    pub(super) fn at_desk(
        &mut self,
        now: Millis,
        act: impl FnOnce(&mut Desk, &mut Tools<'_>) -> Vec<DeskNews>,
    ) {
        let (Presence::On(desk), Some(account)) = (&mut self.presence, &self.account) else {
            return;
        };
        let mut tools = Tools {
            now,
            config: &self.config,
            account,
            ua: &mut self.ua,
            flow: self.connection.flow(),
        };
        for news in act(desk, &mut tools) {
            match news {
                DeskNews::Event(event) => self.out.event(event),
                DeskNews::Trouble(trouble) => {
                    let most = self.config.limits.notices;
                    self.notices.add(&mut self.out, now, most, None, trouble);
                }
            }
        }
    }

    /// What is chosen and watched now waits for the connection and the registration to come back.
    pub(super) fn desk_is_away(&mut self, now: Millis) {
        self.at_desk(now, |desk, tools| {
            desk.away(tools);
            vec![]
        });
    }

    /// Chooses a working state.
    pub(super) fn set_working(&mut self, now: Millis, state: &WorkingState) -> Result<(), Refusal> {
        self.account.as_ref().ok_or(Refusal::SignedOut)?;
        let actions = self.working_actions();
        let action = if state.id == AFTER_CALL_WORK {
            actions.extend_wrap_up
        } else {
            actions.set_working
        };
        let longest = self.config.limits.text;
        let state = WorkingState {
            id: clean(&state.id, longest),
            name: state.name.as_deref().map(|name| clean(name, longest)),
        };
        if action.is_none() || state.id.is_empty() {
            return Err(Refusal::NoSuchWorkingState);
        }
        self.at_desk(now, |desk, tools| desk.choose(tools, state));
        Ok(())
    }

    /// Watches these colleagues, and nobody else.
    pub(super) fn watch_people(
        &mut self,
        now: Millis,
        extensions: Vec<String>,
    ) -> Result<(), Refusal> {
        let account = self.account.as_ref().ok_or(Refusal::SignedOut)?;
        if account.shown.guest {
            return Err(Refusal::NotForGuests);
        }
        self.at_desk(now, |desk, tools| {
            desk.watch(tools, extensions);
            vec![]
        });
        Ok(())
    }

    /// Ends subscriptions and publication, before the registration that proves whose they are.
    pub(super) fn leave_desk(&mut self, now: Millis) {
        let desk = std::mem::replace(&mut self.presence, Presence::Off);
        if let Presence::On(mut desk) = desk
            && let Some(publication) = desk.leave(now, &mut self.ua)
        {
            self.presence = Presence::Leaving(publication);
        }
    }

    pub(super) fn on_publication(
        &mut self,
        now: Millis,
        id: PublicationId,
        event: PublicationEvent,
    ) {
        match (&self.presence, &event) {
            (Presence::Leaving(left), PublicationEvent::Unpublished) if *left == id => {
                self.presence = Presence::Off;
                self.close_if_left(now);
            }
            _ => self.at_desk(now, |desk, tools| desk.on_publication(tools, id, event)),
        }
    }

    /// Closes the WebSocket when nothing is left at the server.
    pub(super) fn close_if_left(&mut self, now: Millis) {
        if matches!(self.connection.link(), Link::Leaving { .. })
            && self.registration == Registration::None
            && matches!(self.presence, Presence::Off)
        {
            self.close_connection(now);
        }
    }

    pub(super) fn presence_time(&mut self, now: Millis) {
        let due = self.presence_wakes_at().into_iter().flatten();
        if due.min().is_some_and(|at| now >= at) {
            self.at_desk(now, Desk::pass_time);
        }
    }

    /// When the working state, and when the colleagues, want to be looked after.
    pub(super) fn presence_wakes_at(&self) -> [Option<Millis>; 2] {
        self.desk().map_or([None, None], Desk::timers)
    }

    fn desk(&self) -> Option<&Desk> {
        match &self.presence {
            Presence::On(desk) => Some(desk),
            Presence::Off | Presence::Leaving(_) => None,
        }
    }

    pub(super) fn working(&self) -> Working {
        self.desk().map(Desk::working).unwrap_or_default()
    }

    pub(super) fn people(&self) -> Vec<PersonPresence> {
        self.desk().map(Desk::people).unwrap_or_default()
    }

    /// The actions that have to do with working states; all others are empty.
    pub(super) fn working_actions(&self) -> PhoneActions {
        let set = |id: &str| Command::SetWorking {
            state: WorkingState {
                id: id.to_owned(),
                name: None,
            },
        };
        let offered = self.desk().is_some_and(Desk::is_offered);
        let wraps_up = offered && self.desk().is_some_and(Desk::is_wrapping_up);
        PhoneActions {
            set_working: offered.then(|| set(AVAILABLE)),
            end_wrap_up: wraps_up.then(|| set(AVAILABLE)),
            extend_wrap_up: wraps_up.then(|| set(AFTER_CALL_WORK)),
            ..PhoneActions::default()
        }
    }
}
