/**
 * Writes small EVTX files, so that tests of their reader need no real logs.
 *
 * Names stand where they are used, and each record has its template beside it: valid, if wasteful.
 *
 * @module
 */
import { crc32 } from "node:zlib";

/** A place for the value of that number. */
export interface TestSlot {
  readonly slot: number;
}

export interface TestElement {
  readonly name: string;
  readonly attributes?: Readonly<Record<string, string | TestSlot>>;
  readonly content?: readonly (string | TestSlot | TestElement)[];
}

/** A template's values, or an element that is written without a template. */
export type TestXml =
  | { readonly template: TestElement; readonly values: readonly TestValue[] }
  | { readonly element: TestElement };

/** `type` as in `BinXml`; of binary XML give `xml`. */
export type TestValue =
  | { readonly type: number; readonly bytes: Uint8Array }
  | { readonly type: 0x21; readonly xml: TestXml };

/** `writtenAt` is a FILETIME; default is the beginning of 2026. */
export type TestRecord = TestXml & { readonly number: bigint; readonly writtenAt?: bigint };

const CHUNK_BYTES = 65_536;
const FILE_HEAD_BYTES = 4096;
const NEW_YEAR_2026 = 134_117_856_000_000_000n;

/** A string value. */
export function text(value: string): TestValue {
  return { type: 1, bytes: new Uint8Array(Buffer.from(value, "utf16le")) };
}

/** A whole number of 1, 2, 4 or 8 bytes. */
export function whole(type: number, size: number, value: bigint): TestValue {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, value), true);
  return { type, bytes: bytes.subarray(0, size) };
}

/** A file of such chunks; each but the last takes its 64 KiB. */
export function evtxFile(chunks: readonly (readonly TestRecord[])[]): Uint8Array {
  const parts = chunks.map((records, i) => {
    const chunk = evtxChunk(records);
    return i < chunks.length - 1
      ? chunk
      : chunk.subarray(0, new DataView(chunk.buffer).getUint32(48, true));
  });
  const head = new Uint8Array(FILE_HEAD_BYTES);
  const view = new DataView(head.buffer);
  head.set(Buffer.from("ElfFile\0"));
  view.setBigUint64(16, BigInt(Math.max(0, chunks.length - 1)), true);
  view.setBigUint64(24, (chunks.at(-1)?.at(-1)?.number ?? 0n) + 1n, true);
  view.setUint32(32, 128, true);
  view.setUint16(36, 1, true);
  view.setUint16(38, 3, true);
  view.setUint16(40, FILE_HEAD_BYTES, true);
  view.setUint16(42, chunks.length, true);
  view.setUint32(124, crc32(head.subarray(0, 120)), true);
  return new Uint8Array(Buffer.concat([head, ...parts]));
}

/** One chunk of 64 KiB. */
export function evtxChunk(records: readonly TestRecord[]): Uint8Array<ArrayBuffer> {
  const writer = new ChunkWriter();
  let last = 512;
  for (const record of records) {
    last = writer.at;
    writer.record(record);
  }
  const { bytes, view, at } = writer;
  bytes.set(Buffer.from("ElfChnk\0"));
  const [first, final] = [records[0]?.number ?? 0n, records.at(-1)?.number ?? 0n];
  for (const [place, number] of [[8, first], [16, final], [24, first], [32, final]] as const) {
    view.setBigUint64(place, number, true);
  }
  view.setUint32(40, 128, true);
  view.setUint32(44, last, true);
  view.setUint32(48, at, true);
  view.setUint32(52, crc32(bytes.subarray(512, at)), true);
  const head = crc32(bytes.subarray(128, 512), crc32(bytes.subarray(0, 120)));
  view.setUint32(124, head, true);
  return bytes;
}

class ChunkWriter {
  readonly bytes = new Uint8Array(CHUNK_BYTES);
  readonly view = new DataView(this.bytes.buffer);
  at = 512;

  record(record: TestRecord): void {
    const start = this.at;
    this.u32(0x00002a2a);
    this.at += 4;
    this.u64(record.number);
    this.u64(record.writtenAt ?? NEW_YEAR_2026);
    this.xml(record);
    this.at += (8 - ((this.at + 4) % 8)) % 8;
    this.u32(this.at + 4 - start);
    this.view.setUint32(start + 4, this.at - start, true);
  }

  xml(xml: TestXml): void {
    this.put(0x0f, 1, 1, 0);
    if ("element" in xml) this.element(xml.element, false);
    else this.instance(xml);
    this.put(0);
  }

  instance({ template, values }: Extract<TestXml, { readonly values: unknown }>): void {
    this.put(0x0c, 1);
    this.u32(1);
    this.u32(this.at + 4);
    this.at += 20;
    const size = this.at;
    this.at += 4;
    this.put(0x0f, 1, 1, 0);
    this.element(template, true);
    this.put(0);
    this.view.setUint32(size, this.at - size - 4, true);
    this.u32(values.length);
    const heads = this.at;
    this.at += values.length * 4;
    for (const [i, value] of values.entries()) {
      const start = this.at;
      if ("xml" in value) this.xml(value.xml);
      else this.put(...value.bytes);
      this.view.setUint16(heads + i * 4, this.at - start, true);
      this.bytes[heads + i * 4 + 2] = value.type;
    }
  }

  element({ name, attributes = {}, content = [] }: TestElement, inTemplate: boolean): void {
    const list = Object.entries(attributes);
    this.put(list.length > 0 ? 0x41 : 0x01);
    if (inTemplate) this.put(0xff, 0xff);
    const size = this.at;
    this.at += 4;
    this.name(name);
    if (list.length > 0) this.at += 4;
    for (const [i, [attribute, value]] of list.entries()) {
      this.put(i < list.length - 1 ? 0x46 : 0x06);
      this.name(attribute);
      this.part(value);
    }
    this.put(content.length > 0 ? 2 : 3);
    for (const node of content) {
      if (typeof node === "object" && "name" in node) this.element(node, inTemplate);
      else this.part(node);
    }
    if (content.length > 0) this.put(4);
    this.view.setUint32(size, this.at - size - 4, true);
  }

  part(part: string | TestSlot): void {
    if (typeof part === "object") this.put(0x0d, part.slot & 0xff, part.slot >> 8, 1);
    else {
      this.put(0x05, 1);
      this.chars(part);
    }
  }

  name(name: string): void {
    this.u32(this.at + 4);
    this.at += 6;
    this.chars(name);
    this.at += 2;
  }

  chars(value: string): void {
    this.put(value.length & 0xff, value.length >> 8, ...Buffer.from(value, "utf16le"));
  }

  put(...bytes: readonly number[]): void {
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  u32(value: number): void {
    this.view.setUint32(this.at, value, true);
    this.at += 4;
  }

  u64(value: bigint): void {
    this.view.setBigUint64(this.at, value, true);
    this.at += 8;
  }
}
