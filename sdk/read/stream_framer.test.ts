import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { type FramerOptions, StreamFramer } from "./stream_framer.ts";

const encoder = new TextEncoder();

function framed(
  pieces: readonly Uint8Array[],
  options: Partial<FramerOptions> = {},
): readonly string[] {
  const out: string[] = [];
  const framer = new StreamFramer(
    { framing: "auto", maxMessageBytes: 1000, ...options },
    ({ bytes, cut }) => {
      out.push(Buffer.from(bytes).toString("latin1") + (cut ? ` of ${cut.messageBytes}` : ""));
    },
  );
  for (const piece of pieces) framer.push(piece);
  framer.end();
  return out;
}

interface Case {
  readonly name: string;
  readonly input: string;
  readonly options?: Partial<FramerOptions>;
  readonly messages: readonly string[];
}

const cases: readonly Case[] = [
  { name: "lines", input: "<1>a\n<2>b\n", messages: ["<1>a", "<2>b"] },
  { name: "counted messages", input: "4 <1>a5 <2>\nb", messages: ["<1>a", "<2>\nb"] },
  {
    name: "both in one connection",
    input: "4 <1>a<2>b\n4 <3>c",
    messages: ["<1>a", "<2>b", "<3>c"],
  },
  {
    name: "LF and NUL after counted messages",
    input: "4 <1>a\n\x004 <2>b\n",
    messages: ["<1>a", "<2>b"],
  },
  { name: "a last line without LF", input: "<1>a\n<2>b", messages: ["<1>a", "<2>b"] },
  { name: "a count that is not reached", input: "9 <1>a", messages: ["<1>a of 9"] },
  { name: "a year at the start of a line", input: "2026 Jan 1 x\n", messages: ["2026 Jan 1 x"] },
  { name: "a date at the start of a line", input: "2026-01-01 x\n", messages: ["2026-01-01 x"] },
  {
    name: "a count without end",
    input: "99999999999999999999 <1>a\n",
    messages: ["99999999999999999999 <1>a"],
  },
  {
    name: "a count beyond what is there",
    input: "99999999 <1>a\n<2>b\n",
    messages: ["<1>a\n<2>b\n of 99999999"],
  },
  { name: "digits at the end", input: "<1>a\n12", messages: ["<1>a", "12"] },
  { name: "a count of nothing", input: "0 <1>a\n", messages: ["0 <1>a"] },
  {
    name: "a line over the limit",
    input: "<1>abc\n<2>\n",
    options: { maxMessageBytes: 4 },
    messages: ["<1>a of 6", "<2>"],
  },
  {
    name: "a counted message over the limit",
    input: "6 <1>abc3 <2>",
    options: { maxMessageBytes: 4 },
    messages: ["<1>a of 6", "<2>"],
  },
  {
    name: "digits in framing lf",
    input: "4 <1>a\n",
    options: { framing: "lf" },
    messages: ["4 <1>a"],
  },
  {
    name: "any content in framing octets",
    input: "4 abcd2 <1",
    options: { framing: "octets" },
    messages: ["abcd", "<1"],
  },
];

for (const { name, input, options, messages } of cases) {
  test(`StreamFramer reads ${name}`, () => {
    assert.deepEqual(framed([encoder.encode(input)], options), messages);
  });
}

const hostile = fc.array(
  fc.oneof(
    fc.uint8Array({ maxLength: 20 }),
    fc.constantFrom("4 <1>a", "<13>line\n", "12 <", "99999999999", "\n\n", "7 ", "0").map((text) =>
      encoder.encode(text)
    ),
  ),
  { maxLength: 12 },
).map((parts) => new Uint8Array(Buffer.concat(parts)));

test("StreamFramer gives the same messages however the bytes are split", () => {
  fc.assert(
    fc.property(
      hostile,
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
      fc.constantFrom("auto", "lf", "octets"),
      (bytes, sizes, framing) => {
        const pieces: Uint8Array[] = [];
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const end = at + sizes[i % sizes.length]!;
          pieces.push(bytes.slice(at, end));
          at = end;
        }
        const options = { framing, maxMessageBytes: 16 } as const;
        assert.deepEqual(framed(pieces, options), framed([bytes], options));
      },
    ),
  );
});

test("StreamFramer gives back any messages that were counted", () => {
  const message = fc.uint8Array({ minLength: 1, maxLength: 50 });
  fc.assert(fc.property(fc.array(message), (messages) => {
    const pieces = messages.flatMap((bytes) => [encoder.encode(`${bytes.length} `), bytes]);
    const separated = framed(pieces, { framing: "octets" });
    assert.deepEqual(separated, messages.map((bytes) => Buffer.from(bytes).toString("latin1")));
  }));
});
