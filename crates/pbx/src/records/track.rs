//! What goes along with a call and becomes its record.

use std::time::Duration;

use alo_sip::time::Instant;
use jiff::{SignedDuration, Timestamp};

use super::record::{
    CallRecord, Direction, EndedBy, OfferEnd, Seconds, Step, TransferEnd, TransferKind,
};

/// What the clock on the wall said at some instant. Handed in, since machines have no clock; made anew
/// for each record, it follows a clock that is set.
#[derive(Debug, Clone, Copy)]
pub struct WallClock {
    /// The instant.
    pub at: Instant,
    /// What the clock said.
    pub said: Timestamp,
}

impl WallClock {
    /// What the clock says, or said, at an instant.
    #[must_use]
    pub fn time(&self, instant: Instant) -> Timestamp {
        let signed = |duration| SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX);
        let (later, earlier) = (signed(instant - self.at), signed(self.at - instant));
        let time = self.said.saturating_add(later);
        let time = time.and_then(|time| time.saturating_sub(earlier));
        // Durations, unlike spans of months, are always taken.
        time.unwrap_or(self.said)
    }
}

/// How a call begins.
#[derive(Debug, Clone)]
pub struct Beginning {
    /// Number of the call in this run.
    pub call: u64,
    /// Between whom.
    pub direction: Direction,
    /// Extension or number of the caller.
    pub caller: String,
    /// His name.
    pub caller_name: Option<String>,
    /// What was dialled.
    pub called: String,
    /// The hotline that was called, or that is called from.
    pub hotline: Option<String>,
}

/// How a call ends.
#[derive(Debug, Clone)]
pub struct Ending {
    /// Whose doing.
    pub by: EndedBy,
    /// Why, for people.
    pub reason: String,
    /// The SIP status, where it was refused.
    pub status: Option<u16>,
}

/// Where a call is. Each but the first has its step in the path; on the first stands a call too that is
/// put through.
#[derive(Debug, Clone, Copy)]
enum Stage {
    Begun,
    /// In a menu or an apology, for nobody.
    Listening(usize),
    /// In a queue.
    Waiting(usize),
    /// With somebody.
    Talking(usize),
}

/// How a transfer stands, of which the step is in the path.
#[derive(Debug, Clone, Copy)]
enum Transferring {
    /// Its target is tried.
    Tried(usize),
    /// It came to nothing.
    Failed(usize),
    /// Who transferred it is rung.
    Recalled(usize),
}

/// A call on its way.
#[derive(Debug)]
pub struct Track {
    beginning: Beginning,
    start: Instant,
    stage: Stage,
    path: Vec<Step>,
    /// Offers that ring: who, the step, since when.
    ringing: Vec<(String, usize)>,
    transferring: Option<Transferring>,
    /// Since when somebody is waited for.
    waits_since: Option<Instant>,
    waited: Duration,
    answered_by: Option<String>,
}

impl Track {
    /// A call begins.
    #[must_use]
    pub fn begin(now: Instant, beginning: Beginning) -> Self {
        Self {
            beginning,
            start: now,
            stage: Stage::Begun,
            path: Vec::new(),
            ringing: Vec::new(),
            transferring: None,
            waits_since: None,
            waited: Duration::ZERO,
            answered_by: None,
        }
    }

    /// It comes to an IVR tree; nothing where it is there already.
    pub fn ivr(&mut self, now: Instant, tree: &str) {
        if let Stage::Listening(step) = self.stage
            && matches!(self.path.get(step), Some(Step::Ivr { tree: same, .. }) if same == tree)
        {
            return;
        }
        let (at_s, for_s) = (self.since_start(now), Seconds::default());
        let tree = tree.to_owned();
        self.listens(now, Step::Ivr { tree, at_s, for_s });
    }

    /// An apology is spoken.
    pub fn apology(&mut self, now: Instant) {
        let (at_s, for_s) = (self.since_start(now), Seconds::default());
        self.listens(now, Step::Apology { at_s, for_s });
    }

