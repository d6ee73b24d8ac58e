import assert from "node:assert/strict";
import { after as afterAll, before, test } from "node:test";
import * as fc from "fast-check";
import { nodeFiles } from "../../../sdk/runtime/node_files.ts";
import { column } from "../../../sdk/table.ts";
import { openControl } from "../../control.ts";
import { openIndexes } from "../../store/cold/open_indexes.ts";
import { COMPACT_POLICY, compactOnce } from "../../store/compact.ts";
import type { Engine } from "../../store/engine.ts";
import type { Manifest } from "../../store/manifest.ts";
import { after, batchOf, itemOf, openRoom } from "../../store/test_room.ts";
import { openFunctionStore } from "../functions/function_store.ts";
import { rowText } from "../kusto/value.ts";
import { openCompiler } from "./compiler.ts";
import { type KqlQueries, openKqlQueries } from "./kql_queries.ts";

const DAY_MS = 86_400_000;
const START = Date.parse("2026-08-01T00:00:00Z");
const COLUMNS = {
  TimeGenerated: column.time({ class: "public", optional: true }),
  Host: column.string({ class: "public", optional: true }),
  Text: column.string({ class: "content", optional: true }),
  Count: column.long({ class: "public", optional: true }),
};

const room = openRoom();
const { manifest, folder } = room;
const compiler = openCompiler({ after, deadlineMs: 150_000, contendedMs: 150_000 });
let opened: number[] = [];
const engine: Engine = {
  select(request, signal, deadlineMs) {
    opened.push(request.files.length);
    return room.engine.select(request, signal, deadlineMs);
  },
  compact: (request, signal) => room.engine.compact(request, signal),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};
const shared = {
  engine,
  compiler,
  folder,
  schemas: () => [],
  functions: openFunctionStore(openControl(":memory:")),
  now: () => START + 5 * DAY_MS,
};
const chosen = openKqlQueries({ ...shared, manifest, indexes: openIndexes(nodeFiles(), folder) });
const whole = openKqlQueries({ ...shared, manifest: unbounded(manifest) });

/** No file is left out: each says that it has rows without a time. */
function unbounded(of: Manifest): Manifest {
  return {
    ...of,
    pin() {
      const pinned = of.pin();
      const files = new Map([...pinned.files].map(([table, list]) => [
        table,
        list.map((file) => ({ ...file, timeless: 1 })),
      ]));
      return { ...pinned, files, [Symbol.dispose]: () => pinned[Symbol.dispose]() };
    },
  };
}

/** What rows have and queries ask for; some fold to others, some only look as if they did. */
const WORDS = [
  "srv-1",
  "SRV-1",
  "alpha",
  "Alpha beta",
  "beta",
  "x1",
  "\u212aelvin",
  "kelvin",
  "\u017fun",
  "sun",
  "\u0130zmir",
  "izmir",
  "i\u0307zmir",
  "caf\u00e9",
  "CAF\u00c9 au",
  "a.b",
  "",
  " ",
  "\u65e5\u672c k1",
]; // deno-fmt-ignore-line
const texts = fc.array(fc.constantFrom(...WORDS), { maxLength: 3 }).map((list) => list.join(" "));

before(async () => {
  const store = await room.store();
  const [days] = fc.sample(
    fc.array(
      fc.array(
        fc.record({ Host: fc.option(fc.constantFrom(...WORDS), { nil: undefined }), Text: texts }),
        { minLength: 8, maxLength: 8 },
      ),
      { minLength: 6, maxLength: 6 },
    ),
    { numRuns: 1, seed: 7 },
  );
  for (const [day, rows] of days!.entries()) {
    const timed = rows.map((row, i) => ({
      ...row,
      TimeGenerated: day === 4 && i === 0 ? undefined : START + day * DAY_MS + i * 3_600_000,
      Count: BigInt(i),
    }));
    await store.take([itemOf(day, batchOf(day % 2 === 0 ? "A" : "B", COLUMNS, timed))]);
  }
  await store.flush();
  const policy = { ...COMPACT_POLICY, hotFiles: 1 };
  while (await compactOnce({ ...room, files: nodeFiles(), policy }, new AbortController().signal));
});

