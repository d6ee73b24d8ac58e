/**
 * Binary XML of Windows events: tokens to a small tree (MS-EVEN6 §2.2.12, libevtx "EVTX format").
 *
 * A template is parsed once a chunk; what a record adds are the values of its substitutions. Tokens
 * of a record that has no template lack the two bytes of a dependency id in each element.
 *
 * @module
 */
import { type ChunkBytes, EvtxError } from "./evtx_bytes.ts";
import { type Frame, VALUE_HEAD_BYTES, valueAt } from "./evtx_values.ts";

/** A place in a template that a record fills with its value of that number. */
export interface Slot {
  readonly index: number;
  /** An element or attribute of which it is the only content is left out where it is empty. */
  readonly optional: boolean;
}

/** A template with the values for its slots, inside other content. */
export interface Instance {
  readonly template: Template;
  readonly frame: Frame;
}

export interface Attribute {
  readonly name: string;
  readonly parts: readonly (string | Slot)[];
}

export interface Element {
  readonly name: string;
  readonly attributes: readonly Attribute[];
  readonly content: readonly Node[];
}

export type Node = string | Slot | Element | Instance;

/** A parsed template definition; a failed one fails again without being parsed. */
export interface Template {
  readonly content: readonly Node[];
}

const TOKEN = {
  end: 0x00,
  open: 0x01,
  closeStart: 0x02,
  closeEmpty: 0x03,
  closeElement: 0x04,
  value: 0x05,
  attribute: 0x06,
  cdata: 0x07,
  character: 0x08,
  entity: 0x09,
  instructionTarget: 0x0a,
  instructionText: 0x0b,
  instance: 0x0c,
  slot: 0x0d,
  optionalSlot: 0x0e,
  fragment: 0x0f,
} as const;
/** Of an element: it has attributes. Of others: more of the same follows. */
const MORE = 0x40;
const MAX_DEPTH = 64;
const ENTITIES: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  amp: "&",
  quot: '"',
  apos: "'",
};
/** Next offset, GUID and size before a template's own tokens. */
const TEMPLATE_HEAD_BYTES = 24;

/** What the records of one chunk share. */
export class BinXml {
  readonly chunk: ChunkBytes;
  readonly #templates = new Map<number, Template | EvtxError>();

  constructor(chunk: ChunkBytes) {
    this.chunk = chunk;
  }

  /**
   * Parses the tokens in `[at, end)` of a record or a value: not those of a template.
   *
   * @throws {EvtxError}
   */
  fragment(at: number, end: number): readonly Node[] {
    this.chunk.demand(at, end - at);
    this.chunk.spend(end - at);
    return new Parser(this, { at, end, inTemplate: false }).content();
  }

  /** The template whose definition is at `at`. */
  template(at: number): Template {
    const known = this.#templates.get(at);
    if (known instanceof EvtxError) throw known;
    if (known !== undefined) return known;
    // A definition that leads back to itself finds this.
    this.#templates.set(at, new EvtxError("depth", "A template contains itself"));
    try {
      const size = this.chunk.u32(at + TEMPLATE_HEAD_BYTES - 4);
      const start = at + TEMPLATE_HEAD_BYTES;
      this.chunk.demand(start, size);
      this.chunk.spend(size);
      const parser = new Parser(this, { at: start, end: start + size, inTemplate: true });
      const template = { content: parser.content() };
      this.#templates.set(at, template);
      return template;
    } catch (error) {
      if (error instanceof EvtxError) this.#templates.set(at, error);
      throw error;
    }
  }

  /** Bytes of the definition at `at`. */
  templateBytes(at: number): number {
    return TEMPLATE_HEAD_BYTES + this.chunk.u32(at + TEMPLATE_HEAD_BYTES - 4);
  }
}

interface Extent {
  readonly at: number;
  readonly end: number;
  readonly inTemplate: boolean;
}

class Parser {
  readonly #xml: BinXml;
  readonly #chunk: ChunkBytes;
  readonly #end: number;
  readonly #inTemplate: boolean;
  #at: number;
  #depth = 0;

  constructor(xml: BinXml, { at, end, inTemplate }: Extent) {
    this.#xml = xml;
    this.#chunk = xml.chunk;
    this.#at = at;
    this.#end = end;
    this.#inTemplate = inTemplate;
  }