    /// It comes to a queue.
    pub fn queue(&mut self, now: Instant, queue: &str) {
        self.leave_stage(now);
        let step = Step::Queue {
            queue: queue.to_owned(),
            at_s: self.since_start(now),
            for_s: Seconds::default(),
        };
        let step = self.push(step);
        self.set_stage(Stage::Waiting(step), "in a queue");
        self.waits(now);
    }

    /// It is put through: out of the queue or the menu, to phones that are rung for it alone.
    pub fn put_through(&mut self, now: Instant) {
        self.leave_stage(now);
        self.set_stage(Stage::Begun, "put through");
    }

    /// A phone begins to ring for it.
    pub fn offered(&mut self, now: Instant, who: &str) {
        let step = Step::Offer {
            who: who.to_owned(),
            // Until something else is known.
            how: OfferEnd::CallerGone,
            at_s: self.since_start(now),
            for_s: Seconds::default(),
        };
        let step = self.push(step);
        self.ringing.push((who.to_owned(), step));
        if !matches!(self.stage, Stage::Talking(_)) {
            self.waits(now);
        }
    }

    /// A phone does not ring for it any more.
    pub fn offer_over(&mut self, now: Instant, who: &str, how: OfferEnd) {
        let Some(index) = self.ringing.iter().position(|(other, _)| other == who) else {
            return;
        };
        let (_, step) = self.ringing.remove(index);
        self.close(now, step);
        if let Some(Step::Offer { how: known, .. }) = self.path.get_mut(step) {
            *known = how;
        }
    }

    /// Somebody transfers it: an agent of this extension, to an extension, a number, or the id of a queue
    /// or tree. A transfer that is not over yet is taken for one that came to nothing.
    pub fn transferred(&mut self, now: Instant, by: &str, to: &str, kind: TransferKind) {
        self.transfer_over(now, TransferEnd::Unreachable);
        let step = Step::Transfer {
            by: by.to_owned(),
            to: to.to_owned(),
            kind,
            // Until something else is known.
            how: TransferEnd::CallerGone,
            at_s: self.since_start(now),
            for_s: Seconds::default(),
            recall: None,
            fallback: None,
        };
        let step = self.push(step);
        self.transferring = Some(Transferring::Tried(step));
    }

    /// What became of the transfer; nothing where none is tried. That somebody answered who was rung for it
    /// is known without ([`Track::answered`]).
    pub fn transfer_over(&mut self, now: Instant, end: TransferEnd) {
        let Some(Transferring::Tried(step)) = self.transferring else {
            return;
        };
        self.close(now, step);
        self.transferring = (end != TransferEnd::Done).then_some(Transferring::Failed(step));
        if let Some(Step::Transfer { how, .. }) = self.path.get_mut(step) {
            *how = end;
        }
    }

    /// It comes back to whoever transferred it, whose phones ring. They are offered it too
    /// ([`Track::offered`]).
    pub fn recalled(&mut self) {
        if let Some(Transferring::Failed(step)) = self.transferring {
            self.transferring = Some(Transferring::Recalled(step));
            self.note_recall(step, OfferEnd::CallerGone);
        }
    }

    /// Who transferred it does not have it back. That he answered is known without.
    pub fn recall_over(&mut self, end: OfferEnd) {
        if let Some(Transferring::Recalled(step)) = self.transferring {
            self.transferring = Some(Transferring::Failed(step));
            self.note_recall(step, end);
        }
    }

    /// Where it goes that was transferred, and that nobody has taken: the id of a queue or tree, an
    /// extension or a number.
    pub fn fallback(&mut self, to: &str) {
        self.recall_over(OfferEnd::NoAnswer);
        if let Some(Transferring::Failed(step)) = self.transferring.take()
            && let Some(Step::Transfer { fallback, .. }) = self.path.get_mut(step)
        {
            *fallback = Some(to.to_owned());
        }
    }

