import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { parseAddress } from "../scrub/address.ts";
import { ipText } from "./ip_text.ts";

test("ipText() writes addresses as RFC 5952 §4 shows them", () => {
  const written = [
    ["20010db8000000000001000000000001", "2001:db8::1:0:0:1"],
    ["20010db8000000010001000100010001", "2001:db8:0:1:1:1:1:1"],
    ["00000000000000000000000000000000", "::"],
    ["00000000000000000000000000000001", "::1"],
    ["fe800000000000000000000000000000", "fe80::"],
    ["00000000000000000000ffffc0000201", "::ffff:192.0.2.1"],
    ["c0000201", "192.0.2.1"],
  ];
  for (const [hex = "", text] of written) assert.equal(ipText(Buffer.from(hex, "hex")), text);
});

test("ipText() writes what parseAddress() reads back", () => {
  const groups = fc.array(fc.constantFrom(0, 0, 1, 0xffff), { minLength: 8, maxLength: 8 });
  fc.assert(
    fc.property(groups, (eight) => {
      const bytes = Uint8Array.from(eight.flatMap((group) => [group >> 8, group & 255]));
      fc.pre(!ipText(bytes).startsWith("::ffff:"));
      assert.deepEqual(parseAddress(ipText(bytes)), bytes);
    }),
  );
});
