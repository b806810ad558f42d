#!/usr/bin/env python3
"""Reads a capture by what streamcore/capture/FORMAT.md says, and nothing else: one line of JSON for each change, with
the length of each cell as it was received, -1 for NULL and what was not sent. Usage: readcapture.py FILE

What it does not check: hashes, because Python comes without XXH3. So it takes a foot and a record at their word, and a
torn tail for the record that its head names, unless that goes beyond the end."""
import json
import mmap
import struct
import sys

SEGMENT = 64 << 20
PAGE = 4096
OPS = ["insert", "update", "delete", "row"]
MESSAGE, READER_OPENED, CHECKPOINT, CHOSEN = 1, 2, 6, 8
VSTREAM, SYNC, PSDB_QUERY = 1, 2, 3


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        shift += 7
        at += 1
        if data[at - 1] < 128:
            return value, at


def fields(data):
    """Of a protobuf message: number and value, bytes or an int."""
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        kind = tag & 7
        if kind == 0:
            value, at = varint(data, at)
        else:
            size, at = varint(data, at) if kind == 2 else ({1: 8, 5: 4}[kind], at)
            value, at = data[at:at + size], at + size
        yield tag >> 3, value


def all_of(data, number):
    return [value for field, value in fields(data) if field == number]


def last(data, number, default=b""):
    return (all_of(data, number) or [default])[-1]


def text(data, number):
    return last(data, number).decode()


def numbers(packed):
    at = 0
    while at < len(packed):
        value, at = varint(packed, at)
        yield value


def delimited(data, at):
    size, at = varint(data, at)
    return data[at:at + size]


def lengths(row):
    return [value >> 1 ^ -(value & 1) for value in numbers(last(row, 1))]


def names(columns):
    return [text(column, 1) for column in columns]


class Walker:
    """The messages of one reader."""

    def __init__(self, opened):
        self.api = last(opened, 1, 0)
        self.here = [text(opened, 4), text(opened, 5), text(opened, 6)]
        if all_of(opened, 5):
            self.here[1] = all_of(opened, 5)[0].decode()
        if all_of(opened, 6):
            self.here[2] = all_of(opened, 6)[0].decode()
        self.columns = {}
        self.is_copying = False

    def walk(self, message):
        """Lines: what is no change is None."""
        if self.api == VSTREAM:
            return [line for event in all_of(message, 1) for line in self.event(event)]
        if self.api == SYNC:
            return self.sync(message)
        number = 2 if self.api == PSDB_QUERY else 1
        lines = [line for result in all_of(message, number) for line in self.rows(result, "row", "after")]
        return lines + [None] * (self.api == PSDB_QUERY and len(all_of(message, 3)))

    def event(self, event):
        kind = last(event, 1, 0)
        if kind not in (12, 13):
            return [None] * (kind == 5 or 6 <= kind <= 9 or kind in (16, 20) or kind > 22)
        body = last(event, 5 if kind == 12 else 6)
        keyspace = text(body, 3) or text(event, 22)
        shard = text(body, 4) or text(event, 23)
        table = text(body, 1).removeprefix(keyspace + ".")
        key = (keyspace, shard, table)
        if kind == 13:
            is_new = key in self.columns and self.columns[key] != all_of(body, 2)
            self.columns[key] = all_of(body, 2)
            return [None] * is_new
        columns = names(self.columns[key])
        lines = []
        for change in all_of(body, 2):
            before, after = [dict(zip(columns, lengths(row[-1]))) if row else None
                             for row in (all_of(change, 1), all_of(change, 2))]
            op = "insert" if before is None else "delete" if after is None else "update"
            lines.append((op, *key, before, after))
        return lines

    def rows(self, result, op, image):
        if all_of(result, 1):
            self.columns[op, image] = names(all_of(result, 1))
        cells = [dict(zip(self.columns[op, image], lengths(row))) for row in all_of(result, 4)]
        return [(op, *self.here, row, None) if image == "before" else (op, *self.here, None, row) for row in cells]

    def sync(self, message):
        lines = []
        for number, value in fields(message):
            if number == 1:
                lines += self.rows(value, "insert", "after")
            elif number == 3:
                lines.append(None)
            elif number == 4:
                lines += self.rows(last(value, 1), "delete", "before")
            elif number == 5:
                olds = self.rows(last(value, 1), "update", "before")
                news = self.rows(last(value, 2), "update", "after")
                lines += [(*old[:-1], new[-1]) for old, new in zip(olds, news)]
        for cursor in all_of(message, 2)[-1:]:
            is_copying = bool(all_of(cursor, 4))
            lines += [None] * (self.is_copying and not is_copying)
            self.is_copying = is_copying
        return lines


