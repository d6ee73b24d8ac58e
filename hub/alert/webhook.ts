/**
 * Webhooks: where alerts are told, and the signed message that tells them.
 *
 * The headers and the signature are those of Standard Webhooks 1.0 (standardwebhooks.com), for
 * which receivers have libraries: HMAC-SHA-256 over `id.timestamp.body`.
 *
 * @module
 */
import { createHmac } from "node:crypto";
import type { Severity } from "../../sdk/api/alerts.ts";
import type { AlertEvent, AlertEventKind } from "./alert.ts";
import { refusedTarget } from "./target.ts";

/** One receiver of alerts. */
export interface Webhook {
  /** Names its rows in the queue: stays the same for ever. */
  readonly name: string;
  readonly url: string;
  /** `whsec_` and 24 to 64 bytes in base64. */
  readonly secret: string;
  /** Default: `opened` and `changed`. */
  readonly on?: readonly AlertEventKind[];
  /** Default: every severity. */
  readonly atLeast?: Severity;
  /** True to allow targets that are not on the open internet, such as a receiver on this host. */
  readonly allowPrivate?: boolean;
}

/** A webhook that was read and may be used. */
export interface Target {
  readonly webhook: Webhook;
  readonly url: URL;
  readonly key: Uint8Array;
}

/** Why a webhook cannot be used. */
export class WebhookError extends Error {
  override readonly name = "WebhookError";
  readonly code: "url" | "secret";
  readonly permanent = true;

  constructor(code: WebhookError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

const SEVERITIES: readonly Severity[] = ["informational", "low", "medium", "high", "critical"];

/**
 * Reads the address and the secret of `webhook`.
 *
 * @throws {WebhookError} If one of them is not what it must be; the message shows neither.
 */
export function targetOf(webhook: Webhook): Target {
  const url = URL.parse(webhook.url);
  if (url === null) {
    throw new WebhookError("url", `Cannot use webhook ${webhook.name}: its url is no URL`);
  }
  const why = refusedTarget(url, webhook.allowPrivate === true);
  if (why !== undefined) {
    throw new WebhookError("url", `Cannot use webhook ${webhook.name}: ${why}`);
  }
  const encoded = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(webhook.secret)?.[1] ?? "";
  const key = Buffer.from(encoded, "base64");
  if (key.length < 24 || key.length > 64) {
    throw new WebhookError(
      "secret",
      `Cannot use webhook ${webhook.name}: its secret must be "whsec_" and 24 to 64 bytes in base64`,
    );
  }
  return { webhook, url, key };
}

/** True if `webhook` wants to be told of `event`. */
export function wants(webhook: Webhook, { kind, alert }: AlertEvent): boolean {
  const atLeast = webhook.atLeast ?? "informational";
  return (webhook.on ?? ["opened", "changed"]).includes(kind) &&
    SEVERITIES.indexOf(alert.severity) >= SEVERITIES.indexOf(atLeast);
}

/** The same for each try of one event: a receiver that has seen it may drop it. */
export function messageId({ alert, revision }: AlertEvent): string {
  return `msg_${alert.id}_${revision}`;
}

/**
 * The message's body. What people wrote when they changed the alert stays in the hub: evidence has
 * been scrubbed, a reason has not.
 */
export function messageBody(event: AlertEvent, now: number): string {
  const { changes: _, ...alert } = event.alert;
  return JSON.stringify({
    type: `alert.${event.kind}`,
    timestamp: new Date(now).toISOString(),
    data: { ...alert, revision: event.revision },
  });
}

/** The headers of one try at `now`, ms since the Unix epoch. */
export function messageHeaders(
  key: Uint8Array,
  message: { readonly id: string; readonly body: string },
  now: number,
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(now / 1000));
  const signed = `${message.id}.${timestamp}.${message.body}`;
  const signature = createHmac("sha256", key).update(signed).digest("base64");
  return {
    "content-type": "application/json",
    "user-agent": "custos",
    "webhook-id": message.id,
    "webhook-timestamp": timestamp,
    "webhook-signature": `v1,${signature}`,
  };
}
