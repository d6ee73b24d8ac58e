import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { scrubbedRows } from "../../sdk/testkit/scrubbed.ts";
import qoe from "./mod.ts";

/** What names somebody in the golden cases. */
const CASES: readonly (readonly [string, object, readonly string[]])[] = [
  ["rfc6035/input", {}, [
    "Ada Lind",
    "2001@",
    "+15550100",
    "192.0.2.",
    "2001:db8::7",
    "00:00:5e",
    "second@192",
  ]],
  ["rfc6035_real_world/input/draft.txt", {}, ["5551@", "5552@", "Berg"]],
  ["cisco_cmr/input", {}, ['"2001"', "SEP00005E005301"]],
  ["ms_qoe/input/UccApi-0.log", { format: "ms_qoe" }, [
    "ada@",
    "bob@",
    "LAPTOP-7",
    "headset",
    "00-00-5E",
    "192.0.2.30",
    "198.51.100.9",
  ]],
  ["graph/input/one.json", {}, [
    "Ada Lind",
    "+15550100",
    '"u1"',
    '"t1"',
    "LAPTOP-7",
    "Headset",
    "192.0.2.40",
    "203.0.113.4",
    "00-00-5E",
  ]],
];
for (const [path, config, names] of CASES) {
  test(`nobody is named in what leaves the host of ${path}`, async () => {
    const input = new Uint8Array(readFileSync(new URL(`./cases/${path}`, import.meta.url)));
    const files = { "/in": input };
    const rows = await scrubbedRows(qoe, { config: { files: ["/in"], ...config }, files });
    assert.ok(rows.length > 0);
    const text = rows.join("\n");
    for (const name of names) {
      assert.ok(new TextDecoder().decode(input).replaceAll("&apos;", "'").includes(name), name);
      assert.ok(!text.includes(name), `${name} is in ${text}`);
    }
  });
}
