import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import test from "node:test";
import fc from "fast-check";
import type { Json, Plugin, TailChunk } from "../../sdk/mod.ts";
import { goldenCases, runPlugin } from "../../sdk/testkit/golden.ts";
import { memoryIo } from "../../sdk/testkit/memory_io.ts";
import { readmeTables } from "../../sdk/testkit/readme.ts";
import type { JsonRow } from "../../sdk/testkit/rows.ts";
import { Joiner } from "./linux/joiner.ts";
import { readRecords } from "./linux/record.ts";
import { socketAddress } from "./linux/values.ts";
import securityAudit from "./mod.ts";

goldenCases(securityAudit, new URL("./cases/", import.meta.url));
readmeTables(securityAudit, new URL("./README.md", import.meta.url));

const TABLE = "LinuxAuditLog";
const inputOf = (name: string): string =>
  readFileSync(new URL(`./cases/${name}/input`, import.meta.url), "utf8");

test("readRecords() never throws and stays linear, whatever the line", () => {
  const parts = fc.constantFrom(
    ..."type=X msg=audit(1.2:3):|node=|='|='|={|}|\"|\x1d| |=|(|a=b".split("|"),
  );
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 40 }), (line) => {
      for (const record of readRecords(`type=A msg=audit(1.2:3): ${line.join("")}`)) {
        assert.ok(record.id === "1.2:3");
      }
    }),
  );
  // Quadratic work on one of these would take many seconds.
  for (const part of [" type=", " node=a type=b", "='", "={", '="', " a", "\x1d", "(x=", "a=b "]) {
    readRecords(`type=A msg=audit(1.2:3): a=${part.repeat(20_000)}`);
  }
});

test("socketAddress() decodes what the kernel writes, and nothing that is cut off", () => {
  assert.deepEqual(socketAddress("0200115CCB007109"), {
    family: "inet",
    address: "203.0.113.9",
    port: 4444,
  });
  assert.equal(socketAddress("0200115CCB0071"), undefined);
  assert.deepEqual(socketAddress("01002F72756E2F61"), { family: "unix", path: "/run/a" });
  assert.deepEqual(socketAddress("0100006162"), { family: "unix", path: "@ab" });
  // Big-endian hosts write the family the other way round.
  assert.deepEqual(socketAddress("0002115CCB007109")?.family, "inet");
  assert.equal(socketAddress("02"), undefined);
  assert.equal(socketAddress("zz"), undefined);
});

/** Chunks so small that events are in several. */
function cutIo(text: string) {
  const io = memoryIo(new Map([["/input", new TextEncoder().encode(text)]]));
  const limits = { chunkBytes: 700, maxLineBytes: 700 };
  return {
    ...io,
    tail: (...[globs, from]: Parameters<typeof io.tail>) => io.tail(globs, from, limits),
  };
}

/** Breaks the reading off after so many cursors. */
function stoppedAfter(most: number): Plugin {
  return {
    ...securityAudit,
    async *stream(context: Parameters<typeof securityAudit.stream>[0], cursor: { tail: {} }) {
      let seen = 0;
      for await (const next of securityAudit.stream(context, cursor)) {
        yield next;
        if (++seen === most) return;
      }
    },
  };
}

