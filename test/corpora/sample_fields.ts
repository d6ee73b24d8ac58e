/**
 * Plain splitters of log formats: they know where fields are, and share nothing with our parsers.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** A field as it stands in the input. */
export interface Field {
  readonly name: string;
  readonly value: string;
  /** Other forms of the same value, of which one may come out in its place. */
  readonly also?: readonly string[];
}

/** One record; its fields in any order. */
export type FieldRecord = readonly Field[];

/** Splits a file. Undefined where a program that it needs is not installed. */
export type Splitter = (path: string) => readonly FieldRecord[] | undefined;

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

function linesOf(path: string): readonly string[] {
  return textOf(path).split(/\r?\n/).filter((line) => line !== "");
}

function textOf(path: string): string {
  return readFileSync(path, "utf8").replace(/^\uFEFF/, "");
}

/** Head of a line of RFC 3164, and of one whose time is ISO 8601. */
const LEGACY_TIME =
  /^(?:<\d+>)?(?:\d{4} )?([A-Z][a-z]{2}) +(\d+) (?:\d{4} )?(\d\d:\d\d:\d\d)[\d.]*(?: (?:UTC|GMT))?:? /;
const ISO_TIME = /^(?:<\d+>)?(\d{4}-\d\d-\d\dT\S+) /;

/** Words of syslog lines; the time at the head is one field, the priority none of its own. */
export function syslogLines(lines: readonly string[]): readonly FieldRecord[] {
  return lines.map((line) => {
    const [head = "", time] = syslogTime(line);
    const words = line.slice(head.length).replace(/^<\d+>/, "").split(/[\s:[\]]+/);
    const fields = words.filter((word) => word !== "").map((value) => ({ name: "word", value }));
    return time === undefined ? fields : [time, ...fields];
  });
}

function syslogTime(line: string): readonly [head?: string, time?: Field] {
  const [isoHead = "", iso] = ISO_TIME.exec(line) ?? [];
  if (iso !== undefined) return [isoHead, { name: "time", value: iso }];
  const [head, month = "", day = "", clock = ""] = LEGACY_TIME.exec(line) ?? [];
  const date = `-${String(MONTHS.indexOf(month) + 1).padStart(2, "0")}-${day.padStart(2, "0")}`;
  const value = `${date}T${clock}`;
  return head === undefined ? [] : [head, { name: "time", value, also: [`${value}Z`] }];
}

/** W3C Extended Log File Format: `#Fields` names the columns. */
export const w3c: Splitter = (path) => {
  const records: FieldRecord[] = [];
  let names: readonly string[] = [];
  for (const line of linesOf(path)) {
    if (line.startsWith("#Fields:")) names = line.slice(8).trim().split(/\s+/);
    if (line.startsWith("#")) continue;
    const values = line.split(" ");
    const at = (name: string): string => values[names.indexOf(name)] ?? "";
    const fields = names.map((name, n) => ({ name, value: values[n] ?? "" })).filter((
      { name, value },
    ) => name !== "date" && name !== "time" && value !== "" && value !== "-").map((field) => ({
      ...field,
      also: [field.value.replaceAll("+", " ")],
    }));
    records.push([{ name: "time", value: `${at("date")}T${at("time")}` }, ...fields]);
  }
  return records;
};

/** Cells of a line of CSV; quotes inside of cells are doubled. */
function cells(line: string): readonly string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)]
    .map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? "");
}

/** CSV with a head; `skip` so many lines after it that are none. */
export function csv(skip = 0): Splitter {
  return (path) => {
    const [head = "", ...lines] = linesOf(path);
    const names = cells(head);
    return lines.slice(skip).map((line) =>
      cells(line).flatMap((value, n) => parts(names[n] ?? `${n}`, value)).filter(({ value }) =>
        value.trim() !== ""
      )
    );
  };
}

/** A cell may hold `name=value;name=value`. */
function parts(name: string, value: string): readonly Field[] {
  const inner = value.split(";").map((part) => part.split("="));
  if (!inner.every(({ length }) => length === 2)) return [{ name, value }];
  return inner.map(([own = "", text = ""]) => ({ name: `${name}.${own}`, value: text }));
}

