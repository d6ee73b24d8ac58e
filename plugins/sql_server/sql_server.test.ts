import assert from "node:assert/strict";
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import fc from "fast-check";
import type { EventApi } from "../../sdk/read/event_api.ts";
import { openIo } from "../../sdk/read/open_io.ts";
import { goldenCases, runPlugin } from "../../sdk/testkit/golden.ts";
import { memoryIo } from "../../sdk/testkit/memory_io.ts";
import { readmeTables } from "../../sdk/testkit/readme.ts";
import { readErrorLog, type Sink, startsRecord } from "./error_log.ts";
import { readLogin } from "./login.ts";
import sqlServer from "./mod.ts";

goldenCases(sqlServer, new URL("./cases/", import.meta.url));
readmeTables(sqlServer, new URL("./README.md", import.meta.url));

const utf16 = (text: string): Uint8Array => Buffer.from(text, "utf16le");
const stamped = (second: number, text: string): string =>
  `2026-06-01 10:00:${String(second).padStart(2, "0")}.00 Logon       ${text}\r\n`;

test("sql_server follows a chain of renames without losing or repeating a message", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "custos-sql-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = (n: number): string => join(folder, n === 0 ? "ERRORLOG" : `ERRORLOG.${n}`);
  const append = (text: string): void => {
    if (existsSync(path(0))) appendFileSync(path(0), utf16(text));
    else writeFileSync(path(0), utf16(`\uFEFF${text}`));
  };
  const rollOver = (): void => {
    if (existsSync(path(6))) rmSync(path(6));
    for (let n = 5; n >= 0; n--) if (existsSync(path(n))) renameSync(path(n), path(n + 1));
  };
  const actions = Array.from({ length: 30 }, (_, second) => [
    () => append(stamped(second, "Error: 18456, Severity: 14, State: 8.")),
    () => append(stamped(second, "Login")),
    ...(second % 3 === 2 ? [rollOver] : []),
  ]).flat();
  const stop = new AbortController();
  let now = Date.now();
  let looks = 0;
  const act = (): void => {
    looks++;
    // The tail looks after one of them, or after two.
    for (const action of actions.splice(0, 1 + looks % 2)) action();
    if (actions.length === 0 && looks > 100) stop.abort();
  };
  act();
  const sleep = (ms: number): Promise<void> => {
    now += ms;
    act();
    return Promise.resolve();
  };
  const gaps: unknown[] = [];
  const onGap = (gap: unknown): void => void gaps.push(gap);
  await using io = openIo({ signal: stop.signal, now: () => now, sleep, onGap });
  const config = { files: [join(folder, "ERRORLOG*")], timezone: "UTC" };
  const { rows, rejected } = await runPlugin(sqlServer, { config, io, signal: stop.signal });
  const times = rows["SQLErrorLog"]!.map((row) => String(row["TimeGenerated"]).slice(17, 19));
  const expected = Array.from({ length: 30 }, (_, n) => String(n).padStart(2, "0"));
  assert.deepEqual(times.toSorted(), expected);
  assert.deepEqual([rejected, gaps], [{}, []]);
  assert.ok(rows["SQLErrorLog"]!.every((row) => row["ErrorNumber"] === 18456));
});

function collect(text: string): { readonly rows: string[]; readonly rejected: string[] } {
  const rows: string[] = [];
  const rejected: string[] = [];
  const sink: Sink = {
    emit: (row) => void rows.push(`${row.ErrorNumber ?? ""}/${row.Message}`),
    reject: (given) => void rejected.push(given),
    timezone: "UTC",
    instance: undefined,
  };
  readErrorLog(text, sink);
  return { rows, rejected };
}

const lines = fc.array(
  fc.oneof(
    fc.constantFrom(
      stamped(1, "Error: 1, Severity: 2, State: 3."),
      stamped(2, "text"),
      stamped(60, "no second"),
      "continued\n",
      "\r\n",
      "2026-06-01 10:00:00.1",
      stamped(1, "Login failed for user 'a'. Reason: b. [CLIENT: 10.0.0.1]"),
    ),
    fc.string({ unit: "binary", maxLength: 20 }),
  ),
  { maxLength: 20 },
);

test("readErrorLog() throws on no text and loses no line that is not blank", () => {
  fc.assert(
    fc.property(lines, (parts) => {
      const text = parts.join("");
      const { rows, rejected } = collect(text);
      const words = new Set(`${rows.join("\n")}\n${rejected.join("\n")}`.split(/\s+/));
      // Times and who wrote it have columns of their own; heads are numbers.
      const given = text.replaceAll(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{1,7} +\S{0,60}/gm, "")
        .replaceAll("Error: 1, Severity: 2, State: 3.", "");
      for (const word of given.split(/\s+/)) {
        assert.ok(word === "" || [...words].some((known) => known.includes(word)), word);
      }
    }),
    { numRuns: 300 },
  );
});

test("readErrorLog() gives the same wherever a record begins", () => {
  fc.assert(
    fc.property(lines, fc.nat(), (parts, pick) => {
      const text = parts.join("").toWellFormed();
      const bytes = Buffer.from(text);
      const starts = [...bytes.keys()].filter((at) =>
        at > 0 && bytes[at - 1] === 10 && startsRecord(bytes, at)
      );
      const cut = starts.length === 0 ? 0 : starts[pick % starts.length]!;
      const [a, b] = [bytes.subarray(0, cut).toString(), bytes.subarray(cut).toString()];
      const [first, second, whole] = [collect(a), collect(b), collect(text)];
      const both = [...first.rows, ...second.rows].toSorted();
      // A head and its text may have what is no message between them.
      if (whole.rejected.length === 0) assert.deepEqual(both, whole.rows.toSorted());
      assert.equal([...first.rejected, ...second.rejected].join(""), whole.rejected.join(""));
    }),
    { numRuns: 300 },
  );
});

