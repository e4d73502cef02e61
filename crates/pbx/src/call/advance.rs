//! How a call gets from stage to stage.

use alo_sip::time::Instant;

use super::stage::{Spoken, Stage, refusal};
use super::{Branch, Call, Endpoint, Next, Outcome, Output, Party};
use crate::hunt::{self, Hunt, Verdict, Why};
use crate::ivr::{self, Walk};
use crate::leg::{self, HangUp, Refusal};
use crate::media::{PromptId, Source};

impl Call {
    pub(super) fn begin(&mut self, now: Instant, next: Next, outputs: &mut Vec<Output>) {
        match next {
            Next::Ivr { config, tree } => {
                let (walk, made) = Walk::begin(now, config, &tree);
                self.set_stage(Stage::Ivr { walk, says: None }, "to choose");
                outputs.push(Output::Menu(tree));
                self.drive(now, self.stays, leg::Input::Answer, outputs);
                self.walked(now, made, outputs);
            }
            Next::Queue { music } => {
                self.music = music;
                let offers = Hunt::without_end();
                self.set_stage(Stage::Queue { offers, says: None }, "to wait");
                self.drive(now, self.stays, leg::Input::Answer, outputs);
            }
            Next::Hunt {
                branches,
                ring,
                music,
                meanwhile,
            } => {
                self.music = music;
                // All are known before the first is dialled: a phone that is not there refuses at once.
                let people = branches
                    .iter()
                    .map(|branch| (branch.leg, branch.person.name().to_owned()));
                let hunt = Hunt::new(people, now + ring);
                self.set_stage(Stage::Hunt { hunt, meanwhile }, "somebody is rung");
                self.dial(now, branches, outputs);
            }
            Next::Refuse(refusal) => self.refuse(now, refusal, outputs),
            Next::Apology(prompts) => {
                let spoken = self.says(now, prompts);
                self.set_stage(Stage::Apology(spoken), "nothing comes of it");
                outputs.push(Output::Apology);
                self.drive(now, self.stays, leg::Input::Answer, outputs);
            }
        }
    }

    /// Lets more people ring for whoever waits in a queue.
    pub(super) fn ring(&mut self, now: Instant, branches: Vec<Branch>, outputs: &mut Vec<Output>) {
        let Some(hunt) = self.stage.hunt() else {
            return;
        };
        for branch in &branches {
            hunt.add(branch.leg, branch.person.name().to_owned());
        }
        self.dial(now, branches, outputs);
    }

    fn dial(&mut self, now: Instant, branches: Vec<Branch>, outputs: &mut Vec<Output>) {
        let mut legs = Vec::new();
        for branch in branches {
            let party = Party::new(Some(branch.person), branch.endpoint);
            self.parties.insert(branch.leg, party);
            legs.push(branch.leg);
        }
        for leg in legs {
            self.drive(now, leg, leg::Input::Dial, outputs);
        }
    }

    pub(super) fn hunt(&mut self, now: Instant, input: hunt::Input, outputs: &mut Vec<Output>) {
        if let Some(hunt) = self.stage.hunt() {
            let made = hunt.step(now, input);
            self.hunted(now, made, outputs);
        }
    }

    pub(super) fn hunted(
        &mut self,
        now: Instant,
        made: Vec<hunt::Output>,
        outputs: &mut Vec<Output>,
    ) {
        for output in made {
            match output {
                hunt::Output::Ringing => {
                    self.drive(now, self.stays, leg::Input::Ring, outputs);
                }
                hunt::Output::Won(leg) => {
                    self.set_stage(Stage::Joining { other: leg }, "answered");
                    outputs.push(Output::Answered(leg));
                    self.drive(now, self.stays, leg::Input::Answer, outputs);
                }
                hunt::Output::Stop(leg, why) => self.drop_leg(now, leg, hang_up(why), outputs),
                hunt::Output::Out { person, status } => outputs.push(Output::Missed {
                    agent: person,
                    status,
                }),
                hunt::Output::Lost { verdict, rang } => self.lost(now, verdict, rang, outputs),
            }
        }
    }

    pub(super) fn walk(&mut self, now: Instant, input: ivr::Input, outputs: &mut Vec<Output>) {
        if let Stage::Ivr { walk, .. } = &mut self.stage {
            let before = walk.tree().map(str::to_owned);
            let made = walk.step(now, input);
            let tree = walk.tree().map(str::to_owned);
            if tree != before {
                outputs.extend(tree.map(Output::Menu));
            }
            self.walked(now, made, outputs);
        }
    }

    fn walked(&mut self, now: Instant, made: Vec<ivr::Output>, outputs: &mut Vec<Output>) {
        for output in made {
            match output {
                ivr::Output::Play(prompts) => {
                    let prompts = prompts.into_iter().map(PromptId).collect();
                    let spoken = self.says(now, prompts);
                    if let Stage::Ivr { says, .. } = &mut self.stage {
                        *says = Some(spoken);
                    }
                    // From the beginning, even where the same is being said.
                    if let Some(party) = self.parties.get_mut(&self.stays) {
                        party.told = Source::Silence;
                    }
                    self.hear(now, outputs);
                }
                ivr::Output::Go(to) => {
                    self.set_stage(Stage::Open, "the tree leads on");
                    outputs.push(Output::Go(to));
                }
                ivr::Output::Apologise(prompts) => {
                    let prompts = prompts.into_iter().map(PromptId).collect();
                    self.begin(now, Next::Apology(prompts), outputs);
                    self.hear(now, outputs);
                }
            }
        }
    }

    /// These are said to whoever stays. A simulated phone has no ears, and has heard them at once.
    pub(super) fn says(&self, now: Instant, prompts: Vec<PromptId>) -> Spoken {
        let party = self.parties.get(&self.stays);
        match party.map(|party| &party.endpoint) {
            Some(Endpoint::Phone(_)) => Spoken::heard(now, prompts),
            _ => Spoken::new(now, prompts),
        }
    }

    /// What the caller was told is told.
    pub(super) fn spoken(&mut self, now: Instant, outputs: &mut Vec<Output>) {
        match &mut self.stage {
            Stage::Ivr { says, .. } => {
                *says = None;
                self.walk(now, ivr::Input::PromptEnded, outputs);
                self.hear(now, outputs);
            }
            Stage::Queue { says, .. } => {
                *says = None;
                self.hear(now, outputs);
            }
            Stage::Apology(_) => {
                self.drop_leg(now, self.stays, HangUp::Nobody, outputs);
                self.over(now, Outcome::Apologised, outputs);
            }
            _ => {}
        }
    }

    /// Nobody takes the call.
    fn lost(&mut self, now: Instant, verdict: Verdict, rang: bool, outputs: &mut Vec<Output>) {
        let refusal = refusal(verdict);
        if self.is_answered() {
            self.set_stage(Stage::Open, "nobody took it");
            outputs.push(Output::Unanswered { refusal, rang });
            return;
        }
        self.refuse(now, refusal, outputs);
    }

    fn refuse(&mut self, now: Instant, refusal: Refusal, outputs: &mut Vec<Output>) {
        let input = leg::Input::Reject(refusal.clone());
        self.drive(now, self.stays, input, outputs);
        self.leave(self.stays, outputs);
        self.over(now, Outcome::Refused(refusal), outputs);
    }
}

fn hang_up(why: Why) -> HangUp {
    match why {
        Why::AnsweredElsewhere => HangUp::AnsweredElsewhere,
        Why::DeclinedElsewhere => HangUp::DeclinedElsewhere,
        Why::CallerGone => HangUp::CallerGone,
        Why::NoAnswer => HangUp::NoAnswer,
    }
}
