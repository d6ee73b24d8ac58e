import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { findAll } from "./scan.ts";

/** What is found in `text` and does not stay. */
function found(text: string): readonly (readonly [string, string])[] {
  const bytes = Buffer.from(text);
  return findAll(bytes, 0, bytes.length).filter(({ kept }) => !kept)
    .map(({ what, start, end }) => [what, bytes.subarray(start, end).toString()]);
}

const SID = "S-1-5-21-3623811015-3361044348-30300820-1013";
const GUID = "9d5e0f6a-86f1-41af-91ab-2d7cd011db47";
const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";

/** A text, what it holds, and as what. */
const FOUND: readonly (readonly [string, string, string])[] = [
  ["mail from <Anna.Berg+x@mail.example.org>, size 12", "Anna.Berg+x@mail.example.org", "email"],
  ["user=anna@example.com;", "anna@example.com", "email"],
  ["für jürgen@exämple.example", "", ""],
  ["für jürgen@example.org da", "jürgen@example.org", "email"],
  ["anna@10.1.2.3 asked", "anna@10.1.2.3", "email"],
  ["From: <sip:anna@pbx.example:5060;user=phone>", "sip:anna@pbx.example:5060", "sip"],
  ["INVITE sips:+4930123456@sbc.example SIP/2.0", "sips:+4930123456@sbc.example", "sip"],
  ["to tel:+49-30-123456;ext=2", "+49-30-123456", "tel"],
  [`Security ID: ${SID} Account`, SID, "sid"],
  ["S-1-12-1-1943430372-1249052806-2496021943-3034400218", "", "sid"],
  [`${SID.slice(0, -4)}500x`, "", ""],
  [`of ${SID.slice(0, -4)}0512`, `${SID.slice(0, -4)}0512`, "sid"],
  [`of ${SID.slice(0, -5)}.`, SID.slice(0, -5), "sid"],
  ["{6ac1786c-016f-11f0-945f-00c04fb984f9}", "6ac1786c-016f-11f0-945f-00c04fb984f9", "guid"],
  ["{6ac1786c-016f-41d2-945f-00c04fb984f9}", "6ac1786c-016f-41d2-945f-00c04fb984f9", "guid"],
  [`svchost /Process:{${GUID}}`, GUID, "guid"],
  ["as \\Shared Server\\anna berg", "Server\\anna", "account"],
  ["Terminal Server\\anna said", "Server\\anna", "account"],
  [`tenant ${GUID}.`, GUID, "guid"],
  [`session {${GUID.toUpperCase()}}`, GUID.toUpperCase(), "guid"],
  ["IBAN GB82 WEST 1234 5698 7654 32 today", "GB82 WEST 1234 5698 7654 32", "iban"],
  ["iban=DE89370400440532013000", "DE89370400440532013000", "iban"],
  ["card 4111 1111 1111 1111 declined", "4111 1111 1111 1111", "card"],
  ["card=378282246310005&x", "378282246310005", "card"],
  ["4735110554588", "4735110554588", "card"],
  ["from 203.0.113.7 port 22", "203.0.113.7", "ip"],
  ["10.1.2.3:51234", "10.1.2.3", "ip"],
  ["rhost=2001:db8::7f", "2001:db8::7f", "ip"],
  ["[fe80::1ff:fe23:4567:890a%eth2]", "fe80::1ff:fe23:4567:890a", "ip"],
  ["::ffff:10.1.2.3 said", "::ffff:10.1.2.3", "ip"],
  ["lease 08:00:27:ab:cd:ef", "08:00:27:ab:cd:ef", "mac"],
  ["08-00-27-12-34-56", "08-00-27-12-34-56", "mac"],
  [`Authorization: Bearer ${JWT}`, JWT, "jwt"],
  ["%OSDRIVE%\\USERS\\BOB\\DOWNLOADS\\X.EXE was", "BOB", "path"],
  ["C:\\Users\\anna berg\\AppData", "anna berg", "path"],
  ["copy C:\\Users\\anna D:\\x", "anna", "path"],
  ['"C:\\\\Users\\\\anna\\\\x"', "anna", "path"],
  ["file:///C:/Users/anna/x.txt", "anna", "path"],
  ["Users\\anna\\Pictures", "anna", "path"],
  ["cd /home/anna/.ssh", "anna", "path"],
  ["GET /api/users/anna HTTP", "anna", "path"],
  ["C:\\Documents and Settings\\anna\\x", "anna", "path"],
  ["logon of CONTOSO\\anna.berg failed", "CONTOSO\\anna.berg", "account"],
  ["User: contoso\\web01$,", "contoso\\web01$", "account"],
  ['"contoso\\\\anna"', "contoso\\\\anna", "account"],
  ["call +49 30 1234567 now", "+49 30 1234567", "phone"],
  ["+46 (0)8 928 571 38", "+46 (0)8 928 571 38", "phone"],
  ["602-555-9781x12.", "602-555-9781x12", "phone"],
  ["(602)555-9781", "(602)555-9781", "phone"],
  ["0490 39 07 81", "0490 39 07 81", "phone"],
  ["phone=5550123456", "5550123456", "phone"],
  ["Fax: 467 3395", "467 3395", "phone"],
];

for (const [text, value, what] of FOUND) {
  test(`${what === "" ? "nothing" : what} is found in: ${text}`, () => {
    assert.deepEqual(found(text), what === "" ? [] : [[what, value === "" ? text : value]]);
  });
}

