/**
 * A cold target in S3-compatible object storage.
 *
 * @module
 */
import { createHash, type Hash } from "node:crypto";
import { dirname } from "node:path";
import { type Files, writeAll } from "../../../sdk/runtime/files.ts";
import { type ColdTarget, type TargetEntry, TargetError } from "./cold_target.ts";
import { removeIfThere } from "./remove_if_there.ts";
import { abandon, type Bucket, type Item, noS3, piecesOf, textIn } from "./s3_bucket.ts";
import { type CallEnv, openCalls, type S3Account } from "./s3_calls.ts";
import { putFile } from "./s3_put.ts";
import { elementsOf, textOf } from "./s3_xml.ts";

export interface S3Options {
  readonly account: S3Account;
  /** All keys begin with it; empty, or ends with a slash. */
  readonly prefix: string;
  /** Folder of this hub below the prefix. */
  readonly scope: string;
  readonly env: CallEnv & { readonly files: Files };
}

export function openS3Target(options: S3Options): ColdTarget {
  const { account, prefix, scope, env } = options;
  const { endpoint, bucket, region } = account;
  const place = `${endpoint.protocol}//${endpoint.host}${
    endpoint.pathname.replace(/\/$/, "")
  }/${bucket}/${prefix}`;
  const call = openCalls(account, { place, bucket, region }, env);
  const root = `${prefix}${scope}/`;
  const s3: Bucket = { call, root, place, files: env.files };
  return {
    place,
    put: (name, from, signal) => putFile(s3, { name, file: from }, signal),
    get: (name, to, signal) => get(s3, { name, file: to }, signal),
    remove: (name, signal) => remove(s3, name, signal),
    list: (signal) => list(s3, signal),
    removeHalves: (signal) => removeHalves(s3, signal),
  };
}

async function get(s3: Bucket, item: Item, signal: AbortSignal): Promise<void> {
  const { files, call, root } = s3;
  const { name, file } = item;
  const draft = `${file.path}.part`;
  try {
    await call({ method: "GET", key: `${root}${name}`, name }, async (answer, moved) => {
      const target = files.open(draft, "write");
      try {
        target.truncate(0);
        const hash = createHash("sha256");
        let at = 0;
        for await (const chunk of piecesOf(answer)) {
          if (at + chunk.length > file.bytes) throw tampered(s3, item);
          writeAll(target, chunk, at);
          hash.update(chunk);
          at += chunk.length;
          moved();
        }
        check(s3, item, { at, hash, answer });
        await target.sync();
      } finally {
        target.close();
      }
    }, signal);
    files.rename(draft, file.path);
    await files.syncFolder(dirname(file.path));
  } catch (error) {
    removeIfThere(files, draft);
    throw error;
  }
}

/** Fewer bytes than were promised are a connection that was cut; all that is asked for is no file. */
function check(
  s3: Bucket,
  item: Item,
  { at, hash, answer }: { readonly at: number; readonly hash: Hash; readonly answer: Response },
): void {
  const promised = answer.headers.get("content-length");
  if (promised !== null && Number(promised) > at) {
    throw new TargetError("unreachable", `Cannot reach cold target ${s3.place}: it was cut off`);
  }
  const { bytes, sha256 } = item.file;
  if (at !== bytes || (sha256 !== undefined && hash.digest("hex") !== sha256)) {
    throw tampered(s3, item);
  }
}

function tampered({ place }: Bucket, { name }: Item): TargetError {
  return new TargetError(
    "tampered",
    `Cannot use ${name} of cold target ${place}: its bytes are not those that the ledger has ` +
      "sealed, make it again with custos-hub store rebuild -c",
  );
}

async function remove({ call, root }: Bucket, name: string, signal: AbortSignal): Promise<void> {
  try {
    await call({ method: "DELETE", key: `${root}${name}`, name }, textIn, signal);
  } catch (error) {
    if (!(error instanceof TargetError) || error.code !== "missing") throw error;
  }
}

async function list(s3: Bucket, signal: AbortSignal): Promise<readonly TargetEntry[]> {
  const entries: TargetEntry[] = [];
  for (let token: string | undefined = "";;) {
    const query = {
      "list-type": "2",
      prefix: s3.root,
      ...(token && { "continuation-token": token }),
    };
    const xml: string = await s3.call({ method: "GET", query }, textIn, signal);
    if (textOf(xml, "IsTruncated") === undefined) throw noS3(s3, "no list in the answer to a list");
    for (const one of elementsOf(xml, "Contents")) {
      entries.push({
        name: (textOf(one, "Key") ?? "").slice(s3.root.length),
        bytes: Number(textOf(one, "Size")),
      });
    }
    const next = textOf(xml, "NextContinuationToken");
    if (textOf(xml, "IsTruncated") !== "true" || next === undefined || next === token) {
      return entries;
    }
    token = next;
  }
}

async function removeHalves(s3: Bucket, signal: AbortSignal): Promise<number | undefined> {
  let xml: string;
  try {
    xml = await s3.call(
      { method: "GET", query: { uploads: "", prefix: s3.root } },
      textIn,
      signal,
    );
  } catch (error) {
    // Not all servers can tell.
    if (error instanceof TargetError && ["answer", "denied", "busy"].includes(error.code)) {
      return undefined;
    }
    throw error;
  }
  const halves = elementsOf(xml, "Upload");
  for (const half of halves) {
    const [key, uploadId] = [textOf(half, "Key"), textOf(half, "UploadId")];
    if (key?.startsWith(s3.root) !== true || uploadId === undefined) continue;
    await abandon(s3, { key, uploadId }, signal);
  }
  return halves.length;
}
