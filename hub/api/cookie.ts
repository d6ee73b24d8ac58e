/**
 * The session cookie.
 *
 * @module
 */

/** Over TLS the `__Host-` prefix makes browsers refuse one set by another host or without Secure. */
function nameOf(secure: boolean): string {
  return secure ? "__Host-custos" : "custos";
}

/** The session's secret, where the request carries one. */
export function readCookie(request: Request, secure: boolean): string | undefined {
  const start = `${nameOf(secure)}=`;
  const pairs = (request.headers.get("cookie") ?? "").split(";").map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(start))?.slice(start.length);
}

/** The `Set-Cookie` value that keeps `secret` for `seconds`; 0 takes it away. */
export function writeCookie(secret: string, options: { secure: boolean; seconds: number }): string {
  const { secure, seconds } = options;
  const attributes = ["Path=/", "HttpOnly", "SameSite=Strict", `Max-Age=${seconds}`];
  if (secure) attributes.push("Secure");
  return [`${nameOf(secure)}=${secret}`, ...attributes].join("; ");
}
