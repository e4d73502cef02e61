//! Inputs that make no sense, in any order: nothing is ever lost of what the machine keeps twice.

use std::time::Duration;

use super::world::{World, at};
use crate::acd::agent::{AgentId, Line};
use crate::acd::queue::Standing;
use crate::acd::timers::Timer;
use crate::acd::{Acd, CallKey, Input, Miss};

/// What the machine knows in two places is the same in both.
fn check(acd: &Acd) {
    for (index, agent) in acd.agents.iter().enumerate() {
        let id = AgentId(index);
        for queue in agent.taken.keys() {
            let listed = acd.queues[queue.0].free.contains(&id);
            assert_eq!(listed, agent.is_free(), "{agent:?}");
        }
        if let Line::Offered(call) = agent.line {
            assert!(acd.calls[&call].is_offered(id), "{agent:?}");
            assert!(acd.timers.runs(Timer::Ring(call, id)));
        }
        assert_eq!(
            agent.rests_until.is_some(),
            acd.timers.runs(Timer::Rest(id))
        );
    }
    for call in acd.calls.values() {
        let queue = &acd.queues[call.queue.0];
        let (waits, rings) = (
            queue.waiting.contains(&call.place()),
            queue.rung.contains(&call.place()),
        );
        match &call.standing {
            Standing::Waiting => assert!(waits && !rings),
            Standing::Rung { offers, .. } => {
                assert!(!waits && rings && !offers.is_empty());
                let rung = |agent: &AgentId| acd.agents[agent.0].line == Line::Offered(call.key);
                assert!(offers.iter().all(rung));
            }
        }
    }
    let listed: usize = acd.queues.iter().map(|queue| queue.len()).sum();
    assert_eq!(listed, acd.calls.len());
}

#[test]
fn nonsense_does_no_harm() {
    let mut world = World::empty(
        "[[queue]]\nid = \"q\"\nmax_wait_seconds = 40\nannounce = { every_seconds = 7 }\n\
         [[queue]]\nid = \"all\"\nstrategy = \"ring-all\"\nmax_wait_seconds = 70\nwrap_up_seconds = 0\n\
         [[queue]]\nid = \"turns\"\nstrategy = \"round-robin\"\nagents = [\"101\", \"105\"]\nmisses = 1\n",
    );
    let mut seed = 0x2026_u64;
    let mut roll = |below: u64| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    for step in 0..60_000 {
        world.now += Duration::from_millis(roll(3_000));
        let call = CallKey(roll(12));
        let agent = (101 + roll(6)).to_string();
        let queue = ["q", "all", "turns", "none"][roll(4) as usize].to_owned();
        let states = ["available", "lunch-break", "after-call-work", "nonsense"];
        let input = match roll(12) {
            0 | 1 => Input::Enter {
                call,
                queue,
                waited: Duration::from_secs(roll(100)),
            },
            2 => Input::Leave { call },
            3 | 4 => Input::Reachable {
                agent,
                reachable: roll(4) > 0,
            },
            5 => Input::Choose {
                agent,
                state: states[roll(4) as usize].to_owned(),
            },
            6 => Input::Busy {
                agent,
                calls: u32::from(roll(3) == 0),
                ringing: roll(4) == 0,
            },
            7 | 8 => Input::Answered { call, agent },
            9 => {
                let hows = [
                    Miss::NoAnswer,
                    Miss::Declined,
                    Miss::Unreachable,
                    Miss::Busy,
                ];
                Input::Refused {
                    call,
                    agent,
                    how: hows[roll(4) as usize],
                }
            }
            10 => Input::Ended {
                agent,
                queue: Some(queue).filter(|_| roll(3) > 0),
            },
            _ => Input::Timeout,
        };
        world.acd.step(world.now, input);
        check(&world.acd);
        let due = world.acd.next_timeout();
        assert!(due.is_none_or(|due| due > world.now), "step {step}");
    }
    assert!(world.now > at(60_000));
}
