import assert from "node:assert/strict";
import { test } from "node:test";
import { agree, FIRST_START, mayClose } from "./agreement.ts";
import { backoffMs, MOST_MS } from "./backoff.ts";
import type { HeldEpoch } from "./frame_source.ts";

const id = new Uint8Array(8);
/** A frame's hash in this test: its epoch and the seq after it. */
const hash = (epoch: number, next: number) => new Uint8Array(32).fill(epoch * 16 + next);
const epochs = (
  ...list: readonly (readonly [number, number, number, kept?: number])[]
): HeldEpoch[] => list.map(([epoch, first, next, kept = first]) => ({ epoch, first, next, kept }));

test("agree() says what follows from what both ends hold", () => {
  type Row = readonly [
    string,
    HeldEpoch[],
    readonly [number, number, cursor?: string] | undefined,
    string,
  ];
  const table: readonly Row[] = [
    ["both empty", epochs([1, 0, 0]), undefined, "ask 1"],
    ["a new stream with frames", epochs([1, 0, 5]), undefined, "ask 1"],
    ["two epochs, the hub knows none", epochs([1, 0, 5], [2, 0, 1]), undefined, "ask 1"],
    ["the hub has lost the stream", epochs([1, 3, 5]), undefined, "new 2 hub-lost lost 1 0 3"],
    ["it has, and all is kept", epochs([1, 3, 5, 0]), undefined, "new 2 hub-lost lost 1 0 0"],
    ["the same", epochs([1, 5, 5]), [1, 5], "open 1 5"],
    ["the hub has some", epochs([1, 2, 5]), [1, 4], "open 1 4"],
    ["the hub has none of the epoch yet", epochs([1, 0, 5]), [1, 0], "open 1 0"],
    ["the hub has lost frames", epochs([1, 3, 5]), [1, 2], "new 2 hub-lost lost 1 2 3"],
    ["it has, and they are kept", epochs([1, 5, 5, 2]), [1, 2], "open 1 2"],
    ["it has, and some are kept", epochs([1, 5, 5, 3]), [1, 2], "new 2 hub-lost lost 1 2 3"],
    ["the agent has lost frames", epochs([1, 0, 3]), [1, 4], "new 2 agent-behind held 1 3"],
    ["the agent has lost an epoch", epochs([1, 0, 3]), [2, 0], "new 3 agent-behind"],
    [
      "it has lost frames and asked for the cursor",
      epochs([1, 0, 3], [2, 0, 0]),
      [1, 4, "c"],
      "new 3 agent-behind held 1 3 cursor",
    ],
    [
      "it has lost all that it knew of an epoch",
      epochs([1, 0, 3], [3, 0, 0]),
      [2, 4, "c"],
      "new 4 agent-behind held 2 0 cursor",
    ],
    [
      "it has frames that the cursor is not behind",
      epochs([1, 0, 3], [2, 0, 1]),
      [1, 4, "c"],
      "new 3 agent-behind held 1 3",
    ],
    ["only an older, trimmed epoch is held", epochs([1, 3, 3]), [2, 1], "new 3 agent-behind"],
    ["an older epoch is left, the next not open", epochs([1, 0, 3], [2, 0, 1]), [1, 1], "open 1 1"],
    ["the next epoch is due", epochs([2, 0, 3]), [1, 7], "ask 2"],
    [
      "the next epoch has lost its beginning",
      epochs([2, 1, 3]),
      [1, 7],
      "new 3 hub-lost lost 2 0 1",
    ],
    ["held before and after the hub's", epochs([1, 0, 3], [3, 0, 1]), [2, 0], "new 4 fenced"],
    ["trimmed before, held after", epochs([1, 3, 3], [3, 0, 1]), [2, 0], "ask 3"],
  ];
  for (const [name, held, hub, expected] of table) {
    const stream = { id, name: "a", plugin: "t", priority: "normal", reason: "" } as const;
    const head = hub && {
      ...{ stream: id, epoch: hub[0], next: hub[1], tail: hash(hub[0], hub[1]) },
      ...(hub[2] !== undefined && { cursor: Uint8Array.of(1) }),
    };
    const agreed = agree({ ...stream, epochs: held }, head, ({ epoch, seq }) => hash(epoch, seq));
    assert.equal(wordsOf(agreed), expected, name);
  }
});

