import assert from "node:assert/strict";
import { test } from "node:test";
import type { Strings } from "../columns/column.ts";
import { base32 } from "../scrub/token.ts";
import { stringsOf } from "../testkit/arbitraries.ts";
import { BodyError, ByteReader, ByteWriter } from "./bytes.ts";
import { writeIndexes, writeInts } from "./ints.ts";
import { writeStrings } from "./strings.ts";
import { readTemplates } from "./template_decode.ts";
import { TemplateEncoder, wordCounts } from "./template.ts";

function encoded(rows: Strings): Uint8Array {
  const out = new ByteWriter();
  assert.ok(new TemplateEncoder().encode(out, rows, wordCounts()));
  return out.view().slice();
}

const tokenOf = (n: number): Uint8Array =>
  Uint8Array.from({ length: 16 }, (_, k) => (n + 1) * (k * k + 101));

function timesIn(bytes: Uint8Array, part: Uint8Array): number {
  const all = Buffer.from(bytes);
  let times = 0;
  for (let at = all.indexOf(part); at >= 0; at = all.indexOf(part, at + 1)) times++;
  return times;
}

test("a token in messages is stored once, as its 16 bytes", () => {
  const tokens = Array.from({ length: 40 }, (_, i) => tokenOf(i));
  const text = (i: number): string => `from ip:1:${base32(tokens[i % 40]!)} port ${i}`;
  const rows = stringsOf(Array.from({ length: 400 }, (_, i) => text(i)));
  const bytes = encoded(rows);
  for (const token of tokens) {
    assert.equal(timesIn(bytes, token), 1);
    assert.equal(timesIn(bytes, Buffer.from(base32(token))), 0);
  }
  assert.deepEqual(readTemplates(new ByteReader(bytes), 400).bytes, new Uint8Array(rows.bytes));
});

test("what is no token to the last bit comes back as it was", () => {
  const digits = "abcdefghijklmnopqrstuvwxy";
  const ends = ["a", "b", "z", "4", "5", "1", "A", "aa", ""];
  const texts = Array.from({ length: 300 }, (_, i) => `ip:1:${digits}${ends[i % 9]!} n=${i}`);
  const rows = stringsOf(texts);
  const read = readTemplates(new ByteReader(encoded(rows)), 300);
  assert.equal(Buffer.from(read.bytes).toString(), texts.join(""));
});

test("templates of few rows and of many come back in the order of their rows", () => {
  const texts = Array.from({ length: 500 }, (_, i) => {
    const n = (i * 7_919) % 10_007;
    return i % 50 === 7 ? `rare${i} ${"x=1 ".repeat(i % 9)}${n} 10.0.0.${i % 250}` : `job ${n} ok`;
  });
  const read = readTemplates(new ByteReader(encoded(stringsOf(texts))), 500);
  assert.equal(Buffer.from(read.bytes).toString(), texts.join(""));
});

test("readTemplates() refuses more variables than it would hold, before it makes room", () => {
  const rows = 65_536;
  const out = new ByteWriter();
  out.varint(1_000);
  writeStrings(out, stringsOf(["\u0011".repeat(1_000)]));
  writeIndexes(out, new Uint32Array(rows));
  assert.throws(
    () => readTemplates(new ByteReader(out.view()), rows),
    (error) => error instanceof BodyError && error.message.includes("too many variables"),
  );
});

test("readTemplates() refuses entries that no variable stands for", () => {
  const bytes = encoded(stringsOf(Array.from({ length: 100 }, (_, i) => `user${i % 40}z did it`)));
  const words = Buffer.from(bytes).indexOf("user39z");
  assert.ok(words > 0);
  // The last list is of hex bytes: none. Before it stand no tokens and no addresses.
  assert.deepEqual([...bytes.subarray(-3)], [0, 0, 0]);
  const more = new Uint8Array([...bytes.subarray(0, -2), 1, ...tokenOf(1), 0]);
  assert.throws(() => readTemplates(new ByteReader(more), 100), BodyError);
});

/** 24 rows that are one word each, of one word; `codes` is what stands for it. */
function wordRows(codes: readonly number[]): Uint8Array {
  const out = new ByteWriter();
  out.varint(48);
  writeStrings(out, stringsOf(["\u0015"]));
  writeIndexes(out, new Uint32Array(24));
  writeInts(out, Uint32Array.from({ length: 24 }, (_, i) => codes[i] ?? 1));
  writeStrings(out, stringsOf(["ab"]));
  out.raw(Uint8Array.of(0, 0, 0));
  return out.view().slice();
}

test("readTemplates() refuses a word that has not stood before, and is not the next", () => {
  const good = readTemplates(new ByteReader(wordRows([0])), 24);
  assert.equal(Buffer.from(good.bytes).toString(), "ab".repeat(24));
  assert.throws(() => readTemplates(new ByteReader(wordRows([0, 2])), 24), BodyError);
  assert.throws(() => readTemplates(new ByteReader(wordRows([1, 0])), 24), BodyError);
});
