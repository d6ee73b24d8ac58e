import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { ColumnBatch } from "../../sdk/columns/column.ts";
import { type Control, openControl } from "../control.ts";
import { type Detect, type DetectItem, openDetect } from "./detect.ts";
import type { Finding } from "./detector.ts";
import { fromSource, item, type Login, loginBatch, withColumns } from "./fakes.ts";
import type { Rule } from "./rule.ts";
import { openDetectState } from "./state.ts";

const HEAD = { severity: "low", show: ["Message"], where: [] } as const;
const RULES: readonly Rule[] = [
  {
    ...HEAD,
    id: "guessing",
    title: "Guessing",
    detector: "threshold",
    table: "Logins",
    where: [{ column: "Status", op: "eq", values: ["401"] }],
    entity: ["Host"],
    count: 3,
    withinMs: 1_000,
  },
  {
    ...HEAD,
    id: "new-host",
    title: "New host",
    detector: "first_seen",
    table: "Logins",
    entity: ["Host"],
    learn: { events: 6, forMs: 2_000 },
  },
  {
    ...HEAD,
    id: "silent",
    title: "Silent",
    detector: "absence",
    table: undefined,
    entity: ["_Agent", "_Source"],
    forMs: 3_000,
  },
];

const row: fc.Arbitrary<Login> = fc.record({
  TimeGenerated: fc.integer({ min: 0, max: 5_000 }),
  Host: fc.option(fc.constantFrom("h1", "h2", "h3", "h4", "h5"), { nil: undefined }),
  Status: fc.constantFrom("200", "401"),
  Message: fc.constantFrom("a", "b"),
});
const entry = fc.record({
  waitMs: fc.integer({ min: -50, max: 2_500 }),
  source: fc.constantFrom("web", "dns"),
  rows: fc.option(fc.array(row, { minLength: 1, maxLength: 8 }), { nil: undefined }),
});
/** A stretch of a ledger: frames and ticks. */
const ledger = fc.array(entry, { maxLength: 40 }).map((entries) => {
  let hubMs = 1_750_000_000_000;
  return entries.map(({ waitMs, source, rows }, index) => {
    hubMs += waitMs;
    return fromSource(item(index, hubMs, rows && loginBatch(rows)), source);
  });
});

function open(control: Control, rules: readonly Rule[] = RULES): Detect {
  return openDetect({ control, rules });
}

function found(detect: Detect): readonly Finding[] {
  return detect.findings(0, 10_000).map(({ finding }) => finding);
}

async function inOneGo(items: readonly DetectItem[]): Promise<readonly Finding[]> {
  await using control = openControl(":memory:");
  const detect = open(control);
  await detect.take(items);
  return found(detect);
}

test("the generated ledgers bring every detector to find something", async () => {
  const rules = new Set<string>();
  for (const items of fc.sample(ledger, { numRuns: 50, seed: 1 })) {
    for (const { rule, kind } of await inOneGo(items)) rules.add(`${rule} ${kind}`);
  }
  assert.deepEqual([...rules].toSorted(), [
    "guessing hit",
    "new-host hit",
    "silent ended",
    "silent hit",
  ]);
});

test("replay: the same ledger gives the same findings in whatever batches it is taken", async () => {
  await fc.assert(
    fc.asyncProperty(ledger, fc.array(fc.integer({ min: 1, max: 9 })), async (items, sizes) => {
      await using control = openControl(":memory:");
      const detect = open(control);
      for (let at = 0, i = 0; at < items.length; i++) {
        const size = sizes[i] ?? 1;
        await detect.take(items.slice(at, at + size));
        at += size;
      }
      assert.deepEqual(found(detect), await inOneGo(items));
    }),
    { numRuns: 60 },
  );
});

test("replay: a crash after any item loses and doubles no finding", async () => {
  await fc.assert(
    fc.asyncProperty(ledger, fc.array(fc.integer({ min: 1, max: 9 })), async (items, runs) => {
      await using control = openControl(":memory:");
      // Each run is a process that takes some items one by one and is killed.
      for (const length of [...runs, Infinity]) {
        const detect = open(control);
        for (const one of items.slice(detect.next, detect.next + length)) await detect.take([one]);
      }
      await using last = open(control);
      assert.deepEqual(found(last), await inOneGo(items));
    }),
    { numRuns: 60 },
  );
});

