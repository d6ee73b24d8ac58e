/**
 * Values in charging records (TS 32.298 §5.1): times, numbers, addresses, parties.
 *
 * @module
 */
import { type BerElement, berInteger } from "../../sdk/read/ber.ts";
import type { Json } from "../../sdk/mod.ts";

/** Text of a string type; undefined where it is empty or holds control characters. */
export function textOf({ content }: BerElement): string | undefined {
  const text = new TextDecoder().decode(content);
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return text === "" || /[\u0000-\u0008\u000b-\u001f\u007f\ufffd]/.test(text) ? undefined : text;
}

/** `YYMMDDhhmmssShhmm`, BCD but for the sign of the offset: 9 bytes; ms since the epoch. */
export function timeOf({ content }: BerElement): number | undefined {
  if (content.length !== 9) return undefined;
  const sign = content[6];
  if (sign !== 0x2b && sign !== 0x2d) return undefined;
  const digits = Buffer.from(content).toString("hex");
  const part = (at: number): string => digits.slice(at, at + 2);
  const iso = `20${part(0)}-${part(2)}-${part(4)}T${part(6)}:${part(8)}:${part(10)}`;
  const ms = Date.parse(`${iso}${sign === 0x2b ? "+" : "-"}${part(14)}:${part(16)}`);
  return Number.isNaN(ms) ? undefined : ms;
}

const TBCD = "0123456789*#abc";

/** Digits, the low half of each byte first, 15 at the end (TS 29.002 TBCD-STRING). */
export function digitsOf(content: Uint8Array): string | undefined {
  let digits = "";
  for (const byte of content) {
    digits += TBCD[byte & 15] ?? "";
    digits += TBCD[byte >> 4] ?? "";
  }
  return digits === "" ? undefined : digits;
}

/** A directory number: a byte of kind and plan, then digits; `+` where it is international. */
export function numberOf({ content }: BerElement): string | undefined {
  if (content.length < 2) return undefined;
  const digits = digitsOf(content.subarray(1));
  const isInternational = ((content[0]! >> 4) & 7) === 1;
  return digits === undefined ? undefined : `${isInternational ? "+" : ""}${digits}`;
}

/** A number that is 32 bits long at most. */
export function int32Of(element: BerElement): number | undefined {
  const value = berInteger(element);
  return value !== undefined && (value | 0) === value ? value : undefined;
}

/** The address or name of a node: NodeAddress, or an IPAddress. */
export function nodeOf(element: BerElement): { readonly ip?: string; readonly name?: string } {
  const leaf = leafOf(element);
  if (leaf === undefined) return {};
  const { content } = leaf;
  const text = textOf(leaf);
  if (content.length === 4) return { ip: content.join(".") };
  if (content.length === 16 && text === undefined) return { ip: ipv6(content) };
  if (text === undefined) return {};
  return /^[\d.]{7,15}$|^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(text) ? { ip: text } : { name: text };
}

function leafOf(element: BerElement): BerElement | undefined {
  let at: BerElement | undefined = element;
  while (at?.children !== undefined) at = at.children[0];
  return at;
}

function ipv6(content: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => (content[2 * i]! << 8) | content[2 * i + 1]!);
  return groups.map((group) => group.toString(16)).join(":");
}

export interface Party {
  readonly uri?: string;
  readonly number?: string;
}

/** An InvolvedParty, or the first of each kind in a list: sIP-URI is 0, tEL-URI is 1. */
export function partyOf(element: BerElement): Party {
  const choices = element.children ?? [element];
  const uri = choices.find(({ tag }) => tag === 0);
  const tel = choices.find(({ tag }) => tag === 1);
  const sip = uri === undefined ? undefined : textOf(uri);
  const number = tel === undefined ? undefined : textOf(tel)?.replace(/^tel:/i, "");
  return { ...(sip !== undefined && { uri: sip }), ...(number !== undefined && { number }) };
}

/** An element as JSON by its tags: text where it is text, else `0x` and hexadecimal digits. */
export function jsonOf(element: BerElement): Json {
  const { children, content } = element;
  if (children === undefined) {
    return textOf(element) ?? `0x${Buffer.from(content).toString("hex")}`;
  }
  const all: Record<string, Json[]> = {};
  for (const child of children) (all[nameOf(child)] ??= []).push(jsonOf(child));
  return Object.fromEntries(
    Object.entries(all).map(([name, values]) => [name, values.length === 1 ? values[0]! : values]),
  );
}

/** `[7]` of a context tag, `[UNIVERSAL 16]` of another class. */
export function nameOf({ tagClass, tag }: BerElement): string {
  return tagClass === "context" ? `[${tag}]` : `[${tagClass.toUpperCase()} ${tag}]`;
}