/** PDH-CSV: each cell is a record of its own, with the counter's path, the time and the value. */
export const pdh: Splitter = (path) => {
  const [head = "", ...lines] = linesOf(path);
  const [first = "", ...paths] = cells(head);
  const bias = Number(/\((-?\d+)\)$/.exec(first)?.[1] ?? 0);
  return lines.filter((line) => line.startsWith('"')).flatMap((line) => {
    const [time = "", ...values] = cells(line);
    const [, month, day, rest] = /^(\d+)\/(\d+)\/(\d+ .*)$/.exec(time) ?? [];
    const [year, clock] = rest?.split(" ") ?? [];
    const at = new Date(Date.parse(`${year}-${month}-${day}T${clock}Z`) + bias * 60_000);
    return values.flatMap((value, n) =>
      value.trim() === "" ? [] : [[
        { name: "path", value: paths[n]! },
        { name: "time", value: at.toISOString() },
        { name: "value", value },
      ]]
    );
  });
};

/**
 * Leaves of a JSON value; `each`: its items are records. What OData says of its own (OData JSON
 * Format 4.01 §4.6, "control information") is no field.
 */
export function json(each: (value: unknown) => readonly unknown[]): Splitter {
  return (path) => each(JSON.parse(textOf(path))).map((record) => leaves("", record));
}

function leaves(name: string, value: unknown): Field[] {
  if (value === null || value === undefined || value === "") return [];
  if (typeof value === "string" && UNSET.test(value)) return [];
  if (typeof value !== "object") return [{ name, value: String(value), also: secondsOf(value) }];
  return Object.entries(value).filter(([key]) => !key.includes("@odata.")).flatMap(([key, inner]) =>
    leaves(name === "" ? key : `${name}.${key}`, inner)
  );
}

/** An ISO 8601 duration of seconds, which comes out in seconds or ms. */
function secondsOf(value: unknown): readonly string[] {
  const [, seconds] = /^PT([\d.]+)S$/.exec(String(value)) ?? [];
  return seconds === undefined ? [] : [seconds, String(Number(seconds) * 1000)];
}

/** What stands for nothing in records of auditd. */
const UNSET = /^(?:4294967295|\(null\)|\(none\)|\?|unset|-?)$/;
/** AUDIT_ARCH_X86_64 of linux/audit.h. */
const X86_64 = "c000003e";

/** Records of auditd: `name=value`, `name="value"` and `name='…'`; hexadecimal text is text, too. */
export const auditd: Splitter = (path) => linesOf(path).map(auditFields);

function auditFields(text: string): readonly Field[] {
  const all = text.matchAll(/([\w-]+)=(?:"([^"]*)"|'([^']*)'|([^\s']+))/g);
  return [...all].flatMap(([, name = "", quoted, inner, plain]): readonly Field[] => {
    if (inner !== undefined) return auditFields(inner);
    const value = quoted ?? plain ?? "";
    if (UNSET.test(value)) return [];
    const isHex = plain !== undefined && /^(?:[0-9A-F]{2}){4,}$/.test(value);
    const decoded = Buffer.from(isHex ? value : "", "hex").toString().replaceAll("\0", " ").trim();
    const also = [...(isHex ? [decoded] : []), ...(value === X86_64 ? ["x86_64"] : [])];
    return [{ name, value: value.replace(/^audit\((.*)\):?$/, "$1"), also }];
  });
}

const ENTITIES: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  amp: "&",
  quot: '"',
  apos: "'",
};

