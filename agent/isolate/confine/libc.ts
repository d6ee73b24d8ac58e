/**
 * System calls by `bun:ffi`: what Linux offers to confine a process has no interface in JavaScript.
 *
 * @module
 */

import { bunRuntime } from "../bun_runtime.ts";

/** One system call with up to five arguments. A negative result is the error number. */
export type SystemCall = (number: number, ...args: readonly (number | bigint)[]) => number;

/** Where bytes are in memory; they must live as long as it is used. */
export type AddressOf = (bytes: Uint8Array<ArrayBuffer>) => number;

export interface Libc {
  readonly call: SystemCall;
  readonly addressOf: AddressOf;
}

/** The part of `bun:ffi` that is used here. */
interface Ffi {
  dlopen(name: string, symbols: object): { readonly symbols: Record<string, Native> };
  ptr(bytes: Uint8Array): number;
  readonly read: { i32(address: number, offset: number): number };
}

type Native = (...args: readonly (number | bigint)[]) => number | bigint;

const NAMES = ["libc.so.6", "libc.so", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"];
const MOST_ARGUMENTS = 5;

/** Opens the C library; undefined where this runtime or system has no way to. */
export async function openLibc(): Promise<Libc | undefined> {
  if (bunRuntime() === undefined || process.platform !== "linux") return undefined;
  const name = "bun:ffi";
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Bun's own module, which Deno's types do not know
  const ffi = await import(name) as Ffi;
  const library = NAMES.map((file) => tryOpen(ffi, file)).find((found) => found !== undefined);
  const syscall = library?.symbols["syscall"];
  const errnoAt = library?.symbols["__errno_location"];
  if (syscall === undefined || errnoAt === undefined) return undefined;
  return {
    addressOf: (bytes) => ffi.ptr(bytes),
    // oxlint-disable-next-line max-params -- as the system has it
    call: (number, a = 0, b = 0, c = 0, d = 0, e = 0) => {
      const result = Number(syscall(number, a, b, c, d, e));
      return result === -1 ? -ffi.read.i32(Number(errnoAt()), 0) : result;
    },
  };
}

function tryOpen(ffi: Ffi, name: string) {
  const args = Array.from({ length: MOST_ARGUMENTS + 1 }, () => "i64");
  try {
    return ffi.dlopen(name, {
      syscall: { args, returns: "i64" },
      __errno_location: { args: [], returns: "ptr" },
    });
  } catch {
    // Not the name that this system has.
    return undefined;
  }
}
