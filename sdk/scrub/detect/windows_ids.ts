/**
 * Identifiers of Windows: security identifiers (MS-DTYP §2.4.2.1) and GUIDs (RFC 9562 §4).
 *
 * @module
 */
import { isPublishedGuid } from "../published_guid.ts";
import { isPersonalSid } from "../well_known_sid.ts";
import {
  byteAt,
  DIGIT,
  type Found,
  hasWord,
  HEX,
  is,
  lookedAt,
  lowerText,
  rightOver,
  type Text,
  WORD,
} from "./text.ts";

const DASH = 45;
const MOST_AUTHORITIES = 16;

/** The security identifier whose first dash is at `at`. */
export function findSid(text: Text, at: number): Found | undefined {
  const start = at - 1;
  if (!hasWord(text, start, "s") || is(text, start - 1, WORD)) return undefined;
  if (byteAt(text, at + 1) !== 49 || byteAt(text, at + 2) !== DASH) return undefined;
  let end = at + 2;
  for (let count = 0; count < MOST_AUTHORITIES && byteAt(text, end) === DASH; count++) {
    const next = rightOver(text, end + 1, DIGIT, 15);
    if (next === end + 1) break;
    end = next;
  }
  if (end === at + 2 || is(text, end, WORD)) return undefined;
  return { what: "sid", start, end, kept: !isPersonalSid(lowerText(text, start, end)) };
}

/** Lengths of a GUID's groups. */
const GROUPS = [8, 4, 4, 4, 12] as const;
const GUID_BYTES = 36;
/** What stands before the GUID of a class, which is the same on every host. */
const CLASS_KEYS = ["clsid\\{", "interface\\{", "typelib\\{", "appid\\{", "/processid:{"] as const;

/** The GUID whose first dash is at `at`. */
export function findGuid(text: Text, at: number): Found | undefined {
  const start = at - 8;
  const end = start + GUID_BYTES;
  if (byteAt(text, at + 5) !== DASH) return undefined;
  lookedAt(text, end);
  if (start < text.floor || end > text.end) return undefined;
  let from = start;
  for (const length of GROUPS) {
    if (from > start && text.bytes[from++] !== DASH) return undefined;
    const next = rightOver(text, from, HEX, length);
    if (next !== from + length) return undefined;
    from = next;
  }
  if (is(text, start - 1, WORD) || is(text, end, WORD) || byteAt(text, end) === DASH) {
    return undefined;
  }
  return { what: "guid", start, end, kept: isOfNobody(text, start) };
}

function isOfNobody(text: Text, start: number): boolean {
  return isClass(text, start) || isNil(text, start) ||
    isPublishedGuid(lowerText(text, start, start + GUID_BYTES));
}

function isClass(text: Text, start: number): boolean {
  const before = lowerText(text, Math.max(text.floor, start - 12), start);
  return CLASS_KEYS.some((key) => before.endsWith(key));
}

function isNil(text: Text, start: number): boolean {
  return lowerText(text, start, start + GUID_BYTES).replaceAll(/[0-]/g, "") === "";
}