afterAll(async () => {
  await compiler[Symbol.asyncDispose]();
  await room[Symbol.asyncDispose]();
});

/** Rows as JSON texts, sorted. */
async function run(kql: KqlQueries, text: string): Promise<readonly string[]> {
  const signal = new AbortController().signal;
  const answer = await kql.run({ text, parameters: new Map(), timeoutMs: 60_000 }, signal);
  try {
    const rows: string[] = [];
    for (const { columns, chunks } of answer.tables) {
      for await (const chunk of chunks) rows.push(...chunk.map((row) => rowText(row, columns)));
    }
    return rows.toSorted();
  } finally {
    answer.close();
  }
}

async function bothAnswer(text: string): Promise<void> {
  assert.deepEqual(await run(chosen, text), await run(whole, text), text);
}

const OPERATORS = [
  "==",
  "=~",
  "has",
  "has_cs",
  "hasprefix",
  "hasprefix_cs",
  "hassuffix",
  "hassuffix_cs",
  "contains",
  "contains_cs",
  "startswith",
  "startswith_cs",
  "endswith",
  "endswith_cs",
  "!=",
  "!has",
  "!contains",
]; // deno-fmt-ignore-line
const LISTS = ["in", "in~", "!in", "has_any", "has_all"];
const literalOf = (text: string): string => `'${text}'`;
const sought = fc.oneof(
  fc.constantFrom(...WORDS, "el", "in SUN", "beta alpha", "1 SRV", "pha b", "ZMIR", "-"),
  texts,
);
const field = fc.constantFrom("Host", "Text");
const test1 = fc.oneof(
  fc.tuple(field, fc.constantFrom(...OPERATORS), sought)
    .map(([of, operator, text]) => `${of} ${operator} ${literalOf(text)}`),
  fc.tuple(field, fc.constantFrom(...LISTS), fc.array(sought, { minLength: 1, maxLength: 3 }))
    .map(([of, operator, list]) => `${of} ${operator} (${list.map(literalOf).join(", ")})`),
  fc.tuple(fc.constantFrom("<", "<=", ">", ">=", "=="), fc.nat(5), fc.nat(8))
    .map(([operator, day, hour]) =>
      `TimeGenerated ${operator} datetime(2026-08-0${day + 1} 0${hour}:00)`
    ),
  fc.constantFrom("Count > 3", "TimeGenerated > ago(3d)", "true", "isempty(Host)"),
); // deno-fmt-ignore-line
const { condition } = fc.letrec<{ readonly condition: string }>((tie) => ({
  condition: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    test1,
    fc.tuple(tie("condition"), fc.constantFrom("and", "or"), tie("condition"))
      .map(([a, operator, b]) => `(${a} ${operator} ${b})`),
    tie("condition").map((one) => `not(${one})`),
  ),
}));
/** Operators that keep the names of the columns. */
const step = fc.oneof(
  { weight: 4, arbitrary: condition.map((one) => `where ${one}`) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      "extend Host = Text, Text = Host",
      "extend Host = tolower(Host)",
      "project Text, TimeGenerated, Count, Host = Text",
      "project-rename Old = Host | extend Host = Old",
      "distinct Host, Text, TimeGenerated, Count",
      "summarize Count = count(), TimeGenerated = max(TimeGenerated) by Host, Text",
      "summarize Count = count() by Host, Text, TimeGenerated = bin(TimeGenerated, 1d)",
      "summarize Count = sum(Count), Text = max(Text), TimeGenerated = min(TimeGenerated) by Host",
      "sort by TimeGenerated asc, Host asc, Text asc, Count asc | extend Count = row_number()",
      "sort by Count desc, Host asc, Text asc, TimeGenerated asc | take 5",
      "mv-expand Count = dynamic([1, 2]) to typeof(long)",
      "mv-expand Host = dynamic(['alpha', 'sun']) to typeof(string)",
      "union (B | where Text has 'sun')",
      "union B, (A | extend Host = 'alpha')",
      "join kind=inner (B | project Host, Other = Text) on Host | project-away Host1",
      "join kind=leftouter (B | project Host, Other = Text) on Host | extend Text = Other",
      "join kind=rightouter (B | project Text, Host) on Text | project Host, Text = Text1, Count, TimeGenerated",
      "join kind=leftanti (B | where Count > 5) on Text",
      "join kind=leftsemi (B | where Text contains 'sun') on Host",
      "join kind=fullouter (B) on Host, Text | extend Host = iff(isempty(Host), Host1, Host)",
      "lookup (B | summarize Seen = count() by Host) on Host",
    ),
  },
);
const query = fc.oneof(
  fc.tuple(
    fc.constantFrom("A", "union A, B", "union withsource=Host A, B"),
    fc.array(step, { maxLength: 4 }),
  )
    .map(([source, steps]) => [source, ...steps].join(" | ")),
  fc.tuple(condition, fc.array(step, { maxLength: 2 }), condition, condition, fc.boolean())
    .map(([one, steps, left, right, isKept]) => {
      const parts = ["A", `where ${one}`, ...steps].join(" | ");
      const named = isKept ? `materialize(${parts})` : parts;
      return `let R = ${named}; union (R | where ${left}), (R | where ${right})`;
    }),
); // deno-fmt-ignore-line
const counted = query.map((text) =>
  `${text} | extend TimeGenerated, Host, Text, Count | summarize n = count() by Host, Text, TimeGenerated, Count`
);

