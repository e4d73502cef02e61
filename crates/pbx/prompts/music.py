#!/usr/bin/env python3
"""Composes and synthesises the hold music, as loops whose end runs into their beginning.

    music.py NAME OUT.wav      NAME is one of default, sales, support, vip

Everything is made of sines; nothing is random, so the same file comes out every time. Notes are
added to a ring: what still sounds at the end of the loop sounds at its beginning.
"""

import array
import math
import sys
import wave

RATE = 24000
LOUDNESS = -21.0  # LUFS
# What is louder than the knee is rounded off, towards the ceiling.
KNEE, CEILING = 0.5, 0.8

STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


def hertz(name):
    """Frequency of a note such as C4, F#3, Bb4."""
    step = STEPS[name[0]] + name.count("#") - name[1:].count("b")
    octave = int(name[-1])
    return 440.0 * 2 ** ((step + 12 * (octave + 1) - 69) / 12)


class Ring:
    """A loop of this many seconds."""

    def __init__(self, seconds):
        self.length = round(seconds * RATE)
        assert self.length % (RATE // 50) == 0, "whole Opus frames"
        self.samples = [0.0] * self.length

    def add(self, start, sound):
        at = round(start * RATE)
        samples, length = self.samples, self.length
        for n, value in enumerate(sound):
            samples[(at + n) % length] += value

    def room(self, taps, passes=3):
        """A small room: feedback echoes around the ring, as long as they still change something."""
        dry = self.samples
        wet = list(dry)
        for _ in range(passes):
            out = list(dry)
            for delay, gain in taps:
                ticks = round(delay * RATE)
                for n in range(self.length):
                    out[n] += gain * wet[n - ticks]
            wet = out
        self.samples = wet


def partials(frequency, seconds, parts, envelope):
    """Sum of sines: parts are (ratio, level, decay per second)."""
    count = round(seconds * RATE)
    out = [0.0] * count
    for ratio, level, decay in parts:
        if frequency * ratio > RATE * 0.45:
            continue
        # A rotating phasor is a sine without calling sin.
        step = 2 * math.pi * frequency * ratio / RATE
        turn_re, turn_im = math.cos(step), math.sin(step)
        fade = math.exp(-decay / RATE)
        re, im = level, 0.0
        for n in range(count):
            out[n] += im
            re, im = (re * turn_re - im * turn_im) * fade, (re * turn_im + im * turn_re) * fade
    return [value * envelope(n / RATE, seconds) for n, value in enumerate(out)]


def struck(attack=0.004):
    def envelope(t, seconds):
        return min(1.0, t / attack) * min(1.0, (seconds - t) / 0.05)
    return envelope


def swelling(attack, release):
    def envelope(t, seconds):
        up = min(1.0, t / attack)
        down = min(1.0, (seconds - t) / release)
        return math.sin(math.pi / 2 * up) ** 2 * math.sin(math.pi / 2 * down) ** 2
    return envelope


def piano(note, level=1.0):
    """A soft electric piano."""
    f = hertz(note)
    parts = [(1, 1.0, 1.6), (2, 0.32, 2.6), (3, 0.10, 4.0), (4, 0.05, 6.0), (7, 0.03, 18.0)]
    return [level * v for v in partials(f, 2.6, parts, struck(0.006))]


def marimba(note, level=1.0):
    f = hertz(note)
    parts = [(1, 1.0, 5.5), (3.93, 0.22, 14.0), (9.2, 0.05, 40.0)]
    return [level * v for v in partials(f, 1.2, parts, struck(0.003))]


def harp(note, level=1.0):
    f = hertz(note)
    parts = [(1, 1.0, 1.5), (2, 0.45, 2.4), (3, 0.2, 3.6), (4, 0.1, 5.0), (5, 0.05, 7.0)]
    return [level * v for v in partials(f, 3.2, parts, struck(0.003))]


def vibes(note, level=1.0):
    f = hertz(note)
    parts = [(1, 1.0, 1.1), (4, 0.16, 5.0), (10, 0.03, 25.0)]
    tremolo = 2 * math.pi * 4.6 / RATE
    sound = partials(f, 3.0, parts, struck(0.005))
    return [level * v * (0.85 + 0.15 * math.cos(tremolo * n)) for n, v in enumerate(sound)]


def pad(note, seconds, level=1.0):
    """Two voices a little apart."""
    f = hertz(note)
    parts = [(k, 0.8 / k ** 1.7, 0.0) for k in range(1, 7)]
    envelope = swelling(0.7, 1.1)
    low = partials(f * 0.9985, seconds, parts, envelope)
    high = partials(f * 1.0015, seconds, parts, envelope)
    return [level * 0.5 * (a + b) for a, b in zip(low, high)]


def bass(note, seconds, level=1.0):
    f = hertz(note)
    parts = [(1, 1.0, 0.9), (2, 0.35, 2.0), (3, 0.08, 4.0)]
    return [level * v for v in partials(f, seconds, parts, struck(0.015))]


def default():
    """75 to the minute, C major, electric piano over a pad: warm and plain."""
    bar = 3.2
    chords = [
        ("C3", "E3 G3 B3 D4"), ("A2", "E3 G3 C4"), ("F2", "F3 A3 C4 E4"), ("G2", "F3 A3 D4"),
        ("C3", "E3 G3 B3 D4"), ("E2", "D3 G3 B3"), ("F2", "F3 A3 C4 E4"), ("G2", "F3 G3 B3 D4"),
    ]
    melody = [  # bar, beat in quarters, note
        (0, 0, "G4"), (0, 1.5, "E4"), (0, 2, "G4"), (0, 3, "A4"),
        (1, 0, "C5"), (1, 2, "B4"), (1, 3, "A4"),
        (2, 0, "A4"), (2, 1.5, "G4"), (2, 2, "E4"), (2, 3.5, "F4"),
        (3, 0, "G4"), (3, 2, "D4"), (3, 3, "E4"),
        (4, 0, "G4"), (4, 1.5, "A4"), (4, 2, "B4"), (4, 3, "D5"),
        (5, 0, "E5"), (5, 1.5, "D5"), (5, 2, "B4"),
        (6, 0, "C5"), (6, 1, "A4"), (6, 2, "G4"), (6, 3, "E4"),
        (7, 0, "D4"), (7, 1.5, "E4"), (7, 2.5, "F4"),
    ]
    ring = Ring(bar * len(chords))
    for n, (root, chord) in enumerate(chords):
        ring.add(n * bar, bass(root, bar, 0.34))
        ring.add(n * bar + bar * 5 / 8, bass(root, bar / 2, 0.2))
        for note in chord.split():
            ring.add(n * bar - 0.35, pad(note, bar + 1.1, 0.085))
    for n, beat, note in melody:
        ring.add(n * bar + beat * bar / 4, piano(note, 0.26))
    ring.room([(0.113, 0.14), (0.271, 0.12), (0.397, 0.1)])
    return ring


def sales():
    """96 to the minute, G major, marimba figures: bright and on its feet."""
    bar = 2.5
    chords = [
        ("G2", "G3 B3 D4 A4"), ("E2", "G3 B3 E4 D4"), ("C3", "G3 C4 E4 B4"), ("D3", "A3 D4 F#4 B4"),
        ("G2", "G3 B3 D4 A4"), ("B2", "F#3 B3 D4 A4"), ("C3", "G3 C4 E4 D5"), ("D3", "A3 C4 F#4 A4"),
        ("E2", "G3 B3 E4 B4"), ("C3", "G3 C4 E4 G4"), ("A2", "G3 C4 E4 A4"), ("D3", "A3 C4 D4 F#4"),
    ]
    figure = [0, 2, 1, 3, 2, 1, 3, 2]
    melody = [
        (0, 0, "D5"), (0, 1.5, "B4"), (1, 0.5, "G4"), (1, 2, "A4"), (2, 0, "B4"), (2, 1.5, "G4"),
        (3, 0.5, "A4"), (3, 2.5, "F#4"), (4, 0, "D5"), (4, 1.5, "E5"), (5, 0.5, "D5"), (5, 2, "B4"),
        (6, 0, "G4"), (6, 1.5, "E5"), (6, 3, "D5"), (7, 1, "A4"), (8, 0, "B4"), (8, 1.5, "E5"),
        (9, 0.5, "E5"), (9, 2, "D5"), (10, 0, "C5"), (10, 1.5, "A4"), (11, 0.5, "B4"), (11, 2, "A4"),
    ]
    ring = Ring(bar * len(chords))
    for n, (root, chord) in enumerate(chords):
        notes = chord.split()
        for beat, level in ((0, 0.34), (1.5, 0.2), (2.5, 0.26)):
            ring.add(n * bar + beat * bar / 4, bass(root, 0.9, level))
        for eighth, index in enumerate(figure):
            level = 0.17 if eighth % 2 else 0.22
            ring.add(n * bar + eighth * bar / 8, marimba(notes[index], level))
        for note in notes[:3]:
            ring.add(n * bar - 0.3, pad(note, bar + 0.9, 0.05))
    for n, beat, note in melody:
        ring.add(n * bar + beat * bar / 4, piano(note, 0.2))
    ring.room([(0.087, 0.12), (0.209, 0.1), (0.3125, 0.1)])
    return ring


def support():
    """60 to the minute, D major, a harp over slow chords: calm."""
    bar = 4.0
    chords = [
        ("D2", "D3 A3 E4 F#4 A4"), ("B2", "B2 F#3 D4 E4 A4"),
        ("G2", "G2 D3 B3 D4 F#4"), ("A2", "A2 E3 B3 D4 E4"),
        ("D2", "D3 A3 E4 F#4 C#5"), ("F#2", "F#2 C#3 A3 E4 F#4"),
        ("G2", "G2 D3 B3 F#4 A4"), ("A2", "A2 E3 B3 C#4 E4"),
    ]
    figure = [0, 1, 2, 3, 4, 3, 2, 1]
    melody = [
        (0, 2, "F#5"), (1, 2, "E5"), (1, 3, "D5"), (2, 2, "B4"), (3, 1, "D5"), (3, 3, "E5"),
        (4, 2, "F#5"), (5, 2, "A5"), (5, 3, "F#5"), (6, 2, "D5"), (7, 1, "C#5"), (7, 3, "E5"),
    ]
    ring = Ring(bar * len(chords))
    for n, (root, chord) in enumerate(chords):
        notes = chord.split()
        ring.add(n * bar, bass(root, bar, 0.3))
        for eighth, index in enumerate(figure):
            level = 0.2 if eighth % 4 else 0.26
            ring.add(n * bar + eighth * bar / 8, harp(notes[index], level))
        for note in notes[1:4]:
            ring.add(n * bar - 0.6, pad(note, bar + 1.6, 0.075))
    for n, beat, note in melody:
        ring.add(n * bar + beat * bar / 4, vibes(note, 0.12))
    ring.room([(0.131, 0.16), (0.317, 0.14), (0.5, 0.12)])
    return ring


def vip():
    """A slow jazz waltz in E flat, vibraphone: an hotel lounge."""
    bar = 2.0
    chords = [
        ("Eb2", "D4 F4 G4 Bb4"), ("Eb2", "D4 F4 G4 Bb4"), ("C3", "Eb4 G4 Bb4 D4"), ("C3", "Eb4 G4 Bb4 D4"),
        ("F2", "Eb4 G4 Ab4 C4"), ("F2", "Eb4 G4 Ab4 C4"), ("Bb2", "D4 G4 Ab4 C4"), ("Bb2", "D4 F4 Ab4 C4"),
        ("G2", "D4 F4 Bb4 C4"), ("C3", "E4 G4 Bb4 D4"), ("F2", "Eb4 G4 Ab4 C4"), ("Bb2", "D4 G4 Ab4 C4"),
        ("Ab2", "Eb4 G4 Bb4 C4"), ("Db3", "F4 Ab4 B3 Eb4"), ("Eb2", "D4 F4 G4 Bb4"), ("Bb2", "D4 F4 Ab4 C4"),
    ]
    melody = [
        (0, 0, "Bb4"), (0, 1, "G4"), (0, 2, "Bb4"), (1, 0, "D5"), (2, 0, "C5"), (2, 2, "Bb4"), (3, 0, "G4"),
        (4, 0, "Ab4"), (4, 1, "C5"), (4, 2, "Eb5"), (5, 0, "G5"), (6, 0, "F5"), (6, 2, "D5"), (7, 0, "C5"),
        (8, 0, "Bb4"), (8, 1, "D5"), (8, 2, "F5"), (9, 0, "E5"), (9, 2, "D5"), (10, 0, "C5"), (10, 1, "Eb5"),
        (10, 2, "Ab5"), (11, 0, "G5"), (12, 0, "Eb5"), (12, 2, "C5"), (13, 0, "B4"), (13, 2, "Ab4"),
        (14, 0, "G4"), (14, 1, "Bb4"), (15, 0, "Ab4"), (15, 1, "F4"),
    ]
    ring = Ring(bar * len(chords))
    for n, (root, chord) in enumerate(chords):
        notes = chord.split()
        ring.add(n * bar, bass(root, 1.6, 0.32))
        ring.add(n * bar + bar * 2 / 3, bass(root, 0.6, 0.14))
        for beat, level in ((1, 0.085), (2, 0.065)):
            for note in notes:
                ring.add(n * bar + beat * bar / 3, piano(note, level))
        if n % 2 == 0:
            for note in notes[:3]:
                ring.add(n * bar - 0.4, pad(note, 2 * bar + 1.2, 0.035))
    for n, beat, note in melody:
        # Swung a little.
        late = 0.03 if beat else 0.0
        ring.add(n * bar + beat * bar / 3 + late, vibes(note, 0.2))
    ring.room([(0.097, 0.14), (0.223, 0.12), (0.351, 0.1)])
    return ring


def weighted(samples, rate):
    """K-weighting (ITU-R BS.1770-4): a shelf and a high pass."""
    for f0, gain, q, high_pass in ((1681.97, 4.0, 0.7072, False), (38.135, 0.0, 0.5003, True)):
        k = math.tan(math.pi * f0 / rate)
        norm = 1 + k / q + k * k
        if high_pass:
            b = (1.0, -2.0, 1.0)
        else:
            vh = 10 ** (gain / 20)
            vb = vh ** 0.4997
            b = tuple(c / norm for c in (vh + vb * k / q + k * k, 2 * (k * k - vh), vh - vb * k / q + k * k))
        a1, a2 = 2 * (k * k - 1) / norm, (1 - k / q + k * k) / norm
        x1 = x2 = y1 = y2 = 0.0
        out = []
        for x in samples:
            y = b[0] * x + b[1] * x1 + b[2] * x2 - a1 * y1 - a2 * y2
            x1, x2, y1, y2 = x, x1, y, y1
            out.append(y)
        samples = out
    return samples


def loudness(samples, rate):
    """Integrated loudness of mono (ITU-R BS.1770-4), with its two gates."""
    squares = [v * v for v in weighted(samples, rate)]
    step = rate // 10
    tenths = [sum(squares[n:n + step]) / step for n in range(0, len(squares) - step + 1, step)]
    blocks = [sum(tenths[n:n + 4]) / 4 for n in range(len(tenths) - 3)]

    def level(power):
        return -0.691 + 10 * math.log10(power) if power > 0 else -999.0

    def mean(powers):
        return sum(powers) / len(powers)

    loud = [p for p in blocks if level(p) > -70]
    loud = [p for p in loud if level(p) > level(mean(loud)) - 10]
    return level(mean(loud))


def normalise(samples, rate, wanted=LOUDNESS, knee=KNEE, ceiling=CEILING):
    """To the wanted loudness; louder peaks are rounded off."""
    gain = 10 ** ((wanted - loudness(samples, rate)) / 20)

    def soft(v):
        if abs(v) < knee:
            return v
        room = ceiling - knee
        return math.copysign(knee + room * math.tanh((abs(v) - knee) / room), v)

    return [soft(v * gain) for v in samples]


def read(path):
    with wave.open(path, "rb") as file:
        assert file.getnchannels() == 1 and file.getsampwidth() == 2
        pcm = array.array("h", file.readframes(file.getnframes()))
        return [v / 32768 for v in pcm], file.getframerate()


def write(path, samples, rate):
    pcm = array.array("h", (round(max(-1.0, min(1.0, v)) * 32767) for v in samples))
    with wave.open(path, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(pcm.tobytes())


def main():
    piece = {"default": default, "sales": sales, "support": support, "vip": vip}[sys.argv[1]]
    ring = piece()
    # Three times, so that the middle one is encoded with its past and its future around it.
    write(sys.argv[2], normalise(ring.samples, RATE) * 3, RATE)
    print(ring.length * 50 // RATE)


if __name__ == "__main__":
    main()
