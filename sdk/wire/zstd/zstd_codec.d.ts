/** The part of zstd-codec that we use; the package brings no types. */
declare module "zstd-codec" {
  interface Codec {
    readonly Simple: new () => { decompress(bytes: Uint8Array): Uint8Array | null };
  }
  export const ZstdCodec: { run(use: (codec: Codec) => void): void };
}
