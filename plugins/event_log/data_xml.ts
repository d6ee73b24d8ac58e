/**
 * The data of an event as XML, as the table `Event` has it.
 *
 * @module
 */
import type { Json } from "../../sdk/mod.ts";

const ESCAPES: Readonly<Record<string, string>> = {
  "<": "&lt;",
  ">": "&gt;",
  "&": "&amp;",
  '"': "&quot;",
};

/** The element `section` with its data. */
export function dataXml(section: string, data: Json): string {
  return section === "EventData" ? eventDataXml(data) : elementXml(section, data);
}

/** All values, each in a `Param`. */
export function paramsXml(data: Json): string {
  return textsOf(data).map((text) => `<Param>${escape(text)}</Param>`).join("");
}

function eventDataXml(data: Json): string {
  const members = entriesOf(data).flatMap(([name, value]) => {
    if (name === "#attributes") return [];
    if (name === "Data" || name === "Binary") return itemsOf(value).map((v) => elementXml(name, v));
    return itemsOf(value).map((v) => `<Data Name="${escape(name)}">${contentXml(v)}</Data>`);
  });
  return `<EventData${attributesXml(data)}>${members.join("")}</EventData>`;
}

function elementXml(name: string, value: Json): string {
  const content = contentXml(value);
  return content === ""
    ? `<${name}${attributesXml(value)}/>`
    : `<${name}${attributesXml(value)}>${content}</${name}>`;
}

function contentXml(value: Json): string {
  if (value === null) return "";
  if (typeof value !== "object") return escape(String(value));
  return entriesOf(value).flatMap(([name, member]) => {
    if (name === "#attributes") return [];
    if (name === "#text") return [contentXml(member)];
    return itemsOf(member).map((item) => elementXml(name, item));
  }).join("");
}

function attributesXml(value: Json): string {
  const attributes = entriesOf(value).find(([name]) => name === "#attributes")?.[1] ?? null;
  return entriesOf(attributes).map(([name, text]) => ` ${name}="${contentXml(text)}"`).join("");
}

function textsOf(value: Json): readonly string[] {
  if (value === null) return [""];
  if (typeof value !== "object") return [String(value)];
  return entriesOf(value).flatMap(([, member]) => itemsOf(member).flatMap(textsOf));
}

function entriesOf(value: Json): readonly (readonly [string, Json])[] {
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
}

function itemsOf(value: Json): readonly Json[] {
  return isList(value) ? value : [value];
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function escape(text: string): string {
  return text.replaceAll(/[<>&"]/g, (char) => ESCAPES[char]!);
}
