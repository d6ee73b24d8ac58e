import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { ContentLengthFramer } from "./content_length_framer.ts";

function framed(pieces: readonly string[], maxBytes = 100): readonly string[] {
  const out: string[] = [];
  const framer = new ContentLengthFramer(maxBytes, ({ bytes, cut }) => {
    const text = Buffer.from(bytes).toString("latin1");
    out.push(cut === undefined ? text : `${text} of ${cut.messageBytes}`);
  });
  for (const piece of pieces) framer.push(Buffer.from(piece, "latin1"));
  framer.end();
  if (framer.isBroken) out.push("broken");
  return out;
}

const long = "x".repeat(120);
const CASES: readonly (readonly [string, string, readonly string[]])[] = [
  ["bodies", "A\r\nl: 2\r\n\r\nxyB\r\n\r\n", ["A\r\nl: 2\r\n\r\nxy", "B\r\n\r\n"]],
  ["bare line feeds", "A\nContent-Length:1\n\nxB\n\n", ["A\nContent-Length:1\n\nx", "B\n\n"]],
  ["keep-alives between", "\r\n\r\nA\r\n\r\n\r\n\r\nB\r\n\r\n", ["A\r\n\r\n", "B\r\n\r\n"]],
  ["an end in the headers", "A\r\nl: 2\r\n", ["A\r\nl: 2\r\n of 10"]],
  ["an end in the body", "A\r\nl: 4\r\n\r\nxy", ["A\r\nl: 4\r\n\r\nxy of 15"]],
  ["headers over the limit", `${long}\r\n\r\nB\r\n\r\n`, [`${"x".repeat(100)} of 125`, "broken"]],
  ["headers without end", long, [`${"x".repeat(100)} of 121`, "broken"]],
  ["a length that is none", "A\r\nl: -1\r\n\r\nB\r\n\r\n", ["A\r\nl: -1\r\n\r\n of 13", "broken"]],
  ["two lengths", "A\r\nl: 1\r\nl: 2\r\n\r\nxB", ["A\r\nl: 1\r\nl: 2\r\n\r\n of 18", "broken"]],
  [
    "a body over the limit, which is skipped",
    `A\r\nl: 120\r\n\r\n${long}B\r\n\r\n`,
    [`A\r\nl: 120\r\n\r\n${"x".repeat(87)} of 133`, "B\r\n\r\n"],
  ],
];
for (const [name, input, messages] of CASES) {
  test(`ContentLengthFramer takes ${name}`, () => {
    assert.deepEqual(framed([input]), messages);
  });
}

test("ContentLengthFramer gives the same however the bytes are cut", () => {
  const words = fc.constantFrom("A", "\r\n", "\n", "l: 3", "l:0", "\r\n\r\n", "xyz", "Via: b");
  fc.assert(
    fc.property(fc.array(words, { maxLength: 30 }), (parts) => {
      const whole = framed([parts.join("")], 40);
      // What a stream that is broken has of its last message depends on how much came at once.
      if (whole.at(-1) !== "broken") assert.deepEqual(framed(parts.join("").split(""), 40), whole);
    }),
    { numRuns: 500 },
  );
});
