/**
 * Names of people in paths of home folders, and accounts as `DOMAIN\name`.
 *
 * @module
 */
import { isWellKnown } from "../well_known.ts";
import {
  byteAt,
  type Found,
  hasWord,
  is,
  lowerText,
  rightOver,
  STOP,
  type Text,
  WORD,
} from "./text.ts";
import { tokenAt } from "./token_text.ts";

const BACKSLASH = 92;
const SLASH = 47;
const SPACE = 32;
const DOT = 46;
const DASH = 45;
/** `$` ends the names of machines' accounts. */
const DOLLAR = 36;
const MOST_NAME = 104;
const MOST_DOMAIN = 64;

/** Folders whose entries are named after people. */
const HOMES = ["users", "home", "documents and settings"] as const;

/** The name after a separator at `at` that follows a folder of homes. */
export function findPathName(text: Text, at: number): Found | undefined {
  // Each of those folders ends with an s or an e.
  const last = byteAt(text, at - 1) | 32;
  if (last !== 115 && last !== 101) return undefined;
  const folder = HOMES.find((home) => isFolder(text, at, home));
  if (folder === undefined) return undefined;
  const separator = byteAt(text, at);
  let start = at + 1;
  while (byteAt(text, start) === separator) start++;
  if (tokenAt(text, start) >= 0) return undefined;
  const end = nameEnd(text, start, separator);
  if (end === start || isFile(text, start, end, separator)) return undefined;
  return { what: "path", start, end, kept: staysReadable(text, start, end) };
}

/** True if `home` is the whole segment that ends at `at`; a separator may be doubled. */
function isFolder(text: Text, at: number, home: string): boolean {
  const separator = byteAt(text, at);
  const start = at - home.length;
  if (home === "home" && separator !== SLASH) return false;
  const before = byteAt(text, start - 1);
  const isSegment = before === BACKSLASH || before === SLASH ||
    (separator === BACKSLASH && !is(text, start - 1, WORD));
  return isSegment && hasWords(text, start, home);
}

function hasWords(text: Text, start: number, words: string): boolean {
  let at = start;
  for (const word of words.split(" ")) {
    if (at > start && byteAt(text, at++) !== SPACE) return false;
    if (!hasWord(text, at, word)) return false;
    at += word.length;
  }
  return true;
}

/**
 * Where the name ends. It may hold blanks where a backslash follows that closes it; else the first
 * blank ends it.
 */
function nameEnd(text: Text, start: number, separator: number): number {
  const limit = Math.min(text.end, start + MOST_NAME);
  let blank = -1;
  let at = start;
  for (; at < limit && !is(text, at, STOP); at++) {
    if (text.bytes[at] === SPACE && blank < 0) blank = at;
  }
  if (blank < 0) return at;
  const isClosed = separator === BACKSLASH && byteAt(text, at) === BACKSLASH &&
    text.bytes[at - 1] !== SPACE;
  return isClosed ? at : blank;
}

/** `/home/index.html` is a page. */
// oxlint-disable-next-line max-params -- two places and what stands between segments
function isFile(text: Text, start: number, end: number, separator: number): boolean {
  return byteAt(text, end) !== separator && isFileName(lowerText(text, start, end));
}

/** `NAME\name` with one of these on the left is no account of a person. */
const NO_DOMAINS: ReadonlySet<string> = new Set(
  ("builtin authority apppool service manager host machine autorität hklm hkcu hku hkcr hkcc " +
    "software system hardware sam security system32 syswow64 microsoft windows classes " +
    "currentversion currentcontrolset services drivers device pipe bin obj debug release files " +
    "pci usb usbstor hid hdaudio acpi swd scsi display printenum root")
    .split(" "),
);
/** Folders and keys of two words: what stands before the second of them. */
const TWO_WORDS: ReadonlyMap<string, string> = new Map([
  ["server", "terminal"],
  ["directory", "active"],
  ["script", "windows"],
  ["defender", "windows"],
  ["nt", "windows"],
  ["firewall", "windows"],
  ["explorer", "internet"],
  ["center", "security"],
  ["menu", "start"],
  ["panel", "control"],
  ["data", "application"],
  ["settings", "local"],
]);
const FILE_NAME =
  /\.(exe|dll|sys|bat|cmd|ps1|psm1|vbs|js|jse|hta|msi|msc|cpl|scr|com|lnk|inf|ini|xml|json|html?|php|aspx?|jsp|css|png|jpe?g|gif|svg|ico|txt|log|csv|docx?|xlsx?|pptx?|pdf|zip|7z|rar|gz|tgz|tar|dat|db|evtx?|etl|tmp|cs|py|sh|c|h|o|so|jar|class|mof|nls|mui|ttf|woff2?|map|cfg|conf|yaml|yml|key|pem|crt|cer|pfx|iso|img|bin|cab|ocx|drv|pnf|cat|dmp|bak)$/;