function unescaped(text: string): string {
  return text.replaceAll(
    /&(#x?)?(\w+);/g,
    (all, number: string | undefined, name: string) =>
      number === undefined
        ? ENTITIES[name] ?? all
        : String.fromCodePoint(number === "#" ? Number(name) : Number.parseInt(name, 16)),
  );
}

/** Attributes and texts of `<Event>` elements. */
export function xmlEvents(text: string): readonly FieldRecord[] {
  return [...text.matchAll(/<Event[ >][\s\S]*?<\/Event>/g)].map(([event]) => {
    const attributes = [...event.matchAll(/<(\w+)((?:\s+[\w:]+=(?:"[^"]*"|'[^']*'))+)/g)].flatMap(
      ([, element = "", all = ""]) =>
        [...all.matchAll(/([\w:]+)=(?:"([^"]*)"|'([^']*)')/g)]
          .filter(([, name = ""]) => !name.startsWith("xmlns"))
          .map(([, name = "", a, b]) => ({
            name: `${element}.${name}`,
            value: unescaped(a ?? b ?? ""),
          })),
    );
    const texts = [...event.matchAll(/<([\w:]+)[^<>]*>([^<]+)<\//g)]
      .map(([, name = "", value = ""]) => {
        const also = name === "Level" ? LEVELS.slice(Number(value)).slice(0, 1) : [];
        return { name, value: unescaped(value), also };
      });
    const fields = [...attributes, ...texts].filter(({ value }) => value.trim() !== "");
    const lengths = new Set(fields.map(({ name, value }) => `${name}Length ${value.length}`));
    // The length of another field says nothing.
    return fields.filter(({ name, value }) => !lengths.has(`${name} ${value}`));
  });
}

/** Names of levels (winmeta.xml). */
const LEVELS = ["Information", "Critical", "Error", "Warning", "Information", "Verbose"];

export const xml: Splitter = (path) => xmlEvents(textOf(path));

/** EVTX, as libevtx reads it. */
export const evtx: Splitter = (path) => {
  const { status, stdout } = spawnSync("evtxexport", ["-f", "xml", path], { maxBuffer: 2 ** 28 });
  return status === null ? undefined : xmlEvents(stdout.toString());
};

/** Shares of a hundred (RFC 6035 §4.6.2.5), which come out as shares of one. */
const PERCENT = /^(?:NLR|JDR|BLD|GLD)$/;

/**
 * Events of SQL Server in EVTX: what stands beside System, and of an audit record the lines of its
 * text, `name:value` (MS-SQL "SQL Server Audit records").
 */
export const sqlEvents: Splitter = (path) =>
  evtx(path)?.map((record) =>
    record.flatMap((field): readonly Field[] => {
      if (field.name === "EventRecordID") return [field];
      if (field.name !== "Data") return [];
      if (!field.value.includes("action_id:")) return [field];
      return [...field.value.matchAll(/^(\w+):(.+)$/gm)].map(([, name = "", value = ""]) => ({
        name,
        value,
      })).filter(({ value }) => !/^0*$/.test(value));
    })
  );

/** The body of an RFC 6035 report: `Name:VALUE` where it has no parts, else `PART=VALUE`. */
export const vqReport: Splitter = (path) => [
  linesOf(path).flatMap((line): readonly Field[] => {
    const all = [...line.matchAll(/(?:^|[\s:;])([\w-]+)=("[^"]*"|[^\s;]+)/g)];
    const inner = all.map(([, name = "", value = ""]): Field => {
      if (PERCENT.test(name)) return { name, value: `${Number(value) / 100}` };
      return value === "off" ? { name, value, also: ["false"] } : { name, value };
    });
    if (inner.length > 0) return inner;
    const [, name = "", value = ""] = /^(\w+): *(.*)$/.exec(line) ?? [];
    // There is no other report of a session.
    if (name === "VQSessionReport") return [{ name, value: "session" }];
    return value === "" ? [] : [{ name, value }];
  }),
];

/** Severity is a number there. */
function severityOf(name: string, value: string): readonly string[] {
  return name === "type"
    ? ["", "Information", "Warning", "Error"].slice(Number(value)).slice(0, 1)
    : [];
}

/** CMTrace: `<![LOG[text]LOG]!><name="value" …>`. */
export const cmtrace: Splitter = (path) =>
  [...textOf(path).matchAll(/<!\[LOG\[([\s\S]*?)\]LOG\]!><([^>]*)>/g)].map(
    ([, text = "", rest = ""]) => {
      const values = new Map(
        [...rest.matchAll(/(\w+)="([^"]*)"/g)].map(([, n = "", v = ""]) => [n, v]),
      );
      const [month = "", day = "", year = ""] = values.get("date")?.split("-") ?? [];
      const date = `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
      const [, clock, sign, bias] = /^([\d:.]+)(?:([+-])(\d+))?/.exec(values.get("time") ?? "") ??
        [];
      const minutes = Number(`${sign ?? "+"}${bias ?? 0}`);
      const at = Date.parse(`${date}T${clock}Z`) + minutes * 60_000;
      const fields = [...values].filter(([name, value]) =>
        name !== "date" && name !== "time" && value !== ""
      );
      return [
        { name: "text", value: text },
        { name: "time", value: new Date(at).toISOString() },
        ...fields.map(([name, value]) => ({ name, value, also: severityOf(name, value) })),
      ];
    },
  );
