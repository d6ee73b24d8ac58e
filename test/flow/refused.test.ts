/**
 * Frames that the hub never will take: each is refused with a code, kept aside on the agent's host,
 * a signed gap stands in its place, and its stream and all others go on.
 *
 * @module
 */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import * as v from "valibot";
import { runAgent } from "../../agent/agent.ts";
import { loadConfig } from "../../agent/config/load.ts";
import type { Status } from "../../agent/control/protocol.ts";
import { verifySpool } from "../../agent/spool/inspect.ts";
import { loadIdentity } from "../../agent/identity.ts";
import { frameKeys } from "../../agent/key_files.ts";
import { readIngestNote } from "../../hub/ingest/entries.ts";
import { cellOf, rowOf } from "../../sdk/columns/cell.ts";
import { column, definePlugin, type Plugin, table } from "../../sdk/mod.ts";
import { nodeFiles } from "../../sdk/runtime/node_files.ts";
import { ledgerEntries, ledgerFrames } from "../../hub/ledger/stopped.ts";
import { type AgentPlace, dataOf, runAgentCommand, writeConfig } from "./test_agent.ts";
import { startHub } from "./test_hub.ts";

const ROOT = dirname(dirname(import.meta.dirname));
const ROWS = 40;
/** Each so many rows one that the hub refuses. */
const ODD_EVERY = 10;

const work = mkdtempSync(join(tmpdir(), "custos-refused-"));
after(() => rmSync(work, { recursive: true }));

const time = column.time({ class: "public" });
const common = { version: "1.0.0", summary: "Test", config: v.object({}), needs: {} } as const;

/** Its `Odd` comes first: the hub keeps to it. */
const first = definePlugin.stream({
  ...common,
  name: "first",
  tables: {
    Odd: table({
      doc: "Test",
      time: "TimeGenerated",
      columns: { TimeGenerated: time, N: column.int({ class: "public" }) },
    }),
  },
  start: () => 0,
  async *stream({ emit, filter }, cursor) {
    if (cursor > 0) return;
    filter("held_back");
    emit.Odd({ TimeGenerated: 0, N: 1 });
    yield 1;
  },
});

/** Its `Odd` has another type in a column of that name: no query could read both. */
const second = definePlugin.stream({
  ...common,
  name: "second",
  tables: {
    Fine: table({
      doc: "Test",
      time: "TimeGenerated",
      columns: { TimeGenerated: time, N: column.int({ class: "public" }) },
    }),
    Odd: table({
      doc: "Test",
      time: "TimeGenerated",
      columns: { TimeGenerated: time, N: column.string({ class: "public" }) },
    }),
  },
  start: () => 0,
  async *stream({ emit }, cursor) {
    for (let n = cursor; n < ROWS; n++) {
      emit.Fine({ TimeGenerated: 0, N: n });
      if (n % ODD_EVERY === 0) emit.Odd({ TimeGenerated: 0, N: `odd ${n}` });
      yield n + 1;
    }
  },
});

test("a frame that the hub never takes is kept aside, a gap is in its place, all else goes on", async () => {
  const hubFolder = join(work, "hub");
  await using hub = await startHub(hubFolder);
  const place: AgentPlace = {
    program: [process.execPath, join(ROOT, "agent", "main.ts")],
    folder: work,
  };
  writeConfig(place, { sources: { iis: {} } });
  const { link, enrollToken } = hub.ready;
  await runAgentCommand(place, ["enroll", "--hub", link, "--token", enrollToken]);
  const begun = await runUntil(place, [first], ({ sources }) => sources[0]?.acked === 1);
  const { read, sealed, filteredBy, conserved } = begun.sources[0]!;
  const expected = { read: 2, sealed: 1, filteredBy: { held_back: 1 }, conserved: true };
  assert.deepEqual({ read, sealed, filteredBy, conserved }, expected);
  const status = await runUntil(
    place,
    [first, second],
    ({ sources, spool }) =>
      sources[1]?.read === ROWS + ROWS / ODD_EVERY &&
      spool.unackedFrames === 0,
  );
  assert.ok(status.sources.every(({ conserved }) => conserved));
  await hub[Symbol.asyncDispose]();

  const { publicKey } = await loadIdentity(dataOf(place));
  const spool = join(dataOf(place), "spool");
  const keys = frameKeys(nodeFiles(), join(dataOf(place), "keys"), publicKey);
  assert.deepEqual(await Array.fromAsync(verifySpool(nodeFiles(), spool, keys)), []);
  const kept = readdirSync(join(dataOf(place), "quarantine"));
  const notes = await refusedNotes(hubFolder);
  assert.ok(notes.length > 0);
  assert.deepEqual(new Set(notes.map(({ code }) => code)), new Set(["schema-conflict"]));
  assert.deepEqual(
    kept.toSorted(),
    notes.map(({ stream, epoch, seq }) => `${stream}-${epoch}-${seq}.frame`).toSorted(),
  );
  await checkLedger(hubFolder, notes.map(({ hash }) => hash));
});

/** Runs an agent with these plugins, each a source of its name, until `isDone`. */
async function runUntil(
  place: AgentPlace,
  plugins: readonly Plugin[],
  isDone: (status: Status) => boolean,
): Promise<Status> {
  const text = JSON.stringify({
    version: 1,
    agent: { data_dir: dataOf(place) },
    // A frame for each table and each row.
    batch: { rows: 1 },
    sources: Object.fromEntries(plugins.map(({ name }) => [name, {}])),
  });
  const known = new Map(plugins.map((plugin) => [plugin.name, plugin]));
  const loaded = await loadConfig(join(place.folder, "custos.yaml"), text, known);
  const stop = new AbortController();
  return await new Promise((resolve, reject) => {
    const ready = (status: () => Status): void => {
      const timer = setInterval(() => {
        const now = status();
        if (!isDone(now)) return;
        clearInterval(timer);
        stop.abort();
        running.then(() => resolve(now), reject);
      }, 20);
    };
    const running = runAgent({ loaded, signal: stop.signal, ready });
    running.catch(reject);
  });
}

async function refusedNotes(hubFolder: string) {
  const notes = [];
  for await (const { kind, payload } of ledgerEntries(join(hubFolder, "ledger"))) {
    const note = kind === "note" ? readIngestNote(payload) : undefined;
    if (note?.note === "refused") notes.push(note);
  }
  return notes;
}

/** Every fine row once; of the odd ones none, and a gap for each that was refused. */
async function checkLedger(hubFolder: string, refused: readonly string[]): Promise<void> {
  const fine: number[] = [];
  const told: string[] = [];
  let count = 0;
  for await (const { header, batch } of ledgerFrames(join(hubFolder, "ledger"))) {
    for (let row = 0; row < batch.rows; row++) {
      const cells = rowOf(batch, row);
      if (batch.table === "Fine") fine.push(Number(cells["N"]));
      if (batch.table === "Odd") assert.equal(cellOf(batch.columns[1]!, row), 1);
      if (header.kind !== "gap") continue;
      assert.equal(cells["Reason"], "refused");
      count += Number(cells["Count"]);
      told.push(String(cells["RefusedHash"]));
    }
  }
  assert.deepEqual(fine, Array.from({ length: ROWS }, (_, n) => n));
  assert.equal(count, ROWS / ODD_EVERY);
  assert.deepEqual(told.toSorted(), refused.toSorted());
}