function wordsOf(agreed: ReturnType<typeof agree>): string {
  if (agreed.kind === "ask") return `ask ${agreed.epoch}`;
  if (agreed.kind === "open") return `open ${agreed.epoch} ${agreed.next}`;
  const { above, reason, held, cursor, lost } = agreed.needed;
  const more = (held ? ` held ${held.epoch} ${held.next}` : "") + (cursor ? " cursor" : "");
  return `new ${above + 1} ${reason}${more}${lost ? ` lost ${Object.values(lost).join(" ")}` : ""}`;
}

test("agree() asks for a first epoch again from its start, where all of it is kept", () => {
  const stream = { id, name: "a", plugin: "t", priority: "normal", reason: FIRST_START } as const;
  const asked = (list: HeldEpoch[]) =>
    wordsOf(agree({ ...stream, epochs: list }, undefined, hash0));
  assert.equal(asked(epochs([1, 3, 5, 0])), "ask 1");
  assert.equal(asked(epochs([1, 3, 5, 1])), "new 2 hub-lost lost 1 0 1");
});

const hash0 = () => hash(0, 0);

test("agree() opens nothing when the tail differs or is no longer known", () => {
  const stream = { id, name: "a", plugin: "t", priority: "normal", reason: "" } as const;
  const held = { ...stream, epochs: epochs([1, 0, 5]) };
  const head = { stream: id, epoch: 1, next: 3, tail: hash(1, 3) };
  for (const previous of [hash(1, 2), undefined]) {
    assert.equal(wordsOf(agree(held, head, () => previous)), "new 2 tail");
  }
});

test("agree() takes the hub's cursor where nothing is held behind it and no frame tells another", () => {
  const stream = { id, name: "a", plugin: "t", priority: "normal", reason: "" } as const;
  const head = { stream: id, epoch: 1, next: 3, tail: hash(1, 3), cursor: Uint8Array.of(1) };
  const cursorIn = (list: HeldEpoch[], previous: Uint8Array | undefined) => {
    const agreed = agree({ ...stream, epochs: list }, head, () => previous);
    return agreed.kind === "open" ? agreed.cursor : agreed.kind === "new" && agreed.needed.cursor;
  };
  assert.deepEqual(cursorIn(epochs([1, 3, 3]), hash(1, 3)), Uint8Array.of(1));
  assert.deepEqual(cursorIn(epochs([1, 3, 3]), undefined), Uint8Array.of(1));
  assert.equal(cursorIn(epochs([1, 3, 3]), hash(1, 2)), undefined);
  assert.equal(cursorIn(epochs([1, 3, 4]), hash(1, 3)), undefined);
  assert.equal(cursorIn(epochs([1, 3, 3], [2, 0, 1]), hash(1, 3)), undefined);
});

test("mayClose() says no while an epoch has frames that are neither acknowledged nor replaced", () => {
  const stream = { id, name: "a", plugin: "t", priority: "normal", reason: "" } as const;
  const held = { ...stream, epochs: epochs([1, 3, 5], [3, 0, 2]) };
  const link = { phase: "open", epoch: 1, next: 5, sent: 5, acked: 5, pausedUntil: 0 } as const;
  assert.equal(mayClose(held, link, 3), true);
  assert.equal(mayClose(held, { ...link, acked: 4 }, 3), false);
  const halted = { ...link, phase: "halted", epoch: 2 } as const;
  assert.equal(mayClose(held, halted, 3), false);
  assert.equal(mayClose({ ...stream, epochs: epochs([3, 0, 2]) }, halted, 3), true);
});

test("backoffMs() doubles up to a minute, is half jitter, and obeys the hub", () => {
  assert.deepEqual([0, 1, 2].map((n) => backoffMs(n, 0)), [250, 500, 1000]);
  assert.deepEqual([0, 1, 2].map((n) => backoffMs(n, 1)), [500, 1000, 2000]);
  assert.equal(backoffMs(1000, 1), MOST_MS);
  assert.equal(backoffMs(0, 0, 5000), 5000);
});
