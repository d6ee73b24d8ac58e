/**
 * The fast ways of the scrubber against the plain ones: every detector asked at every anchor, every
 * text looked at again as a whole, every value compared at every place.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { logText, stringsOf } from "../testkit/arbitraries.ts";
import { findAccount, findPathName } from "./detect/account.ts";
import { findCard, findIban } from "./detect/bank.ts";
import { findEmail } from "./detect/email.ts";
import { findJwt } from "./detect/jwt.ts";
import { findIpv4, findIpv6, findMac } from "./detect/network_ids.ts";
import { findPhone } from "./detect/phone.ts";
import { findAll } from "./detect/scan.ts";
import { type Detector, DIGIT, type Found, rightOver, type Text } from "./detect/text.ts";
import { findToken } from "./detect/token_text.ts";
import { findUri } from "./detect/uri.ts";
import { findGuid, findSid } from "./detect/windows_ids.ts";
import { openFreeText } from "./free_text.ts";
import { Identities } from "./identities.ts";
import { layersOf } from "./layers.ts";
import { equalBytes, isWhole, needlesOf } from "./needles.ts";
import { encodingsOf } from "./test_encodings.ts";

const PERSONAL: readonly string[] = [
  "anna@example.com",
  "sip:anna@pbx.example",
  "tel:+4930123456",
  "+49 30 123456789",
  "(602) 555-9781",
  "phone 5550123456",
  "Fax: 467 3395",
  "0490 39 07 81",
  "S-1-5-21-3623811015-3361044348-30300820-1013",
  "9d5e0f6a-86f1-41af-91ab-2d7cd011db47",
  "GB82 WEST 1234 5698 7654 32",
  "NO93 8601 1117 947",
  "4111 1111 1111 1111",
  "378282246310005",
  "203.0.113.7",
  "127.0.0.1",
  "2001:db8::7f",
  "::1",
  "08:00:27:ab:cd:ef",
  "08-00-27-12-34-56",
  "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.dozjgNryP4J3jVmNHl0w5N",
  "C:\\Users\\anna berg\\x",
  "/home/anna/.ssh",
  "CONTOSO\\anna",
  "NT AUTHORITY\\SYSTEM",
  "user:1:abcdefghijklmnopqrstuvwxy2",
  ...encodingsOf("bob@example.com").map(({ text }) => text),
];
const GLUE: readonly string[] = ["", " ", "@", ":", ".", "\\", "/", "-", "+", "(", ")", "a", "1"]
  .concat(["x", "phone ", "tel ", "::", "%", "%4", "\\u00", "\\x", "=", "_", "ä", "\n", "12 "])
  .concat(["22 ", "eyJ", ".eyJ", "S-1-", "sip:", "users\\", "/users/", "00 ", " fax", "GB82 "])
  .concat(["WEST ", "ver. ", "version=", "user 7 on ", "\u0000"]);

const cut = fc.tuple(fc.constantFrom(...PERSONAL), fc.nat({ max: 9 }), fc.nat({ max: 9 })).map(
  ([text, left, right]) => text.slice(left > 6 ? left : 0, right > 6 ? -right : undefined),
);
const glue = fc.constantFrom(...GLUE);
const texts = fc.array(
  fc.oneof({ weight: 4, arbitrary: cut }, { weight: 5, arbitrary: glue }, {
    weight: 1,
    arbitrary: logText,
  }),
  { maxLength: 12 },
).map((parts) => parts.join(""));

const ASKED: Readonly<Record<string, readonly Detector[]>> = {
  "@": [findEmail],
  ":": [findToken, findUri, findMac, findIpv6],
  "\\": [findPathName, findAccount],
  "/": [findPathName],
  "-": [findSid, findGuid, findMac],
  ".": [findJwt],
  "+": [findPhone],
  "(": [findPhone],
};
const IS_DIGIT = /\d/;

/** Asks of numbers in the order, and of the lengths, that their forms have. */
function plainNumber(text: Text, at: number, end: number): Found | undefined {
  const string = Buffer.from(text.bytes.subarray(Math.max(text.floor, at - 1), text.end))
    .toString("latin1");
  const before = at > text.floor ? string[0]! : "";
  const after = string.slice(before.length + end - at);
  const length = end - at;
  if (/[\w\u0080-\u00ff]/.test(before)) return length < 2 ? undefined : findIban(text, at);
  const asked: Detector[] = [];
  if (length <= 3 && /^\.\d/.test(after)) asked.push(findIpv4);
  if (length >= 12 || (length === 4 && /^[ -]\d/.test(after))) asked.push(findCard);
  const isFirst = /^([ .-]\d| ?\()/.test(after);
  if (isFirst || (length >= 6 && length <= 15)) asked.push(findPhone);
  return first(asked, text, at);
}

function first(detectors: readonly Detector[], text: Text, at: number): Found | undefined {
  return detectors.map((detect) => detect(text, at)).find((found) => found !== undefined);
}

function plainFinds(bytes: Uint8Array, start: number, end: number): readonly Found[] {
  const text: Text = { bytes, end, floor: start, reach: 0 };
  const found: Found[] = [];
  for (let at = start; at < end;) {
    const character = String.fromCharCode(bytes[at]!);
    const isDigit = IS_DIGIT.test(character);
    const next = isDigit ? rightOver(text, at, DIGIT, end) : at + 1;
    const find = isDigit ? plainNumber(text, at, next) : first(ASKED[character] ?? [], text, at);
    if (find !== undefined) found.push(find);
    text.floor = find?.end ?? text.floor;
    at = find?.end ?? next;
  }
  return found;
}

test("findAll() finds what every detector asked at every anchor finds", () => {
  fc.assert(
    fc.property(texts, texts, (text, around) => {
      const bytes = Buffer.from(text);
      const expected = plainFinds(bytes, 0, bytes.length);
      assert.deepEqual(findAll(bytes, 0, bytes.length), expected);
      const [before, after] = [Buffer.from(around), Buffer.from(around)];
      const within = Buffer.concat([before, bytes, after]);
      const moved = findAll(within, before.length, before.length + bytes.length);
      const shifted = moved.map(({ start, end, ...find }) => ({
        ...find,
        start: start - before.length,
        end: end - before.length,
      }));
      assert.deepEqual(shifted, expected);
    }),
    { numRuns: 1_000 },
  );
});

test("a text is scrubbed as if all of it were looked at again after each replacement", () => {
  const key = { epoch: 3, bytes: new Uint8Array(32).fill(9) };
  const fast = openFreeText(key);
  // Who watches is told of each round, so that all rounds are made.
  const plain = openFreeText(key, () => {});
  fc.assert(
    fc.property(texts, (text) => {
      const bytes = Buffer.from(text);
      const expected = Buffer.from(plain.scrub(bytes)).toString("latin1");
      assert.equal(Buffer.from(fast.scrub(bytes)).toString("latin1"), expected);
    }),
    { numRuns: 2_500 },
  );
});

const names = fc.constantFrom(
  ..."eve anna.berg CONTOSO\\annaberg sip:annaberg@pbx.example +4930123456 4711 root 203.0.113.7"
    .split(" "),
  "jürgen",
  "ab",
);
const haystacks = fc.array(
  fc.oneof(
    fc.tuple(names, fc.nat()).map(([name, n]) => {
      const of = encodingsOf(name.replaceAll(/[^ -~]/g, "u"));
      return of[n % of.length]!.text;
    }),
    names,
    glue,
    logText,
  ),
  { maxLength: 5 },
).map((parts) => parts.join(""));

/** True if a needle stands anywhere in a text or in one of its layers: all are compared. */
function stands(value: string, text: Uint8Array): boolean {
  const needles = needlesOf(Buffer.from(value));
  const all = [text, ...layersOf(text, { accept: () => true }).map(({ bytes }) => bytes)];
  return all.some((bytes) =>
    needles.some(({ folded, isShort }) => {
      for (let start = 0; start + folded.length <= bytes.length; start++) {
        if (equalBytes(bytes, start, folded) < folded.length) continue;
        if (isWhole(bytes, { start, end: start + folded.length, isShort })) return true;
      }
      return false;
    })
  );
}

test("values are found where comparing them at every place finds them", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(names, names), { minLength: 1, maxLength: 4 }),
      fc.array(haystacks, { minLength: 1, maxLength: 4 }),
      (rows, haystack) => {
        const sources = [0, 1].map((n) => ({
          entries: stringsOf(rows.map((row) => row[n]!)),
          indexes: Uint32Array.from(rows, (_, i) => i + 1),
          tokenOf: (value: Uint8Array) => `t:${Buffer.from(value).toString()}`,
        }));
        const identities = new Identities(sources, () => {});
        const recurrence = identities.recurrenceIn(stringsOf(haystack));
        for (const [row, [one, other]] of rows.entries()) {
          for (const [entry, text] of haystack.entries()) {
            const bytes = Buffer.from(text);
            const expected = stands(one, bytes) || stands(other, bytes);
            assert.equal(identities.spansIn(bytes, row).length > 0, expected);
            assert.equal(recurrence?.mayStand(row, entry) ?? false, expected);
            if (expected) {
              assert.ok(identities.mayStandIn(bytes, { start: 0, end: bytes.length }, row));
            }
          }
        }
      },
    ),
    { numRuns: 400 },
  );
});