  /** Nodes up to the end of an element, of the fragment or of the bytes. */
  content(): readonly Node[] {
    const nodes: Node[] = [];
    while (this.#at < this.#end) {
      const token = this.#chunk.u8(this.#at);
      const kind = token & ~MORE;
      if (kind === TOKEN.end || kind === TOKEN.closeElement) {
        this.#at++;
        return nodes;
      }
      if (kind === TOKEN.open) nodes.push(this.#element((token & MORE) !== 0));
      else if (kind === TOKEN.instance) nodes.push(this.#instance());
      else if (kind === TOKEN.fragment) this.#at += 4;
      else if (kind === TOKEN.instructionTarget) this.#skipInstruction();
      else {
        const part = this.#part(kind);
        if (part === undefined) {
          throw new EvtxError("token", `No content begins with token 0x${token.toString(16)}`);
        }
        nodes.push(part);
      }
    }
    return nodes;
  }

  #element(hasAttributes: boolean): Element {
    if (++this.#depth > MAX_DEPTH) throw new EvtxError("depth", "Elements nest too deep");
    this.#at += this.#inTemplate ? 7 : 5;
    const name = this.#name();
    if (hasAttributes) this.#at += 4;
    const attributes = this.#attributes();
    const close = this.#chunk.u8(this.#at++);
    let content: readonly Node[] = [];
    if (close === TOKEN.closeStart) content = this.content();
    else if (close !== TOKEN.closeEmpty) {
      throw new EvtxError("token", `An element's start ends with token 0x${close.toString(16)}`);
    }
    this.#depth--;
    return { name, attributes, content };
  }

  #attributes(): readonly Attribute[] {
    const attributes: Attribute[] = [];
    while ((this.#chunk.u8(this.#at) & ~MORE) === TOKEN.attribute) {
      this.#at++;
      const name = this.#name();
      const parts: (string | Slot)[] = [];
      for (;;) {
        const part = this.#part(this.#chunk.u8(this.#at) & ~MORE);
        if (part === undefined) break;
        parts.push(part);
      }
      attributes.push({ name, parts });
    }
    return attributes;
  }

  /** Text or a slot; undefined where the token is neither, and nothing is taken. */
  #part(kind: number): string | Slot | undefined {
    const chunk = this.#chunk;
    const at = this.#at;
    switch (kind) {
      case TOKEN.value: {
        const { text, size } = valueAt(chunk, at + 1);
        this.#at += VALUE_HEAD_BYTES + size;
        return text;
      }
      case TOKEN.cdata: {
        const size = chunk.u16(at + 1) * 2;
        this.#at += 3 + size;
        return chunk.utf16(at + 3, size);
      }
      case TOKEN.character:
        this.#at += 3;
        return String.fromCharCode(chunk.u16(at + 1));
      case TOKEN.entity: {
        this.#at++;
        const name = this.#name();
        return ENTITIES[name] ?? `&${name};`;
      }
      case TOKEN.slot:
      case TOKEN.optionalSlot:
        chunk.demand(at, 4);
        this.#at += 4;
        return { index: chunk.u16(at + 1), optional: kind === TOKEN.optionalSlot };
      default:
        return undefined;
    }
  }

  /** The name that the next four bytes point to; it may stand right behind them. */
  #name(): string {
    const from = this.#chunk.u32(this.#at);
    this.#at += 4;
    if (from === this.#at) this.#at += this.#chunk.nameBytes(from);
    return this.#chunk.name(from);
  }

  #skipInstruction(): void {
    this.#at++;
    this.#name();
    if (this.#chunk.u8(this.#at) === TOKEN.instructionText) {
      this.#at += 3 + this.#chunk.u16(this.#at + 1) * 2;
    }
  }

  /**
   * A template's values: each has its size and type before the first of them.
   *
   * | offset | size | content                                                  |
   * | -----: | ---: | -------------------------------------------------------- |
   * |      0 |    2 | token, version                                           |
   * |      2 |    4 | template id                                              |
   * |      6 |    4 | offset of the definition; often it stands right here     |
   * |     10 |    4 | number of values n                                       |
   * |     14 |   4n | each: size in 2 bytes, type in 1, unused 1               |
   */
  #instance(): Instance {
    const chunk = this.#chunk;
    const from = chunk.u32(this.#at + 6);
    this.#at += 10;
    const template = this.#xml.template(from);
    if (from === this.#at) this.#at += this.#xml.templateBytes(from);
    const count = chunk.u32(this.#at);
    this.#at += 4;
    if (count > (this.#end - this.#at) / 4) {
      throw new EvtxError("bounds", `${count} values are more than the record has room for`);
    }
    chunk.demand(this.#at, count * 4);
    const frame: Frame = { heads: this.#at, count, ends: new Int32Array(count) };
    let at = this.#at + count * 4;
    for (let i = 0; i < count; i++) {
      at += chunk.view.getUint16(frame.heads + i * 4, true);
      frame.ends[i] = at;
    }
    if (at > this.#end) throw new EvtxError("bounds", "Its values end beyond the record");
    this.#at = at;
    return { template, frame };
  }
}
