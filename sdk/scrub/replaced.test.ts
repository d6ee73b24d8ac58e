import assert from "node:assert/strict";
import { test } from "node:test";
import { Arena } from "../columns/strings.ts";
import { scan } from "./detect/scan.ts";
import { replaceFinds } from "./replaced.ts";

/** The result, and whether it needs no second look. */
function replaced(text: string): readonly [string, boolean] {
  const bytes = Buffer.from(text);
  const out = new Arena();
  const isSettled = replaceFinds(out, bytes, { start: 0, end: bytes.length }, {
    scan: scan(bytes, 0, bytes.length),
    addToken: (to) => {
      const token = Buffer.from("ip:1:abcdefghijklmnopqrstuvwxyz");
      to.extend(token, 0, token.length);
    },
  });
  return [Buffer.from(out.bytes.subarray(0, out.used)).toString(), isSettled];
}

const T = "ip:1:abcdefghijklmnopqrstuvwxyz";

const SETTLED: readonly (readonly [string, string])[] = [
  ["from 203.0.113.7 port 22", `from ${T} port 22`],
  ["SRC=203.0.113.7 DST=203.0.113.8 LEN=1400", `SRC=${T} DST=${T} LEN=1400`],
  ["(203.0.113.7), 203.0.113.8", `(${T}), ${T}`],
  ["port 22 203.0.113.7", `port 22 ${T}`],
  ["127.0.0.1 or anna@example.com", `127.0.0.1 or ${T}`],
];
for (const [text, result] of SETTLED) {
  test(`"${text}" is not looked at again`, () => {
    assert.deepEqual(replaced(text), [result, true]);
  });
}

const OPEN: readonly (readonly [string, string])[] = [
  ["tel:+4930123456abc", "a letter goes on where the token ends"],
  ["203.0.113.7/aGFsbG8", "digits of base64 do"],
  ["aGFsbG8/203.0.113.7", "they end where the token begins"],
  ["50% 203.0.113.7", "a percent sign may take the token's letters for digits"],
  ["C:\\Users\\Public 203.0.113.7", "what stays was judged by all that followed"],
  ["phone 030 1234567 203.0.113.7", "a number was judged by the digits that followed"],
  [`${"11 22 33 44 55 66 77 88 ".repeat(40)}203.0.113.7`, "too many have looked on"],
];
for (const [text, why] of OPEN) {
  test(`"${text.slice(-32)}" is looked at again: ${why}`, () => {
    assert.equal(replaced(text)[1], false);
  });
}

for (const text of ["a%b anna@x.org", "x sip:a%41@b c", "CONTOSO\\\\anna", "a\0b"]) {
  test(`scan() sees that ${JSON.stringify(text)} may have another encoding`, () => {
    const bytes = Buffer.from(text);
    assert.ok(scan(bytes, 0, bytes.length).hasSigns);
  });
}

test("scan() looks at nothing beyond its range", () => {
  const bytes = Buffer.from("a\\x70");
  assert.deepEqual(scan(bytes, 0, 3).found, scan(bytes.subarray(0, 3), 0, 3).found);
  assert.deepEqual(
    scan(Buffer.from("pc1\\x1e"), 0, 6).found,
    scan(Buffer.from("pc1\\x1"), 0, 6).found,
  );
});
