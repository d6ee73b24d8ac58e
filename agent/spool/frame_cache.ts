/**
 * The newest frames in memory: a hub that keeps up is served without touching the disk.
 *
 * @module
 */

export interface FrameCache {
  put(key: string, frame: Uint8Array): void;
  get(key: string): Uint8Array | undefined;
  delete(key: string): void;
}

/** Keeps at most `maxBytes`; the oldest go first. */
export function openFrameCache(maxBytes: number): FrameCache {
  const frames = new Map<string, Uint8Array>();
  let bytes = 0;
  const remove = (key: string): void => {
    bytes -= frames.get(key)?.length ?? 0;
    frames.delete(key);
  };
  return {
    put(key, frame) {
      remove(key);
      frames.set(key, frame);
      bytes += frame.length;
      for (const oldest of frames.keys()) {
        if (bytes <= maxBytes) break;
        remove(oldest);
      }
    },
    get: (key) => frames.get(key),
    delete: remove,
  };
}
