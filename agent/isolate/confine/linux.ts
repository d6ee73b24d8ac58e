/**
 * Confines a process on Linux: Landlock, a filter of system calls, limits, no new privileges and no
 * capabilities.
 *
 * Most of it binds the calling thread alone, and a runtime reads files in others. So the process
 * confines itself before it has any code of a plugin, and then becomes itself again (`execve`):
 * all threads of the new program inherit what bound the one that called.
 *
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs";
import { filterOf } from "./filter.ts";
import { FIRST_WITH_TCP, landlockVersion, restrictFiles } from "./landlock.ts";
import { type Libc, openLibc } from "./libc.ts";
import { CALLS } from "./numbers.ts";
import { type Confined, type Confinement, UNCONFINED } from "./spec.ts";

// linux/prctl.h
const [PR_SET_PDEATHSIG, PR_SET_SECCOMP, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS] = [1, 22, 24, 38];
const SECCOMP_MODE_FILTER = 2;
const SIGKILL = 9;
// linux/capability.h
const [CAP_DAC_READ_SEARCH, CAP_NET_BIND_SERVICE] = [2, 10];
const CAPABILITIES = 64;
// asm-generic/resource.h
const [RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_DATA, RLIMIT_CORE, RLIMIT_NOFILE] = [0, 1, 2, 4, 7];
const [RLIMIT_NICE, RLIMIT_RTPRIO] = [13, 14];
const MOST_OPEN_FILES = 1024n;
/** CPU of one life: a last resort, where nobody is there any more to see that it is silent. */
const MOST_CPU_SECONDS = 86_400n;
/**
 * sched(7): against what runs at 0, such as the agent, it gets a tenth of a CPU that both want. Where
 * nobody else wants it, all of it.
 */
const NICE = 10;
const PRIO_PROCESS = 0;

/** What this host's kernel has. */
export async function offeredByKernel(): Promise<Confined> {
  const libc = await openLibc();
  const known = CALLS[process.arch];
  return libc === undefined || known === undefined
    ? UNCONFINED
    : confinedBy(landlockVersion(libc), []);
}

/**
 * Confines this process and replaces it by `command`, followed by what holds, as JSON. Returns
 * only where this host has no way to.
 *
 * @throws {Error} If a step fails that should not: the caller must end.
 */
export async function confineAndBecome(
  spec: Confinement,
  command: readonly string[],
): Promise<void> {
  const libc = await openLibc();
  const calls = CALLS[process.arch];
  if (libc === undefined || calls === undefined) return;
  const version = landlockVersion(libc);
  const prctl = (option: number, value: number | bigint, more: number | bigint = 0): number =>
    libc.call(calls.prctl, option, value, more);
  // Where the host runs out of memory, this process goes first.
  writeFileSync("/proc/self/oom_score_adj", "1000");
  mustBe(prctl(PR_SET_NO_NEW_PRIVS, 1), "PR_SET_NO_NEW_PRIVS");
  mustBe(prctl(PR_SET_PDEATHSIG, SIGKILL), "PR_SET_PDEATHSIG");
  mustBe(libc.call(calls.setpriority, PRIO_PROCESS, 0, NICE), "setpriority");
  for (let cap = 0; cap < CAPABILITIES; cap++) {
    const isKept = cap === CAP_DAC_READ_SEARCH ||
      (cap === CAP_NET_BIND_SERVICE && (spec.udp || spec.tcpPorts.length > 0));
    // Whoever is not root has none to drop.
    if (!isKept) prctl(PR_CAPBSET_DROP, cap);
  }
  if (version > 0) restrictFiles(libc, spec, version);
  const limits = limitsOf(spec).map(([resource, most]) => limiting(libc, resource, most));
  const filter = filtering(libc, spec);
  const become = becoming(libc, [...command, JSON.stringify(confinedBy(version, spec.tcpPorts))]);
  // From here on nothing can be taken back.
  for (const limit of limits) mustBe(limit(), "a limit");
  mustBe(filter(), "PR_SET_SECCOMP");
  throw new Error(`Cannot confine process: execve gives ${become()}`);
}

/** Without Landlock's rules for ports no TCP socket is opened at all, unless one was granted. */
function confinedBy(version: number, tcpPorts: readonly number[]): Confined {
  return {
    ...{ by: "linux", landlock: version, files: version > 0, calls: true, limits: true },
    tcp: version >= FIRST_WITH_TCP || tcpPorts.length === 0,
  };
}

function limitsOf({ memoryBytes }: Confinement): readonly (readonly [number, bigint])[] {
  return [
    [RLIMIT_CPU, MOST_CPU_SECONDS],
    [RLIMIT_FSIZE, 0n],
    [RLIMIT_CORE, 0n],
    [RLIMIT_NOFILE, MOST_OPEN_FILES],
    // It may not take back what it was given less of.
    [RLIMIT_NICE, 0n],
    [RLIMIT_RTPRIO, 0n],
    [RLIMIT_DATA, BigInt(reservedBytes() + memoryBytes)],
  ];
}

/**
 * What this process has mapped. A runtime reserves gigabytes that it never touches, and where it
 * may not it runs without its compiler; the process that this one becomes will do the same.
 */
function reservedBytes(): number {
  const status = readFileSync("/proc/self/status", "utf8");
  return Number(/^VmData:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}

/** A system call that is all made up but for being called. */
type Ready = () => number;

function limiting({ call, addressOf }: Libc, resource: number, most: bigint): Ready {
  const limit = new Uint8Array(new BigUint64Array([most, most]).buffer);
  const number = CALLS[process.arch]?.prlimit64 ?? -1;
  return () => call(number, 0, resource, addressOf(limit), 0);
}

function filtering({ call, addressOf }: Libc, spec: Confinement): Ready {
  const filter = filterOf(spec, { cpu: process.arch, pid: process.pid });
  if (filter === undefined) throw new Error("Cannot confine process: its calls are not known");
  // struct sock_fprog: length in instructions, padding, address; the instructions follow it, so
  // that all live as long as what is called.
  const program = new Uint8Array(16 + filter.length);
  program.set(filter, 16);
  const view = new DataView(program.buffer);
  view.setUint16(0, filter.length / 8, true);
  view.setBigUint64(8, BigInt(addressOf(program) + 16), true);
  const number = CALLS[process.arch]?.prctl ?? -1;
  return () => call(number, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, addressOf(program));
}

/** `execve` of `command` with no environment, which returns only if it fails. */
function becoming({ call, addressOf }: Libc, command: readonly string[]): Ready {
  const words = command.map((word) => Buffer.from(`${word}\0`));
  // Addresses of the words and a zero, a zero for the environment, then the words themselves.
  const start = (words.length + 2) * 8;
  const all = new Uint8Array(start + words.reduce((sum, word) => sum + word.length, 0));
  const view = new DataView(all.buffer);
  let at = start;
  for (const [i, word] of words.entries()) {
    view.setBigUint64(i * 8, BigInt(addressOf(all) + at), true);
    all.set(word, at);
    at += word.length;
  }
  const number = CALLS[process.arch]?.execve ?? -1;
  return () => {
    const address = addressOf(all);
    return call(number, address + start, address, address + start - 8);
  };
}

function mustBe(result: number, what: string): void {
  if (result < 0) throw new Error(`Cannot confine process: ${what} gives ${result}`);
}