const STAYS: readonly string[] = [
  "",
  "getty@tty1.service: Succeeded",
  "root@web1.example",
  "at 2026-11-29T03:14:07.123456+0100",
  "2026-11-29 03:14:07 W3SVC1 200 0 0 31",
  "Nov 29 03:14:07 web1 sshd[4711]: Connection closed",
  "127.0.0.1 ::1 :: 0.0.0.0 255.255.255.255 10.0.0.0/8",
  "::ffff:127.0.0.1 ::ffff:0.0.0.0 127.9.8.7",
  "Chrome/120.0.0.0 Safari/537.36",
  "Version=4.1.2.3, ver. 10.0.19041.1 v1.2.3.4",
  "1.2.3.4.5",
  "ts=1764385200123 us=1764385200123456 ns=1764385200123456789",
  "4111111111111112 is no card",
  "GB82WEST12345698765433 is no IBAN",
  "user ids 1000 1001 1002 1003",
  "S-1-5-18 S-1-5-32-544 S-1-1-0 S-1-5-80-956008885-3418522649",
  `${SID.slice(0, -4)}500 ${SID.slice(0, -4)}512 ${SID.slice(0, -4)}502`,
  `HKCR\\CLSID\\{${GUID}}`,
  `C:\\Windows\\system32\\DllHost.exe /Processid:{${GUID}}`,
  "CN={6AC1786C-016F-11D2-945F-00C04FB984F9},CN=POLICIES,CN=SYSTEM",
  "{1131f6aa-9c07-11d1-f79f-00c04fc2dcd2} {20D04FE0-3AEA-1069-A2D8-08002B30309D}",
  "(OA;;CR;89e95b76-444d-4c62-991a-0facbeda640c;;)",
  "HKLM\\System\\Control\\Terminal Server\\fDenyTSConnections",
  'reg add "HKCU\\Software\\Microsoft\\Windows Script\\Settings" /v x',
  "C:\\ntds\\Active Directory\\ntds.dit",
  "00000000-0000-0000-0000-000000000000",
  "std::string dead::beef abc::def a::b",
  "C:\\Windows\\System32\\cmd.exe /c whoami",
  "HKLM\\Software",
  "NT AUTHORITY\\SYSTEM BUILTIN\\Administrators",
  "C:\\Users\\Public\\x C:\\Users\\Default\\y /home/root C:\\Users\\Administrator\\z",
  "System32\\drivers.sys",
  "C:\\Program Files\\Our Tool\\x.exe C:\\Program Files\\Our Other Tool\\y z\\",
  "\\Secrets\\$MACHINE.ACC\\CurrVal PCI\\VEN_15AD&DEV_0740",
  "one\\nTwo\\tThree",
  "GET /home/index.html",
  "00:00:00:00:00:00 ff-ff-ff-ff-ff-ff",
  "0x7ffd1234 deadbeef cafe1234 1234567",
  "054-28-6917 12/12/2026 12.12.2026",
  "took 1234567 ns, 12345 of 67890 in 150 4096 bytes",
  "5d41402abc4b2a76b9719d911017c592",
  "user:1:abcdefghijklmnopqrstuvwxy2",
  "tel:1:abcdefghijklmnopqrstuvwxy2 sip:12:abcdefghijklmnopqrstuvwxy2",
  "C:\\Users\\user:1:abcdefghijklmnopqrstuvwxy2\\x",
];

for (const text of STAYS) {
  test(`nothing is found in: ${text}`, () => {
    assert.deepEqual(found(text), []);
  });
}

const PIECES: readonly string[] = [
  "@",
  ".",
  ":",
  "\\",
  "/",
  "-",
  "+",
  "(",
  ")",
  " ",
  "1",
  "0",
  "a",
  "f",
  "eyJ",
  "eyJ.",
  "S-1-5-",
  "sip:",
  "sip:a@",
  "tel:",
  "Users\\",
  "/home/",
  "a@b.",
  "a.",
  "12.",
  "::",
  "1:",
  "0:",
  "ab-",
  "08-00-",
  "DE89",
  "4111 ",
  "phone ",
  "+1 ",
  "00 ",
  "(1)",
  "x\\y",
  "user:1:aaaa",
  "12345678-",
];

/** Reads of bytes that looking through `text` takes. */
function workOf(text: string): number {
  let reads = 0;
  const counting = new Proxy(Buffer.from(text), {
    get(target, name) {
      if (typeof name === "string" && /^\d+$/.test(name)) {
        reads++;
        return target[Number(name)];
      }
      const member: unknown = Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) as unknown : member;
    },
  });
  findAll(counting, 0, counting.length);
  return reads;
}

test("the work grows as the text does, whatever it repeats", () => {
  for (const piece of PIECES) {
    const short = workOf(piece.repeat(Math.ceil(1_500 / piece.length)));
    const long = workOf(piece.repeat(Math.ceil(6_000 / piece.length)));
    assert.ok(long < short * 5, `"${piece}": ${short} reads of 1,500 bytes, ${long} of 6,000`);
  }
});

test("no text of two repeated pieces takes over 300 reads a byte", () => {
  for (const first of PIECES) {
    for (const second of ["", "@", ".", ":", "1", " ", "a", "\\"]) {
      const piece = first + second;
      const work = workOf(piece.repeat(Math.ceil(900 / piece.length)));
      assert.ok(work < 900 * 300, `"${piece}": ${work} reads of 900 bytes`);
    }
  }
});

test("finds are in order, do not overlap and are inside the text", () => {
  const texts = fc.array(fc.constantFrom(...PIECES, ...FOUND.map(([text]) => text)), {
    maxLength: 12,
  }).map((pieces) => pieces.join(""));
  fc.assert(
    fc.property(texts, (text) => {
      const bytes = Buffer.from(text);
      let last = 0;
      for (const { start, end } of findAll(bytes, 0, bytes.length)) {
        assert.ok(start >= last && end > start && end <= bytes.length);
        last = end;
      }
    }),
    { numRuns: 500 },
  );
});
