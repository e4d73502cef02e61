//! The icons, from one family (Lucide), named by what they mean here. Only these are compiled in.

use icondata_core::Icon;
use icondata_lu as lucide;

/// Place or take a call; turned over, hang up.
pub static PHONE: Icon = lucide::LuPhone;
/// A call from outside.
pub static INCOMING: Icon = lucide::LuPhoneIncoming;
/// A call from here.
pub static OUTGOING: Icon = lucide::LuPhoneOutgoing;
/// A call that nobody took.
pub static MISSED: Icon = lucide::LuPhoneMissed;
/// The microphone is heard.
pub static MICROPHONE: Icon = lucide::LuMic;
/// The microphone is cut off.
pub static MICROPHONE_OFF: Icon = lucide::LuMicOff;
/// Hold.
pub static PAUSE: Icon = lucide::LuPause;
/// Take back.
pub static PLAY: Icon = lucide::LuPlay;
/// Keypad.
pub static KEYPAD: Icon = lucide::LuGrip;
/// Transfer.
pub static TRANSFER: Icon = lucide::LuArrowRightLeft;
/// Add people.
pub static ADD_PEOPLE: Icon = lucide::LuUserPlus;
/// Video.
pub static VIDEO: Icon = lucide::LuVideo;
/// Colleagues.
pub static PEOPLE: Icon = lucide::LuUsers;
/// Earlier calls.
pub static HISTORY: Icon = lucide::LuHistory;
/// Settings.
pub static SETTINGS: Icon = lucide::LuSettings;
/// Opens a menu or a list.
pub static OPENS: Icon = lucide::LuChevronDown;
/// Deletes the last digit.
pub static DELETE: Icon = lucide::LuDelete;
/// Closes, dismisses.
pub static CLOSE: Icon = lucide::LuX;
/// Something is wrong.
pub static TROUBLE: Icon = lucide::LuTriangleAlert;
/// Sign out.
pub static SIGN_OUT: Icon = lucide::LuLogOut;
/// Search.
pub static SEARCH: Icon = lucide::LuSearch;
/// Hold music.
pub static MUSIC: Icon = lucide::LuMusic;
/// Takes a file out of the page.
pub static EXPORT: Icon = lucide::LuDownload;
/// Deletes for good.
pub static ERASE: Icon = lucide::LuTrash2;
/// Done with it.
pub static DONE: Icon = lucide::LuCheck;
/// Something to write.
pub static NOTE: Icon = lucide::LuPenLine;
/// More time.
pub static MORE_TIME: Icon = lucide::LuClockPlus;
