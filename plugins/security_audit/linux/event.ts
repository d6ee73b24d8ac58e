/**
 * Makes one row of all records of an event: nothing of them is left out.
 *
 * @module
 */
import type { Json } from "../../../sdk/mod.ts";
import type { AuditRecord, Field } from "./record.ts";
import { ARCHITECTURES, syscallName } from "./syscalls.ts";
import type { AuditRow } from "./table.ts";
import { known, numberOf, socketAddress, textOf } from "./values.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Row = Mutable<AuditRow>;
type NamesOf<V> = {
  [K in keyof AuditRow]-?: V extends AuditRow[K] ? (AuditRow[K] extends V | undefined ? K : never)
    : never;
}[keyof AuditRow];
type TextName = NamesOf<string>;
type LongName = "argc" | "pid" | "ppid" | "ses" | IdName;
type IdName = "auid" | "uid" | "gid" | "euid" | "egid" | "suid" | "sgid" | "fsuid" | "fsgid";

const TEXTS: ReadonlySet<string> = new Set<TextName>([
  ...["op", "res", "result", "success", "exit", "cmd", "proctitle", "comm", "exe", "cwd"] as const,
  ...["path", "tty", "terminal", "acct", "hostname", "addr", "laddr", "subj", "data"] as const,
]);
const ARGUMENTS: ReadonlySet<string> = new Set<TextName>(["a0", "a1", "a2", "a3"]);
const LONGS: ReadonlySet<string> = new Set<LongName>(["argc", "pid", "ppid", "ses"]);
/** The column of an id's name, which auditd adds under the id's name in capitals. */
const NAMES: Readonly<Record<IdName, TextName>> = {
  auid: "audit_user",
  uid: "user",
  gid: "group",
  euid: "effective_user",
  egid: "effective_group",
  suid: "set_user",
  sgid: "set_group",
  fsuid: "filesystem_user",
  fsgid: "filesystem_group",
};
/** Names of users that have no column of their own. */
const OTHER_USER = /^(?:[A-Z_-]*UID|ID)$|^ouid$/;

/** The row of an event with these records, of which there is at least one. */
export function rowOf(records: readonly AuditRecord[]): AuditRow {
  const first = records[0]!;
  const event = new EventRow({
    TimeGenerated: first.time,
    node: first.node,
    AuditID: first.id,
    SerialNumber: first.serial,
    RecordType: first.type.toLowerCase(),
    RecordTypes: records.map((record) => record.type.toLowerCase()).join(","),
  });
  for (const record of records) event.add(record);
  return event.row();
}

class EventRow {
  readonly #row: Row;
  readonly #rests: Json[] = [];
  readonly #users = new Set<string>();
  readonly #arguments: string[] = [];
  #nameIsFolder = true;

  constructor(row: AuditRow) {
    this.#row = { ...row };
  }

