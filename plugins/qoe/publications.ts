/**
 * The SIP server of a quality collector: answers PUBLISH (RFC 3903 §6, RFC 6035 §3).
 *
 * It answers when a request arrives and there is room for it. So a telephone that gets no answer
 * sends its report again, and one that comes again because its answer was lost is not taken twice.
 *
 * @module
 */
import { header, readRequest, response, type SipRequest, topVia } from "./sip.ts";
import type { Answer, StreamMessage } from "../../sdk/read/io.ts";

/** What a message is to the reader: a report's body, or why it is none. */
export type Published =
  | {
    readonly kind: "report";
    readonly body: Uint8Array;
    readonly format: "rfc6035" | "ms_qoe";
    readonly agent: string | undefined;
  }
  | { readonly kind: "none"; readonly why: PublishReject };

/** Why a message has no report. Constant: they are counted by value. */
export type PublishReject =
  | "message over limit or not whole"
  | "no SIP request"
  | "SIP request without Via, From, To, Call-ID or CSeq"
  | "SIP method not PUBLISH"
  | "SIP event package not vq-rtcpxr"
  | "SIP body not of type application/vq-rtcpxr"
  | "SIP extension not supported"
  | "SIP publication not known"
  | "SIP request without a report";

/** Statuses of refusals (RFC 3261 §21, RFC 3903 §11.2). */
const REFUSALS: Readonly<Record<PublishReject, readonly [number, string]>> = {
  "message over limit or not whole": [400, "Bad Request"],
  "no SIP request": [400, "Bad Request"],
  "SIP request without Via, From, To, Call-ID or CSeq": [400, "Bad Request"],
  "SIP method not PUBLISH": [405, "Method Not Allowed"],
  "SIP event package not vq-rtcpxr": [489, "Bad Event"],
  "SIP body not of type application/vq-rtcpxr": [415, "Unsupported Media Type"],
  "SIP extension not supported": [420, "Bad Extension"],
  "SIP publication not known": [412, "Conditional Request Failed"],
  "SIP request without a report": [400, "Bad Request"],
};

const ALLOW: readonly (readonly [string, string])[] = [
  ["Allow", "PUBLISH, SERVICE, OPTIONS"],
  ["Allow-Events", "vq-rtcpxr"],
  ["Accept", "application/vq-rtcpxr, application/vq-rtcpxr+xml"],
];
const MAX_EXPIRES_S = 3600;
/** For so long a request may come again (RFC 3261 §17.2.2, timer J). */
const REPEAT_MS = 32_000;
/** Transactions and publications that are remembered, each; the oldest are forgotten first. */
const MAX_REMEMBERED = 10_000;

/** The methods and headers of a request alone say what it is: its publication is not looked up. */
export function readPublished(bytes: Uint8Array, isCut: boolean): Published {
  const request = readRequest(bytes);
  if (request === undefined) {
    return none(isCut ? "message over limit or not whole" : "no SIP request");
  }
  const why = refusalOf(request, isCut);
  if (why !== undefined) return none(why);
  const format = mediaType(request) === "application/vq-rtcpxr+xml" ? "ms_qoe" : "rfc6035";
  return { kind: "report", body: request.body, format, agent: header(request, "user-agent") };
}

function none(why: PublishReject): Published {
  return { kind: "none", why };
}

function refusalOf(request: SipRequest, isCut: boolean): PublishReject | undefined {
  const { method, body } = request;
  if (["via", "from", "to", "call-id", "cseq"].some((name) => !request.headers.has(name))) {
    return "SIP request without Via, From, To, Call-ID or CSeq";
  }
  if (isCut || request.isCut) return "message over limit or not whole";
  // Lync's clients send their reports by SERVICE ([MS-QoE] §3.1).
  if (method !== "PUBLISH" && method !== "SERVICE") return "SIP method not PUBLISH";
  if (request.headers.has("require")) return "SIP extension not supported";
  const event = header(request, "event")?.split(";", 1)[0]?.trim().toLowerCase();
  if (method === "PUBLISH" && event !== "vq-rtcpxr") return "SIP event package not vq-rtcpxr";
  if (body.length === 0) return "SIP request without a report";
  const isReport = /^application\/vq-rtcpxr(\+xml)?$/.test(mediaType(request) ?? "");
  const isPlain = (header(request, "content-encoding") ?? "identity").toLowerCase() === "identity";
  return isReport && isPlain ? undefined : "SIP body not of type application/vq-rtcpxr";
}

