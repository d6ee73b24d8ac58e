/**
 * Landlock (landlock(7)): confines which files the calling thread, and what it becomes by `execve`,
 * may open, and at which TCP ports it may listen.
 *
 * @module
 */
import { closeSync, openSync, readFileSync, statSync } from "node:fs";
import type { Libc } from "./libc.ts";
import { LANDLOCK_ADD_RULE, LANDLOCK_CREATE_RULESET, LANDLOCK_RESTRICT_SELF } from "./numbers.ts";
import type { Confinement } from "./spec.ts";

const VERSION_FLAG = 1;
const [RULE_PATH, RULE_PORT] = [1, 2];

const EXECUTE = 1n << 0n;
const READ_FILE = 1n << 2n;
const READ_FOLDER = 1n << 3n;
/** How many kinds of access to files each version knows (linux/landlock.h). */
const KINDS_OF_VERSION = [0, 13, 14, 15, 15, 16];
const BIND_TCP = 1n << 0n;
const CONNECT_TCP = 1n << 1n;
/** First version that knows TCP ports. */
export const FIRST_WITH_TCP = 4;
const SCOPE_ABSTRACT_SOCKET = 1n << 0n;
const SCOPE_SIGNAL = 1n << 1n;
const FIRST_WITH_SCOPES = 6;

/** A path that can be granted but not read through: linux/fcntl.h. */
const O_PATH = 0o10000000;

/** What the runtime reads of every host when it starts and to tell local time. */
const RUNTIME_FILES = [
  ...["/etc/ld.so.cache", "/etc/localtime", "/proc/stat", "/proc/meminfo"],
  ...["/proc/sys/vm/overcommit_memory", "/proc/sys/vm/mmap_min_addr"],
  "/sys/kernel/mm/transparent_hugepage/enabled",
];
const RUNTIME_FOLDERS = ["/usr/share/zoneinfo", "/sys/devices/system/cpu"];

/** Version of Landlock that the kernel has; 0: none. */
export function landlockVersion({ call }: Libc): number {
  return Math.max(0, call(LANDLOCK_CREATE_RULESET, 0, 0, VERSION_FLAG));
}

/**
 * Confines the calling thread to `spec` and to what the program itself is made of.
 *
 * @throws {Error} If a step fails: nothing may run then.
 */
export function restrictFiles(libc: Libc, spec: Confinement, version: number): void {
  const { call } = libc;
  const ruleset = createRuleset(libc, version);
  const allow = (path: string, access: bigint): void => addPath(libc, { ruleset, path, access });
  for (const path of programFiles()) allow(path, READ_FILE | EXECUTE);
  for (const path of [...RUNTIME_FILES, ...spec.files]) allow(path, READ_FILE);
  for (const path of [...RUNTIME_FOLDERS, ...spec.folders]) allow(path, READ_FILE | READ_FOLDER);
  // The C library asks there for the bounds of the stack. What it links to is judged by itself.
  allow(`/proc/${process.pid}`, READ_FILE | READ_FOLDER);
  if (version >= FIRST_WITH_TCP) { for (const port of spec.tcpPorts) addPort(libc, ruleset, port); }
  const failed = call(LANDLOCK_RESTRICT_SELF, ruleset, 0);
  if (failed < 0) throw new Error(`Cannot confine process: landlock_restrict_self gives ${failed}`);
}

function createRuleset({ call, addressOf }: Libc, version: number): number {
  const kinds = KINDS_OF_VERSION[Math.min(version, KINDS_OF_VERSION.length - 1)] ?? 0;
  const attributes = new BigUint64Array([
    (1n << BigInt(kinds)) - 1n,
    ...(version >= FIRST_WITH_TCP ? [BIND_TCP | CONNECT_TCP] : []),
    ...(version >= FIRST_WITH_SCOPES ? [SCOPE_ABSTRACT_SOCKET | SCOPE_SIGNAL] : []),
  ]);
  const bytes = new Uint8Array(attributes.buffer);
  const ruleset = call(LANDLOCK_CREATE_RULESET, addressOf(bytes), bytes.length, 0);
  if (ruleset < 0) {
    throw new Error(`Cannot confine process: landlock_create_ruleset gives ${ruleset}`);
  }
  return ruleset;
}

interface PathRule {
  readonly ruleset: number;
  readonly path: string;
  readonly access: bigint;
}

function addPath({ call, addressOf }: Libc, { ruleset, path, access }: PathRule): void {
  const stat = statSync(path, { throwIfNoEntry: false });
  // What is not there now cannot be granted; it is denied.
  if (stat === undefined) return;
  const fd = openSync(path, O_PATH);
  const rule = new Uint8Array(12);
  const view = new DataView(rule.buffer);
  view.setBigUint64(0, stat.isDirectory() ? access : access & ~READ_FOLDER, true);
  view.setInt32(8, fd, true);
  const failed = call(LANDLOCK_ADD_RULE, ruleset, RULE_PATH, addressOf(rule), 0);
  closeSync(fd);
  if (failed < 0) throw new Error(`Cannot confine process: landlock_add_rule gives ${failed}`);
}

function addPort({ call, addressOf }: Libc, ruleset: number, port: number): void {
  const rule = new Uint8Array(new BigUint64Array([BIND_TCP, BigInt(port)]).buffer);
  const failed = call(LANDLOCK_ADD_RULE, ruleset, RULE_PORT, addressOf(rule), 0);
  if (failed < 0) throw new Error(`Cannot confine process: landlock_add_rule gives ${failed}`);
}

/** The program and its libraries: all files that it has mapped. */
function programFiles(): readonly string[] {
  const paths = readFileSync("/proc/self/maps", "utf8").split("\n")
    .map((line) => line.slice(line.indexOf("/")))
    .filter((path) => path.startsWith("/") && !path.endsWith(" (deleted)"));
  return [...new Set([process.execPath, ...paths])];
}
