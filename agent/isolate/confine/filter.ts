/**
 * The filter of system calls (seccomp, BPF) of a plugin's process.
 *
 * It is a list of what is denied, not of what is allowed: a runtime with a compiler in it makes too
 * many calls for that. It closes what Landlock leaves open: other processes, sockets that are not
 * TCP, and the rights and times of files.
 *
 * An instruction is 8 bytes: code, jump if true, jump if false, operand (linux/filter.h).
 *
 * @module
 */
import { CALLS, CLONE3 } from "./numbers.ts";
import type { Confinement } from "./spec.ts";

type Instruction = readonly [code: number, jt: number, jf: number, k: number];

const LOAD = 0x20;
const JUMP_EQUAL = 0x15;
const JUMP_AT_LEAST = 0x35;
const JUMP_SET = 0x45;
const AND = 0x54;
const RETURN = 0x06;

const ALLOW: Instruction = [RETURN, 0, 0, 0x7fff0000];
const KILL: Instruction = [RETURN, 0, 0, 0x80000000];
const errno = (number: number): Instruction => [RETURN, 0, 0, 0x00050000 | number];
const EPERM = errno(1);
/** What the C library takes as "use the older call". */
const ENOSYS = errno(38);

const NUMBER: Instruction = [LOAD, 0, 0, 0];
const ARCH: Instruction = [LOAD, 0, 0, 4];
/** The low half of an argument, on machines with the low byte first. */
const argument = (i: number): Instruction => [LOAD, 0, 0, 16 + 8 * i];
const highHalf = (i: number): Instruction => [LOAD, 0, 0, 20 + 8 * i];

const CLONE_THREAD = 0x10000;
/** Numbers from here on are calls of the 32-bit ABI on x64. */
const X32 = 0x40000000;
const [AF_INET, AF_INET6] = [2, 10];
const [SOCK_STREAM, SOCK_DGRAM] = [1, 2];

/**
 * The filter for process `pid` on `cpu`; undefined where its calls are not known.
 *
 * It lets `execve` pass, so that the process can become itself again: of what it may then execute,
 * Landlock leaves its own program.
 */
export function filterOf(
  { udp, tcpPorts }: Pick<Confinement, "udp" | "tcpPorts">,
  { cpu, pid }: { readonly cpu: string; readonly pid: number },
): Uint8Array<ArrayBuffer> | undefined {
  const calls = CALLS[cpu];
  if (calls === undefined) return undefined;
  const types = [...(udp ? [SOCK_DGRAM] : []), ...(tcpPorts.length > 0 ? [SOCK_STREAM] : [])];
  const program: readonly Instruction[] = [
    ...[ARCH, [JUMP_EQUAL, 1, 0, calls.arch] as const, KILL, NUMBER],
    ...[[JUMP_AT_LEAST, 0, 1, X32] as const, EPERM],
    ...calls.denied.flatMap((number) => when(number, [EPERM])),
    ...when(CLONE3, [ENOSYS]),
    // Threads, no processes.
    ...when(calls.clone, [argument(0), [JUMP_SET, 0, 1, CLONE_THREAD], ALLOW, EPERM]),
    ...calls.signals.flatMap((number) =>
      when(number, [argument(0), [JUMP_EQUAL, 0, 1, pid], ALLOW, EPERM])
    ),
    ...when(calls.setrlimit, [EPERM]),
    // To ask for limits is no harm.
    ...when(calls.prlimit64, [
      ...[argument(2), [JUMP_EQUAL, 0, 3, 0] as const],
      ...[highHalf(2), [JUMP_EQUAL, 0, 1, 0] as const, ALLOW, EPERM],
    ]),
    ...when(calls.socket, socketOf(types)),
    ALLOW,
  ];
  return bytesOf(program);
}

/** `body`, which ends with a return, for one call alone. */
function when(number: number, body: readonly Instruction[]): readonly Instruction[] {
  return [[JUMP_EQUAL, 0, body.length, number], ...body];
}

function socketOf(types: readonly number[]): readonly Instruction[] {
  if (types.length === 0) return [EPERM];
  const checks = types.map((type, i): Instruction => [JUMP_EQUAL, types.length - i, 0, type]);
  return [
    argument(0),
    [JUMP_EQUAL, 1, 0, AF_INET],
    [JUMP_EQUAL, 0, 2 + checks.length, AF_INET6],
    argument(1),
    [AND, 0, 0, 0xf],
    ...checks,
    EPERM,
    ALLOW,
  ];
}

function bytesOf(program: readonly Instruction[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(program.length * 8);
  const view = new DataView(bytes.buffer);
  for (const [i, [code, jt, jf, k]] of program.entries()) {
    view.setUint16(i * 8, code, true);
    view.setUint8(i * 8 + 2, jt);
    view.setUint8(i * 8 + 3, jf);
    view.setUint32(i * 8 + 4, k, true);
  }
  return bytes;
}
