/**
 * Reads a request's JSON body within a bound.
 *
 * @module
 */
import { ApiError } from "./refusal.ts";

/** Largest body of a call, in bytes, where its route says nothing. */
export const MAX_BODY_BYTES = 64 * 1024;

/**
 * The parsed body.
 *
 * @throws {ApiError} If it is no JSON or over `most` bytes.
 */
export async function readJson(request: Request, most = MAX_BODY_BYTES): Promise<unknown> {
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") {
    throw new ApiError("input", "Cannot read body: its content-type must be application/json");
  }
  const text = new TextDecoder().decode(await readBounded(request, most));
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ApiError("input", "Cannot read body: it is not JSON", { cause });
  }
}

async function readBounded(request: Request, most: number): Promise<Uint8Array> {
  // The announced length is not trusted, only believed when it says "too much".
  if (Number(request.headers.get("content-length") ?? 0) > most) throw tooLarge(most);
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of request.body ?? []) {
    length += part.length;
    if (length > most) throw tooLarge(most);
    parts.push(part);
  }
  return Buffer.concat(parts, length);
}

function tooLarge(most: number): ApiError {
  return new ApiError("too_large", `Cannot read body: it is over ${most} bytes`);
}
