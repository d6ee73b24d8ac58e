/**
 * What fields of pushed events are, by the names of the OpenTelemetry semantic conventions, of the
 * Elastic Common Schema and of what logging libraries write.
 *
 * All else is free text, in which detectors look for names, addresses and numbers, under whatever name:
 * nobody here knows what a program puts into a field.
 *
 * @module
 */
import type { Leaf, Leaves } from "../../sdk/table.ts";

const user: Leaf = { class: "personal", kind: "user" };
const email: Leaf = { class: "personal", kind: "email" };
const name: Leaf = { class: "personal", kind: "name" };
const tel: Leaf = { class: "personal", kind: "tel" };
const device: Leaf = { class: "personal", kind: "device" };
const address: Leaf = { class: "network" };
const secret: Leaf = { class: "secret" };

/** Each in all the spellings of {@link spellings}. */
const NAMES: readonly (readonly [Leaf, readonly string[]])[] = [
  [user, ["user", "user.name", "user.id", "user.hash", "enduser.id", "enduser.pseudo.id"]],
  [user, ["username", "login", "account", "account.name", "client.user.name", "source.user.name"]],
  [user, ["destination.user.name", "server.user.name", "process.user.name", "process.owner"]],
  [user, ["url.username", "user.target.name", "user.effective.name", "user.changes.name"]],
  [user, ["db.user", "session.id", "sub"]],
  [email, ["email", "user.email", "client.user.email", "source.user.email", "mail"]],
  [name, ["user.full_name", "full_name", "first_name", "last_name", "display_name"]],
  [tel, ["phone", "phone_number", "tel", "mobile", "caller", "callee"]],
  [device, ["device.id", "device.serial_number", "host.id", "app.installation.id"]],
  [address, [
    "client.address",
    "client.ip",
    "client.socket.address",
    "source.ip",
    "source.address",
  ]],
  [address, ["destination.ip", "destination.address", "server.ip", "host.ip", "observer.ip"]],
  [address, ["network.peer.address", "network.local.address", "net.peer.ip", "net.sock.peer.addr"]],
  [address, ["http.client_ip", "related.ip", "source.nat.ip", "destination.nat.ip", "ip"]],
  [address, ["ip_address", "remote_addr", "remote_ip", "remote_address", "src_ip", "dst_ip"]],
  [address, ["peer", "x_forwarded_for", "forwarded", "http.request.header.x-forwarded-for"]],
  [secret, ["password", "passwd", "secret", "token", "access_token", "refresh_token", "id_token"]],
  [secret, ["api_key", "apikey", "authorization", "cookie", "set-cookie", "private_key"]],
  [secret, ["http.request.header.authorization", "http.request.header.cookie", "client_secret"]],
  [secret, ["http.response.header.set-cookie", "url.password", "credential", "credentials"]],
];

export const FIELD_LEAVES: Leaves = Object.fromEntries(
  NAMES.flatMap(([leaf, names]) =>
    names.flatMap(spellings).map((spelling) => [spelling, leaf] as const)
  ),
);

/** `user.full_name` as it is, `user_full_name`, `userFullName` and `UserFullName`. */
function spellings(dotted: string): readonly string[] {
  const words = dotted.split(/[._-]/);
  const pascal = words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join("");
  const camel = pascal.slice(0, 1).toLowerCase() + pascal.slice(1);
  return [...new Set([dotted, words.join("_"), words.join("-"), camel, pascal])];
}
