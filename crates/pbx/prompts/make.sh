#!/bin/sh
# Makes the hold music and the prompts that are built into alo-pbx.
#
#   make.sh [music] [prompts]     both where nothing is said
#
# Needs espeak-ng, opusenc (Debian: espeak-ng opus-tools) and python3. The music is composed and
# synthesised by music.py, the speech of prompts.txt by espeak-ng: there is no recording of anybody in
# it. The same versions of the tools make the same files.
#
# To replace one by your own: put `music-NAME.opus` or `prompt-NAME.opus` (Ogg Opus) into a folder and
# name the folder in the configuration.
set -eu
cd "$(dirname "$0")"
what=${*:-music prompts}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Control 4042 is OPUS_SET_PREDICTION_DISABLED: a packet needs nothing of the one before it, since
# what the listener heard before it may be anything.
encode="opusenc --quiet --serial 1 --padding 0 --discard-comments --framesize 20 --set-ctl-int 4042=1"

music() {
    for name in default sales support vip; do
        packets=$(python3 music.py "$name" "$work/$name.wav")
        $encode --music --bitrate 28 "$work/$name.wav" "$work/$name.opus"
        python3 ogg_loop.py "$work/$name.opus" "music-$name.opus" "$packets"
    done
}

# say LANGUAGE TEXT FILE
say() {
    espeak-ng -v "$1" -s 155 -p 45 -w "$3" "$2"
}

# prompt NAME TAIL FILE...: of spoken sentences, with so many seconds of silence at the end.
prompt() {
    name=$1 tail=$2
    shift 2
    python3 speech.py "$work/prompt.wav" "$tail" "$@"
    $encode --speech --bitrate 20 "$work/prompt.wav" "prompt-$name.opus"
}

prompts() {
    # The simulated mobile phone says it over and over.
    say vi "A lô, xin chào. Đây là điện thoại mô phỏng của A lô." "$work/vi.wav"
    say en "Hello. This is the simulated phone of Alo. Please go on, I am listening." "$work/en.wav"
    prompt hello 1.2 "$work/vi.wav" "$work/en.wav"

    grep '^[a-z]' prompts.txt | while IFS='|' read -r prompt vi en; do
        prompt=${prompt% }
        say vi "$vi" "$work/vi.wav"
        say en "$en" "$work/en.wav"
        # A number follows at once.
        tail=0.5
        [ "$prompt" != you-are-number ] || tail=0.05
        prompt "$prompt-vi" "$tail" "$work/vi.wav"
        prompt "$prompt-en" "$tail" "$work/en.wav"
    done
}

for part in $what; do
    "$part"
done
ls -l ./*.opus
