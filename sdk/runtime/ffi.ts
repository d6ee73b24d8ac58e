/**
 * Functions of native libraries, the same in Bun (`bun:ffi`) and Deno (`Deno.dlopen`).
 *
 * Numbers of 64 bits and handles are `bigint`. Memory goes in and out as bytes that the caller owns:
 * nothing here follows an address that a library gives.
 *
 * @module
 */

/** `bytes`: the address of an array, or of nothing. */
export type NativeType = "i32" | "u32" | "u64" | "bytes";

export interface NativeSignature {
  readonly args: readonly NativeType[];
  readonly returns: "i32" | "u32" | "u64";
}

export type NativeArgument = number | bigint | Uint8Array<ArrayBuffer> | null;
export type NativeFunction = (...args: readonly NativeArgument[]) => number | bigint;

export interface NativeLibrary<Name extends string> {
  readonly call: Readonly<Record<Name, NativeFunction>>;
  /** Where {@link nativeBytes} are in memory; they must live as long as it is used. */
  addressOf(bytes: Uint8Array<ArrayBuffer>): bigint;
  /** No function may be called after it. */
  close(): void;
}

/** The library or a function in it is not there, or the runtime may or can not open it. */
export class NativeError extends Error {
  override readonly name = "NativeError";
  readonly code = "native";
}

/**
 * Bytes that a library may write to. They stay where they are: Bun moves a small array when its
 * buffer is asked for the first time.
 */
export function nativeBytes(size: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new ArrayBuffer(size));
}

/** The part of `bun:ffi` that is used. */
interface BunFfi {
  dlopen<Name extends string>(path: string, symbols: Record<Name, object>): Opened<Name>;
  ptr(bytes: Uint8Array): number;
}

/** The part of `Deno` that is used. */
interface DenoFfi {
  dlopen<Name extends string>(path: string, symbols: Record<Name, object>): Opened<Name>;
  readonly UnsafePointer: { of(bytes: Uint8Array): unknown; value(pointer: unknown): bigint };
}

interface Opened<Name extends string> {
  readonly symbols: Readonly<Record<Name, NativeFunction>>;
  close(): void;
}

/**
 * Opens the library `path`, such as "pdh.dll".
 *
 * @throws {NativeError} If it, or one of the functions, cannot be opened.
 */
export async function openLibrary<Name extends string>(
  path: string,
  functions: Readonly<Record<Name, NativeSignature>>,
): Promise<NativeLibrary<Name>> {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only one of the runtimes has it
    const { Deno: deno } = globalThis as unknown as { readonly Deno?: DenoFfi };
    if (deno !== undefined) return openDeno(deno, path, functions);
    const name = "bun:ffi";
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Bun's own module, which Deno's types do not know
    return openBun(await import(name) as BunFfi, path, functions);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new NativeError(`Cannot open library "${path}": ${why}`, { cause });
  }
}

function openBun<Name extends string>(
  { dlopen, ptr }: BunFfi,
  path: string,
  functions: Readonly<Record<Name, NativeSignature>>,
): NativeLibrary<Name> {
  const { symbols, close } = dlopen(path, typed(functions, "ptr", "args"));
  return { call: symbols, addressOf: (bytes) => BigInt(ptr(bytes)), close: () => close() };
}

function openDeno<Name extends string>(
  deno: DenoFfi,
  path: string,
  functions: Readonly<Record<Name, NativeSignature>>,
): NativeLibrary<Name> {
  const opened = deno.dlopen(path, typed(functions, "buffer", "parameters"));
  const { UnsafePointer } = deno;
  return {
    call: opened.symbols,
    addressOf: (bytes) => UnsafePointer.value(UnsafePointer.of(bytes)),
    close: () => opened.close(),
  };
}

/** The functions in a runtime's own words. */
function typed<Name extends string>(
  functions: Readonly<Record<Name, NativeSignature>>,
  bytes: "ptr" | "buffer",
  parameters: "args" | "parameters",
): Record<Name, object> {
  const result = parameters === "args" ? "returns" : "result";
  const types: Partial<Record<Name, object>> = {};
  for (const name in functions) {
    const { args, returns } = functions[name];
    const own = args.map((type) => (type === "bytes" ? bytes : type));
    types[name] = { [parameters]: own, [result]: returns };
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each name was set above
  return types as Record<Name, object>;
}
