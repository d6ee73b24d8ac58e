/**
 * Addresses to listen on, as `address:port`; IPv6 in brackets.
 *
 * @module
 */
import { isIP } from "node:net";

export interface Bind {
  readonly address: string;
  readonly port: number;
}

/**
 * Reads `127.0.0.1:514` or `[::]:514`.
 *
 * @throws {TypeError} If it is not such an address.
 */
export function parseBind(text: string): Bind {
  const parts = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const address = parts?.[1] ?? parts?.[2] ?? "";
  const port = Number(parts?.[3]);
  const wanted = parts?.[1] === undefined ? 4 : 6;
  if (isIP(address) === wanted && port <= 65_535) return { address, port };
  throw new TypeError(
    `Cannot listen on "${text}": must be an address and a port such as 127.0.0.1:514 or [::]:514`,
  );
}

/** The peer's address as it is written: an IPv4 address that came over an IPv6 socket as IPv4. */
export function peerAddress(address: string | undefined): string {
  if (address === undefined) return "";
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
}
