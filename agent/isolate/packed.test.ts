import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { publicKeyOf } from "../../sdk/proof/sign.ts";
import { nodeFiles } from "../../sdk/runtime/node_files.ts";
import { column, table } from "../../sdk/table.ts";
import { addPlugin, judgeFor, readAdded, removePlugin } from "./added.ts";
import type { Described } from "./describe.ts";
import { hashOf, keyText, PackedError, packPlugin, readPacked, signPacked } from "./packed.ts";

const SEED = new Uint8Array(32).fill(7);
const OTHER = new Uint8Array(32).fill(8);
const CODE = new Uint8Array(Buffer.from("export default 1;\n// code\nexport const more = 2;\n"));
const described: Described = {
  ...{ name: "app_log", version: "1.2.3", summary: "Test", kind: "stream" },
  needs: { read: ["/var/log/app/*.log"] },
  config: { type: "object" },
  tables: {
    AppLog: table({
      doc: "A line",
      time: "At",
      columns: { At: column.time({ class: "public" }), User: column.string({ class: "personal" }) },
    }),
  },
};
const packed = packPlugin({ described, code: CODE }, "1.0.0");
const signed = signPacked(packed, SEED);

test("readPacked() gives back what was packed and who has signed it", () => {
  const { manifest, code, key } = readPacked(signed);
  assert.deepEqual(Buffer.from(code), Buffer.from(CODE));
  assert.deepEqual(key, publicKeyOf(SEED));
  assert.equal(manifest.sha256, hashOf(CODE));
  assert.deepEqual(manifest.tables, described.tables);
  assert.equal(readPacked(packed).key, undefined);
});

test("readPacked() refuses a signed plugin with any one bit flipped", () => {
  for (let bit = 0; bit < signed.length * 8; bit++) {
    const bytes = new Uint8Array(signed);
    bytes[bit >> 3]! ^= 1 << (bit & 7);
    assert.throws(() => readPacked(bytes), PackedError, `bit ${bit} of ${signed.length} bytes`);
  }
});

test("readPacked() refuses other code, another manifest and a signature of another key, by code", () => {
  const text = Buffer.from(signed).toString("latin1");
  const bytes = (changed: string) => new Uint8Array(Buffer.from(changed, "latin1"));
  assert.throws(() => readPacked(bytes(`${text} `)), { code: "hash" });
  assert.throws(() => readPacked(CODE), { code: "format" });
  const other = Buffer.from(signPacked(packed, OTHER)).toString("latin1");
  const [, , line = ""] = other.split("\n");
  const [, , own = ""] = text.split("\n");
  const swapped = own.replace(/[0-9a-f]{64}/, /[0-9a-f]{64}/.exec(line)?.[0] ?? "");
  assert.throws(() => readPacked(bytes(text.replace(own, swapped))), { code: "signature" });
});

test("an added plugin is run only as it was approved", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "custos-added-"));
  try {
    const file = join(dataDir, "plugins", "app_log.js");
    const add = (bytes: Uint8Array) =>
      addPlugin(dataDir, {
        ...{ files: nodeFiles(), bytes, packed: readPacked(bytes), by: "ops" },
        at: new Date(0),
      });
    assert.equal(readAdded(dataDir, "app_log"), undefined);
    const pin = await add(signed);
    assert.equal(pin.key, keyText(publicKeyOf(SEED)));
    assert.equal(readAdded(dataDir, "app_log")?.packed.manifest.version, "1.2.3");

    writeFileSync(file, signPacked(packed, OTHER));
    assert.throws(() => readAdded(dataDir, "app_log"), { name: "AddedError", code: "key" });
    const wider = { ...described, needs: { read: ["/etc/*"] } };
    writeFileSync(file, signPacked(packPlugin({ described: wider, code: CODE }, "1.0.0"), SEED));
    assert.throws(() => readAdded(dataDir, "app_log"), { code: "manifest" });
    writeFileSync(file, Buffer.concat([signed, Buffer.from(" ")]));
    assert.throws(() => readAdded(dataDir, "app_log"), { code: "hash" });
    writeFileSync(file, signed);
    const pinFile = join(dataDir, "plugins", "app_log.pin.json");
    const before = readFileSync(pinFile);
    writeFileSync(pinFile, "{}");
    assert.throws(() => readAdded(dataDir, "app_log"), { code: "pin" });
    // What was approved under one name runs under no other.
    writeFileSync(join(dataDir, "plugins", "other.js"), signed);
    writeFileSync(join(dataDir, "plugins", "other.pin.json"), before);
    assert.throws(() => readAdded(dataDir, "other"), { code: "manifest" });
    writeFileSync(pinFile, before);
    assert.ok(readAdded(dataDir, "app_log"));
    removePlugin(dataDir, "app_log");
    assert.equal(readAdded(dataDir, "app_log"), undefined);
  } finally {
    rmSync(dataDir, { recursive: true });
  }
});

test("judgeFor() grants what was approved or stands in the config, and nothing else", () => {
  const judge = judgeFor({ granted: { read: ["/a/*.log"] } });
  assert.equal(judge({ read: ["/a/*.log"] }, {}), undefined);
  assert.equal(
    judge({ read: ["/b/x.log"], listen: ["udp:514"] }, {
      paths: ["/b/x.log"],
      bind: "udp:127.0.0.1:514",
    }),
    undefined,
  );
  assert.equal(judge({ read: ["/b/x.log*"] }, { paths: ["/b/x.log"] }), undefined);
  assert.match(judge({ read: ["/a/*.log", "/etc/shadow"] }, {}) ?? "", /\/etc\/shadow/);
  assert.match(judge({ listen: ["tcp:22"] }, { paths: ["22"] }) ?? "", /tcp:22/);
});
