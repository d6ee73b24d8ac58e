import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { TableWriter } from "../sdk/columns/writer.ts";
import type { Context, Gap, Tables } from "../sdk/plugin.ts";
import { boxer, type BoxKeys, makeBoxKeys } from "../sdk/keys/box.ts";
import { openPair, pairOf } from "../sdk/keys/reveal_box.ts";
import { tokenOf } from "../sdk/keys/token_of.ts";
import { column, schemaOf, table } from "../sdk/table.ts";
import { openKeyedScrubber } from "./keyed_scrubber.ts";
import { createRevealPairs, type RevealPairs } from "./reveal_pairs.ts";
import { revealSource } from "./reveal_source.ts";

const random = (n: number) => new Uint8Array(randomBytes(n));
const reveal = makeBoxKeys(random);
const MAIL = "ada@example.org";
const KEY = new Uint8Array(32).fill(7);
const schema = schemaOf(
  "Logon",
  table({
    doc: "Test",
    time: "TimeGenerated",
    columns: {
      TimeGenerated: column.time({ class: "public" }),
      Who: column.string({ class: "personal" }),
      From: column.string({ class: "network", optional: true }),
      Text: column.string({ class: "content", optional: true }),
    },
  }),
);

/** A scrubber whose new tokens go to `pairs`; epoch and reveal key can be changed. */
function scene(pairs: RevealPairs) {
  const state: { epoch: number; to: Uint8Array | undefined } = { epoch: 1, to: reveal.publicKey };
  const scrubber = openKeyedScrubber({
    policy: { columns: {} },
    keys: {
      current: () => ({ epoch: state.epoch, bytes: KEY }),
      get reveal() {
        return state.to;
      },
    },
    pairs,
    now: () => 0,
  });
  const scrub = (...rows: readonly { readonly Who: string; From?: string; Text?: string }[]) => {
    const writer = new TableWriter(schema);
    for (const row of rows) writer.add({ TimeGenerated: 0, ...row });
    scrubber.scrub(writer.view(), schema);
  };
  return { state, scrub };
}

interface Sealed {
  readonly Token: string;
  readonly Box: string;
}

/** Runs the source to its end: what waits is sealed, although it was told to stop at once. */
async function drained(pairs: RevealPairs, to: Uint8Array | undefined = reveal.publicKey) {
  const rows: Sealed[] = [];
  const gaps: Gap[] = [];
  const source = revealSource({ pairs, to: () => to, random });
  const context: unknown = {
    emit: { CustosReveal: (row: Sealed) => void rows.push(row) },
    gap: (gap: Gap) => void gaps.push(gap),
    clock: { now: () => 0, sleep: () => Promise.reject(new Error("It must not wait")) },
    signal: AbortSignal.abort(),
  };
  assert.ok(source.kind === "listen");
  await source.listen(context as Context<unknown, Tables>);
  return { rows, gaps };
}

function opened({ Token, Box }: Sealed, keys: BoxKeys = reveal): string {
  return openPair(Buffer.from(Box, "base64"), Token, keys);
}

test("each new token travels once, with its value sealed to the reveal key", async () => {
  const pairs = createRevealPairs();
  const { scrub } = scene(pairs);
  scrub({ Who: "Ada", From: "10.1.2.3" }, { Who: "Grace" }, { Who: "Ada" });
  scrub({ Who: "Grace", Text: `mail from ${MAIL}` });
  const { rows } = await drained(pairs);
  const told = rows.map((row) => [row.Token, opened(row)] as const);
  const values = [["user", "Ada"], ["ip", "10.1.2.3"], ["user", "Grace"], ["user", MAIL]] as const;
  const expected = values.map(([kind, value]) =>
    [tokenOf({ epoch: 1, bytes: KEY }, kind, value), value] as const
  );
  assert.deepEqual(new Map(told), new Map(expected));
  assert.equal(told.length, expected.length);
  assert.ok(!JSON.stringify(rows).includes("Grace"));
  scrub({ Who: "Ada" });
  assert.deepEqual((await drained(pairs)).rows, []);
});

test("a token that the scrubber has forgotten does not travel again, one of a new epoch does", async () => {
  const pairs = createRevealPairs();
  scene(pairs).scrub({ Who: "Ada" });
  const { state, scrub } = scene(pairs);
  scrub({ Who: "Ada" });
  assert.equal((await drained(pairs)).rows.length, 1);
  state.epoch = 2;
  scrub({ Who: "Ada" });
  const [row] = (await drained(pairs)).rows;
  assert.match(row?.Token ?? "", /^user:2:/);
});

test("without a reveal key nothing is gathered", async () => {
  const pairs = createRevealPairs();
  const none = scene(pairs);
  none.state.to = undefined;
  none.scrub({ Who: "Ada" });
  assert.deepEqual(pairs.take(10), []);
});

test("with another reveal key all travel again", async () => {
  const pairs = createRevealPairs();
  const { state, scrub } = scene(pairs);
  scrub({ Who: "Ada" });
  await drained(pairs);
  const other = makeBoxKeys(random);
  state.to = other.publicKey;
  scrub({ Who: "Ada" });
  const [row] = (await drained(pairs, other.publicKey)).rows;
  assert.ok(row !== undefined);
  assert.equal(opened(row, other), "Ada");
  assert.throws(() => opened(row), { name: "RevealError", code: "box" });
});

test("values that are too long or too many are a gap, not memory", async () => {
  const pairs = createRevealPairs({ mostWaiting: 2 });
  const { scrub } = scene(pairs);
  scrub({ Who: "x".repeat(1025) }, { Who: "a" }, { Who: "b" }, { Who: "c" });
  const { rows, gaps } = await drained(pairs);
  assert.deepEqual(rows.map((row) => opened(row)), ["a", "b"]);
  assert.deepEqual(gaps.map(({ count }) => count), [2]);
});

test("what is known to be sent is bounded", () => {
  const pairs = createRevealPairs({ mostKnown: 2 });
  const tell = pairs.tellerOf(1, reveal.publicKey);
  const token = (n: number) => new Uint8Array(16).fill(n);
  for (const n of [1, 2, 3, 4, 5, 1]) tell("user", token(n), token(n));
  // 1 was forgotten; the newest are not.
  assert.equal(pairs.take(10).length, 6);
  tell("user", token(5), token(5));
  assert.equal(pairs.take(10).length, 0);
});

test("a box of another token, or one that was changed, reveals nothing", () => {
  const seal = boxer(reveal.publicKey, random);
  const box = seal(pairOf("user:1:aaaaaaaaaaaaaaaaaaaaaaaaaa", Buffer.from("Ada")));
  const other = "user:1:baaaaaaaaaaaaaaaaaaaaaaaaa";
  assert.throws(() => openPair(box, other, reveal), { code: "token" });
  assert.throws(() => openPair(seal(Buffer.from("no end")), other, reveal), { code: "token" });
  for (let i = 0; i < box.length; i++) {
    const changed = box.slice();
    changed[i]! ^= 1 << (i & 7);
    const token = "user:1:aaaaaaaaaaaaaaaaaaaaaaaaaa";
    assert.throws(() => openPair(changed, token, reveal), { code: "box" }, `byte ${i}`);
  }
});
