import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { goldenCases, runPlugin } from "../../sdk/testkit/golden.ts";
import { readmeTables } from "../../sdk/testkit/readme.ts";
import networkIds from "./mod.ts";
import { readZeekLine, unescapeText, withHeaderLine, type ZeekHeader } from "./zeek_text.ts";

goldenCases(networkIds, new URL("./cases/", import.meta.url));
readmeTables(networkIds, new URL("./README.md", import.meta.url));

const TABLE = "NetworkIdsEvent";

/** As Zeek's ASCII writer escapes: what is not printable, the separators, backslashes. */
function escaped(text: string): string {
  return [...Buffer.from(text)].map((byte) => {
    if (byte === 0x5c) return "\\\\";
    const isPlain = byte > 0x20 && byte < 0x7f && byte !== 0x2c;
    return isPlain ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`;
  }).join("");
}

test("unescapeText() gives back what Zeek has escaped", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      assert.equal(unescapeText(escaped(text)), text);
    }),
  );
});

test("readZeekLine() tells unset from empty, in sets too", () => {
  let header: ZeekHeader | undefined;
  for (
    const line of ["#separator \\x09", "#fields\ta\tb\tc", "#types\tstring\tset[string]\tcount"]
  ) {
    header = withHeaderLine(header, line);
  }
  assert.deepEqual(readZeekLine(header!, "-\t(empty)\t-"), { b: [] });
  assert.deepEqual(readZeekLine(header!, "(empty)\t-\t0"), { a: "", c: 0 });
  assert.deepEqual(readZeekLine(header!, "\\x2d\tx,-,y\t1"), { a: "-", b: ["x", null, "y"], c: 1 });
});

test("network_ids learns Zeek's header again when it goes on in the middle of a file", async () => {
  const head =
    "#separator \\x09\n#path\tconn\n#fields\tts\tuid\n#types\ttime\tstring\n1780300800.0\tC1\n";
  const config = { files: ["/conn.log"] };
  const first = await runPlugin(networkIds, { config, files: { "/conn.log": head } });
  const second = await runPlugin(networkIds, {
    config,
    files: { "/conn.log": `${head}1780300801.0\tC2\n` },
    cursor: first.cursor!,
  });
  assert.deepEqual(second.rejected, {});
  assert.deepEqual(second.rows[TABLE]?.map((row) => row["EventOriginalUid"]), ["C2"]);
});

test("network_ids keeps every member of an event, in a column or in AdditionalFields", async () => {
  const leaf = fc.oneof(
    fc.stringMatching(/^zq[a-z]{6}$/),
    fc.integer({ min: 10_000, max: 99_999 }),
  );
  const names = fc.constantFrom("dns", "alert", "flow", "rrname", "signature_id", "x", "src_port");
  const event = fc.dictionary(names, fc.oneof(leaf, fc.dictionary(names, leaf), fc.array(leaf)));
  await fc.assert(
    fc.asyncProperty(event, async (members) => {
      const line = JSON.stringify({
        ...members,
        event_type: "x",
        timestamp: "2026-06-01T08:00:00Z",
      });
      const { rows } = await runPlugin(networkIds, {
        config: { files: ["/e"] },
        files: { "/e": `${line}\n` },
      });
      const shown = JSON.stringify(rows[TABLE]);
      for (const [word] of JSON.stringify(members).matchAll(/zq[a-z]{6}|\d{5}/g)) {
        assert.ok(shown.includes(word), `${word} of ${line} is not in ${shown}`);
      }
    }),
    { numRuns: 60 },
  );
});

test("network_ids says what is wrong with a config", async () => {
  for (
    const [config, why] of [
      [{}, /./],
      [{ files: [] }, /must name at least one file/],
      [{ files: "/a" }, /must be a list of files or globs, such as/],
      [{ files: ["/a"], maxLineBytes: 1 }, /at least 16384/],
    ] as const
  ) {
    await assert.rejects(runPlugin(networkIds, { config }), why);
  }
});
