import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { TableWriter } from "../../sdk/columns/writer.ts";
import { column, schemaOf, table } from "../../sdk/table.ts";
import { EXIT, parseCall } from "../commands/command.ts";
import { hunt } from "../commands/hunt.ts";
import { openControl } from "../control.ts";
import { type DetectItem, openDetect } from "../detect/detect.ts";
import { item } from "../detect/fakes.ts";
import { readSigmaRules } from "../detect/sigma/read/read_all.ts";
import type { CorrelationFinding } from "./correlation_hunt.ts";

const EVENTS = table({
  doc: "Some columns of the table of Windows events",
  time: "TimeGenerated",
  columns: {
    TimeGenerated: column.time({ class: "public" }),
    Computer: column.string({ class: "system" }),
    Channel: column.string({ class: "public" }),
    EventID: column.int({ class: "public" }),
    EventRecordId: column.string({ class: "public" }),
    EventData: column.dynamic({ class: "content" }),
  },
});

interface Logon {
  /** Since the first event. */
  readonly seconds: number;
  readonly id: number;
  readonly user: string;
  readonly size: number;
}

const START_MS = Date.parse("2026-01-01T00:00:00Z");
const single = (id: string, eventId: number) =>
  `title: Rule ${id}
id: ${id}
logsource: { product: windows, service: security }
detection: { s: { EventID: ${eventId} }, condition: s }
---
`;
const correlation = (id: string, body: string) =>
  `title: Correlation ${id}\nid: ${id}\nlevel: high\ncorrelation: { ${body} }\n---\n`;
const OF = "group-by: [User], timespan: 10s";
/** Every kind of correlation, found at once and when its time is over, and one on another. */
const RULES = [
  single("failed", 4625),
  single("taken", 4624),
  correlation("count", `type: event_count, rules: [failed], ${OF}, condition: { gte: 3 }`),
  correlation("few", `type: event_count, rules: [taken], ${OF}, condition: { lt: 2 }`),
  correlation(
    "values",
    "type: value_count, rules: [failed], group-by: [Computer], timespan: 10s, " +
      "condition: { field: TargetUserName, gte: 2 }",
  ),
  correlation("sum", `type: value_sum, rules: [taken], ${OF}, condition: { field: Size, gt: 5 }`),
  correlation("mean", `type: value_avg, rules: [taken], ${OF}, condition: { field: Size, lt: 3 }`),
  correlation(
    "median",
    `type: value_median, rules: [failed], ${OF}, condition: { field: Size, gte: 2 }`,
  ),
  correlation("both", `type: temporal, rules: [failed, taken], ${OF}, generate: true`),
  correlation("order", `type: temporal_ordered, rules: [failed, taken], ${OF}`),
  correlation("chain", `type: temporal_ordered, rules: [count, few], ${OF}, generate: true`),
].join("").replaceAll(
  "group-by: [User]",
  "aliases: { User: { failed: TargetUserName, taken: TargetUserName } }, group-by: [User]",
);

function rowOf({ seconds, id, user, size }: Logon, record: number) {
  return {
    TimeGenerated: START_MS + seconds * 1_000,
    Computer: "host",
    Channel: "Security",
    EventID: id,
    EventRecordId: String(record),
    EventData: { TargetUserName: user, Size: String(size) },
  };
}

/** What a hub finds that receives each event at its own time, and then waits. */
async function hubFindings(logons: readonly Logon[]): Promise<readonly string[]> {
  const set = readSigmaRules([{ file: "r.yml", text: RULES }], new Map());
  assert.deepEqual(set.problems, []);
  await using control = openControl(":memory:");
  await using detect = openDetect({ control, rules: [], sigma: set });
  const items: DetectItem[] = [];
  const last = (logons.at(-1)?.seconds ?? 0) + 60;
  for (let second = 0; second <= last; second++) {
    const now = logons.map((one, i) => [one, i] as const).filter(([one]) => one.seconds === second);
    if (now.length === 0) {
      items.push(item(second, START_MS + second * 1_000));
      continue;
    }
    const writer = new TableWriter<typeof EVENTS.columns>(schemaOf("WindowsEvent", EVENTS));
    for (const [one, i] of now) writer.add(rowOf(one, i));
    const batch = structuredClone(writer.view());
    items.push(item(second, START_MS + second * 1_000, batch));
  }
  await detect.take(items);
  return detect.findings(0, 10_000).map(({ finding }) => finding)
    .filter(({ rule }) => rule !== "failed" && rule !== "taken")
    .map(({ rule, entity, summary, evidence }) =>
      JSON.stringify([rule, entity, summary, evidence.map(({ time }) => Date.parse(time ?? ""))])
    );
}

interface Files extends Disposable {
  readonly at: string;
  readonly files: readonly string[];
}

