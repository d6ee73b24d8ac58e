/**
 * Signs a request to S3: AWS Signature Version 4 in the `Authorization` header.
 *
 * The body's SHA-256 is part of what is signed, so a server that obeys the specification refuses
 * bytes that have changed on the way. Vectors: "Authenticating Requests: Using the Authorization
 * Header" of the S3 API reference.
 *
 * @module
 */
import { createHash, createHmac } from "node:crypto";

/** What signs, and what for. */
export interface Credentials {
  readonly keyId: string;
  readonly secret: string;
  /** Of temporary credentials. */
  readonly sessionToken?: string | undefined;
}

export interface UnsignedRequest {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  readonly url: URL;
  /** Besides `host` and those that signing adds; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** SHA-256 of the body, hex. */
  readonly bodyHash: string;
}

export interface SignWith {
  readonly credentials: Credentials;
  readonly region: string;
  /** ms since the epoch. */
  readonly now: number;
}

/** SHA-256 of no bytes. */
export const EMPTY_HASH = createHash("sha256").digest("hex");

/** All headers to send but `host`, which the client makes of the URL. */
export function signedHeaders(
  request: UnsignedRequest,
  { credentials, region, now }: SignWith,
): Record<string, string> {
  const { keyId, secret, sessionToken } = credentials;
  const time = new Date(now).toISOString().replace(/[-:]|\.\d+/g, "");
  const day = time.slice(0, 8);
  const scope = `${day}/${region}/s3/aws4_request`;
  const headers: Record<string, string> = {
    ...request.headers,
    "x-amz-content-sha256": request.bodyHash,
    "x-amz-date": time,
    ...(sessionToken !== undefined && { "x-amz-security-token": sessionToken }),
  };
  const named = Object.entries({ ...headers, host: request.url.host })
    .toSorted(([a], [b]) => a < b ? -1 : 1);
  const names = named.map(([name]) => name).join(";");
  const canonical = [
    request.method,
    request.url.pathname,
    queryText(request.url),
    ...named.map(([name, value]) => `${name}:${value.trim()}`),
    "",
    names,
    request.bodyHash,
  ].join("\n");
  const toSign = ["AWS4-HMAC-SHA256", time, scope, sha256Hex(canonical)].join("\n");
  const key = [day, region, "s3", "aws4_request"]
    .reduce<string | Buffer>((last, part) => hmac(last, part), `AWS4${secret}`);
  const signature = hmac(key, toSign).toString("hex");
  return {
    ...headers,
    authorization:
      `AWS4-HMAC-SHA256 Credential=${keyId}/${scope},SignedHeaders=${names},Signature=${signature}`,
  };
}

/** RFC 3986: what is not unreserved is percent-encoded, which `encodeURIComponent` leaves of `!'()*`. */
export function encodeRfc3986(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function queryText({ searchParams }: URL): string {
  return [...searchParams]
    .map(([name, value]) => `${encodeRfc3986(name)}=${encodeRfc3986(value)}`)
    .toSorted()
    .join("&");
}

export function sha256Hex(bytes: string | Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
