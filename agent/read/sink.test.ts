import assert from "node:assert/strict";
import test from "node:test";
import { rowOf } from "../../sdk/columns/cell.ts";
import { column, definePlugin, table } from "../../sdk/mod.ts";
import { openScrubber } from "../../sdk/scrub/scrubber.ts";
import * as v from "valibot";
import { zeroCounts } from "../counters.ts";
import { openSink } from "./sink.ts";

const binary = definePlugin.listen({
  name: "binary",
  version: "1.0.0",
  summary: "",
  config: v.object({}),
  needs: {},
  lossy: true,
  tables: {
    Binary: table({
      doc: "",
      time: "At",
      columns: {
        At: column.time({ class: "public" }),
        Sealed: column.string({ class: "personal", kind: "record", optional: true }),
        Said: column.string({ class: "content", optional: true }),
        Loose: column.dynamic({ class: "content", optional: true }),
      },
    }),
  },
  listen: () => Promise.resolve(),
});

test("what is rejected into a personal column leaves the host as a token alone", () => {
  const counts = zeroCounts();
  const options = { rows: 10, bytes: 1000, counts, now: () => 0, onFull: () => {} };
  const sink = openSink(binary, options);
  const bytes = Uint8Array.of(0x21, 0xc3, 0x65);
  sink.reject({ bytes, why: "no record", into: "Sealed" });
  const { schema, writer } = sink.tables[0]!;
  const plain = rowOf(writer.view(), 0);
  assert.deepEqual(plain, {
    At: "1970-01-01T00:00:00Z",
    Sealed: "21c365",
    _ParseError: "no record",
  });
  const key = { epoch: 1, bytes: new Uint8Array(32) };
  const [batch] = openScrubber({ policy: { columns: {} }, key }).scrub(writer.view(), schema);
  assert.match(String(rowOf(batch, 0)["Sealed"]), /^record:1:[a-z2-7]{26}$/);
  assert.equal(counts.rejected, 1);
});

test("what is rejected into a free text stands there; into what holds no text, in _Raw", () => {
  const counts = zeroCounts();
  const sink = openSink(binary, { rows: 10, bytes: 1000, counts, now: () => 0, onFull: () => {} });
  const bytes = Buffer.from("half");
  for (const into of ["Said", "Loose", "None"]) sink.reject({ bytes, why: "no record", into });
  const { writer } = sink.tables[0]!;
  const about = { At: "1970-01-01T00:00:00Z", _ParseError: "no record" };
  assert.deepEqual(rowOf(writer.view(), 0), { ...about, Said: "half" });
  for (const row of [1, 2]) assert.deepEqual(rowOf(writer.view(), row), { ...about, _Raw: "half" });
});
