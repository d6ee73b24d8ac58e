/**
 * `parse_xml`: elements, attributes and text as JSON.
 *
 * An element is its text, or a bag of its attributes (`@name`), its text (`#text`) and its elements,
 * those of one name as an array. What is no XML, or declares a document type, gives no value.
 *
 * @module
 */
import { readXml, type XmlElement, XmlError } from "../../../../../sdk/read/xml.ts";
import { defineNative, type NativeFunction } from "../define.ts";
import type { Json } from "../json.ts";

/** Kusto's own bound. */
const MAX_LENGTH = 1024 * 1024;

export const XML: readonly NativeFunction[] = [
  defineNative("parse_xml", [["string"], "dynamic"], ([text]) => {
    if (text === "" || text.length > MAX_LENGTH) return null;
    try {
      const { root, isWhole, end } = readXml(text);
      const isDocument = isWhole && /^(?:\s|<!--[^]*?-->|<\?[^]*?\?>)*$/.test(text.slice(end));
      return isDocument ? new Map([[root.name, jsonOf(root)]]) : null;
    } catch (error) {
      if (error instanceof XmlError) return null;
      throw error;
    }
  }),
];

/** The reader bounds the depth. */
function jsonOf({ attributes, children, text }: XmlElement): Json {
  const shown = text === "" ? null : text;
  if (attributes.size === 0 && children.length === 0) return shown;
  const members = new Map<string, Json>();
  for (const [name, value] of attributes) members.set(`@${name}`, value);
  if (shown !== null) members.set("#text", shown);
  const byName = Map.groupBy(children, ({ name }) => name);
  for (const [name, [first, ...more]] of byName) {
    members.set(name, more.length === 0 ? jsonOf(first!) : [first!, ...more].map(jsonOf));
  }
  return members;
}
