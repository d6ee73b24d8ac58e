/**
 * Headers that every reply has.
 *
 * @module
 */

/** Only what this hub serves: nothing inline, nothing from elsewhere, in no frame. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": POLICY,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/** Adds them to `reply`. Nothing is stored unless the route said so. */
export function secureHeaders(reply: Response, secure: boolean): void {
  for (const [name, value] of Object.entries(HEADERS)) reply.headers.set(name, value);
  if (!reply.headers.has("cache-control")) reply.headers.set("cache-control", "no-store");
  if (secure) reply.headers.set("strict-transport-security", "max-age=31536000");
}
