/**
 * Words that are looked for in every encoding that a careless program may write them in.
 *
 * @module
 */

/** Bytes in which many words are looked for. */
export interface Haystack {
  readonly bytes: Buffer;
  /** A bit for each three bytes that stand side by side: a word with others is not searched for. */
  readonly triples: Uint8Array;
}

export function haystackOf(bytes: Buffer): Haystack {
  const triples = new Uint8Array(1 << 21);
  for (const triple of triplesOf(bytes)) triples[triple >> 3]! |= 1 << (triple & 7);
  return { bytes, triples };
}

function* triplesOf(bytes: Buffer): Iterable<number> {
  for (let at = 0; at + 3 <= bytes.length; at++) yield bytes.readUIntBE(at, 3);
}

/**
 * Finds `word` in `haystack`; gives the encodings in which it stands there. Four bytes of an
 * address are found in anything long that looks random: encodings that short are not looked for
 * where `leastBytes` says so.
 */
export function foundIn(haystack: Haystack, word: string, leastBytes = 0): readonly string[] {
  return encodingsOf(word)
    .filter(({ bytes }) => bytes.length >= leastBytes && has(haystack, bytes))
    .map(({ name }) => name);
}

function has({ bytes, triples }: Haystack, needle: Buffer): boolean {
  for (const triple of triplesOf(needle)) {
    if ((triples[triple >> 3]! & (1 << (triple & 7))) === 0) return false;
  }
  return bytes.includes(needle);
}

interface Encoded {
  readonly name: string;
  readonly bytes: Buffer;
}

/** `word` in each encoding. */
export function encodingsOf(word: string): readonly Encoded[] {
  const utf8 = Buffer.from(word);
  const utf16 = Buffer.from(word, "utf16le");
  const hex = utf8.toString("hex");
  const texts: readonly (readonly [string, string])[] = [
    ["UTF-8", word],
    ["UTF-8, lower case", word.toLowerCase()],
    ["UTF-8, upper case", word.toUpperCase()],
    ["reversed", Array.from(word).toReversed().join("")],
    ["hex", hex],
    ["HEX", hex.toUpperCase()],
    ["percent", hex.replaceAll(/../g, "%$&")],
    ["PERCENT", hex.toUpperCase().replaceAll(/../g, "%$&")],
    ["\\u", escaped(word)],
    ["\\U", escaped(word).toUpperCase().replaceAll("\\U", "\\u")],
    ...[0, 1, 2].flatMap((shift) => base64Of(utf8, shift)),
    ...[0, 1, 2].flatMap((shift) => base64Of(utf16, shift)),
  ];
  return [
    ...texts.map(([name, text]) => ({ name, bytes: Buffer.from(text) })),
    { name: "UTF-16LE", bytes: utf16 },
    { name: "UTF-16BE", bytes: Buffer.from(utf16).swap16() },
    ...addressBytes(word),
  ];
}

function escaped(word: string): string {
  return Array.from(word, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");
}

/** The characters that `bytes` alone decide, `shift` bytes into a group of three. */
function base64Of(bytes: Buffer, shift: number): readonly (readonly [string, string])[] {
  const whole = Buffer.concat([Buffer.alloc(shift), bytes]);
  const most = Math.floor(whole.length / 3) * 4;
  const text = whole.toString("base64").slice(shift === 0 ? 0 : 4, most);
  return [
    [`base64 +${shift}`, text],
    [`base64url +${shift}`, text.replaceAll("+", "-").replaceAll("/", "_")],
  ];
}

/** An IPv4 address as four bytes, and as the number of either byte order. */
function addressBytes(word: string): readonly Encoded[] {
  if (!/^\d+\.\d+\.\d+\.\d+$/.test(word)) return [];
  const bytes = Buffer.from(word.split(".").map(Number));
  return [
    { name: "4 bytes", bytes },
    { name: "4 bytes reversed", bytes: Buffer.from(bytes).reverse() },
    { name: "number", bytes: Buffer.from(String(bytes.readUInt32BE())) },
    { name: "number reversed", bytes: Buffer.from(String(bytes.readUInt32LE())) },
    { name: "hex of 4 bytes", bytes: Buffer.from(bytes.toString("hex")) },
  ];
}
