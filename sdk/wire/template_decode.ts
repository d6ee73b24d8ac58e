/**
 * Reads what `template.ts` wrote: free text from templates and streams.
 *
 * @module
 */
import { entryBytes, type Strings, TOKEN_BYTES } from "../columns/column.ts";
import { BodyError, type ByteReader } from "./bytes.ts";
import { readIndexes, readInts } from "./ints.ts";
import { MAX_STRINGS, readStrings } from "./strings.ts";
import { groupRows, KIND, KINDS, kindsIn, LEAST_GROUP, MAX_VARIABLES } from "./template_shape.ts";
import {
  type HexBytes,
  MAX_TEXT_BYTES,
  type Output,
  putByte,
  putEntry,
  putHex,
  putIp,
  putNumber,
} from "./template_text.ts";
import { putToken } from "./template_token.ts";
import { MARK_HEX, MARK_INT, MARK_IP, MARK_PAD, MARK_TOKEN, MARK_WORD } from "./template_words.ts";

const IP_BYTES = 4;

/** The variables of all rows, one after the other. */
interface Variables {
  readonly values: Float64Array;
  at: number;
  readonly words: Strings;
  readonly ips: Uint8Array;
  readonly tokens: Uint8Array;
  readonly hex: HexBytes;
}

/**
 * Reads the text of `rows` rows.
 *
 * @throws {BodyError} If the streams do not fit together exactly.
 */
export function readTemplates(input: ByteReader, rows: number): Strings {
  const textBytes = input.varint();
  if (textBytes > MAX_TEXT_BYTES) throw new BodyError("Cannot read body: a text is too long");
  const templates = readStrings(input);
  const rowTemplates = readIndexes(input, rows, templates.ends.length - 1);
  const known = new Uint32Array(KINDS);
  const values = readVariables(input, { kinds: kindsIn(templates), rowTemplates, known });
  const words = readStrings(input);
  const ips = readEntries(input, IP_BYTES);
  const tokens = readEntries(input, TOKEN_BYTES);
  const hex = { bytes: input.take(input.varint()), at: 0 };
  const counts = [words.ends.length, ips.length / IP_BYTES, tokens.length / TOKEN_BYTES];
  if (counts.some((count, i) => count !== known[i + 1])) {
    throw new BodyError("Cannot read body: a variable has no entry");
  }
  const variables = { values, at: 0, words, ips, tokens, hex };
  const out: Output = { bytes: new Uint8Array(textBytes), used: 0 };
  const ends = new Uint32Array(rows);
  const shapes = Array.from(templates.ends, (_, i) => entryBytes(templates, i));
  for (let row = 0; row < rows; row++) {
    fill(out, shapes[rowTemplates[row]!]!, variables);
    ends[row] = out.used;
  }
  if (out.used !== textBytes) throw new BodyError("Cannot read body: a text has another length");
  return { bytes: out.bytes, ends };
}

function readEntries(input: ByteReader, size: number): Uint8Array {
  const count = input.varint();
  if (count > MAX_STRINGS) throw new BodyError("Cannot read body: too many entries");
  return input.take(count * size);
}

interface Rows {
  /** By template. */
  readonly kinds: readonly Uint8Array[];
  readonly rowTemplates: Uint32Array;
  /** By kind: how many entries have stood in a stream. */
  readonly known: Uint32Array;
}

/** Reads the streams of all templates, and gives their values row by row. */
function readVariables(input: ByteReader, { kinds, rowTemplates, known }: Rows): Float64Array {
  const { counts, firsts, variables } = groupRows(kinds, rowTemplates);
  if (variables > MAX_VARIABLES) throw new BodyError("Cannot read body: too many variables");
  const streams = kinds.map((of, template) => {
    if (counts[template]! < LEAST_GROUP) return undefined;
    return Array.from(of, (kind) => readStream(input, counts[template]!, kind, known));
  });
  const rest = new Uint32Array(KINDS);
  for (const [template, of] of kinds.entries()) {
    if (streams[template] !== undefined) continue;
    for (const kind of of) rest[kind]! += counts[template]!;
  }
  const others = Array.from(rest, (count, kind) => readStream(input, count, kind, known));
  const next = new Uint32Array(kinds.length);
  const nextOther = new Uint32Array(KINDS);
  const values = new Float64Array(variables);
  for (let row = 0; row < rowTemplates.length; row++) {
    const template = rowTemplates[row]!;
    const of = kinds[template]!;
    const own = streams[template];
    const at = next[template]!++;
    const first = firsts[row]!;
    for (let i = 0; i < of.length; i++) {
      const kind = of[i]!;
      values[first + i] = own === undefined ? others[kind]![nextOther[kind]!++]! : own[i]![at]!;
    }
  }
  return values;
}

/** Reads `count` values; those that stand for entries come back as their numbers. */
// oxlint-disable-next-line max-params -- the hot path of decoding
function readStream(
  input: ByteReader,
  count: number,
  kind: number,
  known: Uint32Array,
): Float64Array {
  const values = readInts(input, count);
  if (kind === KIND.number) return values;
  let entries = known[kind]!;
  for (let i = 0; i < count; i++) {
    const code = values[i]!;
    if (code < 0 || code > entries) throw new BodyError("Cannot read body: an index has no entry");
    values[i] = code === 0 ? entries++ : code - 1;
  }
  known[kind] = entries;
  return values;
}

function fill(out: Output, template: Uint8Array, variables: Variables): void {
  const { values } = variables;
  for (let i = 0; i < template.length; i++) {
    const byte = template[i]!;
    switch (byte) {
      case MARK_INT:
        putNumber(out, values[variables.at++]!, 0);
        break;
      case MARK_PAD:
        putNumber(out, values[variables.at++]!, (template[++i] ?? 48) - 48);
        break;
      case MARK_WORD:
        putEntry(out, variables.words, values[variables.at++]!);
        break;
      case MARK_IP:
        putIp(out, variables.ips, values[variables.at++]!);
        break;
      case MARK_TOKEN:
        putToken(out, variables.tokens, values[variables.at++]!);
        break;
      case MARK_HEX:
        i = putHex(out, template, i + 1, variables.hex);
        break;
      default:
        putByte(out, byte);
        break;
    }
  }
}
