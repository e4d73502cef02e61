//! Stories and simulations in virtual time: a real phone, a real user agent as the server, a
//! scripted media engine that holds the phone to its contract, and a network in between.

mod engine;
mod handing_over;
mod invariants;
mod presence_server;
mod server;
mod transfer_server;
mod world;

mod calling;
mod changing;
mod consulting;
mod consulting_races;
mod errands;
mod microphone;
mod odd_moments;
mod people;
mod reaching;
mod recovering;
mod secrets;
mod several;
mod simulated_transfers;
mod simulation;
mod transferring;
mod transfers_failing;
mod words;
mod working;
