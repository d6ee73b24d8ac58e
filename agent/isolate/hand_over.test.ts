/**
 * What a plugin's process gives, by way of a pipeline: none of it names anybody afterwards, whatever
 * its authors call it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ColumnBatch } from "../../sdk/columns/column.ts";
import { rowOf } from "../../sdk/columns/cell.ts";
import { column, definePlugin, settings, table } from "../../sdk/mod.ts";
import type { Log } from "../../sdk/log.ts";
import { schemaOf } from "../../sdk/table.ts";
import { openScrubber } from "../../sdk/scrub/scrubber.ts";
import { pack } from "../../sdk/wire/msgpack.ts";
import { decodeBody, parseHeader } from "../../sdk/wire/frame.ts";
import { Batcher } from "../batch.ts";
import { openCursorBox } from "../cursor_box.ts";
import { Pipeline } from "../pipeline.ts";
import { NOTHING_WITNESSED } from "../seal.ts";
import { handOverTo } from "./hand_over.ts";
import { ProcessNote } from "./process_note.ts";

const NAME = "alice@example.com";
const STREAM = new Uint8Array(8);
const plugin = definePlugin.stream({
  name: "test",
  version: "1.0.0",
  summary: "Test",
  config: settings({}),
  needs: {},
  tables: {
    T: table({
      doc: "Test",
      time: "At",
      columns: {
        At: column.time({ class: "public" }),
        Public: column.string({ class: "public" }),
        System: column.string({ class: "system" }),
        More: column.dynamic({ class: "public", leaves: { Note: { class: "public" } } }),
      },
    }),
  },
  start: () => 0,
  stream: () => {
    throw new Error("Cannot run: the test hands over itself");
  },
});

/** A pipeline, what it has sealed, and what is logged. */
function openHandOver() {
  const frames: Uint8Array[] = [];
  const logged: string[] = [];
  const pipeline = new Pipeline({
    ...{ source: "test", stream: STREAM, plugin, priority: "normal", lossy: false },
    limits: { rows: 100, bytes: 1 << 20, ms: 1, level: 1 },
    stamp: { host: "h", now: () => 0 },
    scrubber: openScrubber({
      policy: { columns: {} },
      key: { epoch: 1, bytes: new Uint8Array(32) },
    }),
    batcher: new Batcher(1),
    sealer: {
      ...{ agent: new Uint8Array(16), boot: new Uint8Array(16), keyId: new Uint8Array(8) },
      policy: new Uint8Array(32),
      sign: () => new Uint8Array(64),
      ...{ now: () => 0, monotonic: () => 0n, witnessed: () => NOTHING_WITNESSED },
    },
    box: openCursorBox(new Uint8Array(32), (n) => new Uint8Array(n)),
    spool: {
      chain: () => ({ epoch: 1, seq: frames.length, tail: new Uint8Array(32) }),
      cursor: () => undefined,
      isCut: () => false,
      append: (more) => Promise.resolve(void frames.push(...more)),
      room: () => "ok",
      roomAgain: () => Promise.resolve(),
    },
    signal: new AbortController().signal,
    cursor: undefined,
    after: () => () => {},
    quarantine: () => false,
  });
  const say = (message: string): void => void logged.push(message);
  const log: Log = { debug: say, info: say, warning: say, error: say };
  const rows = () =>
    frames.flatMap((bytes) => {
      const { batch } = decodeBody(bytes, parseHeader(bytes));
      return Array.from({ length: batch.rows }, (_, row) => rowOf(batch, row));
    });
  return { to: handOverTo(pipeline, { log, note: new ProcessNote() }), rows, logged };
}

function texts(name: string, text: string): ColumnBatch["columns"][number] {
  const bytes = new Uint8Array(Buffer.from(text));
  const entries = { bytes, ends: Uint32Array.of(bytes.length) };
  return { form: "dict", name, indexes: Uint32Array.of(1), entries };
}

test("what it calls public or system is searched for names all the same", () => {
  const { to, rows } = openHandOver();
  const bytes = pack({ Note: NAME, Other: [`of ${NAME}`] });
  const more = {
    ...{ form: "text", name: "More", type: "dynamic", absent: undefined } as const,
    rows: { bytes, ends: Uint32Array.of(bytes.length) },
  };
  const columns = [texts("Public", `by ${NAME}`), texts("System", `of ${NAME}`), more];
  to.batch({ table: "T", rows: 1, columns }, schemaOf("T", plugin.tables.T));
  to.flush();
  const [row] = rows();
  assert.match(String(row?.["Public"]), /^by user:1:/);
  assert.match(String(row?.["System"]), /^of user:1:/);
  assert.match(JSON.stringify(row?.["More"]), /^\{"Note":"user:1:[^"]+","Other":\["of user:1:/);
});

test("what it says in a log line or a gap is scrubbed", () => {
  const { to, rows, logged } = openHandOver();
  to.log("warn", `no file of ${NAME}`);
  to.gap({ reason: "other", from: NAME, to: NAME, detail: `lost of ${NAME}` });
  to.flush();
  assert.match(logged.join(), /^no file of user:1:/);
  const said = JSON.stringify(rows());
  assert.match(said, /lost of user:1:/);
  assert.doesNotMatch(said, /alice|example\.com/);
});
