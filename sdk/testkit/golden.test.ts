import assert from "node:assert/strict";
import test from "node:test";
import * as v from "valibot";
import { column, definePlugin, table } from "../mod.ts";
import { GOLDEN_NOW, runPlugin } from "./golden.ts";

const lines = definePlugin.stream({
  name: "lines",
  version: "1.0.0",
  summary: "One event a line",
  config: v.object({ files: v.array(v.string()) }),
  needs: {},
  tables: {
    Line: table({
      doc: "A line",
      time: "TimeGenerated",
      columns: {
        TimeGenerated: column.time({ class: "public" }),
        Text: column.string({ class: "content", optional: true }),
        Size: column.long({ class: "public" }),
        Parts: column.dynamic({ class: "content", optional: true }),
      },
    }),
  },
  start: () => ({}),
  async *stream({ config, emit, io, clock, reject, gap }, cursor) {
    for await (const chunk of io.tail(config.files, cursor)) {
      for (const text of new TextDecoder().decode(chunk.bytes).split("\n")) {
        if (text === "bad") reject({ bytes: new TextEncoder().encode(text), why: "is bad" });
        else if (text === "lost") gap({ reason: "other", count: 2 });
        else if (text !== "") {
          const TimeGenerated = BigInt(clock.now()) * 10_000n + BigInt(text.length);
          emit.Line({ TimeGenerated, Text: text, Size: 2n ** 60n, Parts: text.split(" ") });
        }
      }
      yield chunk.cursor;
    }
  },
});

test("runPlugin() gives rows as plain JSON, absent columns left out", async () => {
  const files = { "/input": "a b\nbad\nlost\n" };
  const run = await runPlugin(lines, { config: { files: ["/input"] }, files });
  assert.deepEqual(run.rows, {
    Line: [
      {
        TimeGenerated: "2026-07-01T12:00:00.0000003Z",
        Text: "a b",
        Size: "1152921504606846976",
        Parts: ["a", "b"],
      },
      { _Raw: "bad", _ParseError: "is bad" },
    ],
  });
  assert.deepEqual(run.rejected, { "is bad": 1 });
  assert.deepEqual(run.gaps, [{ reason: "other", count: 2 }]);
});

test("runPlugin() goes on from a cursor without losing or repeating a line", async () => {
  const config = { files: ["/*"] };
  const first = await runPlugin(lines, { config, files: { "/a": "1\n2\n" } });
  const files = { "/a": "1\n2\n3\n", "/b": "4" };
  const second = await runPlugin(lines, { config, files, cursor: first.cursor! });
  assert.deepEqual(second.rows["Line"]?.map((row) => row["Text"]), ["3", "4"]);
});

test("runPlugin() refuses a config that the plugin's schema refuses", async () => {
  await assert.rejects(runPlugin(lines, { config: { files: 1 } }), TypeError);
});

test("runPlugin() moves a pull plugin's clock by its period between the steps", async () => {
  const pull = definePlugin.pull({
    name: "sizes",
    version: "1.0.0",
    summary: "The size of one file",
    config: v.object({}),
    needs: {},
    tables: {
      Size: table({
        doc: "A size",
        time: "TimeGenerated",
        columns: {
          TimeGenerated: column.time({ class: "public" }),
          Bytes: column.int({ class: "public" }),
        },
      }),
    },
    start: () => ({}),
    everyMs: () => 1000,
    async *pull({ emit, io, clock }, cursor) {
      const Bytes = io.read("/proc/x")?.length ?? -1;
      emit.Size({ TimeGenerated: clock.now(), Bytes });
      yield cursor;
    },
  });
  const steps = [{ "/proc/x": "1" }, { "/proc/x": "22" }];
  const { rows } = await runPlugin(pull, { config: {}, steps, now: GOLDEN_NOW });
  assert.deepEqual(rows["Size"], [
    { TimeGenerated: "2026-07-01T12:00:00.000Z", Bytes: 1 },
    { TimeGenerated: "2026-07-01T12:00:01.000Z", Bytes: 2 },
  ]);
});
