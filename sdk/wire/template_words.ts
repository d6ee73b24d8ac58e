/**
 * What the words of a message look like, byte by byte. Part of `template.ts`.
 *
 * @module
 */

/** What stands for a variable in a template; `template.ts` has the table. */
export const MARK_INT = 0x11;
export const MARK_PAD = 0x12;
export const MARK_IP = 0x13;
export const MARK_HEX = 0x14;
export const MARK_WORD = 0x15;
export const MARK_TOKEN = 0x16;

const MOST_DIGITS = 15;

export const SEPARATOR = 1;
export const DIGIT = 2;
export const CONTROL = 4;
export const HEX_LETTER = 8;
export const DASH = 16;
export const DOT = 32;
const OTHER = 64;

/** What a byte is to the splitter. */
export const CLASS = new Uint8Array(256).fill(OTHER);
for (const c of " []{}()=,:;'\"#@<>/|&?+\\") CLASS[c.charCodeAt(0)] = SEPARATOR;
for (let c = 0; c < 32; c++) CLASS[c] = CONTROL;
CLASS[9] = SEPARATOR;
for (let c = 48; c < 58; c++) CLASS[c] = DIGIT;
for (let c = 97; c < 103; c++) CLASS[c] = HEX_LETTER;
CLASS[45] = DASH;
CLASS[46] = DOT;

/**
 * Where a row of at least six pairs of hex digits with colons between ends, such as a MAC address:
 * it is one word, or each combination of digits and letters in it would be a template. 0 if none.
 */
export function hexPairsEnd(source: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at + 2 <= end && isHexDigit(source[at]!) && isHexDigit(source[at + 1]!)) {
    if (at + 2 === end || source[at + 2] !== 58) {
      at += 3;
      break;
    }
    at += 3;
  }
  return at - start >= 18 ? at - 1 : 0;
}

export function isHexDigit(byte: number): boolean {
  return (CLASS[byte]! & (DIGIT | HEX_LETTER)) !== 0;
}

/** Both parts are of 1 to 15 digits and the first has no leading zero. */
export function isDecimal(
  source: Uint8Array,
  start: number,
  { dot, end }: { readonly dot: number; readonly end: number },
): boolean {
  const whole = dot - start;
  const rest = end - dot - 1;
  if (whole < 1 || whole > MOST_DIGITS || rest < 1 || rest > MOST_DIGITS) return false;
  return whole === 1 || source[start] !== 48;
}

/** True if the bytes are a dotted quad without leading zeros; `target` then has its 4 bytes. */
export function readIp(
  source: Uint8Array,
  start: number,
  { end, target }: { readonly end: number; readonly target: Uint8Array },
): boolean {
  let part = 0;
  let digits = 0;
  let octet = 0;
  for (let i = start; i < end; i++) {
    const byte = source[i]!;
    if (byte !== 46) {
      if (digits > 0 && octet === 0) return false;
      octet = octet * 10 + byte - 48;
      if (octet > 255) return false;
      digits++;
    } else {
      if (digits === 0 || part === 3) return false;
      target[part++] = octet;
      octet = 0;
      digits = 0;
    }
  }
  target[3] = octet;
  return part === 3 && digits > 0;
}
