//! The pages: what stands at an address. A page starts the phone and hands it to the panel.

mod call_details;
mod call_form;
mod call_page;
mod customer_call;
mod customer_trouble;
mod demo_accounts;
mod desk_page;
mod kept_history;
mod not_found_page;
mod running_phone;
mod sign_in;
mod sign_in_form;
mod sign_in_trouble;
mod widget_page;

pub use call_page::{CallButton, CallPage};
pub use desk_page::{Desk, DeskPage};
pub use not_found_page::NotFoundPage;
pub use running_phone::{Config, RunningPhone};
pub use sign_in::SignInCard;
pub use widget_page::WidgetPage;
