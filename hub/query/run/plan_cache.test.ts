import assert from "node:assert/strict";
import { after as afterAll, test } from "node:test";
import * as fc from "fast-check";
import { after } from "../../store/test_room.ts";
import { type Compiler, type CompileWanted, openCompiler } from "./compiler.ts";
import type { CompileReply } from "./compiler_messages.ts";
import { type PlanCacheOptions, withPlanCache } from "./plan_cache.ts";

const real = openCompiler({ after, deadlineMs: 150_000 });
afterAll(() => real[Symbol.asyncDispose]());

const signal = new AbortController().signal;
const NOW = 17_855_424_000_000_000n;
const HOUR = 36_000_000_000n;
const COLUMNS = [
  { name: "TimeGenerated", type: "datetime" },
  { name: "Host", type: "string" },
  { name: "Count", type: "long" },
] as const;

function wanted(text: string, now = NOW): CompileWanted {
  return {
    text,
    now,
    schema: { tables: [{ name: "T", columns: COLUMNS }] },
    functions: [],
    parameters: new Map(),
    answers: new Map(),
  };
}

/** What is asked of the compiler behind the cache. */
function counted(compiler: Pick<Compiler, "compile">) {
  const asked: CompileWanted[] = [];
  const inner: Compiler = {
    compile(one, stop) {
      asked.push(one);
      return compiler.compile(one, stop);
    },
    warm: () => undefined,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return { asked, inner };
}

function opened(compiler: Pick<Compiler, "compile">, options: Partial<PlanCacheOptions> = {}) {
  const { asked, inner } = counted(compiler);
  const cache = withPlanCache(inner, { now: () => 0, after: () => () => undefined, ...options });
  return { asked, cache };
}

/** Says of a text what stands in it, with the time where it has `NOW`. */
const echo: Pick<Compiler, "compile"> = {
  compile: ({ text, now }) => {
    const sql = text.replaceAll("NOW", String(now)).replaceAll("DAY", String(now / (24n * HOUR)))
      .replaceAll("HOUR", String(now - now % HOUR));
    const result = { columns: [], tables: [], natives: [], sql, wrappingSql: sql };
    return Promise.resolve({ kind: "compiled", results: [result], options: [] });
  },
};

const KEPT = [
  "T | where TimeGenerated > ago(1h) and Count > 5 | summarize count() by Host",
  "T | where TimeGenerated between (ago(1d) .. now()) | take 5",
  "T | where TimeGenerated > datetime(2026-01-01) and TimeGenerated < now() + 5m",
  "T | where Host has 'x' and TimeGenerated >= now(-2h) | join kind=inner (T | where TimeGenerated > ago(7d)) on Host",
  "print now(), ago(1s), 1787654321012345678",
  "T | summarize count() by bin(TimeGenerated, 1h), Host | where TimeGenerated > ago(30m)",
  "T | make-series n = count() on TimeGenerated from ago(1d) to now() step 1h by Host | project n",
  "let start = ago(3h); T | where TimeGenerated > start | extend age = now() - TimeGenerated",
  "T | where Host == '17855424000000000'",
  "T | count",
];

for (const text of KEPT) {
  test(`the third time nobody compiles ${text}`, async () => {
    const { asked, cache } = opened(real);
    for (let i = 0n; i < 2n; i++) await cache.compile(wanted(text, NOW + i * HOUR), signal);
    assert.equal(asked.length, 3);
    // Also as it was before: a rule is asked of times that have passed.
    for (const now of [NOW + 5n * HOUR, NOW - 800n * 24n * HOUR]) {
      const reply = await cache.compile(wanted(text, now), signal);
      const compiled = await real.compile(wanted(text, now), signal);
      assert.deepEqual(reply, JSON.parse(JSON.stringify(compiled)));
    }
    assert.equal(asked.length, 3);
  });
}

test("what a cache gives is what the compiler says for the time, whatever it makes of it", async () => {
  const piece = fc.constantFrom("NOW", "DAY", "HOUR", "x", "0", "7", " ", String(NOW), '"', "\\");
  const text = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(""));
  const times = fc.array(fc.bigInt({ min: 10n ** 16n - 9n, max: 10n ** 17n - 1n }), {
    minLength: 4,
    maxLength: 6,
  });
  await fc.assert(fc.asyncProperty(text, times, async (one, nows) => {
    const { cache } = opened(echo);
    for (const now of nows) {
      const reply = await cache.compile(wanted(one, now), signal);
      assert.deepEqual(reply, await echo.compile(wanted(one, now), signal));
    }
  }));
});

test("a text that makes more of its time than a number is compiled each time", async () => {
  const { asked, cache } = opened(echo);
  for (let i = 0; i < 5; i++) await cache.compile(wanted("DAY"), signal);
  assert.equal(asked.length, 6);
});

test("another schema, function, parameter or answer is another query", async () => {
  const { asked, cache } = opened(echo);
  const one = wanted("x");
  const others: readonly CompileWanted[] = [
    one,
    { ...one, schema: { tables: [] } },
    { ...one, functions: [{ name: "f", parameters: "()", body: "{1}" }] },
    { ...one, parameters: new Map([["p", "1"]]) },
    { ...one, answers: new Map([[1, ["a"]]]) },
  ];
  for (const each of others) await cache.compile(each, signal);
  for (const each of others) await cache.compile(each, signal);
  assert.equal(asked.length, 15);
});

test("what is refused, and what defines a function, is not kept", async () => {
  const no: CompileReply = { kind: "refused", code: "syntax", message: "no" };
  const refusing = opened({ compile: () => Promise.resolve(no) });
  for (let i = 0; i < 3; i++) await refusing.cache.compile(wanted("x"), signal);
  assert.equal(refusing.asked.length, 3);
  const { asked, cache } = opened(echo);
  const define = { name: "f", text: "() { 1 }", at: { line: 1, column: 1 } };
  for (let i = 0; i < 3; i++) await cache.compile({ ...wanted(""), define }, signal);
  assert.equal(asked.length, 3);
});

test("plans are forgotten an hour after their last use, and the oldest where they are many", async () => {
  let ms = 0;
  const timers: { readonly ms: number; readonly run: () => void }[] = [];
  const { asked, cache } = opened(echo, {
    now: () => ms,
    after: (wait, run) => {
      timers.push({ ms: ms + wait, run });
      return () => undefined;
    },
    maxBytes: 8_192,
  });
  const ask = async (text: string): Promise<number> => {
    const before = asked.length;
    await cache.compile(wanted(text), signal);
    return asked.length - before;
  };
  assert.deepEqual([await ask("a"), await ask("a"), await ask("a")], [1, 2, 0]);
  ms = 3_599_999;
  assert.equal(await ask("a"), 0);
  timers[0]!.run();
  ms += 3_600_000;
  assert.equal(timers[1]!.ms, ms);
  timers[1]!.run();
  assert.equal(timers.length, 2);
  assert.deepEqual([await ask("a"), await ask("a"), await ask("a")], [1, 2, 0]);
  for (let i = 0; i < 80; i++) await ask(`other ${i}`);
  assert.equal(await ask("a"), 1);
});
