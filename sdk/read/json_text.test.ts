import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { measureDocument } from "./json_text.ts";

test("measureDocument() finds the end of any document, on one line or many", () => {
  const documents = fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.array(fc.jsonValue()));
  fc.assert(
    fc.property(documents, fc.constantFrom(undefined, 2), (value, indent) => {
      const text = JSON.stringify(value, undefined, indent);
      assert.deepEqual(measureDocument(`${text}\n{"next":1}`, 0), {
        kind: "document",
        end: text.length,
      });
    }),
  );
});
