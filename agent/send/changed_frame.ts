/**
 * Tells a frame that the hub refuses from one that was changed on its way to the hub.
 *
 * TLS lets nothing be changed; what stands between TLS and the hub, or a bad memory, may. What the
 * hub has judged then is not the frame that we hold: it is sent again.
 *
 * @module
 */
import { FrameError, frameHash, parseHeader, verifyFrame } from "../../sdk/wire/frame.ts";
import type { MessageOf } from "../../sdk/wire/link.ts";
import { hexOf, isSame } from "./agreement.ts";
import type { FrameSource } from "./frame_source.ts";

export const CHANGED_RETRY_MS = 1_000;

/** Whether `nack` is of other bytes than those held in its place, or of none that are held. */
export function wasChanged(
  source: FrameSource,
  { stream, epoch, seq, hash, code }: MessageOf<"nack">,
): boolean {
  const bytes = source.frame({ stream: hexOf(stream), epoch, seq })?.bytes;
  if (bytes === undefined || !isSame(frameHash(bytes), hash)) return true;
  // A frame's hash does not cover its body but by the body's hash.
  return code === "hash" && hasItsBody(bytes);
}

function hasItsBody(bytes: Uint8Array): boolean {
  try {
    verifyFrame(bytes, parseHeader(bytes), () => true);
    return true;
  } catch (error) {
    if (error instanceof FrameError) return false;
    throw error;
  }
}
