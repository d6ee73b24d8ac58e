import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import fc from "fast-check";
import { decodeText } from "../../../sdk/read/decode_text.ts";
import { openIo } from "../../../sdk/read/open_io.ts";
import { runPlugin } from "../../../sdk/testkit/golden.ts";
import type { Json } from "../../../sdk/table.ts";
import syslog from "../mod.ts";
import { JournalScanner, MOST_VALUE_BYTES } from "./scanner.ts";

type Field = readonly [name: string, value: Uint8Array];

/** As systemd writes a field: with its length where the value has a line end or is no text. */
function encodeField([name, value]: Field): Buffer {
  const isText = value.every((byte) => byte >= 32 && byte < 127);
  if (isText) return Buffer.concat([Buffer.from(`${name}=`), value, Buffer.from("\n")]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(value.length));
  return Buffer.concat([Buffer.from(`${name}\n`), length, value, Buffer.from("\n")]);
}

function encodeEntry(fields: readonly Field[]): Buffer {
  const cursor: Field = ["__CURSOR", Buffer.from("s=1;i=2")];
  return Buffer.concat([...[cursor, ...fields].map(encodeField), Buffer.from("\n")]);
}

const NAMES = [
  "MESSAGE",
  "PRIORITY",
  "_PID",
  "_HOSTNAME",
  "SYSLOG_IDENTIFIER",
  "_COMM",
  "_UID",
  "X",
];
const value = fc.oneof(
  fc.string({ maxLength: 20 }).map((text) => new TextEncoder().encode(text)),
  fc.constantFrom("3", "42", "\n\n", "__CURSOR=x\n\n").map((text) =>
    new TextEncoder().encode(text)
  ),
  fc.uint8Array({ maxLength: 40 }),
);
const entry = fc.array(fc.tuple(fc.constantFrom(...NAMES), value), { minLength: 1, maxLength: 8 });
const entries = fc.array(entry, { minLength: 1, maxLength: 5 });

const SEVERITIES = "emerg alert crit err warning notice info debug".split(" ");

/** Name and value of all that a row has, as the entry had them. */
function fieldsOf(row: Readonly<Record<string, Json>>): readonly string[] {
  const { SeverityLevel: severity, HostName, ProcessName, ProcessID, SyslogMessage } = row;
  const rest = Object.entries(row["JournalFields"] ?? {}).flatMap(([name, values]) =>
    (Array.isArray(values) ? values : [values]).map((one) => [name, one] as const)
  );
  const own = [
    ["MESSAGE", SyslogMessage],
    ["PRIORITY", severity === undefined ? undefined : SEVERITIES.indexOf(String(severity))],
    ["_PID", ProcessID],
    ["_HOSTNAME", HostName],
    ["name", ProcessName],
  ] as const;
  return [...own, ...rest].filter(([, one]) => one !== undefined)
    .map(([name, one]) =>
      `${/^SYSLOG_IDENTIFIER$|^_COMM$/.test(name) ? "name" : name}=${String(one)}`
    )
    .toSorted();
}

async function rowsOf(bytes: Uint8Array) {
  const config = { files: ["/in"], timezone: "UTC" };
  const { rows, rejected } = await runPlugin(syslog, { config, files: { "/in": bytes } });
  return { rows: rows["Syslog"] ?? [], rejected };
}

test("syslog loses no field of a journal's entries, whatever is in them", async () => {
  await fc.assert(
    fc.asyncProperty(entries, async (all) => {
      const { rows, rejected } = await rowsOf(Buffer.concat(all.map(encodeEntry)));
      assert.deepEqual(rejected, {});
      const expected = all.map((fields) =>
        [["__CURSOR", Buffer.from("s=1;i=2")] as const, ...fields].map(([name, bytes]) =>
          `${/^SYSLOG_IDENTIFIER$|^_COMM$/.test(name) ? "name" : name}=${decodeText(bytes)}`
        ).toSorted()
      );
      assert.deepEqual(rows.map(fieldsOf), expected);
    }),
    { numRuns: 150 },
  );
});

test("syslog gives a row or a reason for any bytes that begin as a journal does", async () => {
  const damaged = fc.tuple(
    entries,
    fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 4 }),
  )
    .map(([all, changes]) => {
      const bytes = Buffer.concat(all.map(encodeEntry));
      for (const [at, byte] of changes) bytes[9 + at % (bytes.length - 9)] = byte;
      return bytes;
    });
  await fc.assert(
    fc.asyncProperty(damaged, async (bytes) => {
      const { rows, rejected } = await rowsOf(bytes);
      assert.ok(rows.length >= Object.values(rejected).reduce((sum, n) => sum + n, 0));
      assert.ok(rows.length > 0);
    }),
    { numRuns: 200 },
  );
});

test("JournalScanner finds the same ends in pieces of any size", () => {
  fc.assert(
    fc.property(
      entries,
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
      (all, sizes) => {
        const parts = all.map(encodeEntry);
        const bytes = Buffer.concat(parts);
        const scanner = new JournalScanner();
        const ends: number[] = [];
        for (let at = 0, n = 0; at < bytes.length; n++) {
          const piece = bytes.subarray(at, at + sizes[n % sizes.length]!);
          let from = 0;
          while (from < piece.length) {
            const end = scanner.end(piece, from);
            if (end < 0) break;
            ends.push(at + end);
            from = end;
          }
          at += piece.length;
        }
        let sum = 0;
        assert.deepEqual(ends, parts.map(({ length }) => sum += length));
      },
    ),
  );
});