test("replay: a transaction that fails, or only says so, changes no finding", async () => {
  const outcomes = fc.array(fc.constantFrom("works", "fails", "says it failed"));
  await fc.assert(
    fc.asyncProperty(ledger, outcomes, async (items, faults) => {
      await using control = openControl(":memory:");
      const planned = [...faults];
      let isOpen = false;
      const faulty: Control = {
        ...bound(control),
        transaction(work) {
          const fault = isOpen ? planned.shift() : undefined;
          const result = control.transaction(() => {
            const done = work();
            if (fault === "fails") throw new Error("disk full");
            return done;
          });
          if (fault === "says it failed") throw new Error("timeout");
          return result;
        },
      };
      const detect = open(faulty);
      isOpen = true;
      while (detect.next < items.length) {
        await detect.take(items.slice(detect.next, detect.next + 3)).catch(() => {});
      }
      assert.deepEqual(found(detect), await inOneGo(items));
    }),
    { numRuns: 40 },
  );
});

function bound(control: Control): Control {
  return {
    exec: control.exec.bind(control),
    run: control.run.bind(control),
    all: control.all.bind(control),
    get: control.get.bind(control),
    transaction: control.transaction.bind(control),
    [Symbol.asyncDispose]: control[Symbol.asyncDispose].bind(control),
  };
}

const T0 = 1_750_000_000_000;

function failures(count: number, from: number): Login[] {
  return Array.from({ length: count }, (_, i) => ({
    TimeGenerated: from + i,
    Host: "h1",
    Status: "401",
    Message: "m",
  }));
}

test("a finding tells rule, entity, events and the rows it rests on", async () => {
  const [finding] = await inOneGo([item(0, T0, loginBatch(failures(3, 5_000)))]);
  assert.equal(finding?.rule, "guessing");
  assert.equal(finding.entity, "h1");
  assert.equal(finding.events, 3);
  assert.match(finding.id, /^[0-9a-f]{64}$/);
  assert.deepEqual(finding.evidence.map(({ entry, row }) => [entry, row]), [[0, 0], [0, 1], [
    0,
    2,
  ]]);
  assert.deepEqual(finding.evidence[0], {
    entry: 0,
    row: 0,
    table: "Logins",
    agent: "a1",
    source: "web",
    time: "1970-01-01T00:00:05.000Z",
    fields: { Status: "401", Host: "h1", Message: "m" },
  });
});

test("an event that comes 23 hours late still joins its window, one after 25 hours does not", async () => {
  for (const [hours, count] of [[23, 1], [25, 0]] as const) {
    const late = T0 + hours * 3_600_000;
    const items = [
      item(0, T0, loginBatch(failures(2, T0))),
      item(1, late, loginBatch(failures(1, T0 + 5))),
    ];
    const hits = (await inOneGo(items)).filter(({ rule }) => rule === "guessing");
    assert.equal(hits.length, count);
  }
});

test("events from before many days are found as fast as they are read", async () => {
  const items = [
    item(0, T0, loginBatch(failures(2, 1_000))),
    item(1, T0 + 1_000, loginBatch(failures(1, 1_500))),
  ];
  assert.deepEqual((await inOneGo(items)).map(({ rule }) => rule), ["guessing"]);
});

test("time in which the hub was down makes no source silent", async () => {
  const items = [item(0, T0, loginBatch(failures(1, T0))), item(1, T0 + 9_000)];
  const ticks = [
    item(0, T0, loginBatch(failures(1, T0))),
    item(1, T0 + 2_000),
    item(2, T0 + 86_400_000),
  ];
  assert.deepEqual((await inOneGo(items)).map(({ rule }) => rule), ["silent"]);
  assert.deepEqual((await inOneGo(ticks.slice(0, 2))).length, 0);
  const down = await openWith({ forMs: 12_500 }, ticks);
  assert.equal(down.length, 0);
});

test("hub time never goes back, whatever the ledger says", async () => {
  const items = [item(0, T0), item(1, T0 - 5_000, loginBatch(failures(3, T0)))];
  assert.deepEqual((await inOneGo(items)).map(({ hubMs }) => hubMs), [T0]);
});

test("a finding that is there already stays as it is", async () => {
  await using control = openControl(":memory:");
  const [finding] = await inOneGo([item(0, T0, loginBatch(failures(3, T0)))]);
  const state = openDetectState(control);
  const clock = { entry: 0, hubMs: T0, aliveMs: 0 };
  for (const summary of ["first", "second"]) {
    state.commit({ next: 1, clock, cells: new Map(), findings: [{ ...finding!, summary }] });
  }
  assert.deepEqual(state.findings(0, 9).map((one) => one.finding.summary), ["first"]);
});

async function openWith(
  change: { readonly forMs: number },
  items: readonly DetectItem[],
): Promise<readonly Finding[]> {
  await using control = openControl(":memory:");
  const rules = RULES.map((rule) => rule.detector === "absence" ? { ...rule, ...change } : rule);
  const detect = open(control, rules);
  await detect.take(items);
  return found(detect);
}