    fn note_recall(&mut self, step: usize, end: OfferEnd) {
        if let Some(Step::Transfer { recall, .. }) = self.path.get_mut(step) {
            *recall = Some(end);
        }
    }

    /// Somebody has it; whoever else rings does not.
    pub fn answered(&mut self, now: Instant, who: &str) {
        self.transfer_over(now, TransferEnd::Done);
        self.recall_over(OfferEnd::Answered);
        self.transferring = None;
        self.offer_over(now, who, OfferEnd::Answered);
        while let Some((other, _)) = self.ringing.first().cloned() {
            self.offer_over(now, &other, OfferEnd::AnsweredElsewhere);
        }
        self.leave_stage(now);
        self.waits_no_more(now);
        let step = Step::Talk {
            with: who.to_owned(),
            at_s: self.since_start(now),
            for_s: Seconds::default(),
        };
        let step = self.push(step);
        self.set_stage(Stage::Talking(step), "answered");
        self.answered_by = Some(who.to_owned());
    }

    /// Whether any phone rang for it.
    #[must_use]
    pub fn was_offered(&self) -> bool {
        let mut steps = self.path.iter();
        steps.any(|step| matches!(step, Step::Offer { .. }))
    }

    /// It is over.
    #[must_use]
    pub fn finish(mut self, now: Instant, ending: Ending, clock: WallClock) -> CallRecord {
        while let Some((who, _)) = self.ringing.first().cloned() {
            self.offer_over(now, &who, OfferEnd::CallerGone);
        }
        self.transfer_over(now, TransferEnd::CallerGone);
        self.leave_stage(now);
        self.waits_no_more(now);
        let talked = self.path.iter().map(|step| match step {
            Step::Talk { for_s, .. } => for_s.0,
            _ => Duration::ZERO,
        });
        let talked = talked.sum();
        let start = clock.time(self.start);
        CallRecord {
            id: format!("{:x}-{}", start.as_millisecond(), self.beginning.call),
            start,
            end: clock.time(now),
            direction: self.beginning.direction,
            caller: self.beginning.caller,
            caller_name: self.beginning.caller_name,
            called: self.beginning.called,
            hotline: self.beginning.hotline,
            path: self.path,
            answered_by: self.answered_by,
            wait_s: Seconds(self.waited),
            talk_s: Seconds(talked),
            ended_by: ending.by,
            reason: ending.reason,
            status: ending.status,
        }
    }

    fn listens(&mut self, now: Instant, step: Step) {
        self.leave_stage(now);
        self.waits_no_more(now);
        let step = self.push(step);
        self.set_stage(Stage::Listening(step), "listens");
    }

    fn push(&mut self, step: Step) -> usize {
        self.path.push(step);
        self.path.len() - 1
    }

    fn leave_stage(&mut self, now: Instant) {
        match self.stage {
            Stage::Begun => {}
            Stage::Listening(step) | Stage::Waiting(step) | Stage::Talking(step) => {
                self.close(now, step);
            }
        }
    }

    /// A step of the path is over.
    fn close(&mut self, now: Instant, step: usize) {
        let since_start = self.since_start(now).0;
        match self.path.get_mut(step) {
            Some(
                Step::Ivr { at_s, for_s, .. }
                | Step::Queue { at_s, for_s, .. }
                | Step::Offer { at_s, for_s, .. }
                | Step::Talk { at_s, for_s, .. }
                | Step::Transfer { at_s, for_s, .. }
                | Step::Apology { at_s, for_s },
            ) => for_s.0 = since_start.saturating_sub(at_s.0),
            None => {}
        }
    }

    fn waits(&mut self, now: Instant) {
        self.waits_since.get_or_insert(now);
    }

    fn waits_no_more(&mut self, now: Instant) {
        if let Some(since) = self.waits_since.take() {
            self.waited += now - since;
        }
    }

    fn since_start(&self, now: Instant) -> Seconds {
        Seconds(now - self.start)
    }

