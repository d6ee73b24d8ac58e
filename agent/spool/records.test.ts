import assert from "node:assert/strict";
import test from "node:test";
import { writeAll } from "../../sdk/runtime/files.ts";
import { faultyFiles } from "../../sdk/testkit/faulty_files.ts";
import { putRecord, recordBytes } from "../../sdk/wire/segment.ts";
import { decodeState, encodeState, type StreamState } from "./records.ts";
import { append, ONE, open } from "./test_spool.ts";

const STATES: readonly StreamState[] = [{
  id: new Uint8Array(8).fill(1),
  name: "one",
  plugin: "p",
  priority: "audit",
  cursor: new Uint8Array(5),
  epochs: [{
    epoch: 3,
    first: 1,
    next: 4,
    tail: new Uint8Array(32).fill(9),
    reason: "first start",
  }],
}];

test("decodeState() gives what encodeState() was given", () => {
  assert.deepEqual(decodeState(encodeState(STATES)), STATES);
});

test("decodeState() takes no record that is cut or has more behind it, whatever its checksum", () => {
  const whole = encodeState(STATES);
  for (let size = 4; size < whole.length; size++) {
    assert.equal(decodeState(whole.subarray(0, size)), undefined, `${size} bytes`);
  }
  assert.equal(decodeState(Buffer.concat([whole, Uint8Array.of(0)])), undefined);
});

test("a state record that tells of frames which never were does not hold up the start", async () => {
  const files = faultyFiles();
  {
    await using spool = await open(files);
    await append(spool.stream(ONE), ONE, [1, 2]);
  }
  const [name = ""] = files.list("/spool").filter((file) => file.endsWith(".seg"));
  const file = files.open(`/spool/${name}`, "write");
  const epochs = [{ ...STATES[0]!.epochs[0]!, epoch: 1, first: 0, next: 2 ** 40 }];
  const lie = encodeState([{ ...STATES[0]!, id: ONE.id, epochs }]);
  const record = new Uint8Array(recordBytes(lie.length));
  putRecord(record, 0, [lie]);
  writeAll(file, record, file.size());
  file.close();
  await using spool = await open(files);
  const held = spool.streams()[0]!.epochs;
  assert.ok(held.every(({ first, next }) => next - first <= 2), JSON.stringify(held));
});
