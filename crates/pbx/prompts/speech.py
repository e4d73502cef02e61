#!/usr/bin/env python3
"""Makes a prompt of spoken sentences.

    speech.py OUT.wav TAIL IN.wav...     TAIL is the silence at the end, in seconds

Each sentence loses the silence around it and what is too low for a telephone; they follow each other
after a pause, at the loudness of all prompts.
"""

import sys

from music import normalise, read, write

LOUDNESS = -19.0  # LUFS: a little above the hold music
# Room above it for what the encoder adds.
KNEE, CEILING = 0.4, 0.68
LEAD, PAUSE = 0.1, 0.6  # seconds
QUIET = 0.01  # of full scale
EDGE = 0.01  # seconds of a sentence that fade in, and out
LOWEST = 120.0  # Hz


def high_pass(samples, rate):
    """First order, twice."""
    keep = 1 / (1 + 6.2832 * LOWEST / rate)
    for _ in range(2):
        out, before = [], 0.0
        last = 0.0
        for v in samples:
            last = keep * (last + v - before)
            before = v
            out.append(last)
        samples = out
    return samples


def trim(samples, rate):
    loud = [n for n, v in enumerate(samples) if abs(v) > QUIET]
    room = round(0.03 * rate)
    start, end = max(0, loud[0] - room), min(len(samples), loud[-1] + room)
    part, edge = samples[start:end], round(EDGE * rate)
    for n in range(edge):
        part[n] *= n / edge
        part[-1 - n] *= n / edge
    return part


def main():
    target, tail, sources = sys.argv[1], float(sys.argv[2]), sys.argv[3:]
    samples = []
    for source in sources:
        sentence, rate = read(source)
        silence = PAUSE if samples else LEAD
        samples += [0.0] * round(silence * rate) + trim(high_pass(sentence, rate), rate)
    samples += [0.0] * round(tail * rate)
    write(target, normalise(samples, rate, LOUDNESS, KNEE, CEILING), rate)


if __name__ == "__main__":
    main()
