/**
 * Cryptography and zstd in TypeScript alone, for the verifier: the page, and the second opinion.
 *
 * @module
 */
import { decodeZstd } from "../wire/zstd/decode.ts";
import { portableSha256 } from "./portable_sha256.ts";
import { portableVerifier } from "./portable_sign.ts";
import type { Provider } from "./provider.ts";

export const portableProvider: Provider = {
  sha256: portableSha256,
  verifier: portableVerifier,
  decompress: decodeZstd,
};
