/**
 * Says why the hub cannot listen, and what to do.
 *
 * @module
 */

/** An address that cannot be listened on. */
export class ListenError extends Error {
  override readonly name = "ListenError";
  readonly code: "in-use" | "no-address" | "denied" | "failed";

  constructor(code: ListenError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A listener: `page` and `link` are options of `custos-hub serve` and keys of its config. */
export interface Listener {
  readonly what: "page" | "link" | "witness";
  readonly host: string;
  readonly port: number;
}

const NAMES = { page: "the page", link: "agents", witness: "logs" } as const;

/** By the platform's code: ours, what is, and what would be right. */
const REASONS: Readonly<Record<string, readonly [ListenError["code"], string, string]>> = {
  EADDRINUSE: ["in-use", "another program listens there", "stop that one or name another port"],
  EADDRNOTAVAIL: ["no-address", "this machine has no such address", "name one that it has"],
  ENOTFOUND: ["no-address", "there is no host of that name", "name an address of this machine"],
  EACCES: ["denied", "ports below 1024 are not for this user", "name a higher port"],
};

/** What `cause`, thrown by a listener, means. */
export function listenError({ what, host, port }: Listener, cause: unknown): ListenError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown";
  const [own, is, fix] = REASONS[code] ?? ["failed", `it failed with ${code}`, "name another"];
  const address = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  return new ListenError(
    own,
    `Cannot listen for ${NAMES[what]} on ${address}: ${is}, ` +
      `${fix} with --${what} ADDRESS:PORT`,
    { cause },
  );
}