  row(): AuditRow {
    const row = this.#row;
    if (this.#arguments.length > 0) row.cmd ??= this.#arguments.join(" ");
    if (this.#users.size > 0) row.OtherUsers = [...this.#users];
    if (this.#rests.length > 0) row.Records = this.#rests;
    return row;
  }

  add(record: AuditRecord): void {
    const rest = new Map<string, Json[]>();
    if (record.type === "PATH") this.#takeName(record);
    for (const field of record.fields) {
      const value = textOf(field, record.type);
      this.#takeUser(field, value);
      if (this.#take(record.type, field.name, value)) continue;
      const values = rest.get(field.name) ?? [];
      values.push(NULLS.has(value) && !field.isQuoted ? null : value);
      rest.set(field.name, values);
    }
    if (record.words !== "") rest.set("words", [record.words]);
    if (rest.size === 0) return;
    const entries = [...rest].map(([name, values]) =>
      [name, values.length === 1 ? values[0]! : values] as const
    );
    this.#rests.push({ type: record.type, ...Object.fromEntries(entries) });
  }

  /** The first file that is no folder of another one, else the first folder. */
  #takeName({ fields }: AuditRecord): void {
    const field = fields.find(({ name }) => name === "name");
    const name = field && known(textOf(field, "PATH"));
    const isFolder = fields.some(({ name, value }) => name === "nametype" && value === "PARENT");
    if (name === undefined || (this.#row.name !== undefined && !this.#nameIsFolder)) return;
    if (this.#row.name !== undefined && isFolder) return;
    this.#row.name = name;
    this.#nameIsFolder = isFolder;
  }

  /** Remembers a user's name that has no column: it is replaced in `Records` too. */
  #takeUser({ name, isAdded }: Field, value: string): void {
    if (isIdName(name.toLowerCase()) || !OTHER_USER.test(name)) return;
    const id = numberOf(value);
    if (id !== undefined && (isAdded || typeof id === "string")) this.#users.add(value);
  }

  /** Puts the value in its column; false where it has none, or that has another value. */
  #take(type: string, name: string, value: string): boolean {
    if (type === "PATH") return false;
    if (type === "EXECVE") return this.#takeArgument(name, value);
    if (name in NAMES || LONGS.has(name)) return this.#takeLong(name, value);
    const idName = name.toLowerCase();
    if (isIdName(idName) && name === idName.toUpperCase()) return this.#set(NAMES[idName], value);
    if (TEXTS.has(name) || (ARGUMENTS.has(name) && type === "SYSCALL")) {
      return this.#set(asText(name), value);
    }
    return this.#takeSpecial(name, value);
  }

  #takeArgument(name: string, value: string): boolean {
    if (name === "argc") return this.#takeLong(name, value);
    const piece = /^a(\d+)(?:\[(\d+)\])?$/.exec(name);
    if (piece === null) return false;
    const number = Number(piece[1]);
    // Arguments come in order; a long one comes in pieces. All stay in `Records` too.
    if (number <= this.#arguments.length) {
      this.#arguments[number] = (piece[2] === undefined ? "" : this.#arguments[number] ?? "") +
        value;
    }
    return false;
  }

  #takeLong(name: string, value: string): boolean {
    const number = numberOf(value);
    if (number === undefined) return true;
    // Where numbers were already replaced, the name of the user stands in their place.
    if (typeof number === "string") return isIdName(name) && this.#set(NAMES[name], value);
    const column = asLong(name);
    this.#row[column] ??= number;
    return this.#row[column] === number;
  }

  #takeSpecial(name: string, value: string): boolean {
    switch (name) {
      case "arch":
        return this.#set("arch", ARCHITECTURES.get(value) ?? value);
      case "ARCH":
      case "SYSCALL":
        // The number says the same; where the name was not known, this is it.
        return this.#rename(name === "ARCH" ? "arch" : "syscall", value);
      case "syscall":
        return this.#set("syscall", syscallName(this.#row.arch ?? "", Number(value)) ?? value);
      case "key":
        return this.#set("key", value.replaceAll("\x01", ","));
      case "saddr":
        return this.#takeAddress(value);
      case "rport":
      case "lport":
        return this.#takePort(name === "rport" ? "port" : "lport", value);
      case "SADDR.saddr_fam":
        return this.#set("family", value);
      default:
        // auditd says in words what was decoded already.
        return name.startsWith("SADDR.") && this.#row.saddr === undefined;
    }
  }

  #takeAddress(hex: string): boolean {
    const decoded = socketAddress(hex);
    if (decoded === undefined) return this.#set("saddr", hex);
    const row = this.#row;
    row.family ??= decoded.family;
    // Only a netlink address has more than the columns.
    if (decoded.family === "netlink") return false;
    row.addr ??= decoded.address;
    row.port ??= decoded.port;
    row.path ??= decoded.path;
    return true;
  }

  #takePort(column: "port" | "lport", value: string): boolean {
    const number = numberOf(value);
    if (typeof number !== "number" || number < 0 || number > 65_535) return number === undefined;
    this.#row[column] ??= number;
    return this.#row[column] === number;
  }

  #rename(column: "arch" | "syscall", value: string): boolean {
    const before = this.#row[column];
    if (before === undefined || /^[0-9a-f]+$/.test(before)) this.#row[column] = value;
    return true;
  }

  #set(column: TextName, value: string): boolean {
    const text = known(value);
    if (text === undefined) return true;
    this.#row[column] ??= text;
    return this.#row[column] === text;
  }
}

/** Absent in `Records`; "?" and "" there may mean something. */
const NULLS = new Set(["(null)", "(none)", "4294967295"]);

function isIdName(name: string): name is IdName {
  return name in NAMES;
}

function asText(name: string): TextName {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it is in one of the sets above
  return name as TextName;
}

function asLong(name: string): LongName {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it is in one of the sets above
  return name as LongName;
}
