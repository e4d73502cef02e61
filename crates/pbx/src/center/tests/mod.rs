//! Stories of the whole centre, in virtual time.

mod access;
mod calls;
mod consult;
mod menus;
mod presence;
mod queue_presence;
mod queues;
mod recall;
mod records;
mod shift;
mod transfer;
mod transfer_storm;
mod transfer_words;
mod transfers;
mod trunk;
mod trunk_transfer;
mod words;
mod world;
