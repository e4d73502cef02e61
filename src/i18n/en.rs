//! The English catalogue. Its keys are the catalogue's keys: every other language is checked
//! against them by the compiler.

use super::catalogue;

catalogue! {
    // --- the page as a whole
    page_title = "Alo phone";
    loading = "Starting the phone";
    not_found = "There is no page here.";
    to_the_phone = "To the phone";
    try_again = "Try again";
    close = "Close";
    config_unreachable = "The phone cannot start: {url} did not answer. Check the network, then try again.";
    config_status = "The phone cannot start: {url} answered with status {status}. Whoever runs this page must put the file there.";
    config_content = "The phone cannot start: {url} is not as it should be. {detail}";
    directory_loading = "Loading colleagues and hotlines.";
    directory_failed = "Colleagues and hotlines could not be loaded. You can still dial numbers.";
    decimal_mark = ".";

    // --- sign-in
    sign_in_heading = "Sign in to your phone";
    extension = "Extension";
    password = "Password";
    sign_in = "Sign in";
    signing_in = "Signing in";
    sign_in_slow = "The server takes its time to answer. Please wait.";
    demo_heading = "Demo accounts";
    demo_hint = "One click signs you in.";
    customer_page_hint = "Be the customer: open the call button page";

    // --- reachability
    phone_status = "Phone status";
    status_ready = "Ready";
    status_connecting = "Connecting";
    status_reconnecting = "Reconnecting";
    status_signed_out = "Signed out";
    status_not_reachable = "Not reachable: {why}";
    account_menu = "Account of {name}";
    sign_out = "Sign out";
    reconnecting_for = "Reconnecting · {seconds} s";
    connecting_for = "Connecting · {seconds} s";
    next_try = "Next attempt in {seconds} s.";
    trying_now = "Trying now.";
    try_now = "Try now";
    no_calls_meanwhile = "Calls cannot reach you until it is back.";
    calls_go_on = "Your call goes on.";
    enable_devices = "Turn on microphone and sound";
    why_wrong_password = "wrong extension or password";
    why_not_allowed = "this account is not allowed here";
    why_server_down = "the server does not answer";
    why_registration_failed = "the server refuses to register this phone ({status})";
    why_microphone_denied = "the microphone is blocked";
    why_microphone_missing = "no microphone is connected";
    why_microphone_broken = "the microphone does not work";
    why_sound_blocked = "sound is switched off";
    why_replaced = "you are signed in somewhere else";
    why_other = "something is missing";

    // --- working state
    working_state = "Working state";
    state_available = "Available";
    state_lunch_break = "Lunch break";
    state_short_break = "Short break";
    state_not_available = "Not available";
    state_after_call_work = "After-call work";
    working_now = "Working state: {state}";
    working_asked = "Asking for: {state}";
    working_next = "After the call: {state}";
    next_state = "Next";
    working_offline = "It can be changed when the phone is connected.";
    working_unsupported = "not kept by this phone system";
    wrap_up_left = "{seconds} s until the next call";
    wrap_up_began = "After-call work. {seconds} s until the next call.";
    extend = "Extend";
    extend_wrap_up = "Extend after-call work";
    end_now = "End now";
    end_wrap_up = "End now: ready for the next call";

    // --- trouble: what happened, and what to do or what is being done
    trouble_wrong_password = "The extension or password is not right. Check both and sign in again.";
    trouble_not_allowed = "The server does not let this account in ({status} {reason}). Ask whoever runs your phone system.";
    trouble_server_down = "The phone server does not answer. The phone keeps trying by itself.";
    trouble_registration_failed = "The server answers but does not register this phone ({status} {reason}). The phone keeps trying by itself.";
    trouble_microphone_denied = "The browser blocks the microphone. Allow it beside the address bar, then turn it on here.";
    trouble_microphone_missing = "No microphone was found. Plug one in, then turn it on here.";
    trouble_microphone_broken = "The microphone could not be used. Close other programs that use it, then turn it on here.";
    trouble_sound_blocked = "The browser keeps this page silent, so you would not hear it ring. Turn sound on here.";
    trouble_replaced = "This account signed in somewhere else, and calls ring there now. Sign in again to take them back.";
    trouble_hold_refused = "The other end did not accept the hold ({status}). The call goes on, and you are heard.";
    trouble_resume_refused = "The call could not be taken back from hold ({status}). It is still on hold; try again.";
    trouble_video_refused = "Video was not accepted ({status}). The call goes on as a voice call.";
    trouble_path_refused = "A new network path was refused ({status}). The phone tries again by itself.";
    trouble_working_refused = "The server did not take that working state ({status} {reason}). The one before still counts.";
    trouble_digits = "The digits could not be sent: the other end does not take any.";
    trouble_media = "The sound of the call could not be set up. Try the call again. ({detail})";
    dismiss = "Dismiss";

    // --- navigation of the panel
    panel = "Phone";
    sections = "Sections of the phone";
    keypad = "Keypad";
    people = "People";
    history = "History";
    settings = "Settings";

    // --- dialling
    call_from = "Call from";
    no_hotline = "No hotline";
    number_or_name = "Number or name";
    delete_digit = "Delete last digit";
    suggestions = "Suggestions";
    call = "Call";
    video_call = "Video call";
    video_later = "Video is not available yet";
    star = "star";
    hash = "hash";

    // --- incoming
    incoming_call = "Incoming call";
    incoming_from = "Incoming call from {who}";
    incoming_queue = "{queue} queue";
    seconds_left = "{seconds} s left to answer";
    queue = "Queue";
    waited = "Waited";
    others_waiting = "Others waiting";
    called = "Called";
    answer = "Answer";
    answer_with_video = "Answer with video";
    decline = "Decline";
    answer_who = "Answer {who}";
    decline_who = "Decline {who}";
    answer_holds = "Answering puts the current call on hold.";

    // --- a call
    call_with = "Call with {who}";
    unknown_caller = "Unknown caller";
    web_caller = "Web caller";
    the_customer = "the customer";
    mute = "Mute";
    muted = "Muted";
    hold = "Hold";
    on_hold = "On hold {time}";
    holding = "Putting on hold";
    resuming = "Resuming";
    transfer = "Transfer";
    add_people = "Add people";
    add_people_short = "Add people";
    video = "Video";
    video_short = "Video";
    not_yet = "Not available yet";
    not_now = "Not possible at the moment";
    hang_up = "Hang up";
    hang_up_who = "Hang up {who}";
    close_who = "Close {who}";
    digits_sent = "Digits sent";
    digits_pending = "Sending";
    call_controls = "Call controls";
    other_calls = "Other calls";
    swap = "Swap";
    swap_to = "Swap to {who}";
    phase_dialing = "Calling";
    phase_ringing_there = "Ringing";
    phase_answering = "Connecting";
    phase_talking = "Talking";
    phase_held = "On hold";
    phase_ending = "Hanging up";
    phase_ended = "Call ended";
    quality = "Sound quality";
    quality_1 = "bad";
    quality_2 = "weak";
    quality_3 = "good";
    quality_4 = "clear";

    // --- who hears whom
    who_hears_whom = "Who hears whom";
    you = "You";
    hear_talking = "You and {who} are talking.";
    hear_connected = "You are connected to {who}.";
    hear_muted_lead = "You are muted.";
    hear_muted_rest = "{Who} does not hear you.";
    hear_muted_wait_rest = "{Who} cannot hear you when you speak.";
    hear_held_lead = "{Who} hears music.";
    hear_held_rest = "{Who} does not hear you.";
    hear_held_both_rest = "You are on hold there, too.";
    hear_held_by_them_lead = "{Who} put you on hold.";
    hear_held_by_them_rest = "You hear music; you are not heard.";
    hear_ringback_lead = "Ringing at {who}.";
    hear_ringback_rest = "Nobody hears you yet.";
    hear_early_lead = "You hear an announcement.";
    hear_early_rest = "Nobody hears you yet.";
    hear_dialing_lead = "Calling {who}.";
    hear_dialing_rest = "Nobody hears anything yet.";
    hear_answering_lead = "Connecting you and {who}.";
    hear_answering_rest = "Nobody hears anything yet.";
    hear_interrupted_lead = "The sound is interrupted.";
    hear_interrupted_rest = "You and {who} may not hear each other.";
    hear_one_way_lead = "You hear {who}.";
    hear_one_way_rest = "{Who} does not hear you.";
    hear_unheard_lead = "{Who} hears you.";
    hear_unheard_rest = "You do not hear {who}.";
    hear_nothing_lead = "Nobody hears anything.";

    // --- recovery
    recovery_media = "Sound interrupted · {seconds} s";
    recovery_media_rest = "Your call is not lost. A new path is being looked for.";
    recovery_session = "Checking the call · {seconds} s";
    recovery_session_rest = "The server lost track of this call. The sound may go on; hang up when you are done.";

    // --- how a call ended
    ended_hung_up_here = "You hung up.";
    ended_hung_up_there = "{Who} hung up.";
    ended_cancelled = "You cancelled the call.";
    ended_declined = "You declined the call.";
    ended_missed = "Missed call. {Who} gave up waiting.";
    ended_elsewhere = "Answered by somebody else.";
    ended_elsewhere_by = "Answered by {by}.";
    ended_busy = "Busy. {Who} is on another call.";
    ended_no_answer = "No answer. {Who} did not pick up.";
    ended_declined_there = "Declined. {Who} did not take the call.";
    ended_unknown_number = "Unknown number. Nobody has {number}; check it and call again.";
    ended_unavailable = "Unavailable. {Who} cannot be reached at the moment.";
    ended_network_failed = "Not put through. The phone network is out of order or busy ({status}); try again in a moment.";
    ended_refused = "Not put through. The server refused the call ({status} {reason}).";
    ended_media_failed = "The sound could not be set up, so there was no call. Try again.";
    ended_no_microphone = "There is no microphone to talk with, so there was no call. Turn it on and try again.";
    talked_for = "Talked for {time}";
    call_back = "Call back";
    call_again = "Call again";

    // --- people
    search_people = "Search people";
    no_people = "No colleagues in the directory.";
    no_people_hint = "They come from the directory of your phone system.";
    nobody_found = "No match.";
    call_person = "Call {name}";
    that_is_you = "you";

    // --- what colleagues do
    person_ringing = "Ringing";
    person_in_call = "In a call";
    person_offline = "Offline";
    days = "{days} d";
    nobody_found_hint = "Search by name or extension.";

    // --- history
    history_empty = "No calls yet.";
    history_empty_hint = "Calls that you make and take show up here.";
    recent_calls = "Recent calls";
    history_no_missed = "No missed calls.";
    history_forgotten = "This browser keeps nothing, so these calls are gone when you close the page.";
    history_show = "Show";
    history_all = "All";
    history_today = "Today";
    history_yesterday = "Yesterday";
    history_more = "Show older calls";
    history_export = "Export as CSV";
    history_delete = "Delete history";
    history_delete_ask = "Delete the history of {who}?";
    history_delete_what = "Calls that are deleted from this browser, for good: {calls}.";
    history_delete_yes = "Delete";
    history_delete_no = "Keep";
    history_incoming = "Incoming";
    history_outgoing = "Outgoing";
    history_missed = "Missed";
    history_not_reached = "Not reached";
    history_declined = "Declined";
    history_elsewhere = "Answered elsewhere";
    history_in_progress = "In progress";
    history_answered = "Answered";
    history_elsewhere_by = "Answered by {by}";
    history_cancelled = "Cancelled";
    history_busy = "Busy";
    history_no_answer = "No answer";
    history_declined_there = "Declined there";
    history_unknown_number = "Unknown number";
    history_unavailable = "Unavailable";
    history_refused = "Failed: {status} {reason}";
    history_media_failed = "Failed: no sound";
    history_no_microphone = "Failed: no microphone";
    history_cut_off = "No end on record";
    history_waited = "waited {time}";

    // --- the history as a table
    column_began = "Began";
    column_direction = "Direction";
    column_name = "Name";
    column_number = "Number";
    column_queue = "Queue";
    column_hotline = "Hotline";
    column_outcome = "Outcome";
    column_waited = "Waited (s)";
    column_talked = "Talked (s)";

    // --- settings
    appearance = "Appearance";
    language = "Language";
    theme = "Theme";
    theme_system = "System";
    theme_light = "Light";
    theme_dark = "Dark";
    devices = "Devices";
    microphone = "Microphone";
    speaker = "Speaker";
    ringer = "Ringer";
    system_default = "System default";
    unnamed_device = "Device {number}";
    devices_unknown = "The devices get their names here once the microphone is allowed.";
    checks = "Can I be reached?";
    check_socket = "Connection";
    check_registration = "Signed in at the server";
    check_microphone = "Microphone";
    check_sound = "Sound";
    check_good = "works";
    check_pending = "being checked";
    check_bad = "not working";
    check_unknown = "not checked yet";
    shortcuts = "Keyboard";
    shortcuts_on = "Keyboard shortcuts";
    shortcuts_hint = "They work anywhere on the page, except while you type.";
    shortcut_digits = "Digits, * and #";
    shortcut_digits_what = "Dial, or send in a call";

    // --- the desk beside the panel
    call_details = "Call details";
    no_call_now = "No call at the moment.";
    no_call_now_hint = "What is known about the caller shows here during a call.";
    detail_number = "Number";
    detail_direction = "Direction";
    detail_hotline = "Hotline";
    detail_began = "Began";
    detail_time = "Time";
    detail_round_trip = "Round trip";
    detail_loss = "Loss";
    detail_jitter = "Jitter";

    // --- the customer's call button
    call_us_heading = "Talk to us";
    call_us_lead = "A call over the internet: free, from this page, no app.";
    your_name = "Your name";
    optional = "optional";
    hotline = "Hotline";
    call_us = "Call us";
    video_call_us = "Video call us";
    hotlines_loading = "Loading the hotlines.";
    hotlines_failed = "The hotlines could not be loaded. Check your internet connection, then try again.";
    customer_connecting = "Connecting you. One moment, please.";
    customer_reconnecting = "The connection was lost and is being restored.";
    customer_call_goes_on = "The connection is being restored. Your call goes on.";
    customer_server_down = "We cannot be reached at the moment. The page keeps trying.";
    customer_gave_up = "We could not be reached. Check your internet connection and try again, or come back later.";
    customer_sound_blocked = "The browser keeps this page silent, so you would not hear us. Turn sound on here.";
    guest_calls_off = "Calls from this page are switched off. Whoever runs it can switch them on.";
    no_hotlines = "There is no hotline to call at the moment. Please come back later.";
}
