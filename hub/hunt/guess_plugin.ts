/**
 * Which plugin reads a file: by what it begins with, then by its name.
 *
 * @module
 */
import { closeSync, openSync, readSync } from "node:fs";
import { basename } from "node:path";

/** Bytes of a file that are looked at. */
const HEAD_BYTES = 8192;

interface Sign {
  readonly plugin: string;
  readonly test: (head: string, name: string) => boolean;
}

/** The first that fits. */
const SIGNS: readonly Sign[] = [
  { plugin: "event_log", test: (head) => head.startsWith("ElfFile\0") },
  { plugin: "rows", test: (head) => /^\s*\{/.test(head) && ROWS.test(head) },
  { plugin: "event_log", test: (head) => /<Event[\s>]/.test(head) && head.includes("<System>") },
  {
    plugin: "iis",
    test: (head) => /^#(Software|Version|Date|Fields):/m.test(head) && !isZeek(head),
  },
  { plugin: "network_ids", test: (head) => isZeek(head) || isEve(head) },
  {
    plugin: "network_ids",
    test: (head, name) =>
      /^\s*\{/.test(head) && /^(eve.*\.json|(conn|dns|http|ssl)\..*log)$/.test(name),
  },
  {
    plugin: "security_audit",
    test: (head) => /^(node=\S+ )?type=[A-Z_0-9]+ msg=audit\(/m.test(head),
  },
  {
    plugin: "sql_server",
    test: (head, name) => /^errorlog(\.\d+)?$/i.test(name) && isSqlLog(head),
  },
  { plugin: "system_center", test: (head) => head.includes("<![LOG[") },
  { plugin: "syslog", test: (head) => SYSLOG_LINE.test(head) },
  { plugin: "security_audit", test: (_, name) => /^audit\.log(\.\d+)?$/.test(name) },
  { plugin: "iis", test: (_, name) => /^u_ex\d+.*\.log$/i.test(name) },
];

/** A row of `custos read`, or an event of Windows as JSON. */
const ROWS =
  /^\s*\{\s*"table":\s*"\w+",\s*"row":\s*\{|"Event":\s*\{[^\n]*"System":\s*\{|"winlog":\s*\{/;

/** RFC 5424, or RFC 3164 with or without priority, also with ISO 8601 times. */
const SYSLOG_LINE =
  /^(<\d{1,3}>)?(\d )?([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S*) \S+ \S/;

function isZeek(head: string): boolean {
  return head.startsWith("#separator");
}

function isEve(head: string): boolean {
  return /^\s*\{/.test(head) && /"event_type":\s*"/.test(head) && /"timestamp":\s*"/.test(head);
}

function isSqlLog(head: string): boolean {
  return /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d\d \S+/m.test(head);
}

/** The name of the plugin, or `rows` for what `custos read` prints; undefined: none is known. */
export function guessPlugin(file: string): string | undefined {
  const head = headOf(file);
  return SIGNS.find(({ test }) => test(head, basename(file)))?.plugin;
}

/** Whether `file` is one that gzip has made. */
export function isCompressed(file: string): boolean {
  const [first, second] = bytesOf(file);
  return first === 0x1f && second === 0x8b;
}

function headOf(file: string): string {
  const bytes = bytesOf(file);
  const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  return new TextDecoder(isUtf16 ? "utf-16le" : "utf-8").decode(bytes);
}

function bytesOf(file: string): Uint8Array {
  const bytes = new Uint8Array(HEAD_BYTES);
  const fd = openSync(file, "r");
  try {
    return bytes.subarray(0, readSync(fd, bytes, 0, HEAD_BYTES, 0));
  } finally {
    closeSync(fd);
  }
}
