/**
 * What a record has beside `System`, with its values in their places.
 *
 * @module
 */
import type { Json } from "../table.ts";
import { addData, elementJson, Members } from "./event_data.ts";
import type { Attribute, BinXml, Element, Node, Slot } from "./evtx_binxml.ts";
import { EvtxError } from "./evtx_bytes.ts";
import { type Frame, isBinXml, itemsOf, placeOf, textNamed } from "./evtx_values.ts";
import type { WindowsEvent } from "./windows_event.ts";

/** An element and the values for its slots. */
export interface Rooted {
  readonly element: Element;
  readonly frame: Frame | undefined;
}

/** Values that are XML themselves nest no deeper. */
const MAX_DEPTH = 16;
/** What an element costs of a chunk's budget, in bytes. */
const ELEMENT_COST = 16;

/** The first element among `nodes`, or of the template that stands there. */
export function soleElement(nodes: readonly Node[], frame: Frame | undefined): Rooted | undefined {
  for (const node of nodes) {
    if (typeof node === "string" || "index" in node) continue;
    if ("name" in node) return { element: node, frame };
    const inner = soleElement(node.template.content, node.frame);
    if (inner !== undefined) return inner;
  }
  return undefined;
}

/** Section and data of an event of which `body` stands beside `System`. */
export function dataOf(
  xml: BinXml,
  body: Element | Slot | undefined,
  frame: Frame | undefined,
): Pick<WindowsEvent, "section" | "data"> {
  const root = rootOf(xml, body, frame);
  if (root === undefined) return { section: undefined, data: null };
  const reader = new DataReader(xml);
  const { name } = root.element;
  const data = name === "EventData" ? reader.eventData(root) : reader.element(root);
  return { section: name, data };
}

function rootOf(
  xml: BinXml,
  body: Element | Slot | undefined,
  frame: Frame | undefined,
): Rooted | undefined {
  if (body === undefined) return undefined;
  if ("name" in body) return { element: body, frame };
  const place = frame === undefined ? undefined : placeOf(xml.chunk, frame, body.index);
  if (place === undefined || !isBinXml(place)) return undefined;
  return soleElement(xml.fragment(place.at, place.at + place.size), undefined);
}

/** What is found in an element called `name`. */
interface Content {
  readonly name: string;
  readonly attributes: Members;
  readonly children: Members;
  text: string;
}

class DataReader {
  readonly #xml: BinXml;
  #depth = 0;

  constructor(xml: BinXml) {
    this.#xml = xml;
  }

  eventData(root: Rooted): Json {
    const data = new Members();
    const attributes = this.#attributes(root);
    if (attributes.count > 0) data.add("#attributes", attributes.json());
    this.#addData(data, root.element.content, root.frame);
    return data.count === 0 ? null : data.json();
  }

  element({ element, frame }: Rooted): Json {
    const attributes = this.#attributes({ element, frame });
    const found = { name: element.name, attributes, children: new Members(), text: "" };
    this.#addContent(found, element.content, frame);
    return elementJson(found);
  }

  #addData(data: Members, nodes: readonly Node[], frame: Frame | undefined): void {
    this.#enter();
    for (const node of nodes) {
      if (typeof node === "string") continue;
      if ("name" in node) this.#addDatum(data, node, frame);
      else if ("template" in node) this.#addData(data, node.template.content, node.frame);
      else {
        const inner = this.#embedded(node, frame);
        if (inner !== undefined) this.#addData(data, inner, undefined);
      }
    }
    this.#depth--;
  }

  #addDatum(data: Members, element: Element, frame: Frame | undefined): void {
    this.#xml.chunk.spend(ELEMENT_COST);
    const { name, attributes } = element;
    if (name !== "Data") {
      data.add(name, this.element({ element, frame }));
      return;
    }
    const label = attributes.find((attribute) => attribute.name === "Name");
    const named = label === undefined ? undefined : this.#attributeText(label, frame);
    addData(data, named, this.#values(named ?? "", { element, frame }));
  }

  /** The value of a `Data`; several where it is an array of strings. */
  #values(name: string, rooted: Rooted): readonly Json[] {
    const { chunk } = this.#xml;
    const { content } = rooted.element;
    const [node] = content;
    if (node === undefined) return [null];
    if (content.length > 1 || typeof node === "string" || !("index" in node)) {
      return [this.#textOrElement(rooted)];
    }
    const place = rooted.frame === undefined ? undefined : placeOf(chunk, rooted.frame, node.index);
    if (place === undefined) return [null];
    if (isBinXml(place)) return [this.#textOrElement(rooted)];
    return itemsOf(chunk, place) ?? [textNamed(chunk, place, name)];
  }

  #textOrElement({ element, frame }: Rooted): Json {
    const attributes = new Members();
    const found = { name: element.name, attributes, children: new Members(), text: "" };
    this.#addContent(found, element.content, frame);
    return elementJson(found);
  }

  #addContent(
    found: Content,
    nodes: readonly Node[],
    frame: Frame | undefined,
  ): void {
    this.#enter();
    const { chunk } = this.#xml;
    for (const node of nodes) {
      chunk.spend(ELEMENT_COST);
      if (typeof node === "string") found.text += node;
      else if ("name" in node) {
        found.children.add(node.name, this.element({ element: node, frame }));
      } else if ("template" in node) this.#addContent(found, node.template.content, node.frame);
      else {
        const place = frame === undefined ? undefined : placeOf(chunk, frame, node.index);
        if (place === undefined) continue;
        const inner = this.#embedded(node, frame);
        if (inner === undefined) found.text += textNamed(chunk, place, found.name);
        else this.#addContent(found, inner, undefined);
      }
    }
    this.#depth--;
  }

  /** The nodes of a value that is binary XML. */
  #embedded(slot: Slot, frame: Frame | undefined): readonly Node[] | undefined {
    const { chunk } = this.#xml;
    const place = frame === undefined ? undefined : placeOf(chunk, frame, slot.index);
    if (place === undefined || !isBinXml(place)) return undefined;
    return this.#xml.fragment(place.at, place.at + place.size);
  }

  #attributes({ element, frame }: Rooted): Members {
    const members = new Members();
    for (const attribute of element.attributes) {
      if (attribute.name === "xmlns" || attribute.name.startsWith("xmlns:")) continue;
      const text = this.#attributeText(attribute, frame);
      if (text !== undefined) members.add(attribute.name, text);
    }
    return members;
  }

  #attributeText({ name, parts }: Attribute, frame: Frame | undefined): string | undefined {
    const [only] = parts;
    if (parts.length === 1 && typeof only === "string") return only;
    const { chunk } = this.#xml;
    let text: string | undefined;
    for (const part of parts) {
      if (typeof part === "string") text = (text ?? "") + part;
      else {
        const place = frame === undefined ? undefined : placeOf(chunk, frame, part.index);
        if (place !== undefined) text = (text ?? "") + textNamed(chunk, place, name);
      }
    }
    return text;
  }

  #enter(): void {
    if (++this.#depth > MAX_DEPTH) throw new EvtxError("depth", "Values nest too deep");
  }
}
