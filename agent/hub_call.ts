/**
 * Plain requests to the hub's link listener: enrolment, certificates, the time.
 *
 * @module
 */
import { request } from "node:https";
import { isApprovedSuite, suiteOf, TLS_POLICY } from "../sdk/wire/tls_policy.ts";
import { endText } from "./link_words.ts";

const TIMEOUT_MS = 15_000;
const MOST_REPLY_BYTES = 16 * 1024;

/** The hub was not reached, or not in a way that can be trusted. */
export class HubCallError extends Error {
  override readonly name = "HubCallError";
  readonly code = "unreachable";
}

/** How to ask. */
interface CallOptions {
  readonly ca?: string;
  readonly rejectUnauthorized?: boolean;
  readonly body?: string;
}

/** Asks; what comes back may be a refusal. @throws {HubCallError} If nothing does. */
export function callHub(
  url: URL,
  { ca, rejectUnauthorized = true, body }: CallOptions,
): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown): void => {
      const why = whyOf(cause);
      reject(new HubCallError(`Cannot reach hub ${url.host}: ${why}`, { cause }));
    };
    const sent = request(url, {
      method: body === undefined ? "GET" : "POST",
      ...(ca !== undefined && { ca }),
      rejectUnauthorized,
      ...TLS_POLICY,
      timeout: TIMEOUT_MS,
      headers: { "content-type": "application/json" },
    }, (response) => {
      const suite = suiteOf(response.socket);
      if (suite !== undefined && !isApprovedSuite(suite)) {
        return void sent.destroy(Object.assign(new Error(suite), { code: "tls-suite" }));
      }
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
        if (text.length > MOST_REPLY_BYTES) sent.destroy(new Error("its answer is too long"));
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: text }));
      response.on("error", fail);
    });
    sent.on("timeout", () => sent.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
    sent.on("error", fail);
    sent.end(body);
  });
}

/** Words for a code of the platform; our own errors have theirs. */
function whyOf(cause: unknown): string {
  if (!(cause instanceof Error)) return "the connection failed";
  return "code" in cause ? endText(String(cause.code)) : cause.message;
}
