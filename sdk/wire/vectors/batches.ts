/**
 * The batches that the vectors are made of: every form of column, in each of its encodings.
 *
 * @module
 */
import type { AddressColumn, Column, ColumnBatch, TokenColumn } from "../../columns/column.ts";
import { TableWriter } from "../../columns/writer.ts";
import { type GAP, GAP_SCHEMA } from "../../gap.ts";
import { column, schemaOf, table } from "../../table.ts";
import { base32 } from "../../scrub/token.ts";
import type { FrameFields } from "../frame.ts";

/** A frame to be made. */
export interface Case extends Partial<Pick<FrameFields, "kind" | "groupLast" | "groupIndex">> {
  readonly name: string;
  readonly about: string;
  readonly batch: ColumnBatch;
  readonly cursor: Uint8Array | undefined;
}

const FORMS = table({
  doc: "A column of each type",
  time: "At",
  columns: {
    At: column.time({ class: "public" }),
    Exact: column.time({ class: "public", optional: true }),
    Word: column.string({ class: "system", optional: true }),
    Line: column.string({ class: "content", optional: true }),
    Int: column.int({ class: "public", optional: true }),
    Long: column.long({ class: "public", optional: true }),
    Wide: column.long({ class: "public", optional: true }),
    Real: column.real({ class: "public", optional: true }),
    Percent: column.real({ class: "public", optional: true }),
    Flag: column.bool({ class: "public", optional: true }),
    Extra: column.dynamic({ class: "content", optional: true }),
  },
});

const START = 1_780_000_000_000;
const CURSOR = Uint8Array.from({ length: 40 }, (_, i) => 255 - i);

/** All cases, in the order of their frames. */
export function batches(): readonly Case[] {
  const one = { cursor: CURSOR };
  return [
    { name: "empty", about: "No rows, no columns, a cursor", batch: forms(0), ...one },
    { name: "one_row", about: "One row", batch: forms(1), ...one },
    { name: "forms", about: "Each form of column, some absent", batch: forms(60), ...one },
    { name: "stored", about: "A body too short to compress", batch: lines(1, lineOf), ...one },
    { name: "constant", about: "Columns of one value", batch: constant(300), ...one },
    { name: "templates", about: "Lines of a few shapes", batch: lines(400, lineOf), ...one },
    { name: "text", about: "Lines of no shape", batch: lines(120, noise), ...one },
    { name: "dictionary", about: "Words: few, many, all different", batch: words(700), ...one },
    { name: "tokens", about: "Tokens and addresses", batch: tokens(50), ...one },
    {
      name: "group_first",
      about: "The first frame of a group of two: no cursor",
      batch: forms(5),
      cursor: undefined,
      groupLast: false,
    },
    {
      name: "group_last",
      about: "The last frame of it",
      batch: lines(9, lineOf),
      ...one,
      groupIndex: 1,
    },
    { name: "gap", about: "Losses", batch: gaps(), cursor: undefined, kind: "gap" },
    { name: "token_text", about: "Tokens in lines", batch: lines(300, tokenLine), ...one },
  ];
}

function forms(rows: number): ColumnBatch {
  const writer = new TableWriter<typeof FORMS.columns>(schemaOf("Forms", FORMS));
  for (let i = 0; i < rows; i++) {
    writer.add({
      At: START + i * 1_000,
      Exact: i % 4 === 3 ? undefined : BigInt(START + i * 7) * 10_000n + BigInt(i * 13),
      Word: i % 5 === 4 ? undefined : `word ${i % 7}`,
      Line: i % 6 === 5 ? undefined : lineOf(i),
      Int: i % 3 === 2 ? undefined : (i * 7_919) % 1_000 - 500,
      Long: i % 9 === 8 ? undefined : 2 ** 40 + i * i,
      Wide: i % 8 === 7 ? undefined : (i % 2 === 0 ? 1n : -1n) * (2n ** 62n + BigInt(i)),
      Real: i % 7 === 6 ? undefined : Math.sqrt(i) * (i % 2 === 0 ? 1 : -1e9),
      Percent: i / 100,
      Flag: i % 3 === 0 ? undefined : i % 2 === 0,
      Extra: i % 4 === 0 ? undefined : { n: i, list: [null, true, "ä", { deep: -1.5 }] },
      _Raw: i % 10 === 9 ? `raw ${i}` : undefined,
      _ParseError: i % 10 === 9 ? "no such line" : undefined,
    });
  }
  return writer.view();
}

function constant(rows: number): ColumnBatch {
  const writer = new TableWriter<typeof FORMS.columns>(schemaOf("Forms", FORMS));
  for (let i = 0; i < rows; i++) {
    writer.add({ At: START, Word: "same", Line: "same", Int: 5, Real: 0.25, Flag: true });
  }
  return writer.view();
}