function mediaType(request: SipRequest): string | undefined {
  return header(request, "content-type")?.split(";", 1)[0]?.trim().toLowerCase();
}

/** Answers requests, and remembers which were answered and what is published. */
export class Publications {
  readonly #now: () => number;
  readonly #start: string;
  #count = 0;
  /** Answers by transaction, oldest first. */
  readonly #answered = new Map<string, { readonly answer: Answer; readonly at: number }>();
  /** When each publication ends, by its entity tag, oldest first. */
  readonly #published = new Map<string, number>();

  /** `now` is the wall clock in ms since the epoch. */
  constructor(now: () => number) {
    this.#now = now;
    this.#start = now().toString(36);
  }

  /** What is answered to a message, and whether it is for the reader. */
  answer({ bytes, from, cut }: StreamMessage): Answer {
    const request = readRequest(bytes);
    if (request === undefined) return { keep: !isKeepAlive(bytes) };
    if (request.method === "ACK") return { keep: false };
    const via = topVia(request);
    const names = ["call-id", "cseq", "from"].map((name) => header(request, name));
    const transaction = [from, via.branch, ...names].join("\0");
    const known = this.#answered.get(transaction);
    if (known !== undefined && this.#now() - known.at < REPEAT_MS) {
      return { ...known.answer, keep: false };
    }
    const port = via.wantsSource ? undefined : via.port;
    const answer = { ...this.#judge(request, from, cut !== undefined), port };
    remember(this.#answered, transaction, { answer, at: this.#now() });
    return answer;
  }

  #judge(request: SipRequest, from: string, isCut: boolean): Answer {
    const tag = `${this.#start}${(this.#count++).toString(36)}`;
    const reply = (
      [status, reason]: readonly [number, string],
      headers: readonly (readonly [string, string])[],
    ): Uint8Array | undefined => response(request, { status, reason, from, tag, headers });
    if (request.method === "OPTIONS") return { reply: reply([200, "OK"], ALLOW), keep: false };
    const known = header(request, "sip-if-match");
    const why = refusalOf(request, isCut);
    const isRefresh = why === "SIP request without a report" && known !== undefined;
    if (why !== undefined && !isRefresh) {
      return { reply: reply(REFUSALS[why], refusalHeaders(request, why)), keep: true };
    }
    if (known !== undefined && !this.#forget(known)) {
      // The telephone publishes anew, without the tag: then it is kept.
      return { reply: reply(REFUSALS["SIP publication not known"], []), keep: false };
    }
    if (request.method === "SERVICE") return { reply: reply([200, "OK"], []), keep: true };
    const expires = Math.min(secondsOf(header(request, "expires")), MAX_EXPIRES_S);
    if (expires > 0) remember(this.#published, tag, this.#now() + expires * 1000);
    const headers = [["SIP-ETag", tag], ["Expires", String(expires)]] as const;
    return { reply: reply([200, "OK"], headers), keep: !isRefresh };
  }

  /** Whether a publication was known; each tag serves once (RFC 3903 §6, step 7). */
  #forget(tag: string): boolean {
    const until = this.#published.get(tag);
    this.#published.delete(tag);
    return until !== undefined && this.#now() < until;
  }
}

function refusalHeaders(
  request: SipRequest,
  why: PublishReject,
): readonly (readonly [string, string])[] {
  if (why === "SIP extension not supported") {
    return [["Unsupported", request.headers.get("require")?.join(", ") ?? ""]];
  }
  return why === "SIP method not PUBLISH" || why.startsWith("SIP event") ||
      why.startsWith("SIP body")
    ? ALLOW
    : [];
}

function secondsOf(text: string | undefined): number {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : MAX_EXPIRES_S;
}

/** Pings of RFC 5626 §4.4.1 and of telephones: blanks and NULs. */
function isKeepAlive(bytes: Uint8Array): boolean {
  return bytes.length <= 64 && bytes.every((byte) => byte <= 32);
}

function remember<T>(into: Map<string, T>, key: string, value: T): void {
  into.delete(key);
  into.set(key, value);
  if (into.size <= MAX_REMEMBERED) return;
  for (const oldest of into.keys()) {
    into.delete(oldest);
    return;
  }
}
