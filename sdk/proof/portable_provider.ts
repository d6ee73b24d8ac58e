/**
 * Cryptography and zstd that run anywhere, for the verifier: the page, and the second opinion.
 *
 * @module
 */
import { openPortableZstd } from "../wire/portable_zstd.ts";
import { portableSha256 } from "./portable_sha256.ts";
import { portableVerifier } from "./portable_sign.ts";
import type { Provider } from "./provider.ts";

/** Loads it. */
export async function openPortableProvider(): Promise<Provider> {
  const decompress = await openPortableZstd();
  return { sha256: portableSha256, verifier: portableVerifier, decompress };
}
