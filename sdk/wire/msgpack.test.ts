import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import test from "node:test";
import fc from "fast-check";
import { MsgpackError, pack, unpack } from "./msgpack.ts";

const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));
const text = (key: string): string => Buffer.from(key).toString("hex");

/** JSON, but for keys that are refused and numbers that msgpack has no form for. */
const json = fc.jsonValue({ maxDepth: 5 }).map((value): unknown =>
  JSON.parse(JSON.stringify(value).replaceAll("__proto__", "proto").replaceAll("-0", "0"))
);

test("unpack() gives back what pack() was given", () => {
  fc.assert(fc.property(json, (value) => assert.deepEqual(unpack(pack(value)), value)));
});

test("unpack() refuses a value that is cut anywhere, and one that is followed by more", () => {
  fc.assert(
    fc.property(json, fc.nat(), (value, n) => {
      const bytes = pack(value);
      assert.throws(() => unpack(bytes.subarray(0, n % bytes.length)), MsgpackError);
      assert.throws(() => unpack(Uint8Array.of(...bytes, 0xc0)), MsgpackError);
    }),
  );
});

const hostile = {
  "no byte": "",
  "the byte that is never used": "c1",
  "a fixed extension": "d40000",
  "a time extension": "d6ff00000000",
  "an extension of 8, 16 or 32 bits length": "c70000",
  "the extension that makes records": "d472" + "40",
  "an array longer than the bytes": "dd7fffffff00",
  "a map longer than the bytes": "df7fffffff",
  "a string longer than the bytes": "dbffffffff61",
  "a binary longer than the bytes": "c6ffffffff61",
  "a key that is a number": "810101",
  "a key that is binary": "81c4016101",
  "a key that is an array": "819001",
  "33 arrays in each other": "91".repeat(33) + "c0",
  "33 maps in each other": "81a161".repeat(33) + "c0",
  "the key __proto__": `81a9${text("__proto__")}80`,
  "the key __proto__ with a longer length field": `81d909${text("__proto__")}80`,
  "the key __proto__ with the longest length field": `81db00000009${text("__proto__")}80`,
  "the key __proto__ deep inside": `9181a16181a9${text("__proto__")}c0`,
};

for (const [name, hex] of Object.entries(hostile)) {
  test(`unpack() refuses ${name}`, () => {
    assert.throws(() => unpack(bytesOf(hex)), MsgpackError);
  });
}

test("unpack() takes 32 values in each other, and of equal keys the last", () => {
  assert.doesNotThrow(() => unpack(bytesOf("91".repeat(32) + "c0")));
  assert.deepEqual(unpack(bytesOf("82a16101a16102")), { a: 2 });
  assert.deepEqual(unpack(bytesOf(`81a7${text("toString")}`.replace("a7", "a8") + "01")), {
    toString: 1,
  });
});

const suite = new URL("../../../shared/corpora/msgpack/msgpack-test-suite.json", import.meta.url);
const skip = existsSync(suite) ? false : "no ../shared/corpora beside the checkout";

test("unpack() reads each encoding of the msgpack test suite", { skip }, () => {
  const groups = JSON.parse(readFileSync(suite, "utf8")) as Record<
    string,
    { msgpack: string[]; [kind: string]: unknown }[]
  >;
  let read = 0;
  for (const { msgpack, ...value } of Object.values(groups).flat()) {
    const [kind, expected] = Object.entries(value).at(-1)!;
    for (const hex of msgpack) {
      const bytes = bytesOf(hex.replaceAll("-", ""));
      if (kind === "ext" || kind === "timestamp") {
        assert.throws(() => unpack(bytes), MsgpackError);
        continue;
      }
      const got = unpack(bytes);
      read++;
      if (kind === "binary") {
        const wanted = bytesOf(String(expected).replaceAll("-", ""));
        assert.deepEqual(new Uint8Array(got as Uint8Array), wanted);
      } else if (kind === "bignum") assert.equal(String(got), expected);
      else if (typeof expected === "number") assert.equal(Number(got), expected);
      else assert.deepEqual(got, expected);
    }
  }
  assert.ok(read >= 200, `${read}`);
});
