/**
 * Puts a file into S3-compatible object storage, and compares what that has got.
 *
 * The SHA-256 of what is sent is signed, so the server compares it; and the ETag it answers must be
 * the MD5 of the bytes. Where that is something else (encrypted buckets), the object is read again.
 * Files of up to 16 MiB are one request, so half of one is never there. Larger ones go in parts: an
 * object appears when they are completed.
 *
 * @module
 */
import { createHash, type Hash } from "node:crypto";
import { type OpenFile, readFull } from "../../../sdk/runtime/files.ts";
import { TargetError } from "./cold_target.ts";
import { abandon, type Bucket, type Item, noS3, piecesOf, textIn } from "./s3_bucket.ts";
import { completeXml, textOf } from "./s3_xml.ts";

/** Of one request: what the hub holds in memory while it sends. */
const WHOLE_BYTES = 16 * 1024 * 1024;
const PART_BYTES = 8 * 1024 * 1024;
/** Servers copy the parts before they answer. */
const COMPLETE_MS = 120_000;

interface Upload extends Item {
  readonly s3: Bucket;
  readonly key: string;
  readonly source: OpenFile;
  /** Of all that was read. */
  readonly hash: Hash;
  readonly signal: AbortSignal;
}

/** What the server calls the object, and what it is called if it has all bytes. */
interface Sent {
  readonly etag: string;
  readonly expected: string;
}

export async function putFile(s3: Bucket, item: Item, signal: AbortSignal): Promise<void> {
  const source = s3.files.open(item.file.path, "read");
  try {
    if (source.size() !== item.file.bytes) throw changed(item);
    const key = `${s3.root}${item.name}`;
    const upload = { ...item, s3, key, source, hash: createHash("sha256"), signal };
    const sent = item.file.bytes <= WHOLE_BYTES ? await putWhole(upload) : await putParts(upload);
    if (sent.etag !== sent.expected) await readBack(upload);
  } finally {
    source.close();
  }
}

async function next(
  { source, file, hash, name }: Upload,
  at: number,
  size: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const part = new Uint8Array(Math.min(size, file.bytes - at));
  if (await readFull(source, part, at) < part.length) throw changed({ file, name });
  hash.update(part);
  return part;
}

/** Once all is read: before the object appears. */
function checkSeal({ file, hash, name }: Upload): void {
  const { sha256 } = file;
  if (sha256 !== undefined && hash.copy().digest("hex") !== sha256) throw changed({ file, name });
}

function changed({ file, name }: Item): TargetError {
  return new TargetError(
    "local",
    `Cannot put ${name} to the cold target: ${file.path} has not the bytes that were sealed, ` +
      "make it again with custos-hub store rebuild",
  );
}

async function putWhole(upload: Upload): Promise<Sent> {
  const { s3, key, name, file, signal } = upload;
  const body = await next(upload, 0, file.bytes);
  checkSeal(upload);
  const etag = await s3.call({ method: "PUT", key, body, name }, etagIn, signal);
  return { etag, expected: md5(body).digest("hex") };
}

async function putParts(upload: Upload): Promise<Sent> {
  const { s3, key, name, signal } = upload;
  const begun = await s3.call(
    { method: "POST", key, query: { uploads: "" }, name },
    textIn,
    signal,
  );
  const uploadId = textOf(begun, "UploadId");
  if (uploadId === undefined) throw noS3(s3, "no UploadId in the answer to CreateMultipartUpload");
  try {
    const { sums, etags } = await sendParts(upload, uploadId);
    checkSeal(upload);
    const expected = `${md5(Buffer.concat(sums)).digest("hex")}-${sums.length}`;
    return { etag: await complete(upload, uploadId, etags), expected };
  } catch (error) {
    await abandon(s3, { key, uploadId }, signal).catch(() => undefined);
    throw error;
  }
}

async function sendParts(upload: Upload, uploadId: string) {
  const { s3, key, name, file, signal } = upload;
  const sums: Buffer[] = [];
  const etags: string[] = [];
  for (let at = 0; at < file.bytes; at += PART_BYTES) {
    const body = await next(upload, at, PART_BYTES);
    const query = { partNumber: String(sums.length + 1), uploadId };
    etags.push(await s3.call({ method: "PUT", key, query, body, name }, etagIn, signal));
    sums.push(md5(body).digest());
  }
  return { sums, etags };
}

/**
 * Its answer begins before it is done: an error may stand where success is expected. And where an
 * answer was lost, the upload is unknown the next time: the object itself tells.
 */
async function complete(
  upload: Upload,
  uploadId: string,
  etags: readonly string[],
): Promise<string> {
  const { s3, key, name, signal } = upload;
  const body = new Uint8Array(Buffer.from(completeXml(etags)));
  const query = { uploadId };
  const call = { method: "POST", key, query, body, name, answerMs: COMPLETE_MS } as const;
  try {
    return await s3.call(call, async (answer) => {
      const etag = textOf(await answer.text(), "ETag");
      if (etag !== undefined) return plainEtag(etag);
      throw new TargetError("busy", `Cannot use cold target ${s3.place}: parts were not completed`);
    }, signal);
  } catch (error) {
    try {
      await readBack(upload);
    } catch {
      throw error;
    }
    return "";
  }
}

async function readBack({ s3, key, name, file, hash, signal }: Upload): Promise<void> {
  const back = await s3.call({ method: "GET", key, name }, async (answer, moved) => {
    const hashBack = createHash("sha256");
    for await (const chunk of piecesOf(answer)) {
      hashBack.update(chunk);
      moved();
    }
    return hashBack.digest("hex");
  }, signal);
  if (back === hash.copy().digest("hex")) return;
  throw new TargetError(
    "busy",
    `Cannot put ${name} of ${file.bytes} bytes to cold target ${s3.place}: it has kept others`,
  );
}

function etagIn({ headers }: Response): Promise<string> {
  return Promise.resolve(plainEtag(headers.get("etag") ?? ""));
}

function plainEtag(etag: string): string {
  return etag.replaceAll('"', "").replaceAll("&quot;", "");
}

/** Not for safety: it is what S3 calls its objects by. */
function md5(bytes: Uint8Array): Hash {
  return createHash("md5").update(bytes);
}
