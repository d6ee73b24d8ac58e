import assert from "node:assert/strict";
import { test } from "node:test";
import { itemOf } from "../live/fakes.ts";
import { createHandover, type Decoded, decodedBytes } from "./handover.ts";

function frame(index: number, rawBytes: number): Decoded {
  const batch = { table: "T", rows: 0, columns: [] };
  const { header } = itemOf({ index, batch, source: "s", header: { rawBytes } }).frame!;
  return { index, agent: "a", source: "s", header, batch };
}

test("createHandover() gives each batch once", () => {
  const handover = createHandover();
  const one = frame(3, 10);
  handover.put(one);
  assert.equal(handover.take(2), undefined);
  assert.equal(handover.take(3), one);
  assert.equal(handover.take(3), undefined);
});

test("createHandover() forgets the oldest where there is no room, and room comes back", () => {
  const size = decodedBytes({ rawBytes: 1000, rows: 0 });
  const handover = createHandover(2 * size);
  for (const index of [0, 1, 2]) handover.put(frame(index, 1000));
  assert.equal(handover.take(0), undefined);
  assert.equal(handover.take(1)?.index, 1);
  handover.put(frame(3, 1000));
  assert.deepEqual([handover.take(2)?.index, handover.take(3)?.index], [2, 3]);
});
