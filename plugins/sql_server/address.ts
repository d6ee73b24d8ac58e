/**
 * Addresses of clients as SQL Server writes them.
 *
 * @module
 */
import { isIP } from "node:net";

/** The address; undefined for `<local machine>`, `local machine`, `<named pipe>` and alike. */
export function clientAddress(text: string | undefined): string | undefined {
  const address = text?.trim() ?? "";
  return isIP(address.replace(/%.*$/, "")) === 0 ? undefined : address;
}