test("JournalScanner passes over a value of the greatest length, and believes no greater one", () => {
  for (
    const [length, isBelieved] of [[MOST_VALUE_BYTES, true], [MOST_VALUE_BYTES + 1, false]] as const
  ) {
    const head = Buffer.alloc(10);
    head.write("A\n");
    head.writeBigUInt64LE(BigInt(length), 2);
    const scanner = new JournalScanner();
    assert.equal(scanner.end(head, 0), -1);
    const feeds = Buffer.from("\n\n");
    assert.equal(scanner.end(feeds, 0), isBelieved ? -1 : 2);
    if (!isBelieved) continue;
    const rest = new Uint8Array(length - 2);
    assert.equal(scanner.end(rest, 0), -1);
    assert.equal(scanner.end(feeds, 0), 2);
  }
});

interface Followed {
  readonly messages: readonly string[];
  readonly cursor: Json;
}

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "custos-journal-"));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

/** Follows `file` with a real tail that has `steps` pauses. */
async function follow(file: string, cursor: Json | undefined, steps: readonly (() => void)[]) {
  const stop = new AbortController();
  const left = [...steps];
  let now = Date.now();
  const sleep = (ms: number): Promise<void> => {
    now += ms;
    const step = left.shift();
    if (step === undefined) stop.abort();
    else step();
    return Promise.resolve();
  };
  await using io = openIo({ signal: stop.signal, now: () => now, sleep });
  const config = { files: [file], timezone: "UTC" };
  const run = await runPlugin(syslog, { config, io, ...(cursor !== undefined && { cursor }) });
  const rows = run.rows["Syslog"] ?? [];
  return {
    messages: rows.map((row) => String(row["SyslogMessage"] ?? row["_ParseError"])),
    cursor: run.cursor ?? cursor ?? {},
  } satisfies Followed;
}

test("syslog follows a journal's export that grows, cut anywhere, through restarts", async (t) => {
  const file = join(folder(t), "journal");
  const texts = Array.from({ length: 12 }, (_, n) => `${n} line\n\nline __CURSOR=${n}`);
  const bytes = Buffer.concat(texts.map((text) => encodeEntry([["MESSAGE", Buffer.from(text)]])));
  writeFileSync(file, "");
  const messages: string[] = [];
  let cursor: Json | undefined;
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const end = Math.min(bytes.length, at + 5 + (n * 7) % 60);
    const middle = (at + end) >> 1;
    const append = (from: number, to: number) => (): void =>
      appendFileSync(file, bytes.subarray(from, to));
    const run = await follow(file, cursor, [append(at, middle), append(middle, end), () => {}]);
    messages.push(...run.messages);
    cursor = run.cursor;
    at = end;
  }
  assert.deepEqual(messages, texts);
});

test("syslog cuts an entry over the limit and goes on with the next", async (t) => {
  const file = join(folder(t), "journal");
  const long = encodeEntry([["MESSAGE", new Uint8Array(2_000_000).fill(10)]]);
  const next = encodeEntry([["MESSAGE", Buffer.from("next")]]);
  writeFileSync(file, Buffer.concat([next, long, next, long.subarray(0, -9)]));
  const { messages, cursor } = await follow(file, undefined, [() => {}]);
  assert.deepEqual(messages, ["next", "entry over limit, cut", "next"]);
  appendFileSync(file, Buffer.concat([long.subarray(-9), next]));
  const more = await follow(file, cursor, [() => {}]);
  assert.deepEqual(more.messages, ["entry over limit, cut", "next"]);
});

const REMOTE = "/usr/lib/systemd/systemd-journal-remote";
const isHere = spawnSync(REMOTE, ["--version"]).status === 0 &&
  spawnSync("journalctl", ["--version"]).status === 0;

test(
  "syslog reads what journalctl writes",
  { skip: isHere ? false : "no systemd-journal-remote" },
  async (t) => {
    const at = folder(t);
    const made = Array.from({ length: 40 }, (_, n) =>
      Buffer.concat([
        ...([
          ["__REALTIME_TIMESTAMP", `${1_780_308_000_000_000 + n}`],
          ["__MONOTONIC_TIMESTAMP", `${1000 + n}`],
          ["_BOOT_ID", "da94b9649c0345228868ad9ba46fcd2c"],
          ["MESSAGE", n % 2 === 0 ? `text ${n}` : `two\nlines ${n}`],
          ["PRIORITY", `${n % 8}`],
        ] as const).map(([name, text]) => encodeField([name, Buffer.from(text)])),
        Buffer.from("\n"),
      ]));
    writeFileSync(join(at, "in"), Buffer.concat(made));
    const remote = spawnSync(REMOTE, ["-o", join(at, "a.journal"), join(at, "in")]);
    assert.equal(remote.status, 0, String(remote.stderr));
    const { stdout } = spawnSync("journalctl", ["--file", join(at, "a.journal"), "-o", "export"]);
    const { rows, rejected } = await rowsOf(stdout);
    assert.deepEqual(rejected, {});
    assert.deepEqual(
      rows.map((row) => [row["SyslogMessage"], row["SeverityLevel"]]),
      made.map((_, n) => [n % 2 === 0 ? `text ${n}` : `two\nlines ${n}`, SEVERITIES[n % 8]]),
    );
    // The case of the same name came from a running journald.
    const golden = readFileSync(new URL("../cases/journal/input", import.meta.url));
    assert.equal((await rowsOf(golden)).rows.length, 7);
  },
);
