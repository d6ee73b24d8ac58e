/**
 * Replaces in free text what may name a person: each find of `detect/` by its token.
 *
 * @module
 */
import { type Detected, type Found } from "./detect/text.ts";
import { findAll, scan } from "./detect/scan.ts";
import { type Watched, withRound } from "./finds.ts";
import { addressJudge, type Judge, tokenJudge } from "./judge.ts";
import type { Span } from "./identities.ts";
import { Arena } from "../columns/strings.ts";
import { eachTextLayer, type Layer, layersOf } from "./layers.ts";
import { type AddToken, replaceFinds } from "./replaced.ts";
import type { TokenKey } from "./token.ts";

/** A text that cannot be judged: its event must not go on. */
export class FreeTextError extends Error {
  override readonly name = "FreeTextError";
  readonly code: "too-long" | "unsettled" | "over-budget";

  constructor(code: FreeTextError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** Longer texts are not judged. */
const MOST_BYTES = 4 * 1024 * 1024;
/** A text is settled when nothing more is found in it; hostile ones may need a second look. */
const MOST_ROUNDS = 6;

/**
 * The join domain of each find: an e-mail address and a user principal name are spelt alike, and
 * so are the values of columns of kind `user`.
 */
const KINDS: Readonly<Record<Exclude<Detected, "token">, string>> = {
  email: "user",
  account: "user",
  path: "user",
  sip: "sip",
  tel: "tel",
  phone: "tel",
  sid: "sid",
  guid: "guid",
  iban: "iban",
  card: "card",
  ip: "ip",
  mac: "mac",
  jwt: "jwt",
};
/** What opens doors is told to nobody, not even sealed. */
const CREDENTIAL = "jwt";

/** What is looked for in a text. */
export interface Search {
  /** False: identities alone, as in columns that are no free text. */
  readonly detect: boolean;
  /** Where values of typed columns stand in it. */
  spansIn?(text: Uint8Array): readonly Span[];
}

const DETECT: Search = { detect: true };

/** The first `used` of `bytes`; they are good until the next call. */
export interface Written {
  readonly bytes: Uint8Array;
  readonly used: number;
}

export interface FreeText {
  /**
   * The text with tokens in place of what was found; `text` itself if nothing was.
   *
   * @throws {FreeTextError} If it cannot be judged.
   */
  scrub(text: Uint8Array, search?: Search): Uint8Array;
  /** As {@link FreeText.scrub}, of `bytes[start, end)`; undefined if nothing was found. */
  scrubRange(bytes: Uint8Array, start: number, end: number): Written | undefined;
}

/** `watch` is told of each text in which something was replaced: for who shows what was found. */
export function openFreeText(key: TokenKey, watch?: (watched: Watched) => void): FreeText {
  const judgeOf = judgesBy(key);
  const tokenOf: TokenOf = (bytes, find) =>
    judgeOf(find.what).tokenText(bytes.subarray(find.start, find.end));
  const addToken: AddToken = (out, bytes, { what, start, end }) =>
    judgeOf(what).addText(out, bytes, start, end);
  const rounds = (text: Uint8Array, search: Search, first: number): Uint8Array => {
    let current = text;
    let finds: readonly Span[] = [];
    for (let round = first; round < MOST_ROUNDS; round++) {
      const spans = spansOf(current, search, tokenOf);
      if (spans.length === 0) {
        if (current !== text) watch?.({ text, result: current, finds });
        return current;
      }
      if (watch !== undefined) finds = withRound(finds, spans);
      current = replaced(current, spans);
    }
    throw new FreeTextError(
      "unsettled",
      `Cannot scrub text: after ${MOST_ROUNDS} rounds something is still found in it`,
    );
  };
  const out = new Arena();
  const put = (text: Uint8Array): Arena => {
    out.cut(0);
    out.extend(text, 0, text.length);
    return out;
  };
  const scrubRange: FreeText["scrubRange"] = (bytes, start, end) => {
    checkLength(end - start);
    const scanned = scan(bytes, start, end);
    const isFound = scanned.found.some(isReplaced);
    const { hasSigns } = scanned;
    const hasLayer = eachTextLayer(bytes, { start, end }, hasSigns, isFound ? always : hasFinds);
    if (!isFound && !hasLayer) return undefined;
    if (hasLayer || watch !== undefined) {
      const text = bytes.subarray(start, end);
      const result = rounds(text, DETECT, 0);
      return result === text ? undefined : put(result);
    }
    if (replaceFinds(out, bytes, { start, end }, { scan: scanned, addToken })) return out;
    return put(rounds(out.bytes.slice(0, out.used), DETECT, 1));
  };
  return {
    scrub(text, search = DETECT) {
      checkLength(text.length);
      if (search !== DETECT) return rounds(text, search, 0);
      const result = scrubRange(text, 0, text.length);
      return result === undefined ? text : result.bytes.slice(0, result.used);
    },
    scrubRange,
  };
}

function checkLength(bytes: number): void {
  if (bytes <= MOST_BYTES) return;
  throw new FreeTextError(
    "too-long",
    `Cannot scrub text: it has ${bytes} bytes, must have at most ${MOST_BYTES}`,
  );
}

function isReplaced({ kept }: Found): boolean {
  return !kept;
}

function always(): boolean {
  return true;
}

function hasFinds(decoded: Uint8Array, length: number): boolean {
  return findAll(decoded, 0, length).some(isReplaced);
}

/** Gives the text of the token of what was found in `bytes`. */
type TokenOf = (bytes: Uint8Array, found: Found) => string;

function judgesBy(key: TokenKey): (what: Detected) => Judge {
  const judges = new Map<string, Judge>();
  const found = new Map<Detected, Judge>();
  const judgeOf = (what: Detected): Judge => {
    const kind = what === "token" ? "value" : KINDS[what];
    let judge = judges.get(kind);
    if (judge === undefined) {
      const { epoch, bytes: keyBytes } = key;
      if (kind === "ip") judge = addressJudge(key, kind);
      else judge = tokenJudge(kind === CREDENTIAL ? { epoch, bytes: keyBytes } : key, kind);
      judges.set(kind, judge);
    }
    found.set(what, judge);
    return judge;
  };
  return (what) => found.get(what) ?? judgeOf(what);
}

/** What is to be replaced, in order and without overlaps. */
function spansOf(text: Uint8Array, search: Search, tokenOf: TokenOf): readonly Span[] {
  const found = findAll(text, 0, text.length);
  const tokens = found.filter(({ what }) => what === "token");
  const spans: Span[] = [];
  const add = (bytes: Uint8Array, find: Found, layer?: Layer): void => {
    if (find.kept) return;
    const start = layer === undefined ? find.start : layer.starts[find.start]!;
    const end = layer === undefined ? find.end : layer.ends[find.end - 1]!;
    spans.push({ start, end, token: tokenOf(bytes, find) });
  };
  if (search.detect) {
    for (const find of found) add(text, find);
    for (const layer of layersOf(text, { tokens })) {
      for (const find of findAll(layer.bytes, 0, layer.bytes.length)) add(layer.bytes, find, layer);
    }
  }
  spans.push(...search.spansIn?.(text) ?? []);
  return spans.length === 0 ? spans : merged(spans, tokens);
}

/** Of spans that overlap the first and longest stands for all; tokens are left alone. */
function merged(spans: readonly Span[], tokens: readonly Found[]): readonly Span[] {
  if (spans.length === 1 && tokens.length === 0) return spans;
  const result: Span[] = [];
  let next = 0;
  for (const span of spans.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    while (next < tokens.length && tokens[next]!.end <= span.start) next++;
    if (next < tokens.length && tokens[next]!.start < span.end) continue;
    const last = result.at(-1);
    if (last === undefined || span.start >= last.end) result.push(span);
    else if (span.end > last.end) result[result.length - 1] = { ...last, end: span.end };
  }
  return result;
}

function replaced(text: Uint8Array, spans: readonly Span[]): Uint8Array {
  const parts: Uint8Array[] = [];
  let from = 0;
  for (const { start, end, token } of spans) {
    parts.push(text.subarray(from, start), Buffer.from(token, "latin1"));
    from = end;
  }
  parts.push(text.subarray(from));
  return Buffer.concat(parts);
}
