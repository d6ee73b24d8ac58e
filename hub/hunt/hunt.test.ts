import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { EXIT, parseCall, UsageError } from "../commands/command.ts";
import { hunt } from "../commands/hunt.ts";
import type { HuntFinding } from "./finding.ts";

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly findings: readonly HuntFinding[];
}

/** A clock that goes on by a second each time it is looked at. */
function clock(): () => number {
  let ms = 0;
  return () => ms += 1_000;
}

async function run(...words: readonly string[]): Promise<Ran> {
  let out = "";
  let err = "";
  const code = await hunt.run({
    ...parseCall(hunt, words),
    signal: new AbortController().signal,
    now: clock(),
    variable: () => undefined,
    out: (text) => out += text,
    err: (line) => err += `${line}\n`,
  });
  const isJson = !words.includes("text");
  const findings = isJson
    ? out.split("\n").filter(Boolean).map((line) => JSON.parse(line) as HuntFinding)
    : [];
  return { code, out, err, findings };
}

/** A folder with these files, removed at the end. */
function folder(
  files: Readonly<Record<string, string | Uint8Array>>,
): Disposable & { readonly at: string } {
  const at = mkdtempSync(join(tmpdir(), "custos-hunt-"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(at, name, ".."), { recursive: true });
    writeFileSync(join(at, name), text);
  }
  return { at, [Symbol.dispose]: () => rmSync(at, { recursive: true }) };
}

const RULE = `title: A tool runs
id: 11111111-2222-4333-8444-555555555555
level: high
tags: [attack.t1059.001]
logsource: { category: process_creation, product: windows }
fields: [User]
detection:
  a: { Image|endswith: '\\tool.exe' }
  not_a: { CommandLine|contains: harmless }
  condition: a and not not_a
`;
const LOW = `title: A word in syslog
id: 11111111-2222-4333-8444-666666666666
level: low
logsource: { product: linux }
detection: { keywords: ['evil word'], condition: keywords }
`;
const BROKEN =
  "title: x\nlogsource: { product: linux }\ndetection: { a: { b|no: 1 }, condition: a }\n";

const event = (EventData: object, EventRecordId: string) =>
  JSON.stringify({
    table: "WindowsEvent",
    row: {
      TimeGenerated: "2026-01-01T00:00:00.1234567Z",
      Channel: "Microsoft-Windows-Sysmon/Operational",
      EventID: 1,
      EventRecordId,
      EventData,
    },
  });
const EVENTS = [
  event({ Image: "C:\\TOOL.exe", CommandLine: "tool -x", User: "ACME\\carol" }, "7"),
  event({ Image: "C:\\tool.exe", CommandLine: "tool harmless" }, "8"),
  "no JSON",
  '{"table": "Nowhere", "row": {}}',
  event({ Image: "C:\\tool.exe" }, "9"),
].join("\n");

test("hunt prints which rule matched which event of which file, and the values it looked at", async () => {
  using files = folder({ "r/a.yml": RULE, "logs/x.ndjson": EVENTS });
  const { code, findings, err } = await run(
    "--rules",
    join(files.at, "r"),
    join(files.at, "logs/x.ndjson"),
  );
  assert.equal(code, EXIT.ok);
  assert.deepEqual(findings.map(({ record, row }) => [record, row]), [["7", 0], ["9", 2]]);
  assert.deepEqual(findings[0], {
    rule: "11111111-2222-4333-8444-555555555555",
    title: "A tool runs",
    level: "high",
    tags: ["attack.t1059.001"],
    file: join(files.at, "logs/x.ndjson"),
    row: 0,
    table: "WindowsEvent",
    record: "7",
    time: "2026-01-01T00:00:00.1234567Z",
    evidence: { Image: "C:\\TOOL.exe", User: "ACME\\carol" },
  });
  assert.match(err, /1 rules over 1 files: 3 events, 2 findings; 2 pieces of input were no event/);
});

test("hunt --scrub looks at what would leave the host", async () => {
  using files = folder({ "r/a.yml": RULE, "x.ndjson": EVENTS });
  const words = ["--rules", join(files.at, "r"), join(files.at, "x.ndjson")];
  const { findings, out } = await run(...words, "--scrub");
  assert.equal(findings.length, 2);
  assert.ok(!out.includes("carol"));
  assert.ok((await run(...words)).out.includes("carol"));
});

test("hunt reads events of Windows that other programs wrote as JSON", async () => {
  const crate = {
    Event: {
      System: {
        Provider: { "#attributes": { Name: "Microsoft-Windows-Sysmon" } },
        EventID: { "#attributes": { Qualifiers: 0 }, "#text": 1 },
        Channel: "Microsoft-Windows-Sysmon/Operational",
        EventRecordID: 70,
      },
      EventData: { Image: "C:\\tool.exe" },
    },
  };
  const beat = {
    "@timestamp": "2026-01-01T00:00:00Z",
    winlog: {
      channel: "Microsoft-Windows-Sysmon/Operational",
      event_id: "1",
      record_id: 71,
      event_data: { Image: "C:\\tool.exe" },
    },
  };
  using files = folder({
    "r/a.yml": RULE,
    "crate.json": `${JSON.stringify(crate)}\n`,
    "beat.json": JSON.stringify(beat),
  });
  const paths = [join(files.at, "crate.json"), join(files.at, "beat.json")];
  const { findings, err } = await run("--rules", join(files.at, "r"), ...paths);
  assert.deepEqual(findings.map(({ record }) => record), ["70", "71"], err);
});

