/**
 * Canaries: values that nobody has, of each kind that scrubbing finds, in ten encodings; and the
 * search for them. It shares nothing with the scrubber.
 *
 * @module
 */
import { randomBytes, randomInt, randomUUID } from "node:crypto";

/** One value to plant. */
export interface Canary {
  /** Kind of value, or the typed column that it also stands in. */
  readonly what: string;
  readonly value: string;
  /** The part of it that must not be seen. ASCII. */
  readonly core: string;
}

export interface Encoding {
  /** As SECURITY.md calls it. */
  readonly name: string;
  /** False: free text is not searched in it. */
  readonly isClaimed: boolean;
  encode(ascii: string): string;
}

const each = (ascii: string, write: (hex: string, code: number) => string): string =>
  Array.from(Buffer.from(ascii), (code) => write(code.toString(16).padStart(2, "0"), code)).join(
    "",
  );
const utf16 = (ascii: string): Buffer => Buffer.from(ascii, "utf16le");

export const ENCODINGS: readonly Encoding[] = [
  { name: "utf-8", isClaimed: true, encode: (ascii) => ascii },
  { name: "utf-16le", isClaimed: true, encode: (ascii) => utf16(ascii).toString("latin1") },
  {
    name: "utf-16be",
    isClaimed: true,
    encode: (ascii) => utf16(ascii).swap16().toString("latin1"),
  },
  { name: "hex", isClaimed: true, encode: (ascii) => each(ascii, (hex) => hex) },
  { name: "base64", isClaimed: true, encode: (ascii) => Buffer.from(ascii).toString("base64") },
  {
    name: "base64url",
    isClaimed: true,
    encode: (ascii) => Buffer.from(ascii).toString("base64url"),
  },
  { name: "percent", isClaimed: true, encode: (ascii) => each(ascii, (hex) => `%${hex}`) },
  { name: "\\u", isClaimed: true, encode: (ascii) => each(ascii, (hex) => `\\u00${hex}`) },
  { name: "html", isClaimed: false, encode: (ascii) => each(ascii, (_, code) => `&#${code};`) },
  {
    name: "quoted",
    isClaimed: false,
    encode: (ascii) => each(ascii, (hex) => `=${hex.toUpperCase()}`),
  },
];

/** The encodings in which `core` stands in `haystack`, bytes of UTF-8. */
export function foundIn(haystack: Buffer, core: string): readonly string[] {
  return ENCODINGS.filter(({ name, encode }) => {
    const needles = name.startsWith("base64") ? base64Of(core, name) : [encode(core)];
    return needles.some((needle) => haystack.includes(needle));
  }).map(({ name }) => name);
}

/** The digits that `core` alone decides, wherever in a group of three bytes it begins. */
function base64Of(core: string, name: string): readonly string[] {
  return [0, 1, 2].map((shift) => {
    const bytes = Buffer.from("\0".repeat(shift) + core);
    const text = bytes.toString(name === "base64" ? "base64" : "base64url");
    return text.slice(Math.ceil(shift * 8 / 6), Math.floor(bytes.length * 8 / 6));
  });
}

/** A canary of each kind that detectors find in free text. */
export function detectable(): readonly Canary[] {
  const sid = digits(9);
  const guid = randomUUID();
  const [ibanDigits, account] = [digits(18), digits(9)];
  const card = withLuhn(`4${digits(14)}`);
  const hex = randomBytes(3).toString("hex").replaceAll(/..(?=.)/g, "$&:");
  const host = `${word()}.example`;
  const six = `${randomBytes(1).toString("hex")}7f:${randomBytes(1).toString("hex")}8e`;
  const iban = `DE${checkDigits(`${ibanDigits}1314`)}${ibanDigits}`;
  const names = ["email", "sip", "account", "path", "home"].map(word);
  const [email = "", sip = "", user = "", path = "", home = ""] = names;
  return [
    { what: "email", value: `${email}@${host}`, core: email },
    { what: "sip", value: `sip:${sip}@${host}`, core: sip },
    { what: "account", value: `CANARY\\${user}`, core: user },
    { what: "path", value: `C:\\Users\\${path}\\x`, core: path },
    { what: "home", value: `/home/${home}`, core: home },
    { what: "tel", value: `tel:+4930${account}`, core: account },
    ...[digits(9)].map((core) => ({ what: "phone", value: `+49 30 ${core}`, core })),
    { what: "sid", value: `S-1-5-21-${sid}-${digits(9)}-${digits(9)}-1${digits(3)}`, core: sid },
    { what: "guid", value: guid, core: guid.slice(-12) },
    { what: "iban", value: iban, core: ibanDigits },
    { what: "card", value: card, core: card },
    ...[address()].map((ip) => ({ what: "ip", value: ip, core: ip })),
    { what: "ipv6", value: `2001:db8::${six}`, core: six },
    { what: "mac", value: `08:00:27:${hex}`, core: hex },
    jwt(),
  ];
}

/** A canary for a column of that kind. */
export function typed(what: string, kind: string): Canary {
  if (kind === "ip") return ((value) => ({ what, value, core: value }))(address());
  if (kind === "tel") return ((core) => ({ what, value: `+49${core}`, core }))(digits(9));
  const core = word();
  return { what, value: kind === "sip" ? `sip:${core}@pbx.example` : core, core };
}

/** A canary for a column of numbers. */
export function number(what: string): Canary {
  const value = digits(9);
  return { what, value, core: value };
}

/** Eleven letters. */
function word(): string {
  return `q${Array.from(randomBytes(9), (byte) => String.fromCharCode(97 + byte % 26)).join("")}v`;
}

/** The first is 1: of nine, they are an int. */
function digits(count: number): string {
  return Array.from({ length: count }, (_, i) => (i === 0 ? 1 : randomInt(10))).join("");
}

/** Of the block for documentation in which addresses are long. */
function address(): string {
  return `203.0.113.${randomInt(100, 255)}`;
}

function withLuhn(body: string): string {
  const sum = Array.from(body).toReversed().reduce((total, digit, i) => {
    const twice = Number(digit) * (i % 2 === 0 ? 2 : 1);
    return total + (twice > 9 ? twice - 9 : twice);
  }, 0);
  return `${body}${(10 - sum % 10) % 10}`;
}

/** ISO 13616: 98 less the number, with two zeros after it, modulo 97. */
function checkDigits(text: string): string {
  return String(98n - BigInt(`${text}00`) % 97n).padStart(2, "0");
}

function jwt(): Canary {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const core = part({ sub: word() });
  const signature = randomBytes(32).toString("base64url");
  return { what: "jwt", value: `${part({ alg: "HS256", typ: "JWT" })}.${core}.${signature}`, core };
}
