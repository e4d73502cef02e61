#!/bin/sh
# Makes the hold music and the prompts that are built into alo-pbx.
#
# Needs espeak-ng, sox, opusenc (Debian: espeak-ng sox opus-tools) and python3. The music is composed
# and synthesised by music.py, the speech by espeak-ng: there is no recording of anybody in it. The
# same versions of the tools make the same files.
#
# To replace one by your own: put `music-NAME.opus` or `prompt-NAME.opus` (Ogg Opus) into a folder and
# name the folder in the configuration.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Control 4042 is OPUS_SET_PREDICTION_DISABLED: a packet needs nothing of the one before it, since
# what the listener heard before it may be anything.
encode="opusenc --quiet --serial 1 --padding 0 --discard-comments --framesize 20 --set-ctl-int 4042=1"

for name in default sales support vip; do
    packets=$(python3 music.py "$name" "$work/$name.wav")
    $encode --music --bitrate 28 "$work/$name.wav" "$work/$name.opus"
    python3 ogg_loop.py "$work/$name.opus" "music-$name.opus" "$packets"
done

# say LANGUAGE TEXT FILE: one sentence or two, without the silence around it.
say() {
    espeak-ng -v "$1" -s 155 -p 45 -w "$work/raw.wav" "$2"
    sox "$work/raw.wav" -r 24000 -c 1 -b 16 -D "$3" \
        gain -3 highpass 120 \
        silence 1 0.01 0.5% reverse silence 1 0.01 0.5% reverse
}

# prompt NAME VIETNAMESE ENGLISH: both, with a pause after each.
prompt() {
    say vi "$2" "$work/vi.wav"
    say en "$3" "$work/en.wav"
    sox -D "$work/vi.wav" "$work/vi-pause.wav" pad 0.2 0.6
    sox -D "$work/en.wav" "$work/en-pause.wav" pad 0 1.2
    sox -D "$work/vi-pause.wav" "$work/en-pause.wav" "$work/both.wav"
    python3 music.py --normalise "$work/both.wav" "$work/level.wav"
    $encode --speech --bitrate 24 "$work/level.wav" "prompt-$1.opus"
}

# The simulated mobile phone.
prompt hello \
    "A lô, xin chào. Đây là điện thoại mô phỏng của Alo." \
    "Hello. This is the simulated phone of Alo. Please go on, I am listening."

ls -l ./*.opus
