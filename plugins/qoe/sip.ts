/**
 * SIP requests and responses (RFC 3261 §7), as far as a collector of reports needs them.
 *
 * @module
 */
import { decodeText } from "../../sdk/read/decode_text.ts";

export interface SipRequest {
  readonly method: string;
  /** By full name in lower case; of a header that may be there several times all, in order. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: Uint8Array;
  /** The body is shorter than Content-Length says. */
  readonly isCut: boolean;
}

/** RFC 3261 §7.3.3, RFC 3265 §7.2.1 and the registry of SIP parameters. */
const COMPACT: ReadonlyMap<string, string> = new Map([
  ["v", "via"],
  ["f", "from"],
  ["t", "to"],
  ["i", "call-id"],
  ["l", "content-length"],
  ["c", "content-type"],
  ["e", "content-encoding"],
  ["m", "contact"],
  ["o", "event"],
  ["k", "supported"],
]);

const MAX_HEADERS = 256;

/** Reads a request; undefined where `bytes` is none. */
export function readRequest(bytes: Uint8Array): SipRequest | undefined {
  const split = endOfHeaders(bytes);
  const [first = "", ...lines] = decodeText(bytes.subarray(0, split)).trimEnd()
    .replaceAll(/\r?\n[ \t]+(?=\S)/g, " ").split(/\r?\n/);
  const [, method] = /^([A-Z]{1,20}) \S{1,1024} SIP\/2\.0$/.exec(first.trimEnd()) ?? [];
  if (method === undefined || lines.length > MAX_HEADERS) return undefined;
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon < 1) return undefined;
    const name = line.slice(0, colon).trim().toLowerCase();
    const full = COMPACT.get(name) ?? name;
    const values = headers.get(full);
    const value = line.slice(colon + 1).trim();
    if (values === undefined) headers.set(full, [value]);
    else values.push(value);
  }
  const all = bytes.subarray(split);
  const said = headers.get("content-length")?.[0];
  const length = said !== undefined && /^\d{1,8}$/.test(said) ? Number(said) : all.length;
  return { method, headers, body: all.subarray(0, length), isCut: length > all.length };
}

/** Where the body begins: after the first empty line. */
function endOfHeaders(bytes: Uint8Array): number {
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) {
    if (bytes[at + 1] === 10) return at + 2;
    if (bytes[at + 1] === 13 && bytes[at + 2] === 10) return at + 3;
  }
  return bytes.length;
}

/** The first value of a header. */
export function header(request: SipRequest, name: string): string | undefined {
  return request.headers.get(name)?.[0];
}

export interface ResponseOptions {
  readonly status: number;
  readonly reason: string;
  /** Address of the peer, for the topmost Via (RFC 3261 §18.2.1, RFC 3581 §4). */
  readonly from: string;
  /** Of the To header. */
  readonly tag: string;
  /** More headers. */
  readonly headers?: readonly (readonly [string, string])[];
}

/** A response (RFC 3261 §8.2.6); undefined where the request lacks what one must repeat. */
export function response(request: SipRequest, options: ResponseOptions): Uint8Array | undefined {
  const vias = request.headers.get("via");
  const to = header(request, "to");
  const same = ["from", "call-id", "cseq"].map((name) => header(request, name));
  if (vias === undefined || to === undefined || same.includes(undefined)) return undefined;
  const [from, callId, cseq] = same;
  const lines = [
    `SIP/2.0 ${options.status} ${options.reason}`,
    ...vias.map((via, i) => `Via: ${i === 0 ? received(via, options.from) : via}`),
    `From: ${from}`,
    `To: ${/;\s*tag=/i.test(to) ? to : `${to};tag=${options.tag}`}`,
    `Call-ID: ${callId}`,
    `CSeq: ${cseq}`,
    ...(options.headers ?? []).map(([name, value]) => `${name}: ${value}`),
    "Content-Length: 0",
  ];
  return new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`);
}

/** The topmost Via says where the request came from. */
function received(via: string, from: string): string {
  const comma = via.indexOf(",");
  const top = comma < 0 ? via : via.slice(0, comma);
  return `${top};received=${from}${comma < 0 ? "" : via.slice(comma)}`;
}

export interface Via {
  readonly branch: string;
  /** Of sent-by; 5060 where it is not said. */
  readonly port: number;
  /** The response goes to where the request came from (RFC 3581). */
  readonly wantsSource: boolean;
}

/** The topmost Via. */
export function topVia(request: SipRequest): Via {
  const via = (header(request, "via") ?? "").split(",", 1)[0]!;
  const [sentBy = "", ...parameters] = via.split(";").map((part) => part.trim());
  const port = Number(/:(\d{1,5})$/.exec(sentBy)?.[1] ?? 5060);
  const branch = parameters.find((p) => p.toLowerCase().startsWith("branch="))?.slice(7) ?? "";
  const wantsSource = parameters.some((p) => /^rport\b/i.test(p));
  return { branch, port: port > 0 && port < 65_536 ? port : 5060, wantsSource };
}
