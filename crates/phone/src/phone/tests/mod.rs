//! Stories and simulations in virtual time: a real phone, a real user agent as the server, a
//! scripted media engine that holds the phone to its contract, and a network in between.

mod engine;
mod invariants;
mod presence_server;
mod server;
mod world;

mod calling;
mod changing;
mod microphone;
mod odd_moments;
mod people;
mod reaching;
mod recovering;
mod secrets;
mod several;
mod simulation;
mod working;
