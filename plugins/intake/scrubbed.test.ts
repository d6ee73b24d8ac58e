import assert from "node:assert/strict";
import test from "node:test";
import { scrubbedRows } from "../../sdk/testkit/scrubbed.ts";
import intake from "./mod.ts";

const NAMES = ["zqjane", "zqdoe", "zqbob", "192.0.2.7", "192.0.2.8", "zqhunter2", "zqsecret3"];

/** The same, in objects and in dotted names, and as logging libraries spell it. */
const DOCUMENT = {
  user: { name: "zqjane", full_name: "Jane zqdoe" },
  "enduser.id": "zqbob",
  source: { ip: "192.0.2.7" },
  remoteAddr: "192.0.2.8",
  password: "zqhunter2",
  headers: [{ Authorization: "Bearer zqsecret3" }],
  message: "mail from zqjane@example.test",
  kept: "zqkept",
};

const PUSHES: readonly (readonly [string, string])[] = [
  ["/ndjson", JSON.stringify(DOCUMENT)],
  ["/_bulk", `{"create":{"_index":"a"}}\n${JSON.stringify(DOCUMENT)}\n`],
  ["/services/collector", JSON.stringify({ event: DOCUMENT, fields: DOCUMENT })],
];

for (const [path, body] of PUSHES) {
  test(`nobody is named in what leaves the host of what was pushed to ${path}`, async () => {
    const files = { "/in": `POST ${path} HTTP/1.1\n\n${body}` };
    const rows = await scrubbedRows(intake, { config: { listen: ["http:127.0.0.1:0"] }, files });
    assert.equal(rows.length, 1);
    assert.ok(rows[0]!.includes("zqkept"));
    for (const name of NAMES) {
      assert.ok(body.includes(name), name);
      assert.ok(!rows[0]!.includes(name), `${name} is in ${rows[0]}`);
    }
  });
}
