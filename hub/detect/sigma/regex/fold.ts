/**
 * Simple case folding (Unicode §5.18, CaseFolding.txt status C and S): one code point for one.
 *
 * @module
 */

/** Code points from here on have no case. */
const END_OF_CASE = 0x1e944;
const DOTLESS_I = 0x131;

/** The code point that `point` is compared by where case does not count. */
export function foldPoint(point: number): number {
  if (point < 128) return point >= 65 && point <= 90 ? point + 32 : point;
  if (point === DOTLESS_I || point >= END_OF_CASE) return point;
  if (point >= 0xd800 && point < 0xe000) return point;
  return foldedCherokee(point) ?? single(single(point, "upper"), "lower");
}

/** Each code point of `text` folded. */
export function foldText(text: string): string {
  if (isAscii(text)) return text.toLowerCase();
  let folded = "";
  for (const char of text) folded += String.fromCodePoint(foldPoint(char.codePointAt(0)!));
  return folded;
}

/** All code points that fold to what `point` folds to. */
export function foldMates(point: number): readonly number[] {
  if (point < 128) return ASCII_MATES.get(foldPoint(point)) ?? matesOfAscii(point);
  mates ??= allMates();
  return mates.get(foldPoint(point)) ?? [point];
}

/** Code points from `low`, 128 or more, to `high` that have mates, ascending. */
export function casedWithin(low: number, high: number): readonly number[] {
  mates ??= allMates();
  cased ??= [...mates.values()].flat().toSorted((a, b) => a - b);
  const from = cased.findIndex((point) => point >= low);
  const to = cased.findLastIndex((point) => point <= high);
  return from < 0 ? [] : cased.slice(from, to + 1);
}

/** U+017F (long s) and U+212A (Kelvin sign) are the only others that fold to ASCII. */
const ASCII_MATES: ReadonlyMap<number, readonly number[]> = new Map([
  [0x73, [0x53, 0x73, 0x17f]],
  [0x6b, [0x4b, 0x6b, 0x212a]],
]);

function matesOfAscii(point: number): readonly number[] {
  const folded = foldPoint(point);
  return folded >= 97 && folded <= 122 ? [folded - 32, folded] : [point];
}

/** Made when they are first asked for: few patterns need them. */
let mates: Map<number, number[]> | undefined;
let cased: number[] | undefined;

function allMates(): Map<number, number[]> {
  const found = new Map<number, number[]>();
  for (let point = 0; point < END_OF_CASE; point++) {
    const folded = foldPoint(point);
    if (folded === point) continue;
    const group = found.get(folded);
    if (group === undefined) found.set(folded, [folded, point]);
    else group.push(point);
  }
  return found;
}

/** Cherokee folds to its upper case, which came first. */
function foldedCherokee(point: number): number | undefined {
  if (point >= 0x13a0 && point <= 0x13f5) return point;
  if (point >= 0x13f8 && point <= 0x13fd) return point - 8;
  return point >= 0xab70 && point <= 0xabbf ? point - 0xab70 + 0x13a0 : undefined;
}

/** Of a mapping that gives several code points simple folding makes no use. */
function single(point: number, to: "upper" | "lower"): number {
  const char = String.fromCodePoint(point);
  const mapped = to === "upper" ? char.toUpperCase() : char.toLowerCase();
  const first = mapped.codePointAt(0)!;
  return mapped.length === (first > 0xffff ? 2 : 1) ? first : point;
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false;
  return true;
}
