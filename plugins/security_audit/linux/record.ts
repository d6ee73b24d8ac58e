/**
 * Records of Linux' audit log, as auditd writes them: `type=T msg=audit(SECONDS.MS:SERIAL): …`.
 *
 * Values are bare, in double quotes, in single quotes around fields of a program's own, or in braces;
 * what auditd adds in words follows a 0x1D. A line may have several records.
 *
 * @module
 */
import { typeName } from "./record_types.ts";

/** One `name=value`. */
export interface Field {
  /** Of a field in braces with the name of those before it: `SADDR.lport`. */
  readonly name: string;
  readonly value: string;
  /** It stood in double quotes: it is text, never hexadecimal. */
  readonly isQuoted: boolean;
  /** auditd added it, in words, to a number that the kernel wrote. */
  readonly isAdded: boolean;
}

export interface AuditRecord {
  /** The host that wrote it, where auditd was told to say so. */
  readonly node: string | undefined;
  /** Such as `SYSCALL`. */
  readonly type: string;
  /** ms since the epoch. */
  readonly time: number;
  readonly serial: string;
  /** `SECONDS.MS:SERIAL`: the same in all records of one event. */
  readonly id: string;
  readonly fields: readonly Field[];
  /** Words that belong to no field, such as those of SELinux. */
  readonly words: string;
}

const HEADER = /(?:node=(\S+) )?type=(\S+) (?:msg=)?audit\((\d{1,11})\.(\d{1,3}):(\d{1,20})\):/y;
const KERNEL_PREFIX = "audit: ";
const ADDED = "\x1d";

/** The records of one line, without its line end; none if it is no audit log's. */
export function readRecords(line: string): readonly AuditRecord[] {
  const records: AuditRecord[] = [];
  let at = line.startsWith(KERNEL_PREFIX) ? KERNEL_PREFIX.length : 0;
  while (at < line.length) {
    HEADER.lastIndex = at;
    const header = HEADER.exec(line);
    if (header === null) break;
    const from = HEADER.lastIndex;
    const end = nextHeader(line, from);
    records.push(recordOf(header, line.slice(from, end)));
    at = end === line.length ? end : end + 1;
  }
  return records;
}

/** Where the space before the next record of the line is; the line's end where it is the last. */
function nextHeader(line: string, from: number): number {
  let at = from;
  for (;;) {
    at = line.indexOf(" type=", at);
    if (at < 0) return line.length;
    const before = line.lastIndexOf(" ", at - 1);
    const start = before > from && line.startsWith(" node=", before) ? before : at;
    HEADER.lastIndex = start + 1;
    if (HEADER.test(line)) return start;
    at++;
  }
}

function recordOf(header: RegExpExecArray, body: string): AuditRecord {
  const [, node, type = "", seconds = "", ms = "", serial = ""] = header;
  const reader = new FieldReader();
  reader.read(body);
  return {
    node,
    type: typeName(type),
    time: Number(seconds) * 1000 + Number(ms.padEnd(3, "0")),
    serial,
    id: `${seconds}.${ms}:${serial}`,
    fields: reader.fields,
    words: reader.words.join(" "),
  };
}

/** Reads `name=value` after `name=value`. Each character is looked at a bounded number of times. */
class FieldReader {
  readonly fields: Field[] = [];
  readonly words: string[] = [];
  /** A word that has no name goes on the bare value before it: `op=add rule`. */
  #canGoOn = false;
  #isAdded = false;
  /** Stands before names of nested fields; undefined outside. */
  #prefix: string | undefined;

  read(text: string): void {
    let at = 0;
    while (at < text.length) {
      const c = text[at];
      if (c === ADDED) {
        if (this.#prefix === undefined) this.#isAdded = true;
        this.#canGoOn = false;
        at++;
      } else if (c === " ") at++;
      else at = this.#part(text, at);
    }
    this.#canGoOn = false;
  }

  #part(text: string, start: number): number {
    const end = partEnd(text, start);
    const equals = text.indexOf("=", start);
    // Programs of old wrote their last fields in parentheses.
    const nameAt = text[start] === "(" ? start + 1 : start;
    if (equals <= nameAt || equals >= end) {
      this.#word(text.slice(start, end));
      return end;
    }
    const name = text.slice(nameAt, equals);
    const from = equals + 2;
    const first = text[equals + 1];
    if (first === '"') return this.#quoted(name, text, from);
    // Fields of a program's own have no others in them.
    if (first === "'" && this.#prefix === undefined) {
      this.#nested("", text.slice(from, lastQuote(text, from)));
      return lastQuote(text, from) + 1;
    }
    if (first === "{" && this.#prefix === undefined) {
      this.#nested(`${name}.`, text.slice(from, closing(text, from)));
      return closing(text, from) + 1;
    }
    this.#bare(name, text.slice(equals + 1, end), nameAt > start);
    return end;
  }

  #word(word: string): void {
    const last = this.fields.at(-1);
    if (!this.#canGoOn || last === undefined) this.words.push(word);
    else this.fields[this.fields.length - 1] = { ...last, value: `${last.value} ${word}` };
  }

  #quoted(name: string, text: string, from: number): number {
    const close = text.indexOf('"', from);
    const end = close < 0 ? text.length : close;
    this.#add(name, text.slice(from, end), true);
    this.#canGoOn = false;
    return end + 1;
  }

  #nested(prefix: string, text: string): void {
    this.#canGoOn = false;
    this.#prefix = prefix;
    this.read(text);
    this.#prefix = undefined;
  }

  #bare(name: string, value: string, isInParentheses: boolean): void {
    const plain = value.replace(/,$/, "");
    const isLast = plain.endsWith(")") && !plain.includes("(");
    this.#add(name, isLast || isInParentheses ? plain.replace(/\)$/, "") : plain, false);
    this.#canGoOn = true;
  }

  #add(name: string, value: string, isQuoted: boolean): void {
    const isAdded = this.#isAdded;
    this.fields.push({ name: `${this.#prefix ?? ""}${name}`, value, isQuoted, isAdded });
  }
}

/** Where the part without quotes that starts at `start` ends. */
function partEnd(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    if (text[at] === " " || text[at] === ADDED) return at;
  }
  return text.length;
}

/** A value in single quotes may have some in it: it ends with the last before what auditd adds. */
function lastQuote(text: string, from: number): number {
  const added = text.indexOf(ADDED, from);
  const close = text.lastIndexOf("'", added < 0 ? text.length : added);
  return close < from ? text.length : close;
}

function closing(text: string, from: number): number {
  const close = text.indexOf("}", from);
  return close < 0 ? text.length : close;
}