async function rowsWithStops(text: string, stops: readonly number[]): Promise<readonly JsonRow[]> {
  const rows: JsonRow[] = [];
  let cursor: Json | undefined;
  for (const most of [...stops, Infinity]) {
    const run = await runPlugin(stoppedAfter(most), {
      config: { files: ["/input"] },
      io: cutIo(text),
      ...(cursor !== undefined && { cursor }),
    });
    rows.push(...run.rows[TABLE] ?? []);
    cursor = run.cursor;
  }
  return rows.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

for (const name of ["linux_syscalls", "linux_users", "linux_json", "linux_malformed"]) {
  test(`security_audit loses and repeats nothing of ${name}, wherever it is stopped`, async () => {
    const text = inputOf(name);
    const whole = await rowsWithStops(text, []);
    assert.ok(whole.length > 2);
    for (let at = 1; at < 10; at++) {
      assert.deepEqual(await rowsWithStops(text, [at]), whole, `stopped after ${at}`);
      assert.deepEqual(await rowsWithStops(text, [at, 1]), whole, `stopped after ${at} and 1`);
    }
  });
}

test("security_audit gives what waits when nothing has come for two seconds", async () => {
  const line = "type=SYSCALL msg=audit(1790000000.100:1): pid=1\n";
  const chunk = (text: string, n: number): TailChunk => {
    const bytes = new TextEncoder().encode(text);
    return { file: "/a", fileId: text === "" ? "" : "a", offset: 0, bytes, cursor: { n } };
  };
  const seen: number[] = [];
  const io = {
    ...memoryIo(new Map()),
    async *tail() {
      yield await Promise.resolve(chunk(line, 1));
      seen.push(0);
      yield chunk("", 2);
      seen.push(1);
      yield chunk(line, 3);
    },
  };
  const run = await runPlugin(securityAudit, { config: { files: ["/a"] }, io });
  // The late record is an event of its own: nothing is lost.
  assert.equal(run.rows[TABLE]?.length, 2);
});

test("security_audit says what is wrong with a config", async () => {
  const wrong: readonly (readonly [object, RegExp])[] = [
    [{ files: [] }, /must name at least one file/],
    [{ files: "/a" }, /must be a list of files or globs, such as/],
    [{ kind: "sunos" }, /must be "auto", "linux" or "windows"/],
    [{ maxLineBytes: 100 }, /at least 9216/],
  ];
  for (const [config, why] of wrong) {
    await assert.rejects(runPlugin(securityAudit, { config }), why);
  }
});

const corpus = new URL("../../../shared/corpora/samples/security-audit/", import.meta.url);
const skip = existsSync(corpus) ? false : "no ../shared/corpora beside the checkout";

test("security_audit reads each real line of auditd with all its fields", { skip }, async () => {
  const text = readFileSync(new URL("auditd_lines_from_wazuh.log", corpus), "utf8");
  const run = await runPlugin(securityAudit, { config: { files: ["/a"] }, files: { "/a": text } });
  assert.deepEqual(run.rejected, {});
  const rows = run.rows[TABLE] ?? [];
  assert.equal(rows.length, 19);
  const decoded = new Set(["arch", "syscall", "proctitle", "type", "msg"]);
  for (const line of text.trim().split("\n")) {
    const id = /audit\((\S+)\)/.exec(line)?.[1];
    const row = JSON.stringify(rows.find(({ AuditID }) => AuditID === id));
    for (const [, name = "", value = ""] of line.matchAll(/ ([\w-]+)=("[^"]*"|[^\s']+)/g)) {
      const bare = value.replaceAll('"', "");
      if (decoded.has(name) || ["4294967295", "?", "(null)", "(none)", ""].includes(bare)) continue;
      assert.ok(row.includes(bare), `${name}=${value} of ${id}`);
    }
  }
});

test("security_audit reads the real JSON sample with all its fields", { skip }, async () => {
  const text = readFileSync(new URL("LinuxAudit_CL.json", corpus), "utf8");
  const run = await runPlugin(securityAudit, { config: { files: ["/a"] }, files: { "/a": text } });
  assert.deepEqual(run.rejected, {});
  const records = JSON.parse(text) as Record<string, unknown>[];
  assert.equal(run.rows[TABLE]?.length, records.length);
  for (const { seq, time: _, type: __, ...fields } of records) {
    const found = run.rows[TABLE]?.find(({ SerialNumber }) => SerialNumber === String(seq));
    const row: string = JSON.stringify(found);
    for (const [name, value] of Object.entries(fields)) {
      const bare = String(value);
      if (["unset", "4294967295", "(none)", "(null)"].includes(bare)) continue;
      assert.ok(row.includes(bare), `${name} of ${String(seq)}`);
    }
  }
});

const windowsLog = new URL(
  "../../../shared/corpora/samples/security-audit/DE_1102_security_log_cleared.evtx",
  import.meta.url,
);
const noWindowsLog = existsSync(windowsLog) ? false : "no ../shared/corpora beside the checkout";
test("security_audit reads a real Security log", { skip: noWindowsLog }, async () => {
  const files = { "/log.evtx": new Uint8Array(readFileSync(windowsLog)) };
  const run = await runPlugin(securityAudit, { config: { files: ["/log.evtx"] }, files });
  const rows = run.rows["SecurityEvent"] ?? [];
  assert.equal(rows.length, 112);
  assert.deepEqual([run.rejected, run.gaps], [{}, []]);
  const cleared = rows.find((row) => row["EventID"] === 1102);
  assert.equal(cleared?.["Activity"], "1102 - The audit log was cleared.");
  assert.equal(typeof cleared["SubjectAccount"], "string");
});

test("security_audit reads both systems' logs by the names of their files", async () => {
  const event = "<Event><System><EventID>1</EventID></System></Event>";
  for (const [name, table] of [["/a.XML", "SecurityEvent"], ["/a.log", "LinuxAuditLog"]] as const) {
    const run = await runPlugin(securityAudit, {
      config: { files: [name] },
      files: { [name]: event },
    });
    assert.deepEqual(Object.keys(run.rows), [table]);
  }
});

test("Joiner gives an event when the log is two seconds ahead of it, not before", () => {
  const ended: string[] = [];
  const joiner = new Joiner(([first]) => void ended.push(first?.serial ?? ""));
  const add = (seconds: number, serial: number): void => {
    const line = `type=SYSCALL msg=audit(${seconds}.000:${serial}): pid=1`;
    for (const record of readRecords(line)) joiner.add(record, { chunk: 0, line: 0 });
  };
  add(100, 1);
  add(102, 2);
  assert.deepEqual(ended, []);
  add(103, 3);
  assert.deepEqual(ended, ["1"]);
  joiner.endAll();
  assert.deepEqual(ended, ["1", "2", "3"]);
});
