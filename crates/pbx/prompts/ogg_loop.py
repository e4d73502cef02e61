#!/usr/bin/env python3
"""Cuts the middle one of three equal loops out of an Ogg Opus file, packet by packet.

    ogg_loop.py IN.opus OUT.opus PACKETS     PACKETS is the length of one loop

The encoder saw the loop before it and the loop after it, so the last packet runs into the first.
Nothing of it is to be skipped at the start (RFC 7845 section 4.2): pre-skip is 0.
"""

import struct
import sys

SERIAL = 1


def packets(data):
    """Packets of an Ogg file with one stream (RFC 3533)."""
    at, part = 0, b""
    while at < len(data):
        assert data[at:at + 4] == b"OggS"
        count = data[at + 26]
        lacing = data[at + 27:at + 27 + count]
        at += 27 + count
        for length in lacing:
            part += data[at:at + length]
            at += length
            if length < 255:
                yield part
                part = b""


def crc_table():
    for n in range(256):
        value = n << 24
        for _ in range(8):
            value = (value << 1 ^ 0x04C11DB7 if value & 0x80000000 else value << 1) & 0xFFFFFFFF
        yield value


CRC = list(crc_table())


def page(flags, granule, number, content):
    """One page; each packet ends in it."""
    lacing = b""
    for packet in content:
        lacing += b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255])
    assert len(lacing) <= 255
    head = struct.pack("<4sBBqIII", b"OggS", 0, flags, granule, SERIAL, number, 0)
    data = head + bytes([len(lacing)]) + lacing + b"".join(content)
    crc = 0
    for byte in data:
        crc = (crc << 8 & 0xFFFFFFFF) ^ CRC[crc >> 24 ^ byte]
    return data[:22] + struct.pack("<I", crc) + data[26:]


def main():
    source, target, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    with open(source, "rb") as file:
        all_packets = list(packets(file.read()))
    head = bytearray(all_packets[0])
    assert head[:8] == b"OpusHead" and head[9] == 1, "mono"
    head[10:12] = b"\0\0"
    tags = b"OpusTags" + struct.pack("<I", 3) + b"Alo" + struct.pack("<I", 0)
    audio = all_packets[2:][count:2 * count]
    assert len(audio) == count
    out = [page(2, 0, 0, [bytes(head)]), page(0, 0, 1, [tags])]
    for start in range(0, count, 25):
        some = audio[start:start + 25]
        end = start + len(some)
        out.append(page(4 if end == count else 0, end * 960, len(out), some))
    with open(target, "wb") as file:
        file.write(b"".join(out))


if __name__ == "__main__":
    main()
