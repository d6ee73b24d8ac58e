/**
 * What is told of a compressed file that could not be read to its end.
 *
 * @module
 */
import type { Gap } from "../../plugin.ts";
import type { UnpackError } from "./packed_bytes.ts";

const WHAT = {
  truncated: "is cut off",
  corrupt: "is damaged",
  window: "asks for more than 8 MiB of window",
} as const satisfies Record<UnpackError["code"], string>;

/** The loss behind `offset` of what the compressed file `fileId` holds, in bytes. */
export function damaged(
  { code }: UnpackError,
  { fileId, offset }: { readonly fileId: string; readonly offset: number },
): Gap {
  const reason = code === "truncated" ? "truncated" : "other";
  return { reason, detail: `file ${fileId} ${WHAT[code]} at byte ${offset} of its content` };
}
