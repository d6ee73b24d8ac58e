/**
 * Fuzz target: chunks of Windows event logs. Their reader never throws over its input.
 *
 * @module
 */
import { readChunk } from "../../../sdk/read/evtx_chunk.ts";
import {
  evtxChunk,
  type TestElement,
  type TestRecord,
  text,
  whole,
} from "../../../sdk/testkit/evtx_writer.ts";
import type { Target } from "../target.ts";

const DATA: TestElement = {
  name: "EventData",
  content: [
    { name: "Data", attributes: { Name: "User" }, content: [{ slot: 0 }] },
    { name: "Data", content: ["x ", { slot: 1 }] },
  ],
};
const system = (data: TestElement | { readonly slot: number }): TestElement => ({
  name: "Event",
  attributes: { xmlns: "urn:x" },
  content: [
    { name: "System", content: [{ name: "EventID", content: [{ slot: 1 }] }] },
    "name" in data ? data : { name: "UserData", content: [data] },
  ],
});
const RECORDS: readonly TestRecord[] = [
  { number: 1n, template: system(DATA), values: [text("ada"), whole(6, 2, 7n)] },
  {
    number: 2n,
    template: system({ slot: 0 }),
    values: [
      { type: 0x21, xml: { template: DATA, values: [text("bob"), whole(21, 8, 1n << 63n)] } },
      { type: 0x81, bytes: new Uint8Array(Buffer.from("a\0b\0", "utf16le")) },
    ],
  },
  { number: 3n, element: system(DATA) },
];
const CHUNK = evtxChunk(RECORDS);
const USED = CHUNK.slice(0, new DataView(CHUNK.buffer).getUint32(48, true));

export const WINDOWS_EVENT_TARGET: Target = {
  name: "evtx-chunk",
  corpus: [USED],
  take: (input) => {
    const { records, damage } = readChunk(input);
    return damage[0]?.error.code ?? (records.length > 0 ? "accepted" : "empty");
  },
};