/** Lines as logs have them: numbers, addresses, hex, decimals, words, identifiers. */
function lineOf(i: number): string {
  const n = (i * 2_654_435_761) % 4_294_967_296;
  const hex = n.toString(16).padStart(8, "0");
  const address = `10.${n & 255}.${(n >> 8) & 255}.${i & 255}`;
  switch (i % 6) {
    case 0:
      return `Accepted password for user${i % 9} from ${address} port ${n % 65_536} ssh2`;
    case 1:
      return `request ${hex}-${hex.slice(4)} took ${(n % 10_000) / 100} ms, status ${
        200 + (i % 5)
      }`;
    case 2:
      return `link ${hex.match(/../g)!.join(":")}:0A:0B up, [2001:db8::${hex.slice(4)}] ${i}`;
    case 3:
      return `job ${i}: 0x${hex.toUpperCase()} pid=${n % 32_768} 007 -${i}.50 +1`;
    case 4:
      return `disk sd${"abc"[i % 3]} at ${i % 101}% "quoted ${i}" ünïcode \u0012 \t end`;
    default:
      return i % 4 === 1 ? "" : "heartbeat";
  }
}

/** Lines with tokens, some of which come again, and what only looks like one. */
function tokenLine(i: number): string {
  const token = (n: number): string => base32(Uint8Array.from({ length: 16 }, (_, k) => n * k));
  const user = `user:1:${token(i % 90)}`;
  switch (i % 8) {
    case 0:
      return `${user}. ip:12345:${token(i)} to ip:12:${token(i % 3)}`;
    case 1:
      return `mail from ${user}, 1:${token(i).slice(0, 25)}b 2:${token(i)}x`;
    default:
      return `session ${i} of ${user} at ip:1:${token(i * 3)}`;
  }
}

function noise(i: number): string {
  let state = i + 1;
  return Array.from({ length: i % 50 }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return String.fromCodePoint(32 + (state % 700));
  }).join("");
}

function lines(rows: number, textOf: (i: number) => string): ColumnBatch {
  const writer = new TableWriter<typeof FORMS.columns>(schemaOf("Forms", FORMS));
  for (let i = 0; i < rows; i++) writer.add({ At: START + i * 333, Line: textOf(i) });
  return writer.view();
}

const WORDS = table({
  doc: "Dictionaries",
  time: "At",
  columns: {
    At: column.time({ class: "public" }),
    Few: column.string({ class: "system" }),
    Many: column.string({ class: "system" }),
    Each: column.string({ class: "system" }),
    Rare: column.string({ class: "system", optional: true }),
  },
});

function words(rows: number): ColumnBatch {
  const writer = new TableWriter<typeof WORDS.columns>(schemaOf("Words", WORDS));
  for (let i = 0; i < rows; i++) {
    writer.add({
      At: START + ((i * 37) % 5_000),
      Few: `host${(i * i) % 3}`,
      Many: `/path/${(i * 31) % 300}/index.html`,
      Each: `id-${i}`,
      Rare: i % 100 === 50 ? lineOf(i) : undefined,
    });
  }
  return writer.view();
}

function tokens(rows: number): ColumnBatch {
  const bytes = (n: number): Uint8Array =>
    Uint8Array.from({ length: 16 * n }, (_, i) => (i * 167 + (i >> 4)) & 255);
  const text = new TextEncoder().encode("rootSYSTEM");
  const indexes = (most: number): Uint32Array =>
    Uint32Array.from({ length: rows }, (_, i) => (i * 7) % (most + 1));
  const user: TokenColumn = {
    form: "token",
    name: "User",
    kind: "user",
    epoch: 3,
    indexes: indexes(7),
    tokens: bytes(5),
    plain: { bytes: text, ends: Uint32Array.of(4, 10) },
  };
  const peer: AddressColumn = {
    form: "address",
    name: "Peer",
    kind: "ip",
    epoch: 2,
    indexes: indexes(6),
    tokens: bytes(6),
    categories: Uint8Array.of(0, 1, 2, 3, 4, 5),
    families: Uint8Array.of(4, 6, 0, 4, 6, 4),
  };
  const columns: readonly Column[] = [user, peer];
  return { table: "Tokens", rows, columns };
}

function gaps(): ColumnBatch {
  const writer = new TableWriter<typeof GAP.columns>(GAP_SCHEMA);
  writer.add({ TimeGenerated: START, Reason: "ring-overflow", Count: 12_345 });
  writer.add({ TimeGenerated: START + 1, Reason: "rotated-away", Detail: "file abcdefgh" });
  writer.add({
    TimeGenerated: START + 2,
    Reason: "other",
    From: "a",
    To: "b",
    RefusedSeq: 7,
    RefusedHash: "00".repeat(32),
  });
  return writer.view();
}
