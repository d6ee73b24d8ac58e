import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { memoryIo } from "../testkit/memory_io.ts";
import type { Json } from "../table.ts";
import { type HeldCursor, HeldLines, type Place } from "./held_lines.ts";

interface Event {
  readonly place: Place;
  readonly lines: string[];
}

/** Reads `files` from `cursor` on; ends after `most` chunks. */
type Reader = (files: ReadonlyMap<string, Uint8Array>, cursor: Json, most: number) => Promise<{
  readonly events: readonly string[];
  readonly cursor: Json;
}>;

const decoder = new TextDecoder();
const LIMITS = { chunkBytes: 8, maxLineBytes: 8 };

function tail(files: ReadonlyMap<string, Uint8Array>, held: HeldLines) {
  return memoryIo(files).tail([...files.keys()], held.start, LIMITS);
}

/** An event begins with a line that starts with `+`. Only what is done counts as read. */
const inSequence: Reader = async (files, from, most) => {
  const held = new HeldLines(from);
  const pending = new Map<string, Event>();
  const events: string[] = [];
  let cursor = from;
  let done: readonly string[] = [];
  let chunks = 0;
  for await (const chunk of tail(files, held)) {
    for (const { bytes, place, isRepeated } of held.lines(chunk)) {
      const text = decoder.decode(bytes);
      const event = pending.get(chunk.fileId);
      if (isRepeated) continue;
      if (event !== undefined && !text.startsWith("+")) {
        event.lines.push(text);
        continue;
      }
      if (event !== undefined) events.push(event.lines.join());
      pending.set(chunk.fileId, { place, lines: [text] });
    }
    const next = held.cursor([...pending.values()].map(({ place }) => place));
    if (next !== undefined) [cursor, done] = [next, [...events]];
    if (++chunks === most) return { events: done, cursor };
  }
  const rest = [...pending.values()].map(({ lines }) => lines.join());
  return { events: [...events, ...rest], cursor: held.cursor([]) ?? cursor };
};

/** A line is `KEY` and a letter; `.` ends the event KEY. Events stand among each other. */
const interleaved: Reader = async (files, from, most) => {
  const held = new HeldLines(from);
  const pending = new Map<string, Event>();
  const events: string[] = [];
  let cursor = from;
  let done: readonly string[] = [];
  let chunks = 0;
  for await (const chunk of tail(files, held)) {
    for (const { bytes, place, isRepeated } of held.lines(chunk)) {
      const text = decoder.decode(bytes);
      const key = text[0] ?? "";
      if (isRepeated && !held.wasOpen(key)) continue;
      const event = pending.get(key) ?? { place, lines: [] };
      event.lines.push(text);
      pending.set(key, event);
      if (!text.endsWith(".")) continue;
      events.push(event.lines.join());
      pending.delete(key);
    }
    const next = held.cursor([...pending.values()].map(({ place }) => place), [...pending.keys()]);
    if (next !== undefined) [cursor, done] = [next, [...events]];
    if (++chunks === most) return { events: done, cursor };
  }
  const rest = [...pending.values()].map(({ lines }) => lines.join());
  return { events: [...events, ...rest], cursor: held.cursor([]) ?? cursor };
};

const sequences = fc.array(fc.constantFrom("+a", "+b", "c", "dd", "", "eee"), { maxLength: 30 });

/** Lines of keys a to e; a key that has ended does not come again. */
const mixtures = fc.array(fc.constantFrom("a", "b", "c", "d", "e"), { maxLength: 30 }).map((keys) =>
  keys.map((key, i) => `${key}${i % 10}${keys.includes(key, i + 1) ? "" : "."}`)
);

async function holds(read: Reader, files: ReadonlyMap<string, Uint8Array>, stops: number[]) {
  const { events: whole } = await read(files, {}, Infinity);
  let cursor: Json = {};
  const events: string[] = [];
  for (const most of [...stops, Infinity]) {
    const run = await read(files, cursor, most);
    events.push(...run.events);
    // As it is kept: in a frame.
    cursor = JSON.parse(JSON.stringify(run.cursor));
  }
  assert.deepEqual(events.toSorted(), whole.toSorted());
}

const filesOf = (texts: readonly (readonly string[])[]) =>
  new Map(
    texts.map((
      lines,
      i,
    ) => [`/${i}`, new TextEncoder().encode(lines.map((l) => `${l}\n`).join(""))]),
  );
const stops = fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 4 });

test("HeldLines loses and repeats no event in sequence, wherever the reading is broken off", () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(sequences, { maxLength: 3 }),
      stops,
      (texts, most) => holds(inSequence, filesOf(texts), most),
    ),
    { numRuns: 300 },
  ));

test("HeldLines loses and repeats no interleaved event, wherever the reading is broken off", () =>
  fc.assert(
    fc.asyncProperty(mixtures, stops, (lines, most) => holds(interleaved, filesOf([lines]), most)),
    { numRuns: 300 },
  ));

test("HeldLines gives no cursor that is too long for a frame", () => {
  const held = new HeldLines({});
  const keys = Array.from({ length: 100 }, (_, i) => `key ${1_000_000 + i}`);
  assert.equal(held.cursor([], keys), undefined);
  assert.notEqual(held.cursor([], keys.slice(0, 50)), undefined);
});

test("HeldLines refuses what is no cursor of its", () => {
  for (const cursor of [[], "x", { tail: 1 }, { skip: { a: "b" } }, { open: "a" }] as const) {
    assert.throws(() => new HeldLines(cursor), /the cursor is not \{tail/);
  }
});

test("HeldLines gives lines without CR and LF", async () => {
  const held: HeldLines = new HeldLines({} satisfies Partial<HeldCursor>);
  const lines: string[] = [];
  for await (const chunk of tail(filesOf([["a\r", "", "b"]]), held)) {
    for (const { bytes } of held.lines(chunk)) lines.push(decoder.decode(bytes));
  }
  assert.deepEqual(lines, ["a", "", "b"]);
});
