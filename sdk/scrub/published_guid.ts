/**
 * GUIDs that stand in specifications and not for somebody's object: interfaces, classes and rights.
 *
 * @module
 */

/**
 * Version 1 (RFC 9562 §5.1) has a time in it, its highest bits behind the digit of the version: up to
 * 1d3 is before 26 March 2000. Directories that hold people make theirs at random (version 4).
 */
const LATEST_OLD = "11d3";

/** Younger ones: rights and property sets of Active Directory (MS-ADTS §5.1.3.2), classes of it. */
const YOUNGER: ReadonlySet<string> = new Set([
  "89e95b76-444d-4c62-991a-0facbeda640c", // DS-Replication-Get-Changes-In-Filtered-Set
  "f98340fb-7c5b-4cdb-a00b-2ebdfa115a96", // DS-Replication-Monitor-Topology
  "3e0f7e18-2c7a-4c10-ba82-4d926db99a3e", // DS-Clone-Domain-Controller
  "68b1d179-0d15-4d4f-ab71-46152e79a7bc", // Allowed-To-Authenticate
  "a05b8cc2-17bc-4802-a710-e7c15ab866a2", // Certificate-AutoEnrollment
  "ccc2dc7d-a6ad-4a7a-8846-c04e3cc53501", // Unexpire-Password
  "280f369c-67c7-438e-ae98-1d46f3c6f541", // Update-Password-Not-Required-Bit
  "05c74c5e-4deb-43b4-bd9f-86664c2a7fd5", // Enable-Per-User-Reversibly-Encrypted-Password
  "1a60ea8d-58a6-4b20-bcdc-fb71eb8a9ff8", // Reload-SSL-Certificate
  "ba33815a-4f93-4c76-87f3-57574bff8109", // Migrate-SID-History
  "b7b1b3dd-ab09-4242-9e30-9980e5d322f7", // Generate-RSoP-Planning
  "b7b1b3de-ab09-4242-9e30-9980e5d322f7", // Generate-RSoP-Logging
  "b8119fd0-04f6-4762-ab7a-4986c76b3f9a", // Domain-Other-Parameters
  "91e647de-d96f-4b70-9557-d63ff4f3ccd8", // Private-Information
  "5b47d60f-6090-40b2-9f37-2a4de88f3063", // msDS-KeyCredentialLink
  "3f78c3e5-f79a-46bd-a0b8-9d18116ddc79", // msDS-AllowedToActOnBehalfOfOtherIdentity
  "4828cc14-1437-45bc-9b07-ad6f015e5f28", // inetOrgPerson
]);

/** True if `guid`, in lower case and without braces, was published and names nobody. */
export function isPublishedGuid(guid: string): boolean {
  const version = guid.slice(14, 18);
  return (version[0] === "1" && version <= LATEST_OLD) || YOUNGER.has(guid);
}
