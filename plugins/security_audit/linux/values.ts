/**
 * What values of audit records stand for: hexadecimal text, "unset", socket addresses.
 *
 * @module
 */
import { isUtf8 } from "node:buffer";
import { ipText } from "../../../sdk/read/ip_text.ts";
import type { Field } from "./record.ts";

/** Fields of untrusted text: the kernel writes it in quotes or, where it has more, in hexadecimal. */
const ENCODED = new Set([
  ...["proctitle", "name", "cwd", "comm", "exe", "key", "path", "dir", "acct", "cmd", "data"],
  ...["file", "grp", "vm", "watch", "device", "ocomm", "root_dir", "old-disk", "new-disk"],
  ...["old-fs", "new-fs", "old-net", "new-net", "old-chardev", "new-chardev", "old-rng", "new-rng"],
]);
const ARGUMENT = /^a\d+(?:\[\d+\])?$/;
const HEX = /^(?:[0-9A-F]{2})+$/i;

/** "No such value", as the kernel, auditd and programs write it. */
const NONE = new Set(["", "?", "(null)", "(none)"]);
/** Of ids and sessions: -1, as 32 bits show it. */
const UNSET = new Set([...NONE, "unset", "-1", "4294967295"]);

/** The value of `field` in a record of `type` as text; a NUL becomes a space. */
export function textOf(field: Field, type: string): string {
  const { name, value, isQuoted } = field;
  const isArgument = type === "EXECVE" && ARGUMENT.test(name);
  if (isQuoted || !(ENCODED.has(name) || isArgument) || !HEX.test(value)) return value;
  const bytes = Buffer.from(value, "hex");
  // What is no text stays in hexadecimal: nothing of it is lost.
  if (!isUtf8(bytes)) return value;
  return bytes.toString("utf8").replace(/\0$/, "").replaceAll("\0", " ");
}

/** The value; undefined where it says that there is none. */
export function known(value: string): string | undefined {
  return NONE.has(value) ? undefined : value;
}

/** The whole number that a field of an id or a count has; undefined where it says there is none. */
export function numberOf(value: string): number | string | undefined {
  if (UNSET.has(value)) return undefined;
  return /^-?\d{1,15}$/.test(value) ? Number(value) : value;
}

/** Where a socket leads to. */
export interface SocketAddress {
  /** Such as `inet`. */
  readonly family: string;
  readonly address?: string;
  readonly port?: number;
  readonly path?: string;
}

const INET = 2;
const INET6 = 10;
const UNIX = 1;
const NETLINK = 16;

/** Decodes `saddr`, a `struct sockaddr` in hexadecimal; undefined if it is none that we know. */
export function socketAddress(hex: string): SocketAddress | undefined {
  if (!HEX.test(hex)) return undefined;
  const bytes = Buffer.from(hex, "hex");
  if (bytes.length < 2) return undefined;
  // The family is in the order of the host's processor; none is over 255.
  const family = bytes[0] === 0 ? bytes[1] : bytes[0];
  if (family === UNIX) return { family: "unix", ...pathOf(bytes.subarray(2)) };
  if (family === NETLINK) return { family: "netlink" };
  if (family === INET && bytes.length >= 8) {
    return { family: "inet", address: ipText(bytes.subarray(4, 8)), port: bytes.readUInt16BE(2) };
  }
  if (family === INET6 && bytes.length >= 24) {
    return { family: "inet6", address: ipText(bytes.subarray(8, 24)), port: bytes.readUInt16BE(2) };
  }
  return undefined;
}

/** A path ends with a NUL; one that begins with it is a name of no file, written with an `@`. */
function pathOf(bytes: Buffer): { readonly path?: string } {
  const isAbstract = bytes[0] === 0;
  const from = isAbstract ? 1 : 0;
  const nul = bytes.indexOf(0, from);
  const name = bytes.subarray(from, nul < 0 ? bytes.length : nul);
  if (name.length === 0) return {};
  const text = isUtf8(name) ? name.toString("utf8") : name.toString("hex");
  return { path: isAbstract ? `@${text}` : text };
}