test("more findings than an hour may list become one aggregate, and a count when it is over", async () => {
  await using control = openControl(":memory:");
  const rules = RULES.filter(({ id }) => id === "guessing");
  const rows = Array.from({ length: 130 }, (_, i) => failures(3, i * 10_000)).flat();
  const items = [
    item(0, T0, loginBatch(rows.slice(0, 240))),
    item(1, T0, loginBatch(rows.slice(240))),
  ];
  for (const one of items) {
    await using detect = open(control, rules);
    await detect.take([one]);
  }
  const detect = open(control, rules);
  await detect.take([item(2, T0 + 3_600_000)]);
  const kinds = found(detect).map(({ kind, events }) => [kind, events] as const);
  assert.equal(kinds.filter(([kind]) => kind === "hit").length, 100);
  assert.deepEqual(kinds.filter(([kind]) => kind === "overflow"), [["overflow", 1], [
    "overflow",
    30,
  ]]);
});

test("a rule that compares a literal with tokens says so once, and the others go on", async () => {
  await using control = openControl(":memory:");
  const bad: Rule = {
    ...RULES[0]!,
    id: "bad",
    where: [{ column: "User", op: "eq", values: ["alice"] }],
  };
  const detect = open(control, [bad, ...RULES]);
  const tokens = new Uint8Array(16);
  const plain = { bytes: new Uint8Array(0), ends: new Uint32Array(0) };
  const user = {
    form: "token",
    name: "User",
    kind: "user",
    epoch: 1,
    indexes: Uint32Array.of(1, 1, 1),
    tokens,
    plain,
  } as const;
  const batch = withColumns(loginBatch(failures(3, T0)), user);
  await detect.take([item(0, T0, batch), item(1, T0, batch)]);
  assert.deepEqual(found(detect).map(({ rule, kind }) => `${rule} ${kind}`), [
    "bad refused",
    "guessing hit",
  ]);
  assert.match(found(detect)[0]!.summary, /it holds tokens/);
});

test("frames that cannot be decoded are told, not without end, and do not stop the ledger", async () => {
  await using control = openControl(":memory:");
  const detect = open(control);
  const error = Object.assign(new Error("no columns"), { permanent: true });
  const nothing: ColumnBatch = { table: "", rows: 0, columns: [] };
  const bodies = [
    () => {
      throw error;
    },
    ...Array.from({ length: 120 }, () => () => nothing),
  ];
  const items = bodies.map((batch, index) => {
    const one = item(index, T0, nothing);
    return { ...one, frame: { ...one.frame!, batch } };
  });
  await detect.take(items);
  assert.equal(detect.next, 121);
  assert.equal(detect.counts.unreadable, 121);
  const all = found(detect);
  assert.deepEqual([...new Set(all.map(({ rule }) => rule))], ["custos-unreadable-frame"]);
  assert.equal(all.length, 101);
});

test("a frame that cannot be read now is read again", async () => {
  await using control = openControl(":memory:");
  const detect = open(control);
  const good = item(0, T0, loginBatch(failures(3, T0)));
  const batch = (): ColumnBatch => {
    throw new Error("out of memory");
  };
  await assert.rejects(() => detect.take([{ ...good, frame: { ...good.frame!, batch } }]));
  await detect.take([good]);
  assert.equal(found(detect).length, 1);
});

test("take() refuses a hole in the ledger and skips what it has taken", async () => {
  await using control = openControl(":memory:");
  const detect = open(control);
  const items = [item(0, T0), item(1, T0, loginBatch(failures(2, T0))), item(2, T0)];
  await detect.take(items.slice(0, 2));
  await detect.take(items.slice(1));
  assert.equal(detect.next, 3);
  assert.deepEqual(found(detect), []);
  await assert.rejects(() => detect.take([item(4, T0)]), RangeError);
});

test("a rule with another definition starts without the old one's state", async () => {
  await using control = openControl(":memory:");
  await using before = open(control);
  await before.take([item(0, T0, loginBatch(failures(2, T0)))]);
  await before[Symbol.asyncDispose]();
  const changed = RULES.map((rule) => rule.id === "guessing" ? { ...rule, title: "Other" } : rule);
  await using after = open(control, changed);
  await after.take([item(1, T0, loginBatch(failures(1, T0)))]);
  assert.deepEqual(found(after), []);
});

test("take() tells of findings again until it is heard", async () => {
  await using control = openControl(":memory:");
  let calls = 0;
  const onFindings = () => {
    if (calls++ === 0) throw new Error("not now");
  };
  const detect = openDetect({ control, rules: RULES, onFindings });
  const items = [item(0, T0, loginBatch(failures(3, T0)))];
  await assert.rejects(() => detect.take(items), /not now/);
  await detect.take(items);
  assert.equal(calls, 2);
  assert.equal(found(detect).length, 1);
});
