//! Stories of queues and agents, and a simulated day.

mod nonsense;
mod simulation;
mod states;
mod stories;
mod world;
