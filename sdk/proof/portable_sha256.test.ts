import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import fc from "fast-check";
import { portableSha256 } from "./portable_sha256.ts";

const native = (bytes: Uint8Array) => new Uint8Array(createHash("sha256").update(bytes).digest());

test("portableSha256() gives FIPS 180-4's example", () => {
  const hex = Buffer.from(portableSha256(new TextEncoder().encode("abc"))).toString("hex");
  assert.equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});

test("portableSha256() gives what the runtime gives, at every length up to five blocks", () => {
  for (let length = 0; length <= 320; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => i * 7 + length);
    assert.deepEqual(portableSha256(bytes), native(bytes));
  }
});

test("portableSha256() does not care how its bytes are cut into parts", () => {
  const parts = fc.array(fc.uint8Array({ maxLength: 150 }), { maxLength: 6 });
  fc.assert(
    fc.property(parts, (list) => {
      const whole = Uint8Array.from(list.flatMap((part) => [...part]));
      assert.deepEqual(portableSha256(...list), native(whole));
    }),
  );
});
