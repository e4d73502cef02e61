//! Stories of the whole centre, in virtual time.

mod access;
mod calls;
mod menus;
mod presence;
mod queues;
mod records;
mod shift;
mod trunk;
mod world;
