import assert from "node:assert/strict";
import { test } from "node:test";
import { spoolLimits } from "./options.ts";

const MIB = 1024 ** 2;

for (const mib of [1, 8, 20, 30, 64, 1024]) {
  test(`spoolLimits() of ${mib} MiB leave half of it to frames that nobody has`, () => {
    const { maxBytes, segmentBytes, retainAckedBytes } = spoolLimits({ maxBytes: mib * MIB });
    // The newest segment stays, however much of it is acknowledged.
    assert.ok(retainAckedBytes + 2 * segmentBytes <= maxBytes / 2);
    assert.ok(segmentBytes > 0);
  });
}

test("spoolLimits() takes what it is given", () => {
  assert.equal(spoolLimits({ maxBytes: MIB, segmentBytes: 3000 }).segmentBytes, 3000);
});
