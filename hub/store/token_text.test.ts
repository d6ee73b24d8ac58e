import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { entryBytes, TOKEN_BYTES } from "../../sdk/columns/column.ts";
import { tokenText } from "../../sdk/scrub/token.ts";
import { tokenStrings } from "./token_text.ts";

const kinds = fc.constantFrom("user", "ip", "ipnet", "value");
const tokens = fc.array(fc.uint8Array({ minLength: TOKEN_BYTES, maxLength: TOKEN_BYTES }), {
  maxLength: 5,
});
const names = fc.array(fc.constantFrom("root", "SYSTEM", "é"), { maxLength: 3 });

test("tokenStrings() writes what tokenText() writes, then the plain entries", () => {
  fc.assert(
    fc.property(fc.record({ kind: kinds, epoch: fc.nat(9), list: tokens, names }), (given) => {
      const { kind, epoch, list } = given;
      let end = 0;
      const ends = Uint32Array.from(given.names, (name) => end += Buffer.byteLength(name));
      const plain = { bytes: Buffer.from(given.names.join("")), ends };
      const joined = new Uint8Array(Buffer.concat(list));
      const strings = tokenStrings({ kind, epoch, tokens: joined, plain });
      const texts = Array.from(
        strings.ends,
        (_, i) => Buffer.from(entryBytes(strings, i)).toString(),
      );
      assert.deepEqual(texts, [
        ...list.map((token) => tokenText(kind, epoch, token)),
        ...given.names,
      ]);
    }),
    { numRuns: 100 },
  );
});
