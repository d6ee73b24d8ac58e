/**
 * What an answer of S3, or none, means: a code, and words that say what would be right.
 *
 * @module
 */
import { type TargetCode, TargetError } from "./cold_target.ts";
import { textOf } from "./s3_xml.ts";

/** Which target, for words. */
export interface Named {
  /** Without secrets. */
  readonly place: string;
  readonly bucket: string;
  readonly region: string;
}

/** An answer that is no success. */
export interface Refusal {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  /** Name of the file that was asked for; undefined where the bucket was. */
  readonly name: string | undefined;
}

const CODES: Readonly<Record<string, TargetCode>> = {
  RequestTimeTooSkewed: "clock",
  InvalidAccessKeyId: "key",
  SignatureDoesNotMatch: "key",
  InvalidToken: "key",
  ExpiredToken: "key",
  TokenRefreshRequired: "key",
  AuthorizationHeaderMalformed: "region",
  PermanentRedirect: "region",
  TemporaryRedirect: "region",
  AccessDenied: "denied",
  NoSuchBucket: "bucket",
  InvalidBucketName: "bucket",
  NoSuchKey: "missing",
  NoSuchUpload: "missing",
  // The bytes have changed on the way, or fewer came.
  BadDigest: "busy",
  XAmzContentSHA256Mismatch: "busy",
  IncompleteBody: "busy",
  RequestTimeout: "busy",
  SlowDown: "busy",
};

/** Why `refusal` was given. */
export function failureOf(named: Named, refusal: Refusal, now: number): TargetError {
  const word = textOf(refusal.body, "Code") ?? "";
  const code = CODES[word] ?? codeOf(refusal);
  const { place } = named;
  const said = `HTTP ${refusal.status}${/^[A-Za-z0-9]{1,64}$/.test(word) ? ` ${word}` : ""}`;
  return new TargetError(
    code,
    `Cannot use cold target ${place}: ${said}${hint(code, named, { refusal, now })}`,
  );
}

/** Why there was no answer. */
export function noAnswer({ place }: Named, cause: unknown): TargetError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  if (/CERT|TLS|SSL|SIGNATURE|SELF_SIGNED|ISSUER/i.test(code)) {
    return new TargetError(
      "tls",
      `Cannot use cold target ${place}: its certificate is not trusted (${code}), must be of this ` +
        "name, in time, and signed by an authority of the system or of store.cold.ca_file",
      { cause },
    );
  }
  const why = /^[A-Za-z_]{1,64}$/.test(code) ? ` (${code})` : "";
  return new TargetError(
    "unreachable",
    `Cannot reach cold target ${place}${why}: is it up, and store.cold.endpoint right?`,
    { cause },
  );
}

function codeOf({ status, name }: Refusal): TargetCode {
  if (status === 403 || status === 401) return "denied";
  if (status === 404) return name === undefined ? "bucket" : "missing";
  if (status >= 300 && status < 400) return "region";
  if (status === 408 || status === 429 || status >= 500) return "busy";
  return "answer";
}

function hint(
  code: TargetCode,
  { bucket, region }: Named,
  { refusal, now }: { readonly refusal: Refusal; readonly now: number },
): string {
  switch (code) {
    case "clock": {
      const theirs = Date.parse(refusal.headers.get("date") ?? "");
      const off = Number.isNaN(theirs) ? "" : ` by ${Math.round((now - theirs) / 1000)} s`;
      return `: the hub's clock differs from the target's${off}, must be within 15 minutes`;
    }
    case "key":
      return ": key id or secret is wrong or has expired, see store.cold.credentials";
    case "denied":
      return `: the key may not do this, must have GetObject, PutObject, DeleteObject, ListBucket, ` +
        `ListBucketMultipartUploads and AbortMultipartUpload on bucket "${bucket}"`;
    case "bucket":
      return `: there is no bucket "${bucket}", make it or name another in store.cold.bucket`;
    case "region": {
      const theirs = refusal.headers.get("x-amz-bucket-region") ?? textOf(refusal.body, "Region");
      const right = theirs !== null && theirs !== undefined && /^[a-z0-9-]{1,32}$/.test(theirs)
        ? `, must be "${theirs}"`
        : "";
      return `: store.cold.region is "${region}"${right}, or the endpoint is of another region`;
    }
    case "missing":
      return `: ${refusal.name ?? "what was asked for"} is not there`;
    case "answer":
      return ", is store.cold.endpoint one of S3?";
    default:
      return "";
  }
}