def records(data, end):
    at = 64
    while at + 24 <= end:
        room = SEGMENT - at % SEGMENT
        if room < 24 or not any(data[at:at + 24]):
            at = (at // PAGE + 1) * PAGE
            continue
        length, kind, reader, received, _ = struct.unpack_from("<IHHqQ", data, at)
        if at + 24 + length > end:
            return
        yield kind, reader, data[at + 24:at + 24 + length]
        at = (at + 24 + length + 7) // 8 * 8


def walked(data):
    readers, chosen = [], {}
    for kind, reader, payload in records(data, len(data)):
        if kind == READER_OPENED:
            readers.append(Walker(payload))
        elif kind == CHECKPOINT and len(all_of(payload, 4)) > len(readers):
            readers = [Walker(last(stored, 1)) for stored in all_of(payload, 4)]
            for walker, stored in zip(readers, all_of(payload, 4)):
                walker.walk(last(stored, 2))
        elif kind == CHOSEN:
            chosen[reader] = [ordinal for packed in all_of(payload, 1) for ordinal in numbers(packed)]
        elif kind == MESSAGE:
            lines = readers[reader].walk(payload)
            ordinals = chosen.pop(reader, range(len(lines)))
            yield from (lines[ordinal] for ordinal in ordinals if lines[ordinal])


def indexed(data, foot):
    _, index, entries, contents, size = foot
    layouts = all_of(data[contents:contents + size], 1)
    for at in range(index, index + 32 * entries, 32):
        packed, first, second, number, _, _ = struct.unpack_from("<QIIIIq", data, at)
        op = packed >> 44 & 15
        if op >= len(OPS):
            continue
        record = (packed & (1 << 44) - 1) * 8
        length, = struct.unpack_from("<I", data, record)
        payload = data[record + 24:record + 24 + length]
        if packed >> 48 & 3 == 0:
            change = delimited(payload, first)
            before, after = all_of(change, 1)[-1:], all_of(change, 2)[-1:]
        else:
            before, after = [[delimited(payload, place)] if place else [] for place in (first, second)]
        layout = layouts[number]
        new = names(all_of(layout, 5))
        old = new if last(layout, 8, 0) else names(all_of(layout, 4))
        yield (OPS[op], text(layout, 1), text(layout, 2), text(layout, 3),
               dict(zip(old, lengths(before[0]))) if before else None,
               dict(zip(new, lengths(after[0]))) if after else None)


def foot_of(data):
    *foot, _, magic = struct.unpack_from("<QQQQQQ16s", data, len(data) - 64)
    end, index, entries, contents, size = foot
    fits = 64 <= end <= index and index % 8 == 0 and index + 32 * entries == contents and contents + size + 64 == len(data)
    return foot if magic == b"vtscope sealed\n\0" and fits else None


def main(path):
    with open(path, "rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    magic, version, _, segment = struct.unpack_from("<16sIIQ", data)
    if magic != b"vtscope capture\n" or version != 1 or segment != SEGMENT:
        sys.exit(path + " is no capture of version 1")
    foot = foot_of(data) if len(data) >= 128 else None
    for op, keyspace, shard, table, before, after in indexed(data, foot) if foot else walked(data):
        print(json.dumps({"op": op, "keyspace": keyspace, "shard": shard, "table": table, "before": before, "after": after}))


main(sys.argv[1])
