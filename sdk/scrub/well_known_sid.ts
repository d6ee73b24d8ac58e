/**
 * Which security identifiers name somebody (MS-DTYP §2.4.2).
 *
 * @module
 */

/** Of a domain or host, of Entra ID, of a Microsoft account; all others are the same everywhere. */
const PERSONAL = /^s-1-(5-21-|12-1-|11-96-)/;
/**
 * Within a domain Windows gives the numbers below 1000 to roles, the same in each: 500 is
 * Administrator, 502 krbtgt, 512 Domain Admins. People and machines get those from 1000 on.
 */
const ROLE = /^s-1-5-21-\d{1,10}-\d{1,10}-\d{1,10}-[1-9]\d{0,2}$/;

/** True if `sid`, in lower case, is of a person, a machine, or a group that somebody has made. */
export function isPersonalSid(sid: string): boolean {
  return PERSONAL.test(sid) && !ROLE.test(sid);
}

/** True if `text`, in lower case, is a security identifier that names nobody. */
export function isWellKnownSid(text: string): boolean {
  return /^s-1(-\d{1,15}){1,15}$/.test(text) && !isPersonalSid(text);
}