/** The account whose backslash is at `at`. */
export function findAccount(text: Text, at: number): Found | undefined {
  if (!is(text, at - 1, WORD)) return undefined;
  const start = domainStart(text, at);
  if (start < 0) return undefined;
  let from = at + 1;
  if (byteAt(text, from) === BACKSLASH) from++;
  if (!is(text, from, WORD) || tokenAt(text, from) >= 0) return undefined;
  const end = accountEnd(text, from);
  if (end - from < 2 || isPathByte(byteAt(text, end))) return undefined;
  if (isBetweenSegments(text, start, end)) return undefined;
  const domain = lowerText(text, start, at);
  const name = lowerText(text, from, end);
  if (isSecondWord(text, start, domain)) return undefined;
  if (NO_DOMAINS.has(domain) || /^(hkey_|microsoft\.)/.test(domain)) return undefined;
  if (isFileName(name) || isFileName(domain) || isEscape(text, from)) return undefined;
  return { what: "account", start, end, kept: staysReadable(text, from, end) };
}

/** Where the name on the left begins; -1 if it is a segment of a path. */
function domainStart(text: Text, at: number): number {
  let start = at;
  const limit = Math.max(text.floor, at - MOST_DOMAIN);
  while (start > limit && isDomainByte(text, start - 1)) start--;
  if (isPathByte(byteAt(text, start - 1))) return -1;
  while (start < at && !is(text, start, WORD)) start++;
  return start === at ? -1 : start;
}

/** True if words and blanks alone lead to backslashes on both sides: `\Program Files\Our Tool\`. */
function isBetweenSegments(text: Text, start: number, end: number): boolean {
  const isSegment = (at: number): boolean => is(text, at, WORD) || byteAt(text, at) === SPACE;
  let left = start - 1;
  while (start - left < MOST_DOMAIN && isSegment(left)) left--;
  if (left === start - 1 || byteAt(text, left) !== BACKSLASH) return false;
  let right = end;
  while (right - end < MOST_DOMAIN && isSegment(right)) right++;
  return byteAt(text, right) === BACKSLASH;
}

/** True if `domain` at `start` ends the name of a folder: `\\Terminal Server\\`. */
function isSecondWord(text: Text, start: number, domain: string): boolean {
  const first = TWO_WORDS.get(domain);
  if (first === undefined || byteAt(text, start - 1) !== SPACE) return false;
  const at = start - 1 - first.length;
  return byteAt(text, at - 1) === BACKSLASH && hasWord(text, at, first);
}

function isDomainByte(text: Text, at: number): boolean {
  const byte = text.bytes[at]!;
  return is(text, at, WORD) || byte === DOT || byte === DASH;
}

function accountEnd(text: Text, from: number): number {
  let end = from;
  for (;;) {
    end = rightOver(text, end, WORD, MOST_NAME);
    const byte = byteAt(text, end);
    if ((byte !== DOT && byte !== DASH) || !is(text, end + 1, WORD)) break;
    end++;
  }
  return byteAt(text, end) === DOLLAR ? end + 1 : end;
}

/** What shows that the name next to it is a segment of a path: `\`, `/`, `:`, `%`, `$`, `&`. */
function isPathByte(byte: number): boolean {
  return byte === BACKSLASH || byte === SLASH || byte === 58 || byte === 37 || byte === DOLLAR ||
    byte === 38;
}

/** `\nNext`, `\u00e4`, `\x1b`: an escape of a program, not the start of a name. */
function isEscape(text: Text, from: number): boolean {
  const byte = text.bytes[from]!;
  const next = byteAt(text, from + 1);
  const isUpper = next >= 65 && next <= 90;
  if (byte === 110 || byte === 114 || byte === 116) return isUpper;
  return (byte === 117 || byte === 120) && /^[0-9a-f]{2}/.test(lowerText(text, from + 1, from + 3));
}

function isFileName(name: string): boolean {
  return FILE_NAME.test(name);
}

function staysReadable(text: Text, start: number, end: number): boolean {
  return isWellKnown(text.bytes.subarray(start, end));
}