test("hunt goes on after a broken rule and a file that it cannot read, and ends with 1", async () => {
  using files = folder({
    "r/a.yml": RULE,
    "r/broken.yml": BROKEN,
    "logs/a/x.ndjson": EVENTS,
    "logs/b.bin": new Uint8Array([1, 2, 3]),
    "logs/c.gz": gzipSync("x"),
  });
  const rules = ["--rules", join(files.at, "r")];
  const { code, findings, err } = await run(
    ...rules,
    join(files.at, "logs"),
    join(files.at, "none"),
  );
  assert.equal(code, EXIT.failed);
  assert.equal(findings.length, 2);
  assert.match(err, /broken\.yml:3:\d+: .*no/);
  assert.match(err, /Cannot read \S+none: there is no such file/);
  assert.match(err, /1 files could not be read, 2 are of no known kind/);
  const named = await run(...rules, join(files.at, "logs/b.bin"), join(files.at, "logs/c.gz"));
  assert.match(named.err, /b\.bin: it is of no known kind, name what reads it: --plugin syslog\|/);
  assert.match(named.err, /c\.gz: it is compressed, first run gunzip -c /);
});

test("hunt takes rules by level and tag, and files by the plugin that is named", async () => {
  using files = folder({
    "r/a.yml": RULE,
    "r/b.yml": LOW,
    "x.txt": "<13>Jan  1 00:00:00 host app: an EVIL word\n",
    "x.ndjson": EVENTS,
  });
  const words = [
    "--rules",
    join(files.at, "r"),
    join(files.at, "x.txt"),
    join(files.at, "x.ndjson"),
  ];
  const titles = async (
    ...more: readonly string[]
  ) => [...new Set((await run(...words, ...more)).findings.map(({ title }) => title))];
  assert.deepEqual(await titles(), ["A word in syslog", "A tool runs"]);
  assert.deepEqual(await titles("--level", "medium"), ["A tool runs"]);
  assert.deepEqual(await titles("--tag", "attack.t1059"), ["A tool runs"]);
  await assert.rejects(titles("--tag", "attack.t10"), /has no rule that can be run/);
  const syslog = await run(...words.slice(0, 3), "--plugin", "syslog", "--output", "text");
  assert.match(
    syslog.out,
    /^low: A word in syslog .*\n {2}\S+x\.txt row 0, .*, host\n {2}SyslogMessage=/,
  );
});

test("hunt reads a file whose name looks like a glob, and that file alone", async () => {
  const name = "a[1]{x,y}!?*.ndjson";
  using files = folder({ "r/a.yml": RULE, [`l/${name}`]: EVENTS, "l/a1x!?b.ndjson": EVENTS });
  const file = join(files.at, "l", name);
  const { code, findings, err } = await run("--rules", join(files.at, "r"), file);
  assert.equal(code, EXIT.ok, err);
  assert.deepEqual(findings.map((finding) => finding.file), [file, file]);
});

test("hunt tells now and then how far it is, also within a file", async () => {
  const files = Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`l/${i}.ndjson`, EVENTS]));
  using all = folder({ "r/a.yml": RULE, ...files });
  const many = await run("--rules", join(all.at, "r"), join(all.at, "l"));
  assert.match(many.err, /^[2-5] of 6 files, \d+ events, \d+ findings$/m);
  using one = folder({ "r/a.yml": RULE, "x.ndjson": `${EVENTS}\n`.repeat(9_000) });
  const { err, findings } = await run("--rules", join(one.at, "r"), join(one.at, "x.ndjson"));
  assert.match(err, /^0 of 1 files, [1-9]\d* events, [1-9]\d* findings$/m);
  assert.equal(findings.length, 18_000);
});

test("hunt reads on when its findings were taken, and holds no more than of one piece", async () => {
  const lines = `${EVENTS}\n`.repeat(30_000);
  using files = folder({ "r/a.yml": RULE, "x.ndjson": lines, "y.ndjson": EVENTS });
  let isWaiting = false;
  let held = 0;
  let most = 0;
  let total = 0;
  await hunt.run({
    ...parseCall(hunt, ["--rules", join(files.at, "r"), join(files.at, "x.ndjson")]),
    signal: new AbortController().signal,
    now: clock(),
    variable: () => undefined,
    out(text) {
      assert.ok(!isWaiting);
      total += text.length;
      most = Math.max(most, held += text.length);
    },
    async written() {
      isWaiting = true;
      await new Promise((resolve) => void setImmediate(resolve));
      held = 0;
      isWaiting = false;
    },
    err: () => {},
  });
  assert.ok(total > 10e6 && most < total / 2, `${most} of ${total}`);
});

test("hunt refuses wrong words with what would be right", async () => {
  using files = folder({ "r/a.yml": RULE, "x.ndjson": EVENTS });
  const rules = ["--rules", join(files.at, "r")];
  const file = join(files.at, "x.ndjson");
  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [[file], /--rules is missing/],
    [rules, /no file is named/],
    [
      ["--rules", join(files.at, "no"), file],
      /no rule that can be run: Cannot read .*no such file/,
    ],
    [[...rules, file, "--plugin", "x"], /--plugin is "x", must be one of syslog, /],
    [[...rules, file, "--level", "x"], /--level is "x", must be one of informational, low/],
    [[...rules, file, "--set", "[1]"], /--set is "\[1\]", must be KEY=VALUE or/],
    [[...rules, file, "--output", "xml"], /--output is "xml", must be one of json, text/],
  ];
  for (const [words, why] of wrong) {
    await assert.rejects(run(...words), (error: Error) => {
      assert.ok(error instanceof UsageError, error.message);
      assert.match(error.message, why);
      return true;
    });
  }
  const { code, err } = await run(...rules, file, "--plugin", "iis", "--set", "nothing=1");
  assert.equal(code, EXIT.failed);
  assert.match(err, /Cannot read \S+x\.ndjson with iis: nothing /);
});