/** The events as lines of `custos read`, each in one of `count` files; `rules` beside them. */
function filesOf(logons: readonly (readonly [Logon, number])[], count: number): Files {
  const at = mkdtempSync(join(tmpdir(), "custos-correlation-"));
  mkdirSync(join(at, "rules"));
  writeFileSync(join(at, "rules", "r.yml"), RULES);
  const files = Array.from({ length: count }, (_, i) => {
    const lines = logons.map(([one], record) => {
      const row = rowOf(one, record);
      const TimeGenerated = new Date(row.TimeGenerated).toISOString();
      return JSON.stringify({ table: "WindowsEvent", row: { ...row, TimeGenerated } });
    }).filter((_, n) => logons[n]![1] % count === i);
    const file = join(at, `${i}.ndjson`);
    writeFileSync(file, lines.join("\n"));
    return file;
  });
  return { at, files, [Symbol.dispose]: () => rmSync(at, { recursive: true }) };
}

async function huntFindings({ at, files }: Files, ...words: readonly string[]) {
  let out = "";
  let err = "";
  const code = await hunt.run({
    ...parseCall(hunt, ["--rules", join(at, "rules"), ...words, ...files]),
    signal: new AbortController().signal,
    now: () => 0,
    variable: () => undefined,
    out: (text) => out += text,
    err: (line) => err += `${line}\n`,
  });
  const lines = words.includes("text") ? [] : out.split("\n").filter(Boolean);
  const all = lines.map((line) => JSON.parse(line) as CorrelationFinding);
  return { code, out, err, all, found: all.filter((one) => "members" in one) };
}

const logon = fc.record({
  seconds: fc.nat(40),
  id: fc.constantFrom(4624, 4625),
  user: fc.constantFrom("anna", "otto"),
  size: fc.nat(6),
});

test("hunt finds of files what a hub finds of the same events, whatever file has which", async () => {
  const kinds = new Set<string>();
  const events = fc.array(fc.tuple(logon, fc.nat(2)), { minLength: 1, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(events, async (logons) => {
      // Of one time the first file's come first.
      const sorted = logons.toSorted(([a, x], [b, y]) => a.seconds - b.seconds || x - y);
      using files = filesOf(sorted, 3);
      const { found } = await huntFindings(files);
      const ours = found.map(({ rule, entity, summary, members }) =>
        JSON.stringify([rule, entity, summary, members.map(({ time }) => Date.parse(time ?? ""))])
      );
      assert.deepEqual(ours, await hubFindings(sorted.map(([one]) => one)));
      for (const { rule } of found) kinds.add(rule);
    }),
    { numRuns: 30 },
  );
  assert.ok(kinds.size >= 5, [...kinds].join());
});

const at = (seconds: number, more: Partial<Logon> = {}): Logon => ({
  seconds,
  id: 4625,
  user: "anna",
  size: 0,
  ...more,
});

test("a correlation of a hunt names each event behind it by file and record", async () => {
  const logons = [at(0), at(1), at(2), at(3, { id: 4624 })];
  using files = filesOf(logons.map((one, i) => [one, 1 - i % 2]), 2);
  const { found, all, code } = await huntFindings(files);
  assert.equal(code, EXIT.ok);
  const ordered = found.find(({ rule }) => rule === "order")!;
  assert.deepEqual(
    ordered.members.map(({ rule, file, record, row }) => [rule, basename(file), record, row]),
    [
      ["failed", "1.ndjson", "0", 0],
      ["failed", "0.ndjson", "1", 0],
      ["failed", "1.ndjson", "2", 1],
      ["taken", "0.ndjson", "3", 1],
    ],
  );
  assert.deepEqual([ordered.entity, ordered.correlation, ordered.matches, ordered.level], [
    "anna",
    "temporal_ordered",
    4,
    "high",
  ]);
  // A rule without a correlation that generates is there for its correlation alone.
  assert.equal(all.length, found.length);
  const { out } = await huntFindings(files, "--output", "text");
  assert.match(out, /high: Correlation order \(order\)\n {2}anna: .*\n {2}\S+1\.ndjson record 0, /);
});

test("hunt --level takes a correlation with the rules that it rests on, and not those alone", async () => {
  using files = filesOf([[at(0), 0], [at(1), 0], [at(2), 0]], 1);
  const { all, err } = await huntFindings(files, "--level", "high");
  assert.deepEqual([...new Set(all.map(({ rule }) => rule))], ["count"]);
  assert.match(err, /^11 rules over 1 files: 3 events, 1 findings/m);
});

test("an event without a time is in no correlation of a hunt, and that is told", async () => {
  using files = filesOf([[at(0), 0], [at(1), 0]], 1);
  const [file = ""] = files.files;
  const row = { Channel: "Security", EventID: 4625, EventData: { TargetUserName: "anna" } };
  writeFileSync(file, `${JSON.stringify({ table: "WindowsEvent", row })}\n`.repeat(3));
  const { all, err } = await huntFindings(files);
  assert.deepEqual(all, [], err);
  assert.match(err, /3 matches are in no correlation: their events have no time/);
});
