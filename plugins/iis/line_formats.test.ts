import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import test from "node:test";
import fc from "fast-check";
import { runPlugin } from "../../sdk/testkit/golden.ts";
import { type LineOptions, readRequestLine } from "./line_formats.ts";
import iis from "./mod.ts";

const AUTO: LineOptions = { format: "auto", dateOrder: "mdy", timezone: "UTC" };
const IIS =
  "10.1.2.3, -, 06/01/26, 7:55:20, W3SVC2, WEB1, 10.9.9.9, 4502, 163, 3223, 200, 0, GET, ";
const NCSA = '10.1.2.3 - - [01/Jun/2026:17:39:04 -0800] "GET ';

test("readRequestLine() throws on no line, whatever the format", () => {
  const parts = fc.oneof(
    fc.constantFrom(...IIS.split(/(?<= )/), ...NCSA.split(/(?<=[ "])/), '" 200 1', '"', ", "),
    fc.string({ unit: "binary", maxLength: 6 }),
  );
  const formats = fc.constantFrom("auto", "w3c", "iis", "ncsa");
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 30 }), formats, (some, format) => {
      const row = readRequestLine(some.join(""), { ...AUTO, format });
      assert.ok(format !== "w3c" || row === undefined);
    }),
    { numRuns: 500 },
  );
});

test("readRequestLine() keeps the commas of a target and what quotes a request has", () => {
  const target = fc.stringMatching(/^\/[a-z,"]{0,20}$/);
  fc.assert(
    fc.property(target, (path) => {
      const a = readRequestLine(`${IIS}${path}, q=1,`, AUTO);
      const b = readRequestLine(`${NCSA}${path}?q=1 HTTP/1.1" 200 1`, AUTO);
      assert.ok(typeof a === "object" && typeof b === "object");
      assert.deepEqual([a.csUriStem, a.csUriQuery], [path, "q=1"]);
      assert.deepEqual([b.csUriStem, b.csUriQuery], [path, "q=1"]);
    }),
  );
});

test("readRequestLine() takes linear time for hostile lines", () => {
  for (const part of ['" ', " [", ", ", '" 200 ', "? "]) {
    const long = part.repeat(30_000);
    readRequestLine(`${NCSA}${long}`, AUTO);
    readRequestLine(`${IIS}${long}`, AUTO);
    readRequestLine(long, AUTO);
  }
});

const refused: Readonly<Record<string, readonly [unknown, RegExp]>> = {
  "another format": [{ format: "binary" }, /must be "auto", "w3c", "iis" or "ncsa"/],
  "another order": [{ dateOrder: "ydm" }, /must be "mdy"/],
  "a zone that does not exist": [{ timezone: "Mars/Base" }, /must be a zone such as/],
};

for (const [what, [config, message]] of Object.entries(refused)) {
  test(`the iis config refuses ${what}`, async () => {
    await assert.rejects(runPlugin(iis, { config }), message);
  });
}

const corpus = new URL("../../../shared/corpora/samples/iis/", import.meta.url);
const skip = existsSync(corpus) ? false : "no ../shared/corpora beside the checkout";
for (const name of ["Tunna_rdp_tunnel_IIS.log", "velociraptor_exchange_iis.log"]) {
  test(`iis reads every request of the real sample ${name}`, { skip }, async () => {
    const bytes = new Uint8Array(readFileSync(new URL(name, corpus)));
    const lines = new TextDecoder().decode(bytes).split(/\r?\n/);
    const requests = lines.filter((line) => line !== "" && !line.startsWith("#"));
    const run = await runPlugin(iis, { config: { files: ["/in"] }, files: { "/in": bytes } });
    assert.deepEqual(run.rejected, {});
    const rows = run.rows["W3CIISLog"] ?? [];
    assert.equal(rows.length, requests.length);
    for (const [i, row] of rows.entries()) {
      const [date, time, ip, method] = requests[i]!.split(" ");
      assert.deepEqual([row["TimeGenerated"], row["sIP"], row["csMethod"]], [
        `${date}T${time}.000Z`,
        ip,
        method,
      ]);
    }
  });
}
