/**
 * SQL that looks for a constant in texts whatever their case.
 *
 * To put each text in lower case costs more than all else of a search (of 2.6 million messages of
 * 100 bytes 1,035 ms of CPU, 560 to read them alone). So a short piece of what is sought is looked
 * for first, in all its spellings: what has none of them is left as it is.
 *
 * @module
 */
import { textLiteral } from "../printer.ts";

/** More spellings cost more than they spare. */
const MAX_LETTERS = 2;
const MAX_PIECE = 8;
/** Bits of a piece that is rare enough. */
const ENOUGH = 14;
/** How much rarer a piece must be to be looked for twice as often. */
const BITS_PER_LETTER = 3;

/**
 * `part`, a text in lower case, in `text`, the SQL of a column: it is named several times.
 * Absent where `text` is.
 */
export function foldedContains(text: string, part: string): string {
  const whole = `contains(lower(${text}), ${textLiteral(part)})`;
  const spellings = spellingsOf(rarestPiece(part));
  if (spellings.length === 0) return whole;
  const any = spellings.map((one) => `contains(${text}, ${textLiteral(one)})`).join(" OR ");
  return `((${any}) AND ${whole})`;
}

/** A piece that every text has in which the whole is; empty where there is none that helps. */
export function rarestPiece(part: string): string {
  let best = "";
  let most = 0;
  for (let start = 0; start < part.length; start++) {
    let bits = 0;
    let letters = 0;
    for (let end = start; end < Math.min(part.length, start + MAX_PIECE); end++) {
      const character = part[end]!;
      if (!isPlain(character)) break;
      if (isLetter(character) && ++letters > MAX_LETTERS) break;
      bits += bitsOf(character);
      const score = Math.min(bits, ENOUGH) - letters * BITS_PER_LETTER;
      if (score <= most) continue;
      most = score;
      best = part.slice(start, end + 1);
    }
  }
  return best;
}

/**
 * Whether nothing but it and its capital is it in lower case. KELVIN SIGN is a "k" there, LATIN
 * CAPITAL LETTER I WITH DOT ABOVE an "i"; beyond ASCII nobody wants to know.
 */
function isPlain(character: string): boolean {
  return character > "\0" && character <= "\x7f" && character !== "k" && character !== "i";
}

function isLetter(character: string): boolean {
  return character >= "a" && character <= "z";
}

/** Roughly how many bits a character tells in a log. */
function bitsOf(character: string): number {
  if ("etaonrsl ".includes(character)) return 4;
  return isLetter(character) ? 5 : 4.5;
}

function spellingsOf(piece: string): readonly string[] {
  if (piece === "") return [];
  let spellings = [""];
  for (const character of piece) {
    const cases = isLetter(character) ? [character, character.toUpperCase()] : [character];
    spellings = spellings.flatMap((start) => cases.map((one) => start + one));
  }
  return spellings;
}
