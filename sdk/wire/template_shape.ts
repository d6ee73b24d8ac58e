/**
 * Which variables a template has, and how rows are grouped by template: what writer and reader of
 * `template.ts` must agree on.
 *
 * @module
 */
import { entryBytes, type Strings } from "../columns/column.ts";
import { MARK_HEX, MARK_INT, MARK_IP, MARK_PAD, MARK_TOKEN, MARK_WORD } from "./template_words.ts";

/** Kinds of variables: a number, or the number of a word, an address, a token. */
export const KIND = { number: 0, word: 1, ip: 2, token: 3 } as const;
export const KINDS = 4;

/** Templates with fewer rows share their streams. */
export const LEAST_GROUP = 24;
/** Most variables of a column: bounds what a decoder must hold. */
export const MAX_VARIABLES = 1 << 22;

/** The kinds of the variables of each template, in order; hex digits are none. */
export function kindsIn(templates: Strings): readonly Uint8Array[] {
  return Array.from(templates.ends, (_, i) => kindsOf(entryBytes(templates, i)));
}

function kindsOf(template: Uint8Array): Uint8Array {
  const kinds: number[] = [];
  for (let i = 0; i < template.length; i++) {
    switch (template[i]) {
      case MARK_INT:
        kinds.push(KIND.number);
        break;
      case MARK_PAD:
        kinds.push(KIND.number);
        i++;
        break;
      case MARK_WORD:
        kinds.push(KIND.word);
        break;
      case MARK_IP:
        kinds.push(KIND.ip);
        break;
      case MARK_TOKEN:
        kinds.push(KIND.token);
        break;
      case MARK_HEX:
        i += 1 + runsOf(template[i + 1]);
        break;
      default:
        break;
    }
  }
  return Uint8Array.from(kinds);
}

/** Runs of hex digits that the byte after its marker tells of. */
export function runsOf(byte = 48): number {
  return Math.max(byte - 48, 0);
}

/** The rows of each template, in order. */
export interface Grouped {
  /** By template: how many rows. */
  readonly counts: Uint32Array;
  /** By row, of all its variables: the place of the first among those of all rows. */
  readonly firsts: Uint32Array;
  /** Of variables in all rows. */
  readonly variables: number;
}

export function groupRows(kinds: readonly Uint8Array[], rowTemplates: Uint32Array): Grouped {
  const counts = new Uint32Array(kinds.length);
  const firsts = new Uint32Array(rowTemplates.length);
  const lengths = Uint32Array.from(kinds, ({ length }) => length);
  let variables = 0;
  for (let row = 0; row < rowTemplates.length; row++) {
    const template = rowTemplates[row]!;
    counts[template]!++;
    firsts[row] = variables;
    variables += lengths[template]!;
  }
  return { counts, firsts, variables };
}
