/**
 * What a token stands for, sealed to the tenant's reveal key: a box (`box.ts`) of the token's text,
 * one zero byte and the value as it was read. The box is of no use for another token.
 *
 * A box does not say who has made it. Whoever has the token key makes the token of the value again
 * and so knows that the pair is true.
 *
 * @module
 */
import { BoxError, type BoxKeys, openBox } from "./box.ts";

/** A longer value is not sealed. In bytes. */
export const MOST_VALUE_BYTES = 1024;

/** A box does not tell what its token stands for. It never will. */
export class RevealError extends Error {
  override readonly name = "RevealError";
  readonly permanent = true;
  readonly code: "box" | "token";

  constructor(code: RevealError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What goes into the box of `token`. */
export function pairOf(token: string, value: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(token, "latin1"), Buffer.of(0), value]);
}

/** The value that `token` stands for, by its box. @throws {RevealError} */
export function openPair(box: Uint8Array, token: string, keys: BoxKeys): string {
  const plain = plainOf(box, keys);
  const end = plain.indexOf(0);
  if (end < 0 || Buffer.from(plain.subarray(0, end)).toString("latin1") !== token) {
    throw new RevealError("token", "Cannot reveal: the box is that of another token");
  }
  return new TextDecoder().decode(plain.subarray(end + 1));
}

function plainOf(box: Uint8Array, keys: BoxKeys): Uint8Array {
  try {
    return openBox(box, keys);
  } catch (cause) {
    if (!(cause instanceof BoxError)) throw cause;
    throw new RevealError("box", `Cannot reveal: ${cause.message.replace(/^Cannot [^:]*: /, "")}`, {
      cause,
    });
  }
}
