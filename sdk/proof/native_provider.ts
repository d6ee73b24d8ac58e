/**
 * The runtime's own cryptography and zstd, for the verifier.
 *
 * @module
 */
import { sha256 } from "../runtime/hash.ts";
import { decompress } from "../wire/compress.ts";
import type { Provider } from "./provider.ts";
import { verifier } from "./sign.ts";

export const nativeProvider: Provider = {
  sha256: (...parts) => sha256("", ...parts),
  verifier,
  decompress,
};