test("readLogin() takes linear time for hostile names", () => {
  const name = "'. Reason: ".repeat(40_000);
  const login = readLogin(`Login failed for user '${name}'. Reason: No. [CLIENT: 10.0.0.1]`);
  assert.deepEqual([login?.Reason, login?.ClientIp], ["No.", "10.0.0.1"]);
});

test("readLogin() is of logins alone", () => {
  assert.equal(readLogin("The login failed for user 'a'."), undefined);
  assert.deepEqual(readLogin("Login failed for user 'it's me'."), {
    Succeeded: false,
    ServerPrincipalName: "it's me",
  });
});

const refused: Readonly<Record<string, readonly [unknown, RegExp]>> = {
  "no files": [{ files: [] }, /must name at least one file or glob/],
  "an empty glob": [{ files: [""] }, /must be a file or a glob, not empty/],
  "a zone that does not exist": [{ timezone: "Mars/Base" }, /must be a zone such as/],
  "another start": [{ startAt: "end" }, /must be "oldest" or "now"/],
  "too small a limit": [{ maxLineBytes: 10 }, /must be at least 1024/],
};

for (const [what, [config, message]] of Object.entries(refused)) {
  test(`the sql_server config refuses ${what}`, async () => {
    await assert.rejects(runPlugin(sqlServer, { config }), message);
  });
}

const corpus = new URL("../../../shared/corpora/samples/sql-server/", import.meta.url);
const skip = existsSync(corpus) ? false : "no ../shared/corpora beside the checkout";

/** Rows of a real sample, by table. */
async function readSample(name: string) {
  const files = { "/in.evtx": new Uint8Array(readFileSync(new URL(name, corpus))) };
  const { rows, rejected } = await runPlugin(sqlServer, { config: { files: ["/*.evtx"] }, files });
  assert.deepEqual(rejected, {});
  return { errors: rows["SQLErrorLog"] ?? [], audits: rows["SQLSecurityAuditEvents"] ?? [] };
}

test("sql_server reads the failed logins of the real sample", { skip }, async () => {
  const { errors, audits } = await readSample("MSSQL_multiple_failed_logon_EventID_18456.evtx");
  assert.deepEqual([errors.length, audits.length], [10, 0]);
  const { TimeGenerated, Message, Reason, ...row } = errors[0]!;
  assert.equal(TimeGenerated, "2019-11-04T13:46:01.1713393Z");
  assert.ok(String(Message).includes(String(Reason)) && String(Reason).startsWith("Password did"));
  assert.deepEqual(row, {
    Computer: "MSEDGEWIN10",
    InstanceName: "MSSQLSERVER",
    ErrorNumber: 18456,
    Severity: 14,
    Succeeded: false,
    ServerPrincipalName: "sa",
    ClientIp: "10.0.2.17",
  });
});

test("sql_server reads the audit records of the real samples, all fields", { skip }, async () => {
  const { audits } = await readSample("ID33205-SQL Server audit object deleted.evtx");
  const more = await readSample("LM_xp_cmdshell_MSSQL_Events.evtx");
  assert.deepEqual([audits.length, more.errors.length + more.audits.length], [4, 21]);
  assert.equal(audits[0]?.["ActionName"], "AUDIT SESSION CHANGED");
  for (const row of [...audits, ...more.audits]) {
    for (const name of ["EventTime", "EventId", "ActionId", "Succeeded", "LogicalServerName"]) {
      assert.notEqual(row[name], undefined, name);
    }
    // What the server wrote has a column, and no text has fields left in it.
    assert.equal(row["AdditionalFields"], undefined);
    assert.doesNotMatch(String(row["Statement"]), /^[a-z_]+:/m);
  }
});

/** A channel of the running host whose events are those of `xml`. */
function channelOf(xml: readonly string[]): EventApi {
  const rest = [...xml];
  return {
    subscribe: (channel, query, after) => {
      assert.deepEqual([channel, query, after], ["Application", "*[System]", undefined]);
      return { next: (most) => rest.splice(0, most), close: () => {} };
    },
    close: () => {},
  };
}

test("sql_server reads logins and audits from the running host's log, and leaves the rest", async () => {
  const file = new URL("./cases/events/input/app.xml", import.meta.url);
  const events = readFileSync(file, "utf8").match(/<Event [^]*?<\/Event>/g) ?? [];
  const other = events[0]!.replace("MSSQL$PAY", "Other");
  const stop = new AbortController();
  const io = memoryIo(new Map());
  const run = await runPlugin(sqlServer, {
    config: { channels: ["Application"], query: "*[System]" },
    io: { ...io, events: () => Promise.resolve(channelOf([...events, other])) },
    signal: stop.signal,
    onCursor: () => stop.abort(),
  });
  const { SQLErrorLog: errors = [], SQLSecurityAuditEvents: audits = [] } = run.rows;
  assert.equal(errors.find(({ ErrorNumber }) => ErrorNumber === 18456)?.["Succeeded"], false);
  assert.equal(audits[0]?.["ServerPrincipalName"], "CORP\\ada");
  const fromFile = await runPlugin(sqlServer, {
    config: { files: ["/app.xml"] },
    files: { "/app.xml": events.join("\n") },
  });
  assert.deepEqual(run.rows, fromFile.rows);
  assert.deepEqual(run.filtered, { other_providers: 2 });
  assert.equal(
    JSON.stringify(run.cursor),
    '{"logs":{},"events":null,"live":{"channels":{"Application":"1"}}}',
  );
});
