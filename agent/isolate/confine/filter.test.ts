/**
 * Runs the filter of system calls as the kernel would, on calls that must pass and that must not.
 *
 * @module
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { filterOf } from "./filter.ts";
import { CALLS } from "./numbers.ts";

const PID = 4711;
const NONE = { udp: false, tcpPorts: [] };

interface Call {
  readonly number: number;
  readonly args?: readonly bigint[];
  readonly arch?: number;
}

/** What the filter answers; linux/seccomp.h. */
function answer(filter: Uint8Array, { number, args = [], arch }: Call): string {
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, number, true);
  data.setUint32(4, arch ?? CALLS["x64"]!.arch, true);
  for (const [i, value] of args.entries()) data.setBigUint64(16 + 8 * i, value, true);
  const program = new DataView(filter.buffer, filter.byteOffset, filter.length);
  let accumulator = 0;
  for (let pc = 0; pc < filter.length / 8; pc++) {
    const code = program.getUint16(pc * 8, true);
    const k = program.getUint32(pc * 8 + 4, true);
    const jump = (isTrue: boolean): void => {
      pc += program.getUint8(pc * 8 + (isTrue ? 2 : 3));
    };
    if (code === 0x20) accumulator = data.getUint32(k, true);
    else if (code === 0x15) jump(accumulator === k);
    else if (code === 0x35) jump(accumulator >= k);
    else if (code === 0x45) jump((accumulator & k) !== 0);
    else if (code === 0x54) accumulator &= k;
    else if (code === 0x06) {
      return { 0x7fff0000: "allow", 0x80000000: "kill" }[k] ?? `errno ${k & 0xffff}`;
    } else assert.fail(`instruction ${code}`);
  }
  return assert.fail("the filter ends without an answer");
}

const filter = (granted = NONE) => filterOf(granted, { cpu: "x64", pid: PID })!;
const [READ, EXECVE, CLONE, CLONE3, FORK] = [0, 59, 56, 435, 57];
const [SOCKET, KILL, PRLIMIT, PTRACE, CHMOD, IO_URING] = [41, 62, 302, 101, 90, 425];
const SETRLIMIT = 160;
const [INET, UNIX] = [2n, 1n];
const [STREAM, DGRAM, RAW, NONBLOCK] = [1n, 2n, 3n, 0x800n];

const VERDICTS: readonly (readonly [string, Call, string])[] = [
  ["reads", { number: READ }, "allow"],
  ["becomes another program", { number: EXECVE }, "allow"],
  ["starts a thread", { number: CLONE, args: [0x3d0f00n] }, "allow"],
  ["starts a process", { number: CLONE, args: [0x1200011n] }, "errno 1"],
  ["starts a process the old way", { number: FORK }, "errno 1"],
  ["starts anything the new way", { number: CLONE3 }, "errno 38"],
  ["signals itself", { number: KILL, args: [BigInt(PID)] }, "allow"],
  ["signals another", { number: KILL, args: [1n] }, "errno 1"],
  ["signals its group", { number: KILL, args: [0n] }, "errno 1"],
  ["asks for its limits", { number: PRLIMIT, args: [0n, 7n, 0n] }, "allow"],
  ["sets a limit the old way", { number: SETRLIMIT }, "errno 1"],
  ["sets a limit", { number: PRLIMIT, args: [0n, 7n, 0x7fff00000000n] }, "errno 1"],
  ["sets a limit by a low address", { number: PRLIMIT, args: [0n, 7n, 0x1000n] }, "errno 1"],
  ["looks into another process", { number: PTRACE }, "errno 1"],
  ["changes rights", { number: CHMOD }, "errno 1"],
  ["makes calls past the filter", { number: IO_URING }, "errno 1"],
  ["opens a socket", { number: SOCKET, args: [INET, STREAM] }, "errno 1"],
  ["opens a local socket", { number: SOCKET, args: [UNIX, STREAM] }, "errno 1"],
  ["calls by the 32-bit numbers", { number: 0x40000000 }, "errno 1"],
  ["calls of another architecture", { number: READ, arch: 0x40000003 }, "kill"],
];
for (const [what, call, verdict] of VERDICTS) {
  test(`a process that ${what}: ${verdict}`, () => {
    assert.equal(answer(filter(), call), verdict);
  });
}

test("sockets are of the kinds that were granted, and of no other family", () => {
  const udp = filter({ udp: true, tcpPorts: [] });
  const both = filterOf({ udp: true, tcpPorts: [1] }, { cpu: "x64", pid: PID })!;
  const ask = (program: Uint8Array, family: bigint, type: bigint) =>
    answer(program, { number: SOCKET, args: [family, type] });
  assert.equal(ask(udp, INET, DGRAM | NONBLOCK), "allow");
  assert.equal(ask(udp, 10n, DGRAM), "allow");
  assert.equal(ask(udp, INET, STREAM), "errno 1");
  assert.equal(ask(udp, UNIX, DGRAM), "errno 1");
  assert.equal(ask(both, INET, STREAM | NONBLOCK), "allow");
  assert.equal(ask(both, INET, DGRAM), "allow");
  assert.equal(ask(both, INET, RAW), "errno 1");
  assert.equal(ask(both, 16n, RAW), "errno 1");
});

test("the filter is as long as a program may be, and there is none for a machine not known", () => {
  for (const cpu of ["x64", "arm64"]) {
    assert.ok(filterOf(NONE, { cpu, pid: 1 })!.length / 8 <= 4096);
  }
  assert.equal(filterOf(NONE, { cpu: "riscv64", pid: 1 }), undefined);
});
