import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { scrubbedRows } from "../../sdk/testkit/scrubbed.ts";
import callDetail from "./mod.ts";

/** What names somebody in the golden cases. */
const CASES: readonly (readonly [string, object, readonly string[]])[] = [
  ["freeswitch_csv/input/Master.csv", {}, ["Ada Lind", '"2001"', "4315550100", "acc-7"]],
  ["freeswitch_csv/input/snom.csv", {}, ["Ada Lind", "/rec/ada.wav", "cc-1"]],
  ["freeswitch_documents/input/a.cdr.json", {}, [
    "Lind",
    "2001",
    "4315550100",
    "192.0.2.10",
    "Bob Berg",
    "3001",
  ]],
  ["graph_v2/input", {}, [
    "Ada Lind",
    "Bob Berg",
    "Cy",
    "ada@example.org",
    '"u-2"',
    "4315550100",
    "192.0.2.7",
    "PHONE-1",
    "meetup",
  ]],
  ["graph_pstn/input", {}, ["Ada Lind", "bob@example.org", "4315550199", "4315550188", '"u-1"']],
  ["3gpp_ims/input/ims.cdr", { format: "3gpp" }, [
    "4315550101",
    "4315550102",
    "4315550103",
    "232010000000001",
    "192.0.2.10",
    "utran-cell",
  ]],
];
for (const [path, config, names] of CASES) {
  test(`nobody is named in what leaves the host of ${path}`, async () => {
    const input = new Uint8Array(readFileSync(new URL(`./cases/${path}`, import.meta.url)));
    const files = { "/in": input };
    const rows = await scrubbedRows(callDetail, { config: { files: ["/in"], ...config }, files });
    assert.ok(rows.length > 0);
    const text = rows.join("\n");
    for (const name of names) {
      assert.ok(new TextDecoder().decode(input).includes(name), name);
      assert.ok(!text.includes(name), `${name} is in ${text}`);
    }
  });
}

for (const path of ["3gpp_telephony/input/bare.ber", "3gpp_malformed/input/bad.cdr"]) {
  test(`numbers in BCD do not leave the host of ${path}`, async () => {
    const input = new Uint8Array(readFileSync(new URL(`./cases/${path}`, import.meta.url)));
    const config = { files: ["/in"], format: "3gpp" };
    const text = (await scrubbedRows(callDetail, { config, files: { "/in": input } })).join("\n");
    for (const digits of ["66455501", "23201000", "3466545510", "3202010000"]) {
      assert.ok(!text.includes(digits), `${digits} is in ${text}`);
    }
  });
}