    fn set_stage(&mut self, new: Stage, reason: &str) {
        tracing::trace!(old = ?self.stage, ?new, reason, "track");
        self.stage = new;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Instant {
        Instant::from_millis(5_000 + millis)
    }

    fn clock() -> WallClock {
        WallClock {
            at: at(60_000),
            said: "2026-03-01T08:01:00Z".parse().unwrap(),
        }
    }

    fn call(called: &str) -> Track {
        let beginning = Beginning {
            call: 7,
            direction: Direction::In,
            caller: "+84900000001".into(),
            caller_name: None,
            called: called.into(),
            hotline: Some("+842473002002".into()),
        };
        Track::begin(at(0), beginning)
    }

    fn hung_up(by: EndedBy) -> Ending {
        Ending {
            by,
            reason: "the caller hung up".into(),
            status: None,
        }
    }

    #[test]
    fn a_call_through_menu_and_queue() {
        let mut track = call("+842473002002");
        track.ivr(at(100), "main");
        track.ivr(at(4_000), "main");
        track.queue(at(9_100), "sales");
        track.offered(at(9_100), "101");
        track.offer_over(at(29_100), "101", OfferEnd::NoAnswer);
        track.offered(at(29_100), "102");
        track.offered(at(29_100), "103");
        track.answered(at(33_350), "103");
        let record = track.finish(at(93_350), hung_up(EndedBy::Caller), clock());
        let line = serde_json::to_string(&record).unwrap();
        let expected = concat!(
            r#"{"id":"19ca8695000-7","start":"2026-03-01T08:00:00Z","end":"2026-03-01T08:01:33.35Z","#,
            r#""direction":"in","caller":"+84900000001","called":"+842473002002","#,
            r#""hotline":"+842473002002","path":["#,
            r#"{"step":"ivr","tree":"main","atS":0.1,"forS":9.0},"#,
            r#"{"step":"queue","queue":"sales","atS":9.1,"forS":24.25},"#,
            r#"{"step":"offer","who":"101","how":"noAnswer","atS":9.1,"forS":20.0},"#,
            r#"{"step":"offer","who":"102","how":"answeredElsewhere","atS":29.1,"forS":4.25},"#,
            r#"{"step":"offer","who":"103","how":"answered","atS":29.1,"forS":4.25},"#,
            r#"{"step":"talk","with":"103","atS":33.35,"forS":60.0}],"#,
            r#""answeredBy":"103","waitS":24.25,"talkS":60.0,"endedBy":"caller","#,
            r#""reason":"the caller hung up"}"#,
        );
        assert_eq!(line, expected);
        assert_eq!(serde_json::from_str::<CallRecord>(&line).unwrap(), record);
    }

    #[test]
    fn a_caller_who_gives_up_has_waited_and_talked_with_nobody() {
        let mut track = call("102");
        track.offered(at(0), "102");
        let record = track.finish(at(12_000), hung_up(EndedBy::Caller), clock());
        assert_eq!(record.wait_s, Seconds(Duration::from_secs(12)));
        assert_eq!(record.talk_s, Seconds::default());
        let offer = Step::Offer {
            who: "102".into(),
            how: OfferEnd::CallerGone,
            at_s: Seconds::default(),
            for_s: Seconds(Duration::from_secs(12)),
        };
        assert_eq!(record.path, [offer]);
    }

    #[test]
    fn a_call_that_goes_on_after_a_talk_adds_up() {
        let mut track = call("+842873001001");
        track.queue(at(0), "sales");
        track.offered(at(1_000), "101");
        track.answered(at(5_000), "101");
        track.queue(at(35_000), "support");
        track.offered(at(36_000), "102");
        track.answered(at(45_000), "102");
        track.ivr(at(50_000), "after-hours");
        track.apology(at(52_000));
        let record = track.finish(at(54_000), hung_up(EndedBy::Server), clock());
        assert_eq!(record.wait_s, Seconds(Duration::from_secs(15)));
        assert_eq!(record.talk_s, Seconds(Duration::from_secs(35)));
        assert_eq!(record.answered_by.as_deref(), Some("102"));
        assert_eq!(record.path.len(), 8);
    }

    /// The transfers of a record, as they are written.
    fn transfers(record: &CallRecord) -> Vec<String> {
        let steps = record.path.iter();
        let steps = steps.filter(|step| matches!(step, Step::Transfer { .. }));
        steps
            .map(|step| serde_json::to_string(step).unwrap())
            .collect()
    }

    #[test]
    fn a_transfer_is_done_when_somebody_answers() {
        let mut track = call("+842873001001");
        track.offered(at(0), "101");
        track.answered(at(2_000), "101");
        track.transferred(at(10_000), "101", "102", TransferKind::Blind);
        track.put_through(at(10_000));
        track.offered(at(10_000), "102");
        track.answered(at(14_500), "102");
        track.transferred(at(20_000), "102", "main", TransferKind::Attended);
        track.transfer_over(at(20_000), TransferEnd::Done);
        let record = track.finish(at(30_000), hung_up(EndedBy::Caller), clock());
        assert_eq!(
            transfers(&record),
            [
                r#"{"step":"transfer","by":"101","to":"102","kind":"blind","how":"done","atS":10.0,"forS":4.5}"#,
                r#"{"step":"transfer","by":"102","to":"main","kind":"attended","how":"done","atS":20.0,"forS":0.0}"#,
            ]
        );
        assert_eq!(record.wait_s, Seconds(Duration::from_millis(6_500)));
        let line = serde_json::to_string(&record).unwrap();
        assert_eq!(serde_json::from_str::<CallRecord>(&line).unwrap(), record);
    }

    #[test]
    fn a_transfer_that_came_to_nothing_says_how_it_went_on() {
        let mut back = call("+842873001001");
        back.transferred(at(1_000), "101", "102", TransferKind::Blind);
        back.transfer_over(at(2_000), TransferEnd::Busy);
        back.recalled();
        back.answered(at(5_000), "101");
        back.fallback("sales");
        let back = back.finish(at(9_000), hung_up(EndedBy::Caller), clock());
        let begins = r#"{"step":"transfer","by":"101","to":"102","kind":"blind","#;
        assert_eq!(
            transfers(&back),
            [format!(
                r#"{begins}"how":"busy","atS":1.0,"forS":1.0,"recall":"answered"}}"#
            )]
        );
        let mut on = call("+842873001001");
        on.transferred(at(1_000), "101", "102", TransferKind::Blind);
        on.transfer_over(at(21_000), TransferEnd::NoAnswer);
        on.recalled();
        on.recall_over(OfferEnd::Declined);
        on.fallback("sales");
        on.queue(at(22_000), "sales");
        on.answered(at(30_000), "103");
        let on = on.finish(at(40_000), hung_up(EndedBy::Caller), clock());
        assert_eq!(
            transfers(&on),
            [format!(
                r#"{begins}"how":"noAnswer","atS":1.0,"forS":20.0,"recall":"declined","fallback":"sales"}}"#
            )]
        );
        let mut gone = call("+842873001001");
        gone.transferred(at(1_000), "101", "102", TransferKind::Blind);
        let gone = gone.finish(at(4_000), hung_up(EndedBy::Caller), clock());
        assert_eq!(
            transfers(&gone),
            [format!(
                r#"{begins}"how":"callerGone","atS":1.0,"forS":3.0}}"#
            )]
        );
    }

    #[test]
    fn a_refused_call_has_its_status_and_the_clock_is_followed_both_ways() {
        let ending = Ending {
            by: EndedBy::Server,
            reason: "There is no such number".into(),
            status: Some(404),
        };
        let record = call("999").finish(at(0), ending, clock());
        assert_eq!((record.status, record.path.len()), (Some(404), 0));
        assert_eq!(record.start, record.end);
        let later = clock().time(at(61_000));
        assert_eq!(later.to_string(), "2026-03-01T08:01:01Z");
    }
}
