/**
 * Reads messages in the Common Event Format: a header of seven fields, then `key=value` pairs.
 *
 * `CEF:Version|Device Vendor|Device Product|Device Version|Class ID|Name|Severity|Extension`. In the
 * header `\|` and `\\` are escapes, in values `\=`, `\\`, `\n` and `\r`. Values may hold spaces: one
 * ends before a word that an equals sign follows.
 *
 * @module
 */
export interface Cef {
  /** Vendor, product, version, class id, name, severity. */
  readonly header: readonly string[];
  /** In the order in which they stand; a key may come twice. */
  readonly extension: readonly (readonly [key: string, value: string])[];
}

const HEADER_FIELDS = 6;
const SPACE = 32;
const BACKSLASH = 92;
const PIPE = 124;
const EQUALS = 61;

/** What `CEF:0|…` says; undefined where its header is not whole. */
export function readCef(text: string): Cef | undefined {
  const start = /^CEF: ?\d{1,3}\|/.exec(text)?.[0].length;
  if (start === undefined) return undefined;
  const header: string[] = [];
  let from = start;
  for (let at = start; header.length < HEADER_FIELDS; at++) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) at++;
    else if (code === PIPE || (Number.isNaN(code) && header.length === HEADER_FIELDS - 1)) {
      header.push(unescape(text.slice(from, at)).trim());
      from = at + 1;
    } else if (Number.isNaN(code)) return undefined;
  }
  return { header, extension: readExtension(text.slice(from)) };
}

function readExtension(text: string): [string, string][] {
  const pairs: [string, string][] = [];
  let key: string | undefined;
  let valueFrom = 0;
  let wordFrom = 0;
  let isKey = true;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === SPACE) {
      wordFrom = at + 1;
      isKey = true;
    } else if (code === EQUALS && isKey && at > wordFrom) {
      if (key !== undefined) pairs.push([key, unescape(text.slice(valueFrom, wordFrom).trim())]);
      else if (wordFrom > 0) pairs.push(["", unescape(text.slice(0, wordFrom).trim())]);
      key = text.slice(wordFrom, at);
      valueFrom = at + 1;
      isKey = false;
    } else if (!isKeyCharacter(code)) isKey = false;
  }
  if (key !== undefined) pairs.push([key, unescape(text.slice(valueFrom).trim())]);
  else if (text.trim() !== "") pairs.push(["", unescape(text.trim())]);
  return pairs.filter(([name, value]) => name !== "" || value !== "");
}

/** Letters, digits, `_`, `.`, `-`, and the brackets that some products number keys with. */
function isKeyCharacter(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 91) || code === 93 ||
    code === 95 || code === 46 || code === 45 || (code >= 97 && code <= 122);
}

function unescape(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replaceAll(
    /\\([\\|=nr])/g,
    (_, escaped: string) => escaped === "n" ? "\n" : escaped === "r" ? "\r" : escaped,
  );
}
