/**
 * What all calls to one hub's folder of a bucket need.
 *
 * @module
 */
import { basename } from "node:path";
import type { Files } from "../../../sdk/runtime/files.ts";
import { type LocalFile, TargetError } from "./cold_target.ts";
import type { Exchange } from "./s3_calls.ts";

export interface Bucket {
  readonly call: Exchange;
  /** What all keys begin with. */
  readonly root: string;
  readonly place: string;
  readonly files: Files;
}

/** An object, and the file that it becomes or was. */
export interface Item {
  readonly name: string;
  readonly file: LocalFile;
}

export const textIn = (answer: Response): Promise<string> => answer.text();

export async function* piecesOf({ body }: Response): AsyncGenerator<Uint8Array> {
  if (body !== null) yield* body;
}

/** Ends an upload in parts. */
export async function abandon(
  { call }: Bucket,
  { key, uploadId }: { readonly key: string; readonly uploadId: string },
  signal: AbortSignal,
): Promise<void> {
  await call({ method: "DELETE", key, query: { uploadId }, name: basename(key) }, textIn, signal);
}

export function noS3({ place }: Pick<Bucket, "place">, why: string): TargetError {
  return new TargetError(
    "answer",
    `Cannot use cold target ${place}: ${why}, is store.cold.endpoint one of S3?`,
  );
}
