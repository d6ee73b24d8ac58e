import assert from "node:assert/strict";
import test from "node:test";
import * as v from "valibot";
import { column, definePlugin, table } from "../../sdk/mod.ts";
import { generateKeys } from "../../sdk/proof/sign.ts";
import { cellOf, readReport, type Report, signReport } from "./report.ts";
import { trySource } from "./try_source.ts";

const keys = generateKeys();
const none = { events: 0, rejected: 0, gaps: 0, errors: [] };
const report: Report = {
  at: "2026-06-01T08:00:00.000Z",
  release: "0.2.0",
  runtime: "bun 1.4.5",
  platform: "linux",
  arch: "x64",
  kernel: "6.1.0",
  sources: [{ source: "syslog", version: "1.0.0", live: { ...none, events: 3 } }],
};

test("readReport() gives back what was signed, and nothing that was changed since", () => {
  const text = JSON.stringify(signReport(report, keys));
  assert.deepEqual(readReport(text), report);
  for (
    const [from, to] of [["3", "4"], ["linux", "win32"], ["syslog", "iis"], ["Z", "z"]] as const
  ) {
    assert.equal(readReport(text.replace(from, to)), undefined, `${from} for ${to}`);
  }
  const other = signReport(report, generateKeys());
  assert.equal(
    readReport(JSON.stringify({ ...other, key: signReport(report, keys).key })),
    undefined,
  );
  for (const bad of ["", "{}", "[]", text.slice(1), JSON.stringify({ report })]) {
    assert.equal(readReport(bad), undefined);
  }
});

test("cellOf() takes a source that failed or gave nothing for one that was never run", () => {
  const [source] = report.sources;
  assert.equal(cellOf(source!), "run");
  assert.equal(cellOf({ ...source!, live: none }), "never run here");
  assert.equal(
    cellOf({ ...source!, live: { ...none, events: 1, errors: ["x"] } }),
    "never run here",
  );
  const files = { ...none, files: 1, events: 2 };
  assert.equal(cellOf({ ...source!, live: none, files }), "files only");
  assert.equal(
    cellOf({ ...source!, live: none, files: { ...files, events: 0 } }),
    "never run here",
  );
});

const about = {
  name: "test",
  version: "1.0.0",
  summary: "Test",
  config: v.object({ fail: v.boolean() }),
  needs: {},
  tables: {
    T: table({ doc: "", time: "At", columns: { At: column.time({ class: "public" }) } }),
  },
} as const;

const plugin = definePlugin.stream({
  ...about,
  start: () => 0,
  async *stream({ config, emit, reject, gap, signal, clock }, cursor: number) {
    emit.T({ At: 1 });
    reject({ bytes: new Uint8Array(1), why: "no event" });
    gap({ reason: "other" });
    yield cursor + 1;
    if (config.fail) throw new Error("out of order");
    while (!signal.aborted) await clock.sleep(60_000);
  },
});

const signal = new AbortController().signal;

test("trySource() counts what a source gives, and ends one that does not end", async () => {
  const outcome = await trySource({ plugin, config: { fail: false }, forMs: 50, signal });
  assert.deepEqual(outcome, { events: 1, rejected: 1, gaps: 1, errors: [] });
});

test("trySource() says why a source failed, and does not start it again", async () => {
  const outcome = await trySource({ plugin, config: { fail: true }, forMs: 5_000, signal });
  assert.deepEqual(outcome, { events: 1, rejected: 1, gaps: 1, errors: ["out of order"] });
  const refused = await trySource({ plugin, config: {}, forMs: 5_000, signal });
  assert.equal(refused.events, 0);
  assert.equal(refused.errors.length, 1);
});