test("a query gives the same rows whether or not files are left out", async () => {
  await fc.assert(fc.asyncProperty(counted, bothAnswer), { numRuns: 60 });
});

/** Where a file that was left out would change other rows, or what is absent. */
const KEPT = [
  "A | sort by TimeGenerated asc, Count asc | extend n = row_number() | where Host == 'beta'",
  "A | join kind=rightouter (B | project Host, Text) on Host | where isempty(Host)",
  "A | join kind=fullouter (B) on Host | where Host == ''",
  "A | where Host == ''",
  "A | where Host in ('', 'beta')",
  "A | extend H = tolower(Host) | where H == 'alpha beta'",
  "A | take 1000 | where Host == 'beta'",
  "A | where Text contains 'lpha bet' or Text startswith 'ALPH' or Text endswith 'eta'",
  "A | where Host =~ 'i\u0307zmir' or Host contains 'i\u0307zmir'",
];

for (const text of KEPT) {
  test(`${text} gives all its rows`, () => bothAnswer(text));
}

const LEFT_OUT = [
  "A | where Host == 'nothing'",
  "A | extend H = Host | where 'nothing' == H",
  "A | where Text has 'nothing' and Count > 0",
  "A | where Text has_any ('nothing', 'never')",
  "A | where Text contains 'x sought y'",
  "A | where Host in ('nothing', 'absent-1') or Text has 'sought'",
  "A | summarize count() by Host | where Host == 'nothing'",
  "let R = A | project H = Host; R | where H == 'nothing'",
  "let R = materialize(A); union (R | where Host == 'nothing'), (R | where Host == 'absent-1')",
  "A | join kind=inner (datatable(Host: string)['alpha']) on Host | where Text has 'nothing'",
  "union withsource=Source A | where Source == 'B'",
];

for (const text of LEFT_OUT) {
  test(`${text} opens no file`, async () => {
    opened = [];
    await run(chosen, text);
    assert.ok(opened.every((files) => files <= 1), String(opened));
  });
}
